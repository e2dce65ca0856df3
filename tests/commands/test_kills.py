"""A few of the kills of ``make kills``."""

from kills import QUICK, run_kills


def test_a_killed_command_loses_nothing_and_leaves_nothing():
    counts = run_kills(QUICK[:1], kills=6, most_seconds=4.0)
    assert counts.total() - counts["ended before"] == 6
