"""Pieces as MIDI files, and MIDI files as pieces (chapter 2, "The melodies").

A time step carries no note starts and ends, so the form decides them: ``held_notes`` is the one
place where equal steps become held notes. The score, the plots and the player use it too.
"""

import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pretty_midi

from lstmblues.encoding import UNITS, decode
from lstmblues.errors import BluesError
from lstmblues.form import (
    CHORD_OCTAVE,
    MELODY_OCTAVE,
    STEPS_PER_BAR,
    STEPS_PER_BEAT,
    Form,
    note_name,
)
from lstmblues.midi_file import END, Note, read_file
from lstmblues.piece import Piece

TEMPO = 120.0
"""Beats (quarter notes) a minute, as on the papers' project page: a chorus lasts 24 seconds."""
SLOWEST, FASTEST = 20.0, 400.0

SWING = 0.6
"""The share of a beat that its first eighth lasts when swung; straight it is a half."""
BACKBEAT = 10
"""How much louder, in steps of velocity, notes on beats 2 and 4 are struck when swung."""


@dataclass(frozen=True)
class Voice:
    """How one track of a piece is played.

    ``instrument`` is its General MIDI name, and ``velocity`` (1 to 127 - ``BACKBEAT``) how hard
    notes are struck. Over ``attack`` seconds (0 to 0.05) a note swells from its strike to its full
    loudness.
    """

    name: str
    instrument: str
    velocity: int
    attack: float = 0.0


MELODY = Voice("melody", "Acoustic Grand Piano", 100)
CHORDS = Voice("chords", "Electric Piano 1", 46, attack=0.03)

VOLUME, EXPRESSION = 7, 11
"""The MIDI controllers for a track's loudness, and for its shape in time; 0 to ``LOUDEST``."""
LOUDEST = 127
SWELL = 8
"""In how many steps of equal height the expression rises over an attack."""


def held_notes(piece: Piece) -> tuple[tuple[Note, ...], tuple[Note, ...]]:
    """Return the held notes of the melody and of the chords, each by onset, then by pitch.

    Consecutive steps of one pitch are one note, struck again at every beat in the melody (its
    notes are quarters), and wherever the form strikes a chord in the chords: on every bar line
    and in the middle of a split bar.
    """
    steps, changes = range(len(piece)), set(piece.form.changes)
    melody = [() if note is None else (note,) for note in piece.melody]
    return (
        _hold(melody, {step for step in steps if step % STEPS_PER_BEAT == 0}),
        _hold(piece.chords, {step for step in steps if step % piece.form.steps in changes}),
    )


def _hold(sounding: Sequence[Collection[int]], struck: Collection[int]) -> tuple[Note, ...]:
    """Merge the pitches that sound at each step into notes that end before a ``struck`` step."""
    notes, onsets = [], {}
    for step, pitches in enumerate([*sounding, ()]):
        for pitch in [held for held in onsets if held not in pitches or step in struck]:
            onset = onsets.pop(pitch)
            notes.append(Note(pitch, onset, step - onset))
        for pitch in pitches:
            onsets.setdefault(pitch, step)
    return tuple(sorted(notes, key=lambda note: (note.onset, note.pitch)))


def seconds_per_step(tempo: float = TEMPO) -> float:
    """Return how long a time step lasts at ``tempo`` beats a minute, in seconds.

    Raises ``BluesError`` for a tempo that is not between 20 and 400.
    """
    if not SLOWEST <= tempo <= FASTEST:
        raise BluesError(
            f"a tempo of {tempo:g} beats a minute cannot be played; "
            f"it must lie between {SLOWEST:g} and {FASTEST:g}"
        )
    return 60 / tempo / STEPS_PER_BEAT


def seconds_at(
    step: float | np.ndarray, tempo: float = TEMPO, swing: bool = False
) -> float | np.ndarray:
    """Return when time step ``step`` begins, in seconds from the start of the piece.

    ``step`` may be an array, and may lie between steps. ``tempo`` is in beats a minute. With
    ``swing`` the first eighth of a beat lasts ``SWING`` of it, so that off-beats come late.
    """
    beat, within = np.divmod(step, STEPS_PER_BEAT)
    first = SWING if swing else 1 / STEPS_PER_BEAT
    share = np.interp(within, (0, 1, STEPS_PER_BEAT), (0, first, 1))
    return (beat + share) * STEPS_PER_BEAT * seconds_per_step(tempo)


def to_midi(piece: Piece, tempo: float = TEMPO, swing: bool = False) -> bytes:
    """Return ``piece`` as a MIDI file with a track ``melody`` and a track ``chords``.

    ``tempo`` is in beats a minute. ``swing`` changes how the piece is played, never its notes:
    off-beats come late (``seconds_at``), and beats 2 and 4 are ``BACKBEAT`` louder. The same
    arguments always give the same bytes, and ``from_midi`` gives the piece back.
    """
    end = seconds_at(len(piece), tempo, swing)
    file = pretty_midi.PrettyMIDI(initial_tempo=tempo)
    for voice, notes in zip((MELODY, CHORDS), held_notes(piece), strict=True):
        program = pretty_midi.instrument_name_to_program(voice.instrument)
        track = pretty_midi.Instrument(program, name=voice.name)
        track.notes = [
            pretty_midi.Note(
                voice.velocity + BACKBEAT * (swing and _on_backbeat(note)),
                note.pitch,
                seconds_at(note.onset, tempo, swing),
                seconds_at(note.end, tempo, swing),
            )
            for note in notes
        ]
        # A synthesiser of 16 bits has less noise, and smoother ends of notes, at full volume.
        track.control_changes.append(pretty_midi.ControlChange(VOLUME, LOUDEST, 0))
        if voice.attack:
            for onset in _fresh_onsets(notes):
                track.control_changes += _swell(seconds_at(onset, tempo, swing), voice.attack)
        file.instruments.append(track)
    file.text_events.append(pretty_midi.Text(END, end))
    content = io.BytesIO()
    file.write(content)
    return content.getvalue()


def _on_backbeat(note: Note) -> bool:
    """Tell whether a note is struck on beat 2 or 4 of a bar."""
    return note.onset % STEPS_PER_BAR in (STEPS_PER_BEAT, 3 * STEPS_PER_BEAT)


def _fresh_onsets(notes: Collection[Note]) -> list[int]:
    """Return the steps at which notes are struck while no other is held, in order."""
    held = {step for note in notes for step in range(note.onset + 1, note.end)}
    return sorted({note.onset for note in notes} - held)


def _swell(start: float, attack: float) -> list[pretty_midi.ControlChange]:
    """Return the expression that rises to ``LOUDEST`` within ``attack`` seconds of ``start``."""
    return [
        pretty_midi.ControlChange(EXPRESSION, round(LOUDEST * (number + 1) / SWELL), time)
        for number, time in enumerate(np.linspace(start, start + attack, SWELL))
    ]


def from_midi(source: bytes | str | Path, form: Form) -> Piece:
    """Return the piece over ``form`` in a MIDI file, given by its bytes or its path.

    Any tempo, resolution and track layout will do: onsets and ends are rounded to the nearest
    eighth note (a note lasts at least one), drums are left out, and a note's octave tells whether
    it belongs to the chords or to the melody. The first bar starts where the file starts; the end
    is filled up with rests to whole bars.

    Raises ``BluesError`` for anything that is not a MIDI file, a file without notes or with notes
    outside both octaves, two melody notes at once, and a file of absurd length. Files that are
    refused for their octaves or two notes at once can be read by ``foreign.nearest_piece``.
    """
    file = read_file(source)
    unit_of = {pitch: unit for unit, pitch in enumerate((*CHORD_OCTAVE, *MELODY_OCTAVE))}
    sounding = np.zeros((UNITS, file.steps), dtype=bool)
    for note in file.notes:
        if note.pitch not in unit_of:
            bar = note.onset // STEPS_PER_BAR + 1
            raise BluesError(
                f"note {note_name(note.pitch)} in bar {bar} of {file.name} is outside "
                f"the chord octave {note_name(CHORD_OCTAVE[0])} to {note_name(CHORD_OCTAVE[-1])} "
                f"and the melody octave "
                f"{note_name(MELODY_OCTAVE[0])} to {note_name(MELODY_OCTAVE[-1])}"
            )
        sounding[unit_of[note.pitch], note.onset : max(note.end, note.onset + 1)] = True
    try:
        return decode(sounding.T, form)
    except BluesError as error:
        raise BluesError(f"in {file.name}, rounded to eighth notes: {error}") from error
