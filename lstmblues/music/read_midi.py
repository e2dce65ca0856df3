"""MIDI files as pieces: strictly (chapter 3), or as the nearest piece (chapter 12).

Both ways read a file's notes on time steps, part the melody from the chords, and place both in a
piece. ``from_midi`` refuses what is no piece as it stands. ``nearest_piece`` moves notes by octaves
and leaves some out, and counts them.
"""

import heapq
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lstmblues.errors import BluesError
from lstmblues.music.encoding import PITCHES, decode
from lstmblues.music.form import (
    CHORD_OCTAVE,
    MELODY_OCTAVE,
    SEMITONES_PER_OCTAVE,
    STEPS_PER_BAR,
    Form,
    note_name,
)
from lstmblues.music.midi_notes import read_file
from lstmblues.music.notes import Note
from lstmblues.music.piece import Piece


def from_midi(source: bytes | str | Path, form: Form) -> Piece:
    """Return the piece over ``form`` in a MIDI file, given by its bytes or its path.

    Any tempo, resolution and track layout will do: onsets and ends are rounded to the nearest
    eighth note (a note lasts at least one), drums are left out, and a note's octave tells whether
    it belongs to the chords or to the melody. The first bar starts where the file starts; the end
    is filled up with rests to whole bars.

    Raises ``BluesError`` for anything that is not a MIDI file, a file without notes or with notes
    outside both octaves, two melody notes at once, and a file of absurd length. Files that are
    refused for their octaves or two notes at once can be read by ``nearest_piece``.
    """
    file = read_file(source)
    for note in file.notes:
        if note.pitch not in PITCHES:
            bar = note.onset // STEPS_PER_BAR + 1
            raise BluesError(
                f"note {note_name(note.pitch)} in bar {bar} of {file.name} is outside "
                f"the chord octave {note_name(CHORD_OCTAVE[0])} to {note_name(CHORD_OCTAVE[-1])} "
                f"and the melody octave "
                f"{note_name(MELODY_OCTAVE[0])} to {note_name(MELODY_OCTAVE[-1])}"
            )
    try:
        return _place(file.notes, file.steps, form)
    except BluesError as error:
        raise BluesError(f"in {file.name}, rounded to eighth notes: {error}") from error


@dataclass(frozen=True)
class Reading:
    """The nearest piece to some music, and what had to be done to it.

    ``folded_notes`` were moved by octaves. ``dropped_notes`` were left out, because other melody
    notes took every time step that they had. Both are 0 if the music is a piece as it stands.
    """

    piece: Piece
    folded_notes: int
    dropped_notes: int


def nearest_piece(source: bytes | str | Path, form: Form) -> Reading:
    """Return the nearest piece over ``form`` to a MIDI file, given by its bytes or its path.

    The melody is the "skyline": every note from middle C up that is the highest to sound when it
    is struck, until the next such note. All other notes make the chords. Both are moved by octaves
    into the octaves of a piece: the melody as a whole, as far as that goes. A file that
    ``from_midi`` accepts is read as there, and nothing is moved or left out.

    Raises ``BluesError`` for anything that is not a MIDI file, a file without notes, and a file of
    absurd length.
    """
    file = read_file(source)
    melody, chords = _parted(file.notes, file.steps)
    heard = _skyline(melody, file.steps)
    places = {pitch: np.flatnonzero(heard == pitch) for pitch in np.unique(heard)}
    kept = [note for note in melody if _sounds(note, places.get(note.pitch, ()))]
    moved = _melody_octaves([note.pitch for note in kept])
    notes = [Note(moved[heard[step]], step, 1) for step in np.flatnonzero(heard)]
    notes += [replace(note, pitch=_into(CHORD_OCTAVE, note.pitch)) for note in chords]
    folded = sum(moved[note.pitch] != note.pitch for note in kept)
    folded += sum(note.pitch not in CHORD_OCTAVE for note in chords)
    return Reading(_place(notes, file.steps, form), folded, len(melody) - len(kept))


# --- Parting and placing --------------------------------------------------------------------------


def _parted(notes: tuple[Note, ...], steps: int) -> tuple[list[Note], list[Note]]:
    """Return the notes of the melody, and those of the chords."""
    sounding = _sounding([(note.pitch, note.onset, note.end) for note in notes], steps)
    highest = np.where(sounding.any(axis=0), 127 - sounding[::-1].argmax(axis=0), 0)
    melody, chords = [], []
    for note in notes:
        # A note too short for a step of its own does not hide others, and is no part of a chord.
        hidden = note.duration > 0 and note.pitch < highest[note.onset]
        in_chord = note.pitch < MELODY_OCTAVE[0] or hidden
        (chords if in_chord else melody).append(note)
    return melody, chords


def _skyline(melody: list[Note], steps: int) -> np.ndarray:
    """Return the pitch that is heard of the melody at every step; 0 is a rest: shape (steps,).

    The note that was struck last is heard; of several at one step, the highest that lasts a step.
    """
    notes = sorted(melody, key=lambda note: (note.onset, note.duration > 0, note.pitch))
    heard, number, waiting = np.zeros(steps, dtype=int), 0, []
    for step in range(steps):
        while number < len(notes) and notes[number].onset == step:
            heapq.heappush(waiting, (-number, _steps(notes[number]).stop, notes[number].pitch))
            number += 1
        while waiting and waiting[0][1] <= step:
            heapq.heappop(waiting)
        if waiting:
            heard[step] = waiting[0][2]
    return heard


def _sounds(note: Note, steps: np.ndarray) -> bool:
    """Return whether a note lasts at some of ``steps``, which are sorted."""
    first = bisect_left(steps, note.onset)
    return first < len(steps) and steps[first] < _steps(note).stop


def _sounding(spans: Iterable[tuple[int, int, int]], steps: int) -> np.ndarray:
    """Return which pitches sound when: shape (128, steps), boolean.

    ``spans`` are a pitch, the step where it begins and the one where it no longer sounds.
    """
    pitches, begins, ends = np.array([*spans], dtype=int).reshape(-1, 3).T
    edges = np.zeros((128, steps + 1), dtype=np.int32)
    np.add.at(edges, (pitches, begins), 1)
    np.add.at(edges, (pitches, ends), -1)
    return edges.cumsum(axis=1, dtype=np.int32)[:, :-1] > 0


def _melody_octaves(pitches: list[int]) -> dict[int, int]:
    """Return where each pitch of a melody is moved: by the octaves that suit most, then into place.

    The octave of a melody has a C at either end: one by one, an octave's Cs would all become its
    upper one.
    """
    downs = range(0, 128, SEMITONES_PER_OCTAVE)  # a melody's notes lie from middle C up
    suits = [sum(pitch - down in MELODY_OCTAVE for pitch in pitches) for down in downs]
    down = downs[suits.index(max(suits))]
    return {pitch: _into(MELODY_OCTAVE, pitch - down) for pitch in pitches}


def _steps(note: Note) -> slice:
    """Return the steps at which a note sounds: one at least."""
    return slice(note.onset, max(note.end, note.onset + 1))


def _into(octave: range, pitch: int) -> int:
    """Return ``pitch``, moved by as few octaves as it takes into ``octave``."""
    while pitch > octave[-1]:
        pitch -= SEMITONES_PER_OCTAVE
    while pitch < octave[0]:
        pitch += SEMITONES_PER_OCTAVE
    return pitch


def _place(notes: Iterable[Note], steps: int, form: Form) -> Piece:
    """Return the piece of ``steps`` steps in which ``notes``, of a piece's octaves, sound.

    Raises ``BluesError`` for two melody notes at once.
    """
    spans = ((note.pitch, note.onset, _steps(note).stop) for note in notes)
    return decode(_sounding(spans, steps)[list(PITCHES)].T, form)
