"""What holds for the clone as a whole: no paths of one machine, and a package that stays small."""

import ast
import re
import subprocess
from pathlib import Path

import pytest
from paths import ROOT

MOST_MODULES, MOST_LINES, MOST_LINES_OF_A_FUNCTION = 12, 300, 60
"""The most that a folder, a module and a function of the package may have."""

HOME = re.compile(
    r"(?:(?<![\w.$~/])|(?<=file://))/(?:home|root|Users|tmp|private|var/folders)/\w|[A-Z]:\\+Users\\"
)
"""The beginning of a path that leads somewhere on one machine only."""

MODULES = sorted((ROOT / "lstmblues").rglob("*.py"))


def tracked() -> list[Path]:
    """The files that git would commit; without git, those that matter most."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True)
    if listed.returncode:
        pytest.skip("this is no clone")
    names = listed.stdout.decode().split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def test_no_file_names_a_place_on_one_machine():
    found = []
    for path in tracked():
        if (
            path.suffix not in (".npz", ".png", ".ico", ".woff2")
            and path.name != Path(__file__).name
        ):
            text = path.read_text(encoding="utf-8")
            found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in HOME.finditer(text)]
    assert found == []


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("/home/ann/blues", True),
        ("open('/tmp/x')", True),
        ("C:\\Users\\ann", True),
        ("C:\\\\Users\\\\ann", True),
        ("file:///home/ann/x", True),
        ("/private/var/folders/x", True),
        ("docs/home/index", False),
        ("https://example.org/home/", False),
        ("$HOME/tmp/x", False),
    ],
)
def test_a_place_on_one_machine_is_recognised(text, is_one):
    assert bool(HOME.search(text)) == is_one


def test_no_folder_of_the_package_is_crowded():
    folders = {module.parent for module in MODULES}
    counts = {folder: len({*folder.glob("*.py")} - {folder / "__init__.py"}) for folder in folders}
    assert {folder.name: n for folder, n in counts.items() if n > MOST_MODULES} == {}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_modules_and_functions_stay_short(module):
    text = module.read_text(encoding="utf-8")
    assert text.count("\n") <= MOST_LINES
    long = {
        node.name: node.end_lineno - node.lineno + 1
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno >= MOST_LINES_OF_A_FUNCTION
    }
    assert long == {}


def test_every_data_file_has_a_source_and_every_result_a_command():
    sources = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    commands = (ROOT / "Makefile").read_text(encoding="utf-8")
    for path in tracked():
        name = path.relative_to(ROOT).as_posix()
        if name.startswith("data/") and path.name != "README.md":
            assert f"`{name.removeprefix('data/')}`" in sources
        if name.startswith("data/results/"):
            assert f"--out {name}\n" in commands
