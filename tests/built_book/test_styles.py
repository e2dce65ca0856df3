"""The style sheets of the built book, from which the rules that no page uses are taken out."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from paths import ROOT
from player_page import PHONE


def broken_styles(sheet: Path) -> list[str]:
    """Return the files that a style sheet names and that are not there."""
    named = re.findall(r"url\(\s*['\"]?([^'\")]+)", sheet.read_text(encoding="utf-8"))
    near = [unquote(urlsplit(url).path) for url in named if not url.startswith(("data:", "#"))]
    return [url for url in near if not (sheet.parent / url).is_file()]


def test_style_sheets_name_files_that_are_there(book):
    assert {s.name: broken_styles(s) for s in book.rglob("*.css") if broken_styles(s)} == {}


def test_missing_files_of_a_style_sheet_are_told(tmp_path):
    sheet = tmp_path / "book.css"
    sheet.write_text("a { b: url('font.woff') } c { d: url(data:,) }", encoding="utf-8")
    assert broken_styles(sheet) == ["font.woff"]


def test_code_without_marks_has_the_colour_of_code(book):
    css = (book / "_static" / "pygments.css").read_text(encoding="utf-8")
    for theme in ("light", "dark"):
        code = re.search(rf'"{theme}"\] \.highlight {{[^}}]*[; ]color: (#\w+)', css)[1]
        names = re.findall(rf'"{theme}"\] \.highlight \.[npw] {{ color: (#\w+)', css)
        assert set(names) == {code}


def test_the_book_keeps_the_style_of_its_players(book):
    """A player's parts are made by its script and stand in no page: their rules must stay."""

    def selectors(css: str) -> list[str]:
        css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
        return [" ".join(found.split()) for found in re.findall(r"([^{};]+)\{", css)]

    ours = (ROOT / "_static" / "player.css").read_text(encoding="utf-8")
    built = (book / "_static" / "player.css").read_text(encoding="utf-8")
    assert selectors(built) == selectors(ours)


def test_a_page_begins_in_the_light_of_the_readers_system(book, open_page):
    grounds = {}
    for scheme in ("light", "dark"):
        # Without the theme's script: as a page is until that has run.
        page = open_page(book / "index.html", java_script_enabled=False, color_scheme=scheme)
        ground = "getComputedStyle(document.body).backgroundColor"
        grounds[scheme] = page.locator("html").evaluate(f"() => {ground}")
        size = page.locator("html").evaluate("html => getComputedStyle(html).fontSize")
        assert size == "17px"
    assert grounds == {"light": "rgb(255, 254, 251)", "dark": "rgb(20, 23, 29)"}


def test_pages_have_an_icon(book):
    (icon,) = re.findall(
        r'<link rel="icon" href="([^"?]+)', (book / "index.html").read_text("utf-8")
    )
    assert (book / icon).is_file()


def test_on_a_phone_a_figure_scrolls_and_stays_legible(book, open_page):
    page = open_page(book / "chapters" / "06-chords.html", size=PHONE)
    picture = page.locator("figure img").first
    assert picture.bounding_box()["width"] > 500
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
