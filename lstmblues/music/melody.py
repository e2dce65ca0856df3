"""Eck's melodies: the scale, his segments, the 4096 choruses (chapter 2, "The melodies")."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from lstmblues.errors import BluesError
from lstmblues.files import MUSIC, read_toml
from lstmblues.music.form import STEPS_PER_BAR, STEPS_PER_BEAT, Form, note_name, pitch
from lstmblues.music.piece import Piece

Segment = tuple[int, ...]
"""Some quarter notes of a melody, as MIDI pitches."""


def read_notes(text: str) -> Segment:
    """Return the MIDI pitches of quarter notes written as letters: ``"F c Bb Eb"``.

    The letters are ours; TR prints the melodies in staff notation (figures 3 and 8.1). Capital
    letters lie in the octave from middle C up (C4 to B4); a small ``c`` is C5. Raises
    ``BluesError`` for a name that is no note.
    """
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
    segments that do not fill a chorus, and notes outside the melody octave.
    """

    form: Form
    scale: Segment
    places: tuple[tuple[Segment, ...], ...]
    printed: tuple[Segment, ...] = ()

    def __post_init__(self):
        if not self.places or not all(self.places):
            raise BluesError("melodies need places, and at least one segment for every place")
        # Building one chorus checks the length, and every segment's octave at its first use.
        for choice in range(max(len(place) for place in self.places)):
            self._chorus([min(choice, len(place) - 1) for place in self.places])

    def __len__(self) -> int:
        """How many choruses there are: 4096 for Eck's segments."""
        return int(np.prod([len(place) for place in self.places]))

    def chorus(self, number: int) -> Piece:
        """Return chorus ``number`` (0 to ``len(self) - 1``) over the form's chords.

        Raises ``BluesError`` for any other number.
        """
        if not 0 <= number < len(self):
            raise BluesError(f"there is no chorus {number}; choruses go from 0 to {len(self) - 1}")
        shape = [len(place) for place in self.places]
        return self._chorus(np.unravel_index(number, shape))

    def choruses(self) -> Iterator[Piece]:
        """Yield all the choruses, in order."""
        for choices in itertools.product(*(range(len(place)) for place in self.places)):
            yield self._chorus(choices)

    def printed_choruses(self) -> tuple[Piece, ...]:
        """Return the choruses that TR figure 8.1 prints, in its order."""
        return tuple(Piece.over(self.form, hold(notes)) for notes in self.printed)

    def split(self, unseen_share: float = 0.25, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Return the numbers of training choruses and of unseen ones, drawn at random.

        Every chorus is in one of the two sorted arrays; ``unseen_share`` of them in the second.
        """
        order = np.random.default_rng(seed).permutation(len(self))
        unseen = round(unseen_share * len(self))
        return np.sort(order[unseen:]), np.sort(order[:unseen])

    @cached_property
    def bars_at(self) -> tuple[np.ndarray, ...]:
        """For every bar of the form, the melodies that may stand there: shape (melodies, steps)."""
        bars = self.pitches.reshape(len(self), -1, STEPS_PER_BAR)
        return tuple(_different(bars[:, place]) for place in range(bars.shape[1]))

    @cached_property
    def bars(self) -> frozenset[tuple[int, ...]]:
        """Every bar of melody, as time steps, that occurs in some chorus."""
        return frozenset(tuple(bar) for bars in self.bars_at for bar in bars.tolist())

    @cached_property
    def stretches(self) -> frozenset[tuple[int, ...]]:
        """Every stretch of a bar's length, wherever it begins, in choruses after one another.

        Unlike ``bars``, these may go across a bar line, and from one chorus to the next.
        """
        bars = self.pitches.reshape(len(self), -1, STEPS_PER_BAR)
        pairs = [
            _different(bars[:, place : place + 2].reshape(len(self), -1))
            for place in range(len(bars[0]) - 1)
        ]
        # Any chorus may follow any other.
        lasts, firsts = self.bars_at[-1], self.bars_at[0]
        pairs.append(np.array([[*last, *first] for last in lasts for first in firsts]))
        two_bars = np.concatenate(pairs).tolist()
        return frozenset(
            tuple(pair[offset : offset + STEPS_PER_BAR])
            for pair in two_bars
            for offset in range(STEPS_PER_BAR + 1)
        )

    @cached_property
    def pitches(self) -> np.ndarray:
        """Every chorus's melody as MIDI pitches, in order: shape (choruses, steps)."""
        choices = np.unravel_index(np.arange(len(self)), [len(place) for place in self.places])
        notes = [
            np.array(place)[choice] for place, choice in zip(self.places, choices, strict=True)
        ]
        return np.concatenate(notes, axis=1).repeat(STEPS_PER_BEAT, axis=1)

    @property
    def bits(self) -> float:
        """How many bits tell one chorus from all the others: 12 for Eck's segments.

        No prediction of choruses drawn with equal chances can pay less for them on average.
        """
        return float(np.log2(len(self)))

    def _chorus(self, choices: Sequence[int]) -> Piece:
        notes = [
            number
            for place, choice in zip(self.places, choices, strict=True)
            for number in place[choice]
        ]
        melody = hold(notes)
        if len(melody) != self.form.steps:
            raise BluesError(
                f"the segments make {len(melody)} steps; form {self.form.name!r} "
                f"has {self.form.steps}"
            )
        return Piece.over(self.form, melody)


ECK_MELODIES = MUSIC / "eck-melodies.toml"
"""The file of the papers' scale, segments and printed choruses."""


def load_melodies(form: Form, path: str | Path = ECK_MELODIES) -> Melodies:
    """Return the melodies in the TOML file at ``path``, over ``form``; the default are Eck's.

    Raises ``BluesError`` for a file that states no melodies, or segments that do not fill bars.
    """
    table = read_toml(path)
    missing = {"scale", "segments"} - set(table)
    if missing:
        raise BluesError(f"{path} states no melodies: it lacks {', '.join(sorted(missing))}")
    try:
        return Melodies(
            form,
            read_notes(table["scale"]),
            tuple(_places(table["segments"], path)),
            tuple(read_notes(text.replace("|", " ")) for text in table.get("printed", ())),
        )
    except (AttributeError, TypeError) as error:
        raise BluesError(
            f"{path} states no melodies: scale must be text, printed a list of texts, and segments "
            "a list of bars, each a list of places, each a list of texts"
        ) from error


def _places(bars: Sequence, path: str | Path) -> Iterator[tuple[Segment, ...]]:
    """Yield the places of all bars, after a check that any choice of segments fills its bar."""
    for number, bar in enumerate(bars, start=1):
        segments = [tuple(read_notes(text) for text in place) for place in bar]
        for choice in itertools.product(*segments):
            if len(hold(sum(choice, ()))) != STEPS_PER_BAR:
                raise BluesError(f"the segments of bar {number} in {path} do not fill one bar")
        yield from segments


def _different(rows: np.ndarray) -> np.ndarray:
    """Return the different rows of MIDI pitches among ``rows`` (rows, steps), in order.

    The same as ``np.unique(rows, axis=0)``, and many times faster.
    """
    # A row's bytes as one value: they are in the order of the rows.
    content = np.ascontiguousarray(rows, dtype=np.uint8)
    _, first = np.unique(content.view(f"S{rows.shape[1]}"), return_index=True)
    return rows[first]
