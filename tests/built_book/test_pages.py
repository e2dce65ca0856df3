"""The built book, as a reader opens it: from disk, with the network off.

Every page is opened in a browser, and every player on it played. Every link is followed in the
files. The last tests show that the checks can fail: they feed them a page that does all that a page
must not.
"""

import re
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from paths import ROOT

PAGE_BYTES = 1_500_000
"""The most that opening a page may load, all told, before play is pressed."""
SECONDS_TO_LOAD = 20


def pages_of_contents() -> list[str]:
    """Return the pages that the table of contents names, as paths in the built book."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    entries = [entry for part in contents["parts"] for entry in part["chapters"]]
    return [f"{name}.html" for name in [contents["root"], *(entry["file"] for entry in entries)]]


PAGES = [*pages_of_contents(), "search.html"]

# --- A page in the browser ------------------------------------------------------------------------

PLAY = """async (player) => {
    const until = (happens, what) => new Promise((resolve, reject) => {
        const start = performance.now();
        const look = () => {
            if (player.error) reject(player.error.message);
            else if (happens()) resolve();
            else if (performance.now() - start > 1000 * SECONDS) reject(what);
            else setTimeout(look, 20);
        };
        look();
    });
    try {
        player.muted = true;
        player.preload = "auto";
        player.load();
        await until(() => player.readyState >= 3, "its file does not load");
        if (!(player.duration > 0)) throw "it lasts no time";
        await player.play();
        await until(() => player.currentTime > 0.05, "it does not play on");
        player.pause();
        return "";
    } catch (fault) {
        return `${player.src || "a player without src"}: ${fault}`;
    }
}""".replace("SECONDS", str(SECONDS_TO_LOAD))


@dataclass
class Visit:
    """What opening one page showed."""

    faults: list[str] = field(default_factory=list)
    weight: int = 0  # bytes of all files loaded before any player was touched
    players: int = 0
    formulas: int = 0  # in the page's source
    typeset: int = 0  # of these, by MathJax


def visit(browser, address: str) -> Visit:
    """Open a page, play all of its players, and return what was seen."""
    seen = Visit()
    requests: set[str] = set()
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.on("request", lambda request: requests.add(request.url))
    page.on("pageerror", lambda error: seen.faults.append(f"script error: {error}"))

    def said(message):
        if message.type == "error":
            seen.faults.append(f"console error: {message.text}")

    def failed(request):
        if request.resource_type != "media":  # each player gives its own account
            seen.faults.append(f"not loaded: {request.url} ({request.failure})")

    page.on("console", said)
    page.on("requestfailed", failed)
    page.goto(address, wait_until="load")
    page.evaluate("window.MathJax?.startup?.promise")
    page.wait_for_timeout(100)  # for what is loaded late
    seen.weight = sum(map(size_on_disk, requests))
    seen.formulas = page.locator(".math").count()
    seen.typeset = page.locator(".math mjx-container").count()
    players = page.locator("audio, video")
    seen.players = players.count()
    # One after another, as the book's players pause each other.
    told = [player.evaluate(PLAY) for player in players.all()]
    seen.faults.extend(f"player: {fault}" for fault in told if fault)
    context.close()
    leaving = [url for url in requests if urlsplit(url).scheme not in ("file", "data", "blob")]
    seen.faults.extend(f"asks the network for {url}" for url in sorted(leaving))
    return seen


def size_on_disk(url: str) -> int:
    path = Path(unquote(urlsplit(url).path))
    return path.stat().st_size if url.startswith("file:") and path.is_file() else 0


@pytest.fixture(scope="session")
def visited(book, browser):
    """Visit a page of the book; each page is visited once."""
    return cache(lambda page: visit(browser, (book / page).as_uri()))


@pytest.mark.parametrize("page", PAGES)
def test_page_opens_and_plays_with_the_network_off(page, visited):
    assert visited(page).faults == []


@pytest.mark.parametrize("page", PAGES)
def test_page_is_light_until_play_is_pressed(page, visited):
    assert visited(page).weight < PAGE_BYTES


@pytest.mark.parametrize("page", PAGES)
def test_mathematics_is_typeset(page, visited):
    assert visited(page).typeset == visited(page).formulas


def test_book_has_players_and_mathematics(visited):
    """Otherwise the tests above would show nothing."""
    assert visited("index.html").players > 0
    assert sum(visited(page).formulas for page in PAGES) > 0


def test_search_finds_pages_from_disk(book, browser):
    page = browser.new_page()
    page.goto((book / "search.html").as_uri() + "?q=blues")
    page.locator("#search-results li a").first.wait_for(timeout=1000 * SECONDS_TO_LOAD)
    found = page.locator("#search-results li a").evaluate_all("links => links.map(a => a.href)")
    page.close()
    assert all(Path(unquote(urlsplit(url).path)).is_file() for url in found)


# --- The files: every link, in Python -------------------------------------------------------------


class Links(HTMLParser):
    """What one page refers to, and the anchors it offers."""

    def __init__(self, page: Path):
        super().__init__()
        self.anchors = {"", "top"}
        self.loaded: list[str] = []  # fetched with the page
        self.followed: list[str] = []  # fetched only when the reader asks
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        values = {name: value for name, value in attributes if value is not None}
        self.anchors.update(values[name] for name in ("id", "name") if name in values)
        self.loaded.extend(values[name] for name in ("src", "poster", "data") if name in values)
        if "href" in values:
            (self.followed if tag == "a" else self.loaded).append(values["href"])


links_of = cache(Links)


def broken_links(page: Path, book: Path) -> list[str]:
    """Return what is wrong with the references of one page: missing files, anchors, far files."""
    broken = []
    links = links_of(page)
    for reference in [*links.loaded, *links.followed]:
        parts = urlsplit(reference)
        if parts.scheme in ("data", "mailto"):
            continue
        if parts.scheme or parts.netloc:
            if reference in links.loaded:
                broken.append(f"loads a file from elsewhere: {reference}")
            continue
        target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        if not target.is_file() or not target.is_relative_to(book.resolve()):
            broken.append(f"no such file in the book: {reference}")
        elif target.suffix == ".html" and unquote(parts.fragment) not in links_of(target).anchors:
            broken.append(f"no such anchor: {reference}")
    return broken


def test_book_holds_the_pages_of_its_table_of_contents(book):
    pages = {page.relative_to(book).as_posix() for page in book.rglob("*.html")}
    assert {page for page in pages if not page.startswith("_static/")} == set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page, book):
    assert broken_links(book / page, book) == []


# --- The checks can fail --------------------------------------------------------------------------

BAD_PAGE = """<!doctype html><title>Bad</title><link rel="icon" href="data:,">
<img src="http://elsewhere.invalid/note.png"><img src="missing.png">
<a href="#nowhere">a</a><a href="other.html">b</a><a href="https://elsewhere.invalid">c</a>
<p id="here"><a href="#here">d</a></p><span class="math">x</span>
<audio preload="none" src="missing.mp3"></audio><audio preload="none" src="silent.mp3"></audio>
<script>console.error("a complaint"); setTimeout(() => { throw new Error("a mishap") })</script>"""


@pytest.fixture
def bad_page(tmp_path):
    (tmp_path / "silent.mp3").write_bytes(b"")
    page = tmp_path / "bad.html"
    page.write_text(BAD_PAGE, encoding="utf-8")
    return page


@pytest.mark.parametrize(
    "fault",
    [
        r"asks the network for http://elsewhere\.invalid/note\.png",
        r"not loaded: file:.*missing\.png",
        r"console error: a complaint",
        r"script error: .*a mishap",
        r"player: .*missing\.mp3",
        r"player: .*silent\.mp3",
    ],
)
def test_a_visit_tells_what_is_wrong(fault, bad_page, browser):
    assert re.search(fault, "\n".join(visit(browser, bad_page.as_uri()).faults))


def test_a_visit_counts_formulas_that_are_not_typeset(bad_page, browser):
    seen = visit(browser, bad_page.as_uri())
    assert (seen.formulas, seen.typeset) == (1, 0)
    assert seen.weight == bad_page.stat().st_size


def test_broken_links_are_told(bad_page):
    assert broken_links(bad_page, bad_page.parent) == [
        "loads a file from elsewhere: http://elsewhere.invalid/note.png",
        "no such file in the book: missing.png",
        "no such file in the book: missing.mp3",
        "no such anchor: #nowhere",
        "no such file in the book: other.html",
    ]
