"""Other people's music, made with mido and pretty_midi, read as the nearest piece."""

import io
import json

import mido
import numpy as np
import pretty_midi
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from midi_files import midi_file
from strategies import pieces

from lstmblues.book import recordings
from lstmblues.commands.cli import main
from lstmblues.composing.judge import judge
from lstmblues.errors import BluesError
from lstmblues.music.form import Form, load_form
from lstmblues.music.melody import hold, load_melodies
from lstmblues.music.midi import to_midi
from lstmblues.music.notes import held_notes
from lstmblues.music.piece import Piece
from lstmblues.music.read_midi import Reading, from_midi, nearest_piece

FORM = Form.parse("two bars", "C | F C", {"C": "C3 E3 G3", "F": "C3 F3 A3"})
BLUES = load_form()
MELODIES = load_melodies(BLUES)


def read(*tracks, **file) -> Reading:
    """What becomes of tracks of (beat, beat, pitch), as ``read_midi`` takes them."""
    return nearest_piece(midi_file(*tracks, **file), FORM)


# --- What is a piece stays as it is ---------------------------------------------------------------


@given(pieces(), st.floats(20, 400), st.booleans())
@example(Piece(FORM, (frozenset(),) * 24, (60,) + (None,) * 23), 97.3, False)
@settings(derandomize=True, max_examples=75, deadline=None)
def test_a_piece_is_its_own_nearest(piece, tempo, swing):
    reading = nearest_piece(to_midi(piece, tempo, swing), piece.form)
    assert reading == Reading(piece, folded_notes=0, dropped_notes=0)


def spans(octave, most):
    """Notes (beat, beat, pitch) that start and end between the steps as well."""
    note = st.tuples(st.integers(0, 63), st.integers(1, 16), st.sampled_from(octave))
    return st.lists(note.map(lambda n: (n[0] / 8, (n[0] + n[1]) / 8, n[2])), max_size=most)


@given(spans(range(60, 73), 6), spans(range(48, 60), 12))
@settings(derandomize=True, max_examples=300, deadline=None)
def test_whatever_the_strict_reading_accepts_is_read_alike(melody, chords):
    content = midi_file(melody, chords)
    try:
        strict = from_midi(content, FORM)
    except BluesError:
        return
    assert nearest_piece(content, FORM) == Reading(strict, 0, 0)


def test_doubled_tracks_drop_nothing():
    melody, chord = [(0, 1, 60), (1, 4, 62)], [(0, 4, 48), (0, 4, 52)]
    piece = Piece(FORM, (frozenset({48, 52}),) * 8, (60,) * 2 + (62,) * 6)
    assert read(melody, chord, melody, chord) == Reading(piece, 0, 0)


# --- Octaves --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pitch", "melody"), [(60, 60), (72, 72), (73, 61), (84, 72), (85, 61), (127, 67)]
)
def test_a_high_melody_is_folded_down(pitch, melody):
    reading = read([(0, 4, pitch)])
    assert reading.piece.melody == (melody,) * 8
    assert (reading.folded_notes, reading.dropped_notes) == (int(pitch != melody), 0)


def test_what_a_melody_leaves_its_octave_by_is_folded_note_by_note():
    reading = read([(0, 1, 84), (1, 2, 86), (2, 3, 96), (3, 4, 62)])
    assert reading.piece.melody == (60, 60, 62, 62, 72, 72, 62, 62)
    assert reading.folded_notes == 3


@pytest.mark.parametrize(("pitch", "chord"), [(0, 48), (36, 48), (47, 59), (48, 48), (59, 59)])
def test_low_notes_are_folded_up_into_the_chord(pitch, chord):
    reading = read([(0, 4, pitch)])
    assert reading.piece.melody == (None,) * 8
    assert reading.piece.chords == (frozenset({chord}),) * 8
    assert reading.folded_notes == int(pitch != chord)


def test_an_octave_apart_chord_notes_become_one():
    reading = read([(0, 4, 36), (0, 4, 48), (0, 4, 43)])
    assert reading.piece.chords[0] == {48, 55}
    assert reading.folded_notes == 2


# --- Who is the melody ----------------------------------------------------------------------------


def test_of_a_chord_above_middle_c_the_highest_note_is_the_melody():
    reading = read([(0, 2, 60), (0, 2, 64), (0, 2, 67), (2, 4, 62)])
    assert reading.piece.melody == (67,) * 4 + (62,) * 4
    assert reading.piece.chords == (frozenset({48, 52}),) * 4 + (frozenset(),) * 4
    assert (reading.folded_notes, reading.dropped_notes) == (2, 0)


def test_a_note_under_a_held_one_belongs_to_the_chord():
    reading = read([(0, 4, 72), (1, 2, 64)])
    assert reading.piece.melody == (72,) * 8
    assert reading.piece.chords[1:5] == (frozenset(), {52}, {52}, frozenset())


def test_a_higher_note_takes_over_from_a_held_one():
    reading = read([(0, 4, 64), (1, 2, 72)])
    assert reading.piece.melody == (64, 64, 72, 72, 64, 64, 64, 64)
    assert not any(reading.piece.chords)
    assert (reading.folded_notes, reading.dropped_notes) == (0, 0)


def test_of_notes_too_short_for_steps_of_their_own_some_are_dropped():
    """Of sixteenths, the second and the third are rounded to one step, the fourth to the next."""
    sixteenths = [(0, 0.25, 60), (0.25, 0.5, 62), (0.5, 0.75, 64), (0.75, 1, 65), (1, 2, 67)]
    reading = read(sixteenths)
    assert reading.piece.melody[:4] == (60, 64, 67, 67)
    assert not any(reading.piece.chords)
    assert (reading.folded_notes, reading.dropped_notes) == (0, 2)


@pytest.mark.parametrize("grace", [62, 72])
def test_a_grace_note_gives_way_to_the_note_that_it_adorns(grace):
    reading = read([(0, 0.1, grace), (0.1, 2, 64)])
    assert reading.piece.melody == (64,) * 4 + (None,) * 4
    assert not any(reading.piece.chords)
    assert reading.dropped_notes == 1


def test_of_a_triplet_the_middle_is_dropped():
    third = 1 / 3
    reading = read([(0, third, 60), (third, 2 * third, 62), (2 * third, 1, 64), (1, 2, 65)])
    assert reading.piece.melody[:4] == (60, 64, 65, 65)
    assert reading.dropped_notes == 1
    assert not any(reading.piece.chords)


def test_a_dropped_note_is_not_counted_as_folded():
    reading = read([(0, 0.2, 84), (0, 1, 86)])
    assert reading.piece.melody[:2] == (62, 62)
    assert (reading.folded_notes, reading.dropped_notes) == (1, 1)


@given(spans(range(128), 20))
@settings(derandomize=True, max_examples=60, deadline=None)
def test_every_note_is_accounted_for(notes):
    """Whatever sounds has its pitch class in the piece, but for what was cut short or dropped."""
    if not notes:
        return
    reading = read(*([(*note, 0)] for note in notes))  # tracks, all on one channel
    piece = reading.piece
    assert 0 <= reading.dropped_notes + reading.folded_notes <= len(notes)
    heard = {n % 12 for n in piece.melody if n} | {n % 12 for chord in piece.chords for n in chord}
    assert heard <= {pitch % 12 for _, _, pitch in notes}
    if not reading.dropped_notes:
        assert heard == {pitch % 12 for _, _, pitch in notes}
    for chords, (_, _, pitch) in ((piece.chords, note) for note in notes if note[2] < 60):
        assert any(48 + pitch % 12 in chord for chord in chords)


# --- Whole files ----------------------------------------------------------------------------------


def piano_piece(choruses: int) -> bytes:
    """The form played by two hands, drums and bass: wide chords, an octave higher melody.

    The tempo changes twice. Chords lie in two octaves, the left hand's root an octave lower.
    """
    file = pretty_midi.PrettyMIDI(initial_tempo=93)
    right, left, bass = (pretty_midi.Instrument(program) for program in (0, 0, 33))
    drums = pretty_midi.Instrument(0, is_drum=True)
    piece = Piece.over(BLUES, MELODIES.chorus(1234).melody * choruses)
    melody, chords = held_notes(piece)
    second = 60 / 93 / 2
    for note in melody:
        right.notes.append(
            pretty_midi.Note(90, note.pitch + 12, note.onset * second, note.end * second)
        )
    for note in chords:
        for pitch in (note.pitch - 12, note.pitch + 12):
            left.notes.append(pretty_midi.Note(70, pitch, note.onset * second, note.end * second))
        bass.notes.append(
            pretty_midi.Note(70, note.pitch - 24, note.onset * second, note.end * second)
        )
    for step in range(len(piece)):
        drums.notes.append(pretty_midi.Note(99, 42, step * second, (step + 0.5) * second))
    file.instruments += [drums, left, right, bass]
    content = io.BytesIO()
    file.write(content)
    midi = mido.MidiFile(file=io.BytesIO(content.getvalue()))
    midi.tracks[0].insert(1, mido.MetaMessage("set_tempo", tempo=300_000, time=5000))
    midi.tracks[0].insert(2, mido.MetaMessage("set_tempo", tempo=900_000, time=9001))
    content = io.BytesIO()
    midi.save(file=content)
    return content.getvalue()


def as_one_track(content: bytes) -> bytes:
    """The same music as a file of type 0."""
    file = mido.MidiFile(file=io.BytesIO(content))
    one = mido.MidiFile(type=0, ticks_per_beat=file.ticks_per_beat)
    one.tracks.append(mido.merge_tracks(file.tracks))
    content = io.BytesIO()
    one.save(file=content)
    return content.getvalue()


@pytest.mark.parametrize("choruses", [1, 15])
def test_a_band_that_plays_the_form_plays_the_right_chords(choruses):
    content = piano_piece(choruses)
    with pytest.raises(BluesError, match="outside the chord octave"):
        from_midi(content, BLUES)
    expected = Piece.over(BLUES, MELODIES.chorus(1234).melody * choruses)
    chord_notes = len(held_notes(expected)[1])
    for file in (content, as_one_track(content)):
        reading = nearest_piece(file, BLUES)
        assert reading.piece.chords == expected.chords
        # As a whole: note by note, the melody's C4s, which sound as C5s, would stay where they are.
        assert reading.piece.melody == expected.melody
        assert reading.folded_notes == 48 * choruses + 3 * chord_notes
        assert reading.dropped_notes == 0
    assert judge(reading.piece, MELODIES).choruses_right == choruses


def test_a_foreign_file_is_judged_from_the_command_line(tmp_path, capsys):
    path = tmp_path / "band.mid"
    path.write_bytes(piano_piece(14))
    assert main(["judge", str(path)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["choruses"], found["choruses_right"], found["chords_right"]) == (14, 14, 1.0)
    assert found["folded_notes"] > 14 * 48
    assert found["dropped_notes"] == 0


def test_random_music_is_judged(tmp_path, capsys):
    generator = np.random.default_rng(0)
    starts, lengths = generator.uniform(0, 700, 3000), generator.exponential(0.8, 3000)
    notes = [
        (start, start + length, int(pitch))
        for start, length, pitch in zip(
            starts, lengths, generator.integers(21, 109, 3000), strict=True
        )
    ]
    path = tmp_path / "noise.mid"
    path.write_bytes(midi_file(notes[:1500], notes[1500:]))
    assert main(["judge", str(path)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["choruses"] == 14
    assert found["chords_right"] < 0.05
    assert found["novel_choruses"] == 1
    assert found["dropped_notes"] > 0


def test_a_foreign_file_shorter_than_a_chorus_is_one_sentence(tmp_path, capsys):
    path = tmp_path / "short.mid"
    path.write_bytes(midi_file([(0, 4, 84), (0, 4, 64)]))
    assert main(["judge", str(path)]) == 2
    out, error = capsys.readouterr()
    assert (out, error.count("\n")) == ("", 1)
    assert "a piece of 1 bars is too short to judge; needed is a chorus of 12 bars" in error


def test_every_recording_of_the_book_is_a_piece_as_it_stands():
    for name in ("composition", "random-notes", "twelve-bars", "scale"):
        piece = recordings.piece(name)
        assert nearest_piece(to_midi(piece), BLUES) == Reading(piece, 0, 0)


def test_a_melody_of_one_bar_lasts_whole_bars():
    reading = nearest_piece(midi_file([(0, 4.4, 74)]), FORM)
    assert reading.piece.melody == hold([62] * 4) + (62,) + (None,) * 7
