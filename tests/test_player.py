import re
from html.parser import HTMLParser

import pytest

from lstmblues import recordings
from lstmblues.errors import BluesError
from lstmblues.midi import from_midi
from lstmblues.player import FOLDER, listen, markup


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


def test_a_player_loads_nothing_before_play_is_pressed():
    page = Elements(markup("blues", "Twelve bars.", ".."))
    assert page.all("audio") == [
        {"controls": None, "preload": "none", "src": "../_static/recordings/blues.mp3"}
    ]


def test_a_player_offers_both_files_and_its_caption():
    page = Elements(markup("blues", "Twelve bars.", "."))
    assert [link["href"] for link in page.all("a")] == [
        "./_static/recordings/blues.mid",
        "./_static/recordings/blues.mp3",
    ]
    assert all("download" in link for link in page.all("a"))
    assert page.text.split() == ["Twelve", "bars.", "MIDI", "MP3"]
    assert page.all("figure") == [{"class": "recording"}]


def test_captions_are_text():
    page = Elements(markup("blues", "<b>A & B</b>", "."))
    assert page.all("b") == []
    assert page.text.startswith("<b>A & B</b>")


@pytest.mark.parametrize("where", [".", "chapters", "chapters/deeper"])
def test_a_recording_is_found_from_anywhere_in_the_book(clone, monkeypatch, where):
    (clone / where).mkdir(exist_ok=True)
    monkeypatch.chdir(clone / where)
    page = Elements(listen("scale").data)
    assert page.text.startswith(recordings.RECORDINGS["scale"].caption)
    for reference in [page.all("audio")[0]["src"], page.all("a")[0]["href"]]:
        assert (clone / where / reference).resolve().is_relative_to(clone / FOLDER)
        assert (clone / where / reference).is_file()


def test_live_music_is_named_by_its_content(clone):
    one, other = (recordings.MELODIES.chorus(number) for number in (0, 1))
    sources = [Elements(listen(music).data).all("audio")[0]["src"] for music in (one, other, one)]
    assert sources[0] == sources[2] != sources[1]
    assert re.fullmatch(r"\.\./_static/recordings/live-[0-9a-f]{12}\.mp3", sources[0])
    midi = clone / "chapters" / sources[1].replace(".mp3", ".mid")
    assert from_midi(midi, recordings.FORM) == other


def test_live_music_has_a_caption(clone):
    music = recordings.piece("scale")
    assert f"{music.bars} bars over the {music.form.name}." in Elements(listen(music).data).text
    assert "Mine." in Elements(listen(music, "Mine.").data).text


def test_an_unknown_recording_is_refused(clone):
    with pytest.raises(BluesError, match="no recording 'waltz'"):
        listen("waltz")
    assert not (clone / "_static").exists()


def test_outside_a_clone_there_is_no_player(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BluesError, match="players need a clone of the book"):
        listen("scale")
    assert list(tmp_path.iterdir()) == []
