"""Whatever comes in from outside is accepted, or refused in one sentence: nothing else happens."""

import io
import json
import tomllib
from unittest import mock

import mido
import numpy as np
import pytest
from fuzzing import LONG, PLAIN, TEXTS, VALUES, changed, fuzzed, spoilt, toml_file
from hypothesis import event, given
from hypothesis import strategies as st

from lstmblues.book import compositions
from lstmblues.commands import compose, record  # noqa: F401 - before they are patched
from lstmblues.commands.cli import main
from lstmblues.composing.measures import report
from lstmblues.errors import BluesError
from lstmblues.evidence.inside.tables import PROBES
from lstmblues.evidence.memory.contest import CONTEST, load_plan
from lstmblues.evidence.novelty.groups import GROUPS
from lstmblues.evidence.novelty.places import PLACES
from lstmblues.evidence.novelty.survey import SURVEY
from lstmblues.evidence.page_of_2002.search import SEARCH
from lstmblues.evidence.plans import load_variations, read_seeds
from lstmblues.evidence.sweep import SWEEP
from lstmblues.files import MUSIC, NETWORKS, PLANS, RESULTS
from lstmblues.music.form import load_form
from lstmblues.music.melody import load_melodies
from lstmblues.music.midi import to_midi
from lstmblues.music.read_midi import from_midi, nearest_piece
from lstmblues.network.weights import load
from lstmblues.training.settings import Settings, with_changes

FORM = load_form()
MELODIES = load_melodies(FORM)


def accepted(read, *arguments) -> bool:
    """Whether ``read`` accepts its arguments; it may refuse them in one sentence, and only so."""
    try:
        read(*arguments)
    except BluesError as refusal:
        event("refused")
        assert 0 < len(str(refusal)) < 50_000
        return False
    event("accepted")
    return True


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """One file for all examples."""
    return tmp_path_factory.mktemp("fuzz") / "file"


def table_of(path) -> dict:
    return tomllib.loads(path.read_text(encoding="utf-8"))


TABLES = {
    "form": (MUSIC / "bebop-blues.toml", lambda path: load_form("printed", path)),
    "melodies": (MUSIC / "eck-melodies.toml", lambda path: load_melodies(FORM, path)),
    "plan": (PLANS / "chord-settings.toml", load_variations),
    "contest": (PLANS / "baselines.toml", load_plan),
}


def crossed_plan() -> dict:
    return {
        "seeds": "0:2",
        "topic": [{"topic": "slow", "settings": {"learning_rate": 1e-5}, "seeds": "3:4"}],
        "label": [{"label": "much", "settings": {"momentum": 0.9}}],
    }


GOOD = {name: (table_of(file), read) for name, (file, read) in TABLES.items()}
GOOD["crossed plan"] = (crossed_plan(), load_variations)


@pytest.mark.parametrize("name", GOOD)
@fuzzed
@given(data=st.data())
def test_tables(name, data, path):
    good, read = GOOD[name]
    path.write_text(toml_file(data.draw(changed(good))), encoding="utf-8")
    accepted(read, path)


@pytest.mark.parametrize("name", TABLES)
@fuzzed
@given(data=st.data())
def test_spoilt_files_of_tables(name, data, path):
    file, read = TABLES[name]
    path.write_bytes(data.draw(spoilt(file.read_bytes())))
    accepted(read, path)


@fuzzed
@given(data=st.data())
def test_compositions(data, path):
    good = table_of(MUSIC / "compositions.toml")
    (path.parent / "compositions.toml").write_text(
        toml_file(data.draw(changed(good))), encoding="utf-8"
    )
    with mock.patch.object(compositions, "MUSIC", path.parent):
        accepted(compositions.chosen.__wrapped__)


@fuzzed
@given(st.dictionaries(st.sampled_from(list(Settings.__dataclass_fields__)) | TEXTS, VALUES))
def test_settings(changes):
    if accepted(with_changes, changes):
        settings = with_changes(changes)
        assert all(np.isfinite(value).all() for value in settings.as_json().values())


@fuzzed
@given(TEXTS | st.from_regex(r"[0-9]{0,12}:[0-9]{0,12}") | VALUES)
def test_seeds(text):
    if accepted(read_seeds, text):
        assert 1 <= len(read_seeds(text)) <= 100_000


STUDIES = {
    "chord-seeds": SWEEP,
    "blues-seeds": SWEEP,
    "compositions": SEARCH,
    "probes": PROBES,
    "baselines": CONTEST,
    "survey": SURVEY,
    "places": PLACES,
    "groups": GROUPS,
}


def first_result(name: str) -> dict:
    """The first result of a study, its long lists cut short."""

    def short(tree):
        if isinstance(tree, list):
            return [short(each) for each in tree[:8]]
        return {k: short(v) for k, v in tree.items()} if isinstance(tree, dict) else tree

    return short(STUDIES[name].load(RESULTS / f"{name}.jsonl")[0])


ROWS = {name: first_result(name) for name in STUDIES}


@pytest.mark.parametrize("name", STUDIES)
@fuzzed
@given(data=st.data())
def test_results(name, data, path):
    row = data.draw(changed(ROWS[name]))
    accepted(STUDIES[name].part_of, row)


NETWORK = NETWORKS / "chords.npz"
with np.load(NETWORK) as archive:
    ARRAYS = {name: archive[name] for name in archive.files}
HEADER = json.loads(str(ARRAYS["header"]))
NUMBERS = st.sampled_from([0.0, -0.0, 1.0, 1e6, 1e150, 1e308, -1e308, 5e-324, np.nan, np.inf])


@st.composite
def arrays(draw):
    """An array of any small shape and of many types."""
    shape = draw(st.lists(st.integers(0, 9), max_size=3))
    kind = draw(st.sampled_from([np.float64, np.float32, np.int64, np.bool_, np.complex128, "U5"]))
    return np.full(shape, draw(st.integers(-2, 2))).astype(kind)


@fuzzed
@given(data=st.data())
def test_weights(data, path):
    found = dict(ARRAYS)
    for name in data.draw(st.lists(st.sampled_from(list(ARRAYS)), min_size=1, max_size=2)):
        how = data.draw(st.sampled_from(["values", "array", "none", "another", "header"]))
        if how == "values" and name != "header":
            found[name] = ARRAYS[name].copy()
            found[name].flat[data.draw(st.integers(0, 11))] = data.draw(NUMBERS)
        elif how == "array":
            found[name] = data.draw(arrays())
        elif how == "none":
            found.pop(name, None)
        elif how == "another":
            found[data.draw(st.sampled_from(["drums/cell", "chords/", "/", "x"]))] = np.zeros(3)
        else:
            found["header"] = np.array(json.dumps(data.draw(changed(HEADER))))
    np.savez(open(path, "wb"), **found)
    if accepted(load, path):
        network = load(path)
        with np.errstate(all="raise", under="ignore"):
            assert np.isfinite(network.run(np.ones((3, network.topology.units)))).all()


@fuzzed
@given(content=spoilt(NETWORK.read_bytes()))
def test_spoilt_weights(content, path):
    path.write_bytes(content)
    accepted(load, path)


MESSAGES = st.builds(
    mido.Message,
    st.sampled_from(["note_on", "note_off"]),
    channel=st.sampled_from([0, 1, 9]),
    note=st.integers(0, 127),
    velocity=st.sampled_from([0, 64]),
    time=st.sampled_from([0, 0, 1, 30, 48, 96, 1000, 40_000]),
) | st.builds(mido.MetaMessage, st.sampled_from(["end_of_track", "text"]), time=st.just(96))


def judged(content: bytes) -> None:
    report(nearest_piece(content, FORM).piece, MELODIES)


@fuzzed
@given(st.lists(st.lists(MESSAGES, max_size=40), max_size=3), st.sampled_from([1, 24, 96, 480]))
def test_notes_of_midi_files(tracks, resolution):
    content = io.BytesIO()
    file = mido.MidiFile(ticks_per_beat=resolution, tracks=[mido.MidiTrack(t) for t in tracks])
    file.save(file=content)
    accepted(judged, content.getvalue())
    accepted(from_midi, content.getvalue(), FORM)


@fuzzed
@given(spoilt(to_midi(MELODIES.chorus(0))))
def test_spoilt_midi_files(content):
    accepted(judged, content)


OPTIONS = {
    "compose": [
        "--weights", "--choruses", "--seed", "--temperature", "--primer-notes", "--first-bar",
        "--tempo", "--form", "--melodies", "--out", "--swing",
    ],
    "judge": ["--form", "--melodies", ""],
    "learn": ["chords", "blues", "--set", "--seed", "--form", "--melodies"],
    "sweep": ["chords", "--set", "--seeds", "--plan", "--variant", "--backend", "--scheduler"],
    "baselines": ["--plan", "--jobs"],
    "probe": ["--seeds", "--jobs"],
    "search": ["--seeds", "--draws", "--jobs"],
    "survey": ["--seeds", "--places", "--groups"],
    "record": ["--folder"],
}  # fmt: skip
ARGUMENTS = (
    PLAIN.map(str)
    | st.sampled_from([str(NETWORK), str(NETWORKS), str(MUSIC / "bebop-blues.toml"), "{0}"])
    | st.sampled_from(["/dev/zero", "momentum=1", "most_steps=inf", "0:1", "loky", "tcp://x:1"])
)


@fuzzed
@given(data=st.data())
def test_command_lines(data, path):
    """Nothing is trained and no music is made: arguments come first, and what they name."""
    command = data.draw(st.sampled_from(list(OPTIONS)))
    path.write_text("name = 1")
    line = [command]
    for option in data.draw(st.lists(st.sampled_from(OPTIONS[command]), max_size=4)):
        line += [option, data.draw(ARGUMENTS).replace("{0}", str(path))]
    work = ("training.experiments.learn_chords", "training.experiments.learn_blues")
    complaints = io.StringIO()
    with (
        mock.patch("sys.stderr", complaints),
        mock.patch("lstmblues.evidence.resumable.Study.run", side_effect=BluesError("work")),
        mock.patch("lstmblues.book.recordings.make_all", side_effect=BluesError("work")),
        mock.patch("lstmblues.commands.compose.compose", side_effect=BluesError("work")),
        mock.patch("lstmblues.commands.record.make_folder", side_effect=BluesError("work")),
        mock.patch(f"lstmblues.{work[0]}", side_effect=BluesError("work")),
        mock.patch(f"lstmblues.{work[1]}", side_effect=BluesError("work")),
    ):
        status = main(line)
    assert status == 2
    last = complaints.getvalue().splitlines()[-1]
    assert last.startswith("lstmblues: ") or "\r" in complaints.getvalue()


def test_the_profile_decides_how_long_it_runs(request):
    profile = request.config.getoption("hypothesis_profile", None)
    assert LONG == (profile == "fuzz")
