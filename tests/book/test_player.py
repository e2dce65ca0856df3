import re
from html.parser import HTMLParser

import pytest

from lstmblues.book import recordings
from lstmblues.book.player import FOLDER, choice, clock, listen, make_recordings, markup, size
from lstmblues.book.player_files import Files
from lstmblues.errors import BluesError
from lstmblues.music.notes import seconds_at
from lstmblues.music.piece import Moment
from lstmblues.music.read_midi import from_midi

FILES = Files("blues", 338.0, {".mid": 21_600, ".mp3": 5_409_024, "-32.mp3": 1_352_448})


class Elements(HTMLParser):
    """The elements of a page, as (tag, attributes), and its text."""

    def __init__(self, html: str):
        super().__init__()
        self.elements, self.text = [], ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A clone of the book with a notebook running in its folder of chapters."""
    (tmp_path / "_toc.yml").write_text("root: index\n")
    (tmp_path / "chapters").mkdir()
    monkeypatch.chdir(tmp_path / "chapters")
    return tmp_path


# --- Markup ---------------------------------------------------------------------------------------


def test_a_player_loads_no_sound_before_play_is_pressed():
    page = Elements(markup(FILES, "Twelve bars.", ".."))
    assert page.all("audio") == [
        {"controls": None, "preload": "none", "src": "../_static/recordings/blues.mp3"}
    ]


def test_a_player_offers_its_files_with_their_sizes_and_its_length():
    page = Elements(markup(FILES, "Twelve bars.", "."))
    assert [link["href"] for link in page.all("a")] == [
        "./_static/recordings/blues.mid",
        "./_static/recordings/blues.mp3",
        "./_static/recordings/blues-32.mp3",
    ]
    assert all("download" in link for link in page.all("a"))
    assert page.text == (
        "Twelve bars.5:38 · MIDI 22 kB · MP3 128 kbit/s 5.4 MB · MP3 32 kbit/s 1.4 MB"
    )
    assert page.all("figure") == [{"class": "recording"}]
    assert page.all("blues-player") == [{"seconds": "338"}]


def test_moments_are_links_into_the_sound():
    moments = [Moment(0, "It begins."), Moment(102, "It & they <go on>.")]
    page = Elements(markup(FILES, "Twelve bars.", ".", moments))
    links = [link["href"] for link in page.all("a")][: len(moments)]
    assert links == [f"./_static/recordings/blues.mp3#t={t}" for t in ("0", "25.5")]
    assert "0:00 It begins.0:25 It & they <go on>." in page.text
    assert page.all("ul") == [{"class": "moments", "slot": "moments"}]


def test_moments_are_where_swing_puts_them():
    link = Elements(markup(FILES, "Mine.", ".", [Moment(7, "Late.")], swing=True)).all("a")[0]
    assert float(link["href"].partition("#t=")[2]) == pytest.approx(seconds_at(7, swing=True))


def test_no_list_without_moments():
    assert Elements(markup(FILES, "Twelve bars.", ".")).all("ul") == []


def test_the_style_brings_the_script():
    page = Elements(markup(FILES, "Twelve bars.", "../.."))
    [style] = page.all("link")
    assert (style["rel"], style["href"]) == ("stylesheet", "../../_static/player.css")
    assert "'script'" in style["onload"]
    assert page.all("script") == []  # a notebook's output would not run it in time


def test_captions_are_text():
    page = Elements(markup(FILES, "<b>A & B</b>", "."))
    assert page.all("b") == []
    assert page.text.startswith("<b>A & B</b>")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.9, "0:59"), (60, "1:00"), (338, "5:38"), (4000, "66:40")]
)
def test_times_are_told_in_minutes_and_seconds(seconds, text):
    assert clock(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(158, "1 kB"), (21_600, "22 kB"), (999_000, "999 kB"), (1_352_448, "1.4 MB")],
)
def test_sizes_are_told_in_their_unit(count, text):
    assert size(count) == text


# --- In a notebook --------------------------------------------------------------------------------


@pytest.mark.parametrize("where", [".", "chapters", "chapters/deeper"])
def test_a_recording_is_found_from_anywhere_in_the_book(clone, monkeypatch, where):
    (clone / where).mkdir(exist_ok=True)
    monkeypatch.chdir(clone / where)
    page = Elements(listen("scale").data)
    assert page.text.startswith(recordings.RECORDINGS["scale"].caption)
    style = page.all("link")[0]["href"]
    assert (clone / where / style).resolve() == clone / "_static" / "player.css"
    for reference in [page.all("audio")[0]["src"], *(link["href"] for link in page.all("a"))]:
        file = (clone / where / reference.partition("#")[0]).resolve()
        assert file.is_relative_to(clone / FOLDER)
        assert file.is_file()
        assert file.with_name("scale.js").is_file()


def test_an_output_is_small_and_always_the_same(clone):
    output = listen("scale").data
    assert listen("scale").data == output
    assert len(output) < 2000


def test_a_recording_has_its_own_moments_and_swing(clone, monkeypatch):
    recording = recordings.Recording(
        "mine", "Mine.", recordings.scale, lambda piece: (Moment(len(piece) - 1, "The end."),), True
    )
    monkeypatch.setitem(recordings.RECORDINGS, "mine", recording)
    written = []
    monkeypatch.setattr(
        "lstmblues.book.recordings.write", lambda *arguments: written.append(arguments) or FILES
    )
    page = Elements(listen("mine").data)
    assert [arguments[2:] for arguments in written] == [("mine", True, None)]
    assert float(page.all("a")[0]["href"].partition("#t=")[2]) == seconds_at(15, swing=True)


def test_live_music_is_named_by_its_content(clone):
    one, other = recordings.piece("scale"), recordings.MELODIES.chorus(1)
    outputs = [listen(one), listen(other), listen(one), listen(one, swing=True)]
    sources = [Elements(output.data).all("audio")[0]["src"] for output in outputs]
    assert sources[0] == sources[2]
    assert len(set(sources)) == 3
    assert re.fullmatch(r"\.\./_static/recordings/live-[0-9a-f]{12}\.mp3", sources[0])
    midi = clone / "chapters" / sources[1].replace(".mp3", ".mid")
    assert from_midi(midi, recordings.FORM) == other


def test_a_recording_brings_the_network_that_composed_it(clone, monkeypatch):
    written = []
    monkeypatch.setattr(
        "lstmblues.book.recordings.write", lambda *arguments: written.append(arguments) or FILES
    )
    listen("composition-cautious")
    assert written[0][4] is recordings.network("composition-cautious") is not None


def test_live_music_is_named_by_the_network_as_well(clone, monkeypatch):
    written = []
    monkeypatch.setattr(
        "lstmblues.book.player.write", lambda *arguments: written.append(arguments) or FILES
    )
    music = recordings.MELODIES.chorus(0)
    networks = [None, *map(recordings.network, ("composition", "composition-1", "composition"))]
    for network in networks:
        listen(music, network=network)
    names = [name for _, _, name, *_ in written]
    assert len(set(names)) == 3
    assert names[1] == names[3]
    assert all(each[4] is network for each, network in zip(written, networks, strict=True))


def test_live_music_has_a_caption_and_moments(clone):
    music = recordings.piece("scale")
    assert f"{music.bars} bars over the {music.form.name}." in Elements(listen(music).data).text
    mine = Elements(listen(music, "Mine.", moments=[Moment(8, "Bar 2.")]).data)
    assert mine.text.startswith("Mine.0:02 Bar 2.")


def test_an_unknown_recording_is_refused(clone):
    with pytest.raises(BluesError, match="no recording 'waltz'"):
        listen("waltz")
    assert not (clone / "_static").exists()


def test_outside_a_clone_there_is_no_player(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BluesError, match="players need a clone of the book"):
        listen("scale")
    assert list(tmp_path.iterdir()) == []


def test_recordings_are_made_where_players_look_for_them(clone, monkeypatch):
    folders = []

    def make_all(folder):
        folders.append(folder)
        yield "scale"

    monkeypatch.setattr("lstmblues.book.player.make_all", make_all)
    make_recordings()
    assert folders == [clone / FOLDER]


def test_a_choice_has_a_button_for_every_pane_and_shows_the_first():
    page = Elements(choice([("one & only", "<b>1</b>"), ("two", "<i>2</i>")], "How many").data)
    first, second = page.all("input")
    assert first["type"] == second["type"] == "radio"
    assert first["name"] == second["name"]
    assert "checked" in first and "checked" not in second
    assert [label["for"] for label in page.all("label")] == [first["id"], second["id"]]
    assert page.text == "How manyone & only1two2"
    assert len(page.all("b")) == len(page.all("i")) == 1


def test_two_choices_do_not_disturb_one_another():
    names = {
        Elements(choice([("a", pane)], "Which").data).all("input")[0]["name"] for pane in "xyx"
    }
    assert len(names) == 2
