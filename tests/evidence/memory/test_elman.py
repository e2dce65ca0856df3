import numpy as np
import pytest
import torch

from lstmblues.errors import BluesError
from lstmblues.evidence.memory.chord_models import faultless_choruses
from lstmblues.evidence.memory.elman import RULES, ElmanLearner, learn_chords_elman
from lstmblues.music.encoding import Standardisation, chord_cycle
from lstmblues.music.form import Form, load_form
from lstmblues.music.piece import CHORUSES_OF_A_RECORDING
from lstmblues.training.experiments import learn_chords
from lstmblues.training.settings import Settings

INPUTS = 5
TINY = Form.parse("tiny", "A B A C A B A C", {"A": "C3", "B": "D3", "C": "E3"})
HELD = 2.0**-100
"""A learning rate so small that adding a change to a weight leaves the weight as it is."""


def music(steps, seed=0, units=INPUTS):
    """Random inputs and on/off targets, each (steps, units)."""
    generator = np.random.default_rng(seed)
    return generator.normal(size=(steps, units)), 1.0 * (generator.random((steps, units)) < 0.4)


def learner(size, seed=0, reach=0.7):
    return ElmanLearner.draw(INPUTS, size, seed, Settings(initial_weights=reach))


def gradients(rule, size, inputs, targets, chorus_steps=1000, **options):
    """Gradients of all steps, summed, at weights that hold: last changes that are all kept."""
    own = learner(size)
    start = own.hidden[0].copy(), own.output[0].copy()
    own.learn(rule, inputs, targets, chorus_steps, HELD, momentum=1.0, **options)
    assert (own.hidden[0] == start[0]).all() and (own.output[0] == start[1]).all()
    sources = size + INPUTS + 1
    return own.hidden[1, :, :sources] / HELD, own.output[1, :, :sources] / HELD


def reference(size, inputs, targets, horizon=None, cold_starts=(0,)):
    """The same by torch's automatic differentiation, as updates: minus the gradient.

    With a horizon, every step's cross-entropy is differentiated by itself, with the hidden units
    of ``horizon`` steps ago taken as given.
    """
    own, sources = learner(size), size + INPUTS + 1
    hidden, output = (
        torch.tensor(weights[0, :, :sources], requires_grad=True)
        for weights in (own.hidden, own.output)
    )
    inputs, targets, one = torch.tensor(inputs), torch.tensor(targets), torch.ones(1).double()

    def losses(first, last, before):
        now, found, states = before, [], []
        for step in range(first, last + 1):
            if step in cold_starts:
                now = torch.zeros(size).double()
            now = torch.tanh(hidden @ torch.cat([now, inputs[step], one]))
            states.append(now.detach())
            net = output @ torch.cat([now, inputs[step], one])
            found.append(
                torch.nn.functional.binary_cross_entropy_with_logits(
                    net, targets[step], reduction="sum"
                )
            )
        return found, states

    every, states = losses(0, len(inputs) - 1, None)
    if horizon is None:
        sum(every).backward()
    else:
        for last in range(len(inputs)):
            first = max(0, last - horizon + 1)
            losses(first, last, states[first - 1])[0][-1].backward()
    return -hidden.grad.numpy(), -output.grad.numpy()


def check(found, expected):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("size", [3, 9])
@pytest.mark.parametrize(("rule", "options"), [("RTRL", {}), ("BPTT", {"horizon": 40})])
def test_the_gradient_of_a_pass_is_that_of_full_back_propagation(rule, options, size):
    inputs, targets = music(40)
    check(gradients(rule, size, inputs, targets, **options), reference(size, inputs, targets))


@pytest.mark.parametrize("horizon", [1, 2, 7])
def test_bptt_takes_what_was_before_its_horizon_as_given(horizon):
    inputs, targets = music(20)
    found = gradients("BPTT", 3, inputs, targets, horizon=horizon)
    check(found, reference(3, inputs, targets, horizon))
    whole = reference(3, inputs, targets)[0]
    assert np.abs(found[0] - whole).max() > 1e-3


@pytest.mark.parametrize("rule", RULES)
def test_a_reset_forgets_and_goes_on_with_the_next_chorus(rule):
    chorus_steps, size = 10, 3
    inputs, targets = music(3 * chorus_steps)
    taken, cold_starts = [], []
    for start in range(0, len(inputs), chorus_steps):  # every chorus, to its third gross error
        chorus = slice(start, start + chorus_steps)
        alone = learner(size).learn(rule, inputs[chorus], targets[chorus], chorus_steps, 0.0, 0.0)
        third = np.flatnonzero(alone[1])[2]
        assert third + 1 < chorus_steps
        cold_starts.append(len(taken))
        taken.extend(range(start, start + third + 1))
    found = gradients(rule, size, inputs, targets, chorus_steps=chorus_steps, reset_after=3)
    check(found, reference(size, inputs[taken], targets[taken], cold_starts=cold_starts))


@pytest.mark.parametrize("rule", RULES)
def test_momentum_by_hand(rule):
    """One hidden unit, one input, two steps."""
    rate, momentum = 0.1, 0.5
    u, w, b = 0.5, -0.4, 0.3  # what the hidden unit gives to itself, the input and the bias
    v, d, c = 0.8, 0.2, -0.1  # what the output gives to the hidden unit, the input and the bias
    own = ElmanLearner(1, np.zeros((2, 1, 8)), np.zeros((2, 1, 8)))
    own.hidden[0, 0, :3], own.output[0, 0, :3] = (u, w, b), (v, d, c)
    inputs, targets = np.array([[1.0], [-2.0]]), np.array([[1.0], [0.0]])
    losses, errors = own.learn(rule, inputs, targets, 2, rate, momentum)

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    h1 = np.tanh(w * 1.0 + b)
    y1 = sigmoid(v * h1 + d * 1.0 + c)
    e1 = 1.0 - y1
    output_change = rate * e1 * np.array([h1, 1.0, 1.0])
    hidden_change = rate * e1 * v * (1 - h1**2) * np.array([0.0, 1.0, 1.0])
    v, d, c = np.array([v, d, c]) + output_change
    by_first = (1 - h1**2) * np.array([0.0, 1.0, 1.0])  # dh1 / d(u, w, b)
    u, w, b = np.array([u, w, b]) + hidden_change

    h2 = np.tanh(u * h1 + w * -2.0 + b)
    y2 = sigmoid(v * h2 + d * -2.0 + c)
    e2 = 0.0 - y2
    by_second = (1 - h2**2) * (np.array([h1, -2.0, 1.0]) + u * by_first)
    hidden_change = momentum * hidden_change + rate * e2 * v * by_second
    output_change = momentum * output_change + rate * e2 * np.array([h2, -2.0, 1.0])
    np.testing.assert_allclose(own.hidden[0, 0, :3], np.array([u, w, b]) + hidden_change, 1e-12)
    np.testing.assert_allclose(own.output[0, 0, :3], np.array([v, d, c]) + output_change, 1e-12)
    np.testing.assert_allclose(losses, [-np.log(y1), -np.log(1 - y2)], 1e-12)
    assert errors.tolist() == [int(y1 <= 0.5), int(y2 >= 0.5)]


@pytest.mark.parametrize("rule", RULES)
def test_the_network_that_plays_is_the_one_that_learned(rule):
    """The outputs that the losses tell of are those of the network, hearing the same."""
    cycle = chord_cycle(load_form())
    standardisation = Standardisation.fit(cycle)
    own = ElmanLearner.draw(12, 8, 3, Settings(initial_weights=1.0))
    played, _ = (network := own.network(standardisation)).play(network.cold(), cycle[0], 200)
    heard = np.concatenate([cycle[:1], played])
    inputs, targets = standardisation.apply(1.0 * heard[:-1]), 1.0 * heard[1:]
    assert len(np.unique(played, axis=0)) > 2
    assert (own.learn(rule, inputs, targets, 200, 0.0, 0.0)[1] == 0).all()


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("resets", [0, 15])
def test_a_tiny_cycle_is_learned(rule, resets):
    passes = []
    attempt = learn_chords_elman(
        rule, TINY, 1, 8, 0.02, resets=resets, most_steps=50_000, watch=passes.append
    )
    cycle = chord_cycle(TINY)
    assert attempt.learned and attempt.seed == 1
    assert faultless_choruses(attempt.model, cycle, 100) == 100
    assert passes[-1].steps == attempt.steps
    assert [progress.chords_learned for progress in passes[-2:]] == [False, True]
    # The one right pass is the first: one pass less does not do.
    cut = learn_chords_elman(rule, TINY, 1, 8, 0.02, resets=resets, most_steps=passes[-2].steps)
    assert not cut.learned and cut.steps == passes[-2].steps
    assert faultless_choruses(cut.model, cycle, 100) < CHORUSES_OF_A_RECORDING


def test_same_seed_same_network():
    one, again, other = (
        learn_chords_elman("BPTT", TINY, seed, 8, 0.01, most_steps=500).model for seed in (1, 1, 2)
    )
    for name, matrix in one.weights.items():
        np.testing.assert_array_equal(matrix, again.weights[name])
        assert (matrix != other.weights[name]).any()


def test_a_pass_is_that_of_the_network_of_2002():
    """Outputs that hear nothing but their bias, 0.5, make the first step cost the same in both."""
    settings = Settings(initial_weights=0.0, learning_rate=0.0, most_steps=1)
    theirs = learn_chords(load_form(), 0, settings).history[0]
    passes = []
    learn_chords_elman(
        "BPTT", load_form(), 0, 8, 0.0, most_steps=1, initial_weights=0.0, watch=passes.append
    )
    ours = passes[0]
    assert (ours.steps, ours.gross_errors) == (theirs.steps, theirs.gross_errors)
    assert ours.chord_loss == pytest.approx(theirs.chord_loss, abs=1e-12)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rule": "DEKF"}, "no rule 'DEKF'"),
        ({"size": 0}, "0 hidden units"),
        ({"learning_rate": -1.0}, "learning_rate"),
        ({"resets": -1}, "gross_errors_before_reset"),
        ({"most_steps": 0}, "most_steps"),
        ({"initial_weights": np.nan}, "initial_weights"),
    ],
)
def test_bad_arguments(change, words):
    arguments = {"rule": "BPTT", "form": TINY, "seed": 0, "size": 8, "learning_rate": 0.01}
    with pytest.raises(BluesError, match=words):
        learn_chords_elman(**(arguments | change))


def test_bptt_has_to_see_the_present_step():
    with pytest.raises(BluesError, match="0 steps"):
        learner(3).learn("BPTT", *music(5), 5, 0.01, 0.9, horizon=0)
