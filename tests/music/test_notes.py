import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import pieces

from lstmblues.errors import BluesError
from lstmblues.music.form import Form, load_form
from lstmblues.music.melody import load_melodies
from lstmblues.music.notes import SWING, Note, held_notes, seconds_at, seconds_per_step
from lstmblues.music.piece import Piece

FIRST = load_melodies(load_form()).printed_choruses()[0]
FORM = Form.parse("two bars", "C | F C", {"C": "C3 E3 G3", "F": "C3 F3 A3"})


# --- Held notes -----------------------------------------------------------------------------------


def test_bar_1_is_four_quarter_notes_over_one_long_chord():
    melody, chords = held_notes(FIRST)
    assert melody[:4] == (Note(67, 0, 2), Note(70, 2, 2), Note(65, 4, 2), Note(60, 6, 2))
    assert chords[:3] == (Note(48, 0, 8), Note(52, 0, 8), Note(55, 0, 8))


def test_a_repeated_quarter_note_is_struck_again():
    melody, _ = held_notes(FIRST)
    assert len(melody) == 48
    assert melody[-4:] == (Note(62, 88, 2), Note(62, 90, 2), Note(67, 92, 2), Note(67, 94, 2))


def test_a_split_bar_has_chords_of_half_a_bar():
    _, chords = held_notes(FIRST)
    bar_4 = [note for note in chords if 24 <= note.onset < 32]
    assert bar_4 == [Note(pitch, 24, 4) for pitch in (50, 53, 55, 58)] + [
        Note(pitch, 28, 4) for pitch in (48, 52, 55)
    ]
    # 3+4+3+(4+3), 4+4+3+(3+4), 4+4+(3+4)+(3+4) notes on the three lines
    assert len(chords) == 17 + 18 + 22


def test_a_chord_is_struck_again_at_every_bar_line_and_chorus():
    form = Form.parse("one chord", "C | C", {"C": "C3"})
    _, chords = held_notes(Piece.over(form, [None] * 32))
    assert chords == tuple(Note(48, onset, 8) for onset in (0, 8, 16, 24))


def test_eighth_notes_rests_and_wrong_chords_are_held_as_they_sound():
    a, b = frozenset({48, 52}), frozenset({52, 59})
    melody = (60, 62, 62, 62, 62, None, None, 64)
    piece = Piece(FORM, (a, a, a, b, b, frozenset(), b, b), melody)
    assert held_notes(piece) == (
        (Note(60, 0, 1), Note(62, 1, 1), Note(62, 2, 2), Note(62, 4, 1), Note(64, 7, 1)),
        (Note(48, 0, 3), Note(52, 0, 5), Note(59, 3, 2), Note(52, 6, 2), Note(59, 6, 2)),
    )


@given(pieces())
@settings(derandomize=True, max_examples=50)
def test_held_notes_cover_exactly_what_sounds_and_cross_no_boundary(piece):
    melody, chords = held_notes(piece)
    heard = [(step, note.pitch) for note in melody for step in range(note.onset, note.end)]
    assert heard == [(step, note) for step, note in enumerate(piece.melody) if note is not None]
    heard = [(step, note.pitch) for note in chords for step in range(note.onset, note.end)]
    assert sorted(heard) == [
        (step, pitch) for step, chord in enumerate(piece.chords) for pitch in sorted(chord)
    ]
    assert all(note.onset // 2 == (note.end - 1) // 2 for note in melody)
    for note in chords:
        inside = {step % piece.form.steps for step in range(note.onset + 1, note.end)}
        assert not inside & set(piece.form.changes)


# --- When they sound ------------------------------------------------------------------------------


def test_a_step_is_half_a_beat():
    assert seconds_per_step(60) == 0.5
    assert seconds_per_step() == 0.25


def test_swung_off_beats_come_late_and_beats_stay():
    straight = seconds_at(np.arange(5))
    assert straight.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert seconds_at(np.arange(5), swing=True) == pytest.approx([0, 0.3, 0.5, 0.8, 1])
    assert seconds_at(3, tempo=60, swing=True) == pytest.approx(1.6)
    assert 0.5 < SWING < 2 / 3


@given(st.floats(0, 1000), st.floats(0, 1000), st.floats(20, 400))
@settings(derandomize=True, max_examples=100)
def test_swung_time_never_runs_backwards(one, other, tempo):
    first, then = sorted((one, other))
    assert seconds_at(first, tempo, swing=True) <= seconds_at(then, tempo, swing=True)
    assert seconds_at(first, tempo) == pytest.approx(first * seconds_per_step(tempo))
    late = seconds_at(first, tempo, swing=True) - seconds_at(first, tempo)
    assert -1e-9 <= late <= (2 * SWING - 1) * seconds_per_step(tempo) + 1e-9


@pytest.mark.parametrize("tempo", [0, -120, 19.9, 401, float("nan"), float("inf")])
def test_tempos_that_cannot_be_played_are_refused(tempo):
    for ask in (seconds_per_step, lambda tempo: seconds_at(3, tempo)):
        with pytest.raises(BluesError, match="must lie between 20 and 400"):
            ask(tempo)
