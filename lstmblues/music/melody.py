"""Eck's melodies: the scale, his segments, the 4096 choruses (chapter 2, "The melodies").

Segments make choruses as digits make numbers. So there may be any number of choruses: they are
counted, drawn and recognised place by place, and listed only where they are few.
"""

import itertools
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

import numpy as np
from msgspec import Meta

from lstmblues.errors import BluesError
from lstmblues.files import MUSIC, read_toml
from lstmblues.music.form import (
    BEATS_PER_BAR,
    STEPS_PER_BAR,
    STEPS_PER_BEAT,
    Form,
    note_name,
    pitch,
)
from lstmblues.music.piece import Piece
from lstmblues.schema import Table, Text, checked

MOST_CHORUSES = 4096
"""So many choruses, as many as Eck's, are listed; of more than these, so many are drawn."""
MOST_MELODIES_A_BAR = 256
"""So many melodies may stand at one bar of the form; Eck's bars have up to four."""

Segment = tuple[int, ...]
"""Some quarter notes of a melody, as MIDI pitches."""


def read_notes(text: str) -> Segment:
    """Return the MIDI pitches of quarter notes written as letters: ``"F c Bb Eb"``.

    The letters are ours; TR prints the melodies in staff notation (figures 3 and 8.1). Capital
    letters lie in the octave from middle C up (C4 to B4); a small ``c`` is C5. Raises
    ``BluesError`` for a name that is no note, and for any other small letter.
    """
    for name in text.split():
        if name != "c" and name[0].islower():
            raise BluesError(
                f"{name!r} is not a note of a melody; write C to B, and a small c is C5"
            )
    return tuple(pitch("C5" if name == "c" else f"{name}4") for name in text.split())


def write_notes(notes: Sequence[int]) -> str:
    """Return MIDI pitches C4 to C5 as letters; the inverse of ``read_notes``."""
    names = (note_name(number) for number in notes)
    return " ".join("c" if name == "C5" else name.removesuffix("4") for name in names)


def hold(quarter_notes: Sequence[int]) -> tuple[int, ...]:
    """Return quarter notes as time steps: every pitch ``STEPS_PER_BEAT`` times."""
    return tuple(number for number in quarter_notes for _ in range(STEPS_PER_BEAT))


@dataclass(frozen=True)
class Melodies:
    """A space of melodies over a form: every place of a chorus offers segments to choose from.

    ``places[p]`` holds the segments that may stand at place ``p``; one segment from each place,
    in order, makes a chorus. Choruses are numbered from 0 in the order of ``itertools.product``
    (the last place changes fastest). Which segments may stand where is our inference from the
    choruses that TR prints, not a statement of the papers.

    ``scale`` holds the MIDI pitches of the scale, lowest first; ``printed`` holds the choruses that
    TR figure 8.1 prints, as quarter notes. Raises ``BluesError`` for a place without segments,
    segments that do not fill the bars of a chorus, a bar with more than ``MOST_MELODIES_A_BAR``
    melodies, and notes outside the melody octave.
    """

    form: Form
    scale: Segment
    places: tuple[tuple[Segment, ...], ...]
    printed: tuple[Segment, ...] = ()

    def __post_init__(self):
        if not self.places or not all(self.places):
            raise BluesError("melodies need places, and at least one segment for every place")
        self._check_lengths()
        for bar, places in enumerate(self._bars, start=1):
            melodies = math.prod(len(place) for place in places)
            if melodies > MOST_MELODIES_A_BAR:
                raise BluesError(
                    f"bar {bar} has a choice of {melodies} melodies; "
                    f"at most {MOST_MELODIES_A_BAR} are accepted"
                )
        # Building a chorus checks every segment's octave at its first use.
        for choice in range(max(len(place) for place in self.places)):
            self._chorus([min(choice, len(place) - 1) for place in self.places])
        self.printed_choruses()

    def _check_lengths(self) -> None:
        """Raise ``BluesError`` if some choice of segments does not fill the bars of the form."""
        beats = 0
        for place in self.places:
            bar, beats = beats // BEATS_PER_BAR + 1, beats + len(place[0])
            lengths = {len(segment) for segment in place}
            if len(lengths) > 1 or 0 in lengths or beats > bar * BEATS_PER_BAR:
                raise BluesError(f"the segments of bar {bar} do not fill one bar")
        if beats * STEPS_PER_BEAT != self.form.steps:
            raise BluesError(
                f"the segments make {beats * STEPS_PER_BEAT} steps; form {self.form.name!r} "
                f"has {self.form.steps}"
            )

    @property
    def count(self) -> int:
        """How many choruses there are, however many: 4096 for Eck's segments."""
        return math.prod(len(place) for place in self.places)

    def __len__(self) -> int:
        """The same as ``count``, where that is less than 2^63: ``len`` tells no more."""
        return self.count

    def chorus(self, number: int) -> Piece:
        """Return chorus ``number`` (0 to ``len(self) - 1``) over the form's chords.

        Raises ``BluesError`` for any other number.
        """
        if not 0 <= number < self.count:
            raise BluesError(f"there is no chorus {number}; choruses go from 0 to {self.count - 1}")
        return self._chorus([int(choice) for choice in self._choices([number])[:, 0]])

    def number_of(self, melody: Sequence[int | None]) -> int | None:
        """Return the number of the first chorus whose melody (steps,) this is, or None."""
        number, begin = 0, 0
        for place in self.places:
            end = begin + len(place[0]) * STEPS_PER_BEAT
            segment = tuple(melody[begin:end])
            known = [hold(notes) for notes in place]
            if segment not in known:
                return None
            number, begin = number * len(place) + known.index(segment), end
        return number if begin == len(melody) else None

    def choruses(self) -> Iterator[Piece]:
        """Yield all the choruses, in order."""
        for choices in itertools.product(*(range(len(place)) for place in self.places)):
            yield self._chorus(choices)

    def printed_choruses(self) -> tuple[Piece, ...]:
        """Return the choruses that TR figure 8.1 prints, in its order."""
        return tuple(Piece.over(self.form, hold(notes)) for notes in self.printed)

    def split(self, unseen_share: float = 0.25, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Return the numbers of training choruses and of unseen ones, drawn at random.

        Both arrays are sorted; ``unseen_share`` of all are in the second. Every chorus is in one of
        them if there are at most ``MOST_CHORUSES``. Of more choruses, so many are drawn, and
        the others are in neither.
        """
        if self.count <= MOST_CHORUSES:
            order = np.random.default_rng(seed).permutation(self.count)
        else:
            drawn, generator = {}, random.Random(seed)
            while len(drawn) < MOST_CHORUSES:
                drawn[generator.randrange(self.count)] = True
            order = np.array([*drawn], dtype=object)  # numbers of any size
        unseen = round(unseen_share * len(order))
        return np.sort(order[unseen:]), np.sort(order[:unseen])

    @cached_property
    def bars_at(self) -> tuple[np.ndarray, ...]:
        """For every bar of the form, the melodies that may stand there: shape (melodies, steps)."""
        melodies = (
            [hold(sum(segments, ())) for segments in itertools.product(*places)]
            for places in self._bars
        )
        return tuple(np.unique(np.array(bars), axis=0) for bars in melodies)

    @cached_property
    def known_at(self) -> tuple[frozenset[tuple[int, ...]], ...]:
        """The same as ``bars_at``, each bar a tuple, to look one up."""
        return tuple(frozenset(map(tuple, bars.tolist())) for bars in self.bars_at)

    @cached_property
    def bars(self) -> frozenset[tuple[int, ...]]:
        """Every bar of melody, as time steps, that occurs in some chorus."""
        return frozenset().union(*self.known_at)

    def has_stretches(self, melody: Sequence[int | None]) -> np.ndarray:
        """Return, for every stretch of a bar's length in ``melody``, whether choruses have it.

        Shape (steps - 7,). A stretch begins anywhere in a bar: unlike those of ``bars``, it may go
        across a bar line, and from the last bar of a chorus to the first of any other.
        """
        notes = np.array([note or 0 for note in melody])
        if len(notes) < STEPS_PER_BAR:
            return np.zeros(0, dtype=bool)
        windows = _packed(np.lib.stride_tricks.sliding_window_view(notes, STEPS_PER_BAR))
        found = np.zeros(len(windows), dtype=bool)
        for before, after in zip(self.bars_at, [*self.bars_at[1:], self.bars_at[0]], strict=True):
            for offset in range(STEPS_PER_BAR):
                # A stretch is the end of one bar, of so many bits, and the beginning of the next.
                bits = min(8 * (STEPS_PER_BAR - offset), 63)
                ends = np.isin(windows & ((1 << bits) - 1), _packed(before[:, offset:]))
                found |= ends & np.isin(windows >> bits, _packed(after[:, :offset]))
        return found

    def pitches_of(self, numbers: Sequence[int] | np.ndarray) -> np.ndarray:
        """Return the melodies of the choruses with these numbers: shape (choruses, steps)."""
        notes = [
            np.array(place)[choice]
            for place, choice in zip(self.places, self._choices(numbers), strict=True)
        ]
        return np.concatenate(notes, axis=1).repeat(STEPS_PER_BEAT, axis=1)

    @cached_property
    def pitches(self) -> np.ndarray:
        """Every chorus's melody as MIDI pitches, in order: shape (choruses, steps).

        Raises ``BluesError`` if there are more than ``MOST_CHORUSES``.
        """
        if self.count > MOST_CHORUSES:
            raise BluesError(
                f"there are {self.count} choruses; at most {MOST_CHORUSES} can be listed"
            )
        return self.pitches_of(range(self.count))

    @property
    def bits(self) -> float:
        """How many bits tell one chorus from all the others: 12 for Eck's segments.

        No prediction of choruses drawn with equal chances can pay less for them on average.
        """
        return math.log2(self.count)

    @cached_property
    def _bars(self) -> tuple[list[tuple[Segment, ...]], ...]:
        """The places of every bar of the form."""
        bars, beats = [[] for _ in self.form.bars], 0
        for place in self.places:
            bars[beats // BEATS_PER_BAR].append(place)
            beats += len(place[0])
        return tuple(bars)

    def _choices(self, numbers: Sequence[int] | np.ndarray) -> np.ndarray:
        """Return which segment stands at every place: shape (places, choruses)."""
        rest, choices = np.asarray(numbers, dtype=object), []  # of any size
        for place in reversed(self.places):
            choices.append((rest % len(place)).astype(int))
            rest = rest // len(place)
        return np.array(choices[::-1])

    def _chorus(self, choices: Sequence[int]) -> Piece:
        notes = [
            number
            for place, choice in zip(self.places, choices, strict=True)
            for number in place[choice]
        ]
        return Piece.over(self.form, hold(notes))


ECK_MELODIES = MUSIC / "eck-melodies.toml"
"""The file of the papers' scale, segments and printed choruses."""


class _MelodiesTable(Table):
    """What a file of melodies holds: bars of places of segments, and lists of notes."""

    scale: Text
    segments: Annotated[
        list[list[Annotated[list[Text], Meta(min_length=1)]]], Meta(max_length=1000)
    ]
    printed: Annotated[list[Text], Meta(max_length=1000)] = []


def load_melodies(form: Form, path: str | Path = ECK_MELODIES) -> Melodies:
    """Return the melodies in the TOML file at ``path``, over ``form``; the default are Eck's.

    Raises ``BluesError`` for a file that states no melodies, or segments that do not fill bars.
    """
    table = checked(read_toml(path), _MelodiesTable, f"{path} states no melodies")
    try:
        places = []
        for number, bar in enumerate(table.segments, start=1):
            bar = [tuple(read_notes(text) for text in place) for place in bar]
            if sum(len(place[0]) for place in bar) != BEATS_PER_BAR:
                raise BluesError(f"the segments of bar {number} do not fill one bar")
            places += bar
        printed = tuple(read_notes(text.replace("|", " ")) for text in table.printed)
        return Melodies(form, read_notes(table.scale), tuple(places), printed)
    except BluesError as error:
        raise BluesError(f"{path} states no melodies: {error}") from error


def _packed(rows: np.ndarray) -> np.ndarray:
    """Return ``rows`` (rows, up to 8 steps) of MIDI pitches as numbers with a byte for each."""
    return rows @ (256 ** np.arange(rows.shape[1]))
