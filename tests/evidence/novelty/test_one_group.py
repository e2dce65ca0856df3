import json

import numpy as np
import pytest

from lstmblues.commands.cli import main
from lstmblues.errors import BluesError
from lstmblues.evidence.novelty import one_group as module
from lstmblues.evidence.novelty.one_group import GROUPS, KEPT, ONE_GROUP, TOPOLOGIES, learn
from lstmblues.music.encoding import CHORD_UNITS, MELODY_UNITS, encode_choruses
from lstmblues.music.form import load_form
from lstmblues.music.melody import load_melodies
from lstmblues.network.topology import BLUES

MELODIES = load_melodies(load_form())


@pytest.mark.parametrize("topology", TOPOLOGIES.values(), ids=TOPOLOGIES)
def test_only_in_one_group_do_chords_depend_on_the_melody(topology):
    network = learn(topology, MELODIES, 1, passes=((5e-4, 2), (1e-4, 1)))
    one, other = encode_choruses(MELODIES, np.array([0, 4095]))
    heard = [network.run(chorus)[:, CHORD_UNITS] for chorus in (one, other)]
    assert (one[:, CHORD_UNITS] == other[:, CHORD_UNITS]).all()
    assert (one[:, MELODY_UNITS] != other[:, MELODY_UNITS]).any()
    assert np.array_equal(*heard) == (topology is BLUES)


def test_both_topologies_have_the_same_blocks_and_units():
    for count in ("blocks", "cells", "units"):
        assert getattr(ONE_GROUP, count) == getattr(BLUES, count)


def test_learning_is_by_the_rates_one_after_the_other():
    start, stopped, going_on = (
        learn(BLUES, MELODIES, 3, passes=passes).weights["chords"]["output"]
        for passes in (((5e-4, 2),), ((5e-4, 2), (0.0, 6)), ((5e-4, 2), (5e-4, 6)))
    )
    # At a rate of zero only what is left of the momentum moves the weights.
    assert np.abs(stopped - start).max() < np.abs(going_on - start).max() / 10


def test_pieces_of_both_are_judged_and_kept(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(module, "PASSES", ((5e-4, 1),))
    monkeypatch.setattr(module, "DRAWS", 1)
    path = tmp_path / "groups.jsonl"
    assert main(["survey", "--groups", "--seeds", "1:2", "--jobs", "1", "--out", str(path)]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["seeds"] == 1
    assert [entry["pieces"] for entry in printed["kept"]] == [1] * 4
    (result,) = GROUPS.load(path)
    assert [(p["topology"], p["temperature"]) for p in result["pieces"]] == [
        (topology, temperature) for topology in TOPOLOGIES for temperature in (1.0, 0.1)
    ]
    assert all(set(KEPT) < set(piece) for piece in result["pieces"])


def test_a_file_of_something_else_is_refused(tmp_path):
    path = tmp_path / "other.jsonl"
    path.write_text(GROUPS.first_line + '\n{"seed": 1, "pieces": [{"kind": "network"}]}\n')
    with pytest.raises(BluesError, match="something else than the results of a study of groups"):
        GROUPS.load(path)
