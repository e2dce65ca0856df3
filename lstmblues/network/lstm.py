"""The network of 2002, to be read: one step in NumPy (chapter 4, "A memory cell").

Equations are those of Gers, Schmidhuber & Cummins (2000), which TR and IC follow: no peepholes,
squashing functions g(x) = 4 sigma(x) - 2 and h(x) = 2 sigma(x) - 1, gates shared by a block.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from lstmblues.errors import BluesError
from lstmblues.music.encoding import Standardisation
from lstmblues.network.topology import Group, Topology


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Return the logistic function 1 / (1 + exp(-x)), elementwise.

    It neither overflows nor rounds to 0 before a double must.
    """
    decay = np.exp(-np.abs(x))
    return np.where(np.asarray(x) < 0, decay, 1.0) / (1.0 + decay)


def squash_input(x: np.ndarray) -> np.ndarray:
    """Return g(x) = 4 sigma(x) - 2, from -2 to 2: what enters a cell."""
    return 4.0 * sigmoid(x) - 2.0


def squash_state(s: np.ndarray) -> np.ndarray:
    """Return h(s) = 2 sigma(s) - 1, from -1 to 1: what leaves a cell, before its output gate."""
    return 2.0 * sigmoid(s) - 1.0


THRESHOLD = 0.5
"""A network that hears itself hears a chord note if its output is above this (TR 3.2)."""

GroupWeights = Mapping[str, np.ndarray]
"""The weight matrices of a group, by the names and shapes of ``Topology.shapes``."""


@dataclass
class State:
    """What a network carries from one step to the next, by group name.

    ``cell_state[name]`` and ``cell_output[name]`` have shape (cells of the group,); a cell's
    output is its state, squashed and let through by the output gate.
    """

    cell_state: dict[str, np.ndarray]
    cell_output: dict[str, np.ndarray]

    @classmethod
    def zero(cls, topology: Topology) -> "State":
        """Return the state of a network that has heard nothing."""
        return cls(
            {group.name: np.zeros(group.cells) for group in topology.groups},
            {group.name: np.zeros(group.cells) for group in topology.groups},
        )


@dataclass(frozen=True)
class Activations:
    """Everything a group did at one step, or, stacked, at every step of a run.

    A run has the time steps as a first axis.

    Attributes:
        input_gate: (blocks,), between 0 and 1, as all gates.
        forget_gate: (blocks,).
        output_gate: (blocks,).
        cell_input: (cells,), g(net input), before the input gate: between -2 and 2.
        cell_state: (cells,), after the step.
        cell_output: (cells,), the squashed state times the output gate: between -1 and 1.
        output: (outputs,), between 0 and 1.
    """

    input_gate: np.ndarray
    forget_gate: np.ndarray
    output_gate: np.ndarray
    cell_input: np.ndarray
    cell_state: np.ndarray
    cell_output: np.ndarray
    output: np.ndarray

    @classmethod
    def stack(cls, steps: "list[Activations]") -> "Activations":
        """Return the activations of a run: every field gains the time steps as a first axis."""
        return cls(*(np.stack([getattr(a, name) for a in steps]) for name in cls.__annotations__))


def group_step(
    group: Group,
    weights: GroupWeights,
    inputs: np.ndarray,
    heard_cells: np.ndarray,
    cell_state: np.ndarray,
) -> Activations:
    """Run one group for one step: Gers et al. (2000), equations 1 to 5.

    Args:
        group: the group that runs.
        weights: the group's, by the names and shapes of ``Topology.shapes``.
        inputs: (group.inputs,), standardised.
        heard_cells: (cells heard,), their outputs one step ago.
        cell_state: (cells,), of the step before; left as it was.

    Returns:
        What the group did at this step, with the new cell state.
    """
    bias = np.ones_like(inputs[:1])  # in the precision of all else
    sources = np.concatenate([inputs, heard_cells, bias])
    input_gate = sigmoid(weights["input_gate"] @ sources)
    forget_gate = sigmoid(weights["forget_gate"] @ sources)
    output_gate = sigmoid(weights["output_gate"] @ sources)
    cell_input = squash_input(weights["cell"] @ sources)
    kept = group.per_cell(forget_gate) * cell_state
    cell_state = kept + group.per_cell(input_gate) * cell_input
    cell_output = group.per_cell(output_gate) * squash_state(cell_state)
    output = sigmoid(weights["output"] @ np.concatenate([cell_output, inputs, bias]))
    return Activations(
        input_gate, forget_gate, output_gate, cell_input, cell_state, cell_output, output
    )


@dataclass
class Network:
    """A topology with weights, and the standardisation of its inputs.

    Attributes:
        topology: its groups.
        weights: by group name and kind, the matrices of ``Topology.shapes``, float64.
        standardisation: a shift and a scale for each input unit.
        header: where the weights come from (seed, algorithm, steps, ...). It is saved with them
            and plays no part in a run.

    Raises:
        BluesError: if a matrix is missing, has another shape, or holds a value that is not finite;
            or if a shift or scale is missing or not finite, or a scale not above zero; or if the
            weights are so large that sums overflow.
    """

    topology: Topology
    weights: dict[str, dict[str, np.ndarray]]
    standardisation: Standardisation
    header: dict = field(default_factory=dict)

    def __post_init__(self):
        for group in self.topology.groups:
            for kind, shape in self.topology.shapes(group).items():
                matrix = self.weights.get(group.name, {}).get(kind)
                found = None if matrix is None else np.shape(matrix)
                if found != shape:
                    raise BluesError(
                        f"the {self.topology.name} network needs weights {group.name}/{kind} of "
                        f"shape {shape}, and was given {found}"
                    )
                if not np.isfinite(matrix).all():
                    raise BluesError(f"weights {group.name}/{kind} hold values that are no numbers")
        for name in ("shift", "scale"):
            values = np.asarray(getattr(self.standardisation, name))
            if values.shape != (self.topology.units,) or not np.isfinite(values).all():
                raise BluesError(
                    f"the {self.topology.name} network needs an input {name} of "
                    f"{self.topology.units} finite values"
                )
        if not (self.standardisation.scale > 0).all():
            raise BluesError("the scale of every input must be above zero")
        self._check_sums()

    def _check_sums(self) -> None:
        """Raise ``BluesError`` if the weighted sum of some unit can overflow."""
        with np.errstate(over="ignore", invalid="ignore"):
            levels = np.abs(self.standardisation.levels()).max(axis=0)
            for group in self.topology.groups:
                inputs = levels[group.units]
                for kind, matrix in self.weights[group.name].items():
                    # Inputs come first, cells (whose outputs are below 1) and the bias after them;
                    # for outputs it is the cells, the inputs, and the bias.
                    sources = np.ones(np.shape(matrix)[1])
                    first = group.cells if kind == "output" else 0
                    sources[first : first + group.inputs] = inputs
                    if not np.isfinite(np.abs(matrix) @ sources).all():
                        raise BluesError(
                            f"weights {group.name}/{kind} are so large that their sums overflow"
                        )

    def step(self, inputs: np.ndarray, state: State) -> tuple[dict[str, Activations], State]:
        """Hear one step of on/off ``inputs`` (units,); return activations, and the state after it.

        The activations are every group's, by name. ``state`` is left as it was.
        """
        standardised = self.standardisation.apply(inputs)
        activations = {}
        for group in self.topology.groups:
            heard_cells = [state.cell_output[name] for name in group.hears]
            activations[group.name] = group_step(
                group,
                self.weights[group.name],
                standardised[group.units],
                np.concatenate(heard_cells) if heard_cells else np.zeros(0),
                state.cell_state[group.name],
            )
        after = State(
            {name: group.cell_state for name, group in activations.items()},
            {name: group.cell_output for name, group in activations.items()},
        )
        return activations, after

    def outputs(self, activations: Mapping[str, Activations]) -> np.ndarray:
        """Return all outputs, in the order of the input units: shape (..., units)."""
        return np.concatenate(
            [activations[group.name].output for group in self.topology.groups], axis=-1
        )

    def run(self, inputs: np.ndarray, state: State | None = None) -> np.ndarray:
        """Hear on/off ``inputs`` of shape (steps, units); return the outputs, same shape.

        The output at step t is the prediction of step t + 1 (teacher forcing). The run starts
        from ``state``, or from nothing heard.
        """
        return self.outputs(self.record(inputs, state))

    def record(self, inputs: np.ndarray, state: State | None = None) -> dict[str, Activations]:
        """Run as ``run`` does; return what every gate and cell did, by group name.

        Raises ``BluesError`` if ``inputs`` is not of shape (steps, units), with a step or more.
        """
        inputs = self.checked(inputs)
        state = State.zero(self.topology) if state is None else state
        history = {group.name: [] for group in self.topology.groups}
        for row in inputs:
            activations, state = self.step(row, state)
            for name, group in activations.items():
                history[name].append(group)
        return {name: Activations.stack(steps) for name, steps in history.items()}

    def checked(self, inputs: np.ndarray) -> np.ndarray:
        """Return ``inputs`` if they are what a run hears: (steps, units), with a step or more.

        Raises ``BluesError`` if they are not.
        """
        inputs = np.asarray(inputs, dtype=float)
        if inputs.ndim != 2 or inputs.shape[1] != self.topology.units or not len(inputs):
            raise BluesError(
                f"the {self.topology.name} network hears arrays of shape "
                f"(steps, {self.topology.units}), not {inputs.shape}"
            )
        return inputs

    def with_gate_shut(self, group: str, block: int, gate: str = "output_gate") -> "Network":
        """Return the network with one gate of a block shut for good, whatever it hears.

        With its output gate shut, a block's cell outputs are 0. With its input gate shut, its cell
        states stay 0. With its forget gate shut, it forgets at every step.
        """
        shut = self.weights[group][gate].copy()  # (blocks, sources)
        shut[block] = 0.0
        shut[block, -1] = -50.0  # the bias
        weights = self.weights | {group: self.weights[group] | {gate: shut}}
        return Network(self.topology, weights, self.standardisation, self.header)
