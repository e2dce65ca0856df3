from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
import pytest
from msgspec import Meta

from lstmblues.errors import BluesError
from lstmblues.schema import Name, Seed, Table, check_fields, checked, checked_field, shown


class Tune(Table):
    name: Name
    bars: Annotated[list[Seed], Meta(max_length=3)] = []


class Book(Table):
    tunes: list[Tune]
    chords: dict[Name, dict[Name, Tune]] = {}
    swing: float | None = None


GOOD = {"name": "x"}


def test_what_fits_is_returned_as_its_kind():
    found = checked({"tunes": [{"name": "x", "bars": [1, 2]}], "swing": 1}, Book, "no book")
    assert found == Book([Tune("x", [1, 2])], {}, 1.0)


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ([], "no book: needed is a table, not a list"),
        ({}, "no book: it lacks tunes"),
        ({"tunes": 3}, "no book: tunes: needed is a list, not a whole number"),
        ({"tunes": [{}]}, "no book: tunes[0]: it lacks name"),
        ({"tunes": [GOOD | {"key": 1}]}, "tunes[0]: there is no 'key'; there are name, bars"),
        ({"tunes": [], "key": 1}, "no book: there is no 'key'; there are tunes, chords, swing"),
        ({"tunes": [{"name": ""}]}, "tunes[0].name: needed is text of length >= 1"),
        ({"tunes": [{"name": "x" * 201}]}, "tunes[0].name: needed is text of length <= 200"),
        ({"tunes": [GOOD | {"bars": [0] * 4}]}, "tunes[0].bars: needed is a list of length <= 3"),
        ({"tunes": [GOOD | {"bars": [-1]}]}, "bars[0]: needed is a whole number >= 0"),
        ({"tunes": [GOOD | {"bars": [2**32]}]}, "needed is a whole number <= 4294967295"),
        ({"tunes": [GOOD | {"bars": [True]}]}, "needed is a whole number, not true or false"),
        ({"tunes": [GOOD | {"bars": [1.5]}]}, "needed is a whole number, not a number"),
        ({"tunes": [], "swing": "x"}, "swing: needed is a number or nothing, not text"),
        ({"tunes": [], "chords": {"a": 1}}, "chords (an entry): needed is a table, not"),
        ({"tunes": [], "chords": {"": {}}}, "a name in chords: needed is text of length >= 1"),
        (
            {"tunes": [], "chords": {"a": {"b": {"c": 1}}}},
            "chords (an entry) (an entry): there is no 'c'; there are name, bars",
        ),
        ({"tunes": [], "swing": 10**5000}, "no book: swing: Number out of range"),
    ],
)
def test_a_complaint_names_the_place_and_what_is_accepted(value, complaint):
    with pytest.raises(BluesError) as told:
        checked(value, Book, "no book")
    assert complaint in str(told.value)


def test_an_unknown_field_in_a_table_of_tables():
    with pytest.raises(BluesError, match="x: \\(an entry\\): there is no 'key'; there are name"):
        checked({"1": GOOD | {"key": 1}}, dict[str, Tune], "x")


def test_numbers_written_as_text_need_leave():
    assert checked("3", int, "x", lax=True) == 3
    with pytest.raises(BluesError, match="x: needed is a whole number, not text"):
        checked("3", int, "x")
    with pytest.raises(BluesError, match="x: .* surrogates not allowed"):
        checked("\udc80", float, "x", lax=True)


@dataclass
class Setting:
    rate: Annotated[float, Meta(ge=0, lt=1)] = 0.5

    def __post_init__(self):
        check_fields(self, "setting")


@pytest.mark.parametrize("rate", [1, -0.1, float("nan"), float("inf"), "0.5", None, True])
def test_a_dataclass_can_hold_its_fields_to_their_kinds(rate):
    with pytest.raises(BluesError, match="setting rate cannot be .*: needed is a number"):
        Setting(rate)
    with pytest.raises(BluesError, match="setting rate cannot be"):
        checked_field(Setting, "rate", rate, "setting")


def test_a_field_is_known_by_its_name():
    assert checked_field(Setting, "rate", "0.25", "setting", lax=True) == 0.25
    with pytest.raises(BluesError, match="there is no setting 'speed'; there are rate"):
        checked_field(Setting, "speed", 1, "setting")


def test_what_is_shown_is_short():
    assert shown("x") == "'x'"
    assert shown("x" * 1000) == "'" + "x" * 79 + "..."
    assert shown(10**5000) == "a number of thousands of digits"


def test_any_value_may_be_checked_later():
    assert checked({"a": [1, {}]}, dict[str, Any], "x") == {"a": [1, {}]}
    assert issubclass(Table, msgspec.Struct)
