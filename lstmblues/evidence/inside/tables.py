"""Probes and interventions on one network, as tables (chapter "A clock of eight cells").

``PROBES`` makes the tables of many networks and keeps them; ``summary`` says what they have in
common. Blocks and cells count from 0, bars from 1.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np

from lstmblues.evidence.inside.interventions import (
    chance_of,
    exchange,
    keepers,
    keeping,
    obeys,
    smallest_exchanges,
    speaking,
    without_block,
)
from lstmblues.evidence.inside.probes import (
    TURNAROUND_BARS,
    accuracy,
    control,
    pairs_to_tell_apart,
    questions,
    two_bars,
)
from lstmblues.evidence.inside.settled_chorus import (
    GROUP,
    SettledChorus,
    cells_of,
    half_lives,
    longest_memory,
    ramps,
    settled_chorus,
)
from lstmblues.evidence.resumable import Study
from lstmblues.music.form import STEPS_PER_BAR, load_form
from lstmblues.network.topology import CHORDS
from lstmblues.schema import Count, Measured, Name, Seed, Share, checked
from lstmblues.training.experiments import learn_chords
from lstmblues.training.network_learner import initial_network
from lstmblues.training.settings import Settings

BLOCKS = range(GROUP.blocks)
"""The numbers of the memory blocks."""
SET_AHEAD = (-2, -1, 1, 2)
"""By how many steps a block is set ahead, or back, to see if it counts a bar."""
CLEARED = 0.15
"""A chord clears a block if its forget gate stays below this, on average, while it sounds."""
SOURCES = ("cells", "outputs", "chord", "cells and chord", "untrained", "untrained and chord")
"""What is read from: cell states, cell outputs, the chord heard, and both before any training."""


def probe_seed(seed: int) -> dict:
    """Train a network of experiment 1, probe it and intervene; return what comes, ready for JSON.

    Besides ``seed``, ``learned`` and ``steps``: what ``probe_table``, ``block_table`` and
    ``exchange_table`` return, as ``probes``, ``blocks`` and ``exchanges``. A network that has not
    learned the form has none of them.
    """
    form, settings = load_form(), Settings()
    result = learn_chords(form, seed, settings)
    found = {"seed": seed, "learned": result.learned, "steps": result.steps}
    if not result.learned:
        return found
    untrained = initial_network(CHORDS, result.network.standardisation, seed, settings)
    chorus = settled_chorus(result.network, form)
    return found | {
        "probes": probe_table(chorus, settled_chorus(untrained, form), seed),
        "blocks": block_table(chorus),
        "exchanges": exchange_table(chorus),
    }


def probe_table(chorus: SettledChorus, untrained: SettledChorus, seed: int = 0) -> dict[str, dict]:
    """Return, for every question, how well it is read, from 0 to 1.

    ``untrained`` is the settled chorus of the same network before it learned. A question has
    ``blocks``, read from the states of the two cells of each of the four blocks; an entry for each
    of ``SOURCES``; ``chance``, the accuracy of guessing; and ``control``, read from all cells: a
    list with one accuracy for each shuffle of the labels by ``seed``.
    """
    states, chord = chorus.activations.cell_state, chorus.chords
    before = untrained.activations.cell_state
    values = (
        states,
        chorus.activations.cell_output,
        chord,
        np.hstack([states, chord]),
        before,
        np.hstack([before, chord]),
    )
    return {
        name: {
            "chance": round(question.chance, 3),
            "blocks": rounded(
                accuracy(states[:, cells_of(chorus, [block])], question) for block in BLOCKS
            ),
            **{
                source: round(accuracy(read, question), 3)
                for source, read in zip(SOURCES, values, strict=True)
            },
            "control": rounded(control(states, question, seed=seed)),
        }
        for name, question in questions(chorus.form).items()
    }


def block_table(chorus: SettledChorus) -> dict[str, list]:
    """Return what each block does: lists with one entry a block.

    ``half_life`` and ``longest_memory`` in steps. ``clock_of``: the bars of one chord (from 1) that
    it counts: set ahead and back by ``SET_AHEAD``, the next bar comes early or late by just as
    much. ``ramp``: how straight the straighter of its cells goes through bars of one chord, on
    average, from 0 to 1. ``turnaround_rank``: 1 if no other two bars in a row are read from it
    better than the last two. ``silenced``: after how many steps without it the first wrong chord
    comes, and the share of four choruses that is right. ``cleared_by``: the chords that empty it.
    """
    form = chorus.form
    whole = [number for number, bar in enumerate(form.bars, start=1) if len(bar) == 1]
    symbols = [chord.symbol for chord in form.chord_at]
    straight = np.mean([ramps(chorus, bar) for bar in whole], axis=0)

    def clock_of(cells: list[int]) -> list[int]:
        return [bar for bar in whole if all(obeys(chorus, bar, cells, n) for n in SET_AHEAD)]

    def turnaround_rank(cells: list[int]) -> int:
        states = chorus.activations.cell_state[:, cells]
        every = [accuracy(states, two_bars(form, first)) for first in range(1, len(form.bars) + 1)]
        return 1 + sum(other > every[-TURNAROUND_BARS] for other in every)

    def silenced(block: int) -> list:
        steps, share = without_block(chorus, block)
        return [steps, round(share, 3)]

    def cleared_by(block: int) -> list[str]:
        gates = chorus.activations.forget_gate[:, block]
        mean = {each: gates[[each == s for s in symbols]].mean() for each in symbols}
        return [symbol for symbol, gate in mean.items() if gate < CLEARED]

    cells = [cells_of(chorus, [block]) for block in BLOCKS]
    return {
        "half_life": rounded(half_lives(chorus), 1),
        "longest_memory": longest_memory(chorus).tolist(),
        "clock_of": [clock_of(each) for each in cells],
        "ramp": rounded([straight[each].max() for each in cells]),
        "turnaround_rank": [turnaround_rank(each) for each in cells],
        "silenced": [silenced(block) for block in BLOCKS],
        "cleared_by": [cleared_by(block) for block in BLOCKS],
    }


def exchange_table(chorus: SettledChorus) -> list[dict]:
    """Return what comes of exchanging memory between bars that have the same chord.

    An entry for every pair of bars, either way round: ``bar`` and ``other``; ``speaking`` and
    ``keeping`` of the eight cells; where the form goes and for how many steps it goes on there
    (see ``Outcome``), with each of the ``cells`` exchanged before the bar, each of the ``blocks``,
    ``all`` cells, the ``keepers`` together (``as_kept``), and each of the ``cells_late`` and
    ``blocks_late``, exchanged before its last step; ``chance``, which part of all choices of as
    many cells as there are keepers leads to the other bar; and the ``smallest_cells`` and
    ``smallest_blocks`` that do.
    """
    cells, blocks = [[n] for n in range(GROUP.cells)], [cells_of(chorus, [b]) for b in BLOCKS]
    last = STEPS_PER_BAR - 1

    def outcomes(bar: int, other: int, parts: list[list[int]], after: int = 0) -> list:
        found = [exchange(chorus, bar, other, part, after) for part in parts]
        return [[each.goes_to, each.steps] for each in found]

    def entry(bar: int, other: int) -> dict:
        kept = keepers(chorus, bar, other)
        return {
            "bar": bar,
            "other": other,
            "speaking": rounded(speaking(chorus, bar, other)),
            "keeping": rounded(keeping(chorus, bar, other)),
            "cells": outcomes(bar, other, cells),
            "blocks": outcomes(bar, other, blocks),
            "all": outcomes(bar, other, [sum(cells, [])])[0],
            "keepers": kept,
            "as_kept": outcomes(bar, other, [kept])[0],
            "chance": round(chance_of(chorus, bar, other, len(kept)), 3),
            "cells_late": outcomes(bar, other, cells, last),
            "blocks_late": outcomes(bar, other, blocks, last),
            "smallest_cells": smallest_exchanges(chorus, bar, other, cells),
            "smallest_blocks": smallest_exchanges(chorus, bar, other, blocks),
        }

    pairs = pairs_to_tell_apart(chorus.form)
    return [entry(*ways) for pair in pairs for ways in (pair, pair[::-1])]


def rounded(values: Iterable[float], digits: int = 3) -> list[float]:
    """Return ``values`` as they are kept: numbers of so many ``digits`` after the point."""
    return [round(float(value), digits) for value in values]


class _Row(msgspec.Struct):
    seed: Seed
    learned: bool
    steps: Count


class _Exchange(msgspec.Struct):
    bar: Count
    other: Count
    speaking: list[Measured]
    keeping: list[Measured]
    cells: list[tuple[Name, Count]]
    blocks: list[tuple[Name, Count]]
    all: tuple[Name, Count]
    keepers: list[Count]
    as_kept: tuple[Name, Count]
    chance: Share
    cells_late: list[tuple[Name, Count]]
    blocks_late: list[tuple[Name, Count]]
    smallest_cells: list[list[Count]]
    smallest_blocks: list[list[Count]]


class _LearnedRow(_Row):
    probes: dict[Name, dict[Name, Measured | list[Measured]]]
    blocks: dict[Name, list[Any]]
    exchanges: list[_Exchange]


def _part_of(result: dict) -> tuple[int]:
    """The seed of a result, which must be one of ``probe_seed``."""
    row = checked(result, _Row, "a result of probes")
    if row.learned:
        checked(result, _LearnedRow, "a result of probes")
    return (row.seed,)


PROBES = Study("probes", "probe", probe_seed, _part_of)
"""Its parts are seeds of experiment 1."""
