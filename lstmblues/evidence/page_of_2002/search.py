"""Looking for pieces that show what the page of 2002 describes (chapter "The listening room").

Networks of several seeds are taken at several stages of their training, and given different
primers and random numbers. Every piece that they play is a candidate. Its traits are kept, and the
criteria pick (``criteria``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median

import msgspec

from lstmblues.composing.compose import compose
from lstmblues.composing.passages import settled_step
from lstmblues.errors import BluesError
from lstmblues.evidence.page_of_2002.criteria import (
    ABOUT_A_CHORUS,
    Traits,
    drifts_and_returns,
    falls_into_place,
    repeats_a_motif,
    stays_closer,
    traits,
)
from lstmblues.evidence.resumable import Study
from lstmblues.music.form import load_form
from lstmblues.music.melody import Melodies, load_melodies
from lstmblues.music.piece import CHORUSES_OF_A_RECORDING
from lstmblues.network.lstm import Network
from lstmblues.schema import Count, Seed, checked
from lstmblues.training.experiments import stages_of_training

PRIMER_NOTES = (1, 2, 4, 8, 16, 24)
"""How many quarter notes are tried as primers that start at another bar than the first."""
SIEVED_CHORUSES = 3
"""A start is tried over so many choruses before whole pieces are played from it."""


@dataclass(frozen=True)
class Candidate:
    """How a piece of ``CHORUSES_OF_A_RECORDING`` choruses was made, and its traits.

    Args:
        network_seed: the seed of the training run.
        melody_steps: for how many steps the melody had learned, over chords at rest.
        finished: whether that was to the end.
        first_bar: the bar (from 1) that the primer begins with, as ``compose.compose`` takes it.
        primer_notes: how many quarter notes were given, likewise.
        seed: of the training chorus and of the notes drawn, likewise.
        traits: what is measured on the piece.
    """

    network_seed: Seed
    melody_steps: Count
    finished: bool
    first_bar: Count
    primer_notes: Count
    seed: Seed
    traits: Traits


def search_run(network_seed: int, draws: int) -> dict:
    """Return the candidates of one training run, ready for JSON.

    Pieces are played at every stage of training, from every start, ``draws`` times, with seeds
    from 0 on for the notes that are drawn.
    """
    melodies = load_melodies(load_form())
    found = []
    stages = stages_of_training(melodies, network_seed)
    # The chords rest while the melody learns: what they do from a primer, they do at every stage.
    starts = [(1, 1), *_other_starts(stages[-1][2], melodies)] if stages else []
    for melody_steps, finished, network in stages:
        for first_bar, primer_notes in starts:
            for seed in range(draws):
                piece = compose(
                    network,
                    melodies,
                    CHORUSES_OF_A_RECORDING,
                    seed,
                    primer_notes=primer_notes,
                    first_bar=first_bar,
                ).piece
                found.append(
                    Candidate(
                        network_seed,
                        melody_steps,
                        finished,
                        first_bar,
                        primer_notes,
                        seed,
                        traits(piece, melodies),
                    )
                )
    candidates = [asdict(each) for each in found]
    return {"network_seed": network_seed, "draws": draws, "candidates": candidates}


def _other_starts(network: Network, melodies: Melodies) -> list[tuple[int, int]]:
    """Return the first bars but bar 1, each with its shortest primer, that lead to composition 1.

    From these the chords go wrong, and are in place after about one chorus.
    """
    starts = {}
    for first_bar in range(2, len(melodies.form.bars) + 1):
        for primer_notes in PRIMER_NOTES:
            short = compose(
                network, melodies, SIEVED_CHORUSES, primer_notes=primer_notes, first_bar=first_bar
            )
            if ABOUT_A_CHORUS[0] <= settled_step(short.piece) <= ABOUT_A_CHORUS[1]:
                starts.setdefault(first_bar, primer_notes)
    return list(starts.items())


def candidates_of(results: Iterable[dict]) -> list[Candidate]:
    """Return all candidates in the ``results`` of a search, in their order."""
    return [
        checked(each, Candidate, "a candidate")
        for result in results
        for each in result["candidates"]
    ]


class _Row(msgspec.Struct):
    network_seed: Seed
    draws: Count
    candidates: list[Candidate]


def _part_of(result: dict) -> tuple[int, int]:
    """The training run of a result, which must be one of ``search_run``."""
    row = checked(result, _Row, "a result of a search")
    return row.network_seed, row.draws


SEARCH = Study("a search", "search", search_run, _part_of)
"""Its parts are training runs: a seed of experiment 2, and how often each start is played."""

CRITERIA = {1: falls_into_place, 2: drifts_and_returns, 3: repeats_a_motif}
"""What compositions 1 to 3 have to show; 4 is compared with them (``criteria.stays_closer``)."""


def tally(candidates: Sequence[Candidate]) -> list[dict]:
    """Return, for every stage, how many candidates there are and how many show what.

    The stages of unfinished networks come first, by ``melody_steps``, and then the finished ones
    (``melody_steps`` None). ``networks`` counts training runs; ``from_bar_1`` and ``from_others``
    the pieces that start in place and elsewhere; ``1``, ``2`` and ``3`` those that meet the
    criterion of that composition; ``distance`` is the median distance from the training
    melodies of pieces that start in place.
    """
    stages = {}
    for each in candidates:
        stages.setdefault(None if each.finished else each.melody_steps, []).append(each)
    report = []
    for stage in sorted(stages, key=lambda stage: (stage is None, stage)):
        pieces = stages[stage]
        in_place = [each for each in pieces if each.first_bar == 1]
        report.append(
            {
                "melody_steps": stage,
                "networks": len({each.network_seed for each in pieces}),
                "from_bar_1": len(in_place),
                "from_others": len(pieces) - len(in_place),
            }
            | {
                str(number): sum(criterion(each.traits) for each in pieces)
                for number, criterion in CRITERIA.items()
            }
            | {"distance": median(each.traits.distance for each in in_place)}
        )
    return report


def pick(candidates: Sequence[Candidate], network_seed: int) -> dict[int, Candidate]:
    """Return the candidates that become compositions 1 to 4, all by one network.

    1 to 3 are played at one stage, before training is finished: the one at which the rarest of
    the three is most frequent. Of all candidates that show it, 1 has the melody that gains most
    when the chords fall into place, 2 comes back most often, and 3 repeats the longest motif.
    4 is played by the finished network: the piece that is, of all that stay closer, in the middle.
    Of equals, the first is taken. Raises ``BluesError`` if one of the four is not to be found.
    """
    own = [each for each in candidates if each.network_seed == network_seed]
    early = [each for each in own if not each.finished]

    def showing(number: int, stage: int) -> list[Candidate]:
        return [e for e in early if e.melody_steps == stage and CRITERIA[number](e.traits)]

    stages = sorted({each.melody_steps for each in early})
    fewest = [min(len(showing(number, stage)) for number in CRITERIA) for stage in stages]
    if not any(fewest):
        raise BluesError(f"network {network_seed} plays compositions 1 to 3 at no single stage")
    stage = stages[fewest.index(max(fewest))]
    first = max(
        showing(1, stage),
        key=lambda e: e.traits.known_distance_before - e.traits.known_distance_after,
    )
    second = max(showing(2, stage), key=lambda e: e.traits.returns)
    third = max(showing(3, stage), key=lambda e: e.traits.motif_steps)
    others = [each.traits for each in (first, second, third)]
    closer = [e for e in own if e.finished and stays_closer(e.traits, others)]
    if not closer:
        raise BluesError(f"network {network_seed} stays closer in no piece once it is trained")
    closer.sort(key=lambda e: e.traits.distance)
    return {1: first, 2: second, 3: third, 4: closer[len(closer) // 2]}
