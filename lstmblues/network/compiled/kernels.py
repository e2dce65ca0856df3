"""The kernels of learning and of free running, compiled with Numba (chapter 5, "Learning").

``learner`` calls them. They work on two arrays of a group:

- ``memory`` (blocks * rows * width,), all that belongs to its memory blocks (``blocks``);
- ``output`` (2 * outputs * output_width,), the layer of its outputs (``layers``): a row of weights
  for each, over own cells, inputs and a bias; then as many rows of last changes.

A kernel is compiled for every group size anew: sizes that are known when a loop is compiled let it
run a quarter faster.
"""

import functools

from lstmblues.network.compiled.blocks import (
    Sizes,
    carry_partials_forward,
    forget,
    learn_block,
    run_blocks,
    silent_signals,
)
from lstmblues.network.compiled.caching import kernel
from lstmblues.network.compiled.layers import (
    back_propagate,
    compute_errors,
    compute_net_inputs,
    learn_layer,
)
from lstmblues.network.compiled.vectors import inlined


@inlined
def _hear(inputs, other_cell_outputs, step, signals, sizes):
    """Let a group hear the inputs of a step, and the cells of other groups.

    Args:
        inputs: (steps, inputs), standardised.
        other_cell_outputs: (steps, other_cells), of one step ago.
        step: which one is heard.
        signals: of the group; ``sources`` and ``output_sources`` change.
        sizes: of the group.
    """
    for n in range(sizes.inputs):
        signals.sources[n] = signals.output_sources[sizes.cells + n] = inputs[step, n]
    for n in range(sizes.other_cells):
        signals.sources[sizes.inputs + n] = other_cell_outputs[step, n]


@inlined
def _run_outputs(output, signals, sizes):
    """Compute the net inputs of a group's outputs, from its ``signals.output_sources``."""
    compute_net_inputs(
        output, signals.output_sources, signals.net_inputs, sizes.inputs, sizes.output_width
    )


@inlined
def _learn_outputs(output, signals, learning_rate, momentum, sizes):
    """Propagate the outputs' errors back to the cells, then change the weights of the outputs.

    Args:
        output: (2 * outputs * output_width,), weights and last changes; changes.
        signals: of the group; ``output_error`` is used, ``cell_error`` changes.
        learning_rate: above 0, or 0.
        momentum: from 0 to 1.
        sizes: of the group.
    """
    outputs, width = sizes.inputs, sizes.output_width
    back_propagate(output, signals.output_error, signals.cell_error, outputs, width)
    for k in range(outputs):
        signals.scaled_output_error[k] = learning_rate * signals.output_error[k]
    learn_layer(
        output, signals.output_sources, signals.scaled_output_error, momentum, outputs, width
    )


@functools.cache
def learn_kernel(sizes: Sizes):
    """Return the compiled loop of learning for a group of these ``sizes``."""

    @kernel
    def learn(
        memory,  # (blocks * rows * width,), changes
        output,  # (2 * outputs * output_width,), changes
        cell_state,  # (cells, padded), changes
        cell_output,  # (cells, padded), changes
        gross_errors,  # (1,) whole number: gross errors since the last reset; changes
        inputs,  # (steps, inputs), standardised
        targets,  # (steps, outputs), 0 or 1
        other_cell_outputs,  # (steps, other_cells), of one step ago
        cold,  # (steps,) boolean: before which steps the group is reset; resets are added
        chorus_steps,  # whole number: where a chorus begins, the input can start again
        learning_rate,
        momentum,
        reset_after,  # whole number of gross errors; 0: never
        losses,  # (steps,), a result: cross-entropies in nats
        wrong_outputs,  # (steps,) whole numbers, a result: outputs on the wrong side of 0.5
        cell_outputs,  # (steps, cells), a result
        positions,  # (steps,) whole numbers, a result: which steps were heard
    ):
        """Learn on line; return how many steps were taken: resets skip some.

        Of the results, so many steps are filled.
        """
        signals = silent_signals(sizes)
        taken, step = 0, 0
        while True:
            if reset_after > 0 and gross_errors[0] >= reset_after:
                step = (step + chorus_steps - 1) // chorus_steps * chorus_steps
                if step < len(inputs):
                    cold[step] = True
            if step >= len(inputs):
                return taken
            if cold[step]:
                gross_errors[0] = 0
                forget(memory, cell_state, cell_output, sizes)
            _hear(inputs, other_cell_outputs, step, signals, sizes)
            run_blocks(memory, cell_state, cell_output, signals, sizes)
            for cell in range(sizes.cells):
                cell_outputs[taken, cell] = cell_output[cell]
            # Partial derivatives need not wait for the outputs: this order is the faster one.
            for block in range(sizes.blocks):
                carry_partials_forward(memory, block, signals, sizes)
            _run_outputs(output, signals, sizes)
            losses[taken], wrong_outputs[taken] = compute_errors(
                signals.net_inputs, targets[step], signals.output_error
            )
            gross_errors[0] += wrong_outputs[taken] > 0
            positions[taken] = step
            _learn_outputs(output, signals, learning_rate, momentum, sizes)
            for block in range(sizes.blocks):
                learn_block(memory, block, signals, learning_rate, momentum, sizes)
            taken += 1
            step += 1

    return learn


@functools.cache
def free_kernel(sizes: Sizes):
    """Return the compiled loop of free running for a group of these ``sizes``.

    The group must hear no cells but its own.
    """

    @kernel
    def run_free(
        memory,  # (blocks * rows * width,)
        output,  # (2 * outputs * output_width,)
        levels,  # (2, inputs): how off and on are standardised
        cell_state,  # (cells, padded), changes
        cell_output,  # (cells, padded), changes
        next_input,  # (inputs,) boolean: the notes to be heard next; changes
        expected,  # (cycle, inputs) boolean, repeated; with 0 steps, nothing is a fault
        played,  # (steps, inputs) boolean, the result
    ):
        """Play to the first fault, or to the end; return how many steps are faultless."""
        signals = silent_signals(sizes)
        cycle = len(expected)
        for step in range(len(played)):
            for n in range(sizes.inputs):
                level = levels[1 if next_input[n] else 0, n]
                signals.sources[n] = signals.output_sources[sizes.cells + n] = level
            run_blocks(memory, cell_state, cell_output, signals, sizes)
            _run_outputs(output, signals, sizes)
            faultless = True
            for k in range(sizes.inputs):
                # A logistic output is above THRESHOLD where its net input is above 0.
                next_input[k] = played[step, k] = signals.net_inputs[k] > 0.0
                if cycle > 0 and next_input[k] != expected[step % cycle, k]:
                    faultless = False
            if not faultless:
                return step
        return len(played)

    return run_free
