"""What the tests of the built book share: the book, and a browser to open it with."""

import os
import shutil
from pathlib import Path

import pytest
from paths import ROOT


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
