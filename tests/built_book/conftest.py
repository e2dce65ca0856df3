"""What the tests of the built book share: the book, pages of small pieces, and a browser."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from paths import ROOT
from player_page import write_pages


@pytest.fixture(scope="session")
def book() -> Path:
    """The folder of the built book."""
    folder = ROOT / "_build" / "html"
    if not (folder / "index.html").is_file():
        pytest.fail("there is no built book: run `make book` first")
    return folder


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium that asks nothing of the network by itself."""
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium
        names = ("chromium", "chromium-browser", "google-chrome", chromium.executable_path)
        program = next(filter(None, map(shutil.which, names)), None)
        if program is None:
            reason = "no Chromium found: `apt install chromium`, or `playwright install chromium`"
            pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
        as_root = hasattr(os, "geteuid") and os.geteuid() == 0
        browser = chromium.launch(
            executable_path=program,
            args=[
                *(["--no-sandbox"] if as_root else []),  # Chromium refuses root a sandbox
                "--autoplay-policy=no-user-gesture-required",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-gpu",
                "--disable-quic",
                "--disable-sync",
                "--no-first-run",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """A folder of pages with players, made as the book's are; a test that changes it copies it."""
    folder = tmp_path_factory.mktemp("site")
    write_pages(folder)
    return folder


@pytest.fixture
def open_page(site, browser) -> Iterator[Callable]:
    """Open pages from disk, offline; at the end of the test, none of them may have complained."""
    contexts, complaints = [], []

    def open_page(page, complains=False, size=None, **options):
        """Open a page: it lists the addresses it asks for as ``requests``.

        Args:
            page: The name of a page of ``site``, or the path of any other.
            complains: Whether the page may complain.
            size: Of the window: width and height, in pixels.
            options: What else Playwright's ``new_context`` takes.

        Returns:
            The page, as Playwright has it.
        """
        if size is not None:
            options["viewport"] = dict(zip(("width", "height"), size, strict=True))
        contexts.append(browser.new_context(offline=True, **options))
        opened = contexts[-1].new_page()
        opened.requests = []
        opened.on("request", lambda request: opened.requests.append(request.url))
        if not complains:
            opened.on("pageerror", lambda error: complaints.append(str(error)))
            opened.on("console", lambda m: m.type != "log" and complaints.append(m.text))
        opened.goto((site / f"{page}.html" if isinstance(page, str) else page).as_uri())
        return opened

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
