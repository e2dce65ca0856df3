"""Judging a piece: whether it keeps the form, and what is new in it (chapter 8, "Composition")."""

from dataclasses import dataclass

import numpy as np

from lstmblues.encoding import MELODY_UNITS, encode_choruses
from lstmblues.errors import BluesError
from lstmblues.form import STEPS_PER_BAR
from lstmblues.learn2002 import predict
from lstmblues.melody import Melodies
from lstmblues.network import Network
from lstmblues.piece import Piece


@dataclass(frozen=True)
class Verdict:
    """What ``judge`` finds, in the words of the command line.

    ``choruses``: whole choruses in the piece; ``chords_right``: fraction of its steps whose chord
    is exactly the form's; ``choruses_right``: how many choruses are right at every step;
    ``first_wrong_bar``: the first bar (counted from 1) with a wrong chord, or None;
    ``novel_bars``: fraction of bars whose melody stands in no chorus of the melodies, at any bar;
    ``longest_copy_bars``: see ``longest_copy``.
    """

    choruses: int
    chords_right: float
    choruses_right: int
    first_wrong_bar: int | None
    novel_bars: float
    longest_copy_bars: int


def right_steps(piece: Piece) -> np.ndarray:
    """Return, step by step, whether the chord is exactly the form's: shape (steps,), bool."""
    form = piece.form
    expected = [frozenset(chord.pitches) for chord in form.chord_at]
    return np.array([chord == expected[t % form.steps] for t, chord in enumerate(piece.chords)])


def judge(piece: Piece, melodies: Melodies) -> Verdict:
    """Return the verdict on ``piece``, compared with ``melodies`` over the same form.

    Raises ``BluesError`` if the piece is shorter than one chorus, or over another form.
    """
    _check_form(piece, melodies)
    if piece.choruses < 1:
        raise BluesError(
            f"a piece of {piece.bars} bars is too short to judge; "
            f"needed is a chorus of {len(piece.form.bars)} bars"
        )
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
        longest_copy_bars=longest_copy(piece, melodies),
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


def longest_copy(piece: Piece, melodies: Melodies) -> int:
    """Return how many bars in a row are taken from the melodies.

    The most consecutive bars that one chorus of ``piece`` shares, at the same bars, with one
    chorus of ``melodies``: from 0 to the number of bars of the form.
    """
    bars = len(piece.form.bars)
    known = melodies.pitches.reshape(-1, bars, STEPS_PER_BAR)
    heard = [note or 0 for note in piece.melody[: piece.choruses * piece.form.steps]]
    played = np.reshape(heard, (-1, bars, STEPS_PER_BAR))
    longest = 0
    for chorus in played:
        same = (known == chorus).all(axis=2)  # (choruses of melodies, bars)
        run = np.zeros(len(known), dtype=int)
        for bar in range(bars):
            run = np.where(same[:, bar], run + 1, 0)
            longest = max(longest, int(run.max()))
    return longest


def melody_bits(network: Network, arrays: np.ndarray) -> float:
    """Return how many bits a chorus the network needs for the melodies of some choruses.

    ``arrays`` (choruses, steps, units), on or off, are heard one after another from a cold start
    (teacher forcing). A step costs -log2 of the note's share among the melody outputs; the first
    chorus, through which the network finds its place, is not counted, and neither is the last
    step, which nothing follows. Needs two choruses or more.
    """
    if len(arrays) < 2:
        raise BluesError("melody bits need two choruses or more, as the first is not counted")
    steps = arrays.shape[1]
    stream = arrays.reshape(-1, arrays.shape[2])
    output = predict(network, stream)[:-1, MELODY_UNITS]
    share = (output * stream[1:, MELODY_UNITS]).sum(axis=1) / output.sum(axis=1)
    bits = -np.log2(share)[steps - 1 :]
    return float(bits.sum() / (len(arrays) - 1))


def melody_bits_apart(network: Network, melodies: Melodies) -> tuple[float, float]:
    """Return ``melody_bits`` on the choruses ``melodies.split()`` trains on, and on the unseen."""
    training, unseen = (encode_choruses(melodies, numbers) for numbers in melodies.split())
    return melody_bits(network, training), melody_bits(network, unseen)


def _check_form(piece: Piece, melodies: Melodies) -> None:
    if piece.form != melodies.form:
        raise BluesError(
            f"a piece over {piece.form.name!r} cannot be compared with melodies over "
            f"{melodies.form.name!r}"
        )
