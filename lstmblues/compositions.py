"""The four compositions of the page of 2002, played again (chapter "The listening room").

Which pieces they are was found by ``search``; here they are played, and the moments at which to
listen are found in them, as the page names moments of its own.
"""

from functools import cache

from lstmblues.compose import compose
from lstmblues.files import DATA
from lstmblues.form import STEPS_PER_BAR
from lstmblues.melody import Melodies
from lstmblues.phenomena import motif, passages, settled_step
from lstmblues.piece import Moment, Piece
from lstmblues.search import Candidate, load_candidates, pick
from lstmblues.topology import BLUES
from lstmblues.training import CHORUSES_OF_A_RECORDING
from lstmblues.weights import load

FINISHED, EARLY = DATA / "blues.npz", DATA / "blues-early.npz"
"""The network of experiment 2, and the same network at an earlier stage of its training."""
CANDIDATES = DATA / "compositions.jsonl"

COMPARED_CHORUSES = (6, 13)
"""Composition 1 is to be compared with later choruses, counted from 1: at about 2:04 and 4:54."""
MOST_PASSAGES = 8
"""So many passages are pointed out at most; there may be more."""


@cache
def chosen() -> dict[int, Candidate]:
    """Return how each of compositions 1 to 4 is made, by number (see ``search.pick``)."""
    seed = load(FINISHED, BLUES).header["seed"]
    return pick(load_candidates(CANDIDATES), seed)


def composition(number: int, melodies: Melodies) -> Piece:
    """Return composition ``number``, 1 to 4."""
    how = chosen()[number]
    return compose(
        load(FINISHED if how.finished else EARLY, BLUES),
        melodies,
        CHORUSES_OF_A_RECORDING,
        how.seed,
        primer_notes=how.primer_notes,
        first_bar=how.first_bar,
    ).piece


def falling_into_place(piece: Piece) -> tuple[Moment, ...]:
    """Return where the chords are lost, where they fall into place, and what to compare."""
    later = [
        Moment((chorus - 1) * piece.form.steps, f"for comparison: chorus {chorus}")
        for chorus in COMPARED_CHORUSES
    ]
    return (
        Moment(0, "the network starts out of place: wrong chords, and a melody at a loss"),
        Moment(settled_step(piece), "the chords are in place, and the melody follows"),
        *later,
    )


def drifting(piece: Piece, melodies: Melodies) -> tuple[Moment, ...]:
    """Return where passages close to the training melodies begin, and where freer ones do."""
    found = passages(piece, melodies)[:MOST_PASSAGES]
    texts = {True: "more freely", False: "close to the training melodies"}
    return tuple(Moment(each.step, f"{texts[each.freer]}, for {each.bars} bars") for each in found)


def repeating(piece: Piece, melodies: Melodies) -> tuple[Moment, ...]:
    """Return where freer passages lead to a motif that is in no training melody, and it returns."""
    found = motif(piece, melodies)
    bars = len(found.melody) / STEPS_PER_BAR
    first, *others = found.steps
    before = [each for each in drifting(piece, melodies) if each.step < first]
    return (
        *before,
        Moment(first, f"a motif of {bars:g} bars, in no training melody"),
        *(Moment(step, "the motif again") for step in others),
    )
