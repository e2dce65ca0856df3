"""Who else can learn the chords, and how: one plan, one contest (chapter "Does it take memory?").

A plan is a TOML file that names contestants: a kind of model, the tools it is taught with, its
size and learning rate, and seeds. Each is taught until it has learned, or to the same number of
steps, and then, if the plan says so, put to the trials of ``endurance`` and ``perturbations``.
"""

import itertools
import math
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from lstmblues import schema
from lstmblues.errors import BluesError
from lstmblues.evidence.memory.chord_models import ChordSide, has_learned
from lstmblues.evidence.memory.chord_tables import EventTable, StepTable
from lstmblues.evidence.memory.elman import learn_chords_elman
from lstmblues.evidence.memory.endurance import Endurance, endure
from lstmblues.evidence.memory.perturbations import RunKept, perturbation_table, perturbations_kept
from lstmblues.evidence.plans import MOST_ENTRIES, ContestTable, read_seeds
from lstmblues.evidence.resumable import Study
from lstmblues.files import read_toml
from lstmblues.music.encoding import chord_cycle
from lstmblues.music.form import Form, load_form
from lstmblues.training.experiments import learn_chords
from lstmblues.training.settings import Rate, Settings, Steps
from lstmblues.training.teaching import Attempt

SEEDS_AT_ONCE = 20
"""So many networks are taught together with PyTorch, and make one line of a results file."""


@dataclass(frozen=True)
class Contestant:
    """A kind of model, and how it is taught.

    What does not apply to it is 0. The memory blocks of 2002 are those of ``settings.Settings``.

    Args:
        kind: with ``tools``, a key of ``TEACHERS``.
        tools: how it is taught.
        size: how many hidden units it has.
        learning_rate: of all weights.
        reach: of a feed-forward network or a transition table, on how many steps (or chords) it
            looks back.
        resets: after how many gross errors it forgets what it heard (0: never); for BPTT and RTRL
            only.
        initial_weights: the largest size of a first weight; for BPTT and RTRL only.
        most_steps: after how many steps it gives up.

    Raises:
        BluesError: for a kind that nobody teaches by these tools, and values outside their ranges.
    """

    kind: schema.Name
    tools: schema.Name
    size: Annotated[int, msgspec.Meta(ge=0, le=4096)] = 0
    learning_rate: Rate = 0.0
    reach: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0
    resets: schema.Count = 0
    initial_weights: Rate = 0.0
    most_steps: Steps = Settings.most_steps

    def __post_init__(self):
        schema.check_fields(self, "contestant's")
        if (self.kind, self.tools) not in TEACHERS:
            known = ", ".join(" by ".join(each) for each in TEACHERS)
            raise BluesError(f"nobody teaches {self.kind!r} by {self.tools!r}; there are {known}")


def _memory_blocks(contestant: Contestant, form: Form, seeds: Sequence[int]) -> list[Attempt]:
    settings = Settings(most_steps=contestant.most_steps)
    results = [(seed, learn_chords(form, seed, settings)) for seed in seeds]
    return [
        Attempt(seed, result.learned, result.steps, ChordSide(result.network))
        for seed, result in results
    ]


def _elman_on_line(contestant: Contestant, form: Form, seeds: Sequence[int]) -> list[Attempt]:
    return [
        learn_chords_elman(
            contestant.tools,
            form,
            seed,
            contestant.size,
            contestant.learning_rate,
            resets=contestant.resets,
            initial_weights=contestant.initial_weights,
            most_steps=contestant.most_steps,
        )
        for seed in seeds
    ]


def _with_torch(contestant: Contestant, form: Form, seeds: Sequence[int]) -> list[Attempt]:
    # Imported here, as only these contestants need PyTorch.
    from lstmblues.evidence.memory.torch_training import learn_chords_with_torch

    return learn_chords_with_torch(
        contestant.kind,
        form,
        seeds,
        contestant.size,
        contestant.learning_rate,
        most_steps=contestant.most_steps,
        window=contestant.reach,
    )


def _counting(contestant: Contestant, form: Form, seeds: Sequence[int]) -> list[Attempt]:
    table = TABLES[contestant.kind](form, contestant.reach)
    cycle = chord_cycle(form)
    learned = has_learned(table, cycle)
    return [Attempt(seed, learned, len(cycle), table) for seed in seeds]


TABLES = {"table of steps": StepTable, "table of chords": EventTable}
"""The transition tables: over time steps, and over chords with their lengths."""

TEACHERS: Mapping[tuple[str, str], Callable[[Contestant, Form, Sequence[int]], list[Attempt]]] = {
    ("memory blocks", "2002"): _memory_blocks,
    ("elman", "BPTT"): _elman_on_line,
    ("elman", "RTRL"): _elman_on_line,
    **{(kind, "PyTorch"): _with_torch for kind in ("elman", "gru", "lstm", "feed-forward")},
    **{(kind, "counting"): _counting for kind in TABLES},
}
"""Who teaches which kind by which tools."""


@dataclass(frozen=True)
class Plan:
    """Contestants, each with its seeds, and whether there are ``trials`` after learning."""

    entries: tuple[tuple[Contestant, range], ...]
    trials: bool

    def only(self, kind: str | None = None, seeds: range | None = None) -> "Plan":
        """Return a part of the plan: contestants of one ``kind``, or all with other ``seeds``.

        Raises ``BluesError`` if the plan has no such kind.
        """
        kinds = dict.fromkeys(contestant.kind for contestant, _ in self.entries)
        if kind is not None and kind not in kinds:
            raise BluesError(f"the plan has no {kind!r}; it has {', '.join(kinds)}")
        entries = (
            (contestant, own if seeds is None else seeds)
            for contestant, own in self.entries
            if kind in (None, contestant.kind)
        )
        return Plan(tuple(entries), self.trials)

    @property
    def networks(self) -> int:
        """How many networks are to be taught."""
        return sum(len(seeds) for _, seeds in self.entries)

    @property
    def parts(self) -> Iterator[tuple[Contestant, range, bool]]:
        """What ``CONTEST`` has to do for it: each contestant, ``SEEDS_AT_ONCE`` seeds at a time."""
        for contestant, seeds in self.entries:
            for first in range(0, len(seeds), SEEDS_AT_ONCE):
                yield contestant, seeds[first : first + SEEDS_AT_ONCE], self.trials


def load_plan(path: str | Path) -> Plan:
    """Return the plan at ``path``.

    ``trials`` and ``seeds`` stand once, at the top; every ``[[contestant]]`` has the fields of
    ``Contestant``, and ``seeds`` where it has others. A list of values stands for a contestant with
    each of them: ``size = [8, 16]``. Raises ``BluesError`` for any other file.
    """
    table, entries = schema.checked(read_toml(path), ContestTable, f"{path} is no plan"), []
    try:
        for entry in table.contestant:
            seeds = read_seeds(entry.pop("seeds", table.seeds))
            choices = [value if isinstance(value, list) else [value] for value in entry.values()]
            if not 1 <= math.prod(map(len, choices)) <= MOST_ENTRIES - len(entries):
                raise BluesError(f"it needs 1 to {MOST_ENTRIES} contestants")
            for values in itertools.product(*choices):
                fields = dict(zip(entry, values, strict=True))
                for name, value in fields.items():
                    schema.checked_field(Contestant, name, value, "contestant's")
                entries.append((schema.checked(fields, Contestant, "a contestant"), seeds))
        return Plan(tuple(entries), table.trials)
    except BluesError as error:
        raise BluesError(f"{path} is no plan: {error}") from error


def teach(contestant: Contestant, seeds: Sequence[int], trials: bool) -> dict:
    """Teach one contestant, with every one of ``seeds``; return what came of it, ready for JSON.

    The result has the ``contestant``, its ``seeds`` (the first, and the one after the last),
    whether there were ``trials``, and ``runs``, one a seed. A run has its ``seed``, whether it
    ``learned``, after how many ``steps``, and how many ``seconds`` that took (those of all, shared
    equally). If there are ``trials``, a model that has learned also has ``endurance``, the fields
    of ``endurance.Endurance``, and ``perturbations``: of its ``perturbation_table``, what
    ``perturbations_kept`` keeps.
    """
    form = load_form()
    cycle = chord_cycle(form)
    started = time.perf_counter()
    attempts = TEACHERS[contestant.kind, contestant.tools](contestant, form, seeds)
    seconds = (time.perf_counter() - started) / len(attempts)
    runs = []
    for attempt in attempts:
        run = {"seed": attempt.seed, "learned": attempt.learned, "steps": attempt.steps}
        run["seconds"] = round(seconds, 3)
        if trials and attempt.learned:
            run["endurance"] = asdict(endure(attempt.model, cycle))
            table = perturbation_table(attempt.model, cycle, seed=attempt.seed)
            run["perturbations"] = perturbations_kept(table)
        runs.append(run)
    return {
        "contestant": asdict(contestant),
        "seeds": [seeds[0], seeds[-1] + 1],
        "trials": trials,
        "runs": runs,
    }


class _Row(msgspec.Struct):
    contestant: Contestant
    seeds: tuple[schema.Seed, schema.Seed]
    trials: bool
    runs: list[RunKept]


def _part_of(result: dict) -> tuple[Contestant, range, bool]:
    """The part of a result, which must be one of ``teach``."""
    row = schema.checked(result, _Row, "a result of a contest")
    return row.contestant, range(*row.seeds), row.trials


def _needs(contestant: Contestant, seeds: Sequence[int], trials: bool) -> tuple[str, ...]:
    return ("torch",) if TEACHERS[contestant.kind, contestant.tools] is _with_torch else ()


CONTEST = Study("a contest", "baselines", teach, _part_of, _needs)
"""Its parts are those of a ``Plan``."""


def runs_of(results: Sequence[dict]) -> dict[Contestant, list[dict]]:
    """Return the runs of every contestant, in the order of ``results``."""
    runs = {}
    for entry in results:
        runs.setdefault(Contestant(**entry["contestant"]), []).extend(entry["runs"])
    return runs


def summary(results: Sequence[dict]) -> list[dict]:
    """Return what came of every contestant, in the order of ``results``.

    Its fields; how many ``seeds``, and how many ``learned``; the medians of ``steps`` and
    ``seconds`` of those that learned; and of those that were on trial (``tried``) how many were
    ``right`` in all choruses, played or deduced, how many are ``proved`` to be right forever, how
    many choruses they ``played`` together and how many ``deduced`` ones follow from the proofs, the
    median and the worst of ``faultless`` choruses (deduced ones among them), and ``recovered``, the
    share of all perturbations after which the form was found again. None where there is nothing to
    tell.
    """
    report = []
    for contestant, runs in runs_of(results).items():
        learned = [run for run in runs if run["learned"]]
        tried = [run for run in learned if "endurance" in run]
        endured = [Endurance(**run["endurance"]) for run in tried]
        perturbed = [each for run in tried for each in run["perturbations"].values()]
        tries = sum(each["tries"] for each in perturbed)
        faultless = [each.faultless for each in endured]
        report.append(
            asdict(contestant)
            | {
                "seeds": len(runs),
                "learned": len(learned),
                "steps": _median([run["steps"] for run in learned]),
                "seconds": _median([run["seconds"] for run in learned]),
                "tried": len(tried),
                "right": sum(each.right == each.choruses for each in endured),
                "proved": sum(each.is_proved for each in endured),
                "played": sum(each.played for each in endured),
                "deduced": sum(each.choruses - each.played for each in endured),
                "faultless": _median(faultless),
                "faultless_worst": min(faultless, default=None),
                "recovered": sum(each["found"] for each in perturbed) / tries if tries else None,
            }
        )
    return report


def _median(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None
