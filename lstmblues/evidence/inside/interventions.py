"""Interventions: memory is changed, and the network plays on (chapter "A clock of eight cells").

All of them begin from a settled chorus. Steps of the chorus, blocks and cells count from 0, bars
from 1. ``bar`` and ``other`` are two bars that have the same chords.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from lstmblues.evidence.inside.settled_chorus import GROUP, SettledChorus
from lstmblues.music.form import STEPS_PER_BAR, STEPS_PER_BEAT
from lstmblues.network.lstm import THRESHOLD, State

KEEPERS_SHARE = 1 / 3
"""A cell keeps two bars apart if its state differs by this share of what differs most, or more."""


def play_on(chorus: SettledChorus, step: int, state: State, steps: int) -> np.ndarray:
    """Let the network play by itself, from some step of the chorus on.

    Args:
        chorus: whose network plays.
        step: the step that it begins with; it hears the chord of that step.
        state: its state when it comes to that step.
        steps: how many steps it plays. After the first, it hears its own outputs above 0.5.

    Returns:
        What it hears: (steps, chord units), 1.0 for on and 0.0 for off.
    """
    heard, played = chorus.chords[step], []
    for _ in range(steps):
        played.append(heard)
        activations, state = chorus.network.step(heard, state)
        heard = (activations[GROUP.name].output > THRESHOLD).astype(float)
    return np.array(played)


def exchanged(chorus: SettledChorus, here: int, there: int, cells: Sequence[int]) -> State:
    """Return the state before one step, with some cells as they are before another.

    Args:
        chorus: the chorus that holds both.
        here: the step before which the state is taken.
        there: the step from which the cells are taken. A cell takes with it all that it carries
            from step to step: its state and its last output.
        cells: the cells to exchange.
    """
    state, other = chorus.state_before(here), chorus.state_before(there)
    for mine, theirs in (
        (state.cell_state, other.cell_state),
        (state.cell_output, other.cell_output),
    ):
        mine[GROUP.name][list(cells)] = theirs[GROUP.name][list(cells)]
    return state


@dataclass(frozen=True)
class Outcome:
    """What came of exchanging cells between two bars with the same chord.

    Args:
        goes_to: which chord is heard in the first beat of the next bar: the one that follows the
            ``"other"`` bar, the one that follows this bar (``"own"``), or ``"neither"``. It may
            come a step late.
        steps: for how many steps from the bar line on, up to a chorus, the form goes on exactly
            as after the other bar.
    """

    goes_to: str
    steps: int


def exchange(
    chorus: SettledChorus,
    bar: int,
    other: int,
    cells: Sequence[int],
    after: int = 0,
    most_steps: int | None = None,
) -> Outcome:
    """Give some cells in one bar what they hold in another, let the network play on, and listen.

    Args:
        chorus: the chorus that holds both bars.
        bar: the bar in which this is done.
        other: the bar whose memory the cells are given.
        cells: the cells to exchange.
        after: how many steps of the bar have been heard before, 0 to 7.
        most_steps: for how many steps after the bar the network plays on, a beat at least; None:
            for a chorus.

    Returns:
        What came of it.
    """
    here, there = ((number - 1) * STEPS_PER_BAR + after for number in (bar, other))
    left = STEPS_PER_BAR - after
    steps = chorus.form.steps if most_steps is None else most_steps
    played = play_on(chorus, here, exchanged(chorus, here, there, cells), left + steps)[left:]
    own, others = (np.roll(chorus.chords, -(start + left), axis=0) for start in (here, there))
    ways = (("other", others[0]), ("own", own[0]))
    heard = (
        way
        for chord in played[:STEPS_PER_BEAT]
        for way, next_one in ways
        if np.array_equal(chord, next_one)
    )
    follows = (played == others[:steps]).all(axis=1)
    return Outcome(next(heard, "neither"), int(steps if follows.all() else follows.argmin()))


def speaking(chorus: SettledChorus, bar: int, other: int) -> np.ndarray:
    """Return each cell's share in telling two bars apart when their next chords are due: (cells,).

    At the last step of both bars the network hears the same chord. So the sum that enters an output
    differs only by what the cells tell it. This difference is added up over the notes that only one
    of the two next chords has, with the sign that speaks for bar ``other``. The shares add up to 1.
    """
    ends = [number * STEPS_PER_BAR - 1 for number in (bar, other)]
    mine, theirs = (chorus.activations.cell_output[end] for end in ends)
    own, others = (chorus.chords[(end + 1) % chorus.form.steps] for end in ends)
    weights = chorus.network.weights[GROUP.name]["output"][:, : len(mine)]
    told = ((others - own) @ weights) * (theirs - mine)
    return told / told.sum()


def keeping(chorus: SettledChorus, bar: int, other: int) -> np.ndarray:
    """Return how far each cell's state before ``bar`` is from that before ``other``: (cells,)."""
    mine, theirs = (
        chorus.state_before((number - 1) * STEPS_PER_BAR).cell_state[GROUP.name]
        for number in (bar, other)
    )
    return np.abs(theirs - mine)


def keepers(chorus: SettledChorus, bar: int, other: int) -> list[int]:
    """Return the cells that keep two bars apart in memory, by ``keeping`` alone.

    They are named without playing anything, so that what their exchange does is a prediction.
    """
    differences = keeping(chorus, bar, other)
    return np.flatnonzero(differences >= KEEPERS_SHARE * differences.max()).tolist()


def chance_of(chorus: SettledChorus, bar: int, other: int, size: int) -> float:
    """Return how often cells chosen by chance lead to the other bar.

    Args:
        chorus: the chorus that holds both bars.
        bar: the bar in which cells are exchanged.
        other: the bar whose memory they are given.
        size: how many cells are exchanged.

    Returns:
        The share of all choices of so many cells whose exchange ``goes_to`` the other bar.
    """
    choices = combinations(range(chorus.activations.cell_state.shape[1]), size)
    found = [
        exchange(chorus, bar, other, cells, most_steps=STEPS_PER_BEAT).goes_to for cells in choices
    ]
    return found.count("other") / len(found)


def smallest_exchanges(
    chorus: SettledChorus, bar: int, other: int, parts: Sequence[Sequence[int]]
) -> list[tuple[int, ...]]:
    """Find the fewest parts whose exchange leads to the other bar; all choices are tried.

    Args:
        chorus: the chorus that holds both bars.
        bar: the bar in which cells are exchanged.
        other: the bar whose memory they are given.
        parts: lists of cells; each list is exchanged as a whole, or not at all.

    Returns:
        All choices of the smallest size that lead there, as tuples of indices into ``parts``; none
        if no choice does.
    """
    for size in range(1, len(parts) + 1):
        found = [
            chosen
            for chosen in combinations(range(len(parts)), size)
            if exchange(
                chorus,
                bar,
                other,
                [cell for n in chosen for cell in parts[n]],
                most_steps=STEPS_PER_BEAT,
            ).goes_to
            == "other"
        ]
        if found:
            return found
    return []


def obeys(chorus: SettledChorus, bar: int, cells: Sequence[int], ahead: int) -> bool:
    """Whether the next bar comes early or late by as much as some cells are set ahead or back.

    Args:
        chorus: the chorus that holds the bar.
        bar: a bar of one chord.
        cells: the cells that are changed, in the middle of the bar.
        ahead: the cells are given what they hold so many steps later in the bar, -3 to 3. The next
            bar has to come so many steps early; below 0, late.
    """
    middle = STEPS_PER_BAR // 2
    here = (bar - 1) * STEPS_PER_BAR + middle
    state = exchanged(chorus, here, here + ahead, cells)
    steps = middle - ahead + 1
    expected = np.roll(chorus.chords, -(here + ahead), axis=0)[:steps]
    return bool((play_on(chorus, here, state, steps) == expected).all())


def without_block(chorus: SettledChorus, block: int, choruses: int = 4) -> tuple[int, float]:
    """Silence ``block`` before bar 1, let the network play, and return what becomes of the form.

    The first result is the number of steps before the first wrong chord (all that were played, if
    there is none); the second is the share of the steps of all ``choruses`` that are right.
    """
    silent = replace(chorus, network=chorus.network.with_gate_shut(GROUP.name, block))
    expected = np.tile(chorus.chords, (choruses, 1))
    right = (play_on(silent, 0, chorus.state_before(0), len(expected)) == expected).all(axis=1)
    return int(len(right) if right.all() else right.argmin()), float(right.mean())
