"""Elman's network taught by the rules of its time (chapter "Does it take memory?").

TR leaves a comparison with BPTT and RTRL open. This module makes it. An Elman network learns on
line: its weights change after every step. They follow the exact gradient (real-time recurrent
learning, RTRL: Williams and Zipser 1989), or that of back-propagation through the last steps
(truncated BPTT: Williams and Peng 1990). All but the cell and the rule is as for the network of
2002 (``experiments``): passes from a cold start, teacher forcing, cross-entropy, momentum, resets,
and when to stop.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from lstmblues.errors import BluesError
from lstmblues.evidence.memory.chord_models import has_learned
from lstmblues.evidence.memory.elman_kernels import learn_kernel
from lstmblues.evidence.memory.recurrent import RecurrentNetwork, recurrent_shapes
from lstmblues.music.encoding import Standardisation, chord_cycle
from lstmblues.music.form import Form
from lstmblues.network.compiled.vectors import aligned_zeros, padded
from lstmblues.training.runs import Progress
from lstmblues.training.settings import Settings
from lstmblues.training.teaching import Attempt, ChordLearner, teach_chords

RULES = ("RTRL", "BPTT")
"""Real-time recurrent learning, and truncated back-propagation through time."""

HORIZON = 32
"""Through how many steps BPTT goes back, the present one among them: four bars."""


@dataclass
class ElmanLearner:
    """An Elman network while it learns.

    It has as many ``inputs`` as outputs. ``hidden`` (2, hidden units, width) and ``output``
    (2, outputs, width) are laid out as ``elman_kernels`` says: weights, then their last changes.
    """

    inputs: int
    hidden: np.ndarray
    output: np.ndarray

    @classmethod
    def draw(cls, inputs: int, size: int, seed: int, settings: Settings) -> "ElmanLearner":
        """Return an untrained network: small random weights, and the settings' output bias.

        Args:
            inputs: how many units the network hears; it has as many outputs.
            size: how many hidden units it has.
            seed: decides the random weights.
            settings: ``initial_weights``, the largest size of a weight, and ``output_bias``.

        Returns:
            A learner of that network.

        Raises:
            BluesError: if there is no hidden unit.
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
        """Learn on line from consecutive choruses, from a cold start.

        Args:
            rule: one of ``RULES``.
            inputs: what is heard, (steps, inputs), standardised.
            targets: what should be played next, (steps, outputs), on or off.
            chorus_steps: how long a chorus is.
            learning_rate: of all weights.
            momentum: which share of its last change a weight goes on with, from 0 to 1.
            reset_after: after so many gross errors the network forgets what it heard, and the input
                starts again with the next chorus (as in ``GroupLearner.learn``); 0 means never.
            horizon: for BPTT alone. A step learns how the last ``horizon`` steps, itself among
                them, bear on it, and takes what was before as given.

        Returns:
            For every step taken, its cross-entropy in nats, and how many outputs were on the wrong
            side of 0.5: both (taken,).

        Raises:
            BluesError: for another rule, or a horizon below 1.
        """
        if rule not in RULES:
            raise BluesError(f"there is no rule {rule!r}; choose from {', '.join(RULES)}")
        if horizon < 1:
            raise BluesError(f"BPTT cannot go back through {horizon} steps; give 1 or more")
        losses, wrong_outputs = np.empty(len(inputs)), np.empty(len(inputs), dtype=np.int64)
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
            wrong_outputs,
        )
        return losses[:taken], wrong_outputs[:taken]

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


@dataclass
class _ElmanChordLearner(ChordLearner):
    """An Elman network that learns the chords ``cycle`` (steps, 12), boolean, by ``rule``.

    ``losses`` and ``wrong_outputs`` are those of the last pass: see ``ElmanLearner.learn``.
    """

    learner: ElmanLearner
    rule: str
    cycle: np.ndarray
    settings: Settings
    losses: np.ndarray = field(default_factory=lambda: np.zeros(0))
    wrong_outputs: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def __post_init__(self):
        self.standardisation = Standardisation.fit(self.cycle)
        heard = np.tile(self.cycle, (self.settings.choruses_a_pass, 1)).astype(float)
        self._inputs = self.standardisation.apply(heard)
        self._targets = np.roll(heard, -1, axis=0)

    @property
    def hopeless(self) -> bool:
        """Whether the error is no finite number any more."""
        return not np.isfinite(self.losses).all()

    def learn_pass(self) -> int:
        """Learn from one pass: see ``ChordLearner``."""
        self.losses, self.wrong_outputs = self.learner.learn(
            self.rule,
            self._inputs,
            self._targets,
            len(self.cycle),
            self.settings.learning_rate,
            self.settings.momentum,
            self.settings.gross_errors_before_reset,
        )
        return len(self.losses)

    def learned(self) -> list[bool]:
        """Return whether the network plays the chords by itself: see ``ChordLearner``."""
        return [has_learned(self.model(0), self.cycle)]

    def model(self, place: int) -> RecurrentNetwork:
        """Return the network as it is now: see ``ChordLearner``."""
        return self.learner.network(self.standardisation)

    def progress(self, steps: int, learned: bool) -> Progress:
        """Return where the network stands after the last pass."""
        return Progress(
            steps,
            self.settings.most_steps,
            float(self.losses.mean()),
            None,
            int((self.wrong_outputs > 0).sum()),
            learned,
            lambda: self.model(0),
        )


def learn_chords_elman(
    rule: str,
    form: Form,
    seed: int,
    size: int,
    learning_rate: float,
    resets: int = Settings.gross_errors_before_reset,
    most_steps: int = Settings.most_steps,
    watch: Callable[[Progress], None] = lambda progress: None,
    initial_weights: float = Settings.initial_weights,
) -> Attempt:
    """Teach the form's chords to an Elman network, on line.

    All that is not said here is as for ``experiments.learn_chords``: the passes, when the network
    has learned, and when it gives up. It also gives up if its error is no finite number any more.

    Args:
        rule: one of ``RULES``.
        form: what is to be learned.
        seed: decides the first weights.
        size: how many hidden units the network has.
        learning_rate: of all weights.
        resets: after so many gross errors the network is reset; 0 means never.
        most_steps: when the network gives up.
        watch: called after every pass. The snapshot that it may ask for is a ``RecurrentNetwork``.
        initial_weights: the largest size of a first weight.

    Returns:
        What came of it; the model is a ``RecurrentNetwork``.

    Raises:
        BluesError: for a rule that there is not, and for settings that make no sense.
    """
    settings = Settings(
        learning_rate=learning_rate,
        gross_errors_before_reset=resets,
        initial_weights=initial_weights,
        most_steps=most_steps,
    )
    cycle = chord_cycle(form)
    network = ElmanLearner.draw(cycle.shape[1], size, seed, settings)
    learner = _ElmanChordLearner(network, rule, cycle, settings)
    (attempt,) = teach_chords(
        learner,
        [seed],
        settings.most_steps,
        lambda steps, learning: watch(learner.progress(steps, not learning)),
    )
    return attempt
