from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from networks import difference, random_network, random_steps

from lstmblues.errors import BluesError
from lstmblues.music.encoding import CHORD_UNITS, Standardisation
from lstmblues.network.topology import BLUES, CHORDS, Topology
from lstmblues.training.network_learner import NetworkLearner, initial_network
from lstmblues.training.settings import Settings


def test_an_untrained_network_has_small_weights_and_the_settings_biases():
    network = initial_network(BLUES, Standardisation.none(BLUES.units), 0, Settings())
    for group in BLUES.groups:
        weights = network.weights[group.name]
        assert weights["input_gate"][:, -1].tolist() == [-0.1, -0.3, -0.5, -0.7]
        assert weights["forget_gate"][:, -1].tolist() == [0.1, 0.3, 0.5, 0.7]
        assert weights["output_gate"][:, -1].tolist() == [-0.1, -0.3, -0.5, -0.7]
        assert (weights["output"][:, -1] == 0.5).all()
        for kind, matrix in weights.items():
            drawn = matrix if kind == "cell" else matrix[:, :-1]
            assert 0.08 < np.abs(drawn).max() <= 0.1 and len(np.unique(drawn)) == drawn.size


def test_a_seed_decides_the_first_weights():
    start = [
        initial_network(CHORDS, Standardisation.none(CHORDS.units), seed, Settings())
        for seed in (1, 1, 2)
    ]
    assert difference(start[0], start[1]) == 0 < difference(start[0], start[2])


def test_compiling_changes_nothing():
    start = initial_network(BLUES, Standardisation.none(BLUES.units), 0, Settings())
    learner = NetworkLearner(start, Settings())
    learner.compile()
    assert learner.steps == 0 and difference(learner.network(), start) == 0


def endless_against_one_pass(topology):
    """Two passes without a cold start between them, and the same choruses as one pass."""
    settings = Settings(cold_passes=False, gross_errors_before_reset=0)
    network = random_network(topology)
    lesson = random_steps(topology, 33)
    halves = NetworkLearner(network, settings)
    first = halves.learn_pass(lesson[:17], 4)
    second = halves.learn_pass(lesson[16:], 4)
    whole = NetworkLearner(network, settings)
    return halves, (first, second), whole, whole.learn_pass(lesson, 4)


@pytest.mark.parametrize("topology", [CHORDS, BLUES], ids=lambda topology: topology.name)
def test_music_without_end_is_one_pass_after_another(topology):
    halves, lessons, whole, lesson = endless_against_one_pass(topology)
    assert difference(halves.network(), whole.network()) == 0.0
    for name, did in lesson.items():
        parts = [each[name].losses for each in lessons]
        assert np.array_equal(np.concatenate(parts), did.losses)


def test_with_cold_passes_the_second_begins_from_nothing():
    settings = Settings(cold_passes=True, gross_errors_before_reset=0)
    lesson = random_steps(CHORDS, 33)
    once, twice = (NetworkLearner(random_network(CHORDS), settings) for _ in range(2))
    once.learn_pass(lesson, 4)
    twice.learn_pass(lesson[:17], 4)
    twice.learn_pass(lesson[16:], 4)
    assert difference(once.network(), twice.network()) > 0.0


def test_biases_that_are_not_one_a_block_are_refused():
    nine = Topology("nine", (replace(CHORDS.groups[0], name="chords", blocks=9),))
    refusal = r"setting input_gate_biases cannot be .*; group 'chords' needs 9 of them, one a block"
    with pytest.raises(BluesError, match=refusal):
        initial_network(nine, Standardisation.none(CHORDS.units), 0, Settings())


def test_a_test_begins_cold_unless_it_is_asked_to_be_warm():
    chorus = random_steps(CHORDS, 8)[:, CHORD_UNITS] > 0.5
    learner = NetworkLearner(random_network(CHORDS), Settings())
    asked = []
    group = learner.groups["chords"]
    learner.groups["chords"] = SimpleNamespace(
        faultless_choruses=lambda levels, chorus, choruses, warm: asked.append(warm) or 0,
        group=group.group,
    )
    learner.faultless_choruses(chorus, 2)
    learner.faultless_choruses(chorus, 2, warm=True)
    assert asked == [False, True]
