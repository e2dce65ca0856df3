"""MIDI files as pieces: strictly (chapter 3), or as the nearest piece (chapter 12).

Both ways read a file's notes on time steps, part the melody from the chords, and place both in a
piece. ``from_midi`` refuses what is no piece as it stands. ``nearest_piece`` moves notes by octaves
and leaves some out, and counts them.
"""

import io
import itertools
import math
import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import mido
import numpy as np
import pretty_midi

from lstmblues.errors import BluesError
from lstmblues.files import read_whole
from lstmblues.music.encoding import PITCHES, UNITS, decode
from lstmblues.music.form import (
    BEATS_PER_BAR,
    CHORD_OCTAVE,
    MELODY_OCTAVE,
    SEMITONES_PER_OCTAVE,
    STEPS_PER_BAR,
    STEPS_PER_BEAT,
    Form,
    note_name,
)
from lstmblues.music.notes import Note
from lstmblues.music.piece import Piece

LONGEST_BARS = 10_000
LARGEST_FILE = 2**20
"""The longest piece (bars) and the largest file (bytes) that are read: more is a broken file."""

END = "end of piece"
"""The text event that keeps the length of a piece that ends with rests."""

_FIRST_BYTES = b"MThd"

# A number in a MIDI file goes on for as long as bytes have the highest bit set; mido would read on
# for minutes.
_ENDLESS_NUMBER = re.compile(rb"[\x80-\xff]{1000}")


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
    file = _read(source)
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
    file = _read(source)
    melody, chords = _parted(file.notes, file.steps)
    heard = np.zeros(file.steps, dtype=int)  # the melody's pitch at every step; 0 is a rest
    # Of notes struck at one step, the last to be set is heard: the highest that lasts a step.
    for note in sorted(melody, key=lambda note: (note.onset, note.duration > 0, note.pitch)):
        heard[_steps(note)] = note.pitch
    kept = [note for note in melody if (heard[_steps(note)] == note.pitch).any()]
    moved = _melody_octaves([note.pitch for note in kept])
    notes = [Note(moved[heard[step]], step, 1) for step in np.flatnonzero(heard)]
    notes += [replace(note, pitch=_into(CHORD_OCTAVE, note.pitch)) for note in chords]
    folded = sum(moved[note.pitch] != note.pitch for note in kept)
    folded += sum(note.pitch not in CHORD_OCTAVE for note in chords)
    return Reading(_place(notes, file.steps, form), folded, len(melody) - len(kept))


# --- Reading --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _File:
    """The notes of a MIDI file, drums aside, rounded to time steps.

    ``name`` is the file's, for messages. A note's onset and end are the steps nearest to them, so
    that a very short one has duration 0. ``steps`` is the length, in whole bars, with room for
    every note to last one step at least.
    """

    name: str
    notes: tuple[Note, ...]
    steps: int


def _read(source: bytes | str | Path) -> _File:
    """Return the notes in a MIDI file, given by its bytes or its path, filled up to whole bars.

    Raises ``BluesError`` for anything that is not a MIDI file, a file without notes, and a file of
    absurd length.
    """
    if isinstance(source, bytes):
        name, content = "the MIDI data", source
    else:
        name, content = str(source), read_whole(source)
    file = _parse(content, name)
    notes = []
    for track in file.instruments:
        for note in () if track.is_drum else track.notes:
            onset, end = _step_at(note.start, file), _step_at(note.end, file)
            notes.append(Note(note.pitch, onset, end - onset))
    ends = [_step_at(text.time, file) for text in file.text_events if text.text == END]
    if not notes and not ends:
        raise BluesError(f"{name} has no notes; a piece needs some, drums aside")
    length = max([max(note.end, note.onset + 1) for note in notes] + ends)
    bars = max(1, math.ceil(length / STEPS_PER_BAR))
    return _File(name, tuple(notes), bars * STEPS_PER_BAR)


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


# --- Parting and placing --------------------------------------------------------------------------


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
    units = np.zeros((steps, UNITS), dtype=bool)
    for note in notes:
        units[_steps(note), PITCHES.index(note.pitch)] = True
    return decode(units, form)
