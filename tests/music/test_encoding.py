import numpy as np
import pytest
from hypothesis import given, settings
from strategies import pieces

from lstmblues.errors import BluesError
from lstmblues.music.encoding import (
    CHORD_UNITS,
    MELODY_UNITS,
    UNITS,
    Standardisation,
    decode,
    encode,
    encode_batch,
    encode_choruses,
)
from lstmblues.music.form import Form, load_form
from lstmblues.music.melody import load_melodies
from lstmblues.music.piece import Piece

FORM = Form.parse("one bar", "C", {"C": "C3 E3 G3"})


def test_there_are_12_chord_units_and_then_13_melody_units():
    units = list(range(UNITS))
    assert units[CHORD_UNITS] == list(range(12))
    assert units[MELODY_UNITS] == list(range(12, 25))


def test_bar_1_and_the_split_bar_4_as_numbers():
    array = encode(load_melodies(load_form()).printed_choruses()[0])
    assert array.shape == (96, 25)
    # Bar 1: C E G below, and above them the quarter notes G Bb F C.
    chord = [1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0]
    assert array[:8, :12].tolist() == [chord] * 8
    assert array[:8, 12:].argmax(axis=1).tolist() == [7, 7, 10, 10, 5, 5, 0, 0]
    assert array[:, 12:].sum(axis=1).tolist() == [1] * 96
    # Bar 4: half a bar of Gm7 (D F G Bb), half a bar of C.
    half = [0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0]
    assert array[24:32, :12].tolist() == [half] * 4 + [chord] * 4


def test_the_lowest_and_highest_notes_have_the_outermost_units():
    piece = Piece(FORM, (frozenset({48, 59}),) * 8, (60,) * 4 + (72,) * 4)
    array = encode(piece)
    assert np.flatnonzero(array[0]).tolist() == [0, 11, 12]
    assert np.flatnonzero(array[7]).tolist() == [0, 11, 24]


@given(pieces())
@settings(derandomize=True, max_examples=50)
def test_decoding_gives_the_piece_back(piece):
    array = encode(piece)
    assert decode(array, piece.form) == piece
    assert decode(array.astype(bool), piece.form) == piece
    assert array.sum() == sum(map(len, piece.chords)) + sum(
        note is not None for note in piece.melody
    )


def test_a_batch_holds_equally_long_pieces():
    first, second = Piece.over(FORM, [60] * 8), Piece.over(FORM, [None] * 8)
    batch = encode_batch([first, second])
    assert batch.shape == (2, 8, 25)
    assert np.array_equal(batch[1], encode(second))
    for pieces_ in ([], [first, first + second]):
        with pytest.raises(
            BluesError, match="^a batch needs .* piece, and all of the same length$"
        ):
            encode_batch(pieces_)


@pytest.mark.parametrize("shape", [(8,), (8, 24), (1, 8, 25), ()])
def test_arrays_of_another_shape_are_refused(shape):
    with pytest.raises(BluesError, match="is no piece; needed is"):
        decode(np.zeros(shape), FORM)


@pytest.mark.parametrize("value", [0.5, 2, -1, np.nan])
def test_arrays_that_are_not_on_and_off_are_refused(value):
    array = np.zeros((8, 25))
    array[3, 7] = value
    with pytest.raises(BluesError, match="every value must be 0 or 1"):
        decode(array, FORM)


def test_two_melody_notes_at_once_and_half_bars_are_refused():
    array = np.zeros((16, 25))
    array[9, [12, 24]] = 1
    with pytest.raises(BluesError, match="two melody notes at once in bar 2"):
        decode(array, FORM)
    with pytest.raises(BluesError, match="not whole bars"):
        decode(np.zeros((12, 25)), FORM)


def test_standardised_inputs_have_mean_0_and_deviation_1():
    arrays = encode_batch(list(load_melodies(load_form()).choruses())[::64])
    standardised = Standardisation.fit(arrays).apply(arrays)
    rows = standardised.reshape(-1, UNITS)
    used = arrays.reshape(-1, UNITS).any(axis=0)
    assert 0 < used.sum() < UNITS  # some notes never sound
    assert np.allclose(rows.mean(axis=0), 0)
    assert np.allclose(rows[:, used].std(axis=0), 1)
    assert not rows[:, ~used].any()
    # By hand: a unit on in a quarter of the steps has p = 1/4, so on is (1 - p) / sqrt(p (1 - p)).
    one = Standardisation.fit(np.array([[1.0], [0.0], [0.0], [0.0]]))
    assert one.apply(np.array([1.0])) == pytest.approx(np.sqrt(3))


def test_standardisation_is_undone():
    arrays = encode(load_melodies(load_form()).chorus(7))
    standardisation = Standardisation.fit(arrays)
    assert np.allclose(standardisation.undo(standardisation.apply(arrays)), arrays)
    assert np.array_equal(Standardisation.none(UNITS).apply(arrays), arrays)


def test_choruses_by_number_are_those_of_the_melodies():
    melodies, numbers = load_melodies(load_form()), [4095, 0, 77, 77]
    expected = encode_batch([melodies.chorus(number) for number in numbers])
    np.testing.assert_array_equal(encode_choruses(melodies, numbers), expected)


def test_levels_are_how_off_and_on_are_heard():
    standardisation = Standardisation.fit(np.array([[0.0, 1.0], [1.0, 1.0], [0.0, 1.0]]))
    off, on = standardisation.levels()
    assert off == pytest.approx([-(0.5**0.5), -1.0])  # mean 1/3, deviation sqrt(2)/3; mean 1
    assert on == pytest.approx([2**0.5, 0.0])


def test_what_is_no_piece_is_told_in_whole_sentences():
    crowded = np.zeros((16, UNITS))
    crowded[13, MELODY_UNITS][:2] = 1
    with pytest.raises(BluesError) as caught:
        decode(crowded, FORM)
    bar = "two melody notes at once in bar 2; a melody has at most one note at a time"
    assert str(caught.value) == bar
    with pytest.raises(BluesError, match="^a piece is an on/off array: .* must be 0 or 1$"):
        decode(np.full((8, UNITS), 0.5), FORM)
