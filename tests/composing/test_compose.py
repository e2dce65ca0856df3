from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmblues.composing.compose import LONGEST_PRIMER, compose, draw_note, play
from lstmblues.composing.judge import right_steps
from lstmblues.errors import BluesError
from lstmblues.music.encoding import CHORD_UNITS, MELODY_UNITS, encode
from lstmblues.music.form import STEPS_PER_BEAT, Form, load_form
from lstmblues.music.melody import load_melodies
from lstmblues.training.trained import trained

FORM = load_form()
MELODIES = load_melodies(FORM)
BLUES_NETWORK = trained("blues")
CHORDS_NETWORK = trained("chords")
PRIMER = MELODIES.chorus(1234)

outputs = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=13).map(np.array)
chances = st.floats(0.0, 1.0, exclude_max=True)
temperatures = st.floats(1e-3, 1e3)


def shares_drawn(probabilities, temperature=1.0):
    """How often each note is drawn, over chances spread evenly between 0 and 1."""
    even = (np.arange(10_000) + 0.5) / 10_000
    drawn = [draw_note(np.array(probabilities), chance, temperature) for chance in even]
    return np.bincount(drawn, minlength=len(probabilities)) / len(even)


# --- Drawing one note -----------------------------------------------------------------------------


def test_the_chance_is_compared_with_the_running_sum_of_the_shares():
    # The outputs sum to 0.8: shares 1/4, 1/2, 1/4, and so borders at 0.25 and 0.75.
    outputs = np.array([0.2, 0.4, 0.2])
    assert [draw_note(outputs, chance) for chance in (0.0, 0.24, 0.26, 0.74, 0.76)] == [
        *(0, 0),
        *(1, 1),
        2,
    ]


def test_notes_are_drawn_in_proportion_to_the_outputs():
    assert shares_drawn([0.3, 0.0, 0.6, 0.3]) == pytest.approx([0.25, 0.0, 0.5, 0.25], abs=1e-3)


def test_temperature_raises_the_outputs_to_a_power():
    # Squared: 1, 4, 9 out of 14. Square root of 1, 4, 9: 1, 2, 3 out of 6.
    assert shares_drawn([0.1, 0.2, 0.3], 0.5) == pytest.approx([1 / 14, 4 / 14, 9 / 14], abs=1e-3)
    assert shares_drawn([0.01, 0.04, 0.09], 2) == pytest.approx([1 / 6, 2 / 6, 3 / 6], abs=1e-3)


@given(outputs, chances, chances, temperatures)
def test_a_larger_chance_never_draws_a_lower_note(probabilities, one, other, temperature):
    low, high = sorted((one, other))
    drawn = [draw_note(probabilities, chance, temperature) for chance in (low, high)]
    assert drawn == sorted(drawn)


@given(outputs, chances, temperatures)
def test_what_is_drawn_is_a_note(probabilities, chance, temperature):
    assert 0 <= draw_note(probabilities, chance, temperature) < len(probabilities)


@pytest.mark.parametrize("temperature", [1e-4, 1e-300, 5e-324])
@pytest.mark.parametrize("chance", [0.0, 0.5, np.nextafter(1.0, 0.0)])
def test_the_lowest_temperatures_take_the_loudest_output(temperature, chance):
    assert draw_note(np.array([1e-9, 0.5, 0.7, 0.0]), chance, temperature) == 2


def test_the_highest_temperature_makes_all_notes_alike():
    assert shares_drawn([0.9, 0.1, 0.5, 0.2], 1e300) == pytest.approx([0.25] * 4, abs=1e-3)


def test_notes_are_drawn_in_proportion_to_the_outputs_unless_told_otherwise():
    outputs = np.array([0.2, 0.8])
    assert [draw_note(outputs, chance) for chance in (0.19, 0.21)] == [0, 1]


# --- Playing --------------------------------------------------------------------------------------


def test_same_seed_same_music():
    assert compose(BLUES_NETWORK, MELODIES, 2, seed=5).piece == (
        compose(BLUES_NETWORK, MELODIES, 2, seed=5).piece
    )


def test_a_piece_begins_with_one_note_and_is_drawn_at_temperature_1_unless_told_otherwise():
    plain, told = {}, {"temperature": 1.0, "primer_notes": 1}
    by_default, as_told = (
        play(BLUES_NETWORK, FORM, PRIMER, **each).piece for each in (plain, told)
    )
    assert by_default == as_told
    by_default, as_told = (compose(BLUES_NETWORK, MELODIES, **each).piece for each in (plain, told))
    assert by_default == as_told


def test_another_seed_draws_other_notes_over_the_same_chords():
    one, other = (play(BLUES_NETWORK, FORM, PRIMER, seed=seed).piece for seed in (0, 1))
    assert one.melody != other.melody
    assert one.chords == other.chords


def test_without_temperature_the_seed_has_no_say():
    one, other = (
        play(BLUES_NETWORK, FORM, PRIMER, seed=seed, temperature=1e-9).piece for seed in (0, 1)
    )
    assert one == other


@pytest.mark.parametrize("notes", [1, 7, LONGEST_PRIMER])
def test_the_piece_begins_with_the_primer(notes):
    performance = play(BLUES_NETWORK, FORM, PRIMER, primer_notes=notes)
    given_steps = notes * STEPS_PER_BEAT
    assert performance.piece.melody[:given_steps] == PRIMER.melody[:given_steps]
    assert performance.piece.chords[:given_steps] == PRIMER.chords[:given_steps]
    assert performance.piece.melody != PRIMER.melody


def test_the_network_hears_the_piece_that_it_plays():
    """Heard again from the start, the piece makes every gate do the same."""
    performance = play(BLUES_NETWORK, FORM, PRIMER, choruses=2, seed=3)
    heard = BLUES_NETWORK.record(encode(performance.piece))
    for name, activations in heard.items():
        for kind, values in vars(activations).items():
            np.testing.assert_array_equal(values, getattr(performance.activations[name], kind))


def test_chords_are_the_outputs_above_one_half():
    performance = play(BLUES_NETWORK, FORM, PRIMER)
    first = STEPS_PER_BEAT  # the primer is one quarter note
    played = encode(performance.piece)[first:, CHORD_UNITS]
    np.testing.assert_array_equal(
        played, performance.activations["chords"].output[first - 1 : -1] > 0.5
    )


def test_every_note_is_the_one_that_its_chance_draws():
    performance = play(BLUES_NETWORK, FORM, PRIMER, seed=11, temperature=1.5)
    first, generator = STEPS_PER_BEAT, np.random.default_rng(11)
    outputs = performance.activations["melody"].output[first - 1 : -1]
    drawn = [draw_note(output, generator.random(), 1.5) for output in outputs]
    played = encode(performance.piece)[first:, MELODY_UNITS]
    assert (played.sum(axis=1) == 1).all()
    assert played.argmax(axis=1).tolist() == drawn


def test_a_network_of_chords_plays_no_melody():
    piece = play(CHORDS_NETWORK, FORM, PRIMER, choruses=3).piece
    assert piece.choruses == 3
    assert set(piece.melody) == {None}
    assert right_steps(piece).all()


def test_a_network_can_be_wrong():
    """The chords come from the network, not from the form."""
    deaf = replace(
        CHORDS_NETWORK,
        weights={
            "chords": {k: np.zeros_like(m) for k, m in CHORDS_NETWORK.weights["chords"].items()}
        },
    )
    piece = play(deaf, FORM, PRIMER).piece
    assert set(piece.chords[STEPS_PER_BEAT:]) == {frozenset()}


def test_compose_starts_from_a_training_chorus():
    training, unseen = (set(numbers.tolist()) for numbers in MELODIES.split())
    starts = {MELODIES.chorus(number).melody[: 2 * LONGEST_PRIMER] for number in training}
    for seed in range(5):
        piece = compose(BLUES_NETWORK, MELODIES, 1, seed, primer_notes=LONGEST_PRIMER).piece
        assert piece.melody[: 2 * LONGEST_PRIMER] in starts
    assert not training & unseen


@pytest.mark.parametrize(
    ("choice", "complaint"),
    [
        ({"choruses": 0}, "cannot play 0 choruses; give a whole number from 1 up"),
        ({"choruses": -3}, "cannot play -3 choruses"),
        ({"temperature": 0.0}, "cannot draw at temperature 0.0; give a number above 0"),
        ({"temperature": -1.0}, "cannot draw at temperature -1.0"),
        ({"temperature": float("nan")}, "cannot draw at temperature nan"),
        ({"temperature": float("inf")}, "cannot draw at temperature inf"),
        ({"primer_notes": 0}, "cannot start from 0 notes; give 1 to 24 quarter notes"),
        ({"primer_notes": 25}, "cannot start from 25 notes"),
    ],
)
def test_what_cannot_be_played_is_refused(choice, complaint):
    with pytest.raises(BluesError, match=complaint):
        play(BLUES_NETWORK, FORM, PRIMER, **choice)


def test_a_primer_longer_than_the_piece_is_refused():
    short = Form("short", FORM.bars[:1])
    with pytest.raises(BluesError, match="notes, no more than the primer and the piece have$"):
        play(BLUES_NETWORK, short, PRIMER, primer_notes=5)
    assert len(play(BLUES_NETWORK, short, PRIMER, primer_notes=4).piece) == short.steps


# --- Starting at another bar ----------------------------------------------------------------------


def test_a_primer_may_be_taken_from_any_bar():
    chorus = compose(BLUES_NETWORK, MELODIES, seed=3, primer_notes=24).piece
    turned = compose(BLUES_NETWORK, MELODIES, seed=3, primer_notes=12, first_bar=4).piece
    # Bars 4 to 6 of the same training chorus are what the piece begins with.
    assert turned.melody[:24] == chorus.melody[24:48]
    assert turned.chords[:24] == chorus.chords[24:48]
    around = compose(BLUES_NETWORK, MELODIES, seed=3, primer_notes=8, first_bar=12).piece
    assert around.chords[8:16] == chorus.chords[:8]


@pytest.mark.parametrize("bar", [0, 13, -1])
def test_the_form_must_have_the_first_bar(bar):
    with pytest.raises(BluesError, match=f"bar {bar}; the form has bars 1 to 12"):
        compose(BLUES_NETWORK, MELODIES, first_bar=bar)


def test_the_primer_is_drawn_by_the_seed_from_the_training_choruses():
    training, _ = MELODIES.split()
    for seed in range(3):
        drawn = MELODIES.chorus(int(np.random.default_rng(seed).choice(training)))
        piece = compose(BLUES_NETWORK, MELODIES, 1, seed, primer_notes=LONGEST_PRIMER).piece
        assert piece.melody[: 2 * LONGEST_PRIMER] == drawn.melody[: 2 * LONGEST_PRIMER]


def test_without_further_wishes_it_is_one_chorus_of_seed_0():
    for make in (
        lambda *more: play(BLUES_NETWORK, FORM, PRIMER, *more).piece,
        lambda *more: compose(BLUES_NETWORK, MELODIES, *more).piece,
    ):
        assert make() == make(1, 0) != make(1, 1)


@pytest.mark.filterwarnings("error")
def test_a_temperature_next_to_nothing_makes_no_noise():
    assert draw_note(np.array([0.2, 0.9, 0.1]), 0.5, 1e-320) == 1
