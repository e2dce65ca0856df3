import json

import pytest

from lstmblues.errors import BluesError
from lstmblues.evidence.resumable import do_parts, read_parts


def square(number):
    return {"number": number, "square": number**2}


def number_of(result):
    result["square"]
    return result["number"]


PARTS = {number: (number,) for number in range(5)}


def test_parts_come_back_in_order_and_are_kept(tmp_path):
    path, seen = tmp_path / "squares.jsonl", []
    found = do_parts(square, PARTS, number_of, "squares", path, 2, seen.append)
    assert found == seen == [square(number) for number in range(5)]
    assert [json.loads(line) for line in path.read_text().splitlines()] == found


def test_what_a_file_holds_is_not_done_again(tmp_path):
    path = tmp_path / "squares.jsonl"
    path.write_text('{"number": 3, "square": "kept"}\n{"number": 1, "squ')
    found = do_parts(square, PARTS, number_of, "squares", path, 1)
    assert [result["square"] for result in found] == [0, 1, 4, "kept", 16]
    assert sorted(read_parts(path, number_of, "squares")) == [0, 1, 2, 3, 4]
    assert len(path.read_text().splitlines()) == 5


@pytest.mark.parametrize("line", ["[]", '{"number": 1}', "3", "no JSON"])
def test_a_file_that_holds_something_else_is_refused_and_kept(tmp_path, line):
    path = tmp_path / "other.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(BluesError, match="something else than squares"):
        do_parts(square, PARTS, number_of, "squares", path, 1)
    assert path.read_text() == line + "\n"
