import json
import time
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from lstmblues.commands.cli import main
from lstmblues.errors import BluesError
from lstmblues.evidence.inside import tables
from lstmblues.evidence.inside.probes import (
    Question,
    accuracy,
    classify,
    control,
    pairs_to_tell_apart,
    questions,
)
from lstmblues.evidence.inside.summary import summary
from lstmblues.evidence.inside.tables import PROBES, SOURCES, probe_seed
from lstmblues.files import RESULTS
from lstmblues.music.encoding import chord_cycle
from lstmblues.music.form import STEPS_PER_BAR, load_form

FORM = load_form()
ASKED = questions(FORM)
STEPS = np.arange(FORM.steps)
BAR, IN_BAR = STEPS // STEPS_PER_BAR, STEPS % STEPS_PER_BAR
CHORDS_HEARD = chord_cycle(FORM)
PAIRS = [(1, 3), (2, 5), (1, 7), (3, 7)]
RECORDED = RESULTS / "probes.jsonl"


def noise(features=8, seed=0):
    return np.random.default_rng(seed).normal(size=(FORM.steps, features))


# --- Questions ------------------------------------------------------------------------------------


def test_pairs_have_the_same_chord_and_another_to_follow():
    assert pairs_to_tell_apart(FORM) == PAIRS
    for one, other in PAIRS:
        question = ASKED[f"bar {one} or {other}"]
        assert set(BAR[question.steps]) == {one - 1, other - 1}
        assert (question.labels == (BAR[question.steps] == other - 1)).all()


def test_the_next_chord_is_the_one_after_the_next_change():
    labels = ASKED["next chord"].labels
    symbols = [chord.symbol for chord in FORM.chord_at]
    names = list(dict.fromkeys(symbols))
    read = [names[label] for label in labels]
    assert read[:16] == ["F7"] * 8 + ["C"] * 8
    assert read[24:32] == ["C"] * 4 + ["F7"] * 4  # bar 4: Gm7 C
    assert read[-4:] == ["C"] * 4  # round to bar 1


def test_what_is_held_out_together():
    """One beat of every bar for all questions but the beat, for which it is a bar."""
    for name, question in ASKED.items():
        fold = BAR if name == "beat" else IN_BAR // 2
        assert (question.folds == fold[question.steps]).all()
        for held_out in set(question.folds):  # every class can be learned from the others
            others = question.labels[question.folds != held_out]
            assert set(question.labels) == set(others)


def test_chance_is_one_in_the_number_of_classes():
    chances = {name: round(1 / question.chance) for name, question in ASKED.items()}
    assert chances == {"bar": 12, "beat": 4, "chord": 9, "next chord": 9, "turnaround": 2} | {
        f"bar {one} or {other}": 2 for one, other in PAIRS
    }


# --- The probe ------------------------------------------------------------------------------------


def test_classes_are_told_by_the_nearest_mean_for_equal_spread():
    training = np.array([[0.0], [0.2], [1.0], [1.2], [2.0], [2.2]])
    labels, test = np.array([5, 5, 6, 6, 9, 9]), np.array([[0.4], [0.8], [1.7], [8.0]])
    classes, shares = classify(training, labels, test)
    assert classes.tolist() == [5, 6, 9]
    assert shares.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]]


def test_classes_that_tie_share_a_step():
    """Two of three classes look the same, whatever rounding makes of them."""
    rounding = np.array([[0.0], [1e-15], [0.0], [-1e-15], [1.0], [1.0]])
    labels = np.array([0, 0, 1, 1, 2, 2])
    _, shares = classify(rounding, labels, np.array([[0.0], [1.0]]))
    assert shares.tolist() == [[0.5, 0.5, 0], [0, 0, 1]]
    question = Question(np.arange(6), labels, np.array([0, 1, 0, 1, 0, 1]))
    assert accuracy(rounding, question) == pytest.approx(2 / 3)  # (1/2 + 1/2 + 1) / 3


def test_rare_classes_count_as_much_as_frequent_ones():
    values = np.where(np.arange(20) % 10 < 9, 0.0, 1.0)[:, None]
    labels = (np.arange(20) % 10 == 9).astype(int)  # one in ten
    question = Question(np.arange(20), labels, np.arange(20) // 10)
    assert accuracy(values, question) == 1.0
    assert accuracy(np.zeros((20, 1)), question) == 0.5  # always the same answer


def test_what_is_encoded_is_read_and_noise_is_not():
    bars = np.eye(12)[BAR] @ np.random.default_rng(1).normal(size=(12, 8)) + 0.05 * noise()
    assert accuracy(bars, ASKED["bar"]) == 1.0
    assert accuracy(noise(), ASKED["bar"]) < 0.2
    # A code of its own for every step tells nothing of steps held out.
    assert accuracy(np.eye(FORM.steps), ASKED["bar"]) < 0.2


def test_scale_and_constant_features_make_no_difference():
    bars = np.eye(12)[BAR] @ np.random.default_rng(1).normal(size=(12, 8)) + noise()
    usual = accuracy(bars, ASKED["bar"])
    assert 0.2 < usual < 1.0
    moved = np.hstack([1000.0 * bars + 50.0, np.full((FORM.steps, 1), 3.0)])
    assert accuracy(moved, ASKED["bar"]) == pytest.approx(usual)


def test_the_beat_is_read_only_from_a_clock_that_is_alike_in_all_bars():
    beats = np.eye(4)[IN_BAR // 2] + 0.05 * noise(4)
    assert accuracy(beats, ASKED["beat"]) == 1.0
    generator = np.random.default_rng(2)
    every_bar_its_own = generator.normal(size=(12, 4, 4))[BAR, IN_BAR // 2]
    assert accuracy(every_bar_its_own, ASKED["beat"]) < 0.5


def test_the_chord_alone_does_not_tell_bars_apart():
    for one, other in PAIRS:
        assert accuracy(CHORDS_HEARD, ASKED[f"bar {one} or {other}"]) == 0.5
    assert accuracy(CHORDS_HEARD, ASKED["chord"]) == 1.0
    different = len(set(FORM.bars))
    assert accuracy(CHORDS_HEARD, ASKED["bar"]) <= different / len(FORM.bars)


def test_shuffling_keeps_what_every_fold_holds():
    question = ASKED["bar"]
    shuffled = question.shuffled(np.random.default_rng(0))
    assert not np.array_equal(shuffled.labels, question.labels)
    for fold in set(question.folds):
        inside = question.folds == fold
        assert Counter(shuffled.labels[inside]) == Counter(question.labels[inside])


@pytest.mark.parametrize("name", ASKED)
def test_the_control_is_at_chance_for_what_is_read_without_fault(name):
    question = ASKED[name]
    classes = question.labels.max() + 1
    values = 0.05 * noise(classes)
    values[question.steps] += np.eye(classes)[question.labels]
    assert accuracy(values, question) == 1.0
    found = control(values, question, shuffles=60)
    assert found.shape == (60,)
    assert abs(found.mean() - question.chance) < 0.06
    assert found.max() < 1.0
    assert np.array_equal(found, control(values, question, shuffles=60))
    assert not np.array_equal(found, control(values, question, shuffles=60, seed=1))


@pytest.mark.parametrize("values", [np.zeros(96), np.zeros((95, 3))])
def test_values_of_another_shape_are_refused(values):
    with pytest.raises(BluesError, match="are not \\(steps of a chorus, features\\)"):
        accuracy(values, ASKED["bar"])


def test_one_fold_is_too_few():
    with pytest.raises(BluesError, match="two folds or more"):
        accuracy(np.zeros((4, 1)), Question(np.arange(4), np.arange(4), np.zeros(4)))


# --- Over many seeds ------------------------------------------------------------------------------


def test_a_recorded_seed_comes_out_the_same():
    """To the last digit, whatever the processor: classes that tie are not told by rounding."""
    assert json.loads(json.dumps(probe_seed(16))) == PROBES.load(RECORDED)[16]


def test_what_is_recorded_bears_the_book_out():
    results = PROBES.load(RECORDED)
    assert [result["seed"] for result in results] == list(range(20))
    found = summary(results)
    assert (found["seeds"], found["learned"]) == (20, 20)
    for name, row in found["probes"].items():
        mean, low, high = row["control"]
        assert abs(mean - row["chance"]) < 0.02 and low < row["chance"] < high
        if name != "beat":
            assert row["cells"][0] > high or name == "turnaround"
    bar = found["probes"]["bar"]
    assert bar["cells and chord"][0] > 0.9 > 0.8 > bar["untrained and chord"][2]
    for pair in found["exchanges"].values():
        assert pair["all"] == [20, 0, 0]
        assert pair["keepers"][0] / 20 > 1.5 * pair["chance"]


def result(seed, cells="other", learned=True):
    """A result as ``probe_seed`` gives it, of two cells and blocks that do ``cells``."""
    if not learned:
        return {"seed": seed, "learned": False, "steps": 9}
    row = {"chance": 0.5, "blocks": [0.4, 0.6, 0.5, 0.5], "control": [0.4, 0.6]}
    entry = {
        "bar": 2,
        "other": 5,
        "speaking": [0.1, 0.7, 0.2] + [0.0] * 5,
        "keeping": [3.0, 1.0, 2.0] + [0.0] * 5,
        "cells": [["own", 0], [cells, 1]] + [["neither", 0]] * 6,
        "blocks": [[cells, 1], ["own", 0], ["own", 0], ["own", 0]],
        "cells_late": [["other", 2], ["neither", 0]] + [["other", 1]] * 6,
        "blocks_late": [["neither", 0]] * 4,
        "all": ["other", 96],
        "keepers": [0, 2],
        "as_kept": [cells, 1],
        "chance": 0.25,
        "smallest_cells": [[1]] if cells == "other" else [[0, 1], [0, 2]],
        "smallest_blocks": [[0]],
    }
    blocks = {
        "half_life": [1.0, 2.0, 3.0, 4.0],
        "longest_memory": [10, 20, 30, 40],
        "clock_of": [[2, 5], [], [], [6]],
        "ramp": [0.9] * 4,
        "turnaround_rank": [1, 2, 3, 1],
        "silenced": [[8, 0.1], [8, 0.2], [8, 0.3], [8, 0.25]],
        "cleared_by": [["G7"], ["G7", "A7"], [], []],
    }
    return {
        "seed": seed,
        "learned": True,
        "steps": 9,
        "probes": {"bar": row | dict.fromkeys(SOURCES, seed / 10)},
        "blocks": blocks,
        "exchanges": [entry],
    }


def test_the_summary_counts_and_takes_quartiles():
    found = summary([result(0), result(1), result(2, "neither"), result(3, learned=False)])
    assert (found["seeds"], found["learned"]) == (4, 3)
    row = found["probes"]["bar"]
    assert (row["cells"], row["best_block"]) == ([0.05, 0.1, 0.15], [0.6, 0.6, 0.6])
    assert row["control"] == [0.5, 0.4, 0.6]
    assert found["exchanges"] == {
        "2 as 5": {
            "speaking": [2, 0, 1],
            "keeping": [0, 3, 0],
            "other_cells": [0, 3, 18],
            "speaking_block": [2, 0, 1],
            "other_blocks": [0, 9, 0],
            "speaking_late": [0, 0, 3],
            "other_cells_late": [21, 0, 0],
            "keepers": [2, 0, 1],
            "all": [3, 0, 0],
            "chance": 0.25,
            "fewest_cells": [2, 1, 0, 0, 0, 0, 0, 0],
            "fewest_blocks": [3, 0, 0, 0],
        }
    }
    assert found["blocks"] == {
        "longest_half_life": [4.0, 4.0, 4.0],
        "shortest_half_life": [1.0, 1.0, 1.0],
        "longest_memory": [40.0, 40.0, 40.0],
        "silenced": [0.3, 0.3, 0.3],
        "bars_counted": {"2": 3, "5": 3, "6": 3},
        "one_clock_for_both": {"2 and 5": [3, 3]},
        "clocks": [0, 0, 3, 0, 0],
        "turnaround": [0, 0, 3, 0, 0],
        "cleared_by": {"A7": 3, "G7": 3},
    }
    assert summary([result(3, learned=False)]) == {"seeds": 1, "learned": 0}


def test_a_part_is_a_seed(tmp_path):
    path, computed = tmp_path / "probes.jsonl", []

    def probe(seed):
        computed.append(seed)
        return result(seed, learned=seed > 0)

    study = replace(PROBES, work=probe)
    study.run([(0,), (1,)], path, jobs=1)
    found = study.run([(2,), (0,), (1,)], path, jobs=1)
    assert computed == [0, 1, 2]
    assert [each["seed"] for each in found] == [2, 0, 1]


def test_a_network_that_has_not_learned_is_not_probed(monkeypatch):
    short = tables.Settings(most_steps=1000)
    monkeypatch.setattr(tables, "Settings", lambda: short)
    found = probe_seed(0)
    assert found.keys() == {"seed", "learned", "steps"} and found["learned"] is False


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[1]\n", "holds something else than the results of probes"),
        ("{}\n", "holds something else than the results of probes"),
        ('{"seed": 0, "learned": true}\n', "holds something else than the results of probes"),
        ("not JSON\n", "holds something else than the results of probes"),
        ("", "holds no results of probes"),
    ],
)
def test_foreign_files_are_refused(content, message, tmp_path):
    path = tmp_path / "foreign.jsonl"
    path.write_text(PROBES.first_line + "\n" + content)
    with pytest.raises(BluesError, match=message):
        PROBES.load(path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "--seeds"),
        ("--seeds 3", "'3' is no range"),
        ("--seeds 0:2 --jobs 0", "'0' will not do; give a whole number from 1 up"),
        ("--seeds 0:2 --out {0}/no/probes.jsonl", "cannot write"),
        ("--seeds 0:2 --out {0}/foreign.jsonl", "holds something else"),
    ],
)
def test_bad_input_is_one_line(arguments, message, tmp_path, capsys):
    (tmp_path / "foreign.jsonl").write_text("[]\n")
    assert main(["probe", *arguments.format(tmp_path).split()]) == 2
    out, complaint = capsys.readouterr()
    assert (out, complaint.count("\n")) == ("", 1)
    assert message in complaint


def test_the_command_prints_one_object(monkeypatch, capsys):
    def probe(seed):
        time.sleep(0.15)  # longer than the progress bar waits between updates
        return result(seed)

    monkeypatch.setattr(tables, "PROBES", replace(PROBES, work=probe))
    assert main(["probe", "--seeds", "0:2", "--jobs", "1"]) == 0
    out, progress = capsys.readouterr()
    assert json.loads(out) == summary([result(0), result(1)])
    assert "probing" in progress
