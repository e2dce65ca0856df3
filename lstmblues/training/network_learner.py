"""A network of 2002 while it learns, pass by pass (chapters 5 to 7)."""

import numpy as np

from lstmblues.errors import BluesError
from lstmblues.music.encoding import CHORD_UNITS, Standardisation
from lstmblues.network.compiled.learner import GroupLearner, Lesson, one_step_ago
from lstmblues.network.lstm import Network
from lstmblues.network.topology import Topology
from lstmblues.training.settings import Settings


def initial_network(
    topology: Topology, standardisation: Standardisation, seed: int, settings: Settings
) -> Network:
    """Return an untrained network: small random weights, and the settings' biases.

    Args:
        topology: which unit hears which.
        standardisation: how the inputs are shifted and scaled.
        seed: decides the random weights.
        settings: ``initial_weights``, the largest size of a weight, and the biases of the gates
            (one a block) and of the outputs.

    Returns:
        The network, with random weights that are uniform between both signs of the largest.

    Raises:
        BluesError: if there are not as many biases as a group has blocks.
    """
    generator = np.random.default_rng(seed)
    weights = {}
    for group in topology.groups:
        reach = settings.initial_weights
        matrices = {
            kind: generator.uniform(-reach, reach, shape)
            for kind, shape in topology.shapes(group).items()
        }
        for gate in ("input_gate", "forget_gate", "output_gate"):
            biases = getattr(settings, f"{gate}_biases")
            if len(biases) != group.blocks:
                raise BluesError(
                    f"setting {gate}_biases cannot be {biases}; "
                    f"group {group.name!r} needs {group.blocks} of them, one a block"
                )
            matrices[gate][:, -1] = biases
        matrices["output"][:, -1] = settings.output_bias
        weights[group.name] = matrices
    return Network(topology, weights, standardisation)


class NetworkLearner:
    """A network while it learns: one ``GroupLearner`` a group, fed pass by pass.

    It starts from the weights of ``network``. Groups whose names are in ``resting`` do not learn.
    ``rates`` are the learning rates of the others, by name. ``steps`` counts the steps heard.
    """

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
        self._last_outputs = {
            name: np.zeros(group.group.cells) for name, group in self.groups.items()
        }

    def compile(self) -> None:
        """Compile what learning needs, unless an earlier run has; so that no clock counts it."""
        for learner in self.groups.values():
            nothing = np.zeros((0, learner.group.inputs))
            learner.learn(nothing, nothing, 1, 0.0, 0.0)
        self.faultless_choruses(np.zeros((1, self.groups["chords"].group.inputs)), choruses=0)

    def learn_pass(self, array: np.ndarray, chorus_steps: int) -> dict[str, Lesson]:
        """Learn from consecutive choruses of ``chorus_steps`` steps.

        ``array`` (steps + 1, units) is on or off; its last step is only a target. The pass starts
        cold if it is the first, or if the settings say that all do. Groups in ``resting`` listen
        and predict, but do not learn. After so many gross errors of the chords as the settings
        say, the whole network is reset, and the input starts again with the next chorus. Returns
        what happened, by the names of the groups.
        """
        topology, lessons = self.start.topology, {}
        standardised, targets = self.start.standardisation.apply(array[:-1]), array[1:]
        cold = np.zeros(len(targets), dtype=bool)
        cold[0] = self.settings.cold_passes or not self.steps
        for group in topology.groups:
            others = [name for name in group.hears if name in lessons]
            heard = [lessons[name].cell_outputs for name in others]
            before = [self._last_outputs[name] for name in others]
            lessons[group.name] = self._learn_group(
                group,
                standardised[:, group.units],
                targets[:, group.units],
                chorus_steps,
                self.settings.gross_errors_before_reset if not lessons else 0,
                one_step_ago(heard, cold, before) if heard else None,
                cold,
            )
            if group is topology.groups[0] is not topology.groups[-1]:
                # What the first group skipped or forgot, all the others do.
                heard_steps, cold = lessons[group.name].positions, lessons[group.name].cold
                if len(heard_steps) < len(targets):
                    standardised, targets = standardised[heard_steps], targets[heard_steps]
                    cold = cold[heard_steps]
        for name, lesson in lessons.items():
            if len(lesson.cell_outputs):
                self._last_outputs[name] = lesson.cell_outputs[-1].copy()
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
        last = self._last_heard.get(name) if cold[0] else None
        if heard is not None or last is None or not np.array_equal(last, inputs):
            self._last_lesson[name] = self.groups[name].learn(
                inputs, targets, chorus_steps, 0.0, 0.0, 0, heard, cold
            )
            self._last_heard[name] = inputs.copy()
        return self._last_lesson[name]

    def faultless_choruses(self, chorus: np.ndarray, choruses: int, warm: bool = False) -> int:
        """Return how many of ``choruses`` the chord group plays by itself before a fault.

        ``chorus`` (steps, chord units), on or off, is what it should play, from a cold start or, if
        ``warm``, from where it is (``GroupLearner.faultless_choruses``).
        """
        levels = self._levels[:, CHORD_UNITS]
        return self.groups["chords"].faultless_choruses(levels, chorus, choruses, warm)

    def network(self, **header) -> Network:
        """Return the network with the weights as they are now, and ``header``."""
        topology = self.start.topology
        weights = {name: learner.unpack(topology) for name, learner in self.groups.items()}
        return Network(topology, weights, self.start.standardisation, header)
