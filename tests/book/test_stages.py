"""The stages of a training run sound as their captions say."""

import numpy as np
import pytest

from lstmblues.book import recordings
from lstmblues.book.recordings import FORM, MELODIES, STAGE_CHORUSES
from lstmblues.composing.judge import melody_distance, right_steps
from lstmblues.training.trained import STAGES, trained

NAMES = [f"learning-{number}" for number in range(1, len(STAGES) + 1)]
KNOWN = {frozenset(chord.pitches) for chord in FORM.chord_at}


@pytest.fixture(scope="module")
def pieces():
    return [recordings.piece(name) for name in NAMES]


@pytest.fixture(scope="module")
def known_chords(pieces):
    """The share of each piece's steps whose chord is one of the form's."""
    return [np.mean([chord in KNOWN for chord in piece.chords]) for piece in pieces]


def test_at_first_there_is_noise(pieces, known_chords):
    assert known_chords[0] < 0.1
    assert melody_distance(pieces[0], MELODIES).mean() > 0.75


def test_then_one_chord_for_ever(pieces):
    assert set(pieces[1].chords) == {frozenset(FORM.chord_at[0].pitches)}


def test_then_first_changes_of_chord(pieces, known_chords):
    assert len(set(pieces[2].chords) & KNOWN) > 2
    assert 0.2 < known_chords[2] < 0.8


def test_then_nearly_the_form_out_of_place(pieces, known_chords):
    assert known_chords[3] > 0.9
    assert right_steps(pieces[3]).mean() < 0.5
    # At another turn of the form, the second chorus fits far better.
    second = pieces[3].chords[FORM.steps :]
    form = [frozenset(chord.pitches) for chord in FORM.chord_at]
    fits = [
        np.mean([chord == form[(t + turn) % FORM.steps] for t, chord in enumerate(second)])
        for turn in range(FORM.steps)
    ]
    assert max(fits) > 0.7


def test_then_the_form_and_at_last_the_melody(pieces):
    for piece in pieces[4:]:
        assert piece.choruses == STAGE_CHORUSES
        assert right_steps(piece).all()
    distances = [melody_distance(piece, MELODIES).mean() for piece in pieces]
    assert distances[4] > 0.5
    assert distances[-1] < 0.1


def test_captions_tell_steps_and_sound():
    captions = [recordings.RECORDINGS[name].caption for name in NAMES]
    steps = trained(STAGES[1]).header["steps"]
    assert captions[1] == f"After {steps:,} steps: one chord, for ever."
    assert len(set(captions)) == len(STAGES) == len(recordings.STAGES_HEARD)
