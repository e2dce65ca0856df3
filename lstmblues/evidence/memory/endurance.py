"""How long a model keeps the form, and a proof that it never loses it.

The papers say that a network that plays the form once plays it as long as one is willing to listen
(chapter "Does it take memory?"). No number of choruses shows that; the bits of a model's memory do.

**The proof.** Let the *whole state* at a chorus boundary be the bits of everything that the model
remembers, and of the notes that it hears next. Suppose that

1. the whole state after k choruses is that after k + p choruses, bit for bit; and
2. every step from the start up to then was right.

A ``ChordModel`` is a deterministic map: the whole state is all that the steps to come depend on. By
1, chorus k + p is therefore played as chorus k was, and leads to the same state as chorus k did; so
is and does the next, and so on without end. As p choruses are a whole number of times through the
form, every step falls on the same place of the form each time round, and by 2 it was right there.
So the model is right forever.

Each word matters. *Everything* that it remembers: a number left out might be a slow clock. The
*bits*: numbers that only look alike, when printed or rounded, may drift apart; 0.0 and -0.0 are
equal, and yet 1/x tells them apart. *Every step*, also before k and within the loop: a model can be
in a loop, and wrong. The other way round, a model without a proof is not proved to fail: its state
may repeat later. (One day it must: numbers of finitely many bits have finitely many states.)

And the proof is about *this* map: the same weights, the same arithmetic, the same order of every
sum. That of ``ChordSide`` is fixed to the last bit (``vectors``); other engines and precisions
round differently, are other maps, and need their own proofs (``engines``).
"""

from dataclasses import dataclass

import numpy as np

from lstmblues.errors import BluesError
from lstmblues.evidence.memory.chord_models import ChordModel


@dataclass(frozen=True)
class Endurance:
    """What became of the form while a model played by itself, from a cold start.

    Of ``choruses``, ``faultless`` came before the first fault, and ``right`` counts those in which
    every step was right, after a fault too. ``fault`` is the step of the first fault, or None; the
    step that was given is step 0. Chorus 0 lasts from step 1, round to the first of the next.

    ``repeats_after`` and ``period``, in choruses, are the k and p of the proof, or both None. With
    a proof only the first k + p choruses were ``played``; that the others are right follows.
    """

    choruses: int
    faultless: int
    right: int
    fault: int | None
    repeats_after: int | None
    period: int | None

    @property
    def is_proved(self) -> bool:
        """Whether the model is proved to play the form forever."""
        return self.period is not None

    @property
    def played(self) -> int:
        """How many of ``choruses`` were played; the rest follow from the proof."""
        return self.repeats_after + self.period if self.is_proved else self.choruses


def endure(model: ChordModel, cycle: np.ndarray, choruses: int = 1000) -> Endurance:
    """Let ``model`` play by itself, given the first step of ``cycle``: for how long is it right?

    ``cycle`` (steps, 12), boolean, is one chorus. The model is not stopped at a fault, but as soon
    as it is proved to go on without one: the choruses left are then not played, but count as right
    (see ``Endurance.played``).
    Raises ``BluesError`` unless there is at least one chorus to play.
    """
    if choruses < 1 or not len(cycle):
        raise BluesError("endurance takes a chorus of a step or more, and at least one to play")
    expected = np.roll(cycle, -1, axis=0)
    memory, heard = model.cold(), cycle[0]
    seen, right, fault, faultless = {whole_state(memory, heard): 0}, 0, None, choruses
    for chorus in range(choruses):
        played, memory = model.play(memory, heard, len(cycle))
        heard = played[-1]
        wrong = (played != expected).any(axis=1)
        right += not wrong.any()
        if wrong.any() and fault is None:
            faultless, fault = chorus, chorus * len(cycle) + int(wrong.argmax()) + 1
        if fault is None:
            state, boundary = whole_state(memory, heard), chorus + 1
            if state in seen:
                before = seen[state]
                return Endurance(choruses, choruses, choruses, None, before, boundary - before)
            seen[state] = boundary
    return Endurance(choruses, faultless, right, fault, None, None)


def whole_state(memory: np.ndarray, heard: np.ndarray) -> bytes:
    """Return the bits of all that a model's next steps depend on.

    ``memory`` (numbers,) is what it remembers, ``heard`` (12,), boolean, what it hears next. Equal
    bits are the same state, NaN or not; 0.0 and -0.0 are two.
    """
    return memory.tobytes() + heard.tobytes()


def changes(model: ChordModel, cycle: np.ndarray, choruses: int) -> np.ndarray:
    """Return how far memory moves from one chorus boundary to the next: (choruses,).

    The largest change of any number remembered, while ``model`` plays by itself from a cold start;
    0.0 from where the state repeats with a period of one chorus.
    """
    memory, heard, found = model.cold(), cycle[0], np.zeros(choruses)
    for chorus in range(choruses):
        played, after = model.play(memory, heard, len(cycle))
        found[chorus] = np.abs(after - memory).max(initial=0.0)
        memory, heard = after, played[-1]
    return found


def contraction(moved: np.ndarray, rounding: float = 1e-11) -> float | None:
    """Return by what factor ``changes`` shrink each chorus, as a geometric mean, or None.

    The first change leads away from the cold start, and the last ones, below ``rounding``, are all
    rounding: neither counts. None if fewer than two are left.
    """
    small = np.flatnonzero(moved < rounding)
    counted = moved[1 : small[0] if small.size else None]
    if len(counted) < 2:
        return None
    return float((counted[-1] / counted[0]) ** (1.0 / (len(counted) - 1)))
