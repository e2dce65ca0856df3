"""Settings to be compared: the book's own, some of them changed (chapter 6, "Chords").

A plan is a TOML file that names variations of the settings, each with its seeds. ``sweep`` trains
them; ``data/`` holds the plans behind the book's tables, and what came of them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta

from lstmblues.errors import BluesError
from lstmblues.files import read_toml
from lstmblues.schema import LARGEST_SEED, Name, Table, Text, checked, shown
from lstmblues.training.settings import Settings, with_changes

MOST_SEEDS = 100_000
"""The longest range of seeds: a day of the shortest runs."""
MOST_ENTRIES = 1000
"""So many entries, such as variations, a plan may have."""


@dataclass(frozen=True)
class Variation:
    """One choice of settings, to be compared with others.

    Args:
        topic: what it varies.
        label: what it is called among those that vary the same.
        settings: all settings, changed or not.
        seeds: the seeds to try.
    """

    topic: str
    label: str
    settings: Settings
    seeds: range

    @property
    def runs(self) -> list[tuple[int, Settings]]:
        """What ``sweep.sweep`` has to run for it."""
        return [(seed, self.settings) for seed in self.seeds]

    def among(self, results: Iterable[dict]) -> list[dict]:
        """Return those of a sweep's ``results`` that belong to it."""
        own = self.settings.as_json()
        return [r for r in results if r["settings"] == own and r["seed"] in self.seeds]


class ContestTable(Table):
    """What the file of a contest's plan holds (``memory.contest.load_plan``).

    The fields of a contestant are checked one by one, as each may be a list of choices.
    """

    trials: bool
    seeds: Text
    contestant: Annotated[list[dict[Name, Any]], Meta(min_length=1, max_length=MOST_ENTRIES)]


Changes = dict[Name, Any]


class _Variation(Table):
    topic: Name
    label: Name
    settings: Changes
    seeds: Text | None = None


class _Topic(Table):
    topic: Name
    settings: Changes
    seeds: Text | None = None


class _Label(Table):
    label: Name
    settings: Changes


class _PlanTable(Table):
    """What a plan's file holds: variations, or topics and labels to be crossed."""

    seeds: Text
    variation: Annotated[list[_Variation], Meta(max_length=MOST_ENTRIES)] = []
    topic: Annotated[list[_Topic], Meta(max_length=MOST_ENTRIES)] = []
    label: Annotated[list[_Label], Meta(max_length=MOST_ENTRIES)] = []


def load_variations(path: str | Path) -> list[Variation]:
    """Return the variations that the plan at ``path`` names.

    Each ``[[variation]]`` has a ``topic``, a ``label`` and its ``settings``, by name; ``seeds``
    stand once, at the top, and again where a variation has others. Where every topic is tried with
    every label, a plan may have instead a ``[[topic]]`` for each topic (``topic``, ``settings``
    and, if it has others, ``seeds``), and a ``[[label]]`` for each label (``label``,
    ``settings``). Raises ``BluesError`` for any other file.
    """
    table = checked(read_toml(path), _PlanTable, f"{path} is no plan")
    crossed = [
        _Variation(topic.topic, label.label, topic.settings | label.settings, topic.seeds)
        for topic in table.topic
        for label in table.label
    ]
    if bool(table.variation) == bool(crossed) or bool(table.topic) != bool(table.label):
        raise BluesError(
            f"{path} is no plan: it needs some [[variation]], or else some [[topic]] and [[label]]"
        )
    try:
        return [
            Variation(
                entry.topic,
                entry.label,
                with_changes(entry.settings),
                read_seeds(table.seeds if entry.seeds is None else entry.seeds),
            )
            for entry in table.variation or crossed
        ]
    except BluesError as error:
        raise BluesError(f"{path} is no plan: {error}") from error


def read_seeds(text: str) -> range:
    """Return the seeds from A to below B that ``"A:B"`` names.

    Raises ``BluesError`` for any other text, for seeds above ``LARGEST_SEED``, and for more than
    ``MOST_SEEDS``.
    """
    ends = isinstance(text, str) and re.fullmatch(r"([0-9]{1,18}):([0-9]{1,18})", text)
    seeds = range(*map(int, ends.groups())) if ends else range(0)
    if not seeds:
        raise BluesError(f"{shown(text)} is no range of seeds; 0:200 are the seeds 0 to 199")
    if len(seeds) > MOST_SEEDS or seeds[-1] > LARGEST_SEED:
        raise BluesError(
            f"{shown(text)} is too large a range of seeds; "
            f"give {MOST_SEEDS} seeds at most, and none above {LARGEST_SEED}"
        )
    return seeds
