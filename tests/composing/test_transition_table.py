from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmblues.composing.transition_table import TransitionTable
from lstmblues.errors import BluesError


def table_of(sequence, order, before=()):
    table = TransitionTable(order)
    table.learn(sequence, before)
    return table


def test_counts_by_hand():
    table = table_of("abacabad", 2)
    assert table.followers("a") == {"b": 2, "c": 1, "d": 1}
    assert table.followers("ba") == {"c": 1, "d": 1}
    assert table.followers("xba") == {"c": 1, "d": 1}  # only the last two count
    assert table.followers("") == Counter("abacabad")


def test_contexts_that_are_not_known_are_shortened_from_the_far_end():
    table = table_of("abacabad", 3)
    assert table.followers("xyb") == {"a": 2}
    assert table.followers("cbx") == Counter("abacabad")
    assert table.followers("d") == Counter("abacabad")  # nothing ever followed it


def test_prediction_is_the_most_frequent_follower_and_among_equals_the_first_heard():
    table = table_of("abacacadab", 1)
    assert table.followers("a") == {"b": 2, "c": 2, "d": 1}
    assert table.predict("a") == "b"
    assert table_of("adacac", 1).predict("a") == "c"


def test_prediction_of_wanted_symbols_asks_shorter_contexts():
    table = table_of("abcabd", 2)
    assert table.predict("ab") == "c"
    assert table.predict("ab", lambda symbol: symbol == "d") == "d"
    assert table.predict("ab", lambda symbol: symbol == "a") == "a"  # never after ab, nor after b
    assert table.predict("ab", lambda symbol: symbol == "x") is None


def test_symbols_before_are_context_only():
    table = table_of("ab", 2, before="^^")
    assert table.followers("^^") == {"a": 1}
    assert table.followers("^a") == {"b": 1}
    assert table.followers("") == {"a": 1, "b": 1}


def test_learning_goes_on_counting():
    table = table_of("ab", 1)
    table.learn("ac")
    table.learn("ac")
    assert table.followers("a") == {"b": 1, "c": 2}
    assert table.followers("b") == Counter("abacac")  # one sequence does not go on in the next


def test_draws_come_as_often_as_counts_say():
    table = table_of("abababac", 1)
    generator = np.random.default_rng(0)
    drawn = Counter(table.draw("a", generator) for _ in range(4000))
    assert drawn.keys() == {"b", "c"}
    assert abs(drawn["c"] - 1000) < 5 * np.sqrt(4000 * 0.25 * 0.75)


@given(st.text("abc", min_size=1, max_size=30), st.integers(1, 4), st.text("abcd", max_size=6))
def test_followers_are_those_of_the_longest_known_end(sequence, order, recent):
    known = table_of(sequence, order).followers(recent)
    ends = [recent[len(recent) - length :] for length in range(min(order, len(recent)), -1, -1)]
    counted = [
        Counter(
            sequence[place + len(end)]
            for place in range(len(sequence) - len(end))
            if sequence.startswith(end, place)
        )
        for end in ends
    ]
    assert known == next(counts for counts in counted if counts)


def test_bad_orders():
    with pytest.raises(BluesError, match="order 0"):
        TransitionTable(0)


@pytest.mark.parametrize("ask", [TransitionTable.followers, TransitionTable.predict])
def test_a_table_that_learned_nothing_says_so(ask):
    with pytest.raises(BluesError, match="^a transition table .* cannot go on$"):
        ask(TransitionTable(2), "ab")


def test_prediction_leaves_out_no_length_of_context():
    table = table_of("abcbefffff", 2)
    # After "ab" came c; after b also e; in all, f is the most frequent.
    assert table.predict("ab", lambda symbol: symbol in "ef") == "e"
