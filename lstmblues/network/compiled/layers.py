"""A layer of units in compiled loops: net inputs, errors, and changes of weights.

Memory blocks, their outputs (``kernels``) and Elman's network (``elman_kernels``) share these
functions. Each is compiled into the kernels that call it.

A unit's weights are a row of numbers, one for each of its sources. ``width``, the length of a row,
is a multiple of ``VECTOR_SIZE``; what is beyond the sources is zero, and stays zero. A layer's rows
stand one after another in a flat array, and behind them as many rows with the last changes of these
weights (for momentum). The arrays are float64.
"""

import math

from lstmblues.network.compiled.vectors import (
    VECTOR_SIZE,
    broadcast,
    fma,
    inlined,
    load,
    sigmoid,
    store,
    total,
)


@inlined
def net_input(weights, row, sources, width):
    """Return a unit's net input: the sum of its weights times its sources.

    Args:
        weights: flat array; the unit's weights are ``weights[row : row + width]``.
        row: where the unit's weights begin.
        sources: (width,), what the unit hears.
        width: length of a row of weights.
    """
    products = load(weights, row) * load(sources, 0)
    for n in range(VECTOR_SIZE, width, VECTOR_SIZE):
        products = fma(load(weights, row + n), load(sources, n), products)
    return total(products)


@inlined
def compute_net_inputs(weights, sources, net_inputs, units, width):
    """Compute the net inputs of a layer.

    Args:
        weights: (units * width, or more), the layer's.
        sources: (width,), what every unit hears.
        net_inputs: (units, or more), the result.
        units: how many units the layer has.
        width: length of a row of weights.
    """
    for unit in range(units):
        net_inputs[unit] = net_input(weights, unit * width, sources, width)


@inlined
def compute_errors(net_inputs, targets, error):
    """Compute the errors of logistic outputs; return their cross-entropy, and how many are wrong.

    Args:
        net_inputs: (outputs, padded), of the outputs.
        targets: (outputs,), 0 or 1.
        error: (outputs, padded), the result: targets minus outputs.

    Returns:
        The cross-entropy in nats, and how many outputs are on the wrong side of 0.5.
    """
    for n in range(0, error.size, VECTOR_SIZE):
        store(error, n, sigmoid(load(net_inputs, n)))
    wrong, likelihood, loss = 0, 1.0, 0.0
    for k in range(len(targets)):
        error[k] = targets[k] - error[k]
        if abs(error[k]) < 0.5:
            likelihood *= 1.0 - abs(error[k])
        else:  # the cross-entropy from the net input: finite, however wrong the output is
            loss += abs(net_inputs[k]) + math.log1p(math.exp(-abs(net_inputs[k])))
            wrong += 1
    return loss - math.log(likelihood), wrong


@inlined
def back_propagate(weights, error, source_error, units, width):
    """Propagate the errors of a layer back to its first sources.

    Args:
        weights: (units * width, or more), the layer's.
        error: (units, or more), of the layer's units.
        source_error: (sources, padded), the result: a sum over units of weight times error. It may
            be shorter than ``width``.
        units: how many units the layer has.
        width: length of a row of weights.
    """
    for n in range(0, source_error.size, VECTOR_SIZE):
        errors = broadcast(0.0)
        for unit in range(units):
            errors = fma(broadcast(error[unit]), load(weights, unit * width + n), errors)
        store(source_error, n, errors)


@inlined
def change_weights(weights, at, last_change, change):
    """Add the vector ``change`` to eight weights, and store it as their last change.

    Args:
        weights: flat array of weights and last changes.
        at: where the eight weights begin.
        last_change: where their last changes begin, in the same array.
        change: vector.
    """
    store(weights, last_change, change)
    store(weights, at, load(weights, at) + change)


@inlined
def learn_layer(weights, sources, scaled_error, momentum, units, width):
    """Change the weights of a layer by gradient descent with momentum.

    Args:
        weights: (2 * units * width,), the layer's weights, then their last changes.
        sources: (width,), what every unit hears.
        scaled_error: (units, or more), the units' errors times the learning rate.
        momentum: from 0 to 1.
        units: how many units the layer has.
        width: length of a row of weights.
    """
    last_changes = units * width
    for unit in range(units):
        error, row = broadcast(scaled_error[unit]), unit * width
        for n in range(row, row + width, VECTOR_SIZE):
            last_change = load(weights, last_changes + n)
            change = fma(broadcast(momentum), last_change, error * load(sources, n - row))
            change_weights(weights, n, last_changes + n, change)
