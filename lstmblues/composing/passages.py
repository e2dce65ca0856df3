"""Where a piece falls into place, reproduces, goes its own way, and repeats a motif.

The chapter "The listening room" introduces them.
"""

from dataclasses import dataclass

import numpy as np

from lstmblues.composing.judge import melody_distance, right_steps
from lstmblues.music.form import BARS_PER_LINE, STEPS_PER_BAR
from lstmblues.music.melody import Melodies
from lstmblues.music.piece import Piece

PASSAGE_BARS = BARS_PER_LINE
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
    """Bars in a row of one kind, close or freer.

    ``first_bar`` counts from 0, and ``bars`` says how many there are. ``distance`` is the mean of
    their ``judge.melody_distance``, 0 to 1.
    """

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
    average. Other bars are in no passage. Raises ``BluesError`` if the piece is over another form
    than ``melodies``.
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
    notes = np.array([note or 0 for note in piece.melody])
    steps = np.arange(len(notes))
    # Where a phrase may begin that ends at a step: after the last stretch that is not new, ...
    old = np.flatnonzero(melodies.has_stretches(piece.melody))
    fresh = np.zeros(len(notes), dtype=int)
    fresh[old + STEPS_PER_BAR - 1] = old + 1
    fresh = np.maximum.accumulate(fresh)
    # ... and early enough for three different notes.
    varied = _last_of_three(notes.tolist())
    best_length, best_start = MOTIF_BARS * STEPS_PER_BAR - 1, None
    for lag in range(MOTIF_BARS * STEPS_PER_BAR, min(piece.form.steps, len(notes)) + 1):
        # A phrase grows while it is repeated, is new throughout, and does not overlap itself.
        ends = steps[: len(notes) - lag]
        same = notes[: len(notes) - lag] == notes[lag:]
        start = np.maximum.accumulate(np.where(same, 0, ends + 1))
        start = np.maximum(np.maximum(start, fresh[: len(ends)]), ends + 1 - lag)
        length = np.where(start <= varied[: len(ends)], ends + 1 - start, 0)
        longest = int(length.argmax()) if len(length) else None
        if longest is not None and length[longest] > best_length:
            best_length, best_start = int(length[longest]), int(start[longest])
    if best_start is None:
        return None
    phrase = piece.melody[best_start : best_start + best_length]
    return Motif(phrase, _occurrences(piece.melody, phrase))


def _last_of_three(notes: list[int]) -> np.ndarray:
    """Return, step by step, the last one from which on there are three different notes; or -1."""
    found, recent = [], {}  # the last three different notes, and where each was last
    for step, note in enumerate(notes):
        recent.pop(note, None)
        recent[note] = step
        if len(recent) > 3:
            del recent[next(iter(recent))]
        found.append(next(iter(recent.values())) if len(recent) == 3 else -1)
    return np.array(found)


def _occurrences(melody: tuple, phrase: tuple) -> tuple[int, ...]:
    """Return the steps of ``melody`` at which ``phrase`` is played, without overlap."""
    steps, step = [], 0
    while step + len(phrase) <= len(melody):
        if melody[step : step + len(phrase)] == phrase:
            steps.append(step)
            step += len(phrase)
        else:
            step += 1
    return tuple(steps)
