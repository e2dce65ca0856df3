from dataclasses import replace

import pytest

from lstmblues.errors import BluesError
from lstmblues.training.settings import Settings, with_changes


def test_settings_are_changed_by_name():
    changed = with_changes(
        {
            "learning_rate": "1e-3",
            "choruses_a_pass": "7",
            "standardised_inputs": "false",
            "forget_gate_biases": "-0.1,-0.3,-0.5,-0.7",
        }
    )
    assert changed == replace(
        Settings(),
        learning_rate=1e-3,
        choruses_a_pass=7,
        standardised_inputs=False,
        forget_gate_biases=(-0.1, -0.3, -0.5, -0.7),
    )
    assert with_changes({}) == Settings()


@pytest.mark.parametrize(
    "changes",
    [
        {"learning_rate": "much"},
        {"learning_rate": True},
        {"learning_rate": float("nan")},
        {"learning_rate": -1},
        {"standardised_inputs": 2},
        {"output_gate_biases": [1]},
        {"output_gate_biases": [1, 2, 3, "much"]},
        {"choruses_a_pass": 2.5},
        {"choruses_a_pass": 0},
        {"most_steps": "3.5"},
        {"momentum": 1},
        {"gross_errors_before_reset": -1},
    ],
)
def test_values_of_the_wrong_kind_are_refused(changes):
    with pytest.raises(BluesError, match="cannot be"):
        with_changes(changes)


def test_values_that_are_no_text_are_taken_as_they_are():
    changes = {"learning_rate": 1, "chords_rest": False, "input_gate_biases": [0.0] * 4}
    changed = with_changes(changes)
    assert changed == replace(
        Settings(), learning_rate=1.0, chords_rest=False, input_gate_biases=(0.0,) * 4
    )


@pytest.mark.parametrize("changes", [{"learning_rates": 1}, {"bias": 1, "momentum": 0.5}])
def test_names_of_no_setting_are_refused(changes):
    with pytest.raises(BluesError, match=r"there is no setting"):
        with_changes(changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"momentum": 1}, "setting momentum cannot be 1"),
        ({"most_steps": True}, "setting most_steps cannot be True"),
    ],
)
def test_what_is_refused_is_called_a_setting(changes, words):
    with pytest.raises(BluesError, match=words):
        with_changes(changes)


def test_settings_are_checked_however_they_are_made():
    with pytest.raises(BluesError, match="^setting momentum cannot be 1"):
        Settings(momentum=1.0)
