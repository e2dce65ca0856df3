"""From every figure of the book to the files and the commands behind it (chapter 14)."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lstmblues.files import DATA

CHAPTERS = DATA.parent / "chapters"
"""The notebooks. Only a clone has them."""


@dataclass(frozen=True)
class Figure:
    """A captioned figure of a chapter.

    Args:
        chapter: the chapter's file, without its ending.
        name: its label, such as ``"fig-chords-curve"``.
        caption: what stands below it.
        made_from: the files in ``data/`` that it draws, as the cell's metadata say; with none, all
            that it shows is computed in the chapter.
    """

    chapter: str
    name: str
    caption: str
    made_from: tuple[str, ...]


def figures() -> list[Figure]:
    """Return every captioned figure of every chapter, in the order of the book."""
    return [figure for path in sorted(CHAPTERS.glob("*.ipynb")) for figure in _figures_of(path)]


def commands() -> dict[str, str]:
    """Return, by file in ``data/``, the command that makes it, as ``data/README.md`` says."""
    row = re.compile(r"^\| `([^`]+)` \|.*\| `(python -m [^`]+)` \|$", re.MULTILINE)
    return dict(row.findall((DATA / "README.md").read_text(encoding="utf-8")))


def _figures_of(path: Path) -> Iterator[Figure]:
    """The figures of one chapter."""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        figure = cell["metadata"].get("mystnb", {}).get("figure")
        if figure:
            made_from = tuple(cell["metadata"].get("made_from", ()))
            yield Figure(path.stem, figure["name"], figure["caption"], made_from)
