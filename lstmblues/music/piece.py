"""A piece: chords and melody over a form, aligned step by step (chapter 2, "The melodies")."""

from collections.abc import Sequence
from dataclasses import dataclass

from lstmblues.errors import BluesError
from lstmblues.music.form import CHORD_OCTAVE, MELODY_OCTAVE, STEPS_PER_BAR, Form, note_name

CHORUSES_OF_A_RECORDING = 14
"""How many choruses the long recordings of 2002 last (inferred from their sizes)."""


@dataclass(frozen=True)
class Piece:
    """Whole bars of music over ``form``, one entry a time step (an eighth note).

    ``chords[t]`` is the set of MIDI pitches of the chord that sounds at step ``t`` (any set within
    ``CHORD_OCTAVE``, right or wrong, possibly empty); ``melody[t]`` is one MIDI pitch within
    ``MELODY_OCTAVE``, or None for a rest. A chorus is a piece of one time through the form.
    Raises ``BluesError`` for a note outside its octave, or a length that is not whole bars.
    """

    form: Form
    chords: tuple[frozenset[int], ...]
    melody: tuple[int | None, ...]

    def __post_init__(self):
        if len(self.chords) != len(self.melody):
            raise BluesError(
                f"chords last {len(self.chords)} steps and the melody {len(self.melody)}; "
                "they must be equally long"
            )
        if len(self) == 0 or len(self) % STEPS_PER_BAR:
            raise BluesError(
                f"a piece of {len(self)} steps is not whole bars; "
                f"its length must be a multiple of {STEPS_PER_BAR}, and at least one bar"
            )
        for step, (chord, note) in enumerate(zip(self.chords, self.melody, strict=True)):
            for number in chord:
                _check_octave("chord", number, CHORD_OCTAVE, step)
            if note is not None:
                _check_octave("melody", note, MELODY_OCTAVE, step)

    @classmethod
    def over(cls, form: Form, melody: Sequence[int | None]) -> "Piece":
        """Return ``melody`` over the form's own chords, repeated as often as it takes."""
        chords = tuple(
            frozenset(form.chord_at[step % form.steps].pitches) for step in range(len(melody))
        )
        return cls(form, chords, tuple(melody))

    def __len__(self) -> int:
        """The length in steps."""
        return len(self.melody)

    def __add__(self, other: "Piece") -> "Piece":
        """Return this piece followed by ``other``; raise ``BluesError`` if its form is another."""
        if other.form != self.form:
            raise BluesError(
                f"cannot join a piece over {self.form.name!r} to one over {other.form.name!r}"
            )
        return Piece(self.form, self.chords + other.chords, self.melody + other.melody)

    @property
    def bars(self) -> int:
        """The length in bars."""
        return len(self) // STEPS_PER_BAR

    @property
    def choruses(self) -> int:
        """How many whole times the piece goes through its form."""
        return len(self) // self.form.steps

    def chorus(self, number: int) -> "Piece":
        """Return chorus ``number``, counted from 0; raise ``BluesError`` if there is none."""
        if not 0 <= number < self.choruses:
            raise BluesError(
                f"there is no chorus {number}; this piece has choruses 0 to {self.choruses - 1}"
            )
        start, stop = number * self.form.steps, (number + 1) * self.form.steps
        return Piece(self.form, self.chords[start:stop], self.melody[start:stop])

    def melody_bar(self, number: int) -> tuple[int | None, ...]:
        """Return the melody of bar ``number``, counted from 0: one entry a step."""
        return self.melody[number * STEPS_PER_BAR : (number + 1) * STEPS_PER_BAR]


@dataclass(frozen=True)
class Moment:
    """A place in a piece to listen to: the time step at which it begins, and what happens there."""

    step: int
    text: str


def join(pieces: Sequence[Piece]) -> Piece:
    """Return the pieces one after another.

    Raises ``BluesError`` for no pieces, and for pieces over different forms.
    """
    if not pieces:
        raise BluesError("there is nothing to join; give at least one piece")
    first = pieces[0]
    if any(piece.form != first.form for piece in pieces):
        raise BluesError("pieces can be joined only if all are over the same form")
    return Piece(
        first.form,
        tuple(chord for piece in pieces for chord in piece.chords),
        tuple(note for piece in pieces for note in piece.melody),
    )


def _check_octave(kind: str, number: int, octave: range, step: int) -> None:
    """Raise ``BluesError`` for a note at ``step`` that is outside its octave."""
    if number not in octave:
        raise BluesError(
            f"{kind} note {note_name(number)} in bar {step // STEPS_PER_BAR + 1} is outside "
            f"the {kind} octave {note_name(octave[0])} to {note_name(octave[-1])}"
        )
