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
from lstmblues.files import NETWORKS
from lstmblues.music.form import load_form
from lstmblues.music.melody import load_melodies
from lstmblues.music.midi import to_midi
from lstmblues.music.piece import join
from lstmblues.music.read_midi import from_midi
from lstmblues.network.topology import CHORDS
from lstmblues.network.weights import load
from lstmblues.training.trained import trained_path

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
    assert run("learn", "chords", "--set", "most_steps=5000", "--set", "momentum=0.5") == 0
    report = json.loads(said()[0])
    assert report["learned"] is False
    assert 5000 <= report["steps"] < 6000


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
    (COMPOSE + " --form {0}/short.toml", "the segments make 96 steps; form 'x' has 8"),
    (COMPOSE + " --form {0}/nothing.toml", "cannot read {0}/nothing.toml"),
    (
        COMPOSE + " --melodies {0}/melodies.toml",
        "the segments of bar 1 in {0}/melodies.toml do not fill one bar",
    ),
    ("learn chords --out {0}/missing/out.npz", "cannot write {0}/missing/out.npz"),
    ("learn chords --seed -1", "'-1' is no seed"),
    ("learn chords --set momentum=1", "setting momentum cannot be 1.0; give less than 1"),
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
    assert run(*arguments.format(tmp_path, NETWORKS).split()) == 2
    out, error = said()
    assert out == ""
    assert error.count("\n") == 1
    assert error.startswith("lstmblues: ")
    assert complaint.format(tmp_path) in error
    assert "Traceback" not in error
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
