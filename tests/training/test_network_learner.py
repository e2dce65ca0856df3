import numpy as np
from networks import difference

from lstmblues.music.encoding import Standardisation
from lstmblues.network.topology import BLUES, CHORDS
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
