"""The player as it stands in a page: what it loads and when, its look, and missing files."""

import re
import shutil

import pytest
from player_page import (
    LISTENING_ROOM,
    PHONE,
    ask,
    look,
    look_inside,
    music_loaded,
    player_of,
    press_play,
    set_theme,
    wait_for_time,
)

from lstmblues.book import recordings
from lstmblues.book.recordings import FOLDER
from lstmblues.music.form import STEPS_PER_BAR
from lstmblues.music.notes import seconds_at


def test_the_book_shows_players_and_loads_no_music(open_page, book):
    page = open_page(book / "index.html")
    page.locator("blues-player").first.get_by_role("slider", name="Position").wait_for()
    assert page.locator("blues-player").count() == page.locator("blues-player .player").count() > 0
    loaded = [url.rpartition("/")[2] for url in page.requests]
    own = [name for name in loaded if name.startswith(("player.", "gates."))]
    assert sorted(set(own)) == ["player.css", "player.js"]
    assert own.count("player.js") == 1
    assert music_loaded(page) == set()


def test_the_book_plays(open_page, book):
    player = open_page(book / "index.html").locator("blues-player").first
    press_play(player)
    assert look(player)["open"]
    assert look(player)["lit"] > 0


@pytest.mark.parametrize("size", [(1200, 800), (375, 667)], ids=["desk", "phone"])
def test_the_listening_room_can_be_played_without_scrolling(size, open_page, book):
    page = open_page(book / LISTENING_ROOM, size=size)
    button = page.get_by_role("button", name=re.compile("^Play")).first
    button.wait_for()
    box = button.bounding_box()
    assert 0 <= box["y"] and box["y"] + box["height"] <= size[1]


@pytest.mark.parametrize("name", [f"composition-{number}" for number in range(1, 5)])
def test_every_moment_of_the_listening_room_plays_from_there(name, open_page, book):
    moments = recordings.RECORDINGS[name].moments(recordings.piece(name))
    player = player_of(open_page(book / LISTENING_ROOM), name)
    links = player.get_by_role("link")
    assert links.count() == len(moments) > 0
    for number, moment in enumerate(moments):
        links.nth(number).click()
        due = float(seconds_at(moment.step))
        player.page.wait_for_function(
            """([player, due]) => {
                const since = player.audio.currentTime - due;
                return player.music && -0.01 < since && since < 4;
            }""",
            arg=[player.element_handle(), due],
        )
        assert not look(player)["paused"]
        # While it plays, what is shown is a frame behind the sound: so it is paused first.
        player.evaluate("player => { player.audio.pause(); player.follow(); }")
        seen = look(player)
        bar = int((seen["seconds"] + 1e-4) / 2)  # of two seconds; browsers round the time
        assert 0 <= bar - moment.step // STEPS_PER_BAR <= 2
        assert seen["place"].startswith(f"Chorus {bar // 12 + 1} of 14 Bar {bar % 12 + 1} of 12")


def test_pressing_play_loads_that_piece_alone(open_page):
    page = open_page("two")
    press_play(player_of(page, "two"))
    assert music_loaded(page) == {"two.mp3", "two.js"}
    assert not any("gates.js" in url for url in page.requests)


# --- Its look -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "name"),
    [("two", "two"), ("index.html", "composition"), (LISTENING_ROOM, "composition-1")],
)
def test_a_page_with_a_player_fits_the_width_of_a_phone(page, name, open_page, book):
    opened = open_page(book / page if page.endswith(".html") else page, size=PHONE)
    player = player_of(opened, name)
    player.get_by_role("slider", name="Position").wait_for()
    width = "document.documentElement.scrollWidth"
    assert opened.evaluate(width) == PHONE[0]
    look_inside(player, seconds=20)
    player.locator(".sheet").wait_for()
    player.locator(".unit button").first.click()
    for view in ("gates", "cell states", "cell outputs", "outputs"):
        player.get_by_role("button", name=view, exact=True).click()
        assert opened.evaluate(width) == PHONE[0]


def test_the_dark_theme_changes_the_colours(open_page):
    player = player_of(open_page("two"), "two")
    ask(player, 0.1)
    parts = [".symbol", ".lane", ".note.melody", ".note.chords", ".sheet .note.sounding"]
    colours = f"""player => {parts}.map(part => player.shadowRoot.querySelector(part))
        .map(getComputedStyle).map(style => style.fill + style.color + style.backgroundColor)"""
    day = player.evaluate(colours)
    set_theme(player.page, "dark")
    night = player.evaluate(colours)
    assert all(one != other for one, other in zip(day, night, strict=True))


def test_in_the_dark_theme_zero_is_dark(open_page):
    """In the light theme 0 is white, for cells and outputs. A shut gate is dark in both themes."""
    player = player_of(open_page("two"), "two")
    look_inside(player)
    for view, inverted in (("gates", False), ("cell states", True), ("outputs", True)):
        player.get_by_role("button", name=view, exact=True).click()
        for theme in ("light", "dark"):
            set_theme(player.page, theme)
            for part in (".unit canvas", ".colours"):
                style = player.locator(part).first.evaluate("part => getComputedStyle(part).filter")
                assert ("invert(1)" in style) == (inverted and theme == "dark")


# --- When something is missing --------------------------------------------------------------------


def test_without_the_script_there_is_a_plain_player(open_page):
    page = open_page("two", java_script_enabled=False)
    assert page.locator("audio[controls]").first.is_visible()
    assert page.get_by_role("link", name="0:25").is_visible()
    assert page.get_by_role("link", name="MIDI").first.is_visible()


def test_a_missing_sound_is_told_and_leaves_the_plain_player(open_page, site, tmp_path):
    copy = shutil.copytree(site, tmp_path / "copy")
    (copy / FOLDER / "two.mp3").unlink()
    page = open_page(copy / "two.html", complains=True)
    player = player_of(page, "two")
    player.get_by_role("button", name="Play").click()
    sentence = "The sound cannot be played: two.mp3 is not there."
    player.get_by_role("alert").filter(has_text=sentence).wait_for()
    assert player.locator("audio").is_visible()
    assert not player.get_by_role("slider", name="Position").is_visible()
    press_play(player_of(page, "scale"))  # which has all of its files


def test_missing_notes_are_told_leave_the_sound_and_are_asked_for_again(open_page, site, tmp_path):
    copy = shutil.copytree(site, tmp_path / "copy")
    notes = (copy / FOLDER / "two.js").rename(copy / FOLDER / "away.js")
    player = player_of(open_page(copy / "two.html", complains=True), "two")
    player.get_by_role("button", name="Play").click()
    player.get_by_role("alert").filter(has_text="The notes cannot be loaded").wait_for()
    wait_for_time(player, 0.05)
    assert player.get_by_role("slider", name="Position").is_visible()
    assert player.get_by_role("button", name="Pause").is_visible()
    notes.rename(copy / FOLDER / "two.js")
    player.get_by_role("button", name="Notes").click()
    player.locator(".status .symbol").filter(has_text="C").wait_for()
    assert player.locator(".trouble").text_content() == ""


def test_a_missing_script_of_the_gates_is_told(open_page, site, tmp_path):
    copy = shutil.copytree(site, tmp_path / "copy")
    (copy / "_static" / "gates.js").unlink()
    player = player_of(open_page(copy / "two.html", complains=True), "two")
    ask(player, 0)
    player.get_by_role("button", name="Inside the network").click()
    told = "The inside cannot be shown: its script is not there."
    player.get_by_role("alert").filter(has_text=told).wait_for()
    press_play(player)
