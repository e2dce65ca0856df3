import math
import warnings

import numpy as np
import pytest
import torch
from networks import copy, random_network, random_steps

from lstmblues.errors import BluesError
from lstmblues.music.encoding import Standardisation
from lstmblues.network.lstm import Network, State, group_step, sigmoid, squash_input, squash_state
from lstmblues.network.topology import BLUES, CHORDS, Group, Topology


def test_squashing_functions_at_points_known_by_hand():
    x = math.log(3)  # sigma(ln 3) = 3/4
    np.testing.assert_allclose(sigmoid([0.0, x, -x]), [0.5, 0.75, 0.25], rtol=1e-15)
    np.testing.assert_allclose(squash_input(np.array([0.0, x, -x])), [0.0, 1.0, -1.0], atol=1e-15)
    np.testing.assert_allclose(squash_state(np.array([0.0, x, -x])), [0.0, 0.5, -0.5], atol=1e-15)


def test_squashing_functions_are_halved_hyperbolic_tangents():
    x = np.linspace(-30, 30, 1001)
    np.testing.assert_allclose(squash_input(x), 2 * np.tanh(x / 2), atol=1e-15)
    np.testing.assert_allclose(squash_state(x), np.tanh(x / 2), atol=1e-15)


def test_squashing_functions_saturate_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for function, low, high in ((sigmoid, 0, 1), (squash_input, -2, 2), (squash_state, -1, 1)):
            assert function(np.array([-1e308, 1e308])).tolist() == [low, high]


def test_one_step_of_one_cell_by_hand():
    group = Group("toy", 0, 1, hears=("toy",), blocks=1, cells_per_block=1)
    three = math.log(3)  # sigma(ln 3) = 3/4, g(ln 3) = 1, h(ln 3) = 1/2
    weights = {
        "input_gate": np.array([[three, 0.0, 0.0]]),  # opens to 3/4 at input 1
        "forget_gate": np.array([[0.0, 0.0, -three]]),  # 1/4, by its bias
        "output_gate": np.array([[0.0, 1.0, 0.0]]),  # 3/4, as it hears ln 3
        "cell": np.array([[three, 0.0, 0.0]]),  # lets g = 1 in
        "output": np.array([[2 * three, 0.0, 0.0]]),
    }
    state = 4 * (three - 3 / 4)  # so that the new state is ln 3
    now = group_step(group, weights, np.array([1.0]), np.array([three]), np.array([state]))
    assert now.input_gate[0] == pytest.approx(3 / 4)
    assert now.forget_gate[0] == pytest.approx(1 / 4)
    assert now.output_gate[0] == pytest.approx(3 / 4)
    assert now.cell_input[0] == pytest.approx(1)
    assert now.cell_state[0] == pytest.approx(state / 4 + 3 / 4) == pytest.approx(three)
    assert now.cell_output[0] == pytest.approx(3 / 4 * 1 / 2)
    # The output hears the cell as it is now: sigma(2 ln 3 * 3/8) = 3^(3/4) / (1 + 3^(3/4)).
    assert now.output[0] == pytest.approx(3**0.75 / (1 + 3**0.75))


def test_cells_of_a_block_share_its_gates():
    group = Group("toy", 0, 1, hears=(), blocks=2, cells_per_block=2)
    weights = {
        "input_gate": np.array([[0.0, 1e3], [0.0, -1e3]]),  # block 0 open, block 1 closed
        "forget_gate": np.array([[0.0, -1e3], [0.0, 1e3]]),  # block 0 forgets, block 1 keeps
        "output_gate": np.array([[0.0, 1e3], [0.0, -1e3]]),
        "cell": np.array([[0.0, math.log(3)]] * 4),  # g = 1
        "output": np.zeros((1, 6)),
    }
    before = np.array([5.0, 6.0, 7.0, 8.0])
    now = group_step(group, weights, np.zeros(1), np.zeros(0), before)
    np.testing.assert_allclose(now.cell_state, [1, 1, 7, 8], rtol=1e-15)
    np.testing.assert_allclose(now.cell_output, [math.tanh(0.5)] * 2 + [0, 0], rtol=1e-15)


@pytest.mark.parametrize("topology", [CHORDS, BLUES], ids=lambda topology: topology.name)
def test_torch_lstm_computes_the_same(topology):
    """With states halved, the cell of 2000 is today's: tanh everywhere, cell inputs halved."""
    network, inputs = random_network(topology, reach=1.0), random_steps(topology, 50)
    recorded = network.record(inputs)
    standardised = torch.tensor(network.standardisation.apply(inputs))
    for group in topology.groups:
        weights = network.weights[group.name]
        own = group.cells  # comes last in what the group hears, before the bias
        others = topology.heard_cells(group) - own
        rows = torch.tensor(
            np.concatenate(
                [
                    np.repeat(weights["input_gate"], group.cells_per_block, axis=0),
                    np.repeat(weights["forget_gate"], group.cells_per_block, axis=0),
                    0.5 * weights["cell"],
                    np.repeat(weights["output_gate"], group.cells_per_block, axis=0),
                ]
            )
        )
        lstm = torch.nn.LSTM(group.inputs + others, own, dtype=torch.float64)
        heard = [standardised[:, group.units]]
        for name in group.hears[:-1]:
            cells = torch.tensor(recorded[name].cell_output)
            heard.append(torch.cat([torch.zeros(1, cells.shape[1]), cells[:-1]]))
        with torch.no_grad():
            lstm.weight_ih_l0.copy_(rows[:, : group.inputs + others])
            lstm.weight_hh_l0.copy_(rows[:, -1 - own : -1])
            lstm.bias_ih_l0.copy_(rows[:, -1])
            lstm.bias_hh_l0.zero_()
            cell_output, (_, state) = lstm(torch.cat(heard, dim=1))
            outputs = torch.sigmoid(
                torch.cat([cell_output, standardised[:, group.units]], dim=1)
                @ torch.tensor(weights["output"][:, :-1].T)
                + torch.tensor(weights["output"][:, -1])
            )
        found = recorded[group.name]
        np.testing.assert_allclose(found.cell_output, cell_output.numpy(), rtol=0, atol=1e-12)
        np.testing.assert_allclose(found.cell_state[-1], 2 * state[0].numpy(), rtol=0, atol=1e-12)
        np.testing.assert_allclose(found.output, outputs.numpy(), rtol=0, atol=1e-12)


def test_a_run_can_be_cut_anywhere():
    network, inputs = random_network(BLUES), random_steps(BLUES, 20)
    whole = network.run(inputs)
    assert whole.shape == inputs.shape
    state = State.zero(BLUES)
    for row, expected in zip(inputs[:7], whole[:7], strict=True):
        before = {name: cells.copy() for name, cells in state.cell_state.items()}
        activations, after = network.step(row, state)
        assert all((before[name] == state.cell_state[name]).all() for name in before)
        np.testing.assert_array_equal(network.outputs(activations), expected)
        state = after
    np.testing.assert_array_equal(network.run(inputs[7:], state), whole[7:])


def test_a_record_holds_every_step():
    network, inputs = random_network(BLUES), random_steps(BLUES, 9)
    recorded = network.record(inputs)
    for group in BLUES.groups:
        found = recorded[group.name]
        assert found.input_gate.shape == found.forget_gate.shape == (9, group.blocks)
        assert found.output_gate.shape == (9, group.blocks)
        assert found.cell_input.shape == found.cell_state.shape == (9, group.cells)
        assert found.cell_output.shape == (9, group.cells)
        assert found.output.shape == (9, group.inputs)
    np.testing.assert_array_equal(network.outputs(recorded), network.run(inputs))


def test_a_network_hears_standardised_inputs():
    network, inputs = random_network(CHORDS), random_steps(CHORDS, 5)
    plain = Network(CHORDS, network.weights, Standardisation.none(CHORDS.units))
    heard = network.standardisation.apply(inputs)
    np.testing.assert_array_equal(network.run(inputs), plain.run(heard))


@pytest.mark.parametrize("shape", [(0, 12), (4, 25), (12,), (2, 4, 12)])
def test_inputs_of_another_shape_are_refused(shape):
    with pytest.raises(BluesError, match=r"hears arrays of shape \(steps, 12\), not"):
        random_network(CHORDS).run(np.zeros(shape))


def test_weights_that_are_missing_misshapen_or_no_numbers_are_refused():
    network = random_network(BLUES)

    def refused(spoil, match):
        spoilt = copy(network).weights
        spoil(spoilt)
        with pytest.raises(BluesError, match=match):
            Network(BLUES, spoilt, network.standardisation)

    refused(lambda weights: weights.pop("melody"), r"melody/cell of shape \(8, 30\).*given None")
    refused(lambda weights: weights["chords"].pop("output"), "chords/output of shape")
    refused(lambda weights: weights["melody"].update(cell=np.zeros((8, 29))), r"given \(8, 29\)")
    for value in (np.nan, np.inf):
        refused(
            lambda weights, value=value: weights["chords"]["forget_gate"].fill(value),
            "chords/forget_gate hold values that are no numbers",
        )


@pytest.mark.parametrize(
    ("shift", "scale", "match"),
    [
        (np.zeros(13), np.ones(12), "input shift of 12 finite values"),
        (np.zeros(12), np.ones(11), "input scale of 12 finite values"),
        (np.full(12, np.nan), np.ones(12), "input shift of 12 finite values"),
        (np.zeros(12), np.full(12, np.inf), "input scale of 12 finite values"),
        (np.zeros(12), np.zeros(12), "scale of every input must be above zero"),
        (np.zeros(12), -np.ones(12), "scale of every input must be above zero"),
    ],
)
def test_a_standardisation_that_cannot_be_applied_is_refused(shift, scale, match):
    weights = random_network(CHORDS).weights
    with pytest.raises(BluesError, match=match):
        Network(CHORDS, weights, Standardisation(shift, scale))


def test_a_network_with_any_blocks_runs():
    group = Group("odd", 0, 3, hears=("odd",), blocks=5, cells_per_block=3)
    topology = Topology("odd", (group,))
    outputs = random_network(topology).run(random_steps(topology, 4))
    assert outputs.shape == (4, 3) and ((outputs > 0) & (outputs < 1)).all()


@pytest.mark.parametrize("gate", ["input_gate", "forget_gate", "output_gate"])
def test_a_gate_can_be_shut_for_good(gate):
    network, music = random_network(BLUES), random_steps(BLUES, 12)
    lesioned = network.with_gate_shut("melody", 2, gate)
    before, after = network.record(music), lesioned.record(music)
    assert getattr(after["melody"], gate)[:, 2].max() < 1e-20
    assert getattr(before["melody"], gate)[:, 2].min() > 1e-3  # the network itself is as it was
    cells = slice(4, 6)  # of the third block
    silent = {"output_gate": after["melody"].cell_output, "input_gate": after["melody"].cell_state}
    if gate in silent:
        assert abs(silent[gate][:, cells]).max() < 1e-20 < abs(silent[gate][:, :4]).min()
    np.testing.assert_array_equal(before["chords"].output, after["chords"].output)


def test_a_shut_gate_hears_nothing_but_a_large_negative_bias():
    network = random_network(BLUES)
    network.header["seed"] = 3
    shut = network.with_gate_shut("melody", 2)
    weights, before = shut.weights["melody"], network.weights["melody"]
    assert not weights["output_gate"][2, :-1].any() and weights["output_gate"][2, -1] == -50
    assert all((weights[kind] == before[kind]).all() for kind in before if kind != "output_gate")
    assert (np.delete(weights["output_gate"], 2, 0) == np.delete(before["output_gate"], 2, 0)).all()
    assert shut.header == network.header


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", ["cell", "output"])
def test_sums_of_inputs_that_overflow_are_refused_without_a_warning(kind):
    """Where the inputs stand among the sources, a scale next to nothing makes them enormous."""
    group = CHORDS.groups[0]
    network = random_network(CHORDS)
    first = group.cells if kind == "output" else 0
    scale = np.ones(CHORDS.units)
    scale[-1] = 1e-300  # of the last input
    small = Standardisation(np.zeros(CHORDS.units), scale)
    weights = {name: matrix.copy() for name, matrix in network.weights["chords"].items()}
    for name, matrix in weights.items():
        place = group.cells if name == "output" else 0
        matrix[:, place : place + group.inputs] = 0.0  # what hears no input cannot overflow
    Network(CHORDS, {"chords": weights}, small)
    weights[kind][0, first + group.inputs - 1] = 1e20
    with pytest.raises(BluesError, match=f"weights chords/{kind} are so large that their sums"):
        Network(CHORDS, {"chords": weights}, small)
