"""Transition tables: what followed what, and how often (chapter "Does it take memory?").

The yardstick of the time: Mozer (1994) compared his network CONCERT with third-order transition
tables. A table of order n knows, for every n symbols that it heard in a row, what came next. Two
tables play the chords, as ``ChordModel`` asks: one over time steps, and one over chords and how
long each of them sounds.
"""

from collections.abc import Sequence

import numpy as np

from lstmblues.composing.transition_table import TransitionTable
from lstmblues.music.encoding import chord_cycle
from lstmblues.music.form import Form
from lstmblues.training.settings import Settings

NOTHING = -1.0
"""What is heard before the first step; a set of notes is a number from 0 up."""


class _ChordTable:
    """A ``ChordModel`` that looks up, step by step, what comes next.

    It learns from what the networks hear in a pass, ``Settings.choruses_a_pass`` choruses from a
    cold start: counts only grow in proportion if it hears more passes. The notes of a step are one
    number, the sum of 2**n over the units n that are on. A memory may be any numbers, and notes
    any notes: what was never heard is a context that is not known.
    """

    discrete = True

    def cold(self) -> np.ndarray:
        """Return that nothing was heard."""
        raise NotImplementedError

    def _follow(self, memory: list[float], notes: float) -> tuple[list[float], float]:
        """Return what is remembered after ``notes`` are heard, and the notes to be played next."""
        raise NotImplementedError

    def play(
        self, memory: np.ndarray, heard: np.ndarray, steps: int, expected: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return what it plays and what it remembers then: see ``ChordModel``."""
        remembered, notes, played = memory.tolist(), _number(heard), []
        wanted = None if expected is None else [_number(step) for step in expected]
        for step in range(steps):
            remembered, notes = self._follow(remembered, notes)
            played.append(notes)
            if wanted is not None and notes != wanted[step % len(wanted)]:
                break
        return _notes(played, len(heard)), np.array(remembered)


class StepTable(_ChordTable):
    """A transition table over time steps plays the chords: a ``ChordModel``.

    It remembers the notes of the ``order - 1`` steps before the one it hears, the oldest first.
    """

    def __init__(self, form: Form, order: int):
        self.table = TransitionTable(order)
        self.table.learn(_heard_in_a_pass(form), before=[NOTHING] * order)

    def cold(self) -> np.ndarray:
        """Return that nothing was heard."""
        return np.full(self.table.order - 1, NOTHING)

    def _follow(self, memory, notes):
        recent = [*memory, notes]
        return recent[1:], self.table.predict(recent)


class EventTable(_ChordTable):
    """A transition table over chords and how many steps each sounds: a ``ChordModel``.

    A symbol is a chord and its length. While a chord sounds, the table says how long it should,
    given the ``order`` chords before it; then, which chord comes next. The next chord differs from
    the one that sounds, or nothing would begin. It remembers the last ``order`` chords that are
    over, each with its length in steps, the oldest first, then the chord that sounded last, and
    for how many steps it has.
    """

    def __init__(self, form: Form, order: int):
        self.table = TransitionTable(order)
        # How long the last chord of a pass will sound is not known when the pass ends.
        events = _events(_heard_in_a_pass(form))
        self.table.learn(events[:-1] or events, before=[(NOTHING, 0.0)] * order)

    def cold(self) -> np.ndarray:
        """Return that nothing was heard."""
        return np.array([NOTHING, 0.0] * (self.table.order + 1))

    def _follow(self, memory, notes):
        *over, last = zip(memory[::2], memory[1::2], strict=True)
        if notes == last[0]:
            sounding = (notes, last[1] + 1.0)
        else:
            over, sounding = [*over[1:], last], (notes, 1.0)
        event = self.table.predict(over, lambda event: event[0] == notes)
        remembered = [number for one in (*over, sounding) for number in one]
        if event is not None and sounding[1] < event[1]:
            return remembered, notes
        following = self.table.predict([*over, sounding], lambda event: event[0] != notes)
        return remembered, notes if following is None else following[0]


def _heard_in_a_pass(form: Form) -> list[float]:
    """Return the notes of every step that is heard in a pass, and of the step after it."""
    cycle = [_number(step) for step in chord_cycle(form)]
    return cycle * Settings.choruses_a_pass + cycle[:1]


def _events(steps: Sequence[float]) -> list[tuple[float, float]]:
    """Return which notes sound one after another, each with its length in steps."""
    events = []
    for notes in steps:
        if events and events[-1][0] == notes:
            events[-1] = (notes, events[-1][1] + 1.0)
        else:
            events.append((notes, 1.0))
    return events


def _number(heard: np.ndarray) -> float:
    """Return the notes (units,), boolean, as one number."""
    return float(heard @ 2.0 ** np.arange(len(heard)))


def _notes(numbers: Sequence[float], units: int) -> np.ndarray:
    """Return the notes of many steps: (steps, units), boolean; the inverse of ``_number``."""
    return np.array(numbers, dtype=int).reshape(-1, 1) >> np.arange(units) & 1 > 0
