import base64
import re

import numpy as np
import pytest
from small_pieces import FORM, piece_of

from lstmblues.book import recordings
from lstmblues.book.player_data import activations, player_data
from lstmblues.music.encoding import encode
from lstmblues.music.notes import seconds_at


@pytest.fixture
def scale():
    return recordings.piece("scale")


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


def test_the_score_needs_no_font_of_its_own():
    """A font that an SVG brings along does not reach the inside of a player."""
    music = piece_of(FORM, ["C3 Eb3 Bb3"], "C4 C4 C4 C4")
    score = player_data(music)["score"]
    assert "@font-face" not in score
    assert not re.search("[\ue000-\uf8ff]", score)
    text = "".join(re.findall(r">([^<]+)</tspan>", score)).replace("\xa0", " ")
    assert "(C E♭ B♭)" in text
