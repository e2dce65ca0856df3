"""Pages with players, made as the book's are, and what tests do with a player on one of them.

``page`` is a page of Playwright, ``player`` the locator of one <blues-player> on it.
"""

import re
import shutil
from pathlib import Path

from paths import ROOT

from lstmblues.book import recordings
from lstmblues.book.player import markup
from lstmblues.book.player_files import write
from lstmblues.book.recordings import FOLDER, FORM
from lstmblues.music.form import STEPS_PER_BAR
from lstmblues.music.piece import Moment, Piece

LISTENING_ROOM = "chapters/00-the-listening-room.html"
TWO = recordings.piece("composition-cautious")
"""The piece of the player "two": two choruses of 24 seconds; its sound rings on for two more."""
NETWORK = recordings.network("composition-cautious")
"""The network that composed them."""
PHONE = (360, 700)
"""The size of its window, in pixels: width and height."""

# --- The pages ------------------------------------------------------------------------------------

MOMENTS = (Moment(0, "It begins."), Moment(102, "In the second chorus."))
SPREAD = '<p style="height: 3000px">A long text.</p>'
PAGE = """<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>A page</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="_static/book.css">
<body style="background: var(--pst-color-background); margin: 0">BODY"""


def with_wrong_chords() -> Piece:
    """A chorus with C and E flat in bar 6, where the form has Cdim."""
    chords = list(TWO.chords[: FORM.steps])
    bar = slice(5 * STEPS_PER_BAR, 6 * STEPS_PER_BAR)
    chords[bar] = [frozenset({48, 51})] * STEPS_PER_BAR
    return Piece(FORM, tuple(chords), TWO.melody[: FORM.steps])


def write_pages(site: Path) -> None:
    """Write four pages into a folder, with the files that they load.

    Args:
        site: The folder. Its pages are ``two``, with two players and a link in the text; ``far``,
            whose link is far from its player; ``near``, whose link is in sight of its player; and
            ``wrong``, whose player swings and has a wrong chord.
    """
    (site / "_static").mkdir()
    for name in ("player.js", "gates.js", "practice.js", "player.css", "book.css"):
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


# --- What a player shows --------------------------------------------------------------------------

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


def music_loaded(page) -> set[str]:
    """The names of the recordings' files that a page has asked for."""
    return {url.rpartition("/")[2] for url in page.requests if FOLDER.as_posix() in url}


def player_of(page, name: str):
    """The player of the piece of that name."""
    return page.locator(f'blues-player:has(audio[src$="/{name}.mp3"])')


def look(player) -> dict:
    """What a player shows: see ``LOOK``."""
    return player.evaluate(LOOK)


def set_theme(page, theme: str) -> None:
    """Show a page in the ``light`` or the ``dark`` theme."""
    page.evaluate("theme => (document.documentElement.dataset.theme = theme)", theme)


# --- What a reader does with it -------------------------------------------------------------------


def ask(player, seconds: float) -> dict:
    """Seek, and return what is shown once the notes are there."""
    player.evaluate("(player, seconds) => player.seek(seconds)", seconds)
    return look(player)


def press_play(player) -> None:
    """Play, and wait until there is sound and the notes are there."""
    player.get_by_role("button", name=re.compile("^Play")).click()
    player.page.wait_for_function(
        "player => player.audio.currentTime > 0.05 && player.music", arg=player.element_handle()
    )


def wait_for_time(player, seconds: float) -> None:
    """Wait until the sound has come to a time: it shows that the player plays."""
    player.page.wait_for_function(
        "([player, seconds]) => player.audio.currentTime > seconds",
        arg=[player.element_handle(), seconds],
    )


def wait_for_scrolling(player) -> None:
    """Wait until the score, which scrolls smoothly, has come to rest."""
    player.page.wait_for_timeout(800)


def look_inside(player, view: str = "gates", seconds: float = 0) -> None:
    """Seek, open the part that shows the network, and choose what of it is shown."""
    ask(player, seconds)
    player.get_by_role("button", name="Inside the network").click()
    player.locator(".gates").wait_for()
    player.get_by_role("button", name=view, exact=True).click()


def plays_from(player, seconds: float) -> bool:
    """Whether the player has just begun to play from there; it is paused."""
    seen = look(player)
    player.evaluate("player => player.audio.pause()")
    return not seen["paused"] and 0 <= seen["seconds"] - seconds + 0.01 < 1.5
