"""Training both experiments by the rule of 2002 (chapters 6 and 7).

Where the papers leave a setting open, or ours differs, ``Settings`` says so.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from lstmblues import __version__
from lstmblues.music.encoding import CHORD_UNITS, Standardisation, encode, encode_choruses
from lstmblues.music.form import Form
from lstmblues.music.melody import Melodies
from lstmblues.music.piece import CHORUSES_OF_A_RECORDING, Piece
from lstmblues.network.compiled.learner import GroupLearner, Lesson, one_step_ago
from lstmblues.network.lstm import Network
from lstmblues.network.topology import BLUES, CHORDS, Topology
from lstmblues.training.settings import Settings


@dataclass(frozen=True)
class Progress:
    """Where a training run stands after one pass.

    ``chord_loss`` and ``melody_loss`` are the pass's mean cross-entropies a step in nats
    (``melody_loss`` is None without a melody); ``gross_errors`` counts the steps whose chord was
    wrong; ``chords_learned`` says whether the chords have been learned; ``snapshot()`` returns
    the network as it is when called, so call it while watching, not afterwards.
    """

    steps: int
    most_steps: int
    chord_loss: float
    melody_loss: float | None
    gross_errors: int
    chords_learned: bool
    snapshot: Callable[[], Network]


@dataclass(frozen=True)
class Result:
    """A finished training run.

    The network, whether it ``learned`` (see the function that returns this), after how many
    ``steps`` and ``seconds``, and the ``history``, one entry a pass.
    """

    network: Network
    learned: bool
    steps: int
    seconds: float
    history: list[Progress] = field(repr=False)


def initial_network(
    topology: Topology, standardisation: Standardisation, seed: int, settings: Settings
) -> Network:
    """Return an untrained network: small random weights, and the settings' biases."""
    generator = np.random.default_rng(seed)
    weights = {}
    for group in topology.groups:
        reach = settings.initial_weights
        matrices = {
            kind: generator.uniform(-reach, reach, shape)
            for kind, shape in topology.shapes(group).items()
        }
        matrices["input_gate"][:, -1] = settings.input_gate_biases
        matrices["forget_gate"][:, -1] = settings.forget_gate_biases
        matrices["output_gate"][:, -1] = settings.output_gate_biases
        matrices["output"][:, -1] = settings.output_bias
        weights[group.name] = matrices
    return Network(topology, weights, standardisation)


class NetworkLearner:
    """A network while it learns: one ``GroupLearner`` a group, fed pass by pass."""

    def __init__(self, network: Network, settings: Settings):
        self.start, self.settings = network, settings
        self.groups = {
            group.name: GroupLearner.pack(network, group) for group in network.topology.groups
        }
        self.rates = {
            "chords": settings.learning_rate,
            "melody": settings.melody_learning_rate,
        }
        self.resting = set()
        self.steps = 0
        self._levels = network.standardisation.levels()
        self._last_heard, self._last_lesson = {}, {}

    def compile(self) -> None:
        """Compile what learning needs, unless an earlier run has; so that no clock counts it."""
        for learner in self.groups.values():
            nothing = np.zeros((0, learner.group.inputs))
            learner.learn(nothing, nothing, 1, 0.0, 0.0, heard=np.zeros((0, learner.others)))
        self.chords_right(np.zeros((1, self.groups["chords"].group.inputs)), cycles=0)

    def learn_pass(self, array: np.ndarray, chorus_steps: int) -> dict[str, Lesson]:
        """Learn from consecutive choruses, starting cold.

        ``array`` (steps + 1, units) is on or off; its last step is only a target. Groups in
        ``resting`` listen and predict, but do not learn. The chords' gross errors reset the
        whole network. Returns every group's lesson.
        """
        topology, lessons = self.start.topology, {}
        standardised, targets = self.start.standardisation.apply(array[:-1]), array[1:]
        cold = np.zeros(len(targets), dtype=bool)
        cold[0] = True
        for group in topology.groups:
            heard = [lessons[name].cell_outputs for name in group.hears if name in lessons]
            lessons[group.name] = self._learn_group(
                group,
                standardised[:, group.units],
                targets[:, group.units],
                chorus_steps,
                self.settings.gross_errors_before_reset if not lessons else 0,
                one_step_ago(heard, cold) if heard else None,
                cold,
            )
            if group is topology.groups[0] is not topology.groups[-1]:
                # What the first group skipped or forgot, all the others do.
                heard_steps, cold = lessons[group.name].positions, lessons[group.name].cold
                if len(heard_steps) < len(targets):
                    standardised, targets = standardised[heard_steps], targets[heard_steps]
                    cold = cold[heard_steps]
        self.steps += len(lessons[topology.groups[0].name].positions)
        return lessons

    def _learn_group(self, group, inputs, targets, chorus_steps, resets, heard, cold) -> Lesson:
        """Let a group learn, or, if it rests, listen."""
        name = group.name
        if name not in self.resting:
            return self.groups[name].learn(
                inputs,
                targets,
                chorus_steps,
                self.rates[name],
                self.settings.momentum,
                resets,
                heard,
                cold,
            )
        # A group at rest that hears the same from a cold start does the same.
        last = self._last_heard.get(name)
        if heard is not None or last is None or not np.array_equal(last, inputs):
            self._last_lesson[name] = self.groups[name].learn(
                inputs, targets, chorus_steps, 0.0, 0.0, 0, heard, cold
            )
            self._last_heard[name] = inputs.copy()
        return self._last_lesson[name]

    def chords_right(self, cycle: np.ndarray, cycles: int) -> bool:
        """Whether the chord group, running free from a cold start, is faultless all ``cycles``.

        ``cycle`` (steps, chord units) is one chorus of chords, on or off.
        """
        levels = self._levels[:, CHORD_UNITS]
        return self.groups["chords"].faultless_cycles(levels, cycle, cycles) == cycles

    def network(self, **header) -> Network:
        """Return the network with the weights as they are now, and ``header``."""
        topology = self.start.topology
        weights = {name: learner.unpack(topology) for name, learner in self.groups.items()}
        return Network(topology, weights, self.start.standardisation, header)


def learn_chords(
    form: Form,
    seed: int,
    settings: Settings | None = None,
    watch: Callable[[Progress], None] = lambda progress: None,
) -> Result:
    """Train experiment 1: predict the next step of the form's chords.

    Learned means that, from a cold start, given the first step and then its own outputs (on
    above 0.5), the network plays ``CHORUSES_OF_A_RECORDING`` choruses without a fault. Training
    stops there, or at ``settings.most_steps``. ``watch`` is called after every pass.
    """
    settings = settings or Settings()
    chorus = encode(Piece.over(form, [None] * form.steps))[:, CHORD_UNITS]
    array = np.concatenate([np.tile(chorus, (settings.choruses_a_pass, 1)), chorus[:1]])
    learner = _learner(CHORDS, chorus, seed, settings)
    return _train(learner, lambda choruses: array, form, seed, watch)


def learn_blues(
    melodies: Melodies,
    seed: int,
    settings: Settings | None = None,
    watch: Callable[[Progress], None] = lambda progress: None,
    numbers: np.ndarray | None = None,
) -> Result:
    """Train experiment 2: predict the next step of chords and melody together.

    Every pass plays choruses drawn at random from ``numbers`` (default: all of ``melodies``).
    The chords stop learning when they are learned (as in ``learn_chords``); the melody goes on
    over them until its error has levelled off, and then, at the settling rate, until it has once
    more. Learned means that all this happened.
    """
    settings = settings or Settings()
    numbers = np.arange(len(melodies)) if numbers is None else numbers
    arrays = encode_choruses(melodies, numbers)
    generator = np.random.default_rng([seed, len(numbers)])
    learner = _learner(BLUES, arrays, seed, settings)

    def draw(choruses):
        chosen = arrays[generator.integers(len(arrays), size=choruses + 1)]
        return np.concatenate([*chosen[:-1], chosen[-1, :1]])

    return _train(learner, draw, melodies.form, seed, watch)


def levelled_off(losses: list[float], window: int = 400, gain: float = 0.01) -> bool:
    """Whether an error has stopped falling; ``losses`` has one value a pass.

    It has if the median of the last ``window`` losses is not lower, by the fraction ``gain``,
    than that of the ``window`` before them. (On-line learning with momentum has short bursts of
    large error, which would dominate a mean.)
    """
    if len(losses) < 2 * window:
        return False
    before, now = np.median(losses[-2 * window : -window]), np.median(losses[-window:])
    return bool(now > (1.0 - gain) * before)


def _learner(topology: Topology, data: np.ndarray, seed: int, settings: Settings) -> NetworkLearner:
    standardisation = (
        Standardisation.fit(data)
        if settings.standardised_inputs
        else Standardisation.none(topology.units)
    )
    return NetworkLearner(initial_network(topology, standardisation, seed, settings), settings)


def _train(
    learner: NetworkLearner,
    draw: Callable[[int], np.ndarray],
    form: Form,
    seed: int,
    watch: Callable[[Progress], None],
) -> Result:
    """Learn pass after pass until the chords are right and the melody, if any, has settled.

    ``draw(choruses)`` returns so many choruses and the first step of one more.
    """
    settings, history, melody_losses = learner.settings, [], []
    cycle = np.roll(draw(1)[: form.steps, CHORD_UNITS], -1, axis=0)
    choruses, most_steps = settings.choruses_a_pass, settings.most_steps
    learner.compile()
    started, learned = time.perf_counter(), False
    while not learned and learner.steps < most_steps:
        lessons = learner.learn_pass(draw(choruses), form.steps)
        chords, melody = lessons["chords"], lessons.get("melody")
        chords_learned = "chords" in learner.resting
        if chords_learned:
            melody_losses.append(float(melody.losses.mean()))
            if levelled_off(melody_losses):
                learned = learner.rates["melody"] == settings.melody_settling_rate
                learner.rates["melody"] = settings.melody_settling_rate
                melody_losses.clear()
        elif learner.chords_right(cycle, CHORUSES_OF_A_RECORDING):
            chords_learned, learned = True, melody is None
            learner.resting.add("chords")
            if melody is not None:
                choruses = settings.choruses_a_melody_pass
                most_steps = learner.steps + settings.most_melody_steps
        history.append(
            Progress(
                learner.steps,
                most_steps,
                float(chords.losses.mean()),
                None if melody is None else float(melody.losses.mean()),
                int((chords.errors > 0).sum()),
                chords_learned,
                learner.network,
            )
        )
        watch(history[-1])
    header = {
        "algorithm": "2002",
        "form": form.name,
        "seed": seed,
        "steps": learner.steps,
        "learned": learned,
        "settings": settings.as_json(),
        "versions": {"lstmblues": __version__, "numpy": np.__version__},
    }
    seconds = time.perf_counter() - started
    return Result(learner.network(**header), learned, learner.steps, seconds, history)


STAGE_STEPS = 500_000
"""Stages lie so many steps of the melody's learning apart."""


def stages_of_training(melodies: Melodies, seed: int) -> list[tuple[int, bool, Network]]:
    """Train a network as ``learn blues`` does; return it as it was at every stage.

    Each comes with the steps that its melody had learned, and whether it is the finished network,
    the last one. A network that never learns its chords has no stages.
    """
    found, chords_learned_at = [], []

    def watch(progress: Progress) -> None:
        if not progress.chords_learned:
            return
        chords_learned_at.append(progress.steps)
        due = (len(found) + 1) * STAGE_STEPS
        if progress.steps - chords_learned_at[0] >= due:
            found.append((due, False, progress.snapshot()))

    result = learn_blues(melodies, seed, watch=watch, numbers=melodies.split()[0])
    if result.learned:
        found.append((result.steps - chords_learned_at[0], True, result.network))
    return found
