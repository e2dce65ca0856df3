"""The four compositions of the page of 2002, played again (chapter "The listening room").

Which pieces they are stands in ``data/music/compositions.toml``. The moments at which to listen are
found in them, as the page names moments of its own.
"""

from functools import cache
from typing import Literal

from lstmblues.composing.compose import compose
from lstmblues.composing.passages import motif, passages, settled_step
from lstmblues.files import MUSIC, read_toml
from lstmblues.music.form import STEPS_PER_BAR
from lstmblues.music.melody import Melodies
from lstmblues.music.piece import CHORUSES_OF_A_RECORDING, Moment, Piece
from lstmblues.schema import Count, Seed, Table, checked
from lstmblues.training.trained import TRAINED, trained

COMPARED_CHORUSES = (6, 13)
"""Composition 1 is to be compared with later choruses, counted from 1: at about 2:04 and 4:54."""
MOST_PASSAGES = 8
"""So many passages are pointed out at most; there may be more."""


class Composition(Table):
    """How one of the four is made.

    ``network``: the name of a trained network; ``melody_steps``: for how many steps its melody had
    learned over chords at rest; ``first_bar`` (from 1), ``primer_notes`` and ``seed`` as
    ``compose.compose`` takes them.
    """

    network: Literal[tuple(TRAINED)]
    melody_steps: Count
    first_bar: Count
    primer_notes: Count
    seed: Seed


@cache
def chosen() -> dict[int, Composition]:
    """Return how each of compositions 1 to 4 is made, by number."""
    path = MUSIC / "compositions.toml"
    kind = dict[Literal["1", "2", "3", "4"], Composition]
    table = checked(read_toml(path), kind, f"{path} states no compositions")
    return {int(number): how for number, how in table.items()}


def composition(number: int, melodies: Melodies) -> Piece:
    """Return composition ``number``, 1 to 4, played over the form of ``melodies``."""
    how = chosen()[number]
    return compose(
        trained(how.network),
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
        Moment(0, "the primer, then wrong chords, and a melody far from what was taught"),
        Moment(settled_step(piece), "the chords are in place; the melody follows some bars later"),
        *later,
    )


def drifting(piece: Piece, melodies: Melodies) -> tuple[Moment, ...]:
    """Return where passages that copy the training melodies begin, and where freer ones do."""
    found = passages(piece, melodies)[:MOST_PASSAGES]
    texts = {True: "more freely", False: "copies of the training melodies"}
    return tuple(Moment(each.step, f"{texts[each.freer]}, for {each.bars} bars") for each in found)


def repeating(piece: Piece, melodies: Melodies) -> tuple[Moment, ...]:
    """Return where passages begin before the first motif, and where the motif is played.

    The piece must have a ``passages.motif``: a phrase that is in no training melody, and returns.
    """
    found = motif(piece, melodies)
    bars = len(found.melody) / STEPS_PER_BAR
    first, *others = found.steps
    before = [each for each in drifting(piece, melodies) if each.step < first]
    return (
        *before,
        Moment(first, f"a motif of {bars:g} bars, in no training melody"),
        *(Moment(step, "the motif again") for step in others),
    )
