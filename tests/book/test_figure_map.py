import json
import re

import pytest
from paths import ROOT

from lstmblues.book.figure_map import commands, figures
from lstmblues.files import DATA


def code_cells(chapter):
    """The source and the figure's name, if any, of every code cell of a chapter."""
    text = (ROOT / "chapters" / f"{chapter}.ipynb").read_text("utf-8")
    for cell in json.loads(text)["cells"]:
        if cell["cell_type"] == "code":
            figure = cell["metadata"].get("mystnb", {}).get("figure", {})
            yield "".join(cell["source"]), figure.get("name")


def test_every_figure_has_a_name_of_its_own():
    names = [figure.name for figure in figures()]
    assert len(names) == len(set(names)) > 50


@pytest.mark.parametrize("figure", figures(), ids=lambda figure: figure.name)
def test_what_a_figure_is_made_from_is_read_in_its_chapter_and_can_be_made(figure):
    source = "".join(code for code, _ in code_cells(figure.chapter))
    for name in figure.made_from:
        assert (DATA / name).is_file() and name in commands()
        stem = name.partition("/")[2].partition(".")[0]
        assert f'"{stem}' in source or "compositions" in source


def test_a_figure_whose_cell_reads_results_names_them():
    made_from = {figure.name: figure.made_from for figure in figures()}
    for chapter in {figure.chapter for figure in figures()}:
        for code, name in code_cells(chapter):
            for file in re.findall(r'"([\w-]+\.jsonl)"', code):
                assert name is None or f"results/{file}" in made_from[name]


def test_the_commands_are_those_of_the_table_of_sources():
    assert commands()["results/chord-seeds.jsonl"] == (
        "python -m lstmblues sweep chords --seeds 0:200 --out data/results/chord-seeds.jsonl"
    )
