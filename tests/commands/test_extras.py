"""Without a library that an extra brings, a command says in one line which extra that is."""

import subprocess
import sys

import pytest

from lstmblues.commands.cli import main

WITHOUT = """
import sys
sys.modules[sys.argv[1]] = None  # Python's way to say that there is no such module
from lstmblues.commands.cli import main
sys.exit(main(sys.argv[2:]))
"""

PLAN = """
trials = false
seeds = "0:1"
[[contestant]]
kind = "memory blocks"
tools = "2002"
most_steps = 1
[[contestant]]
kind = "elman"
tools = "PyTorch"
size = 2
learning_rate = 0.1
"""


@pytest.mark.parametrize(
    ("module", "extra", "line"),
    [
        ("numba", "learn", "learn chords --set most_steps=1"),
        ("numba", "learn", "sweep chords --seeds 0:1"),
        ("numba", "learn", "search --seeds 0:1"),
        ("numba", "learn", "probe --seeds 0:1"),
        ("distributed", "cluster", "sweep chords --seeds 0:1 --backend dask"),
        ("torch", "torch", "baselines --plan {0}/plan.toml --jobs 1 --out {0}/kept.jsonl"),
        ("torch", "torch", "survey --seeds 0:1 --jobs 1 --out {0}/kept.jsonl"),
    ],
)
def test_a_missing_library_is_told_with_its_extra(module, extra, line, tmp_path):
    (tmp_path / "plan.toml").write_text(PLAN)
    command = [sys.executable, "-c", WITHOUT, module, *line.format(tmp_path).split()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (2, "")
    complaint = f"lstmblues: this needs {module}; install it with pip install 'lstmblues[{extra}]'"
    assert done.stderr.splitlines()[-1] == complaint
    assert "Traceback" not in done.stderr
    kept = tmp_path / "kept.jsonl"
    assert not kept.exists() or kept.read_text().count("\n") == 1  # no work was done before


def test_any_other_missing_module_is_a_fault_of_ours(monkeypatch):
    def run(options):
        raise ModuleNotFoundError("no such module", name="lstmblues.nowhere")

    monkeypatch.setattr("lstmblues.commands.judge.run", run)
    with pytest.raises(ModuleNotFoundError):
        main(["judge", "any.mid"])
