"""The learning rule of 2002, to be run: compiled with Numba (chapter 5, "Learning").

The same algorithm as ``truncated_gradient``, to which tests hold it, laid out for speed: one
group of blocks at a time, and all that belongs to a block side by side (``blocks``).

A group never hears what a later group does, so a whole stretch of steps can be run for the
chords before the melody hears it: the result is that of running them side by side.
"""

from dataclasses import dataclass

import numpy as np

from lstmblues.network.compiled.blocks import GATES, Sizes
from lstmblues.network.compiled.kernels import free_kernel, learn_kernel
from lstmblues.network.compiled.vectors import aligned_zeros, padded
from lstmblues.network.lstm import Network, sigmoid
from lstmblues.network.topology import Group, Topology


@dataclass
class GroupLearner:
    """One group's weights, and everything that its learning carries from step to step.

    Attributes:
        group: the group that learns.
        sizes: its sizes, and those of its rows of weights.
        memory: (blocks, rows, width), laid out as ``blocks`` says: weights, their last changes, and
            the partial derivatives of the cell states.
        output: (2, outputs, output_width): the weights of the outputs, and their last changes.
        cell_state: (cells, rounded up to whole vectors).
        cell_output: (cells, rounded up to whole vectors), one step ago.
        gross_errors: (1,) whole number: gross errors since the last reset.
    """

    group: Group
    sizes: Sizes
    memory: np.ndarray
    output: np.ndarray
    cell_state: np.ndarray
    cell_output: np.ndarray
    gross_errors: np.ndarray

    @classmethod
    def pack(cls, network: Network, group: Group) -> "GroupLearner":
        """Return a learner that starts from the group's weights in ``network``."""
        sizes = Sizes.of(network.topology, group)
        learner = cls(
            group,
            sizes,
            memory=aligned_zeros(sizes.blocks, sizes.rows, sizes.width),
            output=aligned_zeros(2, sizes.inputs, sizes.output_width),
            cell_state=aligned_zeros(padded(sizes.cells)),
            cell_output=aligned_zeros(padded(sizes.cells)),
            gross_errors=np.zeros(1, dtype=np.int64),
        )
        weights = network.weights[group.name]
        for kind, view in learner._views(network.topology).items():
            view[:] = weights[kind].reshape(view.shape)
        return learner

    def unpack(self, topology: Topology) -> dict[str, np.ndarray]:
        """Return a copy of the weights, by the names and shapes of ``Topology.shapes``."""
        shapes = topology.shapes(self.group)
        views = self._views(topology)
        return {kind: view.reshape(shapes[kind]).copy() for kind, view in views.items()}

    def _views(self, topology: Topology) -> dict[str, np.ndarray]:
        """Return each kind of weight as a view of ``memory`` or ``output``.

        Shapes are (blocks, units of a block, sources), and (outputs, sources) for the outputs.
        """
        cells, sources = self.sizes.cells_per_block, topology.sources(self.group)
        views = {"cell": self.memory[:, :cells, :sources]}
        for number, gate in enumerate(GATES):
            views[gate] = self.memory[:, cells + number, :sources]
        views["output"] = self.output[0, :, : self.sizes.cells + self.sizes.inputs + 1]
        return views

    def learn(
        self,
        inputs: np.ndarray,
        targets: np.ndarray,
        chorus_steps: int,
        learning_rate: float,
        momentum: float,
        reset_after: int = 0,
        other_cell_outputs: np.ndarray | None = None,
        cold: np.ndarray | None = None,
    ) -> "Lesson":
        """Learn on line from consecutive choruses, and go on where the last call stopped.

        A gross error is a step with an output on the wrong side of 0.5. A reset clears cell
        states, cell outputs and partial derivatives, not weights and their last changes.

        Args:
            inputs: (steps, group.inputs), standardised.
            targets: (steps, outputs), on or off.
            chorus_steps: steps of a chorus; the first chorus begins with the first step.
            learning_rate: 0 or above; with 0, and a momentum of 0, nothing is learned.
            momentum: from 0 to 1.
            reset_after: after so many gross errors the group is reset, and the input starts again
                with the next chorus; 0: never.
            other_cell_outputs: (steps, cells heard of other groups), of one step ago; None: zeros.
            cold: (steps,) boolean: before which steps the group is reset; None: before none.
        """
        steps, sizes = len(inputs), self.sizes
        if other_cell_outputs is None:
            other_cell_outputs = np.zeros((steps, sizes.other_cells))
        cold = np.zeros(steps, dtype=bool) if cold is None else cold.copy()
        losses, wrong_outputs = np.empty(steps), np.empty(steps, dtype=np.int64)
        cell_outputs, positions = np.empty((steps, sizes.cells)), np.empty(steps, dtype=np.int64)
        taken = learn_kernel(sizes)(
            self.memory.reshape(-1),
            self.output.reshape(-1),
            self.cell_state,
            self.cell_output,
            self.gross_errors,
            np.ascontiguousarray(inputs),
            np.ascontiguousarray(targets),
            np.ascontiguousarray(other_cell_outputs),
            cold,
            chorus_steps,
            learning_rate,
            momentum,
            reset_after,
            losses,
            wrong_outputs,
            cell_outputs,
            positions,
        )
        return Lesson(
            losses[:taken], wrong_outputs[:taken], cell_outputs[:taken], positions[:taken], cold
        )

    def play(
        self,
        levels: np.ndarray,
        cell_state: np.ndarray,
        cell_output: np.ndarray,
        next_input: np.ndarray,
        played: np.ndarray,
        expected: np.ndarray | None = None,
    ) -> int:
        """Let a group that hears only itself run free; return how many steps are faultless.

        The group hears ``next_input``, then its own outputs, on above 0.5. The run stops at the
        first step that differs from what is expected, or at the end of ``played``. What the learner
        carries is not touched.

        Args:
            levels: (2, inputs): how off and on are standardised.
            cell_state: (cells,), changed in place.
            cell_output: (cells,), of one step ago, changed in place.
            next_input: (inputs,) boolean, the notes to be heard next, changed in place.
            played: (steps, inputs) boolean, filled with the outputs.
            expected: (cycle, inputs) boolean, repeated as often as it takes; None: anything.
        """
        cells = self.sizes.cells
        if expected is None:
            expected = np.zeros((0, self.sizes.inputs), dtype=bool)
        state, output = np.zeros((2, len(self.cell_state)))
        state[:cells], output[:cells] = cell_state, cell_output
        steps = free_kernel(self.sizes)(
            self.memory.reshape(-1),
            self.output.reshape(-1),
            levels,
            state,
            output,
            next_input,
            expected,
            played,
        )
        cell_state[:], cell_output[:] = state[:cells], output[:cells]
        return steps

    def faultless_choruses(
        self, levels: np.ndarray, chorus: np.ndarray, choruses: int, warm: bool = False
    ) -> int:
        """Let the group run free from a cold start; return how many choruses are faultless.

        ``chorus`` (steps, inputs) is on or off. Its first step is given; from then on the group
        hears itself, and what it plays is compared from the second step on, round to the first of
        the next chorus. ``levels`` (2, inputs) is as for ``play``. The run stops at the first
        fault, or after so many ``choruses``. If ``warm``, the group goes on from what it carries
        instead, which is right if the last step that it has learned from ended a chorus.
        """
        given = np.asarray(chorus) > 0.5
        played = np.empty((choruses * len(given), self.sizes.inputs), dtype=bool)
        cells = self.sizes.cells
        cell_state, cell_output = np.zeros((2, cells))
        if warm:
            cell_state, cell_output = (
                self.cell_state[:cells].copy(),
                self.cell_output[:cells].copy(),
            )
        expected = np.roll(given, -1, axis=0)
        steps = self.play(levels, cell_state, cell_output, given[0].copy(), played, expected)
        return steps // len(given)


@dataclass(frozen=True)
class Lesson:
    """What happened in one call of ``GroupLearner.learn``, step by step.

    Resets skip some of the steps that were offered, so fewer may be taken.

    Attributes:
        losses: (taken,), cross-entropies in nats.
        wrong_outputs: (taken,), how many outputs were on the wrong side of 0.5.
        cell_outputs: (taken, cells), in the order of the network's cells.
        positions: (taken,), which of the offered steps were heard.
        cold: (offered,) boolean, before which of the offered steps the group was reset.
    """

    losses: np.ndarray
    wrong_outputs: np.ndarray
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
    cold, cell_outputs, outputs = np.zeros(len(inputs), dtype=bool), {}, []
    cold[0] = True
    for group in network.topology.groups:
        others = [cell_outputs[name] for name in group.hears if name in cell_outputs]
        group_inputs = standardised[:, group.units]
        lesson = GroupLearner.pack(network, group).learn(
            group_inputs,
            np.zeros_like(group_inputs),
            chorus_steps=len(inputs),
            learning_rate=0.0,
            momentum=0.0,
            other_cell_outputs=one_step_ago(others, cold) if others else None,
        )
        cell_outputs[group.name] = lesson.cell_outputs
        weights = network.weights[group.name]["output"]
        bias = np.ones((len(inputs), 1))
        sources = np.concatenate([lesson.cell_outputs, group_inputs, bias], axis=1)
        outputs.append(sigmoid(sources @ weights.T))
    return np.concatenate(outputs, axis=1)


def one_step_ago(
    cell_outputs: list[np.ndarray], cold: np.ndarray, before: list[np.ndarray] | None = None
) -> np.ndarray:
    """Return the ``cell_outputs`` of groups, each (steps, cells), as they are heard a step later.

    ``before`` are their outputs, each (cells,), before the first step; by default, zero. The result
    has shape (steps, all cells). It is zero at the steps where ``cold`` (steps,) is true: before
    them, the groups were reset.
    """
    outputs = np.concatenate(cell_outputs, axis=1)
    earlier = np.zeros_like(outputs)
    earlier[1:] = outputs[:-1]
    if before is not None:
        earlier[:1] = np.concatenate(before)
    earlier[cold] = 0.0
    return earlier
