"""A network without memory that hears the last few steps at once (chapter "Does it take memory?").

It is a feed-forward network with one layer of hidden units. Its window is the steps that it hears
at once. With a window of one step it hears only what sounds now. How long the window must be for
the next step to follow from it depends on the form alone: see ``shortest_window``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lstmblues.errors import BluesError
from lstmblues.evidence.memory.recurrent import (
    add_products,
    answer,
    check_shapes,
    columns,
    listed,
)
from lstmblues.music.encoding import Standardisation
from lstmblues.network.compiled.caching import kernel


def shortest_window(cycle: np.ndarray) -> int:
    """Return how many steps a window must have for the next step to follow from it.

    ``cycle`` (steps, notes), on or off, goes round for ever. The result is the smallest n, from 1,
    for which two places with the same last n steps always have the same next step. A model that
    hears fewer must err at one of two places that sound the same to it. A window of the whole cycle
    is always enough: two places at which all of it is the same are followed by the same. Raises
    ``BluesError`` for an array that is no cycle.
    """
    cycle = np.asarray(cycle) > 0.5
    if cycle.ndim != 2 or not len(cycle):
        raise BluesError(f"an array of shape {cycle.shape} is no cycle; needed is (steps, notes)")
    return next(window for window in range(1, len(cycle) + 1) if _determines(cycle, window))


def _determines(cycle: np.ndarray, window: int) -> bool:
    """Whether the last ``window`` steps, wherever in the cycle, determine the next one."""
    followed_by = {}
    for place in range(len(cycle)):
        last = cycle[np.arange(place - window, place) % len(cycle)].tobytes()
        following = cycle[place].tobytes()
        if followed_by.setdefault(last, following) != following:
            return False
    return True


def last_steps(inputs: np.ndarray, window: int) -> np.ndarray:
    """Return what is heard at once, step by step, from a cold start: (steps, window * units).

    Row t holds the last ``window`` steps of ``inputs`` (steps, units), standardised, the oldest
    first and step t itself last. Steps before the first are zeros: every unit at its mean, which
    is neither on nor off, so that a cold start sounds like no place of the form.
    """
    padded = np.concatenate([np.zeros((window - 1, inputs.shape[1])), inputs])
    return np.stack([padded[step : step + window].ravel() for step in range(len(inputs))])


def feed_forward_shapes(inputs: int, units: int, window: int) -> dict[str, tuple[int, int]]:
    """Return the shapes of a network's weight matrices, by name; the last column is the bias.

    ``hidden`` (units, window * inputs + 1) reads the window, the oldest step first; ``output``
    (inputs, units + window * inputs + 1) reads the hidden units, then the window, as the outputs
    of all networks of this book read both. Raises ``BluesError`` for no units or no window.
    """
    if units < 1:
        raise BluesError(f"a network cannot have {units} hidden units; give 1 or more")
    if window < 1:
        raise BluesError(f"a window cannot have {window} steps; give 1 or more")
    heard = window * inputs
    return {"hidden": (units, heard + 1), "output": (inputs, units + heard + 1)}


@dataclass(frozen=True)
class FeedForwardNetwork:
    """A feed-forward network of ``units`` hidden units (tanh) on a window: a ``ChordModel``.

    ``window`` counts the steps it hears, the present one among them. ``weights`` are the matrices
    of ``feed_forward_shapes``. It remembers the ``window - 1`` steps before the present one as
    ``last_steps`` has them. Raises ``BluesError`` for weights of other shapes.
    """

    units: int
    window: int
    weights: Mapping[str, np.ndarray]
    standardisation: Standardisation

    def __post_init__(self):
        inputs = len(self.standardisation.shift)
        check_shapes(self.weights, feed_forward_shapes(inputs, self.units, self.window))

    def cold(self) -> np.ndarray:
        """Return a window of steps that were not heard: see ``last_steps``."""
        return np.zeros((self.window - 1) * len(self.standardisation.shift))

    def play(
        self, memory: np.ndarray, heard: np.ndarray, steps: int, expected: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return what it plays and what it remembers then: see ``ChordModel``."""
        memory = memory.copy()
        played = np.empty((steps, len(heard)), dtype=bool)
        taken = _play(*self._columns, self._levels, memory, heard, listed(expected, heard), played)
        return played[:taken], memory

    @cached_property
    def _columns(self) -> list[np.ndarray]:
        return [columns(self.weights[name]) for name in ("hidden", "output")]

    @cached_property
    def _levels(self) -> np.ndarray:
        return self.standardisation.levels()


@kernel
def _play(hidden_weights, output_weights, levels, memory, heard, expected, played):
    """Fill ``played``, up to the first step that is not expected; return how many steps that is.

    Weights are ``columns``. ``memory`` changes to what is remembered then.
    """
    heard, notes, earlier = heard.copy(), len(heard), len(memory)
    window = np.empty(earlier + notes)
    window[:earlier] = memory
    hidden = np.empty(hidden_weights.shape[1])
    sums = np.empty(output_weights.shape[1])
    taken = len(played)
    for step in range(len(played)):
        for note in range(notes):
            window[earlier + note] = levels[1 if heard[note] else 0, note]
        hidden[:] = hidden_weights[-1]
        add_products(hidden, hidden_weights, window)
        for unit in range(len(hidden)):
            hidden[unit] = np.tanh(hidden[unit])
        sums[:] = output_weights[-1]
        add_products(sums, output_weights, hidden)
        add_products(sums, output_weights[len(hidden) :], window)
        for number in range(earlier):
            window[number] = window[number + notes]
        if not answer(sums, expected, step, heard, played):
            taken = step + 1
            break
    memory[:] = window[:earlier]
    return taken
