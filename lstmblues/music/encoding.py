"""Notes as numbers: a piece to the network's inputs and back (chapter 3, "Notes as numbers").

One unit a note: 12 chord units (C3 to B3), then 13 melody units (C4 to C5); 1.0 is on, 0.0 off.
Starts and ends of notes are not marked (TR 2.2).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lstmblues.errors import BluesError
from lstmblues.music.form import CHORD_OCTAVE, MELODY_OCTAVE, STEPS_PER_BAR, Form
from lstmblues.music.melody import Melodies
from lstmblues.music.piece import Piece

CHORD_UNITS = slice(0, len(CHORD_OCTAVE))
MELODY_UNITS = slice(len(CHORD_OCTAVE), len(CHORD_OCTAVE) + len(MELODY_OCTAVE))
UNITS = MELODY_UNITS.stop
"""How many units encode one time step: 25."""
PITCHES = (*CHORD_OCTAVE, *MELODY_OCTAVE)
"""The MIDI pitch of every unit."""


def encode(piece: Piece) -> np.ndarray:
    """Return ``piece`` as an on/off array of shape (steps, 25), dtype float64."""
    array = np.zeros((len(piece), UNITS))
    for step, (chord, note) in enumerate(zip(piece.chords, piece.melody, strict=True)):
        for number in chord:
            array[step, CHORD_UNITS.start + CHORD_OCTAVE.index(number)] = 1.0
        if note is not None:
            array[step, MELODY_UNITS.start + MELODY_OCTAVE.index(note)] = 1.0
    return array


def encode_batch(pieces: Sequence[Piece]) -> np.ndarray:
    """Return equally long pieces as one on/off array of shape (pieces, steps, 25).

    Raises ``BluesError`` for no pieces, or pieces of different lengths.
    """
    if len({len(piece) for piece in pieces}) != 1:
        raise BluesError("a batch needs at least one piece, and all of the same length")
    return np.stack([encode(piece) for piece in pieces])


def encode_choruses(melodies: Melodies, numbers: Sequence[int] | np.ndarray) -> np.ndarray:
    """Return the choruses of ``melodies`` with these numbers: shape (choruses, steps, 25).

    The same as ``encode_batch`` of the choruses, without making a piece of each.
    """
    melody = melodies.pitches_of(numbers) - MELODY_OCTAVE[0]
    arrays = np.zeros((*melody.shape, UNITS))
    arrays[..., CHORD_UNITS] = encode(melodies.chorus(0))[:, CHORD_UNITS]
    arrays[..., MELODY_UNITS] = np.eye(len(MELODY_OCTAVE))[melody]
    return arrays


def chord_cycle(form: Form) -> np.ndarray:
    """Return one chorus of the form's chords: shape (steps, 12), boolean."""
    return encode(Piece.over(form, [None] * form.steps))[:, CHORD_UNITS] > 0.5


def decode(array: np.ndarray, form: Form) -> Piece:
    """Return the piece over ``form`` that an on/off array of shape (steps, 25) encodes.

    The inverse of ``encode``. Raises ``BluesError`` for any other shape, for values other than
    0 and 1, for two melody notes at once, and for a length that is not whole bars.
    """
    array = np.asarray(array)
    if array.ndim != 2 or array.shape[1] != UNITS:
        raise BluesError(f"an array of shape {array.shape} is no piece; needed is (steps, {UNITS})")
    if not np.isin(array, (0, 1)).all():
        raise BluesError("a piece is an on/off array: every value must be 0 or 1")
    crowded = np.flatnonzero(array[:, MELODY_UNITS].sum(axis=1) > 1)
    if crowded.size:
        raise BluesError(
            f"two melody notes at once in bar {crowded[0] // STEPS_PER_BAR + 1}; "
            "a melody has at most one note at a time"
        )
    chords = tuple(
        frozenset(CHORD_OCTAVE[unit] for unit in np.flatnonzero(row))
        for row in array[:, CHORD_UNITS]
    )
    melody = tuple(
        MELODY_OCTAVE[int(np.argmax(row))] if row.any() else None for row in array[:, MELODY_UNITS]
    )
    return Piece(form, chords, melody)


@dataclass(frozen=True)
class Standardisation:
    """How on/off inputs are shifted and scaled before the network hears them (IC 2).

    ``shift`` and ``scale`` have shape (units,); the network hears ``(x - shift) / scale``.
    That every unit has its own shift and scale is our reading of IC, which gives no formula.
    """

    shift: np.ndarray
    scale: np.ndarray

    @classmethod
    def none(cls, units: int) -> "Standardisation":
        """Leave inputs of ``units`` units as they are: on/off, as in TR's first experiments."""
        return cls(np.zeros(units), np.ones(units))

    @classmethod
    def fit(cls, arrays: np.ndarray) -> "Standardisation":
        """Give every unit of ``arrays`` (shape (..., units)) mean 0 and standard deviation 1.

        A unit that never changes has no deviation to divide by; it is only shifted.
        """
        rows = np.asarray(arrays, dtype=float).reshape(-1, np.shape(arrays)[-1])
        deviation = rows.std(axis=0)
        return cls(rows.mean(axis=0), np.where(deviation > 0, deviation, 1.0))

    def apply(self, arrays: np.ndarray) -> np.ndarray:
        """Return on/off ``arrays`` (shape (..., units)) as the network hears them."""
        return (arrays - self.shift) / self.scale

    def levels(self) -> np.ndarray:
        """Return how off, and how on, every unit is heard: shape (2, units)."""
        units = len(self.shift)
        return self.apply(np.stack([np.zeros(units), np.ones(units)]))

    def undo(self, arrays: np.ndarray) -> np.ndarray:
        """Return standardised ``arrays`` (shape (..., units)) as on/off values again."""
        return np.asarray(arrays) * self.scale + self.shift
