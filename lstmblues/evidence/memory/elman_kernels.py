"""The inner loops of RTRL and truncated BPTT on line, compiled with Numba.

``elman`` is the only caller. A network's hidden units hear themselves as they were one step
ago, the inputs and a bias; its outputs hear the hidden units as they are now, the inputs and a
bias. Both kinds of weights are laid out alike: a row for every unit, with what it hears in that
order, as wide as a multiple of eight (``vectors``); then as many rows with the last changes of
these weights (momentum). What is beyond the bias is zero, and stays so.

With h(t) = tanh(U h(t-1) + W x(t) + b), errors t - y of the outputs, and e(t) what flows back from
them to the hidden units of the same step:

- RTRL (Williams and Zipser 1989) carries the derivatives of all hidden units by every weight
  forward: p_l(t) = h_l'(t) (sum_k U_lk p_k(t-1), and what the weight hears if it is l's own).
  A weight's gradient is sum_l e_l(t) p_l(t). A step costs hidden**3 times what a unit hears.
- BPTT(h) (Williams and Peng 1990) remembers what was heard, and at every step carries e(t) back
  through the last h steps, by the weights as they are now. A step costs h times hidden times what
  a unit hears. As long as weights hold, and h is as long as all that was heard, both agree.
"""

import functools

import numba
import numpy as np

from lstmblues.network.compiled.kernels import change_weights, compare, learn_outputs, net_inputs
from lstmblues.network.compiled.vectors import LANES, fma, load, padded, sigmoid, spread, store

_TOGETHER = 4
"""How many units RTRL carries derivatives forward for at a time."""

_compiled = numba.njit(error_model="numpy", forceinline=True)


@_compiled
def _squash(net, hidden):
    """Let ``hidden`` become the tanh of net inputs: tanh(x) = 2 sigmoid(2x) - 1."""
    for n in range(0, net.size, LANES):
        twice = load(net, n) + load(net, n)
        share = sigmoid(twice)
        store(hidden, n, share + share - spread(1.0))


@_compiled
def _flow_back(weights, error, rows, width, back):
    """Let the ``error`` of units flow back to the hidden units that they hear."""
    for n in range(0, back.size, LANES):
        flow = spread(0.0)
        for k in range(rows):
            flow = fma(spread(error[k]), load(weights, k * width + n), flow)
        store(back, n, flow)


@_compiled
def _carry_forward(slopes, partials, at, hidden, fresh):
    """Let ``fresh`` become how all units hang on eight weights by way of what was a step ago.

    Four units are taken together, as they all need the same earlier derivatives.
    """
    for row in range(0, hidden, _TOGETHER):
        one = two = three = four = spread(0.0)
        for k in range(hidden):
            earlier, slope = load(partials, at + k * LANES), row * hidden + k
            one = fma(spread(slopes[slope]), earlier, one)
            two = fma(spread(slopes[slope + hidden]), earlier, two)
            three = fma(spread(slopes[slope + 2 * hidden]), earlier, three)
            four = fma(spread(slopes[slope + 3 * hidden]), earlier, four)
        store(fresh, row * LANES, one)
        store(fresh, (row + 1) * LANES, two)
        store(fresh, (row + 2) * LANES, three)
        store(fresh, (row + 3) * LANES, four)


@_compiled
def _learn_by_rtrl(weights, partials, heard, now, back, slopes, fresh, hidden, width, momentum):
    """Carry the partial derivatives forward, and change the weights of the hidden units.

    ``partials`` holds, for eight weights after another, the derivatives of all hidden units.
    ``now`` are the hidden units, ``back`` their errors times the learning rate.
    """
    for row in range(hidden):  # a copy, as the weights are about to change
        slope = 1.0 - now[row] * now[row]
        for k in range(hidden):
            slopes[row * hidden + k] = slope * weights[row * width + k]
    for unit in range(hidden):
        own, slope = unit * LANES, spread(1.0 - now[unit] * now[unit])
        for n in range(0, width, LANES):
            weight = unit * width + n
            at = weight * hidden
            _carry_forward(slopes, partials, at, hidden, fresh)
            store(fresh, own, fma(slope, load(heard, n), load(fresh, own)))
            change = spread(momentum) * load(weights, hidden * width + weight)
            for k in range(hidden):
                partial = load(fresh, k * LANES)
                store(partials, at + k * LANES, partial)
                change = fma(spread(back[k]), partial, change)
            change_weights(weights, weight, hidden * width + weight, change)


@_compiled
def _learn_by_bptt(weights, past, first, last, back, deltas, hidden, width, momentum):
    """Carry errors back from step ``last`` to step ``first``, and change the hidden weights.

    ``past`` (steps, width) is what the hidden units heard, and so, one row later, what they were;
    ``back`` are their errors at ``last``, times the learning rate.
    """
    for step in range(last, first - 1, -1):
        delta = deltas[step - first]
        for n in range(0, back.size, LANES):
            then = load(past[step + 1], n)
            # Beyond the hidden units stand inputs, but nobody asks for deltas there.
            store(delta, n, load(back, n) * (spread(1.0) - then * then))
        _flow_back(weights, delta, hidden, width, back)
    for unit in range(hidden):
        for n in range(0, width, LANES):
            at = unit * width + n
            change = spread(momentum) * load(weights, hidden * width + at)
            for step in range(first, last + 1):
                change = fma(spread(deltas[step - first, unit]), load(past[step], n), change)
            change_weights(weights, at, hidden * width + at, change)


@functools.cache
def learn_kernel(exact: bool, inputs: int, hidden: int):
    """Return the compiled loop of learning by RTRL (``exact``) or BPTT, for these sizes."""
    width, outputs = padded(hidden + inputs + 1), inputs
    all_hidden, all_outputs = padded(hidden), padded(outputs)
    rows = -(-hidden // _TOGETHER) * _TOGETHER

    @numba.njit(cache=True, error_model="numpy")
    def learn(
        weights,
        output,
        standardised,
        targets,
        chorus_steps,
        horizon,
        learning_rate,
        momentum,
        reset_after,
        losses,
        errors,
    ):
        """Learn from the steps of ``standardised``; return how many were taken (resets skip some).

        Arguments and shapes are those of ``ElmanLearner`` and its ``learn``; the first two, and
        the last two (results), are changed in place.
        """
        past = np.zeros((len(standardised) + 1, width))
        past[:, hidden + inputs] = 1.0
        heard_by_outputs = np.zeros(width)
        heard_by_outputs[hidden + inputs] = 1.0
        partials = np.zeros(hidden * width * hidden if exact else 0)
        slopes, fresh = np.zeros(rows * hidden), np.zeros(rows * LANES)
        deltas = np.zeros((horizon, all_hidden))
        hidden_net, now, back = np.zeros(all_hidden), np.zeros(all_hidden), np.zeros(all_hidden)
        net, error = np.zeros(all_outputs), np.zeros(all_outputs)
        taken, t, cold, since_reset = 0, 0, 0, 0
        while True:
            if reset_after > 0 and since_reset >= reset_after:
                t = (t + chorus_steps - 1) // chorus_steps * chorus_steps
                since_reset, cold = 0, taken
                past[taken, :hidden] = 0.0
                partials[:] = 0.0
            if t >= len(standardised):
                return taken
            heard = past[taken]
            for n in range(inputs):
                heard[hidden + n] = heard_by_outputs[hidden + n] = standardised[t, n]
            net_inputs(weights, heard, hidden_net, hidden, width)
            _squash(hidden_net, now)
            for n in range(hidden):
                past[taken + 1, n] = heard_by_outputs[n] = now[n]
            net_inputs(output, heard_by_outputs, net, outputs, width)
            losses[taken], errors[taken] = compare(net, error, targets[t])
            since_reset += errors[taken] > 0

            # Errors, back to the hidden units, before the weights change that they go back by.
            for k in range(outputs):
                error[k] *= learning_rate
            _flow_back(output, error, outputs, width, back)
            learn_outputs(output, heard_by_outputs, error, outputs, width, momentum)
            if exact:
                _learn_by_rtrl(
                    weights, partials, heard, now, back, slopes, fresh, hidden, width, momentum
                )
            else:
                first = max(cold, taken - horizon + 1)
                _learn_by_bptt(weights, past, first, taken, back, deltas, hidden, width, momentum)
            taken += 1
            t += 1

    return learn
