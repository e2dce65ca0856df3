import json

import numpy as np
import pytest

from lstmblues.commands.cli import main
from lstmblues.composing.chance_melodies import taught
from lstmblues.errors import BluesError
from lstmblues.evidence.novelty import groups as module
from lstmblues.evidence.novelty import torch_composer
from lstmblues.evidence.novelty.groups import (
    ARMS,
    GROUPS,
    KEPT,
    OF_2002,
    ONE_GROUP,
    FormTests,
    learn,
)
from lstmblues.music.encoding import CHORD_UNITS, MELODY_UNITS, encode_choruses
from lstmblues.music.form import load_form
from lstmblues.music.melody import load_melodies
from lstmblues.music.piece import Piece
from lstmblues.network.topology import BLUES

MELODIES = load_melodies(load_form())


@pytest.mark.parametrize("arm", OF_2002)
def test_only_in_one_group_do_chords_depend_on_the_melody(arm):
    network = learn(arm, MELODIES, 1, passes=((5e-4, 2), (1e-4, 1)))
    one, other = encode_choruses(MELODIES, np.array([0, 4095]))
    heard = [network.run(chorus)[:, CHORD_UNITS] for chorus in (one, other)]
    assert (one[:, CHORD_UNITS] == other[:, CHORD_UNITS]).all()
    assert (one[:, MELODY_UNITS] != other[:, MELODY_UNITS]).any()
    assert np.array_equal(*heard) == (network.topology is BLUES)


def test_both_topologies_have_the_same_blocks_and_units():
    for count in ("blocks", "cells", "units"):
        assert getattr(ONE_GROUP, count) == getattr(BLUES, count)


def test_learning_is_by_the_rates_one_after_the_other():
    start, stopped, going_on = (
        learn("two groups", MELODIES, 3, passes=passes).weights["chords"]["output"]
        for passes in (((5e-4, 2),), ((5e-4, 2), (0.0, 6)), ((5e-4, 2), (5e-4, 6)))
    )
    # At a rate of zero only what is left of the momentum moves the weights.
    assert np.abs(stopped - start).max() < np.abs(going_on - start).max() / 10


def test_tests_count_how_often_the_form_was_kept():
    tests = FormTests(MELODIES, 0)
    right = taught(MELODIES, 2, 0)
    wrong = Piece(right.form, right.chords[1:] + right.chords[:1], right.melody)
    assert tests.summary()["first"] is None
    for piece in (wrong, right, right, wrong, wrong, wrong, right, wrong):
        assert tests.ask(lambda seed, temperature, piece=piece: piece) == (piece is right)
    assert tests.summary() == {"tests": 8, "kept": 3, "first": 2, "late": 2, "kept_late": 1}


def test_chords_rest_once_a_test_has_found_them_right(monkeypatch):
    monkeypatch.setattr(module, "PASSES_A_TEST", 1)
    passes, tests = ((5e-4, 3),), [FormTests(MELODIES, 0) for _ in range(2)]
    monkeypatch.setattr(FormTests, "ask", lambda self, play: len(self.right) == 0)
    one, other = (
        learn(arm, MELODIES, 1, each, passes).weights
        for arm, each in zip(("two groups", "two groups, chords at rest"), tests, strict=True)
    )
    after_one = learn("two groups", MELODIES, 1, passes=((5e-4, 1),)).weights
    assert np.array_equal(other["chords"]["output"], after_one["chords"]["output"])
    assert not np.array_equal(one["chords"]["output"], after_one["chords"]["output"])
    assert not np.array_equal(other["melody"]["output"], after_one["melody"]["output"])


def test_pieces_of_all_arms_are_judged_and_kept(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(module, "PASSES", ((5e-4, 1),))
    monkeypatch.setattr(torch_composer, "RATES", ())
    monkeypatch.setattr(module, "DRAWS", 1)
    path = tmp_path / "groups.jsonl"
    assert main(["survey", "--groups", "--seeds", "1:2", "--jobs", "1", "--out", str(path)]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["seeds"] == 1
    assert [entry["networks"] for entry in printed["kept"]] == [1] * 2 * len(ARMS)
    (result,) = GROUPS.load(path)
    assert [(p["arm"], p["temperature"]) for p in result["pieces"]] == [
        (arm, temperature) for arm in ARMS for temperature in (1.0, 0.1)
    ]
    assert all(set(KEPT) < set(piece) for piece in result["pieces"])


def test_a_file_of_something_else_is_refused(tmp_path):
    path = tmp_path / "other.jsonl"
    path.write_text('{"seed": 1, "pieces": [{"kind": "network"}]}\n')
    with pytest.raises(BluesError, match="something else than the results of a study of groups"):
        GROUPS.load(path)
