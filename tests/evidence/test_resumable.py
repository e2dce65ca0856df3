import json
import os
import socket
import subprocess
import sys
import threading
from dataclasses import replace

import joblib
import pytest

from lstmblues import __version__
from lstmblues.errors import BluesError
from lstmblues.evidence.resumable import Study


def square(number):
    return {"number": number, "square": number**2}


def number_of(result):
    result["square"]
    return (result["number"],)


SQUARES = Study("squaring", "square", square, number_of)
FIRST = (
    '{"file": "results of lstmblues", "study": "square", "format": 1, '
    f'"version": "{__version__}"}}\n'
)
PARTS = [(number,) for number in range(5)]


def test_parts_come_back_in_order_and_are_kept(tmp_path):
    path, seen = tmp_path / "squares.jsonl", []
    found = SQUARES.run(PARTS, path, 2, seen.append)
    assert found == seen == [square(number) for number in range(5)]
    first, *rest = path.read_text().splitlines(keepends=True)
    assert first == FIRST
    assert [json.loads(line) for line in rest] == found
    assert SQUARES.load(path) == found


def test_what_a_file_holds_is_not_done_again(tmp_path):
    path, seen = tmp_path / "squares.jsonl", []
    path.write_text(FIRST + '{"number": 3, "square": "kept"}\n{"number": 1, "squ')
    found = SQUARES.run(PARTS, path, 1, seen.append)
    assert [result["square"] for result in found] == [0, 1, 4, "kept", 16]
    assert [result["number"] for result in seen] == [3, 0, 1, 2, 4]
    assert [result["number"] for result in SQUARES.load(path)] == [3, 0, 1, 2, 4]
    assert path.read_text().startswith(FIRST + '{"number": 3, "square": "kept"}\n{"number": 0')


def test_a_part_that_is_named_twice_is_done_once(tmp_path):
    path = tmp_path / "squares.jsonl"
    assert SQUARES.run([(2,), (1,), (2,)], path, 1) == [square(2), square(1)]
    assert len(path.read_text().splitlines()) == 3


def test_without_a_file_nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert SQUARES.run(PARTS, jobs=1) == [square(number) for number in range(5)]
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_is_told_before_the_work(tmp_path):
    def fail(number):
        raise AssertionError

    with pytest.raises(BluesError, match="cannot write"):
        replace(SQUARES, work=fail).run(PARTS, tmp_path / "none" / "squares.jsonl", 1)


def test_loading_only_reads(tmp_path, monkeypatch):
    """Even from a file that a run is still writing, and without leave to write."""
    path = tmp_path / "squares.jsonl"
    content = FIRST.encode() + b'{"number": 3, "square": 9}\n{"number": 1, "squ'
    path.write_bytes(content)

    def refuse(*_):
        raise AssertionError

    for name in ("appending", "hold", "write_whole"):
        monkeypatch.setattr(f"lstmblues.evidence.resumable.{name}", refuse)
    assert SQUARES.load(path) == [square(3)]
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "line", ["[]", '{"number": 1}', "3", "no JSON", '{"number": [], "square": 1}']
)
def test_a_file_that_holds_something_else_is_refused_and_kept(tmp_path, line):
    path = tmp_path / "other.jsonl"
    content = FIRST + '{"number": 1, "square": 1}\n' + line + "\n"
    path.write_text(content)
    for use in (SQUARES.load, lambda path: SQUARES.run(PARTS, path, 1)):
        with pytest.raises(BluesError) as told:
            use(path)
        assert str(told.value).startswith(
            f"{path} holds something else than the results of squaring, "
            "which `python -m lstmblues square` makes"
        )
        assert "indices" not in str(told.value)  # Python's own words are no help
    assert path.read_text() == content


@pytest.mark.parametrize("content", [None, "", FIRST, FIRST + '{"number": 1, "squ'])
def test_a_file_without_results_is_told_with_what_makes_them(tmp_path, content):
    path = tmp_path / "squares.jsonl"
    if content is not None:
        path.write_text(content)
    with pytest.raises(BluesError) as told:
        SQUARES.load(path)
    assert str(told.value) == (
        f"{path} holds no results of squaring; `python -m lstmblues square` makes them"
    )
    assert path.exists() == (content is not None)


FOREIGN = [
    b"precious",
    b"precious\n",
    b"\x00\xff\xfe key",
    b"{}",
    b"[]\n",
    b'{"number": 3, "square": 9}\n',  # a result, in a file that does not say what it is
    FIRST.replace("square", "sweep").encode(),
    FIRST.replace("results of lstmblues", "notes").encode(),
    FIRST[:-2].encode(),
    b"[" * 100_000,
]


@pytest.mark.parametrize("content", FOREIGN, ids=range(len(FOREIGN)))
def test_a_file_that_does_not_say_it_is_ours_is_never_touched(tmp_path, content):
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    before = path.stat()
    for use in (SQUARES.load, lambda path: SQUARES.run(PARTS, path, 1)):
        with pytest.raises(BluesError, match="notes.txt holds something else than the results"):
            use(path)
    assert path.read_bytes() == content
    assert path.stat() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_in_another_format_is_refused_and_kept(tmp_path):
    path = tmp_path / "squares.jsonl"
    content = FIRST.replace('"format": 1', '"format": 2').replace(__version__, "9.0")
    path.write_text(content)
    for use in (SQUARES.load, lambda path: SQUARES.run(PARTS, path, 1)):
        with pytest.raises(BluesError, match=r"written by version 9\.0 in another format"):
            use(path)
    assert path.read_text() == content


def test_a_file_that_an_older_version_began_is_gone_on_with(tmp_path):
    path = tmp_path / "squares.jsonl"
    older = FIRST.replace(__version__, "0.0.1")
    path.write_text(older)
    SQUARES.run(PARTS[:1], path, 1)
    assert path.read_text() == older + '{"number": 0, "square": 0}\n'


def test_a_whole_result_is_kept_that_only_lacks_the_end_of_its_line(tmp_path):
    path = tmp_path / "squares.jsonl"
    path.write_text(FIRST + '{"number": 3, "square": "kept"}')
    assert SQUARES.load(path) == [{"number": 3, "square": "kept"}]
    SQUARES.run([(0,)], path, 1)
    kept = '{"number": 3, "square": "kept"}\n{"number": 0, "square": 0}\n'
    assert path.read_text() == FIRST + kept


@pytest.mark.parametrize("cut", range(0, 90, 7))
def test_wherever_a_run_was_cut_off_it_ends_with_the_same_bytes(tmp_path, cut):
    whole, path = tmp_path / "whole.jsonl", tmp_path / "squares.jsonl"
    SQUARES.run(PARTS, whole, 1)
    content = whole.read_bytes()
    path.write_bytes(content[: len(FIRST) + cut])
    SQUARES.run(PARTS, path, 1)
    assert path.read_bytes() == content


def test_all_results_go_through_a_pipe(tmp_path):
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()))
    reader.start()
    SQUARES.run(PARTS[:2], pipe, 1)
    reader.join(10)
    assert got == [FIRST + '{"number": 0, "square": 0}\n{"number": 1, "square": 1}\n']
    assert list(tmp_path.iterdir()) == [pipe]


HOLD = """
import sys
from lstmblues.files import hold
with hold(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_file_that_another_run_holds_is_refused_with_its_name(tmp_path):
    path = tmp_path / "squares.jsonl"
    (tmp_path / "link.jsonl").symlink_to(path)
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"held\n"
        for name in ("squares.jsonl", "link.jsonl"):
            with pytest.raises(BluesError) as told:
                SQUARES.run(PARTS, tmp_path / name, 1)
            holder = f"process {other.pid} on {socket.gethostname()}"
            assert str(told.value) == (
                f"cannot write {tmp_path / name}: {holder} is writing it; "
                "wait for its end, or give another path"
            )
        other.kill()
    assert (tmp_path / ".squares.jsonl.lock").exists()  # a killed process leaves it
    assert len(SQUARES.run(PARTS, path, 1)) == 5
    assert sorted(each.name for each in tmp_path.iterdir()) == ["link.jsonl", "squares.jsonl"]


def test_what_is_missing_is_told_before_any_work(tmp_path):
    def fail(number):
        raise AssertionError

    needy = replace(SQUARES, work=fail, needs=lambda number: ("nowhere",) if number == 4 else ())
    with pytest.raises(ModuleNotFoundError) as told:
        needy.run(PARTS, tmp_path / "squares.jsonl", 1)
    assert told.value.name == "nowhere"
    SQUARES.run(PARTS, tmp_path / "squares.jsonl", 1)
    assert needy.run(PARTS, tmp_path / "squares.jsonl", 1)  # all is done: nothing is needed


def process_of(number):
    return {"number": number, "square": os.getpid()}


def test_there_are_no_more_processes_than_parts(monkeypatch):
    asked = []
    parallel = joblib.Parallel
    monkeypatch.setattr(joblib, "Parallel", lambda **them: asked.append(them) or parallel(**them))
    replace(SQUARES, work=process_of).run(PARTS[:2], jobs=50)
    replace(SQUARES, work=process_of).run(PARTS[:1])
    SQUARES.run([])
    assert [them["n_jobs"] for them in asked] == [2, 1]


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_what_json_has_no_number_for_is_refused(tmp_path, constant):
    study = Study("a study", "study", lambda number: {"number": number}, lambda r: (r["number"],))
    path = tmp_path / "results.jsonl"
    study.run([(1,)], path, jobs=1)
    with path.open("a") as file:
        file.write(f'{{"number": {constant}}}\n')
    with pytest.raises(BluesError, match=f"something else .*{constant} is no number"):
        study.load(path)
