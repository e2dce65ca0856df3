import json
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from distributed import Client, LocalCluster

from lstmblues.commands.cli import main
from lstmblues.errors import BluesError
from lstmblues.evidence.plans import load_variations
from lstmblues.evidence.sweep import SWEEP, run, summary, sweep
from lstmblues.files import PLANS, RESULTS
from lstmblues.music.form import load_form
from lstmblues.training.experiments import learn_chords
from lstmblues.training.settings import Settings

SHORT = replace(Settings(), most_steps=20_000)  # too few to learn, enough to differ
RUNS = [(seed, SHORT) for seed in range(5)]


def facts(results):
    """Results without how long they took, which is never the same."""
    return [{**result, "seconds": None} for result in results]


def lines(path):
    """The results in a file: all of its lines but the first."""
    return [json.loads(line) for line in path.read_text().splitlines()[1:]]


@pytest.fixture(scope="module")
def one_run(tmp_path_factory):
    """The file of a sweep over five seeds that nothing interrupted."""
    path = tmp_path_factory.mktemp("sweep") / "chords.jsonl"
    sweep("chords", RUNS, path, jobs=1)
    return path


def test_a_sweep_is_the_same_as_its_runs_one_by_one(one_run):
    result = learn_chords(load_form(), 3, SHORT)
    found = lines(one_run)[3]
    assert (found["seed"], found["learned"], found["steps"]) == (3, False, result.steps)
    assert found["settings"]["most_steps"] == 20_000
    assert facts(sweep("chords", RUNS, jobs=2)) == facts(lines(one_run))


def test_seeds_differ(one_run):
    assert len({result["steps"] for result in lines(one_run)}) > 1


def test_a_cluster_of_two_processes_gives_the_same(one_run):
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        address = cluster.scheduler_address
        found = sweep("chords", RUNS, backend="dask", scheduler=address)
        with Client(address) as client:
            assert len({worker["pid"] for worker in client.run(process).values()}) == 2
    assert facts(found) == facts(lines(one_run))


def process():
    import os

    return {"pid": os.getpid()}


@pytest.mark.parametrize("kept", [0, 1, 2.5, 5])
def test_an_interrupted_sweep_goes_on_where_it_stopped(kept, one_run, tmp_path):
    whole = one_run.read_bytes().splitlines(keepends=True)
    path = tmp_path / "chords.jsonl"
    path.write_bytes(b"".join(whole[: 1 + int(kept)]) + (whole[3][:40] if kept % 1 else b""))
    told = []
    sweep("chords", RUNS, path, jobs=1, watch=told.append)
    assert facts(lines(path)) == facts(lines(one_run)) == facts(told)
    assert path.read_bytes().startswith(b"".join(whole[: 1 + int(kept)]))  # not computed again


def test_a_killed_sweep_goes_on_where_it_stopped(one_run, tmp_path):
    path = tmp_path / "chords.jsonl"
    command = [sys.executable, "-m", "lstmblues", "sweep", "chords", "--seeds", "0:5"]
    command += ["--jobs", "1", "--set", "most_steps=20000", "--out", str(path)]
    killed = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not (path.exists() and path.read_bytes().count(b"\n") > 1):
        assert killed.poll() is None
        time.sleep(0.002)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert json.loads(done.stdout)["seeds"] == 5
    assert "sweeping chords" in done.stderr
    assert facts(lines(path)) == facts(lines(one_run))


def test_other_settings_are_other_runs(one_run, tmp_path):
    path = tmp_path / "chords.jsonl"
    path.write_bytes(one_run.read_bytes())
    slower = replace(SHORT, learning_rate=1e-5)
    (result,) = sweep("chords", [(0, slower)], path, jobs=1)
    assert result["settings"]["learning_rate"] == 1e-5
    assert len(lines(path)) == 6


def test_a_variant_of_the_form_is_another_run(one_run, tmp_path):
    path = tmp_path / "chords.jsonl"
    path.write_bytes(one_run.read_bytes())
    (printed,) = sweep("chords", RUNS[:1], path, jobs=1, variant="printed")
    assert printed["variant"] == "printed"
    assert printed["steps"] == learn_chords(load_form("printed"), 0, SHORT).steps
    again = sweep("chords", RUNS[:1], path, jobs=1)
    assert "variant" not in again[0] and len(lines(path)) == 6


def test_the_summary_counts_and_takes_medians():
    runs = [(True, 10, 1.0, 14, 12.5), (True, 30, 3.0, 13, 13.0), (False, 99, 9.0, 0, 20.0)]
    names = ("learned", "steps", "seconds", "choruses_right", "melody_bits")
    results = [dict(zip(names, values, strict=True)) for values in runs]
    for result in results:
        result["melody_bits_trained"] = result["melody_bits"] - 1
    chords = {"what": "chords", "seeds": 3, "learned": 2, "steps": 20, "seconds": 2.0}
    chords |= {"steps_quartiles": [15, 25], "steps_slowest": 30}
    assert summary("chords", results) == chords
    bits = {"melody_bits": 13.0, "melody_bits_trained": 12.0}
    assert summary("blues", results) == {**chords, "what": "blues", "all_right": 1, **bits}
    none = summary("chords", results[2:])
    assert (none["steps"], none["steps_quartiles"], none["steps_slowest"]) == (None, None, None)


def test_a_run_of_experiment_2_is_judged_as_well():
    result = run("blues", 0, replace(Settings(), most_steps=3_000))
    assert result["learned"] is False
    assert 0 <= result["choruses_right"] < 14
    assert result["chords_steps"] is None
    assert result["melody_bits"] > 12 and result["melody_bits_trained"] > 12


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--seeds 5", "'5' is no range"),
        ("--seeds 5:5", "'5:5' is no range"),
        ("--seeds 0:100000000000", "too large a range of seeds; give 100000 seeds at most"),
        ("--seeds 0:2 --jobs 0", "'0' will not do"),
        ("--seeds 0:2 --set learning_rate", "write NAME=VALUE"),
        ("--seeds 0:2 --set speed=1", "there is no setting 'speed'"),
        ("--seeds 0:2 --set momentum=much", "setting momentum cannot be 'much'"),
        ("--seeds 0:2 --set standardised_inputs=2", "cannot be '2'"),
        ("--seeds 0:2 --set forget_gate_biases=1,2", "cannot be ['1', '2']: needed is a list"),
        ("--seeds 0:2 --variant waltz", "has no variant 'waltz'; it has printed"),
        ("--seeds 0:2 --out {0}/no/file.jsonl", "cannot write"),
        ("--seeds 0:2 --out {0}/foreign.jsonl", "holds something else"),
        ("--seeds 0:2 --scheduler tcp://127.0.0.1:1", "give --backend dask as well"),
        ("", "give --seeds"),
        ("--seeds 0:2 --plan {0}/foreign.jsonl", "give --seeds, and --set if you like, or else"),
        ("--plan {0}/foreign.jsonl", "is not a TOML file"),
        ("--plan {0}/none.toml", "cannot read"),
    ],
)
def test_bad_input_is_one_line(arguments, message, tmp_path, capsys):
    (tmp_path / "foreign.jsonl").write_text('{"a": 1}\n')
    assert main(["sweep", "chords", *arguments.format(tmp_path).split()]) == 2
    out, complaint = capsys.readouterr()
    assert out == ""
    assert complaint.count("\n") == 1
    assert message in complaint
    assert [file.name for file in tmp_path.iterdir()] == ["foreign.jsonl"]


def test_a_sweep_in_which_none_learned_says_so(capsys):
    arguments = "sweep chords --seeds 0:2 --jobs 1 --set most_steps=2000"
    assert main(arguments.split()) == 1
    out, complaint = capsys.readouterr()
    assert json.loads(out)["learned"] == 0
    assert complaint.splitlines()[-1] == "lstmblues: none of 2 runs learned"


@pytest.mark.parametrize(("what", "backend"), [("drums", "loky"), ("chords", "threads")])
def test_unknown_experiments_and_backends_are_refused(what, backend):
    with pytest.raises(BluesError, match="experiments are chords, blues, and backends loky, dask"):
        sweep(what, RUNS, backend=backend)


@pytest.mark.parametrize(("name", "seeds"), [("chord", 200), ("blues", 50), ("chord-printed", 200)])
def test_recorded_seeds_are_of_the_books_settings(name, seeds):
    recorded = SWEEP.load(RESULTS / f"{name}-seeds.jsonl")
    assert [result["seed"] for result in recorded] == list(range(seeds))
    own = Settings().as_json()
    assert all(result["settings"] == own for result in recorded)
    expected = "printed" if "printed" in name else None
    assert all(result.get("variant") == expected for result in recorded)


@pytest.mark.parametrize(
    "changes",
    [
        {"settings": {"speed": 1}},
        {"settings": []},
        {"settings": Settings().as_json() | {"momentum": 1}},
        {"seed": []},
        {"what": "blues"},
        {"what": "drums"},
        {"seed": -1},
        {"seed": True},
        {"steps": 1e6},
        {"seconds": float("nan")},
        {"seconds": float("inf")},
        {"learned": "yes"},
        {"variant": 3},
    ],
)
def test_what_is_no_result_of_a_sweep_is_not_loaded(tmp_path, one_run, changes):
    path = tmp_path / "other.jsonl"
    first = one_run.read_text().splitlines(keepends=True)[0]
    path.write_text(first + json.dumps(lines(one_run)[0] | changes) + "\n")
    with pytest.raises(BluesError, match="else than the results of a sweep, .* lstmblues sweep"):
        SWEEP.load(path)


def test_a_setting_that_a_result_does_not_name_is_the_books(tmp_path, one_run):
    row = lines(one_run)[0]
    del row["settings"]["chords_rest"]
    path = tmp_path / "older.jsonl"
    path.write_text(f"{SWEEP.first_line}\n{json.dumps(row)}\n")
    (part,) = map(SWEEP.part_of, SWEEP.load(path))
    assert part == SWEEP.part_of(lines(one_run)[0]) and part[2].chords_rest is True


def test_recorded_seeds_come_out_the_same_on_this_machine():
    recorded = SWEEP.load(RESULTS / "chord-seeds.jsonl")
    quick = sorted(recorded, key=lambda result: result["steps"])[:3]
    found = sweep("chords", [(result["seed"], Settings()) for result in quick], jobs=1)
    assert facts(found) == facts(quick)


CONTESTS = ("baseline-search", "baselines", "small-networks")
SWEEPS = [path.stem for path in sorted(PLANS.glob("*.toml")) if path.stem not in CONTESTS]


@pytest.mark.parametrize("name", SWEEPS)
def test_every_variation_of_a_plan_is_recorded(name):
    results = SWEEP.load(RESULTS / f"{name}.jsonl")
    variations = load_variations(PLANS / f"{name}.toml")
    assert sum(len(variation.seeds) for variation in variations) == len(results)
    for variation in variations:
        assert len(variation.among(results)) == len(variation.seeds) >= 20
