"""The kernels of RTRL and truncated BPTT on line, compiled with Numba.

``elman`` is the only caller. The sources of a network's hidden units are the hidden units of one
step ago, the inputs and a bias. Those of its outputs are the hidden units of the same step, the
inputs and a bias. Hidden units and outputs are two layers, with weights and last changes as
``network.compiled.layers`` says; their rows have the same ``width``.

With h(t) = tanh(U h(t-1) + W x(t) + b), and e(t) the errors t - y of the outputs, propagated back
to the hidden units of the same step:

- RTRL (Williams and Zipser 1989) carries the partial derivatives of all hidden units by every
  weight forward: p_l(t) = h_l'(t) (sum_k U_lk p_k(t-1), and the weight's source if it is l's own).
  A weight's gradient is sum_l e_l(t) p_l(t). A step costs hidden**3 times the number of sources.
- BPTT(h) (Williams and Peng 1990) keeps the sources of all steps, and at every step propagates e(t)
  back through the last h steps, by the weights as they are now. A step costs h times hidden times
  the number of sources. As long as weights hold, and h reaches back to the last reset, both agree.
"""

import functools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lstmblues.network.compiled.caching import kernel
from lstmblues.network.compiled.constants import Constants
from lstmblues.network.compiled.layers import (
    back_propagate,
    change_weights,
    compute_errors,
    compute_net_inputs,
    learn_layer,
)
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

_TOGETHER = 4
"""For how many units at a time RTRL carries partial derivatives forward."""


@dataclass(frozen=True)
class _Sizes(Constants):
    """The sizes of a network; there are as many outputs as inputs."""

    inputs: int
    hidden: int
    width: int  # of a row of weights


class _Signals(NamedTuple):
    """What flows through the network. "Padded" sizes are rounded up to whole vectors.

    The sources of the hidden units are kept for all steps. ``partials`` holds the derivatives of
    all hidden units by the first eight weights, then by the next eight, and so on; BPTT needs none.
    """

    hidden_sources: np.ndarray  # (steps + 1, width): hidden units one step ago, inputs, bias
    hidden_net_inputs: np.ndarray  # (hidden, padded)
    activations: np.ndarray  # (hidden, padded), of the hidden units
    output_sources: np.ndarray  # (width,): hidden units, inputs, bias
    net_inputs: np.ndarray  # (outputs, padded), of the outputs
    output_error: np.ndarray  # (outputs, padded): targets minus outputs
    scaled_output_error: np.ndarray  # (outputs, padded): times the learning rate
    scaled_hidden_error: np.ndarray  # (hidden, padded): propagated back to the hidden units
    # For RTRL; ``rows`` is hidden, rounded up to a multiple of _TOGETHER.
    partials: np.ndarray  # (hidden * width * hidden,)
    new_partials: np.ndarray  # (rows * VECTOR_SIZE,): by eight weights
    local_derivatives: np.ndarray  # (rows * hidden,): of each unit by each unit one step ago
    deltas: np.ndarray  # (horizon, hidden, padded), for BPTT: errors times local derivatives


@inlined
def _silent_signals(steps, horizon, exact, sizes):
    """Return the signals of a network that hears nothing but its bias.

    Args:
        steps: how many can be heard.
        horizon: of BPTT, in steps.
        exact: whether RTRL needs partial derivatives.
        sizes: of the network.
    """
    hidden, bias = sizes.hidden, sizes.hidden + sizes.inputs
    rows = -(-hidden // _TOGETHER) * _TOGETHER
    signals = _Signals(
        aligned_zeros(steps + 1, sizes.width),
        aligned_zeros(padded(hidden)),
        aligned_zeros(padded(hidden)),
        aligned_zeros(sizes.width),
        aligned_zeros(padded(sizes.inputs)),
        aligned_zeros(padded(sizes.inputs)),
        aligned_zeros(padded(sizes.inputs)),
        aligned_zeros(padded(hidden)),
        aligned_zeros(hidden * sizes.width * hidden if exact else 0),
        aligned_zeros(rows * VECTOR_SIZE),
        aligned_zeros(rows * hidden),
        aligned_zeros(horizon, padded(hidden)),
    )
    signals.hidden_sources[:, bias] = 1.0
    signals.output_sources[bias] = 1.0
    return signals


@inlined
def _run(weights, output, signals, inputs, step, taken, sizes):
    """Run the network for one step, up to the net inputs of its outputs.

    Args:
        weights: (2 * hidden * width,), of the hidden units.
        output: (2 * outputs * width,), of the outputs.
        signals: of the network; the hidden units are kept as sources of the next step, too.
        inputs: (steps, inputs), standardised.
        step: which of the inputs are heard.
        taken: how many steps were heard before.
        sizes: of the network.
    """
    hidden, width = sizes.hidden, sizes.width
    activations, output_sources = signals.activations, signals.output_sources
    hidden_sources, next_sources = signals.hidden_sources[taken], signals.hidden_sources[taken + 1]
    for n in range(sizes.inputs):
        hidden_sources[hidden + n] = output_sources[hidden + n] = inputs[step, n]
    compute_net_inputs(weights, hidden_sources, signals.hidden_net_inputs, hidden, width)
    for n in range(0, activations.size, VECTOR_SIZE):  # tanh(x) = 2 sigmoid(2x) - 1
        net_input = load(signals.hidden_net_inputs, n)
        logistic = sigmoid(net_input + net_input)
        store(activations, n, logistic + logistic - broadcast(1.0))
    for n in range(hidden):
        next_sources[n] = output_sources[n] = activations[n]
    compute_net_inputs(output, output_sources, signals.net_inputs, sizes.inputs, width)


@inlined
def _carry_partials_forward(local_derivatives, partials, at, new_partials, hidden):
    """Compute how all hidden units depend on eight weights by way of the hidden units before.

    Four units are taken together, as they all need the same partial derivatives.

    Args:
        local_derivatives: (rows * hidden,), of each unit by each unit one step ago.
        partials: flat array of the partial derivatives before.
        at: where those by the eight weights begin.
        new_partials: (rows * VECTOR_SIZE,), the result.
        hidden: how many hidden units there are.
    """
    for row in range(0, hidden, _TOGETHER):
        first = second = third = fourth = broadcast(0.0)
        for k in range(hidden):
            partial, n = load(partials, at + k * VECTOR_SIZE), row * hidden + k
            first = fma(broadcast(local_derivatives[n]), partial, first)
            second = fma(broadcast(local_derivatives[n + hidden]), partial, second)
            third = fma(broadcast(local_derivatives[n + 2 * hidden]), partial, third)
            fourth = fma(broadcast(local_derivatives[n + 3 * hidden]), partial, fourth)
        store(new_partials, row * VECTOR_SIZE, first)
        store(new_partials, (row + 1) * VECTOR_SIZE, second)
        store(new_partials, (row + 2) * VECTOR_SIZE, third)
        store(new_partials, (row + 3) * VECTOR_SIZE, fourth)


@inlined
def _learn_by_rtrl(weights, signals, taken, momentum, sizes):
    """Carry the partial derivatives forward, and change the weights of the hidden units.

    Args:
        weights: (2 * hidden * width,), of the hidden units; changes.
        signals: of the network, with the errors of its hidden units.
        taken: how many steps were heard before this one.
        momentum: from 0 to 1.
        sizes: of the network.
    """
    hidden, width, sources = sizes.hidden, sizes.width, signals.hidden_sources[taken]
    activations, error = signals.activations, signals.scaled_hidden_error
    partials, new_partials = signals.partials, signals.new_partials
    local_derivatives = signals.local_derivatives
    for unit in range(hidden):  # a copy, as the weights are about to change
        derivative = 1.0 - activations[unit] * activations[unit]  # of tanh
        for k in range(hidden):
            local_derivatives[unit * hidden + k] = derivative * weights[unit * width + k]
    for unit in range(hidden):
        own = unit * VECTOR_SIZE
        derivative = broadcast(1.0 - activations[unit] * activations[unit])
        for n in range(0, width, VECTOR_SIZE):
            weight = unit * width + n
            at, last_change = weight * hidden, hidden * width + weight
            _carry_partials_forward(local_derivatives, partials, at, new_partials, hidden)
            store(new_partials, own, fma(derivative, load(sources, n), load(new_partials, own)))
            change = broadcast(momentum) * load(weights, last_change)
            for k in range(hidden):
                partial = load(new_partials, k * VECTOR_SIZE)
                store(partials, at + k * VECTOR_SIZE, partial)
                change = fma(broadcast(error[k]), partial, change)
            change_weights(weights, weight, last_change, change)


@inlined
def _learn_by_bptt(weights, signals, first, last, momentum, sizes):
    """Propagate errors back from step ``last`` to step ``first``, and change the hidden weights.

    Args:
        weights: (2 * hidden * width,), of the hidden units; changes.
        signals: of the network, with the errors of its hidden units at ``last``.
        first: a step.
        last: a step.
        momentum: from 0 to 1.
        sizes: of the network.
    """
    hidden, width, sources = sizes.hidden, sizes.width, signals.hidden_sources
    error, deltas = signals.scaled_hidden_error, signals.deltas
    for step in range(last, first - 1, -1):
        delta = deltas[step - first]
        for n in range(0, error.size, VECTOR_SIZE):
            activations = load(sources[step + 1], n)
            # Beyond the hidden units stand inputs; what is computed there is never used.
            derivative = broadcast(1.0) - activations * activations
            store(delta, n, load(error, n) * derivative)
        back_propagate(weights, delta, error, hidden, width)
    for unit in range(hidden):
        for n in range(0, width, VECTOR_SIZE):
            at = unit * width + n
            change = broadcast(momentum) * load(weights, hidden * width + at)
            for step in range(first, last + 1):
                delta = broadcast(deltas[step - first, unit])
                change = fma(delta, load(sources[step], n), change)
            change_weights(weights, at, hidden * width + at, change)


@inlined
def _learn_outputs(output, signals, learning_rate, momentum, sizes):
    """Propagate the outputs' errors back to the hidden units, then change the output weights.

    Args:
        output: (2 * outputs * width,), of the outputs; changes.
        signals: of the network; ``output_error`` is used, ``scaled_hidden_error`` changes.
        learning_rate: 0 or above.
        momentum: from 0 to 1.
        sizes: of the network.
    """
    outputs, width, error = sizes.inputs, sizes.width, signals.scaled_output_error
    for k in range(outputs):
        error[k] = learning_rate * signals.output_error[k]
    back_propagate(output, error, signals.scaled_hidden_error, outputs, width)
    learn_layer(output, signals.output_sources, error, momentum, outputs, width)


@functools.cache
def learn_kernel(exact: bool, inputs: int, hidden: int):
    """Return the compiled loop of learning by RTRL (``exact``) or BPTT, for these sizes."""
    sizes = _Sizes(inputs, hidden, padded(hidden + inputs + 1))

    @kernel
    def learn(
        weights,  # (2 * hidden * width,), of the hidden units; changes
        output,  # (2 * outputs * width,), of the outputs; changes
        inputs,  # (steps, inputs), standardised
        targets,  # (steps, outputs), 0 or 1
        chorus_steps,  # whole number: where a chorus begins, the input can start again
        horizon,  # whole number of steps, for BPTT
        learning_rate,
        momentum,
        reset_after,  # whole number of gross errors; 0: never
        losses,  # (steps,), a result: cross-entropies in nats
        wrong_outputs,  # (steps,) whole numbers, a result: outputs on the wrong side of 0.5
    ):
        """Learn on line; return how many steps were taken: resets skip some.

        Of the results, so many steps are filled.
        """
        signals = _silent_signals(len(inputs), horizon, exact, sizes)
        taken, step, last_reset, gross_errors = 0, 0, 0, 0
        while True:
            if reset_after > 0 and gross_errors >= reset_after:
                step = (step + chorus_steps - 1) // chorus_steps * chorus_steps
                gross_errors, last_reset = 0, taken
                signals.hidden_sources[taken, : sizes.hidden] = 0.0
                signals.partials[:] = 0.0
            if step >= len(inputs):
                return taken
            _run(weights, output, signals, inputs, step, taken, sizes)
            losses[taken], wrong_outputs[taken] = compute_errors(
                signals.net_inputs, targets[step], signals.output_error
            )
            gross_errors += wrong_outputs[taken] > 0
            _learn_outputs(output, signals, learning_rate, momentum, sizes)
            if exact:
                _learn_by_rtrl(weights, signals, taken, momentum, sizes)
            else:
                first = max(last_reset, taken - horizon + 1)
                _learn_by_bptt(weights, signals, first, taken, momentum, sizes)
            taken += 1
            step += 1

    return learn
