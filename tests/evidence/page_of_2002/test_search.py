import json
from dataclasses import replace

import pytest

from lstmblues.book.compositions import chosen
from lstmblues.commands.cli import main
from lstmblues.errors import BluesError
from lstmblues.evidence.page_of_2002 import search as module
from lstmblues.evidence.page_of_2002.criteria import Traits
from lstmblues.evidence.page_of_2002.search import SEARCH, Candidate, candidates_of, pick, tally
from lstmblues.files import RESULTS
from lstmblues.training import experiments
from lstmblues.training.trained import trained

RECORDED = RESULTS / "compositions.jsonl"

PLAIN = Traits(0, 0.0, None, 0.2, 0.3, 0, 0, 0, 0)
SETTLES = replace(PLAIN, settled_step=90, wrong_before=0.9, known_distance_before=0.5)
DRIFTS = replace(PLAIN, opening_bars=8, returns=3)
REPEATS = replace(PLAIN, motif_steps=16, motif_times=2)


def candidates(*each: tuple[int | None, int, Traits]) -> list[Candidate]:
    """Candidates of network 5: stage in melody steps (None: finished), first bar, traits."""
    return [
        Candidate(5, stage or 900, stage is None, first_bar, 1, number, traits)
        for number, (stage, first_bar, traits) in enumerate(each)
    ]


FOUND = candidates(
    (100, 9, SETTLES),
    (100, 1, DRIFTS),
    (200, 9, SETTLES),
    (200, 9, replace(SETTLES, known_distance_before=0.6)),
    (200, 1, DRIFTS),
    (200, 1, replace(DRIFTS, returns=5)),
    (200, 1, REPEATS),
    (200, 1, replace(REPEATS, motif_steps=30)),
    (300, 9, SETTLES),
    (300, 1, DRIFTS),
    (300, 1, REPEATS),
    (None, 1, replace(PLAIN, distance=0.25)),
    (None, 1, replace(PLAIN, distance=0.0)),
    (None, 1, replace(PLAIN, distance=0.1)),
    (None, 1, replace(PLAIN, distance=0.05)),
    (None, 1, replace(PLAIN, distance=0.4)),
)


def test_the_best_of_the_richest_stage_are_picked():
    assert {number: each.seed for number, each in pick(FOUND, 5).items()} == {
        1: 3,
        2: 5,
        3: 7,
        4: 13,
    }


def test_of_equals_the_first_is_picked():
    doubled = [*FOUND, *(replace(each, seed=each.seed + 100) for each in FOUND[:11])]
    assert [each.seed for each in list(pick(doubled, 5).values())[:3]] == [3, 5, 7]


@pytest.mark.parametrize(
    ("left", "message"),
    [(FOUND[:6], "plays compositions 1 to 3 at no single stage"), (FOUND[:11], "in no piece")],
)
def test_what_is_not_to_be_found_is_told(left, message):
    with pytest.raises(BluesError, match=message):
        pick(left, 5)
    with pytest.raises(BluesError, match="network 6 plays"):
        pick(FOUND, 6)


def test_a_tally_counts_stage_by_stage():
    stages = tally(FOUND)
    assert [each["melody_steps"] for each in stages] == [100, 200, 300, None]
    assert stages[1] == {
        "melody_steps": 200,
        "networks": 1,
        "from_bar_1": 4,
        "from_others": 2,
        "1": 2,
        "2": 2,
        "3": 2,
        "distance": 0.3,
    }
    assert stages[3]["distance"] == 0.1


def test_a_search_comes_out_as_recorded(monkeypatch, tmp_path):
    """With stages further apart, and one piece from each start; every one of them recorded."""
    monkeypatch.setattr(experiments, "STAGE_STEPS", 2_000_000)
    path = tmp_path / "found.jsonl"
    found = candidates_of(SEARCH.run([(2, 1)], path, jobs=1))
    assert len(found) == 3 * 3  # two stages and the finished network, from three starts
    assert set(found) <= set(candidates_of(SEARCH.load(RECORDED)))
    assert candidates_of(SEARCH.load(path)) == found
    recorded = RECORDED.read_text().splitlines()[3]
    first = json.loads(path.read_text().splitlines()[1])["candidates"][0]
    assert json.dumps(first) in recorded  # to the letter


def test_the_books_compositions_are_those_that_the_search_picks():
    picked = pick(candidates_of(SEARCH.load(RECORDED)), trained("blues").header["seed"])
    assert chosen().keys() == picked.keys()
    for number, how in chosen().items():
        candidate = picked[number]
        assert how.network == ("blues" if candidate.finished else "blues-early")
        for name in ("melody_steps", "first_bar", "primer_notes", "seed"):
            assert getattr(how, name) == getattr(candidate, name)


def test_a_network_without_chords_has_no_candidates(monkeypatch):
    monkeypatch.setattr(module, "stages_of_training", lambda melodies, seed: [])
    (result,) = SEARCH.run([(15, 1)], jobs=1)
    assert candidates_of([result]) == []


def test_a_part_is_a_network_and_how_often_it_plays(tmp_path):
    path, computed = tmp_path / "found.jsonl", []

    def run(network_seed, draws):
        computed.append((network_seed, draws))
        return {"network_seed": network_seed, "draws": draws, "candidates": []}

    study = replace(SEARCH, work=run)
    study.run([(0, 10), (1, 10)], path, jobs=1)
    study.run([(1, 20), (0, 10), (2, 10)], path, jobs=1)
    assert computed == [(0, 10), (1, 10), (1, 20), (2, 10)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[1]\n", "holds something else than the results of a search"),
        ("{}\n", "holds something else than the results of a search"),
        ("not JSON\n", "holds something else than the results of a search"),
        ('{"network_seed": 1, "draws": 1, "candidates": [{}]}\n', "holds something else"),
        ("", "holds no results of a search"),
    ],
)
def test_foreign_files_are_refused(content, message, tmp_path):
    path = tmp_path / "foreign.jsonl"
    path.write_text(SEARCH.first_line + "\n" + content)
    with pytest.raises(BluesError, match=message):
        SEARCH.load(path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "--seeds"),
        ("--seeds 3", "'3' is no range"),
        ("--seeds 0:2 --draws 0", "'0' will not do; give a whole number from 1 up"),
        ("--seeds 0:2 --jobs none", "'none' will not do"),
        ("--seeds 0:2 --out {0}/no/found.jsonl", "cannot write"),
        ("--seeds 0:2 --out {0}/foreign.jsonl", "holds something else"),
    ],
)
def test_bad_input_is_one_line(arguments, message, tmp_path, capsys):
    (tmp_path / "foreign.jsonl").write_text("[]\n")
    assert main(["search", *arguments.format(tmp_path).split()]) == 2
    out, complaint = capsys.readouterr()
    assert (out, complaint.count("\n")) == ("", 1)
    assert message in complaint


def test_the_command_prints_the_tally(monkeypatch, capsys):
    monkeypatch.setattr(module, "candidates_of", lambda results: FOUND)
    monkeypatch.setattr(module, "stages_of_training", lambda melodies, seed: [])
    assert main(["search", "--seeds", "5:6", "--jobs", "1"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "candidates": len(FOUND),
        "stages": tally(FOUND),
    }


def test_the_books_network_is_the_first_of_two_that_play_all_four():
    found = candidates_of(SEARCH.load(RECORDED))

    def plays_all_four(seed):
        try:
            return len(pick(found, seed)) == 4
        except BluesError:
            return False

    able = [seed for seed in range(10) if plays_all_four(seed)]
    assert able == [2, 4] and trained("blues").header["seed"] == able[0]
