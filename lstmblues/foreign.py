"""Other people's music as a piece, so that it can be judged: the nearest that this book can write.

A piece has one melody in one octave over chords in another. Most music has more, and some of it
must be moved or left out; how much is told.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lstmblues.form import CHORD_OCTAVE, MELODY_OCTAVE, Form
from lstmblues.midi_file import Note, read_file
from lstmblues.piece import Piece

_OCTAVE = 12


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
    ``midi.from_midi`` accepts is read as there, and nothing is moved or left out. Raises
    ``BluesError`` as ``midi_file.read_file`` does.
    """
    file = read_file(source)
    melody_notes, chord_notes = _parted(file.notes, file.steps)
    chords = [set() for _ in range(file.steps)]
    for note in chord_notes:
        for step in _steps(note):
            chords[step].add(_into(CHORD_OCTAVE, note.pitch))
    heard = np.zeros(file.steps, dtype=int)
    # Of notes struck at one step, the last to be set is heard: the highest that lasts a step.
    for note in sorted(melody_notes, key=lambda note: (note.onset, note.duration > 0, note.pitch)):
        heard[_steps(note)] = note.pitch
    kept = [note for note in melody_notes if (heard[_steps(note)] == note.pitch).any()]
    moved = _melody_octaves([note.pitch for note in kept])
    melody = [moved[pitch] if pitch else None for pitch in heard.tolist()]
    folded = sum(moved[note.pitch] != note.pitch for note in kept)
    folded += sum(note.pitch not in CHORD_OCTAVE for note in chord_notes)
    piece = Piece(form, tuple(map(frozenset, chords)), tuple(melody))
    return Reading(piece, folded, len(melody_notes) - len(kept))


def _parted(notes: tuple[Note, ...], steps: int) -> tuple[list[Note], list[Note]]:
    """Return the notes of the melody, and those of the chords."""
    highest = np.zeros(steps, dtype=int)
    for note in notes:
        sounding = highest[note.onset : note.end]
        np.maximum(sounding, note.pitch, out=sounding)
    melody, chords = [], []
    for note in notes:
        # A note too short for a step of its own does not hide others, and is no part of a chord.
        hidden = note.duration > 0 and note.pitch < highest[note.onset]
        in_chord = note.pitch < MELODY_OCTAVE[0] or hidden
        (chords if in_chord else melody).append(note)
    return melody, chords


def _melody_octaves(pitches: list[int]) -> dict[int, int]:
    """Return where each pitch of a melody is moved: by the octaves that suit most, then into place.

    The octave of a melody has a C at either end: one by one, an octave's Cs would all become its
    upper one.
    """
    downs = range(0, 128, _OCTAVE)  # a melody's notes lie from middle C up
    suits = [sum(pitch - down in MELODY_OCTAVE for pitch in pitches) for down in downs]
    down = downs[suits.index(max(suits))]
    return {pitch: _into(MELODY_OCTAVE, pitch - down) for pitch in pitches}


def _steps(note: Note) -> range:
    """Return the steps at which a note sounds: one at least."""
    return range(note.onset, max(note.end, note.onset + 1))


def _into(octave: range, pitch: int) -> int:
    """Return ``pitch``, moved by as few octaves as it takes into ``octave``."""
    while pitch > octave[-1]:
        pitch -= _OCTAVE
    while pitch < octave[0]:
        pitch += _OCTAVE
    return pitch
