"""The command line, as a reader meets it: what it says, where, and what it leaves behind."""

import json
import os
import pickle
import signal
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import fields

import mido
import numpy as np
import pytest
import soundfile

from lstmblues.book.compositions import chosen
from lstmblues.book.recordings import MELODIES, RECORDINGS, piece
from lstmblues.commands.cli import COMMANDS, main
from lstmblues.composing.judge import Verdict
from lstmblues.composing.measures import Measures, measure
from lstmblues.files import MUSIC, NETWORKS
from lstmblues.music.form import load_form
from lstmblues.music.melody import load_melodies
from lstmblues.music.midi import to_midi
from lstmblues.music.piece import join
from lstmblues.music.read_midi import from_midi
from lstmblues.network.topology import CHORDS
from lstmblues.network.weights import load, save
from lstmblues.training.trained import trained, trained_path

FORM = load_form()


def run(*arguments) -> int:
    return main([str(argument) for argument in arguments])


@pytest.fixture
def said(capsys):
    """What a call of ``run`` has printed: standard output, standard error."""

    def read():
        captured = capsys.readouterr()
        return captured.out, captured.err

    return read


# --- learn ----------------------------------------------------------------------------------------


def test_learn_prints_one_object_and_its_progress_elsewhere(tmp_path):
    out = tmp_path / "chords.npz"
    command = [sys.executable, "-m", "lstmblues", "learn", "chords", "--seed", "3", "--out", out]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0
    assert done.stdout.count("\n") == 1
    report = json.loads(done.stdout)
    assert set(report) == {"what", "seed", "algorithm", "learned", "steps", "seconds", "weights"}
    assert report["learned"] is True
    assert (report["what"], report["seed"], report["algorithm"]) == ("chords", 3, "2002")
    assert report["steps"] > 0
    assert report["seconds"] > 0
    assert report["weights"] == str(out)
    assert "learning chords" in done.stderr
    assert load(out, CHORDS).header["steps"] == report["steps"]


def test_learn_takes_another_form(tmp_path, said):
    form = tmp_path / "short.toml"
    form.write_text(
        'name = "two bars in F"\nbars = "F | Bb C7"\n'
        '[chords]\nF = "C3 F3 A3"\nBb = "D3 F3 Bb3"\nC7 = "C3 E3 G3 Bb3"\n'
    )
    status = run("learn", "chords", "--form", form)  # which needs no melodies
    out, _ = said()
    assert status == 0
    assert json.loads(out)["learned"] is True


def test_learn_takes_settings(said):
    assert run("learn", "chords", "--set", "most_steps=5000", "--set", "momentum=0.5") == 1
    out, error = said()
    report = json.loads(out)
    assert report["learned"] is False
    unlearned = f"lstmblues: the network had not learned after {report['steps']} steps"
    assert error.splitlines()[-1] == unlearned
    assert 5000 <= report["steps"] < 6000


def test_a_form_with_one_chorus_can_be_learned_and_leaves_none_unseen(tmp_path, said):
    for name in ("short.toml", "one-bar.toml"):
        INPUTS[name](tmp_path / name)
    files = ["--form", tmp_path / "short.toml", "--melodies", tmp_path / "one-bar.toml"]
    out = tmp_path / "one.npz"
    assert run("learn", "blues", *files, "--out", out) == 0
    report = json.loads(said()[0])
    assert "melody_bits" not in report and report["weights"] == str(out)
    assert load(out).header["form"] == "x"
    assert (
        run("compose", *files, "--weights", out, "--choruses", 2, "--out", tmp_path / "x.mid") == 0
    )
    assert run("judge", *files, tmp_path / "x.mid") == 0
    assert json.loads(said()[0].splitlines()[-1])["choruses"] == 2


# --- compose --------------------------------------------------------------------------------------


def test_compose_writes_midi_that_judges_right(tmp_path, said):
    path = tmp_path / "blues.mid"
    assert run("compose", "--choruses", 14, "--seed", 1, "--out", path) == 0
    out, error = said()
    assert out == f"wrote {path}: 14 choruses, 168 bars, composed with seed 1\n"
    assert error == ""
    assert from_midi(path, FORM) == piece("composition")
    assert run("judge", path) == 0
    verdict = json.loads(said()[0])
    assert (verdict["choruses"], verdict["choruses_right"]) == (14, 14)
    assert verdict["chords_right"] == 1.0
    assert 0 < verdict["novel_bars"] < 1
    assert 0 < verdict["longest_copy_bars"] <= 12


def test_compose_writes_sound(tmp_path):
    for ending in ("mp3", "wav"):
        path = tmp_path / f"blues.{ending}"
        assert run("compose", "--choruses", 1, "--tempo", 240, "--out", path) == 0
        samples, rate = soundfile.read(path)
        assert len(samples) / rate == pytest.approx(12 + 2, abs=0.2)  # the piece, and its ring
        assert np.abs(samples).max() > 0.5


def test_compose_swings_the_playing_and_not_the_notes(tmp_path):
    for ending in ("mid", "wav", "mp3", "svg"):
        straight, swung = (tmp_path / f"{name}.{ending}" for name in ("straight", "swung"))
        assert run("compose", "--choruses", 1, "--out", straight) == 0
        assert run("compose", "--choruses", 1, "--swing", "--out", swung) == 0
        same = straight.read_bytes() == swung.read_bytes()
        assert same == (ending == "svg")  # a score shows the notes
    assert from_midi(tmp_path / "swung.mid", FORM) == from_midi(tmp_path / "straight.mid", FORM)


def test_compose_goes_by_the_chords_that_were_learned_and_not_by_a_name(tmp_path, said):
    text = (MUSIC / "bebop-blues.toml").read_text()
    bebop = f'name = "{FORM.name}"'
    assert bebop in text
    renamed, changed = tmp_path / "renamed.toml", tmp_path / "changed.toml"
    renamed.write_text(text.replace(bebop, 'name = "mine"'))
    changed.write_text(text.replace("F7 = ", "F7 = 'C3 F3 A3' # "))
    assert load_form(path=changed).name == FORM.name
    files = ["--melodies", MUSIC / "eck-melodies.toml", "--out", tmp_path / "x.mid"]
    assert run("compose", "--choruses", 1, "--form", renamed, *files) == 0
    assert run("compose", "--choruses", 1, "--form", changed, *files) == 2
    refusal = "holds a network of form 'bebop blues', with other chords, which does not play"
    assert refusal in said()[1]


def test_compose_refuses_weights_that_do_not_say_what_they_learned(tmp_path, said):
    nameless = trained("blues")
    nameless.header.clear()
    weights = save(nameless, tmp_path / "nameless.npz")
    assert run("compose", "--weights", weights, "--out", tmp_path / "x.mid") == 2
    assert "holds a network of unknown form, which does not play 'bebop blues'" in said()[1]


def test_compose_starts_at_another_bar(tmp_path, said):
    """Composition 1 of the listening room, from the command line."""
    how, path = chosen()[1], tmp_path / "one.mid"
    start = ["--first-bar", how.first_bar, "--primer-notes", how.primer_notes, "--seed", how.seed]
    assert run("compose", "--weights", trained_path(how.network), *start, "--out", path) == 0
    assert from_midi(path, FORM) == piece("composition-1")


def test_compose_writes_a_score(tmp_path):
    path = tmp_path / "blues.svg"
    assert run("compose", "--choruses", 1, "--out", path) == 0
    assert ElementTree.fromstring(path.read_text()).tag == "{http://www.w3.org/2000/svg}svg"


@pytest.mark.parametrize("ending", ["mid", "mp3", "wav", "svg", "MID"])
def test_same_seed_same_bytes(tmp_path, ending):
    files = [tmp_path / f"{number}.{ending}" for number in range(3)]
    for path, seed in zip(files, (4, 4, 5), strict=True):
        assert run("compose", "--choruses", 1, "--seed", seed, "--out", path) == 0
    one, same, other = (path.read_bytes() for path in files)
    assert one == same != other


# --- judge ----------------------------------------------------------------------------------------


def test_judge_of_several_files_tells_them_by_name(tmp_path, said):
    files = [tmp_path / name for name in ("one.mid", "two.mid")]
    for number, path in enumerate(files):
        path.write_bytes(to_midi(MELODIES.chorus(number)))
    assert run("judge", *files) == 0
    verdicts = json.loads(said()[0])
    assert list(verdicts) == [str(path) for path in files]
    assert {verdict["longest_copy_bars"] for verdict in verdicts.values()} == {12}


def test_judge_prints_every_measure_in_one_object(tmp_path, said):
    path = tmp_path / "blues.mid"
    path.write_bytes(to_midi(piece("composition-3")))
    assert run("judge", path) == 0
    out, error = said()
    assert (out.count("\n"), error) == (1, "")
    found = json.loads(out)
    assert list(found) == [
        *(field.name for field in (*fields(Verdict), *fields(Measures))),
        "folded_notes",
        "dropped_notes",
    ]
    assert set(found["longest_copy"]) == {"bars", "piece_bar", "chorus", "chorus_bar"}
    assert found["longest_copy"]["bars"] == found["longest_copy_bars"] == 12
    assert len(found["motif_steps"]) == found["motif_times"] >= 2
    measures = measure(piece("composition-3"), MELODIES)
    assert found["bits_a_note"] == pytest.approx(measures.bits_a_note, abs=1e-6)
    assert (found["folded_notes"], found["dropped_notes"]) == (0, 0)


def test_judge_takes_another_form_and_other_melodies(tmp_path, said):
    form, melodies = tmp_path / "form.toml", tmp_path / "melodies.toml"
    form.write_text(
        'name = "two bars"\nbars = "C | F C"\n[chords]\nC = "C3 E3 G3"\nF = "C3 F3 A3"\n'
    )
    melodies.write_text(
        'scale = "C D E F G A B"\n'
        'segments = [[["C E G c", "G F E C"]], [["F A", "F G"], ["G C", "A B"]]]\n'
    )
    path = tmp_path / "song.mid"
    space = load_melodies(load_form(path=form), melodies)
    path.write_bytes(to_midi(join([space.chorus(5), space.chorus(2)])))
    assert run("judge", "--form", form, "--melodies", melodies, path) == 0
    found = json.loads(said()[0])
    assert (found["choruses"], found["choruses_right"], found["novel_choruses"]) == (2, 2, 0)
    assert found["longest_copy"] == {"bars": 2, "piece_bar": 1, "chorus": 5, "chorus_bar": 1}
    assert found["bits_a_note"] == pytest.approx(3 / 8, abs=0.02)


# --- record, help ---------------------------------------------------------------------------------


def test_record_makes_every_recording(tmp_path, monkeypatch, said):
    folders = []

    def make_all(folder):
        folders.append(folder)
        yield from RECORDINGS

    monkeypatch.setattr("lstmblues.book.recordings.make_all", make_all)
    assert run("record", "--folder", tmp_path) == 0
    assert folders == [tmp_path]
    assert said()[0] == f"wrote {len(RECORDINGS)} recordings to {tmp_path}\n"


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_help_is_offered(command, said):
    with pytest.raises(SystemExit) as stop:
        run(*command, "--help")
    assert stop.value.code == 0
    assert said()[0].startswith("usage: lstmblues")


def test_an_interruption_is_one_line(monkeypatch, said, tmp_path):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("lstmblues.training.experiments.learn_chords", interrupted)
    assert run("learn", "chords", "--out", tmp_path / "w.npz") == 130
    assert said()[1].splitlines()[-1] == "lstmblues: interrupted"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_command_in_one_line(monkeypatch, said, tmp_path, number):
    monkeypatch.setattr(
        "lstmblues.training.experiments.learn_chords", lambda *_, **__: os.kill(os.getpid(), number)
    )
    assert run("learn", "chords", "--out", tmp_path / "w.npz") == 128 + number
    assert said()[1].splitlines()[-1] == f"lstmblues: ended by {number.name}"
    assert list(tmp_path.iterdir()) == []


# --- Bad input: one clear line, status 2, nothing left behind -------------------------------------


def pickled(path):
    np.savez(path, header=np.array({"topology": "blues"}, dtype=object))


def truncated(path):
    path.write_bytes(to_midi(MELODIES.chorus(0))[:300])


def without_notes(path):
    file = mido.MidiFile()
    file.tracks.append(mido.MidiTrack([mido.MetaMessage("end_of_track", time=9600)]))
    file.save(path)


VARIATION = """
seeds = {}
[[variation]]
topic = "a"
label = "b"
settings.most_steps = inf
"""

INPUTS = {
    "truncated.mid": truncated,
    "text.mid": lambda path: path.write_text("dear reader"),
    "empty.mid": lambda path: path.write_bytes(b""),
    "silent.mid": without_notes,
    "bar.mid": lambda path: path.write_bytes(to_midi(piece("scale"))),
    "pickled.npz": pickled,
    "bare.pickle": lambda path: path.write_bytes(pickle.dumps({"weights": 1})),
    "arrays.npz": lambda path: np.savez(path, numbers=np.zeros(3)),
    "cut.npz": lambda path: path.write_bytes((NETWORKS / "blues.npz").read_bytes()[:2000]),
    "text.toml": lambda path: path.write_text("C | F7 | C"),
    "incomplete.toml": lambda path: path.write_text('name = "blues"\nbars = "C"'),
    "numbers.toml": lambda path: path.write_text("name = 1\nbars = 2\nchords = 3"),
    "unknown-chord.toml": lambda path: path.write_text(
        'name = "x"\nbars = "C | H"\n[chords]\nC = "C3"'
    ),
    "high.toml": lambda path: path.write_text('name = "x"\nbars = "C"\n[chords]\nC = "C5"'),
    "short.toml": lambda path: path.write_text('name = "x"\nbars = "C"\n[chords]\nC = "C3"'),
    "one-bar.toml": lambda path: path.write_text('scale = "C"\nsegments = [[["C C C C"]]]'),
    "key.toml": lambda path: path.write_text(
        'name = "x"\nbars = "C"\nmeter = "3/4"\n[chords]\nC = "C3"'
    ),
    "deep.toml": lambda path: path.write_text("a = " + "[" * 100_000),
    "digits.toml": lambda path: path.write_text("a = " + "9" * 5000),
    "inf.toml": lambda path: path.write_text(VARIATION.format('"0:2"')),
    "no-seeds.toml": lambda path: path.write_text(VARIATION.format("[]")),
    "melodies.toml": lambda path: path.write_text('scale = "C"\nsegments = [[["C C"]]]'),
}

COMPOSE = "compose --out {0}/out.mid --choruses 1"

BAD = [
    ("judge {0}/truncated.mid", "truncated.mid is not a readable MIDI file"),
    ("judge {0}/text.mid", "text.mid is not a MIDI file"),
    ("judge {0}/empty.mid", "empty.mid is not a MIDI file"),
    ("judge {0}/silent.mid", "silent.mid has no notes"),
    (
        "judge {0}/bar.mid",
        "cannot judge {0}/bar.mid: a piece of 2 bars is too short to judge; "
        "needed is a chorus of 12 bars",
    ),
    ("judge {0}/nothing.mid", "cannot read {0}/nothing.mid: No such file"),
    ("judge {0}", "cannot read {0}: Is a directory"),
    ("judge", "the following arguments are required: FILE.mid"),
    (COMPOSE + " --weights {1}/chords.npz", "holds a chords network; needed is a blues network"),
    (COMPOSE + " --weights {0}/pickled.npz", "holds pickled objects, which are never loaded"),
    (COMPOSE + " --weights {0}/bare.pickle", "is no weights file"),
    (COMPOSE + " --weights {0}/arrays.npz", "holds arrays, but no network of this book"),
    (COMPOSE + " --weights {0}/cut.npz", "is no weights file, or a damaged one"),
    (COMPOSE + " --weights {0}/text.mid", "is no weights file"),
    (COMPOSE + " --weights {0}/nothing.npz", "cannot read {0}/nothing.npz"),
    ("compose --out {0}/out.mid --choruses 0", "cannot play 0 choruses"),
    ("compose --out {0}/out.mid --choruses -1", "cannot play -1 choruses"),
    ("compose --out {0}/out.mid --choruses 1000000000", "give at most 833"),
    ("compose --out {0}/out.mid --choruses many", "invalid int value: 'many'"),
    ("compose --out {0}/missing/out.mid", "cannot write {0}/missing/out.mid"),
    ("compose --out {0}/folder.mid", "it is a folder"),
    ("compose --out {0}/out.ogg", "its name must end in .mid, .mp3, .wav, .svg"),
    ("compose --out {0}/out", "its name must end in .mid, .mp3, .wav, .svg"),
    ("compose", "the following arguments are required: --out"),
    (COMPOSE + " --temperature 0", "cannot draw at temperature 0.0; give a number above 0"),
    (COMPOSE + " --temperature -1", "cannot draw at temperature -1.0"),
    (COMPOSE + " --temperature nan", "cannot draw at temperature nan"),
    (COMPOSE + " --temperature hot", "invalid float value: 'hot'"),
    (COMPOSE + " --seed -1", "'-1' is no seed; give a whole number from 0 up"),
    (COMPOSE + " --seed 1.5", "'1.5' is no seed"),
    (COMPOSE + " --seed one", "'one' is no seed"),
    (COMPOSE + " --primer-notes 0", "cannot start from 0 notes; give 1 to 24"),
    (COMPOSE + " --primer-notes 25", "cannot start from 25 notes"),
    (COMPOSE + " --first-bar 0", "cannot start from bar 0; the form has bars 1 to 12"),
    (COMPOSE + " --first-bar 13", "cannot start from bar 13"),
    (COMPOSE + " --tempo 0", "a tempo of 0 beats a minute cannot be played"),
    (COMPOSE + " --form {0}/text.toml", "text.toml is not a TOML file"),
    (COMPOSE + " --form {0}/incomplete.toml", "incomplete.toml states no form: it lacks chords"),
    (COMPOSE + " --form {0}/numbers.toml", "numbers.toml states no form"),
    (COMPOSE + " --form {0}/unknown-chord.toml", "chord 'H', which has no notes"),
    (COMPOSE + " --form {0}/high.toml", "C5 of chord C is outside the chord octave"),
    (COMPOSE + " --form {0}/short.toml", "form 'x' needs melodies of its own; give --melodies"),
    (
        COMPOSE + " --form {0}/short.toml --melodies {2}/eck-melodies.toml",
        "the segments make 96 steps; form 'x' has 8",
    ),
    (
        COMPOSE + " --form {0}/short.toml --melodies {0}/one-bar.toml",
        "holds a network of form 'bebop blues', which does not play 'x'; give weights",
    ),
    ("learn blues --form {0}/short.toml", "form 'x' needs melodies of its own"),
    ("judge --form {0}/key.toml {0}/bar.mid", "there is no 'meter'; there are name, bars, chords"),
    ("judge --form {0}/deep.toml {0}/bar.mid", "deep.toml is not a TOML file"),
    ("judge --form {0}/digits.toml {0}/bar.mid", "digits.toml is not a TOML file"),
    ("judge /dev/zero", "cannot read /dev/zero: It is a pipe or a device"),
    ("judge {0}/sparse.mid", "It has 42949672960 bytes, and at most 1048576 are read"),
    ("judge --form {0}/sparse.mid {0}/bar.mid", "It has 42949672960 bytes"),
    (COMPOSE + " --weights {0}/sparse.mid", "It has 42949672960 bytes"),
    ("judge {0}/" + "x" * 300, "File name too long"),
    (COMPOSE + " --seed " + "9" * 4400, "is no seed; give a whole number from 0 up, below 2^32"),
    (COMPOSE + " --choruses " + "9" * 4400, "invalid int value: '999"),
    ("learn chords --set most_steps=" + "9" * 20, "needed is a whole number <= 1000000000000"),
    ("learn chords --set choruses_a_pass=99999999", "needed is a whole number <= 1000"),
    ("sweep chords --plan {0}/inf.toml", "most_steps cannot be inf: needed is a whole number"),
    ("sweep chords --plan {0}/no-seeds.toml", "seeds: needed is text, not a list"),
    ("sweep chords --seeds 0:" + "9" * 4400, "is no range of seeds"),
    ("sweep chords --seeds 0:200000", "is too large a range of seeds; give 100000 seeds at most"),
    ("sweep chords --seeds 4294967295:4294967297", "none above 4294967295"),
    (
        "sweep chords --seeds 0:1 --backend dask --scheduler 127.0.0.1",
        "'127.0.0.1' is no address of a scheduler; write it as tcp://127.0.0.1:8786",
    ),
    (COMPOSE + " --form {0}/nothing.toml", "cannot read {0}/nothing.toml"),
    (
        COMPOSE + " --melodies {0}/melodies.toml",
        "{0}/melodies.toml states no melodies: the segments of bar 1 do not fill one bar",
    ),
    ("learn chords --out {0}/missing/out.npz", "cannot write {0}/missing/out.npz"),
    ("learn chords --seed -1", "'-1' is no seed"),
    ("learn chords --set momentum=1", "setting momentum cannot be '1': needed is a number < 1.0"),
    ("learn chords --set speed=1", "there is no setting 'speed'"),
    ("learn waltz", "invalid choice: 'waltz'"),
    ("learn chords --form {0}/text.mid", "text.mid is not a TOML file"),
    ("sing", "invalid choice: 'sing'"),
    ("", "arguments are required"),
    ("record --folder {0}/text.mid", "cannot make the folder {0}/text.mid: File exists"),
]


@pytest.mark.parametrize(("arguments", "complaint"), BAD, ids=[line for line, _ in BAD])
def test_bad_input_is_one_line_and_leaves_nothing(tmp_path, said, arguments, complaint):
    for name, make in INPUTS.items():
        make(tmp_path / name)
    (tmp_path / "folder.mid").mkdir()
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    with open(tmp_path / "sparse.mid", "wb") as file:
        file.truncate(40 * 2**30)
    assert run(*arguments.format(tmp_path, NETWORKS, MUSIC).split()) == 2
    out, error = said()
    assert out == ""
    assert error.count("\n") == 1
    assert error.startswith("lstmblues: ")
    assert complaint.format(tmp_path) in error
    assert "Traceback" not in error
    (tmp_path / "sparse.mid").unlink()
    assert before == {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}


def test_bad_input_ends_the_program_with_status_2(tmp_path):
    command = [sys.executable, "-m", "lstmblues", "compose", "--choruses", "0", "--out", "x.mid"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("lstmblues: cannot play 0 choruses")
    assert list(tmp_path.iterdir()) == []


def test_an_old_file_survives_bad_input(tmp_path, said):
    path = tmp_path / "blues.mid"
    path.write_bytes(b"old")
    assert run("compose", "--temperature", "0", "--out", path) == 2
    assert said()[1].count("\n") == 1
    assert path.read_bytes() == b"old"


# --- The last net ---------------------------------------------------------------------------------


def program(line: str, **options) -> subprocess.CompletedProcess:
    """A command line, run by a shell."""
    line = f"{sys.executable} -m lstmblues {line}"
    return subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, timeout=120, **options
    )


@pytest.mark.parametrize(
    ("failure", "complaint"),
    [
        (MemoryError(), "this needs more memory than there is"),
        (RecursionError("deep"), "this is nested more deeply than can be read"),
        (OSError(5, "Input/output error"), "the system refused: [Errno 5] Input/output error"),
        (UnicodeEncodeError("ascii", "x", 0, 1, "no"), "the system refused: 'ascii' codec"),
    ],
)
def test_what_the_machine_refuses_is_one_line(monkeypatch, said, failure, complaint):
    def fails(*_):
        raise failure

    monkeypatch.setattr("lstmblues.commands.judge.run", fails)
    assert run("judge", "x.mid") == 2
    out, error = said()
    assert (out, error.count("\n")) == ("", 1)
    assert error.startswith(f"lstmblues: {complaint}")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("compose --choruses 1 --out x.mid >&-", "standard output is closed"),
        (
            "compose --choruses 1 --out x.mid >/dev/full",
            "cannot write to standard output: No space",
        ),
        ("--help >/dev/full", "cannot write to standard output: No space"),
        ("judge --help >/dev/full", "cannot write to standard output: No space"),
    ],
)
def test_where_nothing_can_be_printed_is_told(tmp_path, line, complaint):
    done = program(line, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"lstmblues: {complaint}")


def test_a_broken_pipe_is_one_line(tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "lstmblues", "judge", "--help"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=120)
    os.close(writer)
    assert done.returncode == 2
    assert done.stderr.startswith("lstmblues: cannot write to standard output: Broken pipe")
    assert done.stderr.count("\n") == 1


def test_names_that_ascii_lacks_are_printed_all_the_same(tmp_path):
    line = "compose --choruses 1 --out 'bl\u00fcs \u266d.mid'"
    done = program(line, cwd=tmp_path, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("wrote bl\\xfcs \\u266d.mid: 1 choruses")
    assert (tmp_path / "bl\u00fcs \u266d.mid").exists()


def test_complaints_that_nobody_hears_change_no_status(tmp_path):
    assert program("judge x.mid 2>&-", cwd=tmp_path).returncode == 2
    assert program("compose --choruses 1 --out x.mid 2>&-", cwd=tmp_path).returncode == 0


def test_a_working_directory_that_is_gone_is_one_line(tmp_path):
    (tmp_path / "gone").mkdir()
    command = "cd gone; rmdir ../gone; {} -m lstmblues {}"
    for line in ("judge x.mid", "compose --choruses 1 --out x.mid"):
        shell = ["bash", "-c", command.format(sys.executable, line)]
        (tmp_path / "gone").mkdir(exist_ok=True)
        done = subprocess.run(shell, capture_output=True, text=True, cwd=tmp_path, timeout=120)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert "No such file or directory" in done.stderr


def test_a_pipe_is_not_waited_for(tmp_path, said):
    os.mkfifo(tmp_path / "pipe")
    for line in ("judge {0}", "judge --form {0} x.mid", "compose --weights {0} --out {0}.mid"):
        assert run(*line.format(tmp_path / "pipe").split()) == 2
        assert "pipe: It is a pipe or a device" in said()[1]
