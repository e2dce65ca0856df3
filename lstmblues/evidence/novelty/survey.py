"""The music of many networks, measured (chapter "Is it new, and is it still the blues?").

Networks of experiment 2 play at several stages of their training and at several temperatures;
networks of today, the melodies that all of them were taught, and melodies made without any network
stand beside them. Every piece lasts ``CHORUSES_OF_A_RECORDING`` choruses, over the right chords
unless a network plays its own.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from types import ModuleType
from typing import Any

import msgspec
import numpy as np

from lstmblues.composing import chance_melodies
from lstmblues.composing.compose import compose
from lstmblues.composing.judge import Verdict
from lstmblues.composing.measures import Measures, report
from lstmblues.evidence.intervals import bootstrap
from lstmblues.evidence.resumable import Study
from lstmblues.music.form import load_form
from lstmblues.music.melody import Melodies, load_melodies
from lstmblues.music.piece import CHORUSES_OF_A_RECORDING, Piece
from lstmblues.schema import Measured, Name, Seed, checked
from lstmblues.training.experiments import stages_of_training
from lstmblues.training.surprisal import melody_bits_apart

TEMPERATURES = (0.5, 0.75, 1.25, 1.5, 2.0)
"""Besides 1, at which every stage is measured, what a finished network is measured at."""
DRAWS = 3
"""How many pieces are measured of each kind, for every seed."""
TODAY = {"LSTM, today": "lstm", "Elman, today": "elman"}
"""Networks that learn the whole blues with today's tools (``torch_composer``), and their kinds."""


@dataclass(frozen=True)
class Source:
    """Where a piece comes from.

    Args:
        kind: ``"network"``, or one of ``TODAY`` or ``BESIDE``.
        melody_steps: of a network, for how many steps its melody had learned.
        finished: of a network, whether that was to the end.
        temperature: of a network, at which temperature its notes are drawn.
    """

    kind: str
    melody_steps: int | None = None
    finished: bool = False
    temperature: float | None = None


BESIDE: dict[str, Callable[[Melodies, int, int], Piece]] = {
    "training set": chance_melodies.taught,
    "unseen choruses": partial(chance_melodies.taught, unseen=True),
    "transition table": lambda melodies, choruses, seed: chance_melodies.compose(
        melodies, melodies.split()[0], choruses, seed
    ),
    "random walk": chance_melodies.random_walk,
    "random notes": chance_melodies.random_notes,
    "table with chords": lambda melodies, choruses, seed: chance_melodies.compose(
        melodies,
        melodies.split()[0],
        choruses,
        seed,
        chance_melodies.ORDER_WITH_CHORDS,
        hears_chords=True,
    ),
}
"""What stands beside the networks: how a piece of so many choruses is made, by a seed."""


def survey_seed(seed: int) -> dict:
    """Train the network of a seed; measure what it plays, and what stands beside it.

    The result is ready for JSON. ``pieces`` has one entry a piece: the fields of its ``Source``,
    and those of its verdict and its measures (``measures.report``). ``bits`` are what the finished
    network needs for the melody of a chorus: ``trained``, ``unseen``. A network that has not
    ``learned`` plays nothing.
    """
    # Imported here, as only this needs PyTorch.
    from lstmblues.evidence.novelty import torch_composer

    melodies = load_melodies(load_form())
    stages = stages_of_training(melodies, seed)
    found = {"seed": seed, "learned": bool(stages)}
    if stages:
        trained, unseen = melody_bits_apart(stages[-1][2], melodies)
        found["bits"] = {"trained": round(trained, 4), "unseen": round(unseen, 4)}
    found["pieces"] = [
        asdict(source) | report(piece, melodies)
        for source, piece in _pieces(melodies, seed, stages, torch_composer)
    ]
    return found


def _pieces(
    melodies: Melodies, seed: int, stages: Sequence, torch_composer: ModuleType
) -> Iterator[tuple[Source, Piece]]:
    """Yield every piece of a seed with its source."""
    # Seeds apart for every network and draw, so that no two pieces share their random numbers.
    draws = range(seed * DRAWS, (seed + 1) * DRAWS)
    for melody_steps, finished, network in stages:
        for temperature in (1.0, *TEMPERATURES) if finished else (1.0,):
            source = Source("network", melody_steps, finished, temperature)
            for draw in draws:
                played = compose(network, melodies, CHORUSES_OF_A_RECORDING, draw, temperature)
                yield source, played.piece
    for kind, layer in TODAY.items():
        composer, learned = torch_composer.learn_blues_with_torch(
            layer, melodies, seed, melodies.split()[0]
        )
        for draw in draws if learned else ():
            piece = torch_composer.compose_with_torch(
                composer, melodies, CHORUSES_OF_A_RECORDING, draw
            )
            yield Source(kind), piece
    for kind, make in BESIDE.items():
        for draw in draws:
            yield Source(kind), make(melodies, CHORUSES_OF_A_RECORDING, draw)


class _Row(msgspec.Struct):
    seed: Seed
    learned: bool
    pieces: list[dict[Name, Any]]
    bits: dict[Name, Measured] = {}


def _part_of(result: dict) -> tuple[int]:
    """The seed of a result, which must be one of ``survey_seed``."""
    row = checked(result, _Row, "a result of a survey")
    for piece in row.pieces:
        for fields in (Source, Verdict, Measures):
            checked(piece, fields, "a piece of a survey")
    return (row.seed,)


SURVEY = Study("a survey", "survey", survey_seed, _part_of, lambda seed: ("torch",))
"""Its parts are seeds of experiment 2."""


def by_seed(results: Sequence[dict], name: str, wanted: Callable[[dict], bool]) -> np.ndarray:
    """Return the mean of a measure over the pieces ``wanted`` of every seed that has some.

    A piece for which it is None (nothing there to measure) does not count.
    """
    means = []
    for result in results:
        values = [p[name] for p in result["pieces"] if wanted(p) and p[name] is not None]
        if values:
            means.append(np.mean(values))
    return np.array(means)


def summary(results: Sequence[dict], names: Sequence[str]) -> list[dict]:
    """Return ``bootstrap`` of the measures called ``names``, for every source in ``results``.

    An entry has the fields of its ``Source``, how many ``seeds`` there are, and the measures;
    stages of unfinished networks are as they were after the same number of steps, and finished
    networks, whenever that was, make one entry with ``melody_steps`` None.
    """
    kept = list(Source.__dataclass_fields__)

    def source_of(piece: dict) -> tuple:
        values = {name: piece[name] for name in kept}
        if piece["finished"]:
            values["melody_steps"] = None
        return tuple(values.values())

    sources = dict.fromkeys(source_of(piece) for result in results for piece in result["pieces"])
    table = []
    for source in sources:
        entry = dict(zip(kept, source, strict=True))
        for name in names:
            values = by_seed(results, name, lambda piece: source_of(piece) == source)  # noqa: B023
            entry["seeds"] = len(values)
            entry[name] = bootstrap(values) if len(values) else None
        table.append(entry)
    return table
