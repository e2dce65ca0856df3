"""Do the blocks come into play in turn? Several ladders of biases (chapter 6, "Chords").

A ladder is a row of first biases of the gates that grow from block to block.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from lstmblues.evidence.blocks_in_turn import begins, in_turn, rises_without_blocks
from lstmblues.evidence.intervals import bootstrap
from lstmblues.evidence.resumable import Study
from lstmblues.music.form import load_form
from lstmblues.schema import Name, Seed, checked
from lstmblues.training.settings import Biases, Settings, with_changes

IC, TR = (-0.1, -0.3, -0.5, -0.7), (-0.5, -1.0, -1.5, -2.0)
"""What the papers print for every gate of block 1 to 4."""
NONE = (0.0,) * 4


def _opposite(ladder: Biases) -> Biases:
    return tuple(-bias for bias in ladder)


@dataclass(frozen=True)
class Ladder:
    """First biases, one a block: of input and output gates, and of forget gates."""

    gates: Biases
    forget_gates: Biases

    def settings(self) -> Settings:
        """Return the book's settings with these biases."""
        return with_changes(
            {
                "input_gate_biases": self.gates,
                "forget_gate_biases": self.forget_gates,
                "output_gate_biases": self.gates,
            }
        )


LADDERS = {
    "no ladder": Ladder(NONE, NONE),
    "IC's, forget gates positive (ours)": Ladder(IC, _opposite(IC)),
    "IC's, forget gates at 0": Ladder(IC, NONE),
    "IC's as printed": Ladder(IC, IC),
    "IC's as printed, from block 4 to 1": Ladder(IC[::-1], IC[::-1]),
    "TR's, forget gates positive": Ladder(TR, _opposite(TR)),
    "TR's as printed": Ladder(TR, TR),
}
"""What is compared. Two are controls: without a ladder, and with one upside down."""
MOMENTS = np.geomspace(2_000, 4_000_000, 100).astype(int)
"""After so many steps heard, each block is silenced in turn."""
MATTERS = 0.1
"""A block matters if the error rises by more without it, in nats a step."""


def ladders_of_seed(seed: int) -> dict:
    """Train the network of a seed once with every ladder; find when each block begins to matter.

    The result is ready for JSON. ``begins`` has, by name (``LADDERS``), one number a block: the
    first of ``MOMENTS`` at which it mattered, or None.
    """
    form = load_form()
    found = {}
    for name, ladder in LADDERS.items():
        rises = rises_without_blocks(form, seed, ladder.settings(), MOMENTS)
        first = begins(rises, MOMENTS, MATTERS)
        found[name] = [int(moment) if np.isfinite(moment) else None for moment in first]
    return {"seed": seed, "begins": found}


class _Row(msgspec.Struct):
    seed: Seed
    begins: dict[Name, list[int | None]]


def _part_of(result: dict) -> tuple[int]:
    """The seed of a result, which must be one of ``ladders_of_seed``."""
    return (checked(result, _Row, "a result of a study of ladders").seed,)


LADDER_STUDY = Study("a study of ladders", "probe --ladders", ladders_of_seed, _part_of)
"""Its parts are seeds of experiment 1."""


def begin_steps(results: Sequence[dict], name: str) -> np.ndarray:
    """Return when each block began to matter with a ladder; infinity if it never did.

    Args:
        results: of ``ladders_of_seed``.
        name: one of ``LADDERS``.

    Returns:
        Steps heard in training, (results, blocks).
    """
    return np.array(
        [
            [np.inf if moment is None else moment for moment in result["begins"][name]]
            for result in results
        ]
    )


def order(results: Sequence[dict]) -> dict[str, tuple[float, float, float]]:
    """Return how far blocks came in by their numbers, with every ladder.

    The mean over the seeds of ``results`` of ``in_turn``, -1 to 1, and the ends of its interval
    (``bootstrap``).
    """
    return {
        name: bootstrap(np.array([in_turn(steps) for steps in begin_steps(results, name)]))
        for name in LADDERS
    }
