"""Whatever plays the chords by itself, asked in one way (chapter "Does it take memory?").

The chord side of the network of 2002 is one such model. Its baselines are others. Each is a
deterministic map. What it remembers, and the notes that it hears, decide which notes it plays next,
and what it remembers then. It hears next what it plays.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from lstmblues.music.piece import CHORUSES_OF_A_RECORDING
from lstmblues.network.compiled.learner import GroupLearner
from lstmblues.network.lstm import Network


class ChordModel(Protocol):
    """A model that hears chord notes, on or off, and plays those of the next step.

    A model whose memory holds no amounts, but places or symbols, has an attribute ``discrete`` that
    is true.
    """

    def cold(self) -> np.ndarray:
        """Return what it remembers before it has heard anything: (numbers,), float64."""
        ...

    def play(
        self, memory: np.ndarray, heard: np.ndarray, steps: int, expected: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Let it hear one step, and then what it plays itself.

        So ``memory`` and ``heard`` are all that the rest depends on. They stay as they are.

        Args:
            memory: what it remembers, (numbers,), float64, as ``cold`` and ``play`` return it.
            heard: the notes that it hears first, (12,), boolean.
            steps: how many steps it plays.
            expected: what it should play, (cycle, 12), boolean, gone round as often as it takes. If
                this is given, it stops after the first step that differs.

        Returns:
            What it plays, (steps, 12) or fewer steps, boolean, and what it remembers then, like
            ``memory``.
        """
        ...


class ChordSide:
    """The chord side of a network of 2002, of either experiment, compiled: a ``ChordModel``.

    It remembers cell states, then cell outputs.
    """

    def __init__(self, network: Network):
        self.group = network.topology.group("chords")
        self._learner = GroupLearner.pack(network, self.group)
        self._levels = network.standardisation.levels()[:, self.group.units].copy()

    def cold(self) -> np.ndarray:
        """Return empty cells."""
        return np.zeros(2 * self.group.cells)

    def play(
        self, memory: np.ndarray, heard: np.ndarray, steps: int, expected: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return what it plays and what it remembers then: see ``ChordModel``."""
        cells, on = memory.reshape(2, -1).copy(), heard.copy()
        played = np.empty((steps, self.group.inputs), dtype=bool)
        right = self._learner.play(self._levels, *cells, on, played, expected)
        return played[: right + 1], cells.reshape(-1)


def hear(model: ChordModel, memory: np.ndarray, heard: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Let ``model`` hear one step, ``heard`` (12,), boolean.

    Returns what it plays, (12,), boolean, and what it remembers then, like ``memory`` (numbers,).
    """
    played, memory = model.play(memory, heard, 1)
    return played[-1], memory


def faultless_choruses(model: ChordModel, cycle: np.ndarray, choruses: int) -> int:
    """Return how many choruses ``model`` plays, from a cold start, before its first fault.

    It is given the first step of ``cycle`` (steps, 12), boolean, and then hears itself; what it
    plays is compared from the second step on. At most ``choruses``.
    """
    expected = np.roll(cycle, -1, axis=0)
    played, _ = model.play(model.cold(), cycle[0], choruses * len(cycle), expected)
    right = len(played) - int((played[-1] != expected[(len(played) - 1) % len(cycle)]).any())
    return right // len(cycle)


def has_learned(model: ChordModel, cycle: np.ndarray) -> bool:
    """Return whether ``model`` has learned the chords ``cycle`` (steps, 12), boolean.

    It has if it plays ``CHORUSES_OF_A_RECORDING`` ``faultless_choruses``.
    """
    return faultless_choruses(model, cycle, CHORUSES_OF_A_RECORDING) == CHORUSES_OF_A_RECORDING


CHORUSES_TO_SETTLE = 4
"""How long a model plays, or is led, before anything is done or judged."""


@dataclass(frozen=True)
class SettledModel:
    """One chorus that ``model`` plays by itself, after others that it played from a cold start.

    ``cycle`` (steps, 12), boolean, is the chorus as it should be. ``memories`` (steps, numbers) and
    ``heard`` (steps, 12), boolean, are what the model remembers, and what it then hears, at every
    step.
    """

    model: ChordModel
    cycle: np.ndarray
    memories: np.ndarray
    heard: np.ndarray

    @classmethod
    def after(
        cls, model: ChordModel, cycle: np.ndarray, choruses: int = CHORUSES_TO_SETTLE
    ) -> "SettledModel":
        """Let ``model`` play so many choruses, given the first step of ``cycle``; keep one more."""
        played, memory = model.play(model.cold(), cycle[0], choruses * len(cycle))
        memories, heard = [memory], [played[-1]]
        for _ in range(len(cycle) - 1):
            played, memory = hear(model, memories[-1], heard[-1])
            memories.append(memory)
            heard.append(played)
        return cls(model, cycle, np.array(memories), np.array(heard))

    @cached_property
    def spread(self) -> np.ndarray:
        """The standard deviation of every number remembered, over the chorus: (numbers,)."""
        return self.memories.std(axis=0)
