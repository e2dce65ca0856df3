"""Settings to be compared: the book's own, some of them changed (chapter 6, "Chords").

A plan is a TOML file that names variations of the settings, each with its seeds. ``sweep`` trains
them; ``data/`` holds the plans behind the book's tables, and what came of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lstmblues.errors import BluesError
from lstmblues.files import read_toml
from lstmblues.training.settings import Settings, with_changes

MOST_SEEDS = 100_000
"""The most seeds of one range. So many fit in memory, and are a day of the shortest runs."""


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


def load_variations(path: str | Path) -> list[Variation]:
    """Return the variations that the plan at ``path`` names.

    Each ``[[variation]]`` has a ``topic``, a ``label`` and its ``settings``, by name; ``seeds``
    stand once, at the top, and again where a variation has others. Where every topic is tried with
    every label, a plan may have instead a ``[[topic]]`` for each topic (``topic``, ``settings``
    and, if it has others, ``seeds``), and a ``[[label]]`` for each label (``label``,
    ``settings``). Raises ``BluesError`` for any other file.
    """
    table = read_toml(path)
    try:
        return [
            Variation(
                str(entry["topic"]),
                str(entry["label"]),
                with_changes(entry["settings"]),
                read_seeds(entry.get("seeds", table["seeds"])),
            )
            for entry in [*table.get("variation", []), *_crossed(table)]
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise BluesError(
            f"{path} is no plan: it needs seeds, and for every [[variation]], or for every "
            "[[topic]] and [[label]], a name and settings"
        ) from error


def _crossed(table: dict) -> list[dict]:
    """The variations of a plan that crosses every topic with every label; of others, none."""
    if "variation" in table:
        return []
    return [
        {**topic, **label, "settings": topic["settings"] | label["settings"]}
        for topic in table["topic"]
        for label in table["label"]
    ]


def read_seeds(text: str) -> range:
    """Return the seeds from A to below B that ``"A:B"`` names; raise ``BluesError`` for others."""
    first, colon, last = text.partition(":")
    if not (colon and first.isdecimal() and last.isdecimal() and int(first) < int(last)):
        raise BluesError(f"{text!r} is no range of seeds; 0:200 are the seeds 0 to 199")
    if int(last) - int(first) > MOST_SEEDS:
        raise BluesError(f"{text!r} are too many seeds; give at most {MOST_SEEDS} at a time")
    return range(int(first), int(last))
