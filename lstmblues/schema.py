"""What may come in from outside: kinds of values with their ranges, and the check against them.

A kind is stated once, as a type of ``msgspec``. A field is then described where it is declared.
"""

import re
from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_type_hints

import msgspec
from msgspec import Meta

from lstmblues.errors import BluesError

Name = Annotated[str, Meta(min_length=1, max_length=200)]
"""What something is called, in characters."""
Text = Annotated[str, Meta(max_length=10_000)]
"""Notes or chord symbols, in characters."""
Count = Annotated[int, Meta(ge=0, le=10**12)]
"""How many there are of something, such as steps."""
LARGEST_SEED = 2**32 - 1
Seed = Annotated[int, Meta(ge=0, le=LARGEST_SEED)]
"""What random numbers begin with."""
Share = Annotated[float, Meta(ge=0, le=1)]
"""A part of a whole."""
Measured = Annotated[float, Meta(ge=-1e12, le=1e12)]
"""A measured number, which is finite."""

T = TypeVar("T")

_WORDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "null": "nothing",
}


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The fields of a table, of which no others are accepted."""


def checked(value: object, kind: type[T], where: str, lax: bool = False) -> T:
    """Return ``value``, read from outside, as ``kind``.

    Args:
        value: of the types that JSON and TOML have.
        kind: the type, with ranges (``msgspec.Meta``) if need be.
        where: how the complaint begins, such as ``"form.toml states no form"``.
        lax: whether numbers, and true or false, may also be written as text.

    Raises:
        BluesError: for anything else; the message names the field, and what it accepts.
    """
    try:
        return msgspec.convert(value, kind, strict=not lax)
    except msgspec.ValidationError as error:
        raise BluesError(f"{where}: {_sentence(str(error), kind)}") from error
    except (UnicodeError, OverflowError) as error:
        raise BluesError(f"{where}: {error}") from error


def check_fields(instance: Any, where: str) -> None:
    """Raise ``BluesError`` if a field of a dataclass holds what its annotation does not accept.

    ``where`` is what its fields are called, such as ``"setting"``.
    """
    for name, kind in _kinds(type(instance)).items():
        value = getattr(instance, name)
        checked(value, kind, f"{where} {name} cannot be {shown(value)}")


def checked_field(record: type, name: str, value: object, where: str, lax: bool = False) -> object:
    """Return ``value`` as field ``name`` of a dataclass; raise ``BluesError`` as ``checked`` does.

    ``where`` is what its fields are called, as in ``check_fields``.
    """
    kinds = _kinds(record)
    if name not in kinds:
        raise BluesError(f"there is no {where} {shown(name)}; there are {', '.join(kinds)}")
    return checked(value, kinds[name], f"{where} {name} cannot be {shown(value)}", lax)


def shown(value: object, most: int = 80) -> str:
    """Return ``value`` as Python writes it, in no more than about ``most`` characters."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no integer of so many digits
        return "a number of thousands of digits"
    return text if len(text) <= most else f"{text[:most]}..."


@cache
def _kinds(record: type) -> dict[str, Any]:
    """The annotations of a dataclass, with their ranges."""
    return get_type_hints(record, include_extras=True)


def _sentence(error: str, kind: Any) -> str:
    """Return what ``msgspec`` complains of, with the place first and in a few plain words."""
    what, _, place = error.partition(" - at `")
    if field := re.fullmatch(r"Object missing required field `(.*)`", what):
        what = f"it lacks {field[1]}"
    elif field := re.fullmatch(r"Object contains unknown field `(.*)`", what, re.DOTALL):
        there = ", ".join(get_type_hints(_kind_at(kind, place)))
        what = f"there is no {shown(field[1])}; there are {there}"
    else:
        what = re.sub(r"`([\w |]+)`", lambda words: _in_words(words[1]), what)
        what = what.replace("Expected", "needed is").replace(", got", ", not")
    for found, plain in (("`", ""), ("key in ", "a name in "), ("[...]", " (an entry)"), ("$", "")):
        place = place.replace(found, plain)
    place = place.strip(" .").replace("in .", "in ")
    return f"{place}: {what}" if place else what


def _in_words(kinds: str) -> str:
    return " or ".join(_WORDS.get(kind, kind) for kind in kinds.split(" | "))


def _kind_at(kind: Any, place: str) -> type:
    """The kind of table at a ``place`` such as ``$.variation[0]`` in what is of ``kind``."""
    for part in re.findall(r"\[.*?\]|\w+", place):
        kind = get_args(kind)[-1] if part.startswith("[") else get_type_hints(kind)[part]
    return kind
