import math

import pytest

from lstmblues.evidence.endless import CYCLES, could_go_on, share_going_on, went_on
from lstmblues.training.experiments import RIGHT_CYCLES


def a_run(seed, learned, steps, warm_steps, **first_right):
    first = {name.removeprefix("after_"): found for name, found in first_right.items()}
    return {
        "seed": seed,
        "learned": learned,
        "steps": steps,
        "warm_steps": warm_steps,
        "first_right": first,
    }


COLD_FIRST = a_run(0, True, 100, 300, after_1=[40, 1], after_2=[60, 14])
WARM_FIRST = a_run(1, True, 500, 200, after_1=[50, 14], after_2=[50, 14])
ONLY_WARM = a_run(1, False, 900, 400, after_1=[70, 3])
NEVER = a_run(2, False, 900, None)


def test_the_first_fourteen_choruses_may_be_cold_or_warm():
    assert could_go_on([COLD_FIRST]) == (100, 1)
    assert could_go_on([WARM_FIRST, COLD_FIRST, ONLY_WARM]) == (200, 3)


def test_a_run_that_never_could_counts_as_later_than_all():
    assert could_go_on([COLD_FIRST, WARM_FIRST, NEVER]) == (200, 2)
    assert could_go_on([COLD_FIRST, NEVER, NEVER]) == (math.inf, 1)


def test_networks_are_tested_as_they_were_at_so_many_right_cycles():
    runs = [COLD_FIRST, WARM_FIRST, ONLY_WARM, NEVER]
    assert went_on(runs, "1") == {0: [False], 1: [True, False]}
    assert went_on(runs, "2") == {0: [True], 1: [True]}
    assert went_on(runs, "5") == {}
    mean, low, high = share_going_on(runs, "1")
    assert mean == pytest.approx(0.25) and low == 0 and high == 0.5


def test_the_cycles_are_those_that_a_run_looks_for():
    assert CYCLES == tuple(map(str, RIGHT_CYCLES))
