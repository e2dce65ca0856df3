"""What the page of 2002 says to listen for, as figures (chapter "The listening room").

The project page names, for each of its four compositions, something to hear. Here every one is a
criterion that code can check, on any piece: ours, theirs, or a reader's own. That these are the
right criteria is our reading of the page, which states none.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lstmblues.form import STEPS_PER_BAR
from lstmblues.judge import melody_distance, right_steps
from lstmblues.melody import Melodies
from lstmblues.piece import Piece

ABOUT_A_CHORUS = (9 * STEPS_PER_BAR, 18 * STEPS_PER_BAR)
"""The first and the last step at which a piece falls into place "after about one chorus"."""
PASSAGE_BARS = 4
"""A passage lasts at least so many bars: a line of the form."""
FREER_DISTANCE = 0.25
"""A freer passage differs from the training melodies by so much on average: a note a bar."""
MOTIF_BARS = 2
"""A motif lasts at least so many bars. (In random notes, single bars return by chance.)"""


def settled_step(piece: Piece) -> int:
    """Return the first step from which every chord is the form's, to the end of ``piece``.

    0 if none is wrong; the piece's length if the last one is.
    """
    wrong = np.flatnonzero(~right_steps(piece))
    return int(wrong[-1]) + 1 if wrong.size else 0


@dataclass(frozen=True)
class Passage:
    """Bars in a row of one kind: ``first_bar`` counts from 0; ``distance`` is their mean."""

    first_bar: int
    bars: int
    distance: float

    @property
    def freer(self) -> bool:
        """Whether this is a freer passage, and not a close one."""
        return self.distance > 0

    @property
    def step(self) -> int:
        """The time step at which the passage begins."""
        return self.first_bar * STEPS_PER_BAR


def passages(piece: Piece, melodies: Melodies) -> list[Passage]:
    """Return the close and the freer passages of ``piece``, in order.

    A close passage reproduces: ``PASSAGE_BARS`` bars or more at distance 0 from the training
    melodies. In a freer passage as many bars or more all differ, by ``FREER_DISTANCE`` on
    average. What is neither, is in neither.
    """
    distance = melody_distance(piece, melodies)
    edges = np.flatnonzero(np.diff(distance > 0)) + 1
    found = []
    for start, stop in zip([0, *edges], [*edges, len(distance)], strict=True):
        mean = float(distance[start:stop].mean())
        if stop - start >= PASSAGE_BARS and (mean == 0 or mean >= FREER_DISTANCE):
            found.append(Passage(int(start), int(stop - start), mean))
    return found


def returns(found: list[Passage]) -> int:
    """Return how often ``passages`` come back: a freer one with a close one right after it."""
    return sum(
        one.freer and not following.freer for one, following in zip(found, found[1:], strict=False)
    )


@dataclass(frozen=True)
class Motif:
    """A phrase that is in no training melody and is played more than once.

    ``melody`` holds its time steps, and ``steps`` where it is played, without overlap.
    """

    melody: tuple[int | None, ...]
    steps: tuple[int, ...]


def motif(piece: Piece, melodies: Melodies) -> Motif | None:
    """Return the longest new phrase that is played again within a chorus of its start, or None.

    Every bar-long stretch of it, wherever that begins, is absent from all training melodies, be
    it across a bar line or from one chorus to the next; it lasts ``MOTIF_BARS`` bars or more and
    has three different notes or more. Of equally long ones, the first.
    """
    notes = [note or 0 for note in piece.melody]
    known = melodies.stretches
    new = [tuple(notes[t : t + STEPS_PER_BAR]) not in known for t in range(len(notes))]
    best_length, best_start = MOTIF_BARS * STEPS_PER_BAR - 1, None
    for lag in range(MOTIF_BARS * STEPS_PER_BAR, piece.form.steps + 1):
        start = 0
        for step, (one, again) in enumerate(zip(notes, notes[lag:], strict=False)):
            # A phrase grows while it is repeated, is new throughout, and does not overlap itself.
            if one != again:
                start = step + 1
                continue
            bar_begins = step - STEPS_PER_BAR + 1
            if bar_begins >= start and not new[bar_begins]:
                start = bar_begins + 1
            start = max(start, step + 1 - lag)
            length = step + 1 - start
            if length > best_length and len(set(notes[start : step + 1])) >= 3:
                best_length, best_start = length, start
    if best_start is None:
        return None
    phrase = piece.melody[best_start : best_start + best_length]
    return Motif(phrase, _occurrences(piece.melody, phrase))


@dataclass(frozen=True)
class Figures:
    """What is measured on a piece, for all four criteria.

    ``settled_step``: see ``settled_step``; ``wrong_before``: share of the steps before it with a
    wrong chord (0 if there are none). ``known_distance_before`` and ``known_distance_after``: the
    melody's mean distance from training bars at any place of the form, over bars before and after
    that step (None if there are none); at any place, since a network that is lost cannot be asked
    for the bar that is due. ``distance``: the mean distance from training bars at the same place,
    over bars after it. ``opening_bars``: length of the close passage with which the piece opens,
    or 0. ``returns``: see ``returns``. ``motif_steps`` and ``motif_times``: length of the
    ``motif`` and how often it is played, or 0.
    """

    settled_step: int
    wrong_before: float
    known_distance_before: float | None
    known_distance_after: float | None
    distance: float | None
    opening_bars: int
    returns: int
    motif_steps: int
    motif_times: int


def figures(piece: Piece, melodies: Melodies) -> Figures:
    """Return the figures of ``piece``; raise ``BluesError`` if it is over another form."""
    step = settled_step(piece)
    settled_bar = -(-step // STEPS_PER_BAR)
    known = melody_distance(piece, melodies, anywhere=True)
    found, new = passages(piece, melodies), motif(piece, melodies)
    opens_close = found and found[0].first_bar == 0 and not found[0].freer
    return Figures(
        settled_step=step,
        wrong_before=_mean(~right_steps(piece)[:step]) or 0.0,
        known_distance_before=_mean(known[:settled_bar]),
        known_distance_after=_mean(known[settled_bar:]),
        distance=_mean(melody_distance(piece, melodies)[settled_bar:]),
        opening_bars=found[0].bars if opens_close else 0,
        returns=returns(found),
        motif_steps=len(new.melody) if new else 0,
        motif_times=len(new.steps) if new else 0,
    )


def falls_into_place(found: Figures) -> bool:
    """Composition 1: the chords fail, and fall into place after about one chorus, for good.

    Before that, most chords are wrong, and the melody is further from anything it was taught.
    """
    least, most = ABOUT_A_CHORUS
    return (
        least <= found.settled_step <= most
        and found.wrong_before > 0.5
        and found.known_distance_before > found.known_distance_after
    )


def drifts_and_returns(found: Figures) -> bool:
    """Composition 2: it opens by reproducing, plays more freely, and comes back, several times."""
    return found.settled_step == 0 and found.opening_bars >= 7 and found.returns >= 3


def repeats_a_motif(found: Figures) -> bool:
    """Composition 3: it repeats a motif that is in no training melody."""
    return found.settled_step == 0 and found.motif_times >= 2


def stays_closer(found: Figures, others: Sequence[Figures]) -> bool:
    """Composition 4: it still improvises, but keeps closer to the training melodies than others."""
    return found.settled_step == 0 and 0 < found.distance < min(o.distance for o in others)


def _mean(values: np.ndarray) -> float | None:
    return round(float(values.mean()), 4) if values.size else None


def _occurrences(melody: tuple, phrase: tuple) -> tuple[int, ...]:
    steps, step = [], 0
    while step + len(phrase) <= len(melody):
        if melody[step : step + len(phrase)] == phrase:
            steps.append(step)
            step += len(phrase)
        else:
            step += 1
    return tuple(steps)
