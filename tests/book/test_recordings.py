import json
import re
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
from paths import ROOT

from lstmblues.book import compositions, recordings
from lstmblues.composing.compose import compose, play
from lstmblues.composing.judge import judge, right_steps
from lstmblues.errors import BluesError
from lstmblues.music.encoding import encode
from lstmblues.music.form import STEPS_PER_BAR, load_form, pitch
from lstmblues.music.piece import CHORUSES_OF_A_RECORDING
from lstmblues.training.trained import STAGES, trained

PAGES = [
    *ROOT.glob("*.md"),
    *(ROOT / "chapters").glob("*.md"),
    *(ROOT / "chapters").glob("*.ipynb"),
]
_PLAYER = re.compile(r"_static/recordings/([\w-]+?)(?:-32)?\.(?:mp3|mid)")
_FENCE = re.compile(r"^```\{recording\}\s*([\w-]+)", re.MULTILINE)


def players(text: str) -> set[str]:
    return {*_PLAYER.findall(text), *_FENCE.findall(text)}


@pytest.fixture(scope="module")
def pieces():
    return {name: recordings.piece(name) for name in recordings.RECORDINGS}


# --- What is recorded -----------------------------------------------------------------------------


def test_a_recording_is_called_as_it_is_listed():
    assert all(name == recording.name for name, recording in recordings.RECORDINGS.items())
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in recordings.RECORDINGS)


def test_captions_are_different_sentences():
    captions = [recording.caption for recording in recordings.RECORDINGS.values()]
    assert len(set(captions)) == len(captions)
    assert all(caption.endswith(".") for caption in captions)


def test_a_caption_may_tell_what_the_network_has_learned():
    own = partial(trained, "blues-stage-2")
    recording = recordings.Recording(
        "mine", "After {steps:,} steps.", recordings.scale, network=own
    )
    assert recording.caption == f"After {own().header['steps']:,} steps."


def test_listing_the_recordings_loads_no_network():
    program = (
        "import sys; opened = []; "
        "sys.addaudithook(lambda event, args: opened.extend(args[:1]) if event == 'open' else 0); "
        "from lstmblues.book.recordings import RECORDINGS; "
        "print(*(str(name) for name in opened if str(name).endswith(('.npz', '.toml')))); "
    )
    command = [sys.executable, "-c", program]
    files = subprocess.check_output(command, text=True, cwd=ROOT, timeout=120).split()
    assert files and all(name.endswith(".toml") for name in files)


def test_the_long_ones_last_fourteen_choruses(pieces):
    for name in ("training-set", "random-notes", "composition"):
        assert len(pieces[name]) == CHORUSES_OF_A_RECORDING * recordings.FORM.steps


def test_the_others_keep_the_form(pieces):
    """The scale has no chords, and some pieces have others on purpose."""
    others = {"scale", "twelve-bars-printed", "composition-1", "chords-silenced"}
    others |= {f"learning-{number}" for number in range(1, 5)}
    assert others < set(pieces)
    for name in set(pieces) - others:
        assert right_steps(pieces[name]).all(), name


def test_letter_names_are_played_an_octave_above_the_chords(pieces):
    melody = pieces["twelve-bars"].melody
    names = ["C4", "F4", "C4", "G4", "C4", "F4", "C4", "C4", "E4", "A4", "D4", "G4"]
    starts = [0, 8, 16, 24, 28, 32, 40, 48, 56, 60, 64, 72]
    assert [melody[step] for step in starts] == [pitch(name) for name in names]


def test_the_printed_form_differs_in_bar_6_alone(pieces):
    ours, printed = pieces["twelve-bars"].chords, pieces["twelve-bars-printed"].chords
    different = {t // STEPS_PER_BAR + 1 for t in range(len(ours)) if ours[t] != printed[t]}
    assert different == {6}
    assert pieces["twelve-bars-printed"].form == load_form("printed")


def test_the_scale_goes_up_in_quarters_with_nothing_under_it(pieces):
    heard = [note for note in pieces["scale"].melody[::2] if note is not None]
    assert heard == [pitch(name) for name in "C4 Eb4 F4 Gb4 G4 Bb4 C5".split()]
    assert set(pieces["scale"].chords) == {frozenset()}


def test_random_notes_are_quarters_of_the_scale(pieces):
    melody = np.array(pieces["random-notes"].melody)
    assert set(melody.tolist()) == set(recordings.MELODIES.scale)
    assert (melody[::2] == melody[1::2]).all()


def test_training_choruses_are_different_and_from_the_training_part(pieces):
    piece, training = pieces["training-set"], recordings.MELODIES.split()[0]
    melodies = [piece.chorus(number).melody for number in range(piece.choruses)]
    assert len(set(melodies)) == len(melodies)
    assert set(melodies) <= {recordings.MELODIES.chorus(int(n)).melody for n in training}


def test_the_training_set_changes_one_or_two_bars_at_a_time(pieces):
    """As the page of 2002 says of its recording."""
    piece = pieces["training-set"]
    bars = np.array(piece.melody).reshape(piece.choruses, -1, STEPS_PER_BAR)
    assert set((bars[1:] != bars[:-1]).any(axis=2).sum(axis=1)) == {1, 2}


def test_compositions_hold_something_new(pieces):
    assert judge(pieces["composition"], recordings.MELODIES).novel_bars > 0


def test_what_a_network_composed_names_the_network():
    composed = ("composition", "chords", "learning")
    for name in recordings.RECORDINGS:
        assert (recordings.network(name) is not None) == name.startswith(composed), name
    assert recordings.network("chords").topology.name == "chords"
    for number, how in compositions.chosen().items():
        own = recordings.network(f"composition-{number}")
        assert own.header == trained(how.network).header
    swung, straight = (recordings.network(f"composition-3{end}") for end in ("-swung", ""))
    assert swung.header == straight.header


def test_what_is_swung_holds_the_motif_and_its_return(pieces):
    swung, straight = pieces["composition-3-swung"], pieces["composition-3"]
    assert swung.melody == straight.melody[: len(swung)]
    recording = recordings.RECORDINGS["composition-3-swung"]
    assert recording.swing
    assert sum("motif" in moment.text for moment in recording.moments(swung)) == 2


def test_stages_are_recorded_in_order():
    names = [name for name in recordings.RECORDINGS if name.startswith("learning")]
    steps = [recordings.network(name).header["steps"] for name in names]
    assert steps == sorted(steps) and len(set(steps)) == len(STAGES)


def test_the_silenced_network_has_lost_the_form(pieces):
    silenced = recordings.network("chords-silenced")
    gates = silenced.record(np.zeros((3, silenced.topology.units)))["chords"].output_gate
    assert gates[:, recordings.SILENT_BLOCK - 1].max() < 1e-9 < gates.max()
    assert right_steps(pieces["chords-silenced"]).mean() < 0.5


@pytest.mark.parametrize("name", ["chords", "composition-cautious"])
def test_a_network_that_hears_its_piece_does_what_it_did_in_composing(name, pieces):
    melodies, network = recordings.MELODIES, recordings.network(name)
    if name == "chords":
        performance = play(network, recordings.FORM, melodies.chorus(0), choruses=2)
    else:
        performance = compose(network, melodies, choruses=2, seed=1, temperature=0.5)
    assert performance.piece == pieces[name]
    heard = encode(pieces[name])[:, : network.topology.units]
    recorded = network.record(heard)
    assert set(recorded) == set(performance.activations)
    for group, did in performance.activations.items():
        for kind, values in vars(did).items():
            assert np.array_equal(getattr(recorded[group], kind), values), (group, kind)


def test_the_networks_of_the_compositions_are_two():
    """Otherwise it would not matter which of them a composition names."""
    early, finished = map(trained, ("blues-early", "blues"))
    assert not np.array_equal(early.weights["melody"]["cell"], finished.weights["melody"]["cell"])


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(BluesError, match="no recording 'waltz'; there are twelve-bars, .*chords"):
        recordings.piece("waltz")


# --- The book's pages -----------------------------------------------------------------------------


def test_players_are_found_in_pages():
    page = (
        '<audio src="../_static/recordings/one.mp3">\n```{recording} two-b\n```\n`{recording} no`'
        '<a href="../_static/recordings/one-32.mp3">[0:25](../_static/recordings/three.mp3#t=25)'
    )
    assert players(page) == {"one", "two-b", "three"}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_pages_play_only_what_is_recorded(page):
    """`make book` makes the recordings without running a chapter."""
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n".join("".join(cell["source"]) for cell in cells) + text
    assert players(text) <= set(recordings.RECORDINGS)
