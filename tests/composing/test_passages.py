import numpy as np
import pytest
from changed_pieces import FAR, NEW, TAUGHT, with_melody, with_wrong_chords
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmblues.composing.chance_melodies import random_notes
from lstmblues.composing.passages import (
    FREER_DISTANCE,
    Passage,
    motif,
    passages,
    returns,
    settled_step,
)
from lstmblues.music.form import STEPS_PER_BAR, Form, load_form
from lstmblues.music.melody import Melodies, hold, load_melodies, read_notes
from lstmblues.music.piece import Piece, join

MELODIES = load_melodies(load_form())
SHORT_FORM = Form("four bars", load_form().bars[:4])
SHORT = Melodies(SHORT_FORM, (60,), (((60, 61, 64, 60),), ((62,) * 4,), ((60,) * 4,), ((64,) * 4,)))


@pytest.mark.parametrize(
    ("wrong", "step"), [(range(0), 0), (range(5), 5), (range(3, 90), 90), (range(287, 288), 288)]
)
def test_a_piece_has_settled_after_its_last_wrong_chord(wrong, step):
    assert settled_step(with_wrong_chords(TAUGHT, wrong)) == step


# --- Passages -------------------------------------------------------------------------------------


def test_passages_by_hand():
    piece = with_melody(with_melody(TAUGHT, 5, FAR * 4), 13, FAR * 3)
    assert [(p.first_bar, p.bars, p.freer) for p in passages(piece, MELODIES)] == [
        (0, 5, False),
        (5, 4, True),
        (9, 4, False),
        (16, 20, False),  # three bars are too few to be a passage
    ]


def test_bars_that_hardly_differ_are_no_passage_at_all():
    piece = TAUGHT
    for bar in range(4):
        notes = list(piece.melody_bar(bar))
        notes[7] = 61  # one step of eight
        piece = with_melody(piece, bar, tuple(notes))
    assert [(p.first_bar, p.freer) for p in passages(piece, MELODIES)] == [(4, False)]


def test_a_passage_knows_where_it_begins():
    assert Passage(3, 4, 0.5).step == 24


def test_a_return_is_a_close_passage_right_after_a_freer_one():
    close, freer = Passage(0, 4, 0.0), Passage(0, 4, 0.5)
    assert returns([]) == returns([close]) == returns([close, freer]) == 0
    assert returns([freer, freer, close, close, freer, close]) == 2


# --- Motifs ---------------------------------------------------------------------------------------


def test_the_test_phrase_is_new_throughout():
    assert MELODIES.has_stretches(NEW).tolist() == [False] * (STEPS_PER_BAR + 1)


def test_a_new_phrase_that_is_played_again_is_a_motif():
    piece = with_melody(with_melody(TAUGHT, 4, NEW), 9, NEW)
    found = motif(piece, MELODIES)
    assert found.steps[0] in range(24, 33) and len(found.steps) == 2
    start = 32 - found.steps[0]
    assert found.melody[start : start + len(NEW)] == NEW


def test_a_motif_is_counted_wherever_it_returns():
    piece = with_melody(with_melody(with_melody(TAUGHT, 4, NEW), 9, NEW), 31, NEW)
    assert len(motif(piece, MELODIES).steps) == 3


@pytest.mark.parametrize(
    "piece",
    [
        TAUGHT,  # much returns, and all of it was taught
        with_melody(TAUGHT, 4, NEW),  # once
        with_melody(with_melody(TAUGHT, 4, NEW), 17, NEW),  # more than a chorus later
        with_melody(with_melody(TAUGHT, 4, NEW[:12]), 9, NEW[:12]),  # too short
        with_melody(TAUGHT, 4, FAR * 4),  # one note only
    ],
    ids=["taught", "once", "late", "short", "one note"],
)
def test_no_motif(piece):
    assert motif(piece, MELODIES) is None


def test_motifs_do_not_overlap_themselves():
    piece = with_melody(TAUGHT, 4, hold(read_notes("c Gb C D")) * 5)  # five equal new bars
    found = motif(piece, MELODIES)
    assert len(found.melody) <= 20
    assert found.steps[1] - found.steps[0] >= len(found.melody)


@pytest.mark.parametrize("seed", range(5))
def test_random_notes_have_no_motifs(seed):
    """The control: two bars of random notes hardly ever return by chance."""
    assert motif(random_notes(MELODIES, 14, seed), MELODIES) is None


def slow_motif(piece, melodies):
    """The motif, read slowly: every lag, every step."""
    notes = [note or 0 for note in piece.melody]
    old = melodies.has_stretches(piece.melody)
    best_length, best_start = 2 * STEPS_PER_BAR - 1, None
    for lag in range(2 * STEPS_PER_BAR, piece.form.steps + 1):
        start = 0
        for step, (one, again) in enumerate(zip(notes, notes[lag:], strict=False)):
            if one != again:
                start = step + 1
                continue
            bar_begins = step - STEPS_PER_BAR + 1
            if bar_begins >= start and old[bar_begins]:
                start = bar_begins + 1
            start = max(start, step + 1 - lag)
            length = step + 1 - start
            if length > best_length and len(set(notes[start : step + 1])) >= 3:
                best_length, best_start = length, start
    return None if best_start is None else piece.melody[best_start : best_start + best_length]


@given(st.lists(st.sampled_from([60, 61, 64, None]), min_size=1, max_size=10), st.integers(1, 4))
@settings(derandomize=True, max_examples=60, deadline=None)
def test_a_motif_is_what_a_slow_search_finds(phrase, bars):
    """Phrases that repeat with and without changes, over a form of four bars."""
    form, melodies = SHORT_FORM, SHORT
    steps = bars * 4 * STEPS_PER_BAR
    notes = (phrase * steps)[: steps - STEPS_PER_BAR] + [66] * STEPS_PER_BAR
    piece = Piece.over(form, notes)
    found = motif(piece, melodies)
    assert (found and found.melody) == slow_motif(piece, melodies)


def test_a_freer_passage_differs_by_a_note_a_bar_or_more():
    def off_by(steps):
        piece = TAUGHT
        for bar in range(4):
            notes = list(piece.melody_bar(bar))
            notes[-steps:] = [61] * steps
            piece = with_melody(piece, bar, tuple(notes))
        return piece

    assert passages(off_by(2), MELODIES)[0] == Passage(0, 4, FREER_DISTANCE)
    assert passages(off_by(1), MELODIES)[0].first_bar == 4


def test_one_return_is_counted():
    close, freer = Passage(0, 4, 0.0), Passage(0, 4, 0.5)
    assert returns([freer, close]) == 1


def test_a_motif_is_found_at_both_ends_of_a_piece_and_at_any_step():
    at_the_ends = with_melody(with_melody(TAUGHT, 0, NEW), 4, NEW)
    assert motif(at_the_ends, MELODIES).steps == (0, 32)
    at_the_ends = with_melody(with_melody(TAUGHT, 26, NEW), 34, NEW)
    assert motif(at_the_ends, MELODIES).steps == (208, 272)
    notes = list(TAUGHT.melody)
    for step in (96, 96 + 31):
        notes[step : step + len(NEW)] = NEW
    found = motif(Piece(TAUGHT.form, TAUGHT.chords, tuple(notes)), MELODIES)
    assert found.steps == (96, 127)


@pytest.mark.parametrize("seed", range(80))
def test_many_short_pieces_have_the_motif_that_a_slow_search_finds(seed):
    """Phrases of odd lengths and their copies, strewn over a piece of taught bars."""
    generator = np.random.default_rng(seed)
    notes = list(SHORT.chorus(0).melody) * 3
    for phrase in range(1 + seed % 2):
        new = generator.choice([60, 61, 62, 64, 66, 67], 14 + seed % 7 + phrase).tolist()
        for begin in generator.integers(0, len(notes) - len(new), 3):
            notes[begin : begin + len(new)] = new
    piece = Piece.over(SHORT_FORM, notes)
    found = motif(piece, SHORT)
    assert (found and found.melody) == slow_motif(piece, SHORT)


def test_a_motif_may_return_a_whole_chorus_later_and_no_later():
    begun = with_melody(TAUGHT, 4, NEW)
    assert motif(with_melody(begun, 16, NEW), MELODIES).steps == (32, 128)
    assert motif(with_melody(begun, 17, NEW), MELODIES) is None


def test_a_motif_in_equal_choruses_begins_where_all_is_new():
    twice = join([MELODIES.chorus(0)] * 2)
    piece = with_melody(with_melody(twice, 4, NEW), 16, NEW)
    found = motif(piece, MELODIES)
    assert found.melody == slow_motif(piece, MELODIES)
    assert len(found.melody) > len(NEW)


def test_the_third_note_of_a_motif_may_be_its_first():
    phrase = (72, *(66, 60) * 9)
    notes = list(TAUGHT.melody)
    for step in (33, 75):
        notes[step : step + len(phrase)] = phrase
    piece = Piece(TAUGHT.form, TAUGHT.chords, tuple(notes))
    found = motif(piece, MELODIES)
    assert found.melody == slow_motif(piece, MELODIES)
    assert found.melody[: len(phrase)] == phrase
