"""Long commands are killed at random: nothing is lost, and no process stays behind.

Each command runs until it has ended by itself, however often it was killed before. Its file then
has to be that of a run that nothing interrupted, but for the seconds. ``make kills`` runs this.
"""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
SECONDS_TO_END = 3.0
PLAN = """
trials = false
seeds = "0:12"
[[contestant]]
kind = "memory blocks"
tools = "2002"
most_steps = [20_000, 40_000, 60_000]
[[contestant]]
kind = "table of steps"
tools = "counting"
reach = [1, 2, 3]
"""
SHORT = "--set most_steps=20000"


@dataclass(frozen=True)
class Command:
    """A command line without its output, and what it writes: a file, or a folder of files."""

    line: str
    out: str
    option: str = "--out"


QUICK = (
    Command(f"sweep chords --seeds 0:40 {SHORT}", "sweep.jsonl"),
    Command("baselines --plan plan.toml", "contest.jsonl"),
)
ALL = (
    *QUICK,
    Command("sweep blues --seeds 0:8 --set most_steps=20000", "blues.jsonl"),
    Command("learn chords --seed 3", "chords.npz"),
    Command("search --seeds 0:1 --draws 1", "found.jsonl"),
    Command("probe --seeds 0:3", "probes.jsonl"),
    Command("survey --groups --seeds 0:1", "groups.jsonl"),
    Command("survey --places --seeds 0:1", "places.jsonl"),
    Command("survey --seeds 0:1", "survey.jsonl"),
    Command("probe --ladders --seeds 0:2", "ladders.jsonl"),
    Command("record", "recordings", "--folder"),
)


def start(command: Command, folder: Path) -> subprocess.Popen:
    """Begin to run ``command`` in ``folder``."""
    line = [sys.executable, "-m", "lstmblues", *command.line.split(), command.option]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [*line, command.out], cwd=folder, stdout=pipe, stderr=pipe, start_new_session=True
    )


def processes() -> dict[int, tuple[int, str]]:
    """Return the parent and the state of every process there is, by its number."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,stat="], capture_output=True, text=True)
    rows = (line.split() for line in listed.stdout.splitlines())
    return {int(pid): (int(parent), state) for pid, parent, state in rows}


def offspring(pid: int) -> set[int]:
    """Return the processes that the process ``pid`` began, and those that they began."""
    found, there = {pid}, processes()
    while True:
        more = {each for each, (parent, _) in there.items() if parent in found} - found
        if not more:
            return found - {pid}
        found |= more


def wait_for_end(pids: set[int]) -> None:
    """Wait until none of the processes runs; fail if one runs for longer than it may."""
    deadline = time.monotonic() + SECONDS_TO_END
    while True:
        there = processes()
        left = {pid for pid in pids if not there.get(pid, (0, "Z"))[1].startswith("Z")}
        if not left:
            return
        assert time.monotonic() < deadline, f"these processes stay behind: {left}"
        time.sleep(0.1)


def kill(command: Command, folder: Path, number: int, seconds: float, to_all: bool) -> bool:
    """Let a command run for so long, and end it by a signal; return whether there was need to.

    It runs twice at once on one file: one of the runs has to be refused. ``to_all``: the signal
    goes to the workers as well, as when a terminal is closed.
    """
    runs = [start(command, folder), start(command, folder)]
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(run.poll() is None for run in runs):
        time.sleep(0.02)
    kept = whole_lines(folder / command.out)
    running = [run for run in runs if run.poll() is None]
    children = set().union(*(offspring(run.pid) for run in running))
    for run in running:
        (os.killpg if to_all else os.kill)(run.pid, number)
    for run in runs:
        said = run.communicate(timeout=10 * SECONDS_TO_END)[1].decode()
        check_end(run.returncode, said, number)
    wait_for_end(children)
    assert whole_lines(folder / command.out).startswith(kept), f"{command.out} has lost results"
    return bool(running)


def whole_lines(path: Path) -> bytes:
    """Return what a file of results must not lose; of another file, nothing."""
    content = path.read_bytes() if path.suffix == ".jsonl" and path.exists() else b""
    return content[: content.rfind(b"\n") + 1]


def check_end(status: int, said: str, number: int) -> None:
    """Fail if a run ended otherwise than by itself, by its signal, or refused."""
    # Of a process that had to be ended from outside, joblib says what it left, and takes it away.
    said = re.sub(r"(?m)^.*resource_tracker.*\n  warnings.warn\(\n", "", said)
    last = said.replace("\r", "\n").strip().rpartition("\n")[2]
    if status == 0:  # a signal can still disturb how Python itself ends
        return
    assert "Traceback" not in said, said
    if status == 1:
        assert last.endswith("learned"), said  # to its end, which is too early to have learned
    elif status == 2:
        assert re.fullmatch(r"lstmblues: cannot write .* is writing it; .*", last), said
    elif status != -number:  # a signal can come before Python listens, or when all is done
        assert status == 128 + number and last.startswith("lstmblues: "), (status, said)


def facts(path: Path) -> list:
    """Return what a file holds, in an order of its own, without how long that took."""
    if path.is_dir():
        return [(each.name, each.read_bytes()) for each in sorted(path.iterdir())]
    if path.suffix != ".jsonl":
        return [path.read_bytes()]
    return sorted(re.sub(r'"seconds": [\d.e-]+', "", line) for line in path.open())


def run_kills(commands: tuple[Command, ...], kills: int, most_seconds: float) -> Counter:
    """Kill each command so often, within ``most_seconds`` of a start; return what happened.

    Raises ``AssertionError`` for the first fault.
    """
    for number in SIGNALS[1:]:
        # What a shell lets run in the background ignores SIGINT, and under `nohup` SIGHUP.
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    chance, counts = random.Random(0), Counter()
    with tempfile.TemporaryDirectory() as name:
        whole, killed = Path(name) / "whole", Path(name) / "killed"
        for folder in (whole, killed):
            folder.mkdir()
            (folder / "plan.toml").write_text(PLAN)
        for command in commands:
            started = time.monotonic()
            finish(command, whole)
            longest = min(1.1 * (time.monotonic() - started), most_seconds)
            left = kills
            while left:
                number, to_all = chance.choice(SIGNALS), chance.random() < 0.3
                if kill(command, killed, number, chance.uniform(0.1, longest), to_all):
                    counts[number.name] += 1
                    left -= 1
                else:  # it had ended by then: begin anew
                    counts["ended before"] += 1
                    compare(command, whole, killed)
                    remove(killed / command.out)
            finish(command, killed)
            compare(command, whole, killed)
            print(command.line, json.dumps(counts), flush=True)
    return counts


def remove(path: Path) -> None:
    """Remove a file, or a folder with all that it holds."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def compare(command: Command, whole: Path, killed: Path) -> None:
    """Fail if what was killed differs from what was not, or if anything else stays behind."""
    assert facts(killed / command.out) == facts(whole / command.out), command
    assert {path.name for path in killed.iterdir()} <= {path.name for path in whole.iterdir()}


def finish(command: Command, folder: Path) -> None:
    """Run a command to its end."""
    run = start(command, folder)
    said = run.communicate()[1].decode()
    assert run.returncode in (0, 1), said  # 1: these runs are too short to learn


if __name__ == "__main__":
    run_kills(ALL, 7, 15.0)
