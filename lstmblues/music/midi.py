"""Pieces as MIDI files (chapter 2, "The melodies"); ``read_midi`` reads them."""

import io
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pretty_midi

from lstmblues.music.form import STEPS_PER_BAR, STEPS_PER_BEAT
from lstmblues.music.midi_notes import END
from lstmblues.music.notes import TEMPO, Note, held_notes, seconds_at
from lstmblues.music.piece import Piece

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


MELODY_VOICE = Voice("melody", "Acoustic Grand Piano", 100)
CHORD_VOICE = Voice("chords", "Electric Piano 1", 46, attack=0.03)

VOLUME, EXPRESSION = 7, 11
"""The MIDI controllers for a track's loudness, and for its shape in time; 0 to ``LOUDEST``."""
LOUDEST = 127
SWELL = 8
"""In how many steps of equal height the expression rises over an attack."""


def to_midi(piece: Piece, tempo: float = TEMPO, swing: bool = False) -> bytes:
    """Return ``piece`` as a MIDI file with a track ``melody`` and a track ``chords``.

    ``tempo`` is in beats a minute. ``swing`` changes how the piece is played, never its notes:
    off-beats come late (``seconds_at``), and beats 2 and 4 are ``BACKBEAT`` louder. The same
    arguments always give the same bytes, and ``from_midi`` gives the piece back. Raises
    ``BluesError`` for a tempo that ``notes.seconds_per_step`` refuses.
    """
    end = seconds_at(len(piece), tempo, swing)
    file = pretty_midi.PrettyMIDI(initial_tempo=tempo)
    for voice, notes in zip((MELODY_VOICE, CHORD_VOICE), held_notes(piece), strict=True):
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
