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
BASE = {"errors", "files"}
"""Modules that all wings may import."""
ROOMS = {path.parent.name for path in (PACKAGE / "evidence").glob("*/__init__.py")}
FILES = sorted(PACKAGE.rglob("*.py"))


def imports(source: str) -> list[tuple[int, str]]:
    """The package's own modules that a module's source imports, with the line of each."""
    found = []
    for node in ast.walk(ast.parse(source)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports within the package are absolute"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        found += [(node.lineno, name) for name in names if name.split(".")[0] == "lstmblues"]
    return found


def storey(wing: str) -> int:
    return next(number for number, wings in enumerate(STOREYS) if wing in wings)


def faults(path: Path, source: str) -> list[str]:
    """The imports of a module that break the rule: one line for each."""
    wing, *inner = path.relative_to(PACKAGE).with_suffix("").parts
    wrong = []
    for line, name in imports(source):
        _, other, *rest = name.split(".")
        if wing in BASE:
            allowed = other in BASE
        elif not inner:  # the package itself, and __main__
            allowed = True
        elif other in BASE or other == "__version__":
            allowed = True
        elif other == wing:
            room, other_room = ({part} & ROOMS for part in (inner[0], rest[0]))
            allowed = wing != "evidence" or not other_room or room == other_room
        else:
            allowed = storey(other) < storey(wing)
        if not allowed:
            place = path.relative_to(ROOT).as_posix()
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
    ],
)
def test_an_import_that_goes_up_or_across_is_named(path, line, named):
    (fault,) = faults(PACKAGE / path, f"import json\n{line}\n")
    assert fault.startswith(f"lstmblues/{path}, line 2, imports lstmblues.") and named in fault


def test_a_room_may_import_itself_and_what_all_rooms_share():
    path = PACKAGE / "evidence" / "memory" / "elman.py"
    for module in ("evidence.memory.elman_kernels", "evidence.resumable", "music.form"):
        assert faults(path, f"from lstmblues.{module} import anything\n") == []


def test_every_wing_has_its_storey():
    wings = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert wings == set().union(*STOREYS)
