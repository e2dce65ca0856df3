"""Pieces as MIDI files, and MIDI files as pieces (chapter 2, "The melodies").

A time step carries no note starts and ends, so the form decides them: ``held_notes`` is the one
place where equal steps become held notes. The score, the plots and the player use it too.
"""

import io
import math
import warnings
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import mido
import numpy as np
import pretty_midi

from lstmblues.encoding import UNITS, decode
from lstmblues.errors import BluesError
from lstmblues.files import read_whole
from lstmblues.form import (
    BEATS_PER_BAR,
    CHORD_OCTAVE,
    MELODY_OCTAVE,
    STEPS_PER_BAR,
    STEPS_PER_BEAT,
    Form,
    note_name,
)
from lstmblues.piece import Piece

TEMPO = 120.0
"""Beats (quarter notes) a minute, as on the papers' project page: a chorus lasts 24 seconds."""
SLOWEST, FASTEST = 20.0, 400.0

LONGEST_BARS = 10_000
LARGEST_FILE = 2**20
"""The longest piece (bars) and the largest file (bytes) that are read: more is a broken file."""

_END = "end of piece"
"""The text event that keeps the length of a piece that ends with rests."""


@dataclass(frozen=True)
class Voice:
    """How one track of a piece is played: General MIDI instrument, and velocity (1 to 127)."""

    name: str
    instrument: str
    velocity: int


MELODY = Voice("melody", "Acoustic Grand Piano", 100)
CHORDS = Voice("chords", "Acoustic Grand Piano", 70)


@dataclass(frozen=True)
class Note:
    """A held note: MIDI pitch, and onset and duration in time steps (eighth notes)."""

    pitch: int
    onset: int
    duration: int

    @property
    def end(self) -> int:
        """The first step at which the note no longer sounds."""
        return self.onset + self.duration


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


def to_midi(piece: Piece, tempo: float = TEMPO) -> bytes:
    """Return ``piece`` as a MIDI file with a track ``melody`` and a track ``chords``.

    ``tempo`` is in beats a minute. The same piece and tempo always give the same bytes, and
    ``from_midi`` gives the piece back.
    """
    step = seconds_per_step(tempo)
    file = pretty_midi.PrettyMIDI(initial_tempo=tempo)
    for voice, notes in zip((MELODY, CHORDS), held_notes(piece), strict=True):
        program = pretty_midi.instrument_name_to_program(voice.instrument)
        track = pretty_midi.Instrument(program, name=voice.name)
        track.notes = [
            pretty_midi.Note(voice.velocity, note.pitch, note.onset * step, note.end * step)
            for note in notes
        ]
        file.instruments.append(track)
    file.text_events.append(pretty_midi.Text(_END, len(piece) * step))
    content = io.BytesIO()
    file.write(content)
    return content.getvalue()


def from_midi(source: bytes | str | Path, form: Form) -> Piece:
    """Return the piece over ``form`` in a MIDI file, given by its bytes or its path.

    Any tempo, resolution and track layout will do: onsets and ends are rounded to the nearest
    eighth note (a note lasts at least one), drums are left out, and a note's octave tells whether
    it belongs to the chords or to the melody. The first bar starts where the file starts; the end
    is filled up with rests to whole bars.

    Raises ``BluesError`` for anything that is not a MIDI file, a file without notes or with notes
    outside both octaves, two melody notes at once, and a file of absurd length.
    """
    if isinstance(source, bytes):
        name, content = "the MIDI data", source
    else:
        name, content = str(source), read_whole(source)
    file = _parse(content, name)
    notes = [note for track in file.instruments if not track.is_drum for note in track.notes]
    ends = [text.time for text in file.text_events if text.text == _END]
    if not notes and not ends:
        raise BluesError(f"{name} has no notes; a piece needs some, drums aside")

    def step_at(time: float) -> int:
        ticks = int(file.time_to_tick(time))
        return math.floor(ticks * STEPS_PER_BEAT / file.resolution + 0.5)

    spans = []
    for note in notes:
        onset = step_at(note.start)
        spans.append((note.pitch, onset, max(onset + 1, step_at(note.end))))
    length = max([end for _, _, end in spans] + [step_at(time) for time in ends])
    bars = max(1, math.ceil(length / STEPS_PER_BAR))

    unit_of = {pitch: unit for unit, pitch in enumerate((*CHORD_OCTAVE, *MELODY_OCTAVE))}
    sounding = np.zeros((UNITS, bars * STEPS_PER_BAR), dtype=bool)
    for pitch, onset, end in spans:
        if pitch not in unit_of:
            raise BluesError(
                f"note {note_name(pitch)} in bar {onset // STEPS_PER_BAR + 1} of {name} is outside "
                f"the chord octave {note_name(CHORD_OCTAVE[0])} to {note_name(CHORD_OCTAVE[-1])} "
                f"and the melody octave "
                f"{note_name(MELODY_OCTAVE[0])} to {note_name(MELODY_OCTAVE[-1])}"
            )
        sounding[unit_of[pitch], onset:end] = True
    return decode(sounding.T, form)


def _parse(content: bytes, name: str) -> pretty_midi.PrettyMIDI:
    """Read a MIDI file; whatever its reader stumbles over becomes a ``BluesError``."""
    if len(content) > LARGEST_FILE:
        raise BluesError(
            f"{name} is too large for a piece: it has {len(content)} bytes; "
            f"at most {LARGEST_FILE} are accepted"
        )
    try:
        with warnings.catch_warnings():
            # pretty_midi warns of tempo changes outside the first track; a step is a step at any.
            warnings.simplefilter("ignore")
            file = mido.MidiFile(file=io.BytesIO(content))
            _check_time(file, name)
            return pretty_midi.PrettyMIDI(mido_object=file)
    except BluesError:
        raise
    except Exception as error:
        reason = str(error) or "it ends too early"
        raise BluesError(
            f"{name} is not a readable MIDI file: {reason}; give a Standard MIDI File (.mid)"
        ) from error


def _check_time(file: mido.MidiFile, name: str) -> None:
    """Refuse a file whose time cannot be told in beats, or whose length is absurd."""
    if file.ticks_per_beat <= 0:
        raise BluesError(
            f"{name} counts time in film frames or not at all; "
            "a MIDI file must count it in ticks a quarter note"
        )
    if file.type == 2:
        raise BluesError(
            f"{name} is a MIDI file of type 2, whose tracks do not play together; "
            "types 0 and 1 are accepted"
        )
    bar = file.ticks_per_beat * BEATS_PER_BAR
    bars = max((sum(message.time for message in track) for track in file.tracks), default=0) // bar
    most = min(LONGEST_BARS, int(pretty_midi.pretty_midi.MAX_TICK) // bar)
    if bars >= most:
        raise BluesError(
            f"{name} is too long: it lasts {bars} bars; "
            f"with {file.ticks_per_beat} ticks a beat, fewer than {most} are accepted"
        )
