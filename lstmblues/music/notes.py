"""Held notes, and when they sound: how equal steps become music (chapter 2, "The melodies").

A time step does not tell where notes start and end, so the form decides that. ``held_notes`` is the
one place where equal steps become held notes; MIDI files, scores, plots and players all use it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from lstmblues.errors import BluesError
from lstmblues.music.form import STEPS_PER_BEAT
from lstmblues.music.piece import Piece

TEMPO = 120.0
"""Beats (quarter notes) a minute, as on the papers' project page: a chorus lasts 24 seconds."""
SLOWEST, FASTEST = 20.0, 400.0
"""The ends of the tempos that can be played, in beats a minute."""
SWING = 0.6
"""The share of a beat that its first eighth lasts when swung; straight it is a half."""


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

    Raises ``BluesError`` for a tempo outside ``SLOWEST`` to ``FASTEST``.
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
    ``swing`` the first eighth of a beat lasts ``SWING`` of it, so that off-beats come late. Raises
    ``BluesError`` as ``seconds_per_step`` does.
    """
    beat, within = np.divmod(step, STEPS_PER_BEAT)
    first = SWING if swing else 1 / STEPS_PER_BEAT
    share = np.interp(within, (0, 1, STEPS_PER_BEAT), (0, first, 1))
    return (beat + share) * STEPS_PER_BEAT * seconds_per_step(tempo)
