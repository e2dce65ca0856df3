"""Judging a piece: whether it keeps the form, and what is new in it (chapter 8, "Composition")."""

from dataclasses import dataclass

import numpy as np

from lstmblues.errors import BluesError
from lstmblues.music.form import STEPS_PER_BAR
from lstmblues.music.melody import Melodies
from lstmblues.music.piece import Piece


@dataclass(frozen=True)
class Copy:
    """Bars in a row that one chorus of a piece shares with one chorus of the melodies.

    ``bars``: how many; ``piece_bar``: where they begin in the piece; ``chorus``: the number, from
    0, of the first chorus of the melodies that has them (others may, too); ``chorus_bar``: where
    they begin in it. Bars are counted from 1.
    """

    bars: int
    piece_bar: int
    chorus: int
    chorus_bar: int


@dataclass(frozen=True)
class Verdict:
    """What ``judge`` finds, in the words of the command line.

    ``choruses``: whole choruses in the piece; ``chords_right``: fraction of its steps whose chord
    is exactly the form's; ``choruses_right``: how many choruses are right at every step;
    ``first_wrong_bar``: the first bar (counted from 1) with a wrong chord, or None;
    ``novel_bars``: fraction of bars whose melody stands in no chorus of the melodies, at any bar;
    ``longest_copy_bars``: how many bars ``longest_copy`` has, or 0.
    """

    choruses: int
    chords_right: float
    choruses_right: int
    first_wrong_bar: int | None
    novel_bars: float
    longest_copy_bars: int


def right_steps(piece: Piece) -> np.ndarray:
    """Return, step by step, whether the chord is exactly the form's: shape (steps,), boolean."""
    form = piece.form
    expected = [frozenset(chord.pitches) for chord in form.chord_at]
    return np.array([chord == expected[t % form.steps] for t, chord in enumerate(piece.chords)])


def judge(piece: Piece, melodies: Melodies) -> Verdict:
    """Return the verdict on ``piece``, compared with ``melodies`` over the same form.

    Raises ``BluesError`` if the piece is shorter than one chorus, or over another form.
    """
    check_judgeable(piece, melodies)
    return verdict(piece, melodies, longest_copy(piece, melodies))


def verdict(piece: Piece, melodies: Melodies, copy: Copy | None) -> Verdict:
    """Return what ``judge`` does, if ``copy`` is known to be the ``longest_copy`` of ``piece``."""
    right = right_steps(piece)
    wrong = np.flatnonzero(~right)
    whole = right[: piece.choruses * piece.form.steps].reshape(piece.choruses, -1)
    new = [piece.melody_bar(bar) not in melodies.bars for bar in range(piece.bars)]
    return Verdict(
        choruses=piece.choruses,
        chords_right=float(right.mean()),
        choruses_right=int(whole.all(axis=1).sum()),
        first_wrong_bar=int(wrong[0]) // STEPS_PER_BAR + 1 if wrong.size else None,
        novel_bars=float(np.mean(new)),
        longest_copy_bars=copy.bars if copy else 0,
    )


def check_judgeable(piece: Piece, melodies: Melodies) -> None:
    """Raise ``BluesError`` if ``piece`` is over another form, or shorter than one chorus of it."""
    _check_form(piece, melodies)
    if piece.choruses < 1:
        raise BluesError(
            f"a piece of {piece.bars} bars is too short to judge; "
            f"needed is a chorus of {len(piece.form.bars)} bars"
        )


def melody_distance(piece: Piece, melodies: Melodies, anywhere: bool = False) -> np.ndarray:
    """Return, bar by bar, how far the melody is from the training melodies: shape (bars,).

    The share of a bar's steps, from 0 to 1, at which its melody differs from the nearest bar that
    ``melodies`` have at the same place of the form, or ``anywhere`` in it: 0 is a reproduction. A
    rest differs from any note. Raises ``BluesError`` if the piece is over another form.
    """
    _check_form(piece, melodies)
    bars = len(piece.form.bars)
    known = melodies.bars_at
    if anywhere:
        known = [np.concatenate(known)] * bars
    played = np.array([note or 0 for note in piece.melody]).reshape(-1, STEPS_PER_BAR)
    different = [known[bar % bars] != notes for bar, notes in enumerate(played)]
    return np.array([bar.mean(axis=1).min() for bar in different])


def longest_copy(piece: Piece, melodies: Melodies) -> Copy | None:
    """Return the most bars in a row that are taken from the melodies, or None if no bar is.

    They are consecutive bars that one whole chorus of ``piece`` shares, at the same bars, with one
    chorus of ``melodies``: from 1 to the number of bars of the form. Of equally long ones, the
    first. Raises ``BluesError`` if the piece is over another form.
    """
    _check_form(piece, melodies)
    bars = len(piece.form.bars)
    longest, run = None, 0
    for number in range(piece.choruses * bars):
        bar = number % bars
        taken = piece.melody_bar(number) in melodies.known_at[bar]
        run = (run if bar else 0) + 1 if taken else 0
        if run > (longest[0] if longest else 0):
            longest = run, number - run + 1
    if longest is None:
        return None
    run, begin = longest
    # The first chorus that has these bars has the first segments everywhere else.
    melody = list(melodies.chorus(0).melody)
    there = slice(begin % bars * STEPS_PER_BAR, (begin % bars + run) * STEPS_PER_BAR)
    melody[there] = piece.melody[begin * STEPS_PER_BAR :][: run * STEPS_PER_BAR]
    return Copy(run, begin + 1, melodies.number_of(melody), begin % bars + 1)


def _check_form(piece: Piece, melodies: Melodies) -> None:
    """Raise ``BluesError`` if ``piece`` and ``melodies`` are over different forms."""
    if piece.form != melodies.form:
        raise BluesError(
            f"a piece over {piece.form.name!r} cannot be compared with melodies over "
            f"{melodies.form.name!r}"
        )
