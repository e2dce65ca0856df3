"""Perturbations: does a model that is pushed off the form find it again?

A model that plays the form by itself is perturbed: it hears what is not there, or its memory is
changed. Then it is left alone (chapter "Does it take memory?").
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec
import numpy as np

from lstmblues.errors import BluesError
from lstmblues.evidence.memory.chord_models import ChordModel, SettledModel, hear
from lstmblues.evidence.memory.endurance import Endurance
from lstmblues.music.form import STEPS_PER_BAR
from lstmblues.schema import Count, Measured, Name, Seed

CHORUSES_AFTERWARDS = 16
"""How long it plays after a perturbation."""
CHORUSES_FOUND = 4
"""For how long, at least and to the end, it has to play the form for having found it again."""


@dataclass(frozen=True)
class Perturbation:
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
            raise BluesError(f"{self.kind!r} is no perturbation; flip, jump, disturb and clear are")
        whole = self.kind == "disturb" or self.size % 1 == 0
        if not (0 < self.size < np.inf and whole) or (self.kind == "clear" and self.size != 1):
            raise BluesError(
                f"a perturbation of kind {self.kind!r} cannot have size {self.size}; give 1 or "
                "another whole number (flip, jump), any number above 0 (disturb), or 1 (clear)"
            )


PERTURBATIONS = (
    *(Perturbation("flip", steps) for steps in (1, 2, 4, 8, 16)),
    *(Perturbation("jump", bars) for bars in (1, 2, 4)),
    *(Perturbation("disturb", size) for size in (0.1, 0.3, 1.0, 3.0)),
    Perturbation("clear", 1),
)
"""The perturbations of the book's tables."""


@dataclass(frozen=True)
class Recovery:
    """What a model played after a perturbation.

    It has ``found`` the form if it plays it to the end, for ``CHORUSES_FOUND`` choruses or more,
    all at one phase. It does so without a fault from ``bars`` after the perturbation on (a number
    of bars, in fractions). It is then ahead by ``displaced`` steps of where it would have been
    without the perturbation: more than minus half a chorus, up to half a chorus, 0 in place. Both
    are None if it has not ``found`` the form.
    """

    found: bool
    bars: float | None = None
    displaced: int | None = None


def perturbed(
    settled: SettledModel,
    perturbation: Perturbation,
    step: int,
    generator: np.random.Generator,
) -> Recovery:
    """Perturb a settled model, leave it alone for ``CHORUSES_AFTERWARDS``, and judge.

    Args:
        settled: the model, and the chorus in which it is perturbed.
        perturbation: what is done to it.
        step: of the chorus, from 0; the model is perturbed as it comes to it.
        generator: the source of chance.

    Returns:
        Whether it found the form again, and when, and where.

    Raises:
        BluesError: for a jump in a form that sounds the same in every bar.
    """
    model, cycle = settled.model, settled.cycle
    memory, heard, last = settled.memories[step], settled.heard[step], step
    if perturbation.kind == "clear":
        memory = model.cold()
    elif perturbation.kind == "disturb":
        noise = generator.standard_normal(len(memory))
        memory = memory + perturbation.size * settled.spread * noise
    elif perturbation.kind == "flip":
        heard, last = _flipped(heard, generator), step + int(perturbation.size) - 1
        for _ in range(step, last):
            played, memory = hear(model, memory, heard)
            heard = _flipped(played, generator)
    else:
        steps = int(perturbation.size) * STEPS_PER_BAR
        *first, heard = _elsewhere(cycle, step, steps, generator)
        for wrong in first:
            _, memory = hear(model, memory, wrong)
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

    ``expected`` (cycle, 12) is the chorus as it would have gone on without the perturbation.
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


def perturbation_table(
    model: ChordModel,
    cycle: np.ndarray,
    repeats: int = 10,
    seed: int = 0,
    perturbations: tuple[Perturbation, ...] = PERTURBATIONS,
) -> dict:
    """Perturb ``model`` again and again, each time as it plays the form after it has settled.

    What is drawn depends on ``seed``, the perturbation and the repeat alone, and so is the same for
    every model. A model with a ``discrete`` memory (``ChordModel``) is not disturbed.

    Args:
        model: what is perturbed.
        cycle: the form, (steps, 12), boolean.
        repeats: how often each perturbation comes, each time before a step drawn at random.
        seed: decides all that is drawn.
        perturbations: what is done to it.

    Returns:
        ``{kind: {size: {"tries", "found", "in_place", "bars", "displaced"}}}``, ready for JSON. The
        last two are lists, with an entry for every time that the form was found: see ``Recovery``.

    Raises:
        BluesError: for a jump in a form that sounds the same in every bar.
    """
    settled, table = SettledModel.after(model, cycle), {}
    for perturbation in perturbations:
        if perturbation.kind == "disturb" and getattr(model, "discrete", False):
            continue
        recoveries = [
            perturbed(settled, perturbation, int(generator.integers(len(cycle))), generator)
            for generator in generators(perturbation, repeats, seed)
        ]
        found = [recovery for recovery in recoveries if recovery.found]
        table.setdefault(perturbation.kind, {})[f"{perturbation.size:g}"] = {
            "tries": repeats,
            "found": len(found),
            "in_place": sum(recovery.displaced == 0 for recovery in found),
            "bars": [recovery.bars for recovery in found],
            "displaced": [recovery.displaced for recovery in found],
        }
    return table


class Kept(msgspec.Struct):
    """What is kept of one kind and size: see ``perturbations_kept``."""

    tries: Count
    found: Count
    in_place: Count
    steps: list[Count]


class RunKept(msgspec.Struct):
    """What is kept of one network of a contest, on trial or not."""

    seed: Seed
    learned: bool
    steps: Count
    seconds: Measured
    endurance: Endurance | None = None
    perturbations: dict[Name, Kept] = {}


def perturbations_kept(table: Mapping[str, Mapping[str, Mapping]]) -> dict[str, dict]:
    """Return what a contest keeps of a ``perturbation_table``.

    By kind and size, as in ``"flip 4"``: ``tries``, ``found``, ``in_place``, and ``steps``, how
    many were needed, whole numbers, one for every time that the form was found.
    """
    kept = ("tries", "found", "in_place")
    return {
        f"{kind} {size}": {name: found[name] for name in kept}
        | {"steps": [round(bars * STEPS_PER_BAR) for bars in found["bars"]]}
        for kind, sizes in table.items()
        for size, found in sizes.items()
    }


def generators(
    perturbation: Perturbation, repeats: int, seed: int
) -> Iterator[np.random.Generator]:
    """Yield the source of chance of every repeat of a perturbation: the step is drawn first."""
    name = list(f"{perturbation.kind} {perturbation.size:g}".encode())
    return (np.random.default_rng([seed, repeat, *name]) for repeat in range(repeats))
