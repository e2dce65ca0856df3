"""The inner loops of learning and free running, compiled with Numba (chapter 5, "Learning").

``learn2002`` explains the layout of the arrays and is the only caller. Cells are ordered with the
first cells of all blocks first, so that cell ``c`` belongs to block ``c % blocks``.
"""

import math

import numba
import numpy as np


@numba.njit(cache=True, inline="always")
def _sigmoid(x):
    return 1.0 / (1.0 + math.exp(-x))


@numba.njit(cache=True, fastmath={"contract", "reassoc"})
def learn_steps(
    hidden,
    output,
    hidden_change,
    output_change,
    partials,
    state,
    cell_output,
    since_reset,
    inputs,
    targets,
    heard,
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
    """Learn from the steps of ``inputs``; return how many were taken (resets skip some).

    Arguments and shapes are those of ``GroupLearner`` and its ``learn``; the first eight, and
    the last four (results), are changed in place.
    """
    sources, units = hidden.shape
    outputs = output.shape[1]
    cells = state.shape[0]
    blocks = (units - cells) // 3
    own_inputs, foreign = inputs.shape[1], heard.shape[1]
    first_own = own_inputs + foreign
    in_gate, forget, out_gate = cells, cells + blocks, cells + 2 * blocks

    u = np.zeros(sources)
    u[sources - 1] = 1.0
    net = np.empty(units)
    squashed = np.empty(cells)
    through = np.empty((3, cells))
    kept = np.empty(cells)
    error = np.empty(outputs)
    cell_error = np.empty(cells)
    state_error = np.empty(cells)
    gate_error = np.empty(blocks)
    y = np.empty(outputs)

    taken, t = 0, 0
    while True:
        if reset_after > 0 and since_reset[0] >= reset_after:
            t = (t + chorus_steps - 1) // chorus_steps * chorus_steps
            if t < inputs.shape[0]:
                cold[t] = True
        if t >= inputs.shape[0]:
            return taken
        if cold[t]:
            since_reset[0] = 0
            state[:] = 0.0
            cell_output[:] = 0.0
            partials[:] = 0.0

        # What cells and gates hear.
        for k in range(own_inputs):
            u[k] = inputs[t, k]
        for k in range(foreign):
            u[own_inputs + k] = heard[t, k]
        for c in range(cells):
            u[first_own + c] = cell_output[c]
        net[:] = 0.0
        for n in range(sources):
            for r in range(units):
                net[r] += hidden[n, r] * u[n]
        for r in range(units):
            net[r] = _sigmoid(net[r])

        # Cell states, and how they hang on the weights.
        for c in range(cells):
            b = c % blocks
            i, f, o = net[in_gate + b], net[forget + b], net[out_gate + b]
            g = 4.0 * net[c] - 2.0
            through[0, c] = i * 4.0 * net[c] * (1.0 - net[c])
            through[1, c] = g * i * (1.0 - i)
            through[2, c] = state[c] * f * (1.0 - f)
            kept[c] = f
            state[c] = f * state[c] + i * g
            squashed[c] = 2.0 * _sigmoid(state[c]) - 1.0
            cell_output[c] = o * squashed[c]
            cell_outputs[taken, c] = cell_output[c]

        # Outputs and their errors.
        for k in range(outputs):
            y[k] = output[cells + own_inputs, k]
        for c in range(cells):
            for k in range(outputs):
                y[k] += output[c, k] * cell_output[c]
        for n in range(own_inputs):
            for k in range(outputs):
                y[k] += output[cells + n, k] * u[n]
        wrong = 0
        loss = 0.0
        for k in range(outputs):
            p = _sigmoid(y[k])
            error[k] = targets[t, k] - p
            wrong += abs(error[k]) >= 0.5
            # The cross-entropy ln(1 + exp(-|y|)), and |y| more on the wrong side: exact where an
            # output is nearly 0 or 1, and finite however wrong it is.
            loss += math.log1p(math.exp(-abs(y[k])))
            if (y[k] > 0.0) != (targets[t, k] > 0.5):
                loss += abs(y[k])
        losses[taken] = loss
        errors[taken] = wrong
        positions[taken] = t
        since_reset[0] += wrong > 0

        # Errors, back to the cell states and the output gates.
        for c in range(cells):
            total = 0.0
            for k in range(outputs):
                total += output[c, k] * error[k]
            cell_error[c] = total
            slope = 0.5 * (1.0 - squashed[c] * squashed[c])
            state_error[c] = net[out_gate + c % blocks] * slope * total
        for b in range(blocks):
            total = 0.0
            for c in range(b, cells, blocks):
                total += squashed[c] * cell_error[c]
            o = net[out_gate + b]
            gate_error[b] = o * (1.0 - o) * total

        # Every weight changes, the partial derivatives having been carried forward.
        for c in range(cells):
            for k in range(outputs):
                change = learning_rate * error[k] * cell_output[c] + momentum * output_change[c, k]
                output_change[c, k] = change
                output[c, k] += change
        for n in range(own_inputs + 1):
            heard_by_output = u[n] if n < own_inputs else 1.0
            for k in range(outputs):
                change = (
                    learning_rate * error[k] * heard_by_output
                    + momentum * output_change[cells + n, k]
                )
                output_change[cells + n, k] = change
                output[cells + n, k] += change
        for n in range(sources):
            for r in range(units):
                hidden_change[n, r] *= momentum
            for c in range(cells):
                partials[0, n, c] = kept[c] * partials[0, n, c] + through[0, c] * u[n]
                hidden_change[n, c] += learning_rate * state_error[c] * partials[0, n, c]
            for start in range(0, cells, blocks):
                for b in range(blocks):
                    c = start + b
                    partials[1, n, c] = kept[c] * partials[1, n, c] + through[1, c] * u[n]
                    partials[2, n, c] = kept[c] * partials[2, n, c] + through[2, c] * u[n]
                    step = learning_rate * state_error[c]
                    hidden_change[n, in_gate + b] += step * partials[1, n, c]
                    hidden_change[n, forget + b] += step * partials[2, n, c]
            for b in range(blocks):
                hidden_change[n, out_gate + b] += learning_rate * gate_error[b] * u[n]
            for r in range(units):
                hidden[n, r] += hidden_change[n, r]
        taken += 1
        t += 1


@numba.njit(cache=True)
def faultless_steps(hidden, output, cells, levels, targets, steps):
    """Return how many of ``steps`` steps of free running are right before the first fault.

    Arguments and shapes are those of ``GroupLearner.faultless_cycles``; ``levels`` (2, inputs)
    says how off and on are standardised.
    """
    sources, units = hidden.shape
    outputs = output.shape[1]
    blocks = (units - cells) // 3
    cycle = targets.shape[0]
    state = np.zeros(cells)
    u = np.zeros(sources)
    u[sources - 1] = 1.0
    for k in range(outputs):
        u[k] = levels[int(targets[cycle - 1, k]), k]
    net = np.empty(units)
    y = np.empty(outputs)
    for t in range(steps):
        net[:] = 0.0
        for n in range(sources):
            for r in range(units):
                net[r] += hidden[n, r] * u[n]
        for r in range(units):
            net[r] = _sigmoid(net[r])
        y[:] = output[cells + outputs]
        for n in range(outputs):
            for k in range(outputs):
                y[k] += output[cells + n, k] * u[n]
        for c in range(cells):
            b = c % blocks
            kept, let_in = net[cells + blocks + b], net[cells + b]
            state[c] = kept * state[c] + let_in * (4.0 * net[c] - 2.0)
            out = net[cells + 2 * blocks + b] * (2.0 * _sigmoid(state[c]) - 1.0)
            u[outputs + c] = out
            for k in range(outputs):
                y[k] += output[c, k] * out
        for k in range(outputs):
            on = y[k] > 0.0
            if on != (targets[t % cycle, k] > 0.5):
                return t
            u[k] = levels[1 if on else 0, k]
    return steps
