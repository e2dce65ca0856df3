"""Do novel bars know their place, and do freer passages come back? Many networks.

The chapter "Is it new, and is it still the blues?" tells of it, and chapter 14.

The networks and the melodies by chance are those of the ``survey``; the pieces, too.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass

import msgspec

from lstmblues.composing.compose import compose
from lstmblues.composing.passages import passages, returns
from lstmblues.composing.place import KINDS, Fit, fit
from lstmblues.evidence.novelty.survey import BESIDE, DRAWS
from lstmblues.evidence.resumable import Study
from lstmblues.music.form import load_form
from lstmblues.music.melody import Melodies, load_melodies
from lstmblues.music.piece import CHORUSES_OF_A_RECORDING, Piece
from lstmblues.network.lstm import Network
from lstmblues.schema import Count, Name, Seed, checked
from lstmblues.training.experiments import stages_of_training

NETWORKS = ("network", "network, at 1.5", "network, early")
"""A finished network, the same at a higher temperature, and the network at its first stage."""


@dataclass(frozen=True)
class Passages:
    """The passages (``composing.passages``) of some pieces, counted.

    Args:
        pieces: how many there are.
        mixed: how many have a freer and a close passage.
        freer: how many freer passages there are in all.
        returning: how many of these have a close passage right after them.
    """

    pieces: Count
    mixed: Count
    freer: Count
    returning: Count


def count_passages(pieces: Sequence[Piece], melodies: Melodies) -> Passages:
    """Return the ``Passages`` of ``pieces``; they must be over the form of ``melodies``."""
    found = [passages(piece, melodies) for piece in pieces]
    return Passages(
        len(found),
        sum({one.freer for one in each} == {True, False} for each in found),
        sum(one.freer for each in found for one in each),
        sum(map(returns, found)),
    )


def places_of_seed(seed: int) -> dict:
    """Train the network of a seed; count how its bars fit their place, and those of chance.

    The result is ready for JSON. ``sources`` has, by name (``NETWORKS`` and ``survey.BESIDE``), the
    fields of ``Fit`` for recited and for novel bars, summed over ``survey.DRAWS`` pieces, and those
    of ``Passages``. A network that has not ``learned`` plays nothing.
    """
    melodies = load_melodies(load_form())
    stages = stages_of_training(melodies, seed)
    sources = {
        name: _summed([fit(piece, melodies) for piece in pieces])
        | {"passages": asdict(count_passages(pieces, melodies))}
        for name, pieces in _pieces(melodies, seed, [network for _, _, network in stages])
    }
    return {"seed": seed, "learned": bool(stages), "sources": sources}


def _pieces(
    melodies: Melodies, seed: int, stages: Sequence[Network]
) -> Iterator[tuple[str, list[Piece]]]:
    draws = range(seed * DRAWS, (seed + 1) * DRAWS)  # as in the survey
    players: dict[str, Callable[[int], Piece]] = {}
    if stages:
        for name, network, temperature in zip(
            NETWORKS, (stages[-1], stages[-1], stages[0]), (1.0, 1.5, 1.0), strict=True
        ):
            players[name] = lambda draw, network=network, temperature=temperature: (
                compose(network, melodies, CHORUSES_OF_A_RECORDING, draw, temperature).piece
            )
    for name, make in BESIDE.items():
        players[name] = lambda draw, make=make: make(melodies, CHORUSES_OF_A_RECORDING, draw)
    for name, player in players.items():
        yield name, [player(draw) for draw in draws]


def _summed(fits: Sequence[dict]) -> dict:
    """The fields of several pieces' ``Fit``, added up, by kind of bar."""
    return {
        kind: {
            name: round(sum(asdict(each[kind])[name] for each in fits), 4)
            for name in asdict(fits[0][kind])
        }
        for kind in KINDS
    }


class _Kinds(msgspec.Struct):
    recited: Fit
    novel: Fit
    passages: Passages


class _Row(msgspec.Struct):
    seed: Seed
    learned: bool
    sources: dict[Name, _Kinds]


def _part_of(result: dict) -> tuple[int]:
    """The seed of a result, which must be one of ``places_of_seed``."""
    return (checked(result, _Row, "a result of a study of places").seed,)


PLACES = Study("a study of places", "survey --places", places_of_seed, _part_of)
"""Its parts are seeds of experiment 2."""


def share(results: Sequence[dict], source: str, kind: str, part: str, whole: str) -> list[float]:
    """Return a share of every seed: one field of ``Fit`` over another.

    Args:
        results: of ``places_of_seed``.
        source: one of ``NETWORKS`` or ``survey.BESIDE``.
        kind: of the bars, one of ``place.KINDS``.
        part: the field that is divided.
        whole: the field by which it is divided.

    Returns:
        The shares, 0 to 1. A seed where there is nothing to divide by has none.
    """
    fits = [result["sources"].get(source, {}).get(kind) for result in results]
    return [each[part] / each[whole] for each in fits if each and each[whole]]


def totals(results: Sequence[dict]) -> dict:
    """Return the fields of ``Fit``, summed over all seeds, by source and kind of bar."""
    sources = dict.fromkeys(source for result in results for source in result["sources"])
    sums = {}
    for source in sources:
        found = [result["sources"][source] for result in results if source in result["sources"]]
        sums[source] = {
            kind: {
                name: round(sum(each[kind][name] for each in found), 4) for name in found[0][kind]
            }
            for kind in KINDS
        }
    return sums
