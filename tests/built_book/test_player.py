"""The player in a browser: on the built book, and on a page of small pieces, from disk, offline."""

import base64
import re
import shutil
from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pytest
from paths import ROOT

from lstmblues.book import recordings
from lstmblues.book.player import markup
from lstmblues.book.player_files import write
from lstmblues.book.recordings import FOLDER, FORM
from lstmblues.figures.plots import GATES
from lstmblues.music.encoding import encode
from lstmblues.music.form import STEPS_PER_BAR
from lstmblues.music.notes import held_notes, seconds_at
from lstmblues.music.piece import Moment, Piece
from lstmblues.music.sound import SAMPLE_RATE, render

LISTENING_ROOM = "chapters/00-the-listening-room.html"
TWO = recordings.piece("composition-cautious")
"""Two choruses."""
NETWORK = recordings.network("composition-cautious")
"""The network that composed them."""
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
    for name in ("player.js", "gates.js", "player.css", "book.css"):
        shutil.copy(ROOT / "_static" / name, site / "_static")
    two = write(TWO, site / FOLDER, "two", network=NETWORK)
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
    loaded = [url.rpartition("/")[2] for url in page.requests]
    own = [name for name in loaded if name.startswith(("player.", "gates."))]
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
            """([player, due]) => {
                const since = player.audio.currentTime - due;
                return player.music && -0.01 < since && since < 4;
            }""",
            arg=[player.element_handle(), due],
        )
        assert not look(player)["paused"]
        # What is shown is a frame old; so it is looked at once the sound stands still.
        player.evaluate("player => { player.audio.pause(); player.follow(); }")
        seen = look(player)
        bar = int((seen["seconds"] + 1e-4) / 2)  # of two seconds each
        assert 0 <= bar - moment.step // STEPS_PER_BAR <= 2
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
    assert not any("gates.js" in url for url in page.requests)


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
    assert len(after["lines"]) == 3
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
    for seconds in (3.1, 27.1, 23.9, 47.9):  # near both ends of both choruses
        lines = ask(player, seconds)["lines"]
        track, roll = (player.locator(part).bounding_box() for part in (".track", ".window"))
        for line, box, share in (
            (lines[0], track, seconds / 50),
            (lines[1], roll, seconds % 24 / 24),
        ):
            middle = line + 1 - box["x"]  # it is two pixels wide
            assert middle == pytest.approx(share * box["width"], abs=0.5)


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


@pytest.mark.parametrize("width", [1200, 360])
def test_the_line_in_the_score_strikes_the_notes(width, visit):
    player = player_of(visit("two", viewport={"width": width, "height": 900}), "two")
    ask(player, 0)
    middles = []
    for onset in (0, 30, 32, 94, 96):
        assert any(note.onset == onset for note in held_notes(TWO)[0])
        ask(player, seconds_at(onset))
        player.page.wait_for_timeout(800)  # it scrolls
        line = player.locator(".sheet .line").bounding_box()
        head = player.locator(f"#note-{onset} > :first-child").first.bounding_box()
        middles.append(head["x"] + head["width"] / 2)
        assert line["x"] + 1 == pytest.approx(middles[-1], abs=1.5)
        assert line["y"] < head["y"] < line["y"] + line["height"]
    assert len({round(middle) for middle in middles}) > 1


# --- Inside the network ---------------------------------------------------------------------------


def look_inside(player, view: str = "gates", seconds: float = 0) -> None:
    ask(player, seconds)
    player.get_by_role("button", name="Inside the network").click()
    player.locator(".gates").wait_for()
    player.get_by_role("button", name=view, exact=True).click()


def what_the_network_did(group: str, kind: str) -> np.ndarray:
    """Values of one of ``network.Activations``: shape (steps, units)."""
    return getattr(NETWORK.record(encode(TWO))[group], kind)


def test_the_network_is_shown_when_it_is_asked_for(visit):
    page = visit("two")
    player = player_of(page, "two")
    ask(player, 0)
    inside = player.get_by_role("button", name="Inside the network")
    assert inside.get_attribute("aria-expanded") == "false"
    assert not any("gates.js" in url for url in page.requests)
    inside.click()
    player.locator(".gates").wait_for()
    assert inside.get_attribute("aria-expanded") == "true"
    assert player.locator(".unit canvas").count() == NETWORK.topology.blocks * 3
    inside.click()
    player.locator(".gates").wait_for(state="hidden")
    assert inside.get_attribute("aria-expanded") == "false"
    inside.click()
    player.locator(".gates").wait_for()
    assert sum("gates.js" in url for url in page.requests) == 1


def test_music_of_no_network_has_nothing_inside(visit):
    player = player_of(visit("two"), "scale")
    ask(player, 0)
    assert player.get_by_role("button", name="Notes").is_visible()
    assert not player.get_by_role("button", name="Inside the network").is_visible()


@pytest.mark.parametrize(
    ("view", "group", "kind", "unit", "name"),
    [
        ("gates", "chords", "input_gate", 0, "input gate, block 1 (chords)"),
        ("gates", "melody", "forget_gate", 2, "forget gate, block 3 (melody)"),
        ("cell states", "chords", "cell_state", 3, "cell state, block 2, cell 2 (chords)"),
        ("cell outputs", "melody", "cell_output", 7, "cell output, block 4, cell 2 (melody)"),
        ("outputs", "melody", "output", 3, "output, E♭4 (melody)"),
    ],
)
def test_a_unit_is_picked_and_followed(view, group, kind, unit, name, visit):
    player = player_of(visit("two"), "two")
    look_inside(player, view)
    button = player.get_by_role("button", name=name, exact=True)
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    values, digits, seen = what_the_network_did(group, kind)[:, unit], set(), set()
    for step in (0, 7, 95, 96, 191, int(values.argmin()), int(values.argmax())):
        ask(player, seconds_at(step) + 0.1)
        reading = player.locator(".reading").text_content()
        told, _, number = reading.rpartition(": ")
        assert told == name
        digits.add(len(number.partition(".")[2]))
        exact = 0.15 if kind == "cell_state" else 0.0125
        assert float(number.replace("−", "-")) == pytest.approx(values[step], abs=exact)
        seen.add(number)
    assert digits == {1 if kind == "cell_state" else 2}
    assert len(seen) > 1
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    assert player.locator(".reading").count() == 0


def test_one_unit_is_followed_at_a_time(visit):
    player = player_of(visit("two"), "two")
    look_inside(player)
    for name in ("input gate, block 1 (chords)", "output gate, block 4 (melody)"):
        player.get_by_role("button", name=name).press("Enter")
        assert player.locator(".unit.picked").count() == 1
        assert player.locator(".reading").text_content().startswith(name)


def test_the_curve_is_that_of_the_values(visit):
    player = player_of(visit("two"), "two")
    look_inside(player, seconds=30)  # in the second chorus
    player.get_by_role("button", name="forget gate, block 3 (melody)").click()
    path = player.locator(".curve .values").get_attribute("d")
    heights = [float(height) for height in re.findall("V([\\d.]+)", path)]
    values = what_the_network_did("melody", "forget_gate")[FORM.steps :, 2]
    assert heights == pytest.approx(254 * (1 - values), abs=0.51)
    assert np.ptp(values) > 0.5
    dot = player.locator(".curve circle").bounding_box()
    box = player.locator(".curve").bounding_box()
    height = (dot["y"] + dot["height"] / 2 - box["y"]) / box["height"]
    assert height == pytest.approx(1 - values[24], abs=0.02)


def test_colours_are_those_of_the_figures(visit):
    player = player_of(visit("two"), "two")
    look_inside(player, seconds=30)
    pixels = player.locator(".unit canvas").evaluate_all(
        """canvases => canvases.map(canvas => [...canvas.getContext("2d")
            .getImageData(0, 0, canvas.width, 1).data])"""
    )
    kinds = ("input_gate", "forget_gate", "output_gate")
    values = np.concatenate(
        [
            what_the_network_did(group, kind)[FORM.steps :].T
            for group in ("chords", "melody")
            for kind in kinds
        ]
    )
    expected = 255 * plt.get_cmap(GATES)(values)  # (rows, steps, 4)
    shown = np.reshape(pixels, expected.shape)
    assert np.abs(shown - expected).max() < 12


def test_notes_stand_as_in_the_roll(visit):
    player = player_of(visit("two"), "two")
    look_inside(player, "outputs")
    names = player.locator(".unit button").all_text_contents()
    assert (names[0], names[12], names[13], names[-1]) == ("C5", "C4", "B3", "C3")


@pytest.mark.parametrize(
    ("view", "rows", "ends"),
    [
        ("gates", 24, r"shut open"),
        ("cell states", 16, r"−(\d+) \1"),
        ("cell outputs", 16, r"−1 1"),
        ("outputs", 25, r"0 1"),
    ],
)
def test_what_is_shown_can_be_chosen(view, rows, ends, visit):
    player = player_of(visit("two"), "two")
    look_inside(player, view)
    pressed = player.locator(".choices [aria-pressed=true]")
    assert pressed.all_text_contents() == [view]
    assert player.locator(".unit").count() == rows
    scale = player.locator(".scale").evaluate(
        "scale => [scale.firstChild, scale.lastChild].map(end => end.textContent).join(' ')"
    )
    assert re.fullmatch(ends, scale)


def plays_from(player, seconds: float) -> bool:
    """Whether the player has just begun to play from there; it is stopped."""
    seen = look(player)
    player.evaluate("player => player.audio.pause()")
    return not seen["paused"] and 0 <= seen["seconds"] - seconds + 0.01 < 1.5


def test_a_click_on_a_step_of_the_gates_plays_from_there_and_one_on_a_number_does_not(visit):
    player = player_of(visit("two", viewport={"width": 1200, "height": 1800}), "two")
    look_inside(player, seconds=25)
    box = player.locator(".gates .window").bounding_box()
    player.page.mouse.click(box["x"] + 7.6 / 12 * box["width"], box["y"] + 80)
    assert plays_from(player, 24 + 15)
    before = look(player)["seconds"]
    player.get_by_role("button", name="input gate, block 1 (chords)").click()
    seen = look(player)
    assert seen["paused"] and seen["seconds"] == before


@pytest.mark.parametrize("width", [1200, 360])
def test_the_gates_stand_below_the_notes_to_the_pixel(width, visit):
    player = player_of(visit("two", viewport={"width": width, "height": 900}), "two")
    look_inside(player)
    player.get_by_role("button", name="forget gate, block 3 (melody)").click()
    for seconds in (0, 3.1, 19, 40):
        ask(player, seconds)
        edges = [
            [box["x"], box["x"] + box["width"]]
            for part in (".roll .window", ".gates .window", ".unit canvas", ".curve")
            for box in [player.locator(part).first.bounding_box()]
        ]
        assert edges == [pytest.approx(edges[0], abs=0.1)] * 4
        roll, gates = (
            player.locator(f".{lane} .line").bounding_box() for lane in ("roll", "gates")
        )
        assert roll["x"] == pytest.approx(gates["x"], abs=0.1)
        bars = [
            player.locator(f".{lane} .barline").evaluate_all(
                "lines => lines.map(line => line.getBoundingClientRect().left)"
            )
            for lane in ("roll", "gates")
        ]
        assert bars[0] == pytest.approx(bars[1], abs=0.1)
        assert len(bars[0]) == (13 if width == 1200 else 5)


def test_the_column_of_the_step_is_marked(visit):
    player = player_of(visit("two"), "two")
    look_inside(player)
    for step in (0, 95, 100):
        ask(player, seconds_at(step) + 0.2)
        area, column = (
            player.locator(f".gates {part}").bounding_box() for part in (".window", ".column")
        )
        width = area["width"] / FORM.steps
        assert column["width"] == pytest.approx(width, abs=0.1)
        assert column["x"] - area["x"] == pytest.approx(step % FORM.steps * width, abs=0.5)


def test_a_screen_reader_is_told_the_value_while_the_music_rests(visit):
    player = player_of(visit("two"), "two")
    look_inside(player)
    player.get_by_role("button", name="forget gate, block 3 (melody)").click()
    told, reading = player.get_by_role("status"), player.locator(".reading")
    before = told.text_content()
    assert before == reading.text_content() != ""
    press_play(player)
    player.page.wait_for_function(
        "([reading, before]) => reading.textContent !== before",
        arg=[reading.element_handle(), before],
    )
    assert told.text_content() == before
    player.get_by_role("button", name="Pause").click()
    player.page.wait_for_function(
        "([told, reading]) => told.textContent === reading.textContent",
        arg=[told.element_handle(), reading.element_handle()],
    )


# --- In time --------------------------------------------------------------------------------------
# What the lines show is held against the time of the <audio> element, the time of the element
# against what comes out of it, and the sound against the notes as they are written.

IN_STEP = 50
"""By how many milliseconds a line may be away from the sound."""

LINES = """(player, seconds) => new Promise((resolve) => {
    const root = player.shadowRoot, samples = [];
    const box = (selector) => root.querySelector(selector).getBoundingClientRect();
    const line = (lane) => box(`${lane} .line`).left + 1; // it is two pixels wide
    const share = (lane, area) => (line(lane) - box(area).left) / box(area).width;
    const heads = [...root.querySelectorAll(".system.shown .note > :first-child")].map((head) => {
        const { left, width } = head.getBoundingClientRect();
        return [Number(head.parentNode.id.slice(5)), left + width / 2 - box(".sheet > svg").left];
    });
    const first = performance.now();
    // It is asked for after the player has asked for its own frame, and so sees what is painted.
    const sample = () => {
        samples.push({
            clock: performance.now(),
            seconds: player.audio.currentTime,
            overview: share(".overview", ".track"),
            roll: share(".roll", ".roll .window"),
            gates: share(".gates", ".gates .window"),
            score: line(".sheet") - box(".sheet > svg").left,
        });
        if (performance.now() - first < 1000 * seconds) requestAnimationFrame(sample);
        else resolve({ heads, samples });
    };
    requestAnimationFrame(sample);
})"""


@pytest.mark.parametrize("start", [0.5, 19])
def test_every_line_is_in_step_with_the_time_of_the_sound(start, visit):
    player = player_of(visit("two", viewport={"width": 1200, "height": 1800}), "two")
    look_inside(player, seconds=start)
    press_play(player)
    player.page.wait_for_timeout(500)
    measured = player.evaluate(LINES, 2.5)
    samples = {
        name: np.array([sample[name] for sample in measured["samples"]])
        for name in measured["samples"][0]
    }
    sound = samples["seconds"]
    assert len(sound) > 30
    assert 2 < np.ptp(sound) < 3
    of_the_line = [head for head in measured["heads"] if head[0] // 32 == int(start / 8)]
    onsets, places = np.array(of_the_line).T
    chorus = float(seconds_at(FORM.steps))
    shown = {
        "overview": samples["overview"] * float(player.get_attribute("seconds")),
        "roll": samples["roll"] * chorus,
        "gates": samples["gates"] * chorus,
        "score": np.interp(samples["score"], places, seconds_at(onsets)),
    }
    clock = (samples["clock"] - samples["clock"][0]) / 1000
    ahead = clock - sound
    worst = {name: 1000 * np.abs(seconds - sound).max() for name, seconds in shown.items()}
    worst["clock of the page"] = 1000 * np.abs(ahead - np.median(ahead)).max()
    print(*(f"{name}: {ms:.1f} ms" for name, ms in worst.items()), f"in {len(sound)} frames")
    assert max(worst.values()) < IN_STEP


@pytest.fixture(scope="module")
def scale_as_mp3(site):
    return base64.b64encode((site / FOLDER / "scale.mp3").read_bytes()).decode()


@pytest.fixture(scope="module")
def scale_as_rendered():
    return render(recordings.piece("scale"))


def lag(sound: np.ndarray, reference: np.ndarray) -> float:
    """By how many milliseconds ``sound`` comes later than ``reference``: where both agree most."""
    size = 2 ** (len(sound) + len(reference)).bit_length()
    spectrum = np.fft.rfft(sound, size) * np.conj(np.fft.rfft(reference, size))
    samples = int(np.argmax(np.fft.irfft(spectrum, size)))
    return 1000 / SAMPLE_RATE * (samples if samples < size // 2 else samples - size)


DECODE = """async ([content, rate]) => {
    const bytes = Uint8Array.from(atob(content), (byte) => byte.charCodeAt(0));
    const sound = await new OfflineAudioContext(1, 1, rate).decodeAudioData(bytes.buffer);
    return [...sound.getChannelData(0)];
}"""


def test_notes_begin_in_the_decoded_sound_when_they_are_written(
    visit, scale_as_mp3, scale_as_rendered
):
    decoded = np.array(visit("two").evaluate(DECODE, [scale_as_mp3, SAMPLE_RATE]))
    assert len(decoded) == len(scale_as_rendered)
    assert abs(lag(decoded, scale_as_rendered)) < 1
    # A hammer is heard in the highest frequencies first.
    window, reach = SAMPLE_RATE // 500, SAMPLE_RATE // 20
    energy = np.convolve(np.diff(decoded, 2) ** 2, np.ones(window) / window)
    late = []
    for note in held_notes(recordings.piece("scale"))[0]:
        due = round(float(seconds_at(note.onset)) * SAMPLE_RATE)
        before = energy[max(0, due - reach) : due].max(initial=0)
        after = energy[due : due + reach]
        late.append(1000 * np.argmax(after > before + 0.1 * (after.max() - before)) / SAMPLE_RATE)
    print("notes begin after", [round(ms, 1) for ms in late], "ms")
    assert 0 < max(late) < 15


# Under an address of its own, unlike a file's, the sound may be listened to by its page.
OVERHEAR = """async ([content, rate]) => {
    const bytes = Uint8Array.from(atob(content), (byte) => byte.charCodeAt(0));
    const audio = new Audio(URL.createObjectURL(new Blob([bytes])));
    const context = new AudioContext({ sampleRate: rate });
    const tap = context.createScriptProcessor(256, 1, 1), heard = [];
    tap.onaudioprocess = ({ playbackTime, inputBuffer }) => heard.push({
        clock: playbackTime,
        seconds: audio.currentTime,
        samples: [...inputBuffer.getChannelData(0)],
    });
    context.createMediaElementSource(audio).connect(tap);
    tap.connect(context.destination);
    await audio.play();
    while (audio.currentTime < 3) await new Promise(requestAnimationFrame);
    tap.onaudioprocess = null;
    return heard;
}"""


def test_the_time_of_the_sound_is_that_of_what_comes_out(visit, scale_as_mp3, scale_as_rendered):
    page = visit("two", complains=True)  # of a way to listen that is old, but needs no other file
    heard = page.evaluate(OVERHEAR, [scale_as_mp3, SAMPLE_RATE])
    clock = np.array([part["clock"] for part in heard]) - heard[0]["clock"]
    sound = np.zeros(round(clock[-1] * SAMPLE_RATE) + len(heard[0]["samples"]))
    for start, part in zip(clock, heard, strict=True):
        place = round(start * SAMPLE_RATE)
        sound[place : place + len(part["samples"])] = part["samples"]
    assert np.abs(sound).max() > 0.1
    content = clock - lag(sound, scale_as_rendered) / 1000  # what is heard, in seconds
    told = np.array([part["seconds"] for part in heard])
    early = 1000 * (told - content)[(told > 0.1) & (told < 3)]
    print(f"the element is ahead by {np.median(early):.1f} ms, at most {np.abs(early).max():.1f}")
    assert abs(np.median(early)) < IN_STEP / 2


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


def test_a_click_on_a_bar_of_the_roll_or_the_score_plays_from_there(visit):
    player = player_of(visit("two", viewport={"width": 1200, "height": 1400}), "two")
    ask(player, 25)
    box = player.locator(".window").bounding_box()
    player.page.mouse.click(box["x"] + 7.6 / 12 * box["width"], box["y"] + 80)
    assert plays_from(player, 24 + 15)
    player.page.wait_for_timeout(800)
    player.locator(".measure").nth(14).locator(".ground").click()
    assert plays_from(player, 28)


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


@pytest.mark.parametrize(
    ("page", "name"),
    [("two", "two"), ("index.html", "composition"), (LISTENING_ROOM, "composition-1")],
)
def test_a_phone_need_not_scroll_sideways(page, name, visit, book):
    phone = {"viewport": {"width": 360, "height": 700}}
    opened = visit(book / page if page.endswith(".html") else page, **phone)
    player = player_of(opened, name)
    player.get_by_role("slider").wait_for()
    width = "document.documentElement.scrollWidth"
    assert opened.evaluate(width) == 360
    look_inside(player, seconds=20)
    player.locator(".sheet").wait_for()
    player.locator(".unit button").first.click()
    for view in ("gates", "cell states", "cell outputs", "outputs"):
        player.get_by_role("button", name=view, exact=True).click()
        assert opened.evaluate(width) == 360


def test_what_is_touched_is_large_enough(visit):
    player = player_of(visit("two", viewport={"width": 360, "height": 700}), "two")
    for opened in (False, True):
        if opened:
            ask(player, 1)
        for control in (*player.get_by_role("button").all(), player.get_by_role("slider")):
            if control.is_visible():
                box = control.bounding_box()
                assert min(box["width"], box["height"]) >= 44
    look_inside(player)
    for control in player.locator(".choices button").all():
        box = control.bounding_box()
        assert min(box["width"], box["height"]) >= 44
    rows = player.locator(".unit button").all()
    assert len(rows) == 24
    for row in rows:  # these stand in a list as long as a page
        box = row.bounding_box()
        assert min(box["width"], box["height"]) >= 24


CONTRAST = """player => {
    const parse = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map(Number);
    const light = (colour) => parse(colour)
        .map((value) => value / 255)
        .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
        .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
    const ground = light(getComputedStyle(player.closest("figure")).backgroundColor);
    const inside = [".symbol", ".place", ".place + .place", ".time", ".notes", ".legend", "kbd",
        ".inside", ".choices button:last-child", ".scale", ".text", ".title", ".unit button",
        ".reading"];
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
    look_inside(player, seconds=1)
    player.get_by_role("button", name="input gate, block 2 (chords)").click()
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


def test_by_night_what_is_nothing_is_dark(visit):
    """White stands for 0 with cells and outputs; with gates, dark stands for shut at any hour."""
    player = player_of(visit("two"), "two")
    look_inside(player)
    for view, inverted in (("gates", False), ("cell states", True), ("outputs", True)):
        player.get_by_role("button", name=view, exact=True).click()
        for theme in ("light", "dark"):
            player.page.evaluate("theme => (document.documentElement.dataset.theme = theme)", theme)
            for part in (".unit canvas", ".colours"):
                style = player.locator(part).first.evaluate("part => getComputedStyle(part).filter")
                assert ("invert(1)" in style) == (inverted and theme == "dark")


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


def test_missing_gates_are_told(visit, site, tmp_path):
    copy = shutil.copytree(site, tmp_path / "copy")
    (copy / "_static" / "gates.js").unlink()
    player = player_of(visit(copy / "two.html", complains=True), "two")
    ask(player, 0)
    player.get_by_role("button", name="Inside the network").click()
    player.get_by_role("alert").filter(has_text="The gates cannot be loaded").wait_for()
    assert player.locator("audio").is_visible()
