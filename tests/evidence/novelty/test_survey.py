import pytest

from lstmblues.composing.judge import right_steps
from lstmblues.errors import BluesError
from lstmblues.evidence.novelty import survey as module
from lstmblues.evidence.novelty import torch_composer as todays_composer
from lstmblues.evidence.novelty.survey import (
    BESIDE,
    SURVEY,
    TODAY,
    by_seed,
    summary,
)
from lstmblues.music.form import load_form
from lstmblues.music.melody import load_melodies
from lstmblues.training.trained import trained

MELODIES = load_melodies(load_form())


def piece(kind, value, finished=False, steps=None, temperature=None):
    return {
        "kind": kind,
        "melody_steps": steps,
        "finished": finished,
        "temperature": temperature,
        "measure": value,
    }


@pytest.mark.parametrize("kind", BESIDE)
def test_every_seed_makes_another_piece_over_the_right_chords(kind):
    one, again, other = (BESIDE[kind](MELODIES, 3, seed) for seed in (1, 1, 2))
    assert one == again != other
    assert one.choruses == 3
    assert right_steps(one).all()


def test_means_by_seed_and_what_is_not_there():
    results = [
        {"pieces": [piece("a", 1.0), piece("a", 3.0), piece("b", None)]},
        {"pieces": [piece("a", None), piece("a", 5.0)]},
        {"pieces": []},
    ]
    assert by_seed(results, "measure", lambda p: p["kind"] == "a").tolist() == [2.0, 5.0]
    assert by_seed(results, "measure", lambda p: p["kind"] == "b").tolist() == []


def test_finished_networks_are_one_source_whenever_that_was():
    results = [
        {"pieces": [piece("network", 1.0, False, 500, 1.0), piece("network", 2.0, True, 777, 1.0)]},
        {"pieces": [piece("network", 3.0, False, 500, 1.0), piece("network", 6.0, True, 888, 1.0)]},
    ]
    early, finished = summary(results, ["measure"])
    assert (early["melody_steps"], early["finished"], early["measure"][0]) == (500, False, 2.0)
    assert (finished["melody_steps"], finished["finished"], finished["measure"][0]) == (
        None,
        True,
        4.0,
    )
    assert early["seeds"] == finished["seeds"] == 2


def test_a_survey_measures_networks_and_what_stands_beside_them(monkeypatch, tmp_path):
    network = trained("blues")
    stages = [(500_000, False, network), (700_000, True, network)]
    monkeypatch.setattr(module, "stages_of_training", lambda melodies, seed: stages)
    monkeypatch.setattr(module, "TEMPERATURES", (2.0,))
    monkeypatch.setattr(module, "DRAWS", 1)
    monkeypatch.setattr(todays_composer, "RATES", (0.01,))
    monkeypatch.setattr(todays_composer, "WINDOW", 1)  # learned after two changes, or a few
    path = tmp_path / "survey.jsonl"
    (result,) = SURVEY.run([(3,)], path, 1)
    assert result["seed"] == 3
    assert SURVEY.load(path) == [result]
    assert [(p["kind"], p["melody_steps"], p["temperature"]) for p in result["pieces"]] == [
        ("network", 500_000, 1.0),
        ("network", 700_000, 1.0),
        ("network", 700_000, 2.0),
        *((kind, None, None) for kind in (*TODAY, *BESIDE)),
    ]
    by_kind = {p["kind"]: p for p in result["pieces"]}
    assert by_kind["training set"]["novel_bars"] == 0
    assert by_kind["training set"]["trained_choruses"] == 14
    assert by_kind["unseen choruses"]["unseen_choruses"] == 14
    assert by_kind["random notes"]["scale_notes"] == 1
    assert result["bits"]["trained"] == pytest.approx(12, abs=0.5)


def test_a_network_that_has_not_learned_plays_nothing(monkeypatch):
    monkeypatch.setattr(module, "stages_of_training", lambda melodies, seed: [])
    monkeypatch.setattr(module, "DRAWS", 1)
    monkeypatch.setattr(module, "TODAY", {})
    (result,) = SURVEY.run([(0,)], None, 1)
    assert not result["learned"]
    assert {p["kind"] for p in result["pieces"]} == set(BESIDE)


def test_a_file_of_something_else_is_refused(tmp_path):
    path = tmp_path / "other.jsonl"
    with pytest.raises(BluesError, match="holds no results of a survey"):
        SURVEY.load(path)
    path.write_text(SURVEY.first_line + '\n{"pieces": [{"kind": "network"}]}\n')
    with pytest.raises(BluesError, match="something else than the results of a survey"):
        SURVEY.load(path)
