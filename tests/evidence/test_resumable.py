import json
from dataclasses import replace

import pytest

from lstmblues.errors import BluesError
from lstmblues.evidence.resumable import Study


def square(number):
    return {"number": number, "square": number**2}


def number_of(result):
    result["square"]
    return (result["number"],)


SQUARES = Study("squaring", "square", square, number_of)
PARTS = [(number,) for number in range(5)]


def test_parts_come_back_in_order_and_are_kept(tmp_path):
    path, seen = tmp_path / "squares.jsonl", []
    found = SQUARES.run(PARTS, path, 2, seen.append)
    assert found == seen == [square(number) for number in range(5)]
    assert [json.loads(line) for line in path.read_text().splitlines()] == found
    assert SQUARES.load(path) == found


def test_what_a_file_holds_is_not_done_again(tmp_path):
    path, seen = tmp_path / "squares.jsonl", []
    path.write_text('{"number": 3, "square": "kept"}\n{"number": 1, "squ')
    found = SQUARES.run(PARTS, path, 1, seen.append)
    assert [result["square"] for result in found] == [0, 1, 4, "kept", 16]
    assert [result["number"] for result in seen] == [3, 0, 1, 2, 4]
    assert [result["number"] for result in SQUARES.load(path)] == [3, 0, 1, 2, 4]
    assert path.read_text().startswith('{"number": 3, "square": "kept"}\n{"number": 0')


def test_a_part_that_is_named_twice_is_done_once(tmp_path):
    path = tmp_path / "squares.jsonl"
    assert SQUARES.run([(2,), (1,), (2,)], path, 1) == [square(2), square(1)]
    assert len(path.read_text().splitlines()) == 2


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
    content = b'{"number": 3, "square": 9}\n{"number": 1, "squ'
    path.write_bytes(content)

    def refuse(*_):
        raise AssertionError

    for name in ("append_line", "check_writable", "write_whole"):
        monkeypatch.setattr(f"lstmblues.evidence.resumable.{name}", refuse)
    assert SQUARES.load(path) == [square(3)]
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "line", ["[]", '{"number": 1}', "3", "no JSON", '{"number": [], "square": 1}']
)
def test_a_file_that_holds_something_else_is_refused_and_kept(tmp_path, line):
    path = tmp_path / "other.jsonl"
    content = '{"number": 1, "square": 1}\n' + line + "\n"
    path.write_text(content)
    for use in (SQUARES.load, lambda path: SQUARES.run(PARTS, path, 1)):
        with pytest.raises(BluesError) as told:
            use(path)
        assert str(told.value) == (
            f"{path} holds something else than the results of squaring, "
            "which `python -m lstmblues square` makes"
        )
    assert path.read_text() == content


@pytest.mark.parametrize("content", [None, "", '{"number": 1, "squ'])
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
