from dataclasses import replace

import numpy as np
import pytest

from lstmblues.composing.chance_melodies import random_notes
from lstmblues.composing.passages import Passage, motif, passages, returns, settled_step
from lstmblues.evidence.page_of_2002.criteria import (
    ABOUT_A_CHORUS,
    Traits,
    drifts_and_returns,
    falls_into_place,
    repeats_a_motif,
    stays_closer,
    traits,
)
from lstmblues.music.form import STEPS_PER_BAR, load_form
from lstmblues.music.melody import hold, load_melodies, read_notes
from lstmblues.music.piece import Piece, join

FORM = load_form()
MELODIES = load_melodies(FORM)
TAUGHT = join([MELODIES.chorus(number) for number in (0, 4095, 7)])
FAR = hold(read_notes("C C C C"))  # unlike any bar that was taught


def with_melody(piece: Piece, bar: int, notes: tuple) -> Piece:
    """The piece with other notes from bar ``bar`` (from 0) on."""
    melody = list(piece.melody)
    melody[bar * STEPS_PER_BAR : bar * STEPS_PER_BAR + len(notes)] = notes
    return Piece(piece.form, piece.chords, tuple(melody))


def with_wrong_chords(piece: Piece, steps: range) -> Piece:
    chords = [frozenset({48}) if t in steps else chord for t, chord in enumerate(piece.chords)]
    return Piece(piece.form, tuple(chords), piece.melody)


# --- Composition 1: falling into place ------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "step"), [(range(0), 0), (range(5), 5), (range(3, 90), 90), (range(287, 288), 288)]
)
def test_a_piece_has_settled_after_its_last_wrong_chord(wrong, step):
    assert settled_step(with_wrong_chords(TAUGHT, wrong)) == step


def test_the_melody_is_measured_apart_before_and_after():
    """Two bars of C; of all bars taught, C Bb F C comes nearest."""
    piece = with_wrong_chords(with_melody(TAUGHT, 0, FAR * 2), range(1, 12))
    found = traits(piece, MELODIES)
    assert found.settled_step == 12  # so that the second bar is not yet in place
    assert found.wrong_before == round(11 / 12, 4)
    assert found.known_distance_before == 0.5
    assert found.known_distance_after == found.distance == 0


def test_a_training_bar_at_the_wrong_place_is_known_but_at_a_distance():
    last = MELODIES.chorus(0).melody_bar(11)
    found = traits(with_melody(TAUGHT, 0, last), MELODIES)
    assert found.known_distance_after == 0
    assert found.distance == round(0.75 / 36, 4)  # D D G G shares one note with C Bb G Eb


def test_nothing_before_or_nothing_after_is_no_distance():
    never = traits(with_wrong_chords(TAUGHT, range(len(TAUGHT))), MELODIES)
    assert (never.known_distance_after, never.distance) == (None, None)
    assert traits(TAUGHT, MELODIES).known_distance_before is None


SETTLES = Traits(100, 0.9, 0.5, 0.2, 0.3, 0, 0, 0, 0)
DRIFTS = Traits(0, 0.0, None, 0.2, 0.3, 8, 3, 0, 0)
REPEATS = Traits(0, 0.0, None, 0.2, 0.3, 0, 0, 16, 2)


@pytest.mark.parametrize(
    ("changed", "holds"),
    [
        ({}, True),
        ({"settled_step": ABOUT_A_CHORUS[0] - 1}, False),
        ({"settled_step": ABOUT_A_CHORUS[1] + 1}, False),
        ({"wrong_before": 0.5}, False),
        ({"known_distance_before": 0.2}, False),
    ],
)
def test_composition_1_fails_first_and_its_melody_is_worse_meanwhile(changed, holds):
    assert falls_into_place(replace(SETTLES, **changed)) is holds


def test_about_one_chorus_lies_around_one_chorus():
    assert ABOUT_A_CHORUS[0] < FORM.steps < ABOUT_A_CHORUS[1]


def test_a_piece_that_never_fails_or_never_settles_is_no_composition_1():
    assert not falls_into_place(traits(TAUGHT, MELODIES))
    lost = with_wrong_chords(TAUGHT, range(len(TAUGHT)))
    assert not falls_into_place(traits(lost, MELODIES))


# --- Composition 2: passages ----------------------------------------------------------------------


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


@pytest.mark.parametrize(
    ("changed", "holds"),
    [
        ({}, True),
        ({"opening_bars": 6}, False),
        ({"returns": 2}, False),
        ({"settled_step": 1}, False),
    ],
)
def test_composition_2_opens_close_drifts_and_comes_back(changed, holds):
    assert drifts_and_returns(replace(DRIFTS, **changed)) is holds


def test_the_opening_passage_is_counted_only_if_it_is_close_and_at_the_start():
    assert traits(TAUGHT, MELODIES).opening_bars == 36
    assert traits(with_melody(TAUGHT, 0, FAR), MELODIES).opening_bars == 0
    assert traits(with_melody(TAUGHT, 0, FAR * 4), MELODIES).opening_bars == 0


# --- Composition 3: motifs ------------------------------------------------------------------------

NEW = hold(read_notes("c Gb c Gb C Eb C D"))  # two bars


def test_the_test_phrase_is_new_throughout():
    stretches = {NEW[t : t + STEPS_PER_BAR] for t in range(STEPS_PER_BAR + 1)}
    assert not stretches & MELODIES.stretches


def test_a_new_phrase_that_is_played_again_is_a_motif():
    piece = with_melody(with_melody(TAUGHT, 4, NEW), 9, NEW)
    found = motif(piece, MELODIES)
    assert found.steps[0] in range(24, 33) and len(found.steps) == 2
    start = 32 - found.steps[0]
    assert found.melody[start : start + len(NEW)] == NEW
    assert traits(piece, MELODIES).motif_times == 2


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


def test_stretches_go_across_bar_lines_and_choruses():
    stretches = MELODIES.stretches
    melody = np.concatenate([MELODIES.chorus(5).melody, MELODIES.chorus(4000).melody])
    assert all(tuple(melody[t : t + STEPS_PER_BAR].tolist()) in stretches for t in range(184))
    assert MELODIES.bars <= stretches
    assert FAR not in stretches


@pytest.mark.parametrize(
    ("changed", "holds"), [({}, True), ({"motif_times": 0}, False), ({"settled_step": 9}, False)]
)
def test_composition_3_repeats_a_motif(changed, holds):
    assert repeats_a_motif(replace(REPEATS, **changed)) is holds


# --- Composition 4: closer ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("distance", "holds"), [(0.1, True), (0.0, False), (0.3, False), (0.4, False)]
)
def test_composition_4_stays_closer_and_still_improvises(distance, holds):
    own = replace(REPEATS, distance=distance)
    assert stays_closer(own, [SETTLES, DRIFTS, REPEATS]) is holds
