"""The inner loops of learning and free running, compiled with Numba (chapter 5, "Learning").

``learner`` calls them, and ``elman_kernels`` shares some. Rows of weights are as wide as a
multiple of eight, so that they can be taken eight at a time (``vectors``); what is beyond their
sources is zero, and stays so. All that belongs to a memory block lies together, row after row, in
one record of ``memory``:

- the weights of its units: the cells, then input, forget and output gate;
- the last changes of these weights, in the same order;
- the partial derivatives of each cell's state by the weights of the cell itself, then of each
  cell's by those of the input gate, then of the forget gate.

``output`` holds a row of weights for every output, then a row of last changes for every output.
"""

import functools
import math

import numba
import numpy as np

from lstmblues.network.compiled.vectors import (
    LANES,
    fma,
    load,
    padded,
    sigmoid,
    spread,
    store,
    total,
)

GATES = ("input_gate", "forget_gate", "output_gate")
"""The gates of a block, in the order in which its record keeps them."""

_GATES_A_BLOCK = len(GATES)

_compiled = numba.njit(error_model="numpy", forceinline=True)


def rows_of_a_block(cells_per_block: int) -> int:
    """Return how many rows the record of a block has."""
    units = cells_per_block + _GATES_A_BLOCK
    return 2 * units + 3 * cells_per_block


@_compiled
def _weighted_sum(weights, row, heard, width):
    """Return a unit's net input: its weights, from ``row`` on, times what is ``heard``."""
    products = load(weights, row) * load(heard, 0)
    for n in range(LANES, width, LANES):
        products = fma(load(weights, row + n), load(heard, n), products)
    return total(products)


@_compiled
def change_weights(weights, at, last_change, change):
    """Change eight weights, and remember by how much."""
    store(weights, last_change, change)
    store(weights, at, load(weights, at) + change)


@_compiled
def _open_gates(memory, heard, activity, blocks, units, record, width):
    """Let all units of all blocks hear: ``activity`` becomes the sigmoids of their sums."""
    for b in range(blocks):
        for unit in range(units):
            row = b * record + unit * width
            activity[b * units + unit] = _weighted_sum(memory, row, heard, width)
    for n in range(0, activity.size, LANES):
        store(activity, n, sigmoid(load(activity, n)))


@_compiled
def _update_cells(activity, state, through, squashed, cell_output, blocks, per_block):
    """Change the cell states, let them out, and note how they hang on what each unit hears.

    ``through`` gains a row a block: for each cell, then for each cell by the input gate, then by
    the forget gate, what its state's derivative gains with a source of 1.
    """
    units = per_block + _GATES_A_BLOCK
    for b in range(blocks):
        input_gate, forget_gate = (
            activity[b * units + per_block],
            activity[b * units + per_block + 1],
        )
        for k in range(per_block):
            c, share = b * per_block + k, activity[b * units + k]
            cell_input, kept = 4.0 * share - 2.0, state[c]
            at = 3 * per_block * b + k
            through[at] = input_gate * 4.0 * share * (1.0 - share)
            through[at + per_block] = cell_input * input_gate * (1.0 - input_gate)
            through[at + 2 * per_block] = kept * forget_gate * (1.0 - forget_gate)
            state[c] = forget_gate * kept + input_gate * cell_input
    for n in range(0, state.size, LANES):
        share = sigmoid(load(state, n))
        store(squashed, n, share + share - spread(1.0))
    for b in range(blocks):
        for k in range(per_block):
            c = b * per_block + k
            cell_output[c] = activity[b * units + per_block + 2] * squashed[c]


@_compiled
def net_inputs(weights, heard, net, units, width):
    """Let units hear what is ``heard``: ``net`` becomes their net inputs."""
    for k in range(units):
        net[k] = _weighted_sum(weights, k * width, heard, width)


@_compiled
def compare(net, error, targets):
    """Let ``error`` become targets minus outputs; return their cross-entropy, how many are gross.

    ``net`` are the outputs' net inputs; a gross error is on the wrong side of 0.5.
    """
    for n in range(0, error.size, LANES):
        store(error, n, sigmoid(load(net, n)))
    wrong, right_share, loss = 0, 1.0, 0.0
    for k in range(len(targets)):
        error[k] = targets[k] - error[k]
        if abs(error[k]) < 0.5:
            right_share *= 1.0 - abs(error[k])
        else:  # the cross-entropy from the net input: finite, however wrong it is
            loss += abs(net[k]) + math.log1p(math.exp(-abs(net[k])))
            wrong += 1
    return loss - math.log(right_share), wrong


@_compiled
def learn_outputs(output, heard, push, outputs, width, momentum):
    """Change the weights of the outputs; ``push`` are their errors times the learning rate."""
    go_on, changes = spread(momentum), outputs * width
    for k in range(outputs):
        error, row = spread(push[k]), k * width
        for n in range(row, row + width, LANES):
            change = fma(go_on, load(output, changes + n), error * load(heard, n - row))
            change_weights(output, n, changes + n, change)


@_compiled
def _carry_forward(memory, b, record, heard, activity, through, per_block, width):
    """Carry the partial derivatives of block ``b`` forward, by what ``_update_cells`` noted."""
    units = per_block + _GATES_A_BLOCK
    partials = b * record + 2 * units * width
    kept = spread(activity[b * units + per_block + 1])
    for k in range(3 * per_block):
        slope = spread(through[3 * per_block * b + k])
        for n in range(0, width, LANES):
            at = partials + k * width + n
            store(memory, at, fma(kept, load(memory, at), slope * load(heard, n)))


@_compiled
def _learn_block(memory, b, record, heard, cell_push, gate_push, per_block, width, momentum):
    """Change the weights of block ``b``, after its partial derivatives were carried forward.

    ``cell_push`` (cells,) and ``gate_push``, of its output gate, are errors times the learning
    rate.
    """
    units = per_block + _GATES_A_BLOCK
    weights = b * record
    changes, partials = weights + units * width, weights + 2 * units * width
    first, go_on = b * per_block, spread(momentum)
    for row in range(0, per_block * width, width):  # the cells
        push = spread(cell_push[first + row // width])
        for n in range(row, row + width, LANES):
            change = fma(go_on, load(memory, changes + n), push * load(memory, partials + n))
            change_weights(memory, weights + n, changes + n, change)
    for gate in range(2):  # the input gate, and the forget gate
        row, by_gate = (per_block + gate) * width, partials + (1 + gate) * per_block * width
        for n in range(0, width, LANES):
            change = go_on * load(memory, changes + row + n)
            for k in range(per_block):
                partial = load(memory, by_gate + k * width + n)
                change = fma(spread(cell_push[first + k]), partial, change)
            change_weights(memory, weights + row + n, changes + row + n, change)
    row, push = (per_block + 2) * width, spread(gate_push)
    for n in range(0, width, LANES):
        change = fma(go_on, load(memory, changes + row + n), push * load(heard, n))
        change_weights(memory, weights + row + n, changes + row + n, change)


@functools.cache
def learn_kernel(inputs: int, others: int, own: int, blocks: int, per_block: int):
    """Return the compiled loop of learning for a group of these sizes.

    The group hears ``inputs`` units, ``others`` cells of other groups and ``own`` of its own (all,
    or 0). Sizes that are known when a loop is compiled let it run a quarter faster.
    """
    cells, units = blocks * per_block, per_block + _GATES_A_BLOCK
    bias, width = inputs + others + own, padded(inputs + others + own + 1)
    output_width, outputs = padded(cells + inputs + 1), inputs
    record = rows_of_a_block(per_block) * width
    all_units, all_cells, all_outputs = padded(blocks * units), padded(cells), padded(outputs)

    @numba.njit(cache=True, error_model="numpy")
    def learn(
        memory,
        output,
        state,
        cell_output,
        since_reset,
        standardised,
        targets,
        others_heard,
        cold,
        chorus_steps,
        learning_rate,
        momentum,
        reset_after,
        losses,
        errors,
        cell_outputs,
        positions,
    ):
        """Learn from the steps of ``standardised``; return how many were taken (resets skip some).

        Arguments and shapes are those of ``GroupLearner`` and its ``learn``; the first five, and
        the last four (results), are changed in place.
        """
        heard, heard_by_outputs = np.zeros(width), np.zeros(output_width)
        heard[bias] = heard_by_outputs[cells + inputs] = 1.0
        activity, through = np.zeros(all_units), np.zeros(3 * cells)
        squashed, cell_error = np.zeros(all_cells), np.zeros(all_cells)
        net, error = np.zeros(all_outputs), np.zeros(all_outputs)
        taken, t = 0, 0
        while True:
            if reset_after > 0 and since_reset[0] >= reset_after:
                t = (t + chorus_steps - 1) // chorus_steps * chorus_steps
                if t < len(standardised):
                    cold[t] = True
            if t >= len(standardised):
                return taken
            if cold[t]:
                since_reset[0] = 0
                state[:] = 0.0
                cell_output[:] = 0.0
                for b in range(blocks):
                    memory[b * record + 2 * units * width : (b + 1) * record] = 0.0

            for n in range(inputs):
                heard[n] = heard_by_outputs[cells + n] = standardised[t, n]
            for n in range(others):
                heard[inputs + n] = others_heard[t, n]
            for c in range(own):
                heard[inputs + others + c] = cell_output[c]
            _open_gates(memory, heard, activity, blocks, units, record, width)
            _update_cells(activity, state, through, squashed, cell_output, blocks, per_block)
            for c in range(cells):
                heard_by_outputs[c] = cell_outputs[taken, c] = cell_output[c]
            for b in range(blocks):  # here, as it need not wait for what the outputs say
                _carry_forward(memory, b, record, heard, activity, through, per_block, width)
            net_inputs(output, heard_by_outputs, net, outputs, output_width)

            losses[taken], errors[taken] = compare(net, error, targets[t])
            positions[taken] = t
            since_reset[0] += errors[taken] > 0

            # Errors, back to the cells, before the weights change that they go back by.
            for n in range(0, all_cells, LANES):
                back = load(output, n) * spread(error[0])
                for k in range(1, outputs):
                    back = fma(load(output, k * output_width + n), spread(error[k]), back)
                store(cell_error, n, back)
            for k in range(outputs):
                error[k] *= learning_rate
            learn_outputs(output, heard_by_outputs, error, outputs, output_width, momentum)
            for b in range(blocks):
                output_gate, gate_push = activity[b * units + per_block + 2], 0.0
                for c in range(b * per_block, (b + 1) * per_block):
                    gate_push += squashed[c] * cell_error[c]
                    slope = 0.5 * (1.0 - squashed[c] * squashed[c])
                    cell_error[c] *= learning_rate * output_gate * slope
                gate_push *= learning_rate * output_gate * (1.0 - output_gate)
                _learn_block(
                    memory, b, record, heard, cell_error, gate_push, per_block, width, momentum
                )
            taken += 1
            t += 1

    return learn


@functools.cache
def free_kernel(inputs: int, blocks: int, per_block: int):
    """Return the compiled loop of free running for a group of these sizes that hears itself."""
    cells, units = blocks * per_block, per_block + _GATES_A_BLOCK
    width, output_width = padded(inputs + cells + 1), padded(cells + inputs + 1)
    record = rows_of_a_block(per_block) * width
    padded_units, padded_cells = padded(blocks * units), padded(cells)

    @numba.njit(cache=True, error_model="numpy")
    def run_free(memory, output, levels, state, cell_output, on, expected, played):
        """Play all steps of ``played``, or to the first fault; return how many steps are faultless.

        Arguments and shapes are those of ``GroupLearner`` and its ``play``; ``state``,
        ``cell_output``, ``on`` (inputs,), the notes to be heard next, and ``played`` are changed
        in place. ``expected`` (cycle, inputs) is gone round; without a step, nothing is a fault.
        """
        heard, heard_by_outputs = np.zeros(width), np.zeros(output_width)
        heard[inputs + cells] = heard_by_outputs[cells + inputs] = 1.0
        activity, through = np.zeros(padded_units), np.zeros(3 * cells)
        squashed, net = np.zeros(padded_cells), np.zeros(inputs)
        cycle = len(expected)
        for t in range(len(played)):
            for k in range(inputs):
                heard[k] = heard_by_outputs[cells + k] = levels[1 if on[k] else 0, k]
            for c in range(cells):
                heard[inputs + c] = cell_output[c]
            _open_gates(memory, heard, activity, blocks, units, record, width)
            _update_cells(activity, state, through, squashed, cell_output, blocks, per_block)
            for c in range(cells):
                heard_by_outputs[c] = cell_output[c]
            net_inputs(output, heard_by_outputs, net, inputs, output_width)
            faultless = True
            for k in range(inputs):
                on[k] = played[t, k] = net[k] > 0.0
                if cycle > 0 and on[k] != expected[t % cycle, k]:
                    faultless = False
            if not faultless:
                return t
        return len(played)

    return run_free
