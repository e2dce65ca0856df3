"""What the fuzzing shares: how often, values that nobody expects, and files that hold them."""

import json
import math

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

LONG = settings.get_current_profile_name() == "fuzz"


def fuzzed(test):
    """Run a property for as long as the profile says, or for a moment among the other tests."""
    if LONG:
        return settings()(test)
    short = settings(
        max_examples=30, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
    )
    return short(test)


NUMBERS = (
    st.integers()
    | st.sampled_from([0, -1, 1, 2**31, 2**32, 2**63 - 1, 2**63, 2**64, 10**30, -(10**300)])
    | st.floats()
    | st.sampled_from([math.inf, -math.inf, math.nan, 1e308, 5e-324, -0.0])
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["", " ", "C", "C3", "|", "0:2", "5:3", "chords", "\x00", "x" * 300, "None"]
)
PLAIN = st.booleans() | NUMBERS | TEXTS
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)
"""Any value that JSON and TOML can hold."""


def places(tree, here=()):
    """Every place of a tree of tables and lists, as a path of keys."""
    yield here
    if isinstance(tree, dict | list):
        for key in tree if isinstance(tree, dict) else range(len(tree)):
            yield from places(tree[key], (*here, key))


@st.composite
def changed(draw, good):
    """``good`` with a value replaced, left out, added, or doubled, at one place or several."""
    tree = json.loads(json.dumps(good))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(places(tree))))
        if not path:
            if draw(st.integers(0, 9)) == 0:
                return draw(VALUES)
            path = (draw(TEXTS),)
        inner = tree
        for key in path[:-1]:
            inner = inner[key]
        how = draw(st.sampled_from(["replace", "leave out", "add", "wrap"]))
        if how == "leave out" and (isinstance(inner, list) or path[-1] in inner):
            del inner[path[-1]]
        elif how == "wrap" and (isinstance(inner, list) or path[-1] in inner):
            inner[path[-1]] = [inner[path[-1]]] * draw(st.integers(0, 3))
        elif how == "add" and isinstance(inner, list):
            inner.append(draw(VALUES))
        elif how == "add":
            inner[draw(TEXTS)] = draw(VALUES)
        else:
            inner[path[-1]] = draw(VALUES)
    return tree


def toml(value) -> str:
    """``value`` in TOML's inline notation."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(str(k))} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value).replace("\x7f", "\\u007f")


def toml_file(table) -> str:
    """A TOML file that holds ``table``, or, if that is none, something else."""
    if not isinstance(table, dict):
        return toml(table)
    return "".join(f"{toml(str(key))} = {toml(value)}\n" for key, value in table.items())


def spoilt(content: bytes):
    """``content`` with some bytes replaced, left out or added."""
    edit = st.tuples(st.integers(0, len(content)), st.integers(0, 12), st.binary(max_size=12))

    def apply(edits) -> bytes:
        found = content
        for place, cut, added in edits:
            found = found[:place] + added + found[place + cut :]
        return found

    return st.lists(edit, min_size=1, max_size=4).map(apply)
