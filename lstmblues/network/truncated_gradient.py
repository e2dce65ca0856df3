"""The learning rule of 2002, to be read: truncated gradients in NumPy (chapter 5, "Learning").

Outputs learn by back-propagation, output gates by back-propagation cut at the block's border,
cells, input gates and forget gates by real-time recurrent learning cut likewise: what a gate or
cell heard from the cells of one step ago is taken as given. Gers, Schmidhuber & Cummins (2000),
section 2 and appendix; the objective is the cross-entropy of TR 3.2.
"""

from dataclasses import dataclass

import numpy as np

from lstmblues.network.lstm import Activations, GroupWeights, State, sigmoid, squash_state
from lstmblues.network.topology import Group, Topology

KINDS_THROUGH_STATE = ("cell", "input_gate", "forget_gate")
"""The kinds of weight that act through the cell state, and so need partial derivatives."""


def cross_entropy(output: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return -sum_k t_k ln y_k + (1 - t_k) ln(1 - y_k) over the last axis, in nats.

    ``target`` is on or off. An output of 0 for a note that is on, or of 1 for one that is off,
    costs infinitely much.
    """
    with np.errstate(divide="ignore"):
        return -np.sum(np.log(np.where(target > 0.5, output, 1.0 - output)), axis=-1)


@dataclass
class Partials:
    """The partial derivatives of each cell state by the weights into its own block.

    Each array has shape (cells, sources): row v holds ds_v / dw for the weights w of cell v, or
    of the gate that it shares with the other cells of its block.
    """

    cell: np.ndarray
    input_gate: np.ndarray
    forget_gate: np.ndarray

    @classmethod
    def zero(cls, topology: Topology, group: Group) -> "Partials":
        """Return the partial derivatives of a network that has heard nothing."""
        shape = (group.cells, topology.sources(group))
        return cls(*(np.zeros(shape) for _ in KINDS_THROUGH_STATE))


def carry_forward(
    group: Group,
    weights: GroupWeights,
    partials: Partials,
    state_before: np.ndarray,
    activations: Activations,
    sources: np.ndarray,
) -> Partials:
    """Return the partial derivatives after a step, from those before it.

    Each is the forget gate times itself, plus a local derivative times the source: that of the
    cell state by a net input, with the state before taken as given.

    Args:
        group: the group that ran.
        weights: the group's.
        partials: before the step.
        state_before: (cells,), the cell state before the step.
        activations: of the step.
        sources: (sources,), what cells and gates heard: standardised inputs, cells one step ago,
            bias.
    """
    input_gate = group.per_cell(activations.input_gate)
    forget_gate = group.per_cell(activations.forget_gate)
    logistic = sigmoid(weights["cell"] @ sources)
    derivative = 4.0 * logistic * (1.0 - logistic)  # g'(net input)
    local_derivatives = {
        "cell": input_gate * derivative,
        "input_gate": activations.cell_input * input_gate * (1.0 - input_gate),
        "forget_gate": state_before * forget_gate * (1.0 - forget_gate),
    }
    return Partials(
        **{
            kind: forget_gate[:, None] * getattr(partials, kind) + np.outer(local, sources)
            for kind, local in local_derivatives.items()
        }
    )


def descent(
    group: Group,
    weights: GroupWeights,
    partials: Partials,
    activations: Activations,
    sources: np.ndarray,
    inputs: np.ndarray,
    target: np.ndarray,
) -> dict[str, np.ndarray]:
    """Return minus the truncated gradient of the cross-entropy, for every weight of the group.

    Args:
        group: the group that ran.
        weights: the group's.
        partials: after the step.
        activations: of the step.
        sources: (sources,), what cells and gates heard.
        inputs: (group.inputs,), the standardised inputs that the outputs heard.
        target: (outputs,), the next step, on or off.

    Returns:
        Arrays with the names and shapes of ``Topology.shapes``.
    """

    def sum_over_block(per_cell):
        return per_cell.reshape(group.blocks, group.cells_per_block, -1).sum(axis=1)

    output_error = target - activations.output  # cross-entropy with logistic outputs
    output_sources = np.concatenate([activations.cell_output, inputs, [1.0]])
    cell_error = output_error @ weights["output"][:, : group.cells]  # sum_k w_kv delta_k

    output_gate = activations.output_gate
    squashed = squash_state(activations.cell_state)
    derivative = 0.5 * (1.0 - squashed**2)  # h'(s)
    state_error = group.per_cell(output_gate) * derivative * cell_error
    gate_derivative = output_gate * (1.0 - output_gate)
    gate_error = gate_derivative * sum_over_block(squashed * cell_error)[:, 0]
    return {
        "cell": state_error[:, None] * partials.cell,
        "input_gate": sum_over_block(state_error[:, None] * partials.input_gate),
        "forget_gate": sum_over_block(state_error[:, None] * partials.forget_gate),
        "output_gate": np.outer(gate_error, sources),
        "output": np.outer(output_error, output_sources),
    }


class ReadableLearner:
    """On-line learning of one network, step by step, to be read and to check the compiled one.

    Weights change after every step: the change is ``learning_rate * descent + momentum *
    last_change``. ``network`` is changed in place. The partial derivatives that are carried stem
    from earlier weights: they are exact only at a learning rate of 0 (chapter 5 measures it).
    """

    def __init__(self, network, learning_rate: float, momentum: float):
        self.network, self.learning_rate, self.momentum = network, learning_rate, momentum
        self.last_change = {
            group: {kind: np.zeros_like(matrix) for kind, matrix in matrices.items()}
            for group, matrices in network.weights.items()
        }
        self.reset()

    def reset(self) -> None:
        """Forget what was heard: states, activations and partial derivatives, not weights."""
        topology = self.network.topology
        self.state = State.zero(topology)
        self.partials = {group.name: Partials.zero(topology, group) for group in topology.groups}

    def step(self, inputs: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Hear on/off ``inputs`` (units,), learn from ``target`` (units,), return the outputs."""
        network = self.network
        activations, after = network.step(inputs, self.state)
        standardised = network.standardisation.apply(inputs)
        for group in network.topology.groups:
            name, weights = group.name, network.weights[group.name]
            heard_cells = [self.state.cell_output[other] for other in group.hears]
            sources = np.concatenate([standardised[group.units], *heard_cells, [1.0]])
            self.partials[name] = carry_forward(
                group,
                weights,
                self.partials[name],
                self.state.cell_state[name],
                activations[name],
                sources,
            )
            directions = descent(
                group,
                weights,
                self.partials[name],
                activations[name],
                sources,
                standardised[group.units],
                target[group.units],
            )
            for kind, direction in directions.items():
                last_change = self.last_change[name][kind]
                change = self.learning_rate * direction + self.momentum * last_change
                self.last_change[name][kind] = change
                weights[kind] = weights[kind] + change
        self.state = after
        return network.outputs(activations)
