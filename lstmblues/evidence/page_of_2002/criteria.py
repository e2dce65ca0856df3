"""What the page of 2002 says to listen for, as criteria (chapter "The listening room").

The project page names, for each of its four compositions, something to hear. Here every one is a
criterion that code can check, on any piece: ours, theirs, or a reader's own. That these are the
right criteria is our reading of the page, which states none.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lstmblues.composing.judge import melody_distance, right_steps
from lstmblues.composing.passages import motif, passages, returns, settled_step
from lstmblues.music.form import STEPS_PER_BAR
from lstmblues.music.melody import Melodies
from lstmblues.music.piece import Piece
from lstmblues.schema import Count, Share

ABOUT_A_CHORUS = (9 * STEPS_PER_BAR, 18 * STEPS_PER_BAR)
"""The first and the last step at which a piece falls into place "after about one chorus"."""


@dataclass(frozen=True)
class Traits:
    """What is measured on a piece, for all four criteria.

    Distances are those of ``judge.melody_distance``, from 0 to 1. A mean is None if there are no
    bars to take it over.

    Args:
        settled_step: the step from which all chords are right; see ``passages.settled_step``.
        wrong_before: the share of the steps before it that have a wrong chord; 0 if there are none.
        known_distance_before: the melody's mean distance from training bars at any place of the
            form, over the bars before that step. At any place, because a network that is lost
            cannot be asked for the bar that is due.
        known_distance_after: the same over the bars after that step.
        distance: the mean distance from training bars at the same place, over the same bars.
        opening_bars: the length of the close passage with which the piece opens, or 0.
        returns: how often it comes back to a close passage; see ``passages.returns``.
        motif_steps: the length of its ``passages.motif``, or 0.
        motif_times: how often the motif is played, or 0.
    """

    settled_step: Count
    wrong_before: Share
    known_distance_before: Share | None
    known_distance_after: Share | None
    distance: Share | None
    opening_bars: Count
    returns: Count
    motif_steps: Count
    motif_times: Count


def traits(piece: Piece, melodies: Melodies) -> Traits:
    """Return the traits of ``piece``; raise ``BluesError`` if it is over another form."""
    step = settled_step(piece)
    settled_bar = -(-step // STEPS_PER_BAR)
    known = melody_distance(piece, melodies, anywhere=True)
    found, new = passages(piece, melodies), motif(piece, melodies)
    opens_close = found and found[0].first_bar == 0 and not found[0].freer
    return Traits(
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


def falls_into_place(found: Traits) -> bool:
    """Composition 1: the chords fail, and fall into place after about one chorus, for good.

    Before that, most chords are wrong, and the melody is further from anything it was taught.
    """
    least, most = ABOUT_A_CHORUS
    return (
        least <= found.settled_step <= most
        and found.wrong_before > 0.5
        and found.known_distance_before > found.known_distance_after
    )


def drifts_and_returns(found: Traits) -> bool:
    """Composition 2: it opens by reproducing, plays more freely, and comes back, several times."""
    return found.settled_step == 0 and found.opening_bars >= 7 and found.returns >= 3


def repeats_a_motif(found: Traits) -> bool:
    """Composition 3: it repeats a motif that is in no training melody."""
    return found.settled_step == 0 and found.motif_times >= 2


def stays_closer(found: Traits, others: Sequence[Traits]) -> bool:
    """Composition 4: it still improvises, but keeps closer to the training melodies than others."""
    return found.settled_step == 0 and 0 < found.distance < min(o.distance for o in others)


def _mean(values: np.ndarray) -> float | None:
    return round(float(values.mean()), 4) if values.size else None
