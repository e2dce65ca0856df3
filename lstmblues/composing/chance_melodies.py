"""Melodies drawn by chance over the right chords: what a network's melodies are compared with.

Taught choruses keep everything that was taught, whether they are drawn apart or in a walk that
changes one or two bars at a time. Mozer's transition table (``transition_table``) knows the last
few notes, and no bar line; one that hears the chords knows the last few chords, too (chapter 7,
"Chords and melody"). A walk on the scale knows the last note. Random notes know the scale alone
(chapter 12, "Is it new, and is it still the blues?").
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from lstmblues.composing.transition_table import TransitionTable
from lstmblues.errors import BluesError
from lstmblues.music.form import STEPS_PER_BAR, STEPS_PER_BEAT
from lstmblues.music.melody import Melodies, hold
from lstmblues.music.piece import Piece, join

ORDER = 3
"""The order of the transition tables with which Mozer (1994) compared CONCERT."""
ORDER_WITH_CHORDS = 2
"""The order of the table that hears the chords: the last two notes, and the last two chords.

It is the smallest that foretells Eck's melodies as well as anything can (chapter 7).
"""


def compose(
    melodies: Melodies,
    numbers: Sequence[int] | np.ndarray,
    choruses: int = 1,
    seed: int = 0,
    order: int = ORDER,
    hears_chords: bool = False,
) -> Piece:
    """Return a melody drawn from a transition table, over the form's own chords.

    The table goes by quarter notes. It is not told the chord of the note that it draws, only those
    that have sounded.

    Args:
        melodies: what the table has heard, quarter note by quarter note.
        numbers: which choruses of ``melodies``, in this order, one after another.
        choruses: how many the piece lasts.
        seed: chooses the chorus whose first quarter note is given, as well as every note drawn
            (as in ``compose.compose``).
        order: how many notes back the table looks.
        hears_chords: whether it looks at the chords under those notes as well.

    Returns:
        The piece: quarter notes over the chords of the form.

    Raises:
        BluesError: for no ``numbers``, ``choruses`` below 1, or an ``order`` below 1.
    """
    if not len(numbers):
        raise BluesError("a transition table needs choruses to learn from; give some numbers")
    beats = _beats(melodies, choruses)
    chords = _chords(melodies, hears_chords)
    table = _taught_table(melodies, tuple(map(int, numbers)), order, hears_chords)
    generator = np.random.default_rng(seed)
    first = melodies.chorus(int(numbers[generator.integers(len(numbers))])).melody[0]
    played = [(first, chords[0])]
    while len(played) < beats:
        # What chord followed is a guess of the table's; the form says what follows here.
        note, _ = table.draw(played[-order:], generator)
        played.append((note, chords[len(played) % len(chords)]))
    return Piece.over(melodies.form, hold([note for note, _ in played]))


@lru_cache(maxsize=4)
def _taught_table(
    melodies: Melodies, numbers: tuple[int, ...], order: int, hears_chords: bool
) -> TransitionTable:
    """Return the table that has heard these choruses; kept, as many pieces are drawn from one."""
    table, chords = TransitionTable(order), _chords(melodies, hears_chords)
    heard = melodies.pitches_of(numbers)[:, ::STEPS_PER_BEAT].tolist()
    table.learn(pair for notes in heard for pair in zip(notes, chords, strict=True))
    return table


def _chords(melodies: Melodies, heard: bool) -> list[tuple[int, ...] | None]:
    """Return what is heard of the chord under every quarter note of a chorus."""
    return [chord.pitches if heard else None for chord in melodies.form.chord_at[::STEPS_PER_BEAT]]


def taught(melodies: Melodies, choruses: int = 1, seed: int = 0, unseen: bool = False) -> Piece:
    """Return different choruses of ``melodies`` after one another, drawn at random.

    Args:
        melodies: what the choruses are drawn from.
        choruses: how many.
        seed: of the draw.
        unseen: draw from the unseen choruses (``Melodies.split``), and not from the training ones.

    Returns:
        The piece: the choruses in the order of the draw.

    Raises:
        BluesError: for ``choruses`` below 1, and for more than there are.
    """
    numbers = np.random.default_rng(seed).permutation(melodies.split()[unseen])
    if not 1 <= choruses <= len(numbers):
        raise BluesError(f"cannot draw {choruses} choruses; give 1 to {len(numbers)}")
    return join([melodies.chorus(int(number)) for number in numbers[:choruses]])


def training_walk(melodies: Melodies, choruses: int = 1, seed: int = 0) -> Piece:
    """Return a walk through the training choruses in which one or two bars change at a time.

    So the page of 2002 describes its recording of the training set (chapter 2, "The melodies").

    Args:
        melodies: the walk goes through their training choruses (``Melodies.split``).
        choruses: how many.
        seed: of the draws: the first chorus, and each time whether one bar or two change, and to
            which of the choruses that were not played yet.

    Returns:
        The piece: different choruses, each but the first like the one before it in all bars but
        one or two.

    Raises:
        BluesError: for ``choruses`` below 1, and for more than the walk finds.
    """
    generator = np.random.default_rng(seed)
    numbers = melodies.split()[0]
    bars = melodies.pitches_of(numbers).reshape(len(numbers), -1, STEPS_PER_BAR)
    path = [int(generator.integers(len(numbers)))]
    while len(path) < choruses:
        changed = (bars != bars[path[-1]]).any(axis=2).sum(axis=1)
        changed[path] = 0
        counts = [count for count in (1, 2) if count in changed]
        if not counts:
            break
        path.append(int(generator.choice(np.flatnonzero(changed == generator.choice(counts)))))
    if not 1 <= choruses <= len(path):
        raise BluesError(f"cannot walk through {choruses} choruses; give 1 to {len(path)}")
    return join([melodies.chorus(int(numbers[place])) for place in path])


def random_notes(melodies: Melodies, choruses: int = 1, seed: int = 0) -> Piece:
    """Return quarter notes drawn from the scale with equal chances, over the form's own chords.

    Raises ``BluesError`` for ``choruses`` below 1.
    """
    generator = np.random.default_rng(seed)
    notes = generator.choice(melodies.scale, size=_beats(melodies, choruses))
    return Piece.over(melodies.form, hold(notes.tolist()))


def random_walk(melodies: Melodies, choruses: int = 1, seed: int = 0) -> Piece:
    """Return a walk on the scale, over the form's own chords.

    It begins anywhere; every quarter note lies one step of the scale above or below the one
    before, with equal chances, and at the ends of the scale there is one way only. Raises
    ``BluesError`` for ``choruses`` below 1, or a scale of fewer than two notes.
    """
    top = len(melodies.scale) - 1
    if top < 1:
        raise BluesError("a walk needs a scale of two notes or more")
    generator = np.random.default_rng(seed)
    start = generator.integers(top + 1)
    ways = generator.choice((-1, 1), size=_beats(melodies, choruses) - 1)
    path = np.cumsum([start, *ways])
    # A walk without ends, folded back at both ends of the scale.
    places = top - np.abs(path % (2 * top) - top)
    return Piece.over(melodies.form, hold(np.array(melodies.scale)[places].tolist()))


def _beats(melodies: Melodies, choruses: int) -> int:
    """Return how many quarter notes so many choruses last."""
    if choruses < 1:
        raise BluesError(f"cannot make {choruses} choruses; give a whole number from 1 up")
    return choruses * melodies.form.steps // STEPS_PER_BEAT
