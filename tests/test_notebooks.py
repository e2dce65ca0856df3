"""The chapters' notebooks as they are committed: run from top to bottom, without errors, small."""

import importlib
import json
import re

import pytest
from paths import ROOT

CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
NOTEBOOK_BYTES = 600_000
"""The most that a notebook may have, with its outputs."""
TEXTS = sorted([*ROOT.glob("*.md"), *(ROOT / "chapters").glob("*.md")])


def is_read_as_a_table(cell: dict) -> bool:
    """Whether the Markdown that a cell prints is read as MyST: plain Markdown has no tables."""
    return cell.get("metadata", {}).get("mystnb", {}).get("markdown_format") == "myst"


def notebook_faults(notebook: dict) -> list[str]:
    """Return what is wrong with the committed outputs of a notebook."""
    faults = []
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    counts = [cell["execution_count"] for cell in cells if "".join(cell["source"]).strip()]
    if counts != list(range(1, len(counts) + 1)):
        faults.append(f"not run from top to bottom: {counts}")
    for cell in cells:
        for output in cell["outputs"]:
            held = output.get("data", {})
            if output["output_type"] == "error":
                faults.append(f"an error: {output['ename']}")
            if "application/vnd.jupyter.widget-view+json" in held:
                faults.append("a widget, blank on a page")
            if re.search(r"audio/|data:audio", json.dumps(held)):
                faults.append("sound inside the notebook")
            if "data:image" in json.dumps(held.get("text/html", "")):
                faults.append("a picture inside HTML")
            if "text/markdown" in held and not is_read_as_a_table(cell):
                faults.append("Markdown that a page shows without its tables")
    return faults


def test_there_are_chapters():
    assert CHAPTERS


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_chapter_is_committed_as_it_ran(chapter):
    assert notebook_faults(json.loads(chapter.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_chapter_is_small(chapter):
    assert chapter.stat().st_size < NOTEBOOK_BYTES


def test_faults_of_a_notebook_are_told():
    def cell(count, output):
        return {
            "cell_type": "code",
            "source": "x",
            "execution_count": count,
            "outputs": [{"output_type": "display_data", **output}],
        }

    widget = {"data": {"application/vnd.jupyter.widget-view+json": {}}}
    sound = {"data": {"text/html": "<audio src='data:audio/mpeg;base64,AA'>"}}
    error = {"output_type": "error", "ename": "BluesError"}
    picture = {"data": {"text/html": "<img src='data:image/png;base64,AA'>"}}
    table = cell(5, {"data": {"text/markdown": "| a |"}})
    read = table | {"execution_count": 6, "metadata": {"mystnb": {"markdown_format": "myst"}}}
    cells = [cell(2, widget), cell(None, sound), cell(3, error), cell(4, picture), table, read]
    notebook = {"cells": cells}
    assert notebook_faults(notebook) == [
        "not run from top to bottom: [2, None, 3, 4, 5, 6]",
        "a widget, blank on a page",
        "sound inside the notebook",
        "an error: BluesError",
        "a picture inside HTML",
        "Markdown that a page shows without its tables",
    ]


IMPORT = re.compile(r"^\s*from (lstmblues[\w.]*) import \(?([\w, ]+)", re.MULTILINE)
"""An import in a code cell, or in code that stands in text, as solutions of exercises do."""


def is_module(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        return False
    return True


def missing_names(text: str) -> list[str]:
    """The names that a text imports from the package, and that are not there."""
    missing = []
    for module, names in IMPORT.findall(text):
        if not is_module(module):
            missing.append(module)
            continue
        there = importlib.import_module(module)
        for name in filter(None, names.replace(" ", "").split(",")):
            if not hasattr(there, name) and not is_module(f"{module}.{name}"):
                missing.append(f"{module}.{name}")
    return missing


@pytest.mark.parametrize("page", [*CHAPTERS, *TEXTS], ids=lambda path: path.name)
def test_what_a_page_imports_is_there(page):
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".ipynb":
        text = "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
    assert missing_names(text) == []


def test_names_that_are_not_there_are_told():
    assert missing_names("    from lstmblues.topology import Topology") == ["lstmblues.topology"]
    assert missing_names("from lstmblues.music.form import Form, Tune") == [
        "lstmblues.music.form.Tune"
    ]
    assert missing_names("from lstmblues.music import form") == []
