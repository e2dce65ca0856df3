import json
from dataclasses import asdict

import pytest

from lstmblues.errors import BluesError
from lstmblues.evidence.memory import contest as baselines
from lstmblues.evidence.memory.contest import (
    CONTEST,
    Contestant,
    load_plan,
    runs_of,
    summary,
)
from lstmblues.evidence.sweep import SWEEP
from lstmblues.files import PLANS, RESULTS

TABLES = """
trials = true
seeds = "0:1"

[[contestant]]
kind = "table of chords"
tools = "counting"
reach = [1, 2]

[[contestant]]
kind = "memory blocks"
tools = "2002"
seeds = "3:5"
"""


def plan_of(tmp_path, text):
    path = tmp_path / "plan.toml"
    path.write_text(text)
    return load_plan(path)


def test_a_list_of_values_stands_for_a_contestant_with_each(tmp_path):
    plan = plan_of(tmp_path, TABLES)
    assert [(each.kind, each.reach, seeds) for each, seeds in plan.entries] == [
        ("table of chords", 1, range(1)),
        ("table of chords", 2, range(1)),
        ("memory blocks", 0, range(3, 5)),
    ]
    assert plan.networks == 4
    assert plan.trials


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("seeds = '0:2'", "is no plan: it lacks trials"),
        (TABLES.replace("trials = true", ""), "is no plan: it lacks trials"),
        (TABLES.replace("trials = true", "trials = 1"), "trials: needed is true or false, not"),
        (TABLES.replace("reach", "range"), "there is no contestant's 'range'; there are kind"),
        (TABLES.replace("[1, 2]", "[]"), "needs 1 to 1000 contestants"),
        (TABLES.replace("[1, 2]", str([1] * 2000)), "needs 1 to 1000 contestants"),
        (TABLES.replace("[1, 2]", "1e3"), "reach cannot be 1000.0: needed is a whole number"),
        (TABLES.replace("[1, 2]", "[1, -2]"), "reach cannot be -2: needed is a whole number >= 0"),
        (TABLES.replace("[1, 2]", '"1"'), "reach cannot be '1': needed is a whole number, not"),
        (TABLES.replace('"3:5"', "[]"), r"\[\] is no range of seeds"),
        (TABLES.replace("trials = true", "trials = true\nfast = 1"), "there is no 'fast'"),
        (TABLES.replace("counting", "guessing"), "nobody teaches 'table of chords' by 'guessing'"),
        (TABLES.replace("3:5", "5:3"), "no range of seeds"),
    ],
)
def test_other_plans_are_refused(tmp_path, text, complaint):
    with pytest.raises(BluesError, match=complaint):
        plan_of(tmp_path, text)


def test_a_contest_teaches_tries_and_goes_on_where_it_stopped(tmp_path):
    plan, path = plan_of(tmp_path, TABLES), tmp_path / "contest.jsonl"
    results = CONTEST.run(plan.parts, path, 1)
    assert [len(entry["runs"]) for entry in results] == [1, 1, 2]
    assert json.loads(json.dumps(results)) == CONTEST.load(path) == results

    first, second, blocks = summary(results)
    assert (first["learned"], first["tried"], first["recovered"]) == (0, 0, None)
    assert (second["learned"], second["right"], second["proved"]) == (1, 1, 1)
    assert (blocks["seeds"], blocks["learned"], blocks["proved"]) == (2, 2, 2)
    assert blocks["faultless"] == blocks["faultless_worst"] == 1000
    proofs = [run["endurance"] for run in results[2]["runs"]]
    assert blocks["played"] == sum(each["repeats_after"] + each["period"] for each in proofs) < 100
    assert blocks["played"] + blocks["deduced"] == 2000
    assert first["played"] == first["deduced"] == 0
    assert 0 < blocks["recovered"] < 1

    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:2]) + lines[2].replace('"steps": 96', '"steps": 77'))
    again = CONTEST.run(plan.parts, path, 1)
    assert [run["steps"] for run in again[1]["runs"]] == [77]  # not computed again
    assert [run["perturbations"] for run in again[2]["runs"]] == [
        run["perturbations"] for run in results[2]["runs"]
    ]


def test_a_part_of_a_plan(tmp_path):
    plan = plan_of(tmp_path, TABLES)
    assert plan.only() == plan
    blocks = plan.only("memory blocks")
    assert [contestant.kind for contestant, _ in blocks.entries] == ["memory blocks"]
    assert blocks.entries[0] in plan.entries and blocks.trials == plan.trials
    fresh = plan.only(seeds=range(7, 9))
    assert [seeds for _, seeds in fresh.entries] == [range(7, 9)] * len(plan.entries)
    with pytest.raises(BluesError, match="has no 'gru'; it has table of chords, memory blocks"):
        plan.only("gru")


def test_seeds_are_taught_in_parts_of_a_line_each(tmp_path, monkeypatch):
    monkeypatch.setattr(baselines, "SEEDS_AT_ONCE", 3)
    text = TABLES.replace('"0:1"', '"2:10"').replace("true", "false")
    plan = plan_of(tmp_path, text.split('[[contestant]]\nkind = "memory')[0])
    results = CONTEST.run(plan.parts, None, 1)
    assert [entry["seeds"] for entry in results] == 2 * [[2, 5], [5, 8], [8, 10]]
    seeds = [[run["seed"] for run in runs] for runs in runs_of(results).values()]
    assert seeds == 2 * [list(range(2, 10))]
    assert not any("perturbations" in run for entry in results for run in entry["runs"])


def test_a_file_of_something_else_is_refused(tmp_path):
    path = tmp_path / "other.jsonl"
    with pytest.raises(BluesError, match="holds no results of a contest"):
        CONTEST.load(path)
    path.write_text(CONTEST.first_line + '\n{"seed": 1}\n')
    with pytest.raises(BluesError, match="something else than the results of a contest"):
        CONTEST.load(path)


@pytest.mark.parametrize("name", ["baseline-search", "baselines", "small-networks"])
def test_the_book_s_plans_are_those_of_its_results(name):
    """They name the same contestants and seeds in the same order: nothing is left to do."""
    found = CONTEST.load(RESULTS / f"{name}.jsonl")
    planned = [
        (asdict(contestant), [seeds[0], seeds[-1] + 1], trials)
        for contestant, seeds, trials in load_plan(PLANS / f"{name}.toml").parts
    ]
    assert planned == [(each["contestant"], each["seeds"], each["trials"]) for each in found]


def test_memory_blocks_are_those_of_the_book():
    seeds = SWEEP.load(RESULTS / "chord-seeds.jsonl")
    by_steps = {result["seed"]: result["steps"] for result in seeds}
    own = runs_of(CONTEST.load(RESULTS / "baselines.jsonl"))[Contestant("memory blocks", "2002")]
    assert {run["seed"]: run["steps"] for run in own} == {
        run["seed"]: by_steps[run["seed"]] for run in own
    }
