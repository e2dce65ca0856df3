import pytest
from hypothesis import given, settings
from strategies import pieces

from lstmblues.errors import BluesError
from lstmblues.music.form import STEPS_PER_BAR, Form, load_form
from lstmblues.music.piece import Piece, join

FORM = Form.parse("two bars", "C | F C", {"C": "C3 E3 G3", "F": "C3 F3 A3"})
C, F = frozenset({48, 52, 55}), frozenset({48, 53, 57})
NO_CHORDS, RESTS = (frozenset(),) * 8, (None,) * 8


def test_a_melody_is_put_over_the_forms_chords_as_often_as_it_takes():
    piece = Piece.over(FORM, [60] * 24)
    assert piece.chords == (C,) * 8 + (F,) * 4 + (C,) * 4 + (C,) * 8
    assert (len(piece), piece.bars, piece.choruses) == (24, 3, 1)


def test_a_chorus_of_the_blues_is_a_piece_of_96_steps():
    piece = Piece.over(load_form(), [60] * 96)
    assert (len(piece), piece.bars, piece.choruses) == (96, 12, 1)


def test_choruses_and_bars_are_cut_out():
    melody = [60] * 8 + [61] * 8 + [62] * 8 + [63] * 8 + [64] * 8
    piece = Piece.over(FORM, melody)
    assert piece.chorus(1) == Piece.over(FORM, melody[16:32])
    assert piece.melody_bar(2) == (62,) * 8
    for number in (-1, 2):
        with pytest.raises(BluesError, match=f"no chorus {number}; this piece has choruses 0 to 1"):
            piece.chorus(number)


def test_pieces_are_joined():
    first, second = Piece.over(FORM, [60] * 16), Piece.over(FORM, [None] * 16)
    assert (first + second).melody == (60,) * 16 + (None,) * 16
    assert join([first, second, first]) == first + second + first
    other = Piece.over(Form.parse("other", "C", {"C": "C3"}), [60] * 8)
    with pytest.raises(BluesError, match=r"over .two bars. to one over .other."):
        first + other
    with pytest.raises(BluesError, match="^pieces can be joined .* over the same form$"):
        join([first, other])
    with pytest.raises(BluesError, match="^there is nothing to join; give at least one piece$"):
        join([])


@given(pieces())
@settings(derandomize=True, max_examples=25)
def test_a_piece_is_the_sum_of_its_choruses_and_bars(piece):
    assert join([piece, piece]).melody == piece.melody * 2
    bars = [piece.melody_bar(number) for number in range(piece.bars)]
    assert sum(bars, ()) == piece.melody
    whole = piece.choruses * piece.form.steps
    choruses = [piece.chorus(number) for number in range(piece.choruses)]
    assert sum((chorus.chords for chorus in choruses), ()) == piece.chords[:whole]


@pytest.mark.parametrize("steps", [0, 1, STEPS_PER_BAR - 1, STEPS_PER_BAR + 1])
def test_what_is_not_whole_bars_is_refused(steps):
    with pytest.raises(BluesError, match=f"{steps} steps is not whole bars"):
        Piece.over(FORM, [60] * steps)


def test_chords_and_melody_must_be_equally_long():
    with pytest.raises(BluesError, match="chords last 8 steps and the melody 16"):
        Piece(FORM, NO_CHORDS, RESTS * 2)


@pytest.mark.parametrize(
    ("chord", "note", "message"),
    [
        (60, None, "chord note C4 in bar 2 is outside the chord octave C3 to B3"),
        (47, None, "chord note B2 in bar 2"),
        (48, 59, "melody note B3 in bar 2 is outside the melody octave C4 to C5"),
        (48, 73, "melody note Db5 in bar 2"),
    ],
)
def test_notes_outside_their_octave_are_refused(chord, note, message):
    with pytest.raises(BluesError, match=message):
        Piece(FORM, NO_CHORDS + (frozenset({chord}),) * 8, RESTS + (note,) * 8)
