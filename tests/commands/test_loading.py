"""What commands load: compiled loops, PyTorch and pictures take seconds, and few need them."""

import subprocess
import sys

import pytest

from lstmblues.commands.cli import COMMANDS
from lstmblues.music.form import load_form
from lstmblues.music.melody import load_melodies
from lstmblues.music.midi import to_midi

COMPUTE = {"numba", "llvmlite", "torch", "matplotlib"}
SCORE, SOUND = {"verovio"}, {"lameenc", "midirenderer", "soundfile"}
NOT_NEEDED = [
    *((f"{name} --help", COMPUTE | SCORE | SOUND) for name in COMMANDS),
    ("judge {0}/blues.mid", COMPUTE | SCORE | SOUND | {"joblib", "scipy", "muspy"}),
    ("compose --choruses 1 --out {0}/new.mid", COMPUTE | SCORE | SOUND | {"joblib"}),
    ("compose --choruses 1 --out {0}/new.svg", COMPUTE | SOUND),
    ("compose --choruses 1 --out {0}/new.wav", COMPUTE | SCORE),
]
"""Command lines, and what each has no need of."""

COMMAND = """
import atexit, sys
atexit.register(lambda: print(*sys.modules, file=sys.stderr))
from lstmblues.commands.cli import main
sys.exit(main(sys.argv[1:]))
"""


def loaded(program: str, *arguments: str) -> set[str]:
    """The modules that a program has loaded when it ends."""
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode in (0, 1), done.stderr  # 1: a network has not learned
    modules = set(done.stderr.splitlines()[-1].split())
    assert "lstmblues.files" in modules
    return modules


@pytest.fixture
def folder(tmp_path):
    """A folder with a MIDI file to judge."""
    (tmp_path / "blues.mid").write_bytes(to_midi(load_melodies(load_form()).chorus(0)))
    return tmp_path


@pytest.mark.parametrize(
    ("line", "not_needed"), NOT_NEEDED, ids=[line.format("") for line, _ in NOT_NEEDED]
)
def test_a_command_loads_no_more_than_it_needs(folder, line, not_needed):
    assert loaded(COMMAND, *line.format(folder).split()) & not_needed == set()


@pytest.mark.parametrize(
    ("line", "needed"),
    [
        ("learn chords --set most_steps=1", {"numba", "llvmlite"}),
        ("compose --choruses 1 --out {0}/new.mp3", SOUND),
        ("compose --choruses 1 --out {0}/new.svg", SCORE),
    ],
)
def test_what_is_needed_is_seen_to_be_loaded(folder, line, needed):
    """So that the test above can see it."""
    assert needed <= loaded(COMMAND, *line.format(folder).split())


def test_plots_load_nothing_that_compiles():
    program = "import sys, lstmblues.figures.gate_sheets; print(*sys.modules, file=sys.stderr)"
    assert loaded(program) & (COMPUTE - {"matplotlib"}) == set()


def test_composing_loads_nothing_that_compiles():
    program = "import sys, lstmblues.composing.compose; print(*sys.modules, file=sys.stderr)"
    assert loaded(program) & (COMPUTE | SCORE | SOUND | {"joblib"}) == set()
