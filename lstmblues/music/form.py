"""The form: the chords of every bar (chapter 1, "The twelve bars").

A form is stated in a small notation, kept as TOML in ``data/music/``: chord symbols with ``|``
between bars, and the notes of every symbol. Nothing here, or later, assumes C or twelve bars.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from lstmblues.errors import BluesError
from lstmblues.files import MUSIC, read_toml
from lstmblues.schema import Name, Table, Text, checked

STEPS_PER_BEAT = 2
"""One time step of the network is an eighth note (TR 2.2)."""
BEATS_PER_BAR = 4
STEPS_PER_BAR = STEPS_PER_BEAT * BEATS_PER_BAR
BARS_PER_LINE = 4
"""A line of the form, and of a score: the twelve bars are three lines."""
MOST_BARS = 64
"""The longest form, in bars: four times the longest blues that is usual."""

SEMITONES_PER_OCTAVE = 12
CHORD_OCTAVE = range(48, 60)
"""MIDI pitches of chord notes, C3 to B3: the octave below middle C (TR 2.2)."""
MELODY_OCTAVE = range(60, 73)
"""MIDI pitches of melody notes, C4 to C5: the octave from middle C up (TR 2.2)."""

_NOTE_NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
"""The notes of an octave, the black keys spelt as flats."""
_ACCIDENTALS = {"": 0, "#": 1, "b": -1}
_NOTE = re.compile(r"([A-Ga-g])([#b]?)([+-]?[0-9]{1,9})")


def pitch(name: str) -> int:
    """Return the MIDI pitch (0 to 127) of a note name such as ``Bb3``; middle C is ``C4``.

    A name is a letter, perhaps ``#`` or ``b``, and an octave. Raises ``BluesError`` for any other
    text, and for a note outside 0 to 127.
    """
    parts = _NOTE.fullmatch(name)
    if parts is None:
        raise BluesError(
            f"{name!r} is not a note; write a letter, # or b, and an octave, as in Bb3"
        )
    letter, accidental, octave = parts.groups()
    number = SEMITONES_PER_OCTAVE * (int(octave) + 1)  # octave -1 begins with pitch 0
    number += _NOTE_NAMES.index(letter.upper()) + _ACCIDENTALS[accidental]
    if not 0 <= number < 128:
        raise BluesError(f"{name!r} lies outside the MIDI range, which goes from C-1 to G9")
    return number


def note_name(number: int) -> str:
    """Return the name of a MIDI pitch, a black key as a flat: 63 is ``Eb4``."""
    octave, place = divmod(int(number), SEMITONES_PER_OCTAVE)
    return f"{_NOTE_NAMES[place]}{octave - 1}"


@dataclass(frozen=True)
class Chord:
    """A chord symbol and its MIDI pitches, lowest first, each within ``CHORD_OCTAVE``.

    Raises ``BluesError`` for no pitches, another order, or a pitch outside the octave.
    """

    symbol: str
    pitches: tuple[int, ...]

    def __post_init__(self):
        if not self.pitches or list(self.pitches) != sorted(set(self.pitches)):
            raise BluesError(f"chord {self.symbol} needs different notes, lowest first")
        for number in self.pitches:
            if number not in CHORD_OCTAVE:
                raise BluesError(
                    f"note {note_name(number)} of chord {self.symbol} is outside the chord octave "
                    f"{note_name(CHORD_OCTAVE[0])} to {note_name(CHORD_OCTAVE[-1])}"
                )

    @property
    def root(self) -> int:
        """The MIDI pitch, within ``CHORD_OCTAVE``, of the letter name with which it begins.

        Raises ``BluesError`` if the symbol does not begin with one.
        """
        letter = re.match(r"[A-G][#b]?", self.symbol)
        if letter is None:
            raise BluesError(f"chord symbol {self.symbol!r} does not begin with a letter name")
        return CHORD_OCTAVE[(pitch(f"{letter.group()}4") - CHORD_OCTAVE[0]) % SEMITONES_PER_OCTAVE]

    @classmethod
    def parse(cls, symbol: str, notes: str) -> "Chord":
        """Return the chord written as, say, ``Chord.parse("C", "C3 E3 G3")``."""
        return cls(symbol, tuple(pitch(name) for name in notes.split()))


@dataclass(frozen=True)
class Form:
    """Bars of chords. The chords of one bar share its eight steps equally.

    Raises ``BluesError`` for no bars or more than ``MOST_BARS``, and for a bar whose number of
    chords is not 1, 2, 4 or 8.
    """

    name: str
    bars: tuple[tuple[Chord, ...], ...]

    def __post_init__(self):
        if not 1 <= len(self.bars) <= MOST_BARS:
            raise BluesError(f"form {self.name!r} has {len(self.bars)} bars; give 1 to {MOST_BARS}")
        for number, bar in enumerate(self.bars, start=1):
            if not bar or STEPS_PER_BAR % len(bar):
                raise BluesError(
                    f"bar {number} of form {self.name!r} has {len(bar)} chords; "
                    f"a bar of {STEPS_PER_BAR} steps is shared equally by 1, 2, 4 or 8"
                )

    @classmethod
    def parse(cls, name: str, bars: str, chords: Mapping[str, str]) -> "Form":
        """Return the form written as ``bars`` (``"C | F7 | Gm7 C"``) with the notes in ``chords``.

        ``chords`` maps every chord symbol to its notes, such as ``{"C": "C3 E3 G3"}``. Raises
        ``BluesError`` for a chord without notes, and as ``Form`` and ``Chord`` do.
        """
        vocabulary = {symbol: Chord.parse(symbol, notes) for symbol, notes in chords.items()}
        parsed = []
        for number, bar in enumerate(bars.strip().strip("|").split("|"), start=1):
            for symbol in bar.split():
                if symbol not in vocabulary:
                    raise BluesError(
                        f"bar {number} of form {name!r} has the chord {symbol!r}, which has no "
                        f"notes; known are {', '.join(vocabulary) or 'none'}"
                    )
            parsed.append(tuple(vocabulary[symbol] for symbol in bar.split()))
        return cls(name, tuple(parsed))

    @property
    def notes(self) -> str:
        """The notes of all chords, as text: what a network hears of the form, whatever its name.

        Commas stand between chords and bars between bars: ``"D3 F3 G3 Bb3, C3 E3 G3 | ..."``.
        """
        bars = [[" ".join(map(note_name, chord.pitches)) for chord in bar] for bar in self.bars]
        return " | ".join(map(", ".join, bars))

    @property
    def steps(self) -> int:
        """Length of one chorus in time steps (eighth notes)."""
        return len(self.bars) * STEPS_PER_BAR

    @cached_property
    def chord_at(self) -> tuple[Chord, ...]:
        """The chord that sounds at every step of a chorus; length ``steps``."""
        return tuple(
            chord for bar in self.bars for chord in bar for _ in range(STEPS_PER_BAR // len(bar))
        )

    @cached_property
    def changes(self) -> tuple[int, ...]:
        """The steps of a chorus at which a chord is struck: every bar line and split bar."""
        starts, step = [], 0
        for bar in self.bars:
            for _ in bar:
                starts.append(step)
                step += STEPS_PER_BAR // len(bar)
        return tuple(starts)

    def symbol_of(self, pitches: Iterable[int]) -> str | None:
        """Return the symbol of the form's chord with exactly these MIDI pitches, or None."""
        return self._symbols.get(frozenset(pitches))

    @cached_property
    def _symbols(self) -> dict[frozenset[int], str]:
        return {frozenset(chord.pitches): chord.symbol for bar in self.bars for chord in bar}


BEBOP_BLUES = MUSIC / "bebop-blues.toml"
"""The file of the papers' form."""


Chords = Annotated[dict[Name, Text], Meta(max_length=200)]


class _FormTable(Table):
    """What a form's file holds; chords and variants give symbols their notes."""

    name: Name
    bars: Text
    chords: Chords
    variants: Annotated[dict[Name, Chords], Meta(max_length=200)] = {}


def load_form(variant: str | None = None, path: str | Path = BEBOP_BLUES) -> Form:
    """Return the form in the TOML file at ``path``; the default is the papers' bebop blues.

    ``variant`` names a reading of some chords listed in the file: ``"printed"`` has bar 6 with
    the notes that the papers print. Raises ``BluesError`` for a file that states no form, and for
    a variant that it does not have.
    """
    table = checked(read_toml(path), _FormTable, f"{path} states no form")
    if variant is not None and variant not in table.variants:
        raise BluesError(
            f"form {table.name!r} has no variant {variant!r}; "
            f"it has {', '.join(table.variants) or 'none'}"
        )
    name = table.name if variant is None else f"{table.name} ({variant})"
    chords = table.chords | (table.variants[variant] if variant else {})
    try:
        return Form.parse(name, table.bars, chords)
    except BluesError as error:
        raise BluesError(f"{path} states no form: {error}") from error
