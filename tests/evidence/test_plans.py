from dataclasses import replace

import pytest

from lstmblues.errors import BluesError
from lstmblues.evidence.plans import load_variations, read_seeds
from lstmblues.evidence.sweep import sweep
from lstmblues.files import PLANS
from lstmblues.training.settings import Settings

PLAN = """
seeds = "0:2"
[[variation]]
topic = "learning rate"
label = "small"
settings = { learning_rate = 1e-5, most_steps = 2000 }
[[variation]]
topic = "all"
label = "other"
seeds = "3:4"
[variation.settings]
forget_gate_biases = [-0.1, -0.3, -0.5, -0.7]
standardised_inputs = false
most_steps = 2000
"""


@pytest.fixture
def plan(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text(PLAN)
    return path


def test_a_plan_names_variations(plan):
    small, other = load_variations(plan)
    assert (small.topic, small.label, small.seeds) == ("learning rate", "small", range(2))
    assert small.settings == replace(Settings(), learning_rate=1e-5, most_steps=2000)
    assert other.seeds == range(3, 4)
    assert other.settings.forget_gate_biases == (-0.1, -0.3, -0.5, -0.7)
    assert other.settings.standardised_inputs is False
    assert small.runs == [(0, small.settings), (1, small.settings)]


def test_a_plan_may_cross_topics_with_labels(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text(
        """
seeds = "0:2"
[[topic]]
topic = "slow"
settings.learning_rate = 1e-5
[[topic]]
topic = "fast"
seeds = "3:4"
settings.learning_rate = 1e-3
[[label]]
label = "none"
settings.momentum = 0
[[label]]
label = "much"
settings.momentum = 0.9
"""
    )
    found = load_variations(path)
    assert [(one.topic, one.label) for one in found] == [
        ("slow", "none"), ("slow", "much"), ("fast", "none"), ("fast", "much"),
    ]  # fmt: skip
    assert found[2].seeds == range(3, 4) and found[1].seeds == range(2)
    assert found[2].settings == replace(Settings(), learning_rate=1e-3, momentum=0.0)


def test_results_find_their_variation(plan):
    small, other = load_variations(plan)
    results = sweep("chords", small.runs + other.runs, jobs=1)
    assert [result["seed"] for result in small.among(results)] == [0, 1]
    assert other.among(results) == results[2:]


def test_seeds_are_a_range():
    assert read_seeds("3:7") == range(3, 7)
    for text in ("3", "7:3", "a:b", "3:3", ":3"):
        with pytest.raises(BluesError, match="no range of seeds"):
            read_seeds(text)


@pytest.mark.parametrize(
    "text", ["", "seeds = 3", 'seeds = "0:2"\nvariation = [{topic = "a"}]', "variation = 3"]
)
def test_what_is_no_plan_is_refused(text, tmp_path):
    (tmp_path / "plan.toml").write_text(text)
    with pytest.raises(BluesError, match="is no plan"):
        load_variations(tmp_path / "plan.toml")


def test_the_books_own_plans_can_be_read():
    for name in ("chord-settings.toml",):
        topics = [variation.topic for variation in load_variations(PLANS / name)]
        assert len(topics) > len(set(topics)) > 1
