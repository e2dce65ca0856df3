"""The stages of a training run sound as their captions say."""

from itertools import pairwise

import numpy as np
import pytest

from lstmblues.compositions import FINISHED
from lstmblues.form import load_form
from lstmblues.judge import melody_distance, right_steps
from lstmblues.melody import load_melodies
from lstmblues.stages import CHORUSES, STAGES, slider
from lstmblues.training import Settings, learn_blues
from lstmblues.weights import load

FORM = load_form()
MELODIES = load_melodies(FORM)
KNOWN = {frozenset(chord.pitches) for chord in FORM.chord_at}


@pytest.fixture(scope="module")
def pieces():
    return [stage.play(MELODIES) for stage in STAGES]


@pytest.fixture(scope="module")
def known_chords(pieces):
    """The share of each piece's steps whose chord is one of the form's."""
    return [np.mean([chord in KNOWN for chord in piece.chords]) for piece in pieces]


def test_stages_are_of_one_run_and_in_order():
    seed = load(FINISHED).header["seed"]
    assert {stage.network.header["seed"] for stage in STAGES} == {seed}
    assert all(before.steps < after.steps for before, after in pairwise(STAGES))
    assert STAGES[-1].network.header["learned"] is True


@pytest.mark.parametrize("stage", STAGES[:5], ids=lambda stage: stage.weights.stem)
def test_a_stage_is_reached_again_to_the_last_bit(stage):
    header = stage.network.header
    limits = {name: header["settings"][name] for name in ("most_steps", "most_melody_steps")}
    again = learn_blues(MELODIES, header["seed"], Settings(**limits), numbers=MELODIES.split()[0])
    assert again.steps == stage.steps
    for group, matrices in stage.network.weights.items():
        for kind, matrix in matrices.items():
            assert np.array_equal(again.network.weights[group][kind], matrix)


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
        assert piece.choruses == CHORUSES
        assert right_steps(piece).all()
    distances = [melody_distance(piece, MELODIES).mean() for piece in pieces]
    assert distances[4] > 0.5
    assert distances[-1] < 0.1


def test_captions_tell_steps_and_sound():
    assert STAGES[1].caption == f"After {STAGES[1].steps:,} steps: one chord, for ever."
    assert len({stage.caption for stage in STAGES}) == len(STAGES)


def test_a_slider_shows_the_stage_it_is_moved_to():
    pytest.importorskip("ipywidgets")
    shown = []

    def show(stage):
        shown.append(stage)

    box = slider(show)
    box.children[0].value = STAGES[3]
    assert shown[-1] == STAGES[3]
    assert len(box.children[0].options) == len(STAGES)
