"""The learning rule of 2002, to be run: compiled with Numba (chapter 5, "Learning").

The same algorithm as ``truncated_gradient``, to which tests hold it, laid out for speed: one
group of blocks at a time, every array with the sources as its first axis, so that one pass over
the sources carries the partial derivatives forward and changes the weights they belong to.

A group never hears what a later group does, so a whole stretch of steps can be run for the
chords before the melody hears it: the result is that of running them side by side.
"""

from dataclasses import dataclass

import numpy as np

from lstmblues.kernels import faultless_steps, learn_steps
from lstmblues.network import Network
from lstmblues.topology import Group, Topology
from lstmblues.truncated_gradient import GATES_OF_STATE

_GATES = ("input_gate", "forget_gate", "output_gate")


def _by_cell_number(group: Group) -> np.ndarray:
    """Return the order in which the compiled code keeps cells: first cells of all blocks first.

    Then the cells that share a gate lie one block count apart, and gates need no repeating.
    """
    return np.arange(group.cells).reshape(group.blocks, group.cells_per_block).T.ravel()


@dataclass
class GroupLearner:
    """One group's weights and everything its learning carries along, as the compiled code likes.

    ``hidden`` (sources, cells + 3 blocks) and ``output`` (cells + inputs + 1, outputs) hold the
    weights, ``*_change`` their last changes (momentum), ``partials`` (3, sources, cells) the
    derivatives of the cell states by the weights of cells, input gates and forget gates, and
    ``cell_state`` and ``cell_output`` (cells,) what the group remembers. ``since_reset`` (1,)
    counts gross errors.
    """

    group: Group
    hidden: np.ndarray
    output: np.ndarray
    hidden_change: np.ndarray
    output_change: np.ndarray
    partials: np.ndarray
    cell_state: np.ndarray
    cell_output: np.ndarray
    since_reset: np.ndarray

    @classmethod
    def pack(cls, network: Network, group: Group) -> "GroupLearner":
        """Return a learner that starts from the group's weights in ``network``."""
        weights, order = network.weights[group.name], _by_cell_number(group)
        heard = _heard_order(network.topology, group)
        hidden = np.concatenate(
            [weights["cell"][order], *(weights[gate] for gate in _GATES)], axis=0
        )[:, heard].T.copy()
        output_rows = np.concatenate(
            [order, np.arange(group.cells, group.cells + group.inputs + 1)]
        )
        output = weights["output"][:, output_rows].T.copy()
        return cls(
            group,
            hidden,
            output,
            np.zeros_like(hidden),
            np.zeros_like(output),
            np.zeros((len(GATES_OF_STATE), hidden.shape[0], group.cells)),
            np.zeros(group.cells),
            np.zeros(group.cells),
            np.zeros(1, dtype=np.int64),
        )

    def unpack(self, topology: Topology) -> dict[str, np.ndarray]:
        """Return the weights by the names and shapes of ``Topology.shapes``."""
        group, order = self.group, _by_cell_number(self.group)
        rows = self.hidden[np.argsort(_heard_order(topology, group))].T
        cells, blocks = group.cells, group.blocks
        weights = {"cell": rows[:cells][np.argsort(order)].copy()}
        for number, gate in enumerate(_GATES):
            start = cells + number * blocks
            weights[gate] = rows[start : start + blocks].copy()
        output = self.output.T
        weights["output"] = np.concatenate(
            [output[:, :cells][:, np.argsort(order)], output[:, cells:]], axis=1
        )
        return weights

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
        taken = learn_steps(
            self.hidden,
            self.output,
            self.hidden_change,
            self.output_change,
            self.partials,
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
        order = np.argsort(_by_cell_number(group))
        return Lesson(
            losses[:taken], errors[:taken], cell_outputs[:taken, order], positions[:taken], cold
        )

    def faultless_cycles(self, inputs: np.ndarray, targets: np.ndarray, cycles: int) -> int:
        """Let a group that hears only itself run free; return how many cycles are faultless.

        The group is given the first step of the cycle, then its own outputs, on above 0.5.
        ``inputs`` (2, group.inputs) says how off and on are standardised; ``targets`` (steps,
        outputs) is the cycle to come, from its second step round to its first. The run stops at
        the first fault, or after ``cycles`` cycles. What is being learned is not touched.
        """
        return faultless_steps(
            self.hidden, self.output, self.group.cells, inputs, targets, cycles * len(targets)
        ) // len(targets)


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


def _heard_order(topology: Topology, group: Group) -> np.ndarray:
    """Return the network's source numbers in the compiled order.

    First the inputs, then other groups' cells, own cells (first cells of all blocks first), bias.
    """
    others, own, start = [], [], group.inputs
    for name in group.hears:
        cells = topology.group(name).cells
        if name == group.name:
            own.extend(start + _by_cell_number(group))
        else:
            others.extend(range(start, start + cells))
        start += cells
    return np.array([*range(group.inputs), *others, *own, start])
