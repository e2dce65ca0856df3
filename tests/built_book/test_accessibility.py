"""Every page by axe-core, by day, by night and on a phone: WCAG 2.2 AA and its good practice."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from paths import ROOT
from player_page import ask

BUILT = ROOT / "_build" / "html"
PAGES = sorted([BUILT / "index.html", *(BUILT / "chapters").glob("*.html")])
# Preloading style sheets asks for files, which a page opened from disk may not.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OPTIONS = {"runOnly": {"type": "tag", "values": RULES}, "preload": False}
PHONE = (390, 844)


def faults(page) -> list[str]:
    """What axe finds on a page: rule, and the beginning of an element that breaks it."""
    found = Axe().run(page, options=OPTIONS).response
    return [
        f"{rule['id']}: {node['html'][:120]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def opened(open_page, path, scheme, size=(1280, 900)):
    """A page as it stands once its scripts have run."""
    page = open_page(path, size=size, color_scheme=scheme)
    page.locator("html[data-theme]").wait_for()
    page.wait_for_load_state("load")
    return page


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_has_no_fault_by_day_and_by_night(path, open_page):
    for scheme in ("light", "dark"):
        assert faults(opened(open_page, path, scheme)) == []


def test_pages_have_no_fault_on_a_phone(open_page):
    for name in ("chapters/06-chords.html", "chapters/14-every-claim.html"):
        assert faults(opened(open_page, BUILT / name, "light", PHONE)) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_open_player_has_no_fault(scheme, open_page):
    page = opened(open_page, BUILT / "index.html", scheme)
    player = page.locator("blues-player").first
    ask(player, 30)
    player.locator(".practice").wait_for()
    player.get_by_role("button", name="Inside the network").click()
    player.locator(".gates").wait_for()
    assert faults(page) == []
