"""The player in a browser: on the built book, and on a page of small pieces, from disk, offline."""

import re
import shutil
from collections.abc import Iterator

import pytest
from conftest import ROOT

from lstmblues import recordings
from lstmblues.export import write
from lstmblues.form import STEPS_PER_BAR
from lstmblues.midi import held_notes, seconds_at
from lstmblues.piece import Moment, Piece
from lstmblues.player import markup
from lstmblues.recordings import FOLDER, FORM

LISTENING_ROOM = "chapters/00-the-listening-room.html"
TWO = recordings.piece("composition-cautious")
"""Two choruses."""
MOMENTS = (Moment(0, "It begins."), Moment(102, "In the second chorus."))
SPREAD = '<p style="height: 3000px">A long text.</p>'
PAGE = """<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>A page</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="_static/book.css">
<body style="background: var(--pst-color-background); margin: 0">BODY"""

LOOK = """player => {
    const root = player.shadowRoot, find = (selector) => root.querySelector(selector);
    const text = (element) => element.textContent.replace(/\\s+/g, " ").trim();
    return {
        seconds: player.audio.currentTime,
        paused: player.audio.paused,
        open: find(".player").classList.contains("open"),
        place: text(find(".status > :last-child")),
        symbol: text(find(".status .symbol")),
        time: text(find(".time")),
        told: find("[role=slider]").getAttribute("aria-valuetext"),
        lines: [...root.querySelectorAll(".line")].map((line) => line.getBoundingClientRect().left),
        lit: root.querySelectorAll(".roll .sounding").length,
        notes: [...root.querySelectorAll(".sheet .note.sounding")].map((note) => note.id),
        bar: [...root.querySelectorAll(".measure")].findIndex((m) => m.matches(".sounding")),
    };
}"""


def with_wrong_chords() -> Piece:
    """A chorus with C, E flat in bar 6, where the form has Cdim."""
    chords = list(TWO.chords[: FORM.steps])
    chords[40:48] = [frozenset({48, 51})] * 8
    return Piece(FORM, tuple(chords), TWO.melody[: FORM.steps])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder of pages with players, made as the book's are."""
    site = tmp_path_factory.mktemp("site")
    (site / "_static").mkdir()
    for name in ("player.js", "player.css", "book.css"):
        shutil.copy(ROOT / "_static" / name, site / "_static")
    two = write(TWO, site / FOLDER, "two")
    scale = write(recordings.piece("scale"), site / FOLDER, "scale")
    wrong = write(with_wrong_chords(), site / FOLDER, "wrong", swing=True)
    players = {
        "two": markup(two, "Two choruses.", ".", MOMENTS),
        "scale": markup(scale, "The scale.", "."),
        "wrong": markup(wrong, "A wrong chord.", ".", swing=True),
    }
    link = f'<p><a id="prose" href="{FOLDER}/scale.mp3#t=2.25">the top of the scale</a></p>'
    pages = {
        "two": players["two"] + players["scale"] + link,
        "far": players["scale"] + SPREAD + link + SPREAD,
        "near": players["scale"] + link + SPREAD,
        "wrong": players["wrong"],
    }
    for name, body in pages.items():
        (site / f"{name}.html").write_text(PAGE.replace("BODY", body), encoding="utf-8")
    return site


@pytest.fixture
def visit(site, browser) -> Iterator:
    """Open a page of the site, or of a path; at the end, no page may have complained."""
    contexts, complaints = [], []

    def visit(page, complains=False, **options):
        contexts.append(browser.new_context(offline=True, **options))
        opened = contexts[-1].new_page()
        opened.requests = []
        opened.on("request", lambda request: opened.requests.append(request.url))
        if not complains:
            opened.on("pageerror", lambda error: complaints.append(str(error)))
            opened.on("console", lambda m: m.type != "log" and complaints.append(m.text))
        opened.goto((site / f"{page}.html" if isinstance(page, str) else page).as_uri())
        return opened

    yield visit
    for context in contexts:
        context.close()
    assert complaints == []


def player_of(page, name: str):
    return page.locator(f'blues-player:has(audio[src$="/{name}.mp3"])')


def look(player) -> dict:
    return player.evaluate(LOOK)


def ask(player, seconds: float) -> dict:
    """Seek, and return what is shown once the notes are there."""
    player.evaluate("(player, seconds) => player.seek(seconds)", seconds)
    return look(player)


def press_play(player) -> None:
    player.get_by_role("button", name=re.compile("^Play")).click()
    player.page.wait_for_function(
        "player => player.audio.currentTime > 0.05 && player.music", arg=player.element_handle()
    )


# --- What is loaded, and when ---------------------------------------------------------------------


def test_the_book_shows_players_and_loads_no_music(visit, book):
    page = visit(book / "index.html")
    page.locator("blues-player").first.get_by_role("slider").wait_for()
    assert page.locator("blues-player").count() == page.locator("blues-player .player").count() > 0
    own = [url.rpartition("/")[2] for url in page.requests if "player" in url]
    assert sorted(set(own)) == ["player.css", "player.js"]
    assert own.count("player.js") == 1
    assert [url for url in page.requests if FOLDER.as_posix() in url] == []


def test_the_book_plays(visit, book):
    player = visit(book / "index.html").locator("blues-player").first
    press_play(player)
    assert look(player)["open"]
    assert look(player)["lit"] > 0


@pytest.mark.parametrize("size", [(1200, 800), (375, 667)], ids=["desk", "phone"])
def test_the_listening_room_can_be_played_before_one_has_scrolled(size, visit, book):
    viewport = dict(zip(("width", "height"), size, strict=True))
    page = visit(book / LISTENING_ROOM, viewport=viewport)
    button = page.get_by_role("button", name=re.compile("^Play")).first
    button.wait_for()
    box = button.bounding_box()
    assert 0 <= box["y"] and box["y"] + box["height"] <= viewport["height"]


@pytest.mark.parametrize("name", [f"composition-{number}" for number in range(1, 5)])
def test_every_moment_of_the_listening_room_leads_there(name, visit, book):
    moments = recordings.RECORDINGS[name].moments(recordings.piece(name))
    player = player_of(visit(book / LISTENING_ROOM), name)
    links = player.get_by_role("link")
    assert links.count() == len(moments) > 0
    for number, moment in enumerate(moments):
        links.nth(number).click()
        due = float(seconds_at(moment.step))
        player.page.wait_for_function(
            "([player, due]) => player.music && Math.abs(player.audio.currentTime - due) < 1",
            arg=[player.element_handle(), due],
        )
        seen = look(player)
        assert not seen["paused"]
        bar = int((seen["seconds"] + 1e-4) / 2)  # of two seconds each
        assert bar - moment.step // STEPS_PER_BAR in (0, 1)
        assert seen["place"].startswith(f"Chorus {bar // 12 + 1} of 14 Bar {bar % 12 + 1} of 12")


def test_the_book_keeps_the_style_of_its_players(book):
    """What no page holds is taken out of style sheets, but a player's parts are in no page."""

    def selectors(css: str) -> list[str]:
        css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
        return [" ".join(found.split()) for found in re.findall(r"([^{};]+)\{", css)]

    ours = (ROOT / "_static" / "player.css").read_text(encoding="utf-8")
    built = (book / "_static" / "player.css").read_text(encoding="utf-8")
    assert selectors(built) == selectors(ours)


def test_pressing_play_loads_that_piece_alone(visit):
    page = visit("two")
    press_play(player_of(page, "two"))
    loaded = {url.rpartition("/")[2] for url in page.requests if FOLDER.as_posix() in url}
    assert loaded == {"two.mp3", "two.js"}


# --- Following the sound --------------------------------------------------------------------------


def test_everything_moves_while_it_plays(visit):
    player = player_of(visit("two"), "two")
    player.page.wait_for_function("!!document.querySelector('blues-player').find")
    assert not look(player)["open"]
    press_play(player)
    before = look(player)
    player.page.wait_for_timeout(500)
    after = look(player)
    assert after["seconds"] > before["seconds"]
    assert len(after["lines"]) == 2
    assert all(now > then for then, now in zip(before["lines"], after["lines"], strict=True))


@pytest.mark.parametrize("step", [0, 7, 8, 51, 95, 96, 191])
def test_place_chord_and_notes_are_those_of_the_step(step, visit):
    player = player_of(visit("two"), "two")
    seen = ask(player, seconds_at(step) + 0.1)
    chorus, in_chorus = divmod(step, FORM.steps)
    assert seen["place"] == f"Chorus {chorus + 1} of 2 Bar {in_chorus // 8 + 1} of 12"
    assert seen["symbol"] == FORM.chord_at[in_chorus].symbol
    assert seen["bar"] == step // 8
    melody, chords = held_notes(TWO)
    sounding = [note for note in melody if note.onset <= step < note.end]
    assert seen["notes"] == [f"note-{note.onset}" for note in sounding]
    assert seen["lit"] == len(sounding) + sum(note.onset <= step < note.end for note in chords)


def test_some_step_sounds():
    """Otherwise the test above would show nothing of notes."""
    assert TWO.melody[0] is not None


def test_the_line_is_where_the_sound_is(visit):
    player = player_of(visit("two", viewport={"width": 1200, "height": 900}), "two")
    for seconds in (3.1, 27.1):  # the same place in both choruses
        line = ask(player, seconds)["lines"][1]
        box = player.locator(".window").bounding_box()
        assert line - box["x"] == pytest.approx(3.1 / 24 * box["width"], abs=2)


def test_swung_steps_are_followed(visit):
    player = player_of(visit("wrong"), "wrong")
    start, end = seconds_at(0, swing=True), seconds_at(1, swing=True)
    for share in (0.1, 0.9):
        seconds = start + share * (end - start)
        step = player.evaluate(
            "async (player, seconds) => (await player.ask(), player.music.stepAt(seconds))", seconds
        )
        assert step == pytest.approx(share, abs=0.01)


def test_after_the_last_note_it_stays_at_the_end(visit):
    seen = ask(player_of(visit("two"), "two"), 49.5)
    assert seen["place"] == "Chorus 2 of 2 Bar 12 of 12"
    assert seen["time"] == "0:49 / 0:50"


def test_a_wrong_chord_is_marked(visit):
    player = player_of(visit("wrong"), "wrong")
    seen = ask(player, 11)
    assert seen["symbol"] == "(C E♭)"
    assert seen["place"] == "Bar 6 of 12: the form has Cdim"
    assert player.locator(".status .wrong").count() == 1
    assert player.locator(".overview .wrong").count() == 1
    assert ask(player, 13)["place"] == "Bar 7 of 12"
    assert player.locator(".status .wrong").count() == 0


def test_only_the_current_chorus_of_the_score_is_in_sight(visit):
    player = player_of(visit("two", viewport={"width": 1200, "height": 900}), "two")
    for chorus in (0, 1):
        ask(player, 24 * chorus + 1)
        shown = player.locator(".system").evaluate_all(
            "systems => systems.map(system => system.matches('.shown'))"
        )
        assert shown == [number // 3 == chorus for number in range(6)]
        player.page.wait_for_timeout(800)  # it scrolls
        score = player.locator(".sheet").bounding_box()
        note = player.locator(f"#note-{FORM.steps * chorus}").bounding_box()
        assert score["y"] < note["y"] < note["y"] + note["height"] < score["y"] + score["height"]


def test_on_a_phone_the_bar_that_sounds_is_in_sight(visit):
    player = player_of(visit("two", viewport={"width": 360, "height": 700}), "two")
    for bar in (0, 3, 5, 14):
        line = ask(player, 2 * bar + 0.1)["lines"][1]
        roll = player.locator(".window").bounding_box()  # it shows a line of four bars
        assert line - roll["x"] == pytest.approx((bar % 4 + 0.05) / 4 * roll["width"], abs=2)
        player.page.wait_for_timeout(800)
        score = player.locator(".sheet").bounding_box()
        ground = player.locator(".measure.sounding .ground").bounding_box()
        assert score["x"] < ground["x"] + ground["width"] / 2 < score["x"] + score["width"]
        assert score["y"] < ground["y"] + ground["height"] / 2 < score["y"] + score["height"]


# --- Controls -------------------------------------------------------------------------------------


def test_a_moment_starts_the_player_there(visit):
    player = player_of(visit("two"), "two")
    player.get_by_role("link", name="0:25").click()
    player.page.wait_for_function("document.querySelector('blues-player').audio.currentTime > 25.6")
    seen = look(player)
    assert not seen["paused"]
    assert 25.5 < seen["seconds"] < 28
    assert seen["place"].startswith("Chorus 2 of 2 Bar 1 ")


def test_a_link_in_the_text_starts_the_player_that_is_out_of_sight(visit):
    page = visit("far")
    page.locator("#prose").scroll_into_view_if_needed()
    assert page.evaluate("scrollY") > 1000
    page.locator("#prose").click()
    page.wait_for_function("document.querySelector('blues-player').audio.currentTime > 2.3")
    page.wait_for_function("scrollY < 500")
    assert "far.html" in page.url


def test_a_link_in_the_text_leaves_the_page_where_it_is_if_it_can(visit):
    page = visit("near")
    page.evaluate("scrollTo(0, 20)")
    page.locator("#prose").click()
    page.wait_for_function("document.querySelector('blues-player').audio.currentTime > 2.5")
    assert page.evaluate("scrollY") == 20


def test_only_one_plays(visit):
    page = visit("two")
    two, scale = player_of(page, "two"), player_of(page, "scale")
    press_play(two)
    press_play(scale)
    assert look(two)["paused"]
    assert not look(scale)["paused"]


def test_the_button_pauses(visit):
    player = player_of(visit("two"), "two")
    press_play(player)
    player.get_by_role("button", name="Pause: Two choruses.").click()
    assert look(player)["paused"]
    assert player.get_by_role("button", name="Play: Two choruses.").count() == 1


def test_notes_open_and_close_without_playing(visit):
    player = player_of(visit("two"), "two")
    notes = player.get_by_role("button", name="Notes")
    assert notes.get_attribute("aria-expanded") == "false"
    notes.click()
    player.locator(".sheet").wait_for()
    assert notes.get_attribute("aria-expanded") == "true"
    assert look(player)["paused"]
    notes.click()
    assert not player.locator(".sheet").is_visible()
    assert notes.get_attribute("aria-expanded") == "false"


@pytest.mark.parametrize(("share", "expected"), [(0.1, 5), (0.9, 45)])
def test_the_strip_seeks_before_and_after_the_notes_are_there(share, expected, visit):
    player = player_of(visit("two"), "two")
    for _ in range(2):
        if look(player)["open"]:
            ask(player, 0)
        box = player.get_by_role("slider").bounding_box()
        x, y = box["x"] + share * box["width"], box["y"] + box["height"] / 2
        player.page.mouse.click(x, y)
        assert look(player)["seconds"] == pytest.approx(expected, abs=0.2)
        player.locator(".sheet").wait_for()


def test_the_strip_can_be_dragged(visit):
    player = player_of(visit("two"), "two")
    box = player.get_by_role("slider").bounding_box()
    mouse, y = player.page.mouse, box["y"] + box["height"] / 2
    mouse.move(box["x"] + 10, y)
    mouse.down()
    mouse.move(box["x"] + box["width"] / 2, y + 200, steps=4)
    mouse.up()
    mouse.move(box["x"], y)
    assert look(player)["seconds"] == pytest.approx(25, abs=0.3)


def test_a_click_on_a_bar_of_the_roll_or_the_score_goes_there(visit):
    player = player_of(visit("two", viewport={"width": 1200, "height": 1400}), "two")
    ask(player, 25)
    box = player.locator(".window").bounding_box()
    player.page.mouse.click(box["x"] + 7.6 / 12 * box["width"], box["y"] + 80)
    assert look(player)["seconds"] == pytest.approx(24 + 15, abs=0.01)
    player.page.wait_for_timeout(800)
    player.locator(".measure").nth(14).locator(".ground").click()
    assert look(player)["seconds"] == pytest.approx(28, abs=0.01)


def test_keys(visit):
    player = player_of(visit("two"), "two")
    player.get_by_role("slider").focus()
    press = player.page.keyboard.press
    for key, bars in [
        *(("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("ArrowUp", 12)),
        *(("ArrowUp", 12), ("ArrowRight", 13), ("ArrowDown", 12), ("ArrowDown", 0)),
        *(("ArrowLeft", 0), ("ArrowRight", 1), ("Home", 0)),
    ]:
        press(key)
        player.page.wait_for_timeout(100)
        assert look(player)["seconds"] == pytest.approx(2 * bars, abs=0.01), key
    press("Space")
    player.page.wait_for_function("document.querySelector('blues-player').audio.currentTime > 0.1")
    press("Space")
    assert look(player)["paused"]


def test_keys_work_on_links_and_buttons_of_the_player(visit):
    player = player_of(visit("two"), "two")
    figure = player.page.locator("figure").first
    figure.get_by_role("link", name="MIDI").focus()
    player.page.keyboard.press("Space")
    player.page.wait_for_function("!document.querySelector('blues-player').audio.paused")
    player.get_by_role("button", name="Pause").focus()
    player.page.keyboard.press("Space")
    assert look(player)["paused"]
    player.get_by_role("button", name="Notes").focus()
    player.page.keyboard.press("Space")
    assert look(player)["paused"]


def test_keys_elsewhere_are_left_alone(visit):
    page = visit("two")
    page.locator("#prose").focus()
    for key in ("Space", "ArrowRight", "Home", "ArrowUp"):
        page.keyboard.press(key)
    page.wait_for_timeout(200)
    assert [url for url in page.requests if FOLDER.as_posix() in url] == []


def test_keys_of_the_browser_are_left_alone(visit):
    player = player_of(visit("two"), "two")
    player.get_by_role("slider").focus()
    player.page.keyboard.press("Control+ArrowRight")
    player.page.wait_for_timeout(200)
    assert look(player)["seconds"] == 0


# --- For every reader -----------------------------------------------------------------------------


def test_a_screen_reader_is_told_the_place(visit):
    player = player_of(visit("two"), "two")
    seen = ask(player, 37)
    assert seen["told"] == "Chorus 2, bar 7, C, 0:37"
    slider = player.get_by_role("slider", name="Position")
    assert slider.get_attribute("aria-valuenow") == "37"
    assert slider.get_attribute("aria-valuemax") == "50"
    assert player.page.get_by_role("group", name="Two choruses.").count() == 1


def test_a_screen_reader_does_not_speak_over_the_music(visit):
    player = player_of(visit("two"), "two")
    player.get_by_role("slider").focus()
    player.page.keyboard.press("Space")
    player.page.wait_for_function("document.querySelector('blues-player').audio.currentTime > 1.1")
    assert look(player)["told"].endswith("0:00")
    player.page.keyboard.press("ArrowRight")
    player.page.wait_for_timeout(200)
    assert look(player)["told"].startswith("Chorus 1, bar 2, F7")


def test_the_notes_can_be_read(visit):
    player = player_of(visit("two"), "two")
    ask(player, 0)
    player.get_by_text("The notes as text").click()
    assert player.locator("details h4").all_text_contents() == ["Chorus 1", "Chorus 2"]
    items = player.locator("details li")
    assert items.count() == TWO.bars
    assert items.nth(15).text_content().startswith("Bar 4: G minor 7, then C; melody ")


@pytest.mark.parametrize("page", ["two", "index.html", LISTENING_ROOM])
def test_a_phone_need_not_scroll_sideways(page, visit, book):
    phone = {"viewport": {"width": 360, "height": 700}}
    opened = visit(book / page if page.endswith(".html") else page, **phone)
    player = opened.locator("blues-player").first
    player.get_by_role("slider").wait_for()
    width = "document.documentElement.scrollWidth"
    assert opened.evaluate(width) == 360
    ask(player, 20)
    player.locator(".sheet").wait_for()
    assert opened.evaluate(width) == 360


def test_what_is_touched_is_large_enough(visit):
    player = player_of(visit("two", viewport={"width": 360, "height": 700}), "two")
    for opened in (False, True):
        if opened:
            ask(player, 1)
        for control in (*player.get_by_role("button").all(), player.get_by_role("slider")):
            box = control.bounding_box()
            assert min(box["width"], box["height"]) >= 44


CONTRAST = """player => {
    const parse = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map(Number);
    const light = (colour) => parse(colour)
        .map((value) => value / 255)
        .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
        .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
    const ground = light(getComputedStyle(player.closest("figure")).backgroundColor);
    const inside = [".symbol", ".place", ".place + .place", ".time", ".notes", ".legend", "kbd"];
    const texts = [
        ...inside.map((selector) => player.shadowRoot.querySelector(selector)),
        ...player.closest("figure").querySelectorAll("figcaption, li, a, .downloads"),
    ];
    return texts.map((element) => {
        const [low, high] = [ground, light(getComputedStyle(element).color)].sort((a, b) => a - b);
        return (high + 0.05) / (low + 0.05);
    });
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_can_be_read_by_day_and_by_night(theme, visit):
    page = visit("two")
    page.evaluate("theme => (document.documentElement.dataset.theme = theme)", theme)
    player = player_of(page, "two")
    ask(player, 1)
    assert min(player.evaluate(CONTRAST)) >= 4.5


def test_by_night_the_colours_are_others(visit):
    player = player_of(visit("two"), "two")
    ask(player, 0.1)
    parts = [".symbol", ".lane", ".note.melody", ".note.chords", ".sheet .note.sounding"]
    colours = f"""player => {parts}.map(part => player.shadowRoot.querySelector(part))
        .map(getComputedStyle).map(style => style.fill + style.color + style.backgroundColor)"""
    day = player.evaluate(colours)
    player.page.evaluate("document.documentElement.dataset.theme = 'dark'")
    night = player.evaluate(colours)
    assert all(one != other for one, other in zip(day, night, strict=True))


# --- When something is missing --------------------------------------------------------------------


def test_without_the_script_there_is_a_plain_player(visit):
    page = visit("two", java_script_enabled=False)
    assert page.locator("audio[controls]").first.is_visible()
    assert page.get_by_role("link", name="0:25").is_visible()
    assert page.get_by_role("link", name="MIDI").first.is_visible()


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ("two.js", "The notes cannot be loaded: the files of two are not all there."),
        ("two.mp3", "The sound cannot be loaded: the files of two are not all there."),
    ],
)
def test_what_is_missing_is_told_and_leaves_the_plain_player(
    missing, sentence, visit, site, tmp_path
):
    copy = shutil.copytree(site, tmp_path / "copy")
    (copy / FOLDER / missing).unlink()
    page = visit(copy / "two.html", complains=True)
    player = player_of(page, "two")
    player.get_by_role("button", name="Play").click()
    player.get_by_role("alert").filter(has_text=sentence).wait_for()
    assert player.locator("audio").is_visible()
    assert not player.get_by_role("slider").is_visible()
    press_play(player_of(page, "scale"))  # which is not concerned
