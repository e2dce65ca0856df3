"""The style sheets of the built book, from which the rules that no page uses are taken out."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from paths import ROOT


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
