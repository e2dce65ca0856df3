import base64
import json
import re

import numpy as np
import pytest
import soundfile

from lstmblues.book import player_data as player_data_module
from lstmblues.book import player_files as export
from lstmblues.book import recordings
from lstmblues.book.player_data import activations, player_data
from lstmblues.book.player_files import ENDINGS, write
from lstmblues.book.recordings import make_all
from lstmblues.book.spoken import bar_text
from lstmblues.errors import BluesError
from lstmblues.music import midi, notes, sound
from lstmblues.music.encoding import encode
from lstmblues.music.form import Form, pitch
from lstmblues.music.notes import seconds_at
from lstmblues.music.piece import Piece
from lstmblues.music.read_midi import from_midi

FILES = ["scale-32.mp3", "scale.js", "scale.mid", "scale.mp3"]


def piece_of(form, chords, melody):
    """A piece from note names: the chord of each bar, and the melody in quarters and "."s."""
    sets = [frozenset(pitch(name) for name in chord.split()) for chord in chords]
    notes = [None if name == "." else pitch(name) for name in melody.split()]
    return Piece(
        form,
        tuple(chord for chord in sets for _ in range(8)),
        tuple(note for note in notes for _ in range(2)),
    )


FORM = Form.parse("small", "C | Gm7 C", {"C": "C3 E3 G3", "Gm7": "D3 F3 G3 Bb3"})


def shown(folder, name):
    """What the script of a piece tells the player, read without a browser."""
    lines = (folder / f"{name}.js").read_text(encoding="ascii").splitlines()
    assert re.fullmatch("// [0-9a-f]{64}", lines[0])
    told = re.fullmatch(r'\(window\.bluesMusic \?\?= \{\}\)\["(.*?)"\] = (.*);', lines[1])
    assert (told[1], len(lines)) == (name, 2)
    return json.loads(told[2])


@pytest.fixture
def renderings(monkeypatch):
    """Render silence in no time, and keep account of it."""
    rendered = []

    def render(music, swing=False):
        rendered.append((music, swing))
        return np.zeros(sound.SAMPLE_RATE, dtype=np.float32)

    monkeypatch.setattr(export, "render", render)
    return rendered


@pytest.fixture
def scale():
    return recordings.piece("scale")


# --- Files ----------------------------------------------------------------------------------------


def test_a_piece_becomes_four_files(tmp_path, scale):
    folder = tmp_path / "new" / "folder"
    files = write(scale, folder, "scale")
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert from_midi(folder / "scale.mid", recordings.FORM) == scale
    for ending in (".mp3", "-32.mp3"):
        samples, rate = soundfile.read(folder / f"scale{ending}")
        assert len(samples) / rate == pytest.approx(files.seconds, abs=0.1)
        assert np.abs(samples).max() > 0.5
    assert shown(folder, "scale") == json.loads(json.dumps(player_data(scale)))
    assert files.name == "scale"
    assert files.seconds == 6
    assert files.sizes == {e: (folder / f"scale{e}").stat().st_size for e in ENDINGS}
    assert files.sizes[".mp3"] == pytest.approx(4 * files.sizes["-32.mp3"], rel=0.02)


def test_nothing_is_rendered_twice(tmp_path, scale, renderings):
    first = write(scale, tmp_path, "scale")
    assert renderings == [(scale, False)]
    assert write(scale, tmp_path, "scale") == first
    assert len(renderings) == 1


@pytest.mark.parametrize("missing", FILES)
def test_a_missing_file_is_made_again(missing, tmp_path, scale, renderings):
    write(scale, tmp_path, "scale")
    before = (tmp_path / missing).read_bytes()
    (tmp_path / missing).unlink()
    write(scale, tmp_path, "scale")
    assert len(renderings) == 2
    assert (tmp_path / missing).read_bytes() == before


def test_other_music_takes_the_place_of_the_old(tmp_path, scale, renderings):
    write(scale, tmp_path, "music")
    other = recordings.MELODIES.chorus(0)
    write(other, tmp_path, "music")
    assert [music for music, _ in renderings] == [scale, other]
    assert from_midi(tmp_path / "music.mid", recordings.FORM) == other
    assert shown(tmp_path, "music")["steps"] == len(other)


def test_swing_makes_other_files(tmp_path, scale, renderings):
    for swing in (False, True, True):
        write(scale, tmp_path, "scale", swing)
    assert renderings == [(scale, False), (scale, True)]


def test_another_network_makes_other_files(tmp_path, renderings):
    music = recordings.MELODIES.chorus(0)
    for name in ("composition", "composition-1", "composition-1", "scale"):
        write(music, tmp_path, "music", network=recordings.network(name))
    assert len(renderings) == 3
    assert shown(tmp_path, "music")["activations"] is None


def test_another_sound_makes_other_files(tmp_path, scale, renderings, monkeypatch):
    write(scale, tmp_path, "scale")
    monkeypatch.setattr(export, "_sound_sources", lambda: b"a better piano")
    write(scale, tmp_path, "scale")
    assert len(renderings) == 2


def test_what_is_shown_makes_other_files(tmp_path, scale, renderings, monkeypatch):
    write(scale, tmp_path, "scale")
    monkeypatch.setattr(player_data_module, "bar_text", lambda music, bar: "Another text.")
    write(scale, tmp_path, "scale")
    assert len(renderings) == 2


def test_the_sound_depends_on_the_modules_that_make_it():
    for module in (notes, midi, sound):
        assert open(module.__file__, "rb").read() in export._sound_sources()


def test_an_interruption_leaves_nothing_that_vouches(tmp_path, scale, renderings, monkeypatch):
    write(scale, tmp_path, "scale")
    (tmp_path / "scale.mid").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(export, "to_mp3", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            write(scale, tmp_path, "scale")
    assert not (tmp_path / "scale.js").exists()
    write(scale, tmp_path, "scale")
    assert len(renderings) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES


def test_a_folder_that_cannot_be_is_refused(tmp_path, scale):
    (tmp_path / "file").touch()
    with pytest.raises(BluesError, match="cannot make the folder"):
        write(scale, tmp_path / "file", "scale")


def test_all_recordings_are_made_the_longest_first(tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr(
        recordings, "cpu_count", lambda: 1
    )  # so that the next line reaches the work
    monkeypatch.setattr(
        recordings,
        "write",
        lambda *arguments: made.append(arguments) or export.Files(arguments[2], 1.0, {}),
    )
    assert set(make_all(tmp_path)) == set(recordings.RECORDINGS)
    for music, folder, name, swing, network in made:
        assert folder == tmp_path
        assert music == recordings.piece(name)
        assert swing == recordings.RECORDINGS[name].swing
        assert network is recordings.network(name)
    lengths = [len(music) for music, *_ in made]
    assert lengths == sorted(lengths, reverse=True)


# --- What the player is told ----------------------------------------------------------------------


def test_what_is_shown_of_a_small_piece():
    music = piece_of(FORM, ["C3 E3 G3", "C3 Eb3"], "C4 C4 . Eb4 C5 . . G4")
    data = player_data(music)
    assert '<g id="note-14" class="note">' in data.pop("score")
    assert data == {
        "steps": 16,
        "stepsPerBar": 8,
        "barsPerLine": 4,
        "barsPerChorus": 2,
        "onsets": [step / 4 for step in range(17)],
        "lowest": 48,
        "highest": 72,
        "melody": [[60, 0, 2], [60, 2, 2], [63, 6, 2], [72, 8, 2], [67, 14, 2]],
        "chords": [
            *([48, 0, 8], [52, 0, 8], [55, 0, 8]),
            *([48, 8, 4], [51, 8, 4], [48, 12, 4], [51, 12, 4]),
        ],
        "symbols": [(0, "C"), (8, "(C E♭)")],
        "wrong": [(8, 12, "Gm7"), (12, 16, "C")],
        "distance": None,
        "texts": [
            "Bar 1: C; melody C, C, rest, E flat.",
            "Bar 2: C, E flat; melody high C, rest, rest, G.",
        ],
        "activations": None,
    }


KINDS = ["input gate", "forget gate", "output gate", "cell state", "cell output", "output"]


@pytest.mark.parametrize(
    ("name", "groups"), [("chords", ["chords"]), ("composition-cautious", ["chords", "melody"])]
)
def test_activations_are_those_of_the_network(name, groups):
    music, network = recordings.piece(name), recordings.network(name)
    data = player_data(music, network=network)["activations"]
    assert data == activations(music, network)
    assert data["levels"] == 255
    parts = {(part["group"], part["kind"]): part for part in data["parts"]}
    assert list(parts) == [(group, kind) for group in groups for kind in KINDS]
    recorded = network.record(encode(music)[:, : network.topology.units])
    for (group, kind), part in parts.items():
        values = getattr(recorded[group], kind.replace(" ", "_"))
        content = base64.b64decode(part["values"])
        units, lowest, highest = (part[key] for key in ("units", "lowest", "highest"))
        assert len(units) == values.shape[1]
        assert len(content) == values.size
        for step in (0, 1, 95, 96, 191):
            for unit in range(len(units)):
                shown = lowest + content[unit * len(music) + step] / 254 * (highest - lowest)
                value = values[step, unit]
                assert shown == pytest.approx(value, abs=0.51 * (highest - lowest) / 254)


def test_units_are_named_and_scales_end_where_values_may():
    music, network = recordings.piece("composition"), recordings.network("composition")
    parts = activations(music, network)["parts"]
    assert [part["units"] for part in parts[:3]] == [[f"block {n}" for n in range(1, 5)]] * 3
    assert parts[3]["units"][:3] == ["block 1, cell 1", "block 1, cell 2", "block 2, cell 1"]
    assert parts[5]["units"] == "C3 D♭3 D3 E♭3 E3 F3 G♭3 G3 A♭3 A3 B♭3 B3".split()
    assert (parts[-1]["units"][0], parts[-1]["units"][-1]) == ("C4", "C5")
    ends = {part["kind"]: (part["lowest"], part["highest"]) for part in parts}
    reach = ends.pop("cell state")[1]
    assert ends == {kind: (0, 1) for kind in KINDS if "cell" not in kind} | {"cell output": (-1, 1)}
    recorded = network.record(encode(music))
    highest = max(np.abs(group.cell_state).max() for group in recorded.values())
    assert reach == np.ceil(highest)
    assert {part["lowest"] for part in parts if part["kind"] == "cell state"} == {-reach}


def test_a_silent_cell_is_in_the_middle_of_its_scale():
    network = recordings.network("chords").with_gate_shut("chords", 0)
    parts = activations(recordings.piece("chords"), network)["parts"]
    values = next(part["values"] for part in parts if part["kind"] == "cell output")
    assert set(base64.b64decode(values)[:192]) == {127}


def test_swung_steps_begin_where_midi_puts_them(scale):
    onsets = player_data(scale, swing=True)["onsets"]
    expected = [seconds_at(step, swing=True) for step in range(len(scale) + 1)]
    assert onsets == pytest.approx(expected, abs=1e-4)
    assert onsets[1] - onsets[0] > onsets[2] - onsets[1]


def test_distance_is_from_the_training_melodies():
    assert player_data(recordings.piece("training-set"))["distance"] == [0] * 14 * 12
    random = player_data(recordings.piece("random-notes"))["distance"]
    assert len(random) == 14 * 12
    assert all(0 <= hundredths <= 100 for hundredths in random)
    assert max(random) > 50


@pytest.mark.parametrize("name", ["scale", "chords", "twelve-bars-printed"])
def test_distance_needs_a_melody_over_the_same_form(name):
    """Two bars are no chorus; chords alone are no melody; the printed form is another."""
    assert player_data(recordings.piece(name))["distance"] is None


def test_music_without_chords_has_none_that_are_wrong(scale):
    data = player_data(scale)
    assert data["wrong"] == []
    assert (data["lowest"], data["highest"]) == (60, 72)


def test_chords_alone_take_an_octave():
    data = player_data(recordings.piece("chords"))
    assert (data["lowest"], data["highest"]) == (48, 59)
    assert data["wrong"] == []


def test_bars_are_counted_within_their_chorus():
    music = piece_of(FORM, ["C3", "C3", "C3"], ". " * 12)
    assert [bar_text(music, bar)[:6] for bar in range(3)] == ["Bar 1:", "Bar 2:", "Bar 1:"]


def test_bars_are_told_in_words():
    form = Form.parse(
        "odd", "F#m7b5 Cdim | Bb", {"F#m7b5": "C3 E3 Gb3 A3", "Cdim": "C3 Eb3", "Bb": "D3 Bb3"}
    )
    chords = [form.chord_at[step].pitches for step in range(8)]
    music = Piece(form, tuple(map(frozenset, chords)), (60, 70, 63, 63, None, 67, None, None))
    assert bar_text(music, 0) == (
        "Bar 1: F sharp minor 7 flat 5, then C diminished; "
        "melody C and B flat, E flat, rest and G, rest."
    )
    silent = Piece(form, (frozenset(),) * 8, (None,) * 8)
    assert bar_text(silent, 0) == "Bar 1: no chord; no melody."


def test_the_score_needs_no_font_of_its_own():
    """A font that an SVG brings along does not reach the inside of a player."""
    music = piece_of(FORM, ["C3 Eb3 Bb3"], "C4 C4 C4 C4")
    score = player_data(music)["score"]
    assert "@font-face" not in score
    assert not re.search("[\ue000-\uf8ff]", score)
    text = "".join(re.findall(r">([^<]+)</tspan>", score)).replace("\xa0", " ")
    assert "(C E♭ B♭)" in text
