"""The notes of a MIDI file, on time steps (chapter 3, "Notes as numbers").

What ``read_midi`` makes a piece of. Files come from anywhere: sizes are checked before anything is
read, and the work grows with the notes and the steps that there are, and no faster.
"""

import io
import math
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mido

from lstmblues.errors import BluesError
from lstmblues.files import read_whole
from lstmblues.music.form import BEATS_PER_BAR, STEPS_PER_BAR, STEPS_PER_BEAT
from lstmblues.music.notes import Note

LONGEST_BARS = 10_000
MOST_NOTES = 100_000
LARGEST_FILE = 2**20
"""The longest piece (bars), the most notes, and the largest file (bytes) that are read.

More is a broken file.
"""

END = "end of piece"
"""The text event that keeps the length of a piece that ends with rests."""

_FIRST_BYTES = b"MThd"
_DRUMS = 9
"""The channel that is for drums, counted from 0."""

# A number in a MIDI file goes on for as long as bytes have the highest bit set; mido would read on
# for minutes.
_ENDLESS_NUMBER = re.compile(rb"[\x80-\xff]{1000}")


@dataclass(frozen=True)
class FileNotes:
    """The notes of a MIDI file, drums aside, rounded to time steps.

    ``name`` is the file's, for messages. A note's onset and end are the steps nearest to them, so
    that a very short one has duration 0. ``steps`` is the length, in whole bars, with room for
    every note to last one step at least.
    """

    name: str
    notes: tuple[Note, ...]
    steps: int


def read_file(source: bytes | str | Path) -> FileNotes:
    """Return the notes in a MIDI file, given by its bytes or its path, filled up to whole bars.

    Raises ``BluesError`` for anything that is not a MIDI file, a file without notes, and a file of
    absurd length.
    """
    if isinstance(source, bytes):
        name, content = "the MIDI data", source
    else:
        name, content = str(source), read_whole(source, LARGEST_FILE)
    file = _parse(content, name)
    notes, ends = [], []
    for track in file.tracks:
        ticks = 0
        for message in track:
            ticks += message.time
            if message.type == "text" and message.text == END:
                ends.append(_step_at(ticks, file))
        for pitch, start, end in notes_of(track, file.ticks_per_beat / STEPS_PER_BEAT / 2):
            onset = _step_at(start, file)
            notes.append(Note(pitch, onset, _step_at(end, file) - onset))
    if not notes and not ends:
        raise BluesError(f"{name} has no notes; a piece needs some, drums aside")
    if len(notes) > MOST_NOTES:
        raise BluesError(
            f"{name} is too large for a piece: it has {len(notes)} notes; "
            f"at most {MOST_NOTES} are accepted"
        )
    length = max([max(note.end, note.onset + 1) for note in notes] + ends)
    bars = max(1, math.ceil(length / STEPS_PER_BAR))
    return FileNotes(name, tuple(notes), bars * STEPS_PER_BAR)


def _step_at(ticks: int, file: mido.MidiFile) -> int:
    """Return the step that is nearest to a time."""
    return math.floor(ticks / file.ticks_per_beat * STEPS_PER_BEAT + 0.5)


def _parse(content: bytes, name: str) -> mido.MidiFile:
    """Read a MIDI file; whatever its reader stumbles over becomes a ``BluesError``."""
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
        file = mido.MidiFile(file=io.BytesIO(content))
    except Exception as error:
        reason = str(error) or "it ends too early"
        raise BluesError(
            f"{name} is not a readable MIDI file: {reason}; give a Standard MIDI File (.mid)"
        ) from error
    _check_time(file, name)
    return file


def notes_of(track: mido.MidiTrack, half_step: float) -> Iterator[tuple[int, int, int]]:
    """Yield the pitch, the start and the end, in ticks, of every note of a track, drums aside.

    The end of a note ends all of its pitch that were struck before. If the pitch has just been
    struck again, within ``half_step`` ticks, it ends nothing: sequencers write legato like that.
    A note that never ends, or ends at the tick where it starts, is none.
    """
    tick, struck, restruck = 0, defaultdict(list), {}
    for message in track:
        tick += message.time
        if message.type not in ("note_on", "note_off") or message.channel == _DRUMS:
            continue
        key = message.channel, message.note
        if message.type == "note_on" and message.velocity > 0:
            if struck[key]:
                restruck[key] = tick
            struck[key].append(tick)
        elif tick - restruck.pop(key, -math.inf) >= half_step:
            ended = [start for start in struck[key] if start < tick]
            # Of those struck at this very tick, only the ones beside an older note go on.
            struck[key] = struck[key][len(ended) :] if ended else []
            for start in ended:
                yield message.note, start, tick


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
    bar = file.ticks_per_beat * BEATS_PER_BAR
    bars = max(sum(message.time for message in track) for track in file.tracks) // bar
    if bars >= LONGEST_BARS:
        raise BluesError(
            f"{name} is too long: it lasts {bars} bars; fewer than {LONGEST_BARS} are accepted"
        )
