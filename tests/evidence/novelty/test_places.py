import json

import pytest
from changed_pieces import FAR, TAUGHT, with_melody

from lstmblues.commands.cli import main
from lstmblues.composing.place import KINDS
from lstmblues.errors import BluesError
from lstmblues.evidence.novelty import places as module
from lstmblues.evidence.novelty.places import (
    NETWORKS,
    PLACES,
    Passages,
    count_passages,
    share,
)
from lstmblues.evidence.novelty.survey import BESIDE
from lstmblues.music.form import load_form
from lstmblues.music.melody import load_melodies
from lstmblues.training.trained import trained


@pytest.fixture
def one_piece(monkeypatch):
    monkeypatch.setattr(module, "DRAWS", 1)
    monkeypatch.setattr(module, "CHORUSES_OF_A_RECORDING", 3)


def test_networks_and_chance_are_counted(monkeypatch, one_piece, tmp_path, capsys):
    early, finished = trained("blues-early"), trained("blues")
    stages = [(500_000, False, early), (700_000, True, finished)]
    monkeypatch.setattr(module, "stages_of_training", lambda melodies, seed: stages)
    path = tmp_path / "places.jsonl"
    (result,) = PLACES.run([(2,)], path, 1)
    assert PLACES.load(path) == [result]
    assert list(result["sources"]) == [*NETWORKS, *BESIDE]
    for kinds in result["sources"].values():
        assert kinds["recited"]["bars"] + kinds["novel"]["bars"] == 36
        assert kinds["passages"]["pieces"] == 1
    # What was taught is one close passage from end to end.
    taught = {"pieces": 1, "mixed": 0, "freer": 0, "returning": 0}
    assert result["sources"]["training set"]["passages"] == taught
    assert share([result], "training set", "recited", "bars_in_place", "bars") == [1.0]
    assert share([result], "training set", "novel", "on_chord", "notes") == []
    assert share([result], "network", "recited", "bars_in_place", "bars")[0] > 0.9
    twice = [result, result | {"seed": 3}]
    path.write_text("\n".join([PLACES.first_line, *map(json.dumps, twice), ""]))
    command = ["survey", "--places", "--seeds", "2:4", "--jobs", "1", "--out", str(path)]
    assert main(command) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["seeds"], printed["learned"]) == (2, 2)
    assert list(printed["sources"]) == list(result["sources"])
    counts, summed = (each["sources"]["network"] for each in (result, printed))
    for kind in KINDS:
        assert summed[kind]["notes"] == 2 * counts[kind]["notes"]


def test_passages_are_counted_by_hand():
    melodies = load_melodies(load_form())
    leaving = with_melody(TAUGHT, 5, FAR * 4)  # a freer passage, and a close one after it
    away = with_melody(TAUGHT, 0, FAR * 36)
    assert count_passages([TAUGHT], melodies) == Passages(1, 0, 0, 0)
    assert count_passages([away], melodies) == Passages(1, 0, 1, 0)
    assert count_passages([leaving], melodies) == Passages(1, 1, 1, 1)
    assert count_passages([leaving, away, TAUGHT], melodies) == Passages(3, 1, 2, 1)


def test_a_network_that_has_not_learned_plays_nothing(monkeypatch, one_piece):
    monkeypatch.setattr(module, "stages_of_training", lambda melodies, seed: [])
    (result,) = PLACES.run([(0,)], None, 1)
    assert not result["learned"] and list(result["sources"]) == list(BESIDE)
    assert share([result], "network", "novel", "on_chord", "notes") == []


def test_a_file_of_something_else_is_refused(tmp_path):
    path = tmp_path / "other.jsonl"
    path.write_text(PLACES.first_line + '\n{"seed": 1, "learned": true, "pieces": []}\n')
    with pytest.raises(BluesError, match="something else than the results of a study of places"):
        PLACES.load(path)
