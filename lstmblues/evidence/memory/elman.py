"""Elman's network taught by the rules of its time (chapter "Does it take memory?").

TR leaves a comparison with BPTT and RTRL open. This makes it: an Elman network learns on line, its
weights changed after every step, by the exact gradient (real-time recurrent learning, RTRL:
Williams and Zipser 1989) or by back-propagation through the last steps (truncated BPTT: Williams
and Peng 1990). All but the cell and the rule is as for the network of 2002 (``experiments``):
passes from a cold start, teacher forcing, cross-entropy, momentum, resets, and when to stop.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lstmblues.errors import BluesError
from lstmblues.evidence.memory.chord_models import Attempt, has_learned
from lstmblues.evidence.memory.elman_kernels import learn_kernel
from lstmblues.evidence.memory.recurrent import RecurrentNetwork, recurrent_shapes
from lstmblues.music.encoding import Standardisation, chord_cycle
from lstmblues.music.form import Form
from lstmblues.network.compiled.vectors import aligned_zeros, padded
from lstmblues.training.experiments import Progress
from lstmblues.training.settings import Settings

RULES = ("RTRL", "BPTT")
"""Real-time recurrent learning, and truncated back-propagation through time."""

HORIZON = 32
"""Through how many steps BPTT goes back, the present one among them: four bars."""


@dataclass
class ElmanLearner:
    """An Elman network while it learns.

    ``hidden`` (2, hidden units, width) and ``output`` (2, outputs, width) are laid out as
    ``elman_kernels`` says: weights, then their last changes. There are as many ``inputs`` as
    outputs.
    """

    inputs: int
    hidden: np.ndarray
    output: np.ndarray

    @classmethod
    def draw(cls, inputs: int, size: int, seed: int, settings: Settings) -> "ElmanLearner":
        """Return an untrained network: small random weights, and the settings' output bias.

        Raises ``BluesError`` if it has no hidden unit.
        """
        recurrent_shapes("elman", inputs, size)
        generator, reach = np.random.default_rng(seed), settings.initial_weights
        sources = size + inputs + 1
        hidden, output = (aligned_zeros(2, rows, padded(sources)) for rows in (size, inputs))
        hidden[0, :, :sources] = generator.uniform(-reach, reach, (size, sources))
        output[0, :, :sources] = generator.uniform(-reach, reach, (inputs, sources))
        output[0, :, sources - 1] = settings.output_bias
        return cls(inputs, hidden, output)

    def learn(
        self,
        rule: str,
        inputs: np.ndarray,
        targets: np.ndarray,
        chorus_steps: int,
        learning_rate: float,
        momentum: float,
        reset_after: int = 0,
        horizon: int = HORIZON,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Learn on line from consecutive choruses, starting cold.

        ``inputs`` (steps, inputs) are standardised, ``targets`` (steps, outputs) on or off. After
        ``reset_after`` gross errors (0: never) the network forgets what it heard, as
        ``GroupLearner.learn`` does. ``horizon`` is for BPTT: a step learns how the last
        ``horizon`` steps, itself among them, bear on it, and takes what was before as given.
        Returns, for every step taken, its cross-entropy in nats, and how many outputs were on the
        wrong side of 0.5. Raises ``BluesError`` for another rule, or a horizon below 1.
        """
        if rule not in RULES:
            raise BluesError(f"there is no rule {rule!r}; choose from {', '.join(RULES)}")
        if horizon < 1:
            raise BluesError(f"BPTT cannot go back through {horizon} steps; give 1 or more")
        losses, errors = np.empty(len(inputs)), np.empty(len(inputs), dtype=np.int64)
        taken = learn_kernel(rule == "RTRL", self.inputs, self.hidden.shape[1])(
            self.hidden.reshape(-1),
            self.output.reshape(-1),
            np.ascontiguousarray(inputs),
            np.ascontiguousarray(targets),
            chorus_steps,
            min(horizon, len(inputs)),
            learning_rate,
            momentum,
            reset_after,
            losses,
            errors,
        )
        return losses[:taken], errors[:taken]

    def network(self, standardisation: Standardisation) -> RecurrentNetwork:
        """Return the network with the weights as they are now."""
        size = self.hidden.shape[1]
        sources = size + self.inputs + 1
        hidden = self.hidden[0, :, :sources]
        weights = {
            "input": hidden[:, size:].copy(),
            # A unit has one bias here, which stands beside its inputs' weights.
            "hidden": np.concatenate([hidden[:, :size], np.zeros((size, 1))], axis=1),
            "output": self.output[0, :, :sources].copy(),
        }
        return RecurrentNetwork("elman", size, weights, standardisation)


def learn_chords_2002(
    rule: str,
    form: Form,
    seed: int,
    size: int,
    learning_rate: float,
    resets: int = Settings.gross_errors_before_reset,
    most_steps: int = Settings.most_steps,
    watch: Callable[[Progress], None] = lambda progress: None,
    horizon: int = HORIZON,
    momentum: float = Settings.momentum,
    initial_weights: float = Settings.initial_weights,
) -> Attempt:
    """Teach the form's chords to an Elman network of ``size`` hidden units, by a rule of 2002.

    ``rule`` is one of ``RULES``; ``horizon`` is for BPTT (see ``ElmanLearner.learn``). The
    network is reset after ``resets`` gross errors (0: never). All other settings, passes, when it
    has learned, and when it gives up are as for ``experiments.learn_chords``; it also gives up if
    its error is no finite number any more. ``watch`` is called after every pass; the snapshot it
    may ask for is a ``RecurrentNetwork``. Raises ``BluesError`` for a rule that there is not, and
    settings that make no sense.
    """
    settings = Settings(
        learning_rate=learning_rate,
        momentum=momentum,
        gross_errors_before_reset=resets,
        initial_weights=initial_weights,
        most_steps=most_steps,
    )
    cycle = chord_cycle(form)
    heard = np.tile(cycle, (settings.choruses_a_pass, 1)).astype(float)
    standardisation = Standardisation.fit(cycle)
    inputs, targets = standardisation.apply(heard), np.roll(heard, -1, axis=0)
    learner = ElmanLearner.draw(cycle.shape[1], size, seed, settings)
    steps, learned, finite = 0, False, True
    while not learned and finite and steps < settings.most_steps:
        losses, errors = learner.learn(
            rule, inputs, targets, len(cycle), learning_rate, momentum, resets, horizon
        )
        steps += len(losses)
        finite = bool(np.isfinite(losses).all())
        model = learner.network(standardisation)
        learned = has_learned(model, cycle)
        watch(
            Progress(
                steps,
                settings.most_steps,
                float(losses.mean()),
                None,
                int((errors > 0).sum()),
                learned,
                lambda: learner.network(standardisation),
            )
        )
    return Attempt(seed, learned, steps, model)
