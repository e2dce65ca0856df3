"""Teaching the chords until a model plays them by itself: one loop for every learning rule.

The network of 2002 learns them so (chapter 6, "Chords"), and so do its baselines (chapter "Does it
take memory?"). Only the learner differs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np


class ChordLearner(Protocol):
    """Models that learn the chords of a form, one alone or many side by side.

    ``hopeless`` says whether no further pass can help, as after an error that is no finite number.
    """

    hopeless: bool = False

    def learn_pass(self) -> int:
        """Let all models learn from one pass; return how many steps each of them heard."""
        ...

    def learned(self) -> Sequence[bool]:
        """Return, for each model that still learns, whether it plays the chords by itself.

        That is, ``CHORUSES_OF_A_RECORDING`` choruses without a fault, from a cold start, given the
        first step and then its own outputs.
        """
        ...

    def model(self, place: int) -> Any:
        """Return the model at ``place`` (from 0, of those that still learn), as it is now."""
        ...

    def keep(self, places: np.ndarray) -> None:
        """Go on with the models at ``places`` (models,) alone: the others have learned."""


@dataclass(frozen=True)
class Attempt:
    """What came of one attempt to teach the chords to a model.

    ``learned`` says whether the model played the chords by itself (``ChordLearner.learned``), and
    ``steps`` how many steps of the chords it had heard by then. ``model`` is the model as it was
    then or, if it never learned, at the end.
    """

    seed: int
    learned: bool
    steps: int
    model: Any


def teach_chords(
    learner: ChordLearner,
    seeds: Sequence[int],
    most_steps: int,
    watch: Callable[[int, int], None] = lambda steps, learning: None,
) -> list[Attempt]:
    """Teach the chords, pass after pass, until every model of ``learner`` has learned them.

    After every pass each model is asked whether it has learned. One that has is left as it is.

    Args:
        learner: the models, one for each of ``seeds``, in the same order.
        seeds: what the models were drawn by.
        most_steps: after how many steps, or a pass that goes beyond, those that are left give up.
        watch: called after every pass with the steps heard so far, and how many models still learn.

    Returns:
        An attempt for each of ``seeds``, in the same order.
    """
    attempts: list[Attempt | None] = [None] * len(seeds)
    learning, steps = np.arange(len(seeds)), 0
    while len(learning) and steps < most_steps and not learner.hopeless:
        steps += learner.learn_pass()
        learned = np.array(learner.learned())
        for place in np.flatnonzero(learned):
            number = learning[place]
            attempts[number] = Attempt(seeds[number], True, steps, learner.model(place))
        if learned.any():
            learning = learning[~learned]
            learner.keep(np.flatnonzero(~learned))
        watch(steps, len(learning))
    for place, number in enumerate(learning):
        attempts[number] = Attempt(seeds[number], False, steps, learner.model(place))
    return attempts
