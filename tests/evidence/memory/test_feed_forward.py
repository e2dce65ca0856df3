import numpy as np
import pytest
from chord_model_checks import check_playing_in_pieces, check_stopping
from hypothesis import given
from hypothesis import strategies as st
from strategies import forms

from lstmblues.errors import BluesError
from lstmblues.evidence.memory.chord_models import faultless_choruses
from lstmblues.evidence.memory.feed_forward import (
    FeedForwardNetwork,
    feed_forward_shapes,
    last_steps,
    shortest_window,
)
from lstmblues.music.encoding import Standardisation, chord_cycle
from lstmblues.music.form import load_form

CYCLE = chord_cycle(load_form())
STANDARDISATION = Standardisation.fit(CYCLE)


def random_model(window, units=5, seed=0):
    generator = np.random.default_rng(seed)
    shapes = feed_forward_shapes(12, units, window)
    weights = {name: generator.normal(size=shape) for name, shape in shapes.items()}
    return FeedForwardNetwork(units, window, weights, STANDARDISATION)


def cycle_of_letters(letters):
    """One note a letter."""
    return np.array([[letter == note for note in "ABC"] for letter in letters])


@pytest.mark.parametrize(
    ("letters", "window"),
    [
        ("A", 1),
        ("AAAA", 1),
        ("ABC", 1),
        ("AB", 1),
        ("AAB", 2),  # A is followed by A and by B
        ("AAAB", 3),
        ("ABAC", 2),
        ("ABABAC", 4),  # ABA is followed by B and by C
        ("AABAAC", 3),  # AA by B and by C
        ("AABAAB", 2),  # twice round the same
    ],
)
def test_shortest_window_by_hand(letters, window):
    assert shortest_window(cycle_of_letters(letters)) == window


def test_the_bebop_blues_needs_thirteen_steps():
    """The end of bar 2 and that of bar 5: eight of F7, four of C, and what came before those."""
    ends = [2 * 8, 5 * 8]
    last = [np.roll(CYCLE, -end, axis=0)[-13:] for end in ends]
    assert (last[0][1:] == last[1][1:]).all() and (last[0][0] != last[1][0]).any()
    assert (CYCLE[ends[0]] != CYCLE[ends[1]]).any()
    assert shortest_window(CYCLE) == 13


@given(forms(), st.data())
def test_a_window_is_short_just_if_two_places_look_alike(form, data):
    cycle = chord_cycle(form)
    steps, needed = len(cycle), shortest_window(cycle)
    one, other = (data.draw(st.integers(0, steps - 1)) for _ in range(2))
    before = [np.roll(cycle, -place, axis=0)[-needed:] for place in (one, other)]
    assert (before[0] != before[1]).any() or (cycle[one] == cycle[other]).all()
    if needed > 1:
        seen = [np.roll(cycle, -place, axis=0)[steps - needed + 1 :] for place in range(steps)]
        assert any(
            (seen[a] == seen[b]).all() and (cycle[a] != cycle[b]).any()
            for a in range(steps)
            for b in range(a)
        )


@pytest.mark.parametrize("shape", [(0, 12), (12,)])
def test_what_is_no_cycle_is_named(shape):
    with pytest.raises(BluesError, match="no cycle"):
        shortest_window(np.zeros(shape))


def test_last_steps_by_hand():
    inputs = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    assert last_steps(inputs, 2).tolist() == [[0, 0, 1, 2], [1, 2, 3, 4], [3, 4, 5, 6]]
    assert (last_steps(inputs, 1) == inputs).all()


def test_a_cold_start_sounds_like_no_place_of_the_form():
    inputs = STANDARDISATION.apply(CYCLE)
    assert (np.abs(inputs).max(axis=1) > 0).all()


@pytest.mark.parametrize("window", [1, 2, 5])
def test_it_plays_what_its_equations_say(window):
    model = random_model(window)
    played, memory = model.play(model.cold(), CYCLE[0], 20)
    heard = np.concatenate([CYCLE[:1], played])
    seen = last_steps(STANDARDISATION.apply(heard), window)
    ones = np.ones((len(seen), 1))
    hidden = np.tanh(np.hstack([seen, ones]) @ model.weights["hidden"].T)
    sums = np.hstack([hidden, seen, ones]) @ model.weights["output"].T
    assert np.abs(sums).min() > 1e-9  # none too close to call
    assert (played == (sums[:-1] > 0)).all()
    assert len(np.unique(played, axis=0)) > 2
    assert (memory == seen[-1][: len(memory)]).all() and len(memory) == (window - 1) * 12


def test_a_feed_forward_network_is_a_chord_model():
    check_playing_in_pieces(random_model(4), CYCLE[0], (1, 20, 0, 29))
    check_stopping(random_model(3), CYCLE[0])


def test_two_steps_are_enough_for_a_cycle_that_needs_two():
    """A comes next if B sounds, or if A did not sound a step ago, and B comes otherwise."""
    cycle = cycle_of_letters("AAB")[:, :2]
    hidden = np.zeros((1, 5))
    output = np.array([[0, -1.0, 0, 0, 1.0, 0.5], [0, 1.0, 0, 0, -1.0, -0.5]])
    model = FeedForwardNetwork(1, 2, {"hidden": hidden, "output": output}, Standardisation.none(2))
    assert faultless_choruses(model, cycle, 5) == 5
    short = {"hidden": np.zeros((1, 3)), "output": np.zeros((2, 4))}
    assert (
        faultless_choruses(FeedForwardNetwork(1, 1, short, Standardisation.none(2)), cycle, 5) == 0
    )


@pytest.mark.parametrize(("units", "window"), [(0, 2), (3, 0)])
def test_no_units_and_no_window_are_refused(units, window):
    with pytest.raises(BluesError, match="cannot have 0"):
        feed_forward_shapes(12, units, window)


def test_weights_of_another_window_are_refused():
    model = random_model(3)
    with pytest.raises(BluesError, match="'hidden' need shape"):
        FeedForwardNetwork(5, 4, model.weights, STANDARDISATION)
