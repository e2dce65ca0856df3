"""Who may import whom: the wings of the package stand one above the other."""

import ast
from pathlib import Path

import pytest
from paths import ROOT

PACKAGE = ROOT / "lstmblues"
STOREYS = (
    {"music"},
    {"network"},
    {"training", "composing"},
    {"evidence", "figures", "book"},
    {"commands"},
)
"""From the ground up. A wing imports from those below it, and never from another on its storey."""
WINGS = set().union(*STOREYS)
BASE = {"errors", "files", "processes", "schema"}
"""Modules that all wings may import."""
ROOMS = {path.parent.name for path in (PACKAGE / "evidence").glob("*/__init__.py")}
FILES = sorted(PACKAGE.rglob("*.py"))


def imports(source: str) -> list[tuple[int, str]]:
    """What a module's source imports, with the line of each; relative imports begin with a dot."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            found += [(node.lineno, f"{module}.{alias.name}") for alias in node.names]
        elif isinstance(node, ast.Name) and node.id in ("import_module", "__import__"):
            found.append((node.lineno, node.id))
        elif isinstance(node, ast.Attribute) and node.attr == "import_module":
            found.append((node.lineno, node.attr))
    return found


def storey(wing: str) -> int:
    return next(number for number, wings in enumerate(STOREYS) if wing in wings)


def may_import(wing: str, inner: list[str], other: str, rest: list[str]) -> bool:
    """Whether a module of a wing (``inner``: its path there) may import ``other`` and its part."""
    if other in BASE or other == "__version__":
        return True
    if other not in WINGS or not rest:  # a whole wing, or something beside the wings
        return False
    if other != wing:
        return storey(other) < storey(wing)
    if wing != "evidence":
        return True
    room, other_room = ({part} & ROOMS for part in (inner[0], rest[0]))
    return not other_room or room == other_room


def faults(path: Path, source: str) -> list[str]:
    """The imports of a module that break the rule: one line for each."""
    place = path.relative_to(ROOT).as_posix()
    wing, *inner = path.relative_to(PACKAGE).with_suffix("").parts
    if wing not in WINGS | BASE | {"__init__", "__main__"}:
        return [f"{place} stands in no wing"]
    wrong = []
    for line, name in imports(source):
        package, *parts = name.split(".")
        if name in ("import_module", "__import__"):
            allowed = place == "lstmblues/commands/cli.py"  # which loads a command by its name
        elif name.startswith(".") or "*" in parts:
            allowed = False
        elif package != "lstmblues":
            allowed = True
        elif not parts:  # the package as a whole: what is used of it cannot be seen
            allowed = False
        elif wing in BASE:
            allowed = parts[0] in BASE
        elif wing in WINGS:
            allowed = may_import(wing, inner, parts[0], parts[1:])
        else:
            allowed = True
        if not allowed:
            wrong.append(f"{place}, line {line}, imports {name}, which it may not")
    return wrong


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_go_down(path):
    assert faults(path, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("path", "line", "named"),
    [
        ("music/form.py", "from lstmblues.training.settings import Settings", "training.settings"),
        ("training/settings.py", "from lstmblues.composing import judge", "composing.judge"),
        ("figures/plots.py", "import lstmblues.book.recordings", "book.recordings"),
        ("evidence/inside/probes.py", "import lstmblues.evidence.memory.elman", "memory.elman"),
        ("evidence/sweep.py", "from lstmblues.evidence.memory import elman", "memory.elman"),
        ("files.py", "from lstmblues.music.form import Form", "music.form.Form"),
        ("book/player.py", "from lstmblues.commands.cli import main", "commands.cli.main"),
        ("music/form.py", "from ..training import settings", "..training.settings"),
        ("music/form.py", "from lstmblues import training", "lstmblues.training"),
        ("music/form.py", "import lstmblues", "lstmblues"),
        ("music/form.py", "from lstmblues import *", "lstmblues.*"),
        ("music/form.py", "from lstmblues.nowhere import anything", "nowhere.anything"),
        ("music/form.py", "importlib.import_module('lstmblues.training')", "import_module"),
        ("music/form.py", "__import__('lstmblues.training')", "__import__"),
        ("evidence/inside/probes.py", "from lstmblues import evidence", "lstmblues.evidence"),
        ("evidence/inside/probes.py", "from lstmblues.evidence import memory", "evidence.memory"),
        ("evidence/inside/probes.py", "from lstmblues.evidence import *", "evidence.*"),
    ],
)
def test_an_import_that_goes_up_or_across_is_named(path, line, named):
    (fault,) = faults(PACKAGE / path, f"import json\n{line}\n")
    assert fault.startswith(f"lstmblues/{path}, line 2, imports ") and named in fault


def test_a_room_may_import_itself_and_what_all_rooms_share():
    path = PACKAGE / "evidence" / "memory" / "elman.py"
    for module in ("evidence.memory.elman_kernels", "evidence.resumable", "music.form"):
        assert faults(path, f"from lstmblues.{module} import anything\n") == []


def test_nothing_stands_beside_the_wings():
    assert faults(PACKAGE / "extra.py", "") == ["lstmblues/extra.py stands in no wing"]


def test_every_wing_has_its_storey():
    assert {path.parent.name for path in PACKAGE.glob("*/__init__.py")} == WINGS
