from dataclasses import replace

import numpy as np
import pytest
from changed_pieces import FAR, TAUGHT, with_melody
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmblues.composing.judge import (
    Copy,
    Verdict,
    judge,
    longest_copy,
    melody_distance,
    right_steps,
)
from lstmblues.errors import BluesError
from lstmblues.music.form import STEPS_PER_BAR, Form, load_form, pitch
from lstmblues.music.melody import hold, load_melodies, read_notes
from lstmblues.music.piece import Piece, join

FORM = load_form()
MELODIES = load_melodies(FORM)
BARS = len(FORM.bars)
NEW_BAR = hold(read_notes("C C C C"))
chorus_numbers = st.integers(0, len(MELODIES) - 1)


def with_bar(piece: Piece, number: int, bar: tuple) -> Piece:
    """The piece with the melody of one bar (counted from 0) replaced."""
    start, stop = number * STEPS_PER_BAR, (number + 1) * STEPS_PER_BAR
    return replace(piece, melody=piece.melody[:start] + bar + piece.melody[stop:])


def with_chord(piece: Piece, step: int, chord: frozenset) -> Piece:
    return replace(piece, chords=piece.chords[:step] + (chord,) + piece.chords[step + 1 :])


# --- Verdicts -------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(chorus_numbers)
def test_a_training_chorus_is_right_and_a_copy(number):
    assert judge(MELODIES.chorus(number), MELODIES) == Verdict(
        choruses=1,
        chords_right=1.0,
        choruses_right=1,
        first_wrong_bar=None,
        novel_bars=0.0,
        longest_copy_bars=BARS,
    )


@pytest.mark.parametrize(
    "wrong",
    [
        frozenset(),  # nothing sounds
        frozenset({pitch("C3"), pitch("E3")}),  # a note is missing
        frozenset({pitch("C3"), pitch("E3"), pitch("G3"), pitch("Bb3")}),  # one too many
    ],
)
@pytest.mark.parametrize(("step", "bar"), [(0, 1), (7, 1), (16, 3), (48, 7)])
def test_one_wrong_step_spoils_its_chorus(wrong, step, bar):
    two = join([MELODIES.chorus(0), with_chord(MELODIES.chorus(1), step, wrong)])
    verdict = judge(two, MELODIES)
    assert verdict.chords_right == pytest.approx(191 / 192)
    assert (verdict.choruses, verdict.choruses_right) == (2, 1)
    assert verdict.first_wrong_bar == BARS + bar
    assert verdict.longest_copy_bars == BARS  # that is a matter of the melody alone


def test_right_steps_are_told_one_by_one():
    piece = with_chord(MELODIES.chorus(0), 9, frozenset({pitch("C3")}))
    assert np.flatnonzero(~right_steps(piece)).tolist() == [9]


def test_a_bar_of_melody_that_stands_nowhere_is_novel():
    piece = with_bar(MELODIES.chorus(7), 4, NEW_BAR)
    verdict = judge(piece, MELODIES)
    assert verdict.novel_bars == pytest.approx(1 / 12)
    assert verdict.longest_copy_bars == 7  # bars 6 to 12
    assert verdict.chords_right == 1.0


def test_a_bar_moved_is_not_novel_but_breaks_a_copy():
    """Bar 12 stands in every chorus, but never at bar 8."""
    last = MELODIES.chorus(0).melody_bar(11)
    verdict = judge(with_bar(MELODIES.chorus(0), 7, last), MELODIES)
    assert verdict.novel_bars == 0.0
    assert verdict.longest_copy_bars == 7  # bars 1 to 7


def test_rests_alone_copy_nothing():
    silent = Piece.over(FORM, [None] * FORM.steps)
    verdict = judge(silent, MELODIES)
    assert (verdict.novel_bars, verdict.longest_copy_bars) == (1.0, 0)
    assert longest_copy(silent, MELODIES) is None


def test_a_copy_does_not_go_on_into_the_next_chorus():
    spoilt = with_bar(MELODIES.chorus(3), 0, NEW_BAR)  # a run of 11 bars
    assert longest_copy(join([spoilt, spoilt]), MELODIES) == Copy(11, 2, 3, 2)


def test_a_copy_tells_where_it_stands_and_whence_it_comes():
    """Bars 3 to 8 of chorus 2765, in the second of two choruses that are new otherwise."""
    piece = join([Piece.over(FORM, NEW_BAR * BARS)] * 2)
    for bar in range(2, 8):
        piece = with_bar(piece, BARS + bar, MELODIES.chorus(2765).melody_bar(bar))
    copy = longest_copy(piece, MELODIES)
    assert (copy.bars, copy.piece_bar, copy.chorus_bar) == (6, BARS + 3, 3)
    for bar in range(6):
        source = MELODIES.chorus(copy.chorus).melody_bar(copy.chorus_bar - 1 + bar)
        assert source == piece.melody_bar(copy.piece_bar - 1 + bar)


def test_of_equally_long_copies_the_first_is_told():
    numbers = [4095, 0, 17]
    assert longest_copy(join(list(map(MELODIES.chorus, numbers))), MELODIES) == Copy(12, 1, 4095, 1)
    spoilt = with_bar(MELODIES.chorus(0), 5, NEW_BAR)
    assert longest_copy(spoilt, MELODIES) == Copy(6, 7, 0, 7)


def test_a_copy_needs_one_form():
    with pytest.raises(BluesError, match="cannot be compared"):
        longest_copy(Piece.over(load_form("printed"), [60] * 96), MELODIES)


@settings(max_examples=30, deadline=None)
@given(st.sets(st.integers(0, BARS - 1)))
def test_a_copy_is_the_longest_stretch_between_new_bars(new):
    piece = MELODIES.chorus(99)
    for bar in new:
        piece = with_bar(piece, bar, NEW_BAR)
    stretches = "".join("n" if bar in new else "o" for bar in range(BARS)).split("n")
    copy = longest_copy(piece, MELODIES)
    assert (copy.bars if copy else 0) == max(map(len, stretches))
    assert judge(piece, MELODIES).novel_bars == pytest.approx(len(new) / BARS)


def test_bars_after_the_last_whole_chorus_count_as_bars_only():
    tail = Piece(FORM, (frozenset(),) * STEPS_PER_BAR, NEW_BAR)
    verdict = judge(MELODIES.chorus(0) + tail, MELODIES)
    assert (verdict.choruses, verdict.choruses_right) == (1, 1)
    assert verdict.chords_right == pytest.approx(96 / 104)
    assert verdict.novel_bars == pytest.approx(1 / 13)
    assert verdict.first_wrong_bar == 13


def test_what_cannot_be_judged_is_refused():
    with pytest.raises(BluesError, match="over 'bebop blues .printed.' cannot be compared"):
        judge(Piece.over(load_form("printed"), MELODIES.chorus(0).melody), MELODIES)
    bar = Piece.over(FORM, NEW_BAR)
    with pytest.raises(BluesError, match="1 bars is too short to judge; needed is .* 12 bars"):
        judge(bar, MELODIES)
    other = Form("another", FORM.bars)
    with pytest.raises(BluesError, match="another"):
        judge(Piece.over(other, MELODIES.chorus(0).melody), MELODIES)


# --- Distance from the training melodies ----------------------------------------------------------


def test_training_choruses_are_at_no_distance():
    for number in (0, 1234, 4095):
        assert (melody_distance(MELODIES.chorus(number), MELODIES) == 0).all()


def test_the_distance_of_a_bar_is_counted_by_hand():
    piece = MELODIES.chorus(0)
    melody = list(piece.melody)
    melody[8] = None  # bar 2: one step of eight
    melody[88:96] = [61] * 8  # bar 12 is D D G G: nothing in common
    changed = Piece(piece.form, piece.chords, tuple(melody))
    assert melody_distance(changed, MELODIES).tolist() == [0, 1 / 8, *[0] * 9, 1]


def test_a_bar_of_another_place_is_at_a_distance():
    """Bars 11 and 12 differ in every quarter but one: C Eb Bb Gb and D D G G."""
    piece = MELODIES.chorus(0)
    melody = piece.melody[:80] + piece.melody[88:] + piece.melody[80:88]
    distance = melody_distance(Piece(piece.form, piece.chords, melody), MELODIES)
    assert distance.tolist() == [0] * 10 + [1, 1]


def test_a_distance_needs_one_form():
    piece = Piece.over(load_form("printed"), [60] * 96)
    with pytest.raises(BluesError, match="cannot be compared"):
        melody_distance(piece, MELODIES)


def test_a_distance_may_be_that_of_a_bar_anywhere_in_the_form():
    piece = with_melody(TAUGHT, 0, TAUGHT.melody_bar(4))
    in_place, anywhere = (melody_distance(piece, MELODIES, where) for where in (False, True))
    assert in_place[0] > 0 and anywhere[0] == 0
    assert (anywhere <= in_place).all() and len(anywhere) == piece.bars
    far = with_melody(TAUGHT, 0, FAR)
    bars = np.concatenate(MELODIES.bars_at)
    nearest = (bars != np.array(FAR)).mean(axis=1).min()
    assert melody_distance(far, MELODIES, anywhere=True)[0] == nearest > 0


def test_a_single_bar_may_be_all_that_is_copied():
    alone = TAUGHT
    for bar in range(alone.bars):
        if bar != 17:
            alone = with_melody(alone, bar, FAR)
    assert longest_copy(alone, MELODIES).bars == 1
    assert longest_copy(alone, MELODIES).piece_bar == 18


def test_the_first_chorus_with_a_copied_bar_is_told():
    differ = next(
        bar
        for bar in range(BARS)
        if MELODIES.chorus(0).melody_bar(bar) != MELODIES.chorus(1).melody_bar(bar)
    )
    for bar in set(range(BARS)) - {differ}:
        piece = with_melody(TAUGHT, 0, FAR * TAUGHT.bars)
        piece = with_melody(piece, bar, MELODIES.chorus(0).melody_bar(bar))
        found = longest_copy(piece, MELODIES)
        if found.bars == 1:
            assert found.chorus == 0
