"""Compiled loops are kept between runs, and done without where that is not possible."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TRIPLE = """
import sys
from lstmblues.network.compiled.caching import kernel

@kernel
def triple(number):
    return 3 * number

assert triple(7) == 21
print(sum(triple.stats.cache_hits.values()) if hasattr(triple.stats, "cache_path") else 0)
"""


def run(program: Path, cache: Path) -> int:
    """Run ``program``; return how many loops it found in the cache."""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache)}
    done = subprocess.run(
        [sys.executable, program], env=environment, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    return int(done.stdout)


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(TRIPLE)
    return path


@pytest.mark.parametrize("ending", [".nbi", ".nbc"])
@pytest.mark.parametrize("content", [b"no pickle", None])
def test_a_damaged_cache_is_filled_anew(program, tmp_path, ending, content):
    cache = tmp_path / "cache"
    assert [run(program, cache) for _ in range(2)] == [0, 1]
    (kept,) = cache.rglob(f"*{ending}")
    whole = kept.read_bytes()
    kept.write_bytes(whole[: len(whole) // 2] if content is None else content)
    assert [run(program, cache) for _ in range(2)] == [0, 1]


def test_without_a_place_for_a_cache_loops_run_all_the_same(program, tmp_path, monkeypatch):
    """No folder can be made under a file: not by root, either."""
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "__pycache__").write_bytes(b"")
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert [run(program, tmp_path / "file" / "cache") for _ in range(2)] == [0, 0]
