import math
import warnings

import numpy as np
import pytest
import torch
from networks import KINDS, copy, difference, random_network, random_steps

from lstmblues.music.encoding import Standardisation
from lstmblues.network.lstm import Activations, Network, State, squash_state
from lstmblues.network.topology import BLUES, CHORDS, Group, Topology
from lstmblues.network.truncated_gradient import (
    Partials,
    ReadableLearner,
    carry_forward,
    cross_entropy,
    descent,
)


def test_cross_entropy_by_hand():
    output = np.array([[0.5, 0.25], [0.75, 0.5]])
    target = np.array([[1.0, 0.0], [1.0, 1.0]])
    expected = [math.log(2) + math.log(4 / 3), math.log(4 / 3) + math.log(2)]
    np.testing.assert_allclose(cross_entropy(output, target), expected, rtol=1e-15)
    assert cross_entropy(np.array([1.0, 0.0]), np.array([1.0, 0.0])) == 0.0


def test_cross_entropy_of_a_wholly_wrong_output_is_infinite_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cross_entropy(np.array([0.0]), np.array([1.0])) == math.inf


def test_partial_derivatives_and_descent_by_hand():
    """One cell, one input, every gate half open: all local derivatives are simple fractions."""
    group = Group("toy", 0, 1, hears=(), blocks=1, cells_per_block=1)
    gates = {kind: np.zeros((1, 2)) for kind in KINDS[1:4]}
    weights = {**gates, "cell": np.zeros((1, 2)), "output": np.array([[2.0, 0.0, 0.0]])}
    half, state, out = np.array([0.5]), np.array([math.log(3)]), np.array([0.25])
    now = Activations(half, half, half, np.zeros(1), state, out, np.array([0.75]))
    before, sources = np.array([4.0]), np.array([3.0, 1.0])
    partials = Partials(np.array([[8.0, 8.0]]), np.array([[6.0, 2.0]]), np.array([[0.0, 2.0]]))
    partials = carry_forward(group, weights, partials, before, now, sources)
    # f p + i g'(0) u, with g'(0) = 1
    np.testing.assert_allclose(partials.cell, [[4 + 1.5, 4 + 0.5]])
    # f p + g(0) i (1 - i) u, with g(0) = 0
    np.testing.assert_allclose(partials.input_gate, [[3.0, 1.0]])
    # f p + s' f (1 - f) u, with s' = 4
    np.testing.assert_allclose(partials.forget_gate, [[0 + 3.0, 1 + 1.0]])
    step = descent(group, weights, partials, now, sources, np.array([3.0]), np.array([1.0]))
    # delta = 1/4; the cell is blamed 2 * 1/4 = 1/2; h = 1/2 and h' = 3/8 at ln 3.
    state_error = 0.5 * (3 / 8) * 0.5
    np.testing.assert_allclose(step["cell"], state_error * partials.cell)
    np.testing.assert_allclose(step["input_gate"], state_error * partials.input_gate)
    np.testing.assert_allclose(step["forget_gate"], state_error * partials.forget_gate)
    np.testing.assert_allclose(step["output_gate"], [[0.25 * 0.5 * 0.5 * 3, 0.25 * 0.5 * 0.5]])
    np.testing.assert_allclose(step["output"], [[0.25 * 0.25, 0.25 * 3, 0.25]])


def truncated_descents(network: Network, inputs: np.ndarray, targets: np.ndarray):
    """Yield, for every step, minus the gradient of its cross-entropy, by group and kind."""
    state = State.zero(network.topology)
    partials = {g.name: Partials.zero(network.topology, g) for g in network.topology.groups}
    for row, target in zip(inputs, targets, strict=True):
        activations, after = network.step(row, state)
        heard = network.standardisation.apply(row)
        steps = {}
        for group in network.topology.groups:
            name, weights = group.name, network.weights[group.name]
            cells = [state.cell_output[other] for other in group.hears]
            sources = np.concatenate([heard[group.units], *cells, [1.0]])
            now, before = activations[name], state.cell_state[name]
            partials[name] = carry_forward(group, weights, partials[name], before, now, sources)
            steps[name] = descent(
                group,
                weights,
                partials[name],
                now,
                sources,
                heard[group.units],
                target[group.units],
            )
        yield steps
        state = after


def torch_descents(network: Network, inputs: np.ndarray, targets: np.ndarray):
    """Yield the same from autograd, every path through a cell heard one step ago being cut."""
    topology = network.topology
    weights = {
        name: {kind: torch.tensor(matrix, requires_grad=True) for kind, matrix in matrices.items()}
        for name, matrices in network.weights.items()
    }
    state = {g.name: torch.zeros(g.cells, dtype=torch.float64) for g in topology.groups}
    output = dict(state)
    one = torch.ones(1, dtype=torch.float64)
    for row, target in zip(inputs, targets, strict=True):
        heard = torch.tensor(network.standardisation.apply(row))
        loss, now = 0.0, {}
        for group in topology.groups:
            own, each = weights[group.name], group.cells_per_block
            cells = [output[name].detach() for name in group.hears]
            u = torch.cat([heard[group.units], *cells, one])
            gates = {
                kind: torch.sigmoid(own[kind] @ u).repeat_interleave(each) for kind in KINDS[1:4]
            }
            let_in = gates["input_gate"] * 2 * torch.tanh(own["cell"] @ u / 2)
            state[group.name] = gates["forget_gate"] * state[group.name] + let_in
            now[group.name] = gates["output_gate"] * torch.tanh(state[group.name] / 2)
            y = own["output"] @ torch.cat([now[group.name], heard[group.units], one])
            loss = loss + torch.nn.functional.binary_cross_entropy_with_logits(
                y, torch.tensor(target[group.units]), reduction="sum"
            )
        output = now
        for matrices in weights.values():
            for matrix in matrices.values():
                matrix.grad = None
        loss.backward(retain_graph=True)
        yield {
            name: {kind: -matrix.grad.numpy() for kind, matrix in matrices.items()}
            for name, matrices in weights.items()
        }


@pytest.mark.parametrize("topology", [CHORDS, BLUES], ids=lambda topology: topology.name)
def test_autograd_with_cut_paths_gives_the_same_for_every_kind_of_weight(topology):
    network = random_network(topology, reach=1.0)
    music = random_steps(topology, 26)
    inputs, targets = music[:-1], music[1:]
    found = list(truncated_descents(network, inputs, targets))
    expected = list(torch_descents(network, inputs, targets))
    for step, reference in zip(found, expected, strict=True):
        for group in topology.groups:
            for kind in KINDS:
                np.testing.assert_allclose(
                    step[group.name][kind], reference[group.name][kind], rtol=0, atol=1e-10
                )
    # Something has flowed to every kind of weight.
    for group in topology.groups:
        for kind in KINDS:
            assert np.abs(found[-1][group.name][kind]).max() > 1e-4


def finite_differences(network: Network, kind: str, inputs, targets, nudge=1e-5):
    """Minus the whole gradient of the last step's cross-entropy, weight by weight."""
    group = network.topology.groups[0].name
    result = np.empty_like(network.weights[group][kind])
    for place in np.ndindex(result.shape):
        losses = []
        for sign in (1, -1):
            nudged = copy(network)
            nudged.weights[group][kind][place] += sign * nudge
            losses.append(cross_entropy(nudged.run(inputs), targets)[-1])
        result[place] = (losses[1] - losses[0]) / (2 * nudge)
    return result


DEAF = Topology("deaf", (Group("deaf", 0, 3, hears=(), blocks=2, cells_per_block=2),))
HEARING = Topology("hearing", (Group("hearing", 0, 3, hears=("hearing",), blocks=2),))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("topology", "steps"),
    [(DEAF, 6), (HEARING, 1)],
    ids=["cells hear no cells", "first step"],
)
def test_finite_differences_agree_where_nothing_is_cut(topology, steps, kind):
    network, music = random_network(topology, reach=1.0), random_steps(topology, steps + 1)
    *_, last = truncated_descents(network, music[:-1], music[1:])
    expected = finite_differences(network, kind, music[:-1], music[1:])
    found = last[topology.groups[0].name][kind]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)
    # Before the first step there is nothing to forget, so nothing to learn about forgetting.
    assert found.any() == (kind != "forget_gate" or steps > 1)


@pytest.mark.parametrize("kind", KINDS)
def test_the_truncated_gradient_is_the_whole_one_for_output_weights_alone(kind):
    network, music = random_network(HEARING, reach=1.0), random_steps(HEARING, 7)
    *_, last = truncated_descents(network, music[:-1], music[1:])
    expected = finite_differences(network, kind, music[:-1], music[1:])
    gap = np.abs(last["hearing"][kind] - expected).max()
    assert gap < 1e-9 if kind == "output" else gap > 1e-6


def test_the_readable_learner_changes_weights_by_descent_and_momentum():
    network, music = random_network(CHORDS), random_steps(CHORDS, 2)
    start = copy(network)
    (first,) = truncated_descents(start, music[:1], music[1:])
    learner = ReadableLearner(network, learning_rate=0.01, momentum=0.9)
    outputs = learner.step(music[0], music[1])
    np.testing.assert_array_equal(outputs, start.run(music[:1])[0])
    for kind in KINDS:
        change = network.weights["chords"][kind] - start.weights["chords"][kind]
        np.testing.assert_allclose(change, 0.01 * first["chords"][kind], rtol=0, atol=1e-15)

    middle = copy(network)
    learner.reset()
    (second,) = truncated_descents(middle, music[1:], music[:1])
    learner.step(music[1], music[0])
    for kind in KINDS:
        change = network.weights["chords"][kind] - middle.weights["chords"][kind]
        expected = 0.01 * second["chords"][kind] + 0.9 * 0.01 * first["chords"][kind]
        np.testing.assert_allclose(change, expected, rtol=0, atol=1e-15)


def test_a_reset_forgets_all_but_weights_and_momentum():
    network, music = random_network(BLUES), random_steps(BLUES, 5)
    learner = ReadableLearner(network, 0.01, 0.9)
    for row, target in zip(music[:-1], music[1:], strict=True):
        learner.step(row, target)
    weights = copy(network)
    learner.reset()
    assert difference(network, weights) == 0
    for group in BLUES.groups:
        assert not learner.state.cell_state[group.name].any()
        assert not learner.state.cell_output[group.name].any()
        for kind in ("cell", "input_gate", "forget_gate"):
            assert not getattr(learner.partials[group.name], kind).any()
        assert all(change.any() for change in learner.last_change[group.name].values())


def test_a_network_that_has_forgotten_nothing_learns_the_errors_of_long_ago():
    """The carousel: with the forget gate open, a derivative stays what it was, at any distance."""
    group = Group("toy", 0, 1, hears=(), blocks=1, cells_per_block=1)
    topology = Topology("toy", (group,))
    weights = {kind: np.zeros(shape) for kind, shape in topology.shapes(group).items()}
    weights["forget_gate"][:, -1] = 100.0
    weights["input_gate"][0] = [100.0, -50.0]  # open at input 1 only
    weights["output"][0, 0] = 1.0
    network = Network(topology, {"toy": weights}, Standardisation.none(1))
    inputs = np.zeros((200, 1))
    inputs[0] = 1.0
    steps = list(truncated_descents(network, inputs, np.ones((200, 1))))
    assert squash_state(0.0) == 0 and steps[0]["toy"]["cell"][0, 0] > 0.1
    assert steps[-1]["toy"]["cell"][0, 0] == pytest.approx(steps[0]["toy"]["cell"][0, 0])
