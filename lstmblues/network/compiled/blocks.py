"""The memory blocks of a group in compiled loops: one step, and what they learn from it.

Each function is compiled into the kernels that call it (``kernels``). The sizes of the group
(``Sizes``) are known when a kernel is compiled.

All that belongs to a block lies together in ``memory``, row after row of ``width`` numbers:

- the weights of its units: the cells, then input, forget and output gate;
- the last changes of these weights, in the same order (for momentum);
- the partial derivatives of the cell states: of each cell's by the weights of the cell itself, then
  of each cell's by those of the input gate, then of each cell's by those of the forget gate.

The numbers of a row are for the sources: inputs, cells of other groups, the group's own cells and a
bias; what is beyond is zero, and stays zero.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lstmblues.network.compiled.constants import Constants
from lstmblues.network.compiled.layers import change_weights, net_input
from lstmblues.network.compiled.vectors import (
    VECTOR_SIZE,
    aligned_zeros,
    broadcast,
    fma,
    inlined,
    load,
    padded,
    sigmoid,
    store,
)
from lstmblues.network.topology import Group, Topology

GATES = ("input_gate", "forget_gate", "output_gate")
"""The gates of a block, in the order of their rows in ``memory``."""

_INPUT_GATE, _FORGET_GATE, _OUTPUT_GATE = range(len(GATES))


@dataclass(frozen=True)
class Sizes(Constants):
    """The sizes of a group, and of its rows of weights."""

    inputs: int  # input units heard; there are as many outputs
    other_cells: int  # cells of other groups heard
    own_cells: int  # cells of the group itself heard: all, or 0
    blocks: int
    cells_per_block: int
    cells: int
    units: int  # cells and gates of a block
    width: int  # of a row of a cell's or gate's weights
    output_width: int  # of a row of an output's weights
    rows: int  # of a block in memory

    @classmethod
    def of(cls, topology: Topology, group: Group) -> "Sizes":
        """Return the sizes of ``group`` in ``topology``."""
        own_cells = group.cells if group.name in group.hears else 0
        units = group.cells_per_block + len(GATES)
        return cls(
            inputs=group.inputs,
            other_cells=topology.heard_cells(group) - own_cells,
            own_cells=own_cells,
            blocks=group.blocks,
            cells_per_block=group.cells_per_block,
            cells=group.cells,
            units=units,
            width=padded(topology.sources(group)),
            output_width=padded(group.cells + group.inputs + 1),
            rows=2 * units + 3 * group.cells_per_block,
        )


class Signals(NamedTuple):
    """What flows through a group in one step; arrays that a kernel uses again at every step.

    "Padded" sizes are rounded up to whole vectors.
    """

    sources: np.ndarray  # (width,): inputs, cells of other groups, own cells, bias
    activations: np.ndarray  # (blocks * units, padded): sigmoids of the units' net inputs
    local_derivatives: np.ndarray  # (blocks * 3 * cells_per_block,): see run_blocks
    squashed_state: np.ndarray  # (cells, padded): h(s)
    output_sources: np.ndarray  # (output_width,): own cells, inputs, bias
    net_inputs: np.ndarray  # (outputs, padded), of the outputs
    output_error: np.ndarray  # (outputs, padded): targets minus outputs
    scaled_output_error: np.ndarray  # (outputs,): times the learning rate
    cell_error: np.ndarray  # (cells, padded): what the outputs' errors are at the cell outputs
    scaled_state_error: np.ndarray  # (cells,): at the cell states, times the learning rate


@inlined
def silent_signals(sizes):
    """Return the signals of a group that hears nothing but its bias."""
    signals = Signals(
        aligned_zeros(sizes.width),
        aligned_zeros(padded(sizes.blocks * sizes.units)),
        aligned_zeros(3 * sizes.cells),
        aligned_zeros(padded(sizes.cells)),
        aligned_zeros(sizes.output_width),
        aligned_zeros(padded(sizes.inputs)),
        aligned_zeros(padded(sizes.inputs)),
        aligned_zeros(sizes.inputs),
        aligned_zeros(padded(sizes.cells)),
        aligned_zeros(sizes.cells),
    )
    signals.sources[sizes.inputs + sizes.other_cells + sizes.own_cells] = 1.0
    signals.output_sources[sizes.cells + sizes.inputs] = 1.0
    return signals


@inlined
def _gate(activations, block, gate, sizes):
    """Return the activation of a gate of a block."""
    return activations[block * sizes.units + sizes.cells_per_block + gate]


@inlined
def _activate_units(memory, signals, sizes):
    """Compute the activations of all units of all blocks.

    Args:
        memory: (blocks * rows * width,), the group's.
        signals: of the group; ``sources`` are heard, ``activations`` change.
        sizes: of the group.
    """
    sources, activations = signals.sources, signals.activations
    for block in range(sizes.blocks):
        for unit in range(sizes.units):
            row = (block * sizes.rows + unit) * sizes.width
            activation = net_input(memory, row, sources, sizes.width)
            activations[block * sizes.units + unit] = activation
    for n in range(0, activations.size, VECTOR_SIZE):
        store(activations, n, sigmoid(load(activations, n)))


@inlined
def _update_cells(cell_state, signals, sizes):
    """Compute the new cell states, and the local derivatives on the way.

    Args:
        cell_state: (cells, padded), changes.
        signals: of the group; ``activations`` are used, ``local_derivatives`` change.
        sizes: of the group.
    """
    activations, local_derivatives = signals.activations, signals.local_derivatives
    per_block = sizes.cells_per_block
    for block in range(sizes.blocks):
        input_gate = _gate(activations, block, _INPUT_GATE, sizes)
        forget_gate = _gate(activations, block, _FORGET_GATE, sizes)
        for k in range(per_block):
            cell, activation = block * per_block + k, activations[block * sizes.units + k]
            cell_input, state_before = 4.0 * activation - 2.0, cell_state[cell]
            at = 3 * per_block * block + k
            local_derivatives[at] = input_gate * 4.0 * activation * (1.0 - activation)
            local_derivatives[at + per_block] = cell_input * input_gate * (1.0 - input_gate)
            local_derivatives[at + 2 * per_block] = state_before * forget_gate * (1.0 - forget_gate)
            cell_state[cell] = forget_gate * state_before + input_gate * cell_input


@inlined
def run_blocks(memory, cell_state, cell_output, signals, sizes):
    """Run all blocks for one step, from their inputs to their cell outputs.

    A local derivative is that of a cell's state by a net input, with the state before taken as
    given. A block has three for each cell: by the net inputs of the cells themselves, then of the
    input gate, then of the forget gate.

    Args:
        memory: (blocks * rows * width,), the group's.
        cell_state: (cells, padded), changes.
        cell_output: (cells, padded), one step ago; changes.
        signals: of the group. Inputs and cells of other groups are in ``sources`` already; the
            own cells are added to them, and the new cell outputs to ``output_sources``.
        sizes: of the group.
    """
    sources, activations = signals.sources, signals.activations
    squashed_state, output_sources = signals.squashed_state, signals.output_sources
    first_own_cell = sizes.inputs + sizes.other_cells
    for cell in range(sizes.own_cells):
        sources[first_own_cell + cell] = cell_output[cell]
    _activate_units(memory, signals, sizes)
    _update_cells(cell_state, signals, sizes)
    for n in range(0, squashed_state.size, VECTOR_SIZE):
        logistic = sigmoid(load(cell_state, n))
        store(squashed_state, n, logistic + logistic - broadcast(1.0))
    for block in range(sizes.blocks):
        output_gate = _gate(activations, block, _OUTPUT_GATE, sizes)
        for k in range(sizes.cells_per_block):
            cell = block * sizes.cells_per_block + k
            cell_output[cell] = output_gate * squashed_state[cell]
            output_sources[cell] = cell_output[cell]


@inlined
def carry_partials_forward(memory, block, signals, sizes):
    """Compute the partial derivatives of a block's cell states from those of a step ago.

    Each becomes the forget gate times itself, plus the local derivative times the source.

    Args:
        memory: (blocks * rows * width,), the group's; the block's partial derivatives change.
        block: its number.
        signals: of the group, after ``run_blocks``.
        sizes: of the group.
    """
    sources, activations = signals.sources, signals.activations
    local_derivatives = signals.local_derivatives
    forget_gate = broadcast(_gate(activations, block, _FORGET_GATE, sizes))
    partials = (block * sizes.rows + 2 * sizes.units) * sizes.width
    for k in range(3 * sizes.cells_per_block):
        derivative = broadcast(local_derivatives[3 * sizes.cells_per_block * block + k])
        for n in range(0, sizes.width, VECTOR_SIZE):
            at = partials + k * sizes.width + n
            added = derivative * load(sources, n)
            store(memory, at, fma(forget_gate, load(memory, at), added))


@inlined
def forget(memory, cell_state, cell_output, sizes):
    """Reset cell states, cell outputs and partial derivatives to zero, and leave the weights.

    Args:
        memory: (blocks * rows * width,), the group's; its partial derivatives change.
        cell_state: (cells, padded), changes.
        cell_output: (cells, padded), changes.
        sizes: of the group.
    """
    cell_state[:] = 0.0
    cell_output[:] = 0.0
    for block in range(sizes.blocks):
        partials = (block * sizes.rows + 2 * sizes.units) * sizes.width
        memory[partials : (block + 1) * sizes.rows * sizes.width] = 0.0


@inlined
def _scale_errors(block, signals, learning_rate, sizes):
    """Compute the state errors of a block; return the error of its output gate.

    Both are multiplied by the learning rate.

    Args:
        block: its number.
        signals: of the group; ``cell_error`` is used, ``scaled_state_error`` changes.
        learning_rate: above 0, or 0.
        sizes: of the group.
    """
    squashed_state, cell_error = signals.squashed_state, signals.cell_error
    scaled_state_error = signals.scaled_state_error
    output_gate, gate_error = _gate(signals.activations, block, _OUTPUT_GATE, sizes), 0.0
    for cell in range(block * sizes.cells_per_block, (block + 1) * sizes.cells_per_block):
        squashed, error = squashed_state[cell], cell_error[cell]
        gate_error += squashed * error
        derivative = 0.5 * (1.0 - squashed * squashed)  # h'(s)
        scaled_state_error[cell] = error * (learning_rate * output_gate * derivative)
    return gate_error * (learning_rate * output_gate * (1.0 - output_gate))


@inlined
def learn_block(memory, block, signals, learning_rate, momentum, sizes):
    """Change the weights of a block, after its partial derivatives were carried forward.

    Args:
        memory: (blocks * rows * width,), the group's; the block's weights and last changes change.
        block: its number.
        signals: of the group, with the errors of its cells.
        learning_rate: above 0, or 0.
        momentum: from 0 to 1.
        sizes: of the group.
    """
    sources, scaled_state_error = signals.sources, signals.scaled_state_error
    width, per_block = sizes.width, sizes.cells_per_block
    scaled_gate_error = _scale_errors(block, signals, learning_rate, sizes)
    weights = block * sizes.rows * width
    last_changes, partials = weights + sizes.units * width, weights + 2 * sizes.units * width
    first_cell = block * per_block
    for k in range(per_block):
        row, error = k * width, broadcast(scaled_state_error[first_cell + k])
        for n in range(row, row + width, VECTOR_SIZE):
            last_change = load(memory, last_changes + n)
            change = fma(broadcast(momentum), last_change, error * load(memory, partials + n))
            change_weights(memory, weights + n, last_changes + n, change)
    for gate in range(_OUTPUT_GATE):  # the gates that act through the cell states
        row, by_gate = (per_block + gate) * width, partials + (1 + gate) * per_block * width
        for n in range(0, width, VECTOR_SIZE):
            change = broadcast(momentum) * load(memory, last_changes + row + n)
            for k in range(per_block):
                error = broadcast(scaled_state_error[first_cell + k])
                change = fma(error, load(memory, by_gate + k * width + n), change)
            change_weights(memory, weights + row + n, last_changes + row + n, change)
    row, error = (per_block + _OUTPUT_GATE) * width, broadcast(scaled_gate_error)
    for n in range(0, width, VECTOR_SIZE):
        last_change = load(memory, last_changes + row + n)
        change = fma(broadcast(momentum), last_change, error * load(sources, n))
        change_weights(memory, weights + row + n, last_changes + row + n, change)
