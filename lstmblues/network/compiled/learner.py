"""The learning rule of 2002, to be run: compiled with Numba (chapter 5, "Learning").

The same algorithm as ``truncated_gradient``, to which tests hold it, laid out for speed: one
group of blocks at a time, and all that belongs to a block side by side (``kernels``).

A group never hears what a later group does, so a whole stretch of steps can be run for the
chords before the melody hears it: the result is that of running them side by side.
"""

from dataclasses import dataclass

import numpy as np

from lstmblues.network.compiled.kernels import GATES, free_kernel, learn_kernel, rows_of_a_block
from lstmblues.network.compiled.vectors import aligned_zeros, padded
from lstmblues.network.lstm import Network, sigmoid
from lstmblues.network.topology import Group, Topology


@dataclass
class GroupLearner:
    """One group's weights and everything its learning carries along, as the compiled code likes.

    ``memory`` (blocks, rows, width) and ``output`` (2, outputs, width of a row) are laid out as
    ``kernels`` says: weights, their last changes (momentum), and in ``memory`` the derivatives of
    the cell states. ``cell_state`` and ``cell_output`` (cells, or more) are what the group
    remembers. ``since_reset`` (1,) counts gross errors. The group hears ``others`` cells of other
    groups, and ``own`` of its own.
    """

    group: Group
    others: int
    own: int
    memory: np.ndarray
    output: np.ndarray
    cell_state: np.ndarray
    cell_output: np.ndarray
    since_reset: np.ndarray

    @classmethod
    def pack(cls, network: Network, group: Group) -> "GroupLearner":
        """Return a learner that starts from the group's weights in ``network``."""
        topology = network.topology
        own = group.cells if group.name in group.hears else 0
        rows, cells = rows_of_a_block(group.cells_per_block), padded(group.cells)
        learner = cls(
            group,
            topology.heard_cells(group) - own,
            own,
            aligned_zeros(group.blocks, rows, padded(topology.sources(group))),
            aligned_zeros(2, group.inputs, padded(group.cells + group.inputs + 1)),
            aligned_zeros(cells),
            aligned_zeros(cells),
            np.zeros(1, dtype=np.int64),
        )
        weights = network.weights[group.name]
        for kind, place in learner._places(topology).items():
            place[:] = weights[kind].reshape(place.shape)
        return learner

    def unpack(self, topology: Topology) -> dict[str, np.ndarray]:
        """Return the weights by the names and shapes of ``Topology.shapes``."""
        shapes = topology.shapes(self.group)
        places = self._places(topology)
        return {kind: place.reshape(shapes[kind]).copy() for kind, place in places.items()}

    def _places(self, topology: Topology) -> dict[str, np.ndarray]:
        """Return where each kind of weight is kept: views, with a block as first axis, or none."""
        cells, sources = self.group.cells_per_block, topology.sources(self.group)
        places = {"cell": self.memory[:, :cells, :sources]}
        for number, gate in enumerate(GATES):
            places[gate] = self.memory[:, cells + number, :sources]
        places["output"] = self.output[0, :, : self.group.cells + self.group.inputs + 1]
        return places

    def learn(
        self,
        inputs: np.ndarray,
        targets: np.ndarray,
        chorus_steps: int,
        learning_rate: float,
        momentum: float,
        reset_after: int = 0,
        heard: np.ndarray | None = None,
        cold: np.ndarray | None = None,
    ) -> "Lesson":
        """Learn on line from consecutive choruses, going on where the last call stopped.

        ``inputs`` (steps, group.inputs) are standardised, ``targets`` (steps, outputs) on or off,
        and ``heard`` (steps, cells of other groups heard) what those did one step ago. A gross
        error is a step with an output on the wrong side of 0.5. After ``reset_after`` of them
        (0: never) the group forgets what it heard, and the input starts again with the next
        chorus. ``cold`` (steps,) asks for such a reset before the steps where it is true.
        """
        steps, group = len(inputs), self.group
        heard = np.zeros((steps, 0)) if heard is None else heard
        cold = np.zeros(steps, dtype=bool) if cold is None else cold.copy()
        losses, errors = np.empty(steps), np.empty(steps, dtype=np.int64)
        cell_outputs, positions = np.empty((steps, group.cells)), np.empty(steps, dtype=np.int64)
        learn = learn_kernel(
            group.inputs, self.others, self.own, group.blocks, group.cells_per_block
        )
        taken = learn(
            self.memory.reshape(-1),
            self.output.reshape(-1),
            self.cell_state,
            self.cell_output,
            self.since_reset,
            np.ascontiguousarray(inputs),
            np.ascontiguousarray(targets),
            np.ascontiguousarray(heard),
            cold,
            chorus_steps,
            learning_rate,
            momentum,
            reset_after,
            losses,
            errors,
            cell_outputs,
            positions,
        )
        return Lesson(losses[:taken], errors[:taken], cell_outputs[:taken], positions[:taken], cold)

    def play(
        self,
        levels: np.ndarray,
        cell_state: np.ndarray,
        cell_output: np.ndarray,
        heard: np.ndarray,
        played: np.ndarray,
        expected: np.ndarray | None = None,
    ) -> int:
        """Let a group that hears only itself run free; return how many steps are faultless.

        The group hears ``heard`` (inputs,), then its own outputs, on above 0.5, which fill
        ``played`` (steps, inputs), both boolean. ``levels`` (2, inputs) says how off and on are
        standardised. The run stops at the first step that differs from ``expected`` (cycle,
        inputs), boolean, gone round as often as it takes; if nothing is expected, at the end of
        ``played``. ``cell_state`` and ``cell_output`` (cells,) are what the group remembers. They
        and ``heard``, the notes to be heard next, change in place; what is being learned is not
        touched.
        """
        group = self.group
        if expected is None:
            expected = np.zeros((0, group.inputs), dtype=bool)
        state, output = np.zeros_like(self.cell_state), np.zeros_like(self.cell_output)
        state[: group.cells], output[: group.cells] = cell_state, cell_output
        run_free = free_kernel(group.inputs, group.blocks, group.cells_per_block)
        steps = run_free(
            self.memory.reshape(-1),
            self.output.reshape(-1),
            levels,
            state,
            output,
            heard,
            expected,
            played,
        )
        cell_state[:], cell_output[:] = state[: group.cells], output[: group.cells]
        return steps

    def faultless_cycles(self, levels: np.ndarray, cycle: np.ndarray, cycles: int) -> int:
        """Let the group run free from a cold start; return how many cycles are faultless.

        ``cycle`` (steps, outputs), on or off, is what is to come, from its second step round to
        its first, which is heard; ``levels`` as for ``play``. The run stops at the first fault, or
        after ``cycles`` cycles.
        """
        expected = cycle > 0.5
        played = np.empty((cycles * len(cycle), self.group.inputs), dtype=bool)
        cold = np.zeros((2, self.group.cells))
        return self.play(levels, *cold, expected[-1].copy(), played, expected) // len(cycle)


@dataclass(frozen=True)
class Lesson:
    """What happened in one call of ``GroupLearner.learn``, step by step.

    ``losses`` (taken,) are cross-entropies in nats, ``errors`` (taken,) how many outputs were on
    the wrong side of 0.5, ``cell_outputs`` (taken, cells) in the network's order, ``positions``
    (taken,) which of the offered steps were heard, and ``cold`` (offered,) before which of them
    the group was reset.
    """

    losses: np.ndarray
    errors: np.ndarray
    cell_outputs: np.ndarray
    positions: np.ndarray
    cold: np.ndarray


def predict(network: Network, inputs: np.ndarray) -> np.ndarray:
    """Return what ``network.run(inputs)`` returns, but for rounding, and much faster.

    ``inputs`` (steps, units) are on or off, and heard from a cold start, with teacher forcing;
    the result has the same shape, and values between 0 and 1. Nothing is learned. Raises
    ``BluesError`` for inputs of another shape.
    """
    inputs = network.checked(inputs)
    standardised = network.standardisation.apply(inputs)
    first, cells, outputs = np.zeros(len(inputs), dtype=bool), {}, []
    first[0] = True
    for group in network.topology.groups:
        heard = [cells[name] for name in group.hears if name in cells]
        own = standardised[:, group.units]
        lesson = GroupLearner.pack(network, group).learn(
            own,
            np.zeros_like(own),
            chorus_steps=len(inputs),
            learning_rate=0.0,
            momentum=0.0,
            heard=one_step_ago(heard, first) if heard else None,
        )
        cells[group.name] = lesson.cell_outputs
        weights = network.weights[group.name]["output"]
        sources = np.concatenate([lesson.cell_outputs, own, np.ones((len(own), 1))], axis=1)
        outputs.append(sigmoid(sources @ weights.T))
    return np.concatenate(outputs, axis=1)


def one_step_ago(cell_outputs: list[np.ndarray], cold: np.ndarray) -> np.ndarray:
    """Return other groups' ``cell_outputs``, each (steps, cells), as heard one step later.

    Before the steps where ``cold`` (steps,) is true, nothing was heard.
    """
    heard = np.roll(np.concatenate(cell_outputs, axis=1), 1, axis=0)
    heard[cold] = 0.0
    return heard
