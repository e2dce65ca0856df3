"""Interventions: memory is changed, and the network plays on (chapter "A clock of eight cells").

All of it begins from the settled chorus of a network of experiment 1, in which every step is the
same again after one time through the form.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from lstmblues.music.encoding import CHORD_UNITS, encode
from lstmblues.music.form import STEPS_PER_BAR, STEPS_PER_BEAT, Form
from lstmblues.music.piece import CHORUSES_OF_A_RECORDING, Piece
from lstmblues.network.lstm import Activations, Network, State

KEEPERS_SHARE = 1 / 3
"""A cell keeps two bars apart if its state differs by this share of what differs most, or more."""
_GROUP = "chords"


@dataclass(frozen=True)
class Cycle:
    """One chorus, the same as those before and after it: what was heard, and what was done.

    ``chords`` (steps, chord units) is heard, on or off; ``activations`` are those of the chord
    group, row t belonging to the step at which ``chords[t]`` is heard.
    """

    network: Network
    form: Form
    chords: np.ndarray
    activations: Activations

    @property
    def is_played(self) -> bool:
        """Whether the network predicts every next step right, and so plays the form by itself."""
        following = np.roll(self.chords, -1, axis=0) > 0
        return bool(((self.activations.output > 0.5) == following).all())

    def state_before(self, step: int) -> State:
        """Return the state with which the network comes to ``step`` of the chorus (from 0)."""
        return State(
            {_GROUP: self.activations.cell_state[step - 1].copy()},
            {_GROUP: self.activations.cell_output[step - 1].copy()},
        )


def settled(network: Network, form: Form, choruses: int = CHORUSES_OF_A_RECORDING) -> Cycle:
    """Return the last of ``choruses`` choruses of ``form`` that ``network`` hears.

    A network that predicts them all right hears just the same when it plays by itself.
    """
    chords = encode(Piece.over(form, [None] * form.steps))[:, CHORD_UNITS]
    done = network.record(np.tile(chords, (choruses, 1)))[_GROUP]
    last = Activations(
        *(getattr(done, kind)[-form.steps :] for kind in Activations.__annotations__)
    )
    return Cycle(network, form, chords, last)


def play_on(cycle: Cycle, step: int, state: State, steps: int) -> np.ndarray:
    """Return what the network plays from ``step`` of the chorus on, if it is in ``state`` there.

    It hears the chord of that step, and from then on its own outputs above 0.5: the result, of
    shape (steps, chord units), is what it hears, on or off.
    """
    heard, played = cycle.chords[step], []
    for _ in range(steps):
        played.append(heard)
        activations, state = cycle.network.step(heard, state)
        heard = (activations[_GROUP].output > 0.5).astype(float)
    return np.array(played)


def exchanged(cycle: Cycle, here: int, there: int, cells: Sequence[int]) -> State:
    """Return the state before step ``here``, with some ``cells`` as they are before ``there``.

    A cell takes with it all that it carries from step to step, its state and its last output.
    """
    state, other = cycle.state_before(here), cycle.state_before(there)
    for mine, theirs in (
        (state.cell_state, other.cell_state),
        (state.cell_output, other.cell_output),
    ):
        mine[_GROUP][list(cells)] = theirs[_GROUP][list(cells)]
    return state


@dataclass(frozen=True)
class Outcome:
    """What came of exchanging cells between two bars with the same chord.

    ``goes_to``: whether the chord that follows the ``"other"`` bar, the bar's ``"own"``, or
    ``"neither"`` is heard in the first beat of the next bar: it may come a step late. ``steps``:
    for how many steps from the bar line on, up to a chorus, the form goes on exactly as after
    the other bar.
    """

    goes_to: str
    steps: int


def exchange(
    cycle: Cycle,
    bar: int,
    other: int,
    cells: Sequence[int],
    after: int = 0,
    most_steps: int | None = None,
) -> Outcome:
    """Give some ``cells`` in ``bar`` what they hold in bar ``other``, play on, and say what comes.

    Bars count from 1; this is done when ``after`` steps of the bar (0 to 7) have been heard. The
    network then plays the rest of the bar and ``most_steps`` more (a beat at least), by default a
    chorus.
    """
    here, there = ((number - 1) * STEPS_PER_BAR + after for number in (bar, other))
    left = STEPS_PER_BAR - after
    steps = cycle.form.steps if most_steps is None else most_steps
    played = play_on(cycle, here, exchanged(cycle, here, there, cells), left + steps)[left:]
    own, others = (np.roll(cycle.chords, -(start + left), axis=0) for start in (here, there))
    ways = (("other", others[0]), ("own", own[0]))
    heard = (
        way
        for chord in played[:STEPS_PER_BEAT]
        for way, next_one in ways
        if np.array_equal(chord, next_one)
    )
    follows = (played == others[:steps]).all(axis=1)
    return Outcome(next(heard, "neither"), int(steps if follows.all() else follows.argmin()))


def cells_of(cycle: Cycle, blocks: Sequence[int]) -> list[int]:
    """Return the cells (from 0) of some ``blocks`` (from 0)."""
    each = cycle.network.topology.group(_GROUP).cells_per_block
    return [block * each + cell for block in blocks for cell in range(each)]


def speaking(cycle: Cycle, bar: int, other: int) -> np.ndarray:
    """Return each cell's share in telling two bars apart when their next chords are due: (cells,).

    At the last step of both bars the network hears the same chord, and the sum that enters an
    output differs by what the cells tell it, and by that alone. Added up over the notes that only
    one of the two next chords has, with the sign that speaks for bar ``other``; shares add up to 1.
    """
    ends = [number * STEPS_PER_BAR - 1 for number in (bar, other)]
    mine, theirs = (cycle.activations.cell_output[end] for end in ends)
    own, others = (cycle.chords[(end + 1) % cycle.form.steps] for end in ends)
    weights = cycle.network.weights[_GROUP]["output"][:, : len(mine)]
    told = ((others - own) @ weights) * (theirs - mine)
    return told / told.sum()


def keeping(cycle: Cycle, bar: int, other: int) -> np.ndarray:
    """Return how far each cell's state before ``bar`` is from that before ``other``: (cells,)."""
    mine, theirs = (
        cycle.state_before((number - 1) * STEPS_PER_BAR).cell_state[_GROUP]
        for number in (bar, other)
    )
    return np.abs(theirs - mine)


def keepers(cycle: Cycle, bar: int, other: int) -> list[int]:
    """Return the cells (from 0) that keep two bars apart in memory, by ``keeping`` alone.

    They are named without playing anything: what their exchange does is a prediction.
    """
    differences = keeping(cycle, bar, other)
    return np.flatnonzero(differences >= KEEPERS_SHARE * differences.max()).tolist()


def chance_of(cycle: Cycle, bar: int, other: int, size: int) -> float:
    """Return which part of all choices of ``size`` cells leads to the other bar, from 0 to 1."""
    choices = combinations(range(cycle.activations.cell_state.shape[1]), size)
    found = [
        exchange(cycle, bar, other, cells, most_steps=STEPS_PER_BEAT).goes_to for cells in choices
    ]
    return found.count("other") / len(found)


def smallest_exchanges(
    cycle: Cycle, bar: int, other: int, parts: Sequence[Sequence[int]]
) -> list[tuple[int, ...]]:
    """Return the smallest choices of ``parts`` (lists of cells) that lead to the ``other`` bar.

    All choices are tried, the smallest first; a choice is a tuple of indices into ``parts``.
    """
    for size in range(1, len(parts) + 1):
        found = [
            chosen
            for chosen in combinations(range(len(parts)), size)
            if exchange(
                cycle,
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


def obeys(cycle: Cycle, bar: int, cells: Sequence[int], ahead: int) -> bool:
    """Whether the next bar comes ``ahead`` steps early if ``cells`` are set ahead in mid-``bar``.

    The cells are given what they hold so many steps later in the same bar (earlier, if ``ahead``
    is negative, and then the next bar has to come late). The bar must have one chord.
    """
    middle = STEPS_PER_BAR // 2
    here = (bar - 1) * STEPS_PER_BAR + middle
    state = exchanged(cycle, here, here + ahead, cells)
    steps = middle - ahead + 1
    expected = np.roll(cycle.chords, -(here + ahead), axis=0)[:steps]
    return bool((play_on(cycle, here, state, steps) == expected).all())


def without_block(cycle: Cycle, block: int, choruses: int = 4) -> tuple[int, float]:
    """Silence ``block`` (from 0) before bar 1, and return what becomes of the form.

    After how many steps the first wrong chord comes (or how many were played, if none does), and
    which part of the steps of all ``choruses`` is right.
    """
    silent = replace(cycle, network=cycle.network.with_gate_shut(_GROUP, block))
    expected = np.tile(cycle.chords, (choruses, 1))
    right = (play_on(silent, 0, cycle.state_before(0), len(expected)) == expected).all(axis=1)
    return int(len(right) if right.all() else right.argmin()), float(right.mean())


def half_lives(cycle: Cycle) -> np.ndarray:
    """Return in how many steps a block would lose half of its memory, over the chorus: (blocks,).

    Its forget gates, multiplied over the whole chorus and spread evenly over it.
    """
    return np.log(0.5) / np.log(cycle.activations.forget_gate).mean(axis=0)


def longest_memory(cycle: Cycle) -> np.ndarray:
    """Return for how many steps, at the best place of the chorus, a block keeps half: (blocks,)."""
    kept = np.log(cycle.activations.forget_gate)
    longest = np.zeros(kept.shape[1], dtype=int)
    for start in range(len(kept)):
        left = np.cumsum(np.roll(kept, -start, axis=0), axis=0)
        longest = np.maximum(longest, (left >= np.log(0.5)).sum(axis=0))
    return longest


def ramps(cycle: Cycle, bar: int) -> np.ndarray:
    """Return how straight each cell's way through ``bar`` is: (cells,), from 0 to 1.

    The size of the correlation of its state with the step of the bar.
    """
    states = cycle.activations.cell_state[(bar - 1) * STEPS_PER_BAR : bar * STEPS_PER_BAR]
    return np.abs(np.corrcoef(states.T, np.arange(STEPS_PER_BAR))[-1, :-1])
