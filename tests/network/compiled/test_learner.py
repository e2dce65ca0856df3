import math
import os
import subprocess
import sys
import warnings

import numpy as np
import pytest
from networks import copy, difference, random_network, random_steps

from lstmblues.errors import BluesError
from lstmblues.music.encoding import CHORD_UNITS, MELODY_UNITS, Standardisation, encode
from lstmblues.music.form import load_form
from lstmblues.music.piece import Piece
from lstmblues.network.compiled.learner import GroupLearner, predict
from lstmblues.network.lstm import Network, State
from lstmblues.network.topology import BLUES, CHORDS, Group, Topology
from lstmblues.network.truncated_gradient import ReadableLearner, cross_entropy
from lstmblues.training.network_learner import NetworkLearner
from lstmblues.training.settings import Settings
from lstmblues.training.trained import trained

LEARNING_RATE, MOMENTUM = 0.01, 0.9
CHORUS_STEPS = 25
STEPS = 2000

ODD = Topology("odd", (Group("odd", 0, 3, hears=("odd",), blocks=5, cells_per_block=3),))


def learn_readably(learner, array, reset_after, cold_starts=(0,), gross_units=slice(None)):
    """The readable twin of a pass: resets before ``cold_starts``, and after gross errors.

    Return positions, outputs, and the steps before which the learner was reset.
    """
    positions, outputs, resets = [], [], []
    errors, step = learner.gross_errors, 0
    while True:
        if reset_after and errors >= reset_after:
            step = -(-step // CHORUS_STEPS) * CHORUS_STEPS
            cold = True
        else:
            cold = step in cold_starts
        if step >= len(array) - 1:
            learner.gross_errors = errors
            return np.array(positions), np.array(outputs), resets
        if cold:
            learner.reset()
            resets.append(step)
            errors = 0
        output = learner.step(array[step], array[step + 1])
        errors += (abs(array[step + 1] - output)[gross_units] >= 0.5).any()
        positions.append(step)
        outputs.append(output)
        step += 1


def readable(network, learning_rate=LEARNING_RATE, momentum=MOMENTUM):
    learner = ReadableLearner(copy(network), learning_rate, momentum)
    learner.gross_errors = 0
    return learner


@pytest.mark.parametrize("topology", [CHORDS, BLUES, ODD], ids=lambda topology: topology.name)
def test_packing_and_unpacking_give_the_same_weights(topology):
    network = random_network(topology)
    for group in topology.groups:
        unpacked = GroupLearner.pack(network, group).unpack(topology)
        assert unpacked.keys() == network.weights[group.name].keys()
        for kind, matrix in unpacked.items():
            np.testing.assert_array_equal(matrix, network.weights[group.name][kind])


def test_packing_takes_a_copy():
    network = random_network(CHORDS)
    start = copy(network)
    music = random_steps(CHORDS, 5)
    learner = GroupLearner.pack(network, CHORDS.groups[0])
    learner.learn(music[:-1], music[1:], CHORUS_STEPS, LEARNING_RATE, MOMENTUM)
    assert difference(network, start) == 0


@pytest.mark.parametrize("reset_after", [0, 7])
@pytest.mark.parametrize("topology", [CHORDS, ODD], ids=lambda topology: topology.name)
def test_compiled_and_readable_learning_agree_over_many_steps(topology, reset_after):
    network = random_network(topology, reach=0.2)
    # The same chorus again and again, with some noise: there is something to learn.
    chorus = random_steps(topology, CHORUS_STEPS)
    array = np.resize(chorus, (STEPS + 1, topology.units))
    array[::40] = random_steps(topology, len(array[::40]), seed=1)
    cold_starts = (0, 130, 1111)
    cold = np.isin(np.arange(STEPS), cold_starts)

    twin = readable(network)
    positions, outputs, resets = learn_readably(twin, array, reset_after, cold_starts)

    group = topology.groups[0]
    learner = GroupLearner.pack(network, group)
    standardised = network.standardisation.apply(array[:-1])
    lesson = learner.learn(
        standardised, array[1:], CHORUS_STEPS, LEARNING_RATE, MOMENTUM, reset_after, cold=cold
    )
    np.testing.assert_array_equal(lesson.positions, positions)
    assert set(resets) <= set(np.flatnonzero(lesson.cold))
    if reset_after:
        assert len(positions) < STEPS and len(resets) > 10
    else:
        assert len(positions) == STEPS and resets == list(cold_starts)
    targets = array[positions + 1]
    np.testing.assert_allclose(lesson.losses, cross_entropy(outputs, targets), atol=1e-10)
    np.testing.assert_array_equal(lesson.wrong_outputs, (abs(targets - outputs) >= 0.5).sum(axis=1))
    weights = learner.unpack(topology)
    for kind, matrix in twin.network.weights[group.name].items():
        np.testing.assert_allclose(weights[kind], matrix, rtol=0, atol=1e-10)
        assert np.abs(matrix - network.weights[group.name][kind]).max() > 0.01
    np.testing.assert_allclose(
        lesson.cell_outputs[-1], twin.state.cell_output[group.name], rtol=0, atol=1e-10
    )


def blues_passes(count, choruses=4):
    """Consecutive choruses, two alternating, as on/off arrays of (steps + 1, units)."""
    chorus = random_steps(BLUES, CHORUS_STEPS)
    other = chorus.copy()
    other[:, MELODY_UNITS] = random_steps(BLUES, CHORUS_STEPS, seed=1)[:, MELODY_UNITS]
    array = np.concatenate([(chorus, other)[number % 2] for number in range(choruses + 1)])
    return [array[: choruses * CHORUS_STEPS + 1]] * count


def test_compiled_and_readable_learning_of_the_whole_network_agree():
    """Through ``learn_pass``: gross errors of the chords reset all, every pass starts cold."""
    network = random_network(BLUES, reach=0.2)
    settings = Settings(
        learning_rate=LEARNING_RATE,
        melody_learning_rate=LEARNING_RATE,
        momentum=MOMENTUM,
        gross_errors_before_reset=9,
    )
    twin, learner = readable(network), NetworkLearner(network, settings)
    resets_within, taken = 0, 0
    for array in blues_passes(20):
        positions, outputs, resets = learn_readably(twin, array, 9, gross_units=CHORD_UNITS)
        lessons = learner.learn_pass(array, CHORUS_STEPS)
        resets_within += len(resets) - 1
        taken += len(positions)
        np.testing.assert_array_equal(lessons["chords"].positions, positions)
        assert np.flatnonzero(lessons["chords"].cold).tolist() == resets
        for group in BLUES.groups:
            expected = cross_entropy(outputs[:, group.units], array[positions + 1][:, group.units])
            np.testing.assert_allclose(lessons[group.name].losses, expected, atol=1e-10)
    assert learner.steps == taken < 20 * 4 * CHORUS_STEPS
    assert resets_within > 5
    assert difference(learner.network(), twin.network) < 1e-10
    assert difference(learner.network(), network) > 0.1


@pytest.mark.parametrize("at_rest", ["chords", "melody"])
def test_a_group_at_rest_listens_but_does_not_learn(at_rest):
    network = random_network(BLUES, reach=0.2)
    learner = NetworkLearner(network, Settings(learning_rate=0.01, gross_errors_before_reset=0))
    learner.resting.add(at_rest)
    (array,) = blues_passes(1)
    lessons = learner.learn_pass(array, CHORUS_STEPS)
    after = learner.network()
    for name, matrices in network.weights.items():
        for kind, matrix in matrices.items():
            assert (matrix == after.weights[name][kind]).all() == (name == at_rest)
    cells = network.record(array[:-1])["chords"].cell_output
    same = np.allclose(lessons["chords"].cell_outputs, cells, rtol=0, atol=1e-12)
    assert same == (at_rest == "chords")


def test_each_group_has_its_own_learning_rate():
    network, (array,) = random_network(BLUES, reach=0.2), blues_passes(1)
    slow = Settings(learning_rate=0.0, melody_learning_rate=0.01)
    learner = NetworkLearner(network, slow)
    learner.learn_pass(array, CHORUS_STEPS)
    after = learner.network().weights
    assert all((after["chords"][kind] == w).all() for kind, w in network.weights["chords"].items())
    assert all((after["melody"][kind] != w).any() for kind, w in network.weights["melody"].items())


def test_a_reset_skips_to_the_next_chorus_and_is_counted_across_calls():
    network, group = random_network(CHORDS), CHORDS.groups[0]
    always_wrong = 1 - np.round(network.run(np.zeros((1, 12))))
    learner = GroupLearner.pack(network, group)
    inputs = np.tile(network.standardisation.apply(np.zeros(12)), (60, 1))
    targets = np.tile(always_wrong, (60, 1))
    lesson = learner.learn(inputs, targets, CHORUS_STEPS, 0.0, 0.0, reset_after=3)
    assert lesson.positions.tolist() == [0, 1, 2, 25, 26, 27, 50, 51, 52]
    assert np.flatnonzero(lesson.cold).tolist() == [25, 50]
    # The count of three stands: the next call begins with a reset.
    lesson = learner.learn(inputs[:25], targets[:25], CHORUS_STEPS, 0.0, 0.0, reset_after=3)
    assert lesson.positions.tolist() == [0, 1, 2] and lesson.cold[0]


def test_learning_goes_on_where_the_last_call_stopped():
    network, group = random_network(CHORDS, reach=0.2), CHORDS.groups[0]
    music = random_steps(CHORDS, 101)
    inputs, targets = network.standardisation.apply(music[:-1]), music[1:]
    whole, halves = GroupLearner.pack(network, group), GroupLearner.pack(network, group)
    expected = whole.learn(inputs, targets, CHORUS_STEPS, LEARNING_RATE, MOMENTUM).losses
    found = [
        halves.learn(inputs[part], targets[part], CHORUS_STEPS, LEARNING_RATE, MOMENTUM).losses
        for part in (slice(0, 37), slice(37, 100))
    ]
    np.testing.assert_array_equal(np.concatenate(found), expected)
    for kind, matrix in whole.unpack(CHORDS).items():
        np.testing.assert_array_equal(halves.unpack(CHORDS)[kind], matrix)


@pytest.mark.parametrize("reach", [50.0, 5000.0])
def test_saturated_outputs_and_gates_give_finite_losses_and_weights(reach):
    network, music = random_network(CHORDS, reach=reach), random_steps(CHORDS, 201)
    learner = GroupLearner.pack(network, CHORDS.groups[0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lesson = learner.learn(
            network.standardisation.apply(music[:-1]), music[1:], CHORUS_STEPS, 0.1, MOMENTUM
        )
    assert np.isfinite(lesson.losses).all() and lesson.losses.max() > 40
    assert all(np.isfinite(matrix).all() for matrix in learner.unpack(CHORDS).values())


def test_a_wholly_wrong_output_costs_what_its_net_input_says():
    topology = Topology("toy", (Group("toy", 0, 1, hears=(), blocks=1),))
    group = topology.groups[0]
    weights = {kind: np.zeros(shape) for kind, shape in topology.shapes(group).items()}
    weights["output"][0, -1] = 800.0
    network = Network(topology, {"toy": weights}, Standardisation.none(1))
    learner = GroupLearner.pack(network, group)
    lesson = learner.learn(np.zeros((2, 1)), np.array([[0.0], [1.0]]), 2, 0.0, 0.0)
    assert lesson.losses.tolist() == [800.0, 0.0]
    assert lesson.wrong_outputs.tolist() == [1, 0]


def test_faultless_choruses_by_hand():
    """A cell that counts turns the only note off at the sixth step."""
    topology = Topology("toy", (Group("toy", 0, 1, hears=("toy",), blocks=1, cells_per_block=1),))
    group, three = topology.groups[0], math.log(3)
    weights = {kind: np.zeros(shape) for kind, shape in topology.shapes(group).items()}
    weights["cell"][:, -1] = three  # g = 1
    weights["input_gate"][:, -1] = -three  # lets a quarter of it in
    weights["forget_gate"][:, -1] = weights["output_gate"][:, -1] = 100.0
    # After n steps the cell gives tanh(n / 8); the output is on until that is above tanh(5.5 / 8).
    weights["output"][0] = [-1.0, 0.0, math.tanh(5.5 / 8)]
    network = Network(topology, {"toy": weights}, Standardisation.none(1))
    assert (network.run(np.ones((7, 1))) > 0.5).ravel().tolist() == [True] * 5 + [False] * 2
    learner = GroupLearner.pack(network, group)
    levels, on = np.array([[0.0], [1.0]]), np.ones((1, 1))
    assert learner.faultless_choruses(levels, on, 100) == 5
    assert learner.faultless_choruses(levels, on, 4) == 4
    assert learner.faultless_choruses(levels, np.ones((2, 1)), 100) == 2
    assert learner.faultless_choruses(levels, np.zeros((1, 1)), 100) == 0
    right = np.array([[0.0]] + [[1.0]] * 5 + [[0.0]] * 4)
    assert learner.faultless_choruses(levels, right, 1) == 1
    assert learner.faultless_choruses(levels, right, 2) == 1
    # Three steps heard before: the sixth of all is the third from there.
    learner.learn(np.ones((3, 1)), np.ones((3, 1)), 1, 0.0, 0.0)
    assert learner.faultless_choruses(levels, on, 100, warm=True) == 2
    assert learner.faultless_choruses(levels, on, 100, warm=True) == 2  # which touched nothing
    assert learner.faultless_choruses(levels, on, 100) == 5


def test_a_trained_network_is_faultless_in_both_ways_of_running():
    network, form = trained("chords"), load_form()
    chorus = encode(Piece.over(form, [None] * form.steps))[:, CHORD_UNITS]
    targets = np.roll(chorus, -1, axis=0)
    levels = network.standardisation.apply(np.stack([np.zeros(12), np.ones(12)]))
    learner = GroupLearner.pack(network, CHORDS.groups[0])
    assert learner.faultless_choruses(levels, chorus, 3) == 3
    state, row = State.zero(CHORDS), chorus[0]
    for target in np.tile(targets, (3, 1)):
        activations, state = network.step(row, state)
        row = (network.outputs(activations) > 0.5).astype(float)
        assert (row == target).all()
    spoilt = chorus.copy()
    spoilt[-1] = 1 - spoilt[-1]
    assert learner.faultless_choruses(levels, spoilt, 3) == 0


@pytest.mark.parametrize("topology", [CHORDS, BLUES, ODD], ids=lambda topology: topology.name)
def test_compiled_predictions_are_those_of_a_run(topology):
    network, music = random_network(topology, reach=1.0), random_steps(topology, 60)
    np.testing.assert_allclose(predict(network, music), network.run(music), rtol=0, atol=1e-12)


def test_predictions_need_inputs_of_the_networks_shape():
    for shape in ((5, 11), (0, 12), (12,)):
        with pytest.raises(BluesError, match="hears arrays of shape"):
            predict(random_network(CHORDS), np.zeros(shape))


LEARN_A_LITTLE = """
import hashlib
from lstmblues.music.form import load_form
from lstmblues.network.compiled.blocks import Sizes
from lstmblues.network.compiled.kernels import free_kernel, learn_kernel
from lstmblues.music.melody import load_melodies
from lstmblues.network.topology import BLUES
from lstmblues.training.experiments import learn_blues
from lstmblues.training.settings import Settings
melodies = load_melodies(load_form())
result = learn_blues(melodies, 0, Settings(most_steps=5000), numbers=melodies.split()[0])
matrices = [m for group in result.network.weights.values() for m in group.values()]
chords, melody = (Sizes.of(BLUES, group) for group in BLUES.groups)
kernels = [learn_kernel(chords), learn_kernel(melody), free_kernel(chords)]
hits = sum(sum(kernel.stats.cache_hits.values()) for kernel in kernels)
content = b"".join(matrix.tobytes() for matrix in matrices)
print({0: "compiled", 3: "loaded"}[hits], result.steps, hashlib.sha256(content).hexdigest())
"""


def learn_a_little(**environment: str) -> str:
    """What another process prints, which learns a little and says how it got its code."""
    run = subprocess.run(
        [sys.executable, "-c", LEARN_A_LITTLE],
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_other_processors_learn_the_same_to_the_last_bit(tmp_path):
    """Compiled for this processor, and for one without wide vectors or fused multiply-adds."""
    here = learn_a_little(NUMBA_CACHE_DIR=str(tmp_path / "here"))
    elsewhere = learn_a_little(
        NUMBA_CACHE_DIR=str(tmp_path / "elsewhere"),
        NUMBA_CPU_NAME="generic",
        NUMBA_CPU_FEATURES="",
    )
    assert here.startswith("compiled") and here == elsewhere


def test_compiled_code_is_kept_for_the_next_run(tmp_path):
    first, second = (learn_a_little(NUMBA_CACHE_DIR=str(tmp_path)) for _ in range(2))
    assert first.startswith("compiled") and second == first.replace("compiled", "loaded")
