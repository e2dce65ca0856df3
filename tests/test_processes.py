"""Processes that work side by side, and how they end."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lstmblues import processes
from lstmblues.processes import ended_by_signals, in_parallel

WORK = """
import sys, time
from lstmblues.processes import in_parallel

def work(number, folder):
    import os
    open(f"{folder}/{os.getpid()}", "w").close()
    if number:
        time.sleep(60)

if __name__ == "__main__":
    list(in_parallel(work, [(number, sys.argv[1]) for number in range(5)], 2))
"""


def is_running(pid: int) -> bool:
    """Whether there is such a process, and it has not ended."""
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return bool(done.stdout.strip()) and not done.stdout.startswith("Z")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_processes_end_with_the_one_that_began_them(tmp_path, number):
    program = tmp_path / "program.py"
    program.write_text(WORK)
    (tmp_path / "pids").mkdir()
    parent = subprocess.Popen([sys.executable, program, tmp_path / "pids"])
    children = []
    while len(children) < 2:
        assert parent.poll() is None
        children = [int(path.name) for path in Path(tmp_path / "pids").iterdir()]
        time.sleep(0.05)
    assert all(map(is_running, children))
    parent.send_signal(number)
    parent.wait()
    deadline = time.monotonic() + 3
    while any(map(is_running, children)):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def square(number):
    return number**2, os.getpid()


def test_results_come_in_order_and_one_part_needs_no_other_process():
    parts = [(number,) for number in range(9)]
    assert [found for found, _ in in_parallel(square, parts, 2)] == [n**2 for n in range(9)]
    assert sorted(n for n, _ in in_parallel(square, parts, 2, in_order=False)) == [
        n**2 for n in range(9)
    ]
    assert list(in_parallel(square, parts[3:4], 2)) == [(9, os.getpid())]
    assert list(in_parallel(square, [])) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_what_is_done_like_an_interruption_and_only_once(number):
    before = signal.getsignal(number)
    with ended_by_signals():
        with pytest.raises(KeyboardInterrupt) as told:
            os.kill(os.getpid(), number)
            time.sleep(1)
        assert told.value.args == (number,)
        os.kill(os.getpid(), number)  # repeated, while the first is heard
        time.sleep(0.01)
    assert signal.getsignal(number) == before


def test_an_ignored_signal_stays_ignored():
    """As under ``nohup``."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ended_by_signals():
            os.kill(os.getpid(), signal.SIGHUP)
            time.sleep(0.01)
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


IN_EXEC = """
import os, signal, sys
from lstmblues.commands import cli
def run(arguments):
    exec("import os, time; os.kill(os.getpid(), %d); time.sleep(9)")
cli._parser = lambda: type("Parser", (), {"parse_args": run})
sys.exit(cli.main([]))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_has_its_status_wherever_it_comes(number):
    """Modules that are being loaded run strings."""
    command = [sys.executable, "-c", IN_EXEC % number]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (128 + number, 1)


def test_a_signal_that_was_lost_is_heard_once_more(monkeypatch):
    monkeypatch.setattr(processes, "_SECONDS_TO_END", 0.2)
    with ended_by_signals(), pytest.raises(KeyboardInterrupt):
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(1)
        except KeyboardInterrupt:
            pass
        time.sleep(1)
    time.sleep(0.4)  # what is heard outside would end the tests
