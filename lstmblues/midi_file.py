"""What a MIDI file holds, as notes on time steps, or in one sentence why it cannot be read.

Other people's files come in many kinds: ``midi`` and ``foreign`` make pieces of their notes.
"""

import io
import itertools
import math
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import mido
import pretty_midi

from lstmblues.errors import BluesError
from lstmblues.files import read_whole
from lstmblues.form import BEATS_PER_BAR, STEPS_PER_BAR, STEPS_PER_BEAT

LONGEST_BARS = 10_000
LARGEST_FILE = 2**20
"""The longest piece (bars) and the largest file (bytes) that are read: more is a broken file."""

END = "end of piece"
"""The text event that keeps the length of a piece that ends with rests."""

_FIRST_BYTES = b"MThd"

# A number in a MIDI file goes on for as long as bytes have the highest bit set; mido would read on
# for minutes.
_ENDLESS_NUMBER = re.compile(rb"[\x80-\xff]{1000}")


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


@dataclass(frozen=True)
class NotesOfFile:
    """The notes of a MIDI file, drums aside, rounded to time steps.

    ``name`` is the file's, for messages. A note's onset and end are the steps nearest to them, so
    that a very short one has duration 0. ``steps`` is the length, in whole bars, with room for
    every note to last one step at least.
    """

    name: str
    notes: tuple[Note, ...]
    steps: int


def read_file(source: bytes | str | Path) -> NotesOfFile:
    """Return the notes in a MIDI file, given by its bytes or its path.

    Any tempo, resolution and track layout will do. The first bar starts where the file starts;
    the end is filled up to whole bars. Raises ``BluesError`` for anything that is not a MIDI file,
    a file without notes, and a file of absurd length.
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
    return NotesOfFile(name, tuple(notes), bars * STEPS_PER_BAR)


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
