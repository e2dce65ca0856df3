from dataclasses import replace

import pytest
from changed_pieces import FAR, NEW, TAUGHT, with_melody, with_wrong_chords

from lstmblues.evidence.page_of_2002.criteria import (
    ABOUT_A_CHORUS,
    Traits,
    drifts_and_returns,
    falls_into_place,
    repeats_a_motif,
    stays_closer,
    traits,
)
from lstmblues.music.form import load_form
from lstmblues.music.melody import load_melodies

FORM = load_form()
MELODIES = load_melodies(FORM)
# --- Composition 1: falling into place ------------------------------------------------------------


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


def test_the_times_that_a_motif_is_played_are_counted():
    piece = with_melody(with_melody(TAUGHT, 4, NEW), 9, NEW)
    assert traits(piece, MELODIES).motif_times == 2
    assert traits(TAUGHT, MELODIES).motif_times == 0


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
