"""Whether a melody knows its place in the form: recited bars and novel bars apart (chapter 12).

A recited bar is one that stands in some training or unseen chorus, at whatever bar; all others are
novel. Notes that fit the form at their own place are compared with how well the same notes would
fit at the other bars of the form. A melody that knows no place fits all of them alike.
"""

from dataclasses import dataclass

import numpy as np

from lstmblues.music.form import MELODY_OCTAVE, SEMITONES_PER_OCTAVE, STEPS_PER_BAR
from lstmblues.music.melody import Melodies
from lstmblues.music.notes import held_notes
from lstmblues.music.piece import Piece
from lstmblues.schema import Measured

KINDS = ("recited", "novel")
"""Both kinds of bars."""


@dataclass(frozen=True)
class Fit:
    """How the bars of one kind fit their place; all are counts.

    ``bars`` of that kind; of these, ``bars_in_place`` stand at this very bar in some chorus (no
    novel bar does). ``notes`` are struck in them: ``on_chord`` have a pitch class of the chord that
    the form has at their onset, and ``like_eck`` are notes that some chorus has at that step.
    ``on_chord_elsewhere`` and ``like_eck_elsewhere`` are the same counts, on average, if the bars
    stood at the other bars of the form.
    """

    bars: int
    bars_in_place: int
    notes: int
    on_chord: int
    like_eck: int
    on_chord_elsewhere: Measured
    like_eck_elsewhere: Measured


def fit(piece: Piece, melodies: Melodies) -> dict[str, Fit]:
    """Return how the bars of each of ``KINDS`` in ``piece`` fit their place, by kind."""
    form = piece.form
    bars = len(form.bars)
    recited = np.array([piece.melody_bar(bar) in melodies.bars for bar in range(piece.bars)])
    in_place = np.array(
        [piece.melody_bar(bar) in melodies.known_at[bar % bars] for bar in range(piece.bars)]
    )

    notes = held_notes(piece)[0]
    onsets = np.array([note.onset for note in notes], dtype=int)
    pitches = np.array([note.pitch - MELODY_OCTAVE[0] for note in notes], dtype=int)
    where = onsets // STEPS_PER_BAR
    steps = (onsets + STEPS_PER_BAR * np.arange(bars)[:, None]) % form.steps  # (shifts, notes)
    on_chord, like_eck = (table[steps, pitches] for table in _fitting(melodies))

    def counts(hits: np.ndarray) -> tuple[int, float]:
        each = hits.sum(axis=1)
        return int(each[0]), float(each[1:].mean())

    found = {}
    for kind, of_kind in zip(KINDS, (recited, ~recited), strict=True):
        chosen = of_kind[where]
        chord, chord_elsewhere = counts(on_chord[:, chosen])
        eck, eck_elsewhere = counts(like_eck[:, chosen])
        found[kind] = Fit(
            int(of_kind.sum()),
            int((of_kind & in_place).sum()),
            int(chosen.sum()),
            chord,
            eck,
            chord_elsewhere,
            eck_elsewhere,
        )
    return found


def _fitting(melodies: Melodies) -> tuple[np.ndarray, np.ndarray]:
    """Return which notes of the melody octave fit which step: two tables (steps, notes).

    By the first, a note is in the step's chord; by the second, some chorus has it there.
    """
    octave = np.array(MELODY_OCTAVE)
    on_chord = [
        np.isin(octave % SEMITONES_PER_OCTAVE, np.array(chord.pitches) % SEMITONES_PER_OCTAVE)
        for chord in melodies.form.chord_at
    ]
    like_eck = [(bars[:, :, None] == octave).any(axis=0) for bars in melodies.bars_at]
    return np.array(on_chord), np.concatenate(like_eck)
