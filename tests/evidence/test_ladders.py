import json

import numpy as np
import pytest

from lstmblues.commands.cli import main
from lstmblues.errors import BluesError
from lstmblues.evidence import ladders as module
from lstmblues.evidence.blocks_in_turn import begins, rises_without_blocks
from lstmblues.evidence.ladders import IC, LADDER_STUDY, LADDERS, TR, begin_steps, order
from lstmblues.music.form import load_form
from lstmblues.training.settings import Settings

OURS, PRINTED = "IC's, forget gates positive (ours)", "IC's as printed"


def test_ladders_are_those_of_the_papers_and_the_book():
    assert LADDERS[OURS].settings() == Settings()
    printed = LADDERS[PRINTED].settings()
    assert printed.input_gate_biases == printed.forget_gate_biases == IC
    assert printed.output_gate_biases == (-0.1, -0.3, -0.5, -0.7)
    steep = LADDERS["TR's, forget gates positive"].settings()
    assert steep.input_gate_biases == TR == (-0.5, -1.0, -1.5, -2.0)
    assert steep.forget_gate_biases == (0.5, 1.0, 1.5, 2.0)
    upside_down = LADDERS["IC's as printed, from block 4 to 1"]
    assert upside_down.gates == upside_down.forget_gates == tuple(reversed(IC))


def test_a_seed_is_watched_with_every_ladder(monkeypatch, tmp_path):
    moments = np.array([2_000, 60_000])
    monkeypatch.setattr(module, "MOMENTS", moments)
    path = tmp_path / "ladders.jsonl"
    (result,) = LADDER_STUDY.run([(20,)], path, 1)
    assert LADDER_STUDY.load(path) == [result]
    assert list(result["begins"]) == list(LADDERS)
    rises = rises_without_blocks(load_form(), 20, Settings(), moments)
    expected = begins(rises, moments, module.MATTERS)
    assert begin_steps([result], OURS).tolist() == [expected.tolist()]


def results_with(**begun):
    """Results of two seeds, in which the blocks begin with every ladder as ``begun`` says."""
    return [
        {"seed": seed, "begins": dict.fromkeys(LADDERS, begun[f"seed_{seed}"])} for seed in (0, 1)
    ]


def test_the_order_is_a_mean_over_seeds(tmp_path, capsys):
    results = results_with(seed_0=[10, 20, 30, None], seed_1=[10, 20, 30, 30])
    steps = begin_steps(results, PRINTED)
    assert steps.tolist() == [[10, 20, 30, np.inf], [10, 20, 30, 30]]
    mean, low, high = order(results)[PRINTED]
    assert mean == pytest.approx((1 + 5 / 6) / 2) and 5 / 6 <= low < mean < high <= 1
    path = tmp_path / "ladders.jsonl"
    path.write_text("\n".join([LADDER_STUDY.first_line, *map(json.dumps, results), ""]))
    assert main(["probe", "--ladders", "--seeds", "0:2", "--out", str(path)]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["seeds"] == 2 and printed["in_turn"][PRINTED][0] == pytest.approx(mean)


def test_a_file_of_something_else_is_refused(tmp_path):
    path = tmp_path / "other.jsonl"
    path.write_text(LADDER_STUDY.first_line + '\n{"seed": 1, "begins": {"no ladder": "soon"}}\n')
    with pytest.raises(BluesError, match="something else than the results of a study of ladders"):
        LADDER_STUDY.load(path)
