"""Pieces as MIDI files, and MIDI files as pieces (chapter 2, "The melodies").

A time step carries no note starts and ends, so the form decides them: ``held_notes`` is the one
place where equal steps become held notes. The score, the plots and the player use it too.
"""

import io
import itertools
import math
import re
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

SWING = 0.6
"""The share of a beat that its first eighth lasts when swung; straight it is a half."""
BACKBEAT = 10
"""How much louder, in steps of velocity, notes on beats 2 and 4 are struck when swung."""

LONGEST_BARS = 10_000
LARGEST_FILE = 2**20
"""The longest piece (bars) and the largest file (bytes) that are read: more is a broken file."""

_FIRST_BYTES = b"MThd"

# A number in a MIDI file goes on for as long as bytes have the highest bit set; mido would read on
# for minutes.
_ENDLESS_NUMBER = re.compile(rb"[\x80-\xff]{1000}")

_END = "end of piece"
"""The text event that keeps the length of a piece that ends with rests."""


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
    file.text_events.append(pretty_midi.Text(_END, end))
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
    outside both octaves, two melody notes at once, and a file of absurd length.
    """
    if isinstance(source, bytes):
        name, content = "the MIDI data", source
    else:
        name, content = str(source), read_whole(source)
    file = _parse(content, name)
    spans = _spans(file)
    ends = [_step_at(text.time, file) for text in file.text_events if text.text == _END]
    if not spans and not ends:
        raise BluesError(f"{name} has no notes; a piece needs some, drums aside")
    length = max([end for _, _, end in spans] + ends)
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
    try:
        return decode(sounding.T, form)
    except BluesError as error:
        raise BluesError(f"in {name}, rounded to eighth notes: {error}") from error


def _spans(file: pretty_midi.PrettyMIDI) -> list[tuple[int, int, int]]:
    """Return pitch, onset and end (in steps, the end exclusive) of every note but drums."""
    spans = []
    for track in file.instruments:
        for note in () if track.is_drum else track.notes:
            onset = _step_at(note.start, file)
            spans.append((note.pitch, onset, max(onset + 1, _step_at(note.end, file))))
    return spans


def _step_at(seconds: float, file: pretty_midi.PrettyMIDI) -> int:
    """Return the step that is nearest to a time, whatever the tempo is there."""
    beats = int(file.time_to_tick(seconds)) / file.resolution
    return math.floor(beats * STEPS_PER_BEAT + 0.5)


def _parse(content: bytes, name: str) -> pretty_midi.PrettyMIDI:
    """Read a MIDI file; whatever its readers stumble over becomes a ``BluesError``."""
    if len(content) > LARGEST_FILE:
        raise BluesError(
            f"{name} is too large for a piece: it has {len(content)} bytes; "
            f"at most {LARGEST_FILE} are accepted"
        )
    if not content.startswith(_FIRST_BYTES):
        raise BluesError(f"{name} is not a MIDI file; give a Standard MIDI File (.mid)")
    if _ENDLESS_NUMBER.search(content):
        raise BluesError(f"{name} is not a readable MIDI file: one of its numbers does not end")
    try:
        with warnings.catch_warnings():
            # pretty_midi warns of tempo changes outside the first track, which change no step.
            warnings.simplefilter("ignore")
            file = mido.MidiFile(file=io.BytesIO(content))
            _check_time(file, name)
            file.tracks = [track for track in file.tracks if track]
            for track in file.tracks:
                _part_restruck_notes(track, file.ticks_per_beat / STEPS_PER_BEAT / 2)
            return pretty_midi.PrettyMIDI(mido_object=file)
    except BluesError:
        raise
    except Exception as error:
        reason = str(error) or "it ends too early"
        raise BluesError(
            f"{name} is not a readable MIDI file: {reason}; give a Standard MIDI File (.mid)"
        ) from error


def _part_restruck_notes(track: mido.MidiTrack, half_step: float) -> None:
    """Take out the end of a note that comes just after (in ticks) its pitch was struck again.

    Sequencers write legato like that. pretty_midi would take it as the end of both notes.
    """
    tick, sounding, restruck = 0, set(), {}
    for number, message in enumerate(track):
        tick += message.time
        if message.type not in ("note_on", "note_off"):
            continue
        key = message.channel, message.note
        if message.type == "note_on" and message.velocity > 0:
            if key in sounding:
                restruck[key] = tick
            sounding.add(key)
        elif tick - restruck.pop(key, -math.inf) < half_step:
            track[number] = mido.MetaMessage("text", time=message.time)
        else:
            sounding.discard(key)


def _check_time(file: mido.MidiFile, name: str) -> None:
    """Refuse a file whose time cannot be told in beats, or whose length is absurd."""
    if not any(file.tracks):
        raise BluesError(f"{name} is an empty MIDI file: it has no tracks, or nothing in them")
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
    for message in itertools.chain(*file.tracks):
        if message.type == "set_tempo" and message.tempo == 0:
            raise BluesError(f"{name} has a tempo at which a beat lasts no time; any other will do")
    bar = file.ticks_per_beat * BEATS_PER_BAR
    bars = max(sum(message.time for message in track) for track in file.tracks) // bar
    most = min(LONGEST_BARS, int(pretty_midi.pretty_midi.MAX_TICK) // bar)
    if bars >= most:
        raise BluesError(
            f"{name} is too long: it lasts {bars} bars; "
            f"with {file.ticks_per_beat} ticks a beat, fewer than {most} are accepted"
        )
