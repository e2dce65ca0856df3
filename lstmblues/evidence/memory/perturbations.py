"""Pushes off the form, and lesions: does a model find its place again, and by what means?

A model that plays the form by itself is pushed: it hears what is not there, or its memory is
changed. Then it is left alone (chapter "Does it take memory?"). And it is led through the form,
hearing the right chords, while a part of it is put out of action: which bars need that part?
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lstmblues.errors import BluesError
from lstmblues.evidence.memory.chord_models import ChordModel, Settled, _hear
from lstmblues.music.form import STEPS_PER_BAR

CHORUSES_AFTERWARDS = 16
"""How long it plays after a push."""
CHORUSES_FOUND = 4
"""For how long, at least and to the end, it has to play the form for having found it again."""


@dataclass(frozen=True)
class Push:
    """One way of pushing a model off the form, and how hard. Raises ``BluesError`` for others.

    - ``"flip"``: in each of ``size`` steps in a row, one note drawn at random of what it hears is
      switched, on or off.
    - ``"jump"``: for ``size`` bars it hears another place of the form, so many bars away, drawn
      from those that sound different.
    - ``"disturb"``: to every number that it remembers, noise is added: normal, ``size`` times as
      large as the number's own standard deviation over a settled chorus.
    - ``"clear"``: it forgets everything, as if it had heard nothing yet, and hears on. ``size`` is
      1.
    """

    kind: str
    size: float

    def __post_init__(self):
        if self.kind not in ("flip", "jump", "disturb", "clear"):
            raise BluesError(f"{self.kind!r} is no push; flip, jump, disturb and clear are")
        whole = self.kind == "disturb" or self.size % 1 == 0
        if not (0 < self.size < np.inf and whole) or (self.kind == "clear" and self.size != 1):
            raise BluesError(
                f"a push of kind {self.kind!r} cannot have size {self.size}; give 1 or another "
                "whole number (flip, jump), any number above 0 (disturb), or 1 (clear)"
            )


PUSHES = (
    *(Push("flip", steps) for steps in (1, 2, 4, 8, 16)),
    *(Push("jump", bars) for bars in (1, 2, 4)),
    *(Push("disturb", size) for size in (0.1, 0.3, 1.0, 3.0)),
    Push("clear", 1),
)
"""The pushes of the book's tables."""


@dataclass(frozen=True)
class Recovery:
    """What a model played after a push.

    ``found``: to the end, for ``CHORUSES_FOUND`` choruses or more, it plays the form, all at one
    phase. From ``bars`` (a number of bars, in fractions) after the push on, it does so without a
    fault. It is then ahead by ``displaced`` steps of where it would have been without the push:
    more than minus half a chorus, up to half a chorus, 0 in place. Both None if not ``found``.
    """

    found: bool
    bars: float | None = None
    displaced: int | None = None


def pushed(settled: Settled, push: Push, step: int, generator: np.random.Generator) -> Recovery:
    """Push a settled model as it comes to ``step`` of the chorus, leave it alone, and judge."""
    model, cycle = settled.model, settled.cycle
    memory, heard, last = settled.memories[step], settled.heard[step], step
    if push.kind == "clear":
        memory = model.cold()
    elif push.kind == "disturb":
        noise = generator.standard_normal(len(memory))
        memory = memory + push.size * settled.spread * noise
    elif push.kind == "flip":
        heard, last = _flipped(heard, generator), step + int(push.size) - 1
        for _ in range(step, last):
            memory, played = _hear(model, memory, heard)
            heard = _flipped(played, generator)
    else:
        steps = int(push.size) * STEPS_PER_BAR
        *first, heard = _elsewhere(cycle, step, steps, generator)
        for wrong in first:
            memory, _ = _hear(model, memory, wrong)
        last = step + steps - 1
    played, _ = model.play(memory, heard, CHORUSES_AFTERWARDS * len(cycle))
    return judged(played, np.roll(cycle, -(last + 1), axis=0))


def _flipped(heard: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return the notes with one of them, drawn at random, switched on or off."""
    flipped = heard.copy()
    flipped[generator.integers(len(heard))] ^= True
    return flipped


def _elsewhere(
    cycle: np.ndarray, step: int, steps: int, generator: np.random.Generator
) -> np.ndarray:
    """Return so many steps of another place of the form, whole bars away from ``step``."""
    places = [
        np.take(cycle, range(start, start + steps), axis=0, mode="wrap")
        for start in range(step, step + len(cycle), STEPS_PER_BAR)
    ]
    others = [place for place in places[1:] if (place != places[0]).any()]
    if not others:
        raise BluesError("a form that sounds the same in every bar has no place to jump to")
    return others[generator.integers(len(others))]


def judged(played: np.ndarray, expected: np.ndarray) -> Recovery:
    """Return whether what was ``played`` (steps, 12) finds the form again, where, and when.

    ``expected`` (cycle, 12) is the chorus as it would have gone on without the push.
    """
    cycle, steps = len(expected), np.arange(len(played))
    # Of several phases that sound the same, the one nearest to the right place counts.
    phases = np.array(sorted(range(cycle // 2 - cycle + 1, cycle // 2 + 1), key=abs))
    at_the_end = expected[(phases[:, None] + steps[-cycle:]) % cycle]
    fits = (at_the_end == played[-cycle:]).all(axis=(1, 2))
    if not fits.any():
        return Recovery(False)
    displaced = int(phases[fits.argmax()])
    wrong = (played != expected[(displaced + steps) % cycle]).any(axis=1)
    since = int(np.flatnonzero(wrong).max(initial=-1)) + 1
    if len(played) - since < CHORUSES_FOUND * cycle:
        return Recovery(False)
    return Recovery(True, since / STEPS_PER_BAR, displaced)


def push_table(
    model: ChordModel,
    cycle: np.ndarray,
    repeats: int = 10,
    seed: int = 0,
    pushes: tuple[Push, ...] = PUSHES,
) -> dict:
    """Push ``model`` off the form ``cycle`` (steps, 12), boolean, again and again.

    Each push comes ``repeats`` times, each time before a step drawn at random. What is drawn
    depends on ``seed``, the push and the repeat alone, and so is the same for every model.

    Returns, ready for JSON, ``{kind: {size: {"tries", "found", "in_place", "bars",
    "displaced"}}}``: the last two are lists, an entry for every time that the form was found. A
    model whose memory is no amounts, but notes or the numbers of places, says so by an attribute
    ``discrete`` that is true; it is not disturbed.
    """
    settled, table = Settled.after(model, cycle), {}
    for push in pushes:
        if push.kind == "disturb" and getattr(model, "discrete", False):
            continue
        recoveries = [
            pushed(settled, push, int(generator.integers(len(cycle))), generator)
            for generator in generators(push, repeats, seed)
        ]
        found = [recovery for recovery in recoveries if recovery.found]
        table.setdefault(push.kind, {})[f"{push.size:g}"] = {
            "tries": repeats,
            "found": len(found),
            "in_place": sum(recovery.displaced == 0 for recovery in found),
            "bars": [recovery.bars for recovery in found],
            "displaced": [recovery.displaced for recovery in found],
        }
    return table


def generators(push: Push, repeats: int, seed: int) -> Iterator[np.random.Generator]:
    """Yield the source of chance of every repeat of a push: the step is drawn first."""
    name = list(f"{push.kind} {push.size:g}".encode())
    return (np.random.default_rng([seed, repeat, *name]) for repeat in range(repeats))
