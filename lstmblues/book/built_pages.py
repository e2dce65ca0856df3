"""A Sphinx extension that mends every built page: light, and fit for screen readers.

The theme's pages load 1.5 MB of icons, all of MathJax with its menus, the whole search index
on every page, and style rules for hundreds of things no page holds. Here, what no page needs is
taken out of the built book, once Sphinx has written it, so that a page has under 1.5 MB before play
is pressed. Pictures are stored in as many colours as a plot has use for. Roles are given where the
theme and its extensions leave them out, or give some that are no longer known. Doing so twice
changes nothing.
"""

import re
from pathlib import Path

from PIL import Image
from sphinx.application import Sphinx

# The theme loads these on every page. No page needs the first; the search page alone the second.
ICON_SCRIPT = r'<script[^>]*src="[^"]*/fontawesome\.js[^"]*"[^>]*></script>'
SEARCH_SCRIPT = r'<script[^>]*src="[^"]*(?:searchtools|language_data|searchindex)\.js"></script>'

# Names, punctuation and spaces in code, which have the colour of code anyway.
PLAIN_CODE = re.compile(r'<span class="(?:n|p|w)">([^<]*)</span>')

# What a screen reader is told wrongly or not at all (axe-core's rules region, empty-table-header,
# aria-allowed-role, aria-deprecated-role and aria-required-children).
SIDEBAR = 'role="region" aria-label="The book"'
ROLES = (
    ('<div id="pst-primary-sidebar" class', f'<div id="pst-primary-sidebar" {SIDEBAR} class'),
    ('role="doc-biblioentry"', 'role="listitem"'),
)
# On a phone a figure scrolls (_static/book.css), and so must be reached by keyboard.
FIGURE = re.compile(r'<figure class="align-default"(?! tabindex)')
EMPTY_HEADER = re.compile(r"<th[^>]*>(?:<p></p>)?</th>")

CLASS_NAME = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
RULE = re.compile(r"[^{};]+\{[^{}]*\}")  # the innermost braces, so inside @media too
NEGATION = re.compile(r":not\([^)]*\)")
WORD = re.compile(r"-?[A-Za-z_][\w-]*")


def without_unused_rules(css: str, words: set[str]) -> str:
    """Return the style sheet less the rules whose every selector names a class not in ``words``."""

    def kept(rule: re.Match) -> str:
        selectors = NEGATION.sub("", rule[0].partition("{")[0]).split(",")
        used = any(words.issuperset(CLASS_NAME.findall(selector)) for selector in selectors)
        return rule[0] if used else ""

    return RULE.sub(kept, COMMENT.sub("", css))


def in_few_colours(picture: Image.Image) -> Image.Image:
    """Return a picture in 256 colours, chosen so that none strays far from what it was."""
    white = Image.new("RGBA", picture.size, "white")
    flat = Image.alpha_composite(white, picture.convert("RGBA")).convert("RGB")
    method = Image.Quantize.MAXCOVERAGE
    return flat.quantize(256, method, kmeans=3, dither=Image.Dither.NONE)


def with_roles(html: str) -> str:
    """Return a page with the roles that screen readers need (``ROLES``), and no empty headers."""
    for wrong, right in ROLES:
        html = html.replace(wrong, right)
    html = FIGURE.sub('<figure class="align-default" tabindex="0"', html)
    return EMPTY_HEADER.sub("<td></td>", html)


def mend(book: Path) -> None:
    """Give the pages of the built book (a folder of HTML) their roles; take out what none needs."""
    words: set[str] = set()
    for page in sorted(book.rglob("*.html")):
        html = page.read_text(encoding="utf-8")
        lighter = re.sub(ICON_SCRIPT, "", html)
        if page.name != "search.html":
            lighter = re.sub(SEARCH_SCRIPT, "", lighter)
        lighter = with_roles(PLAIN_CODE.sub(r"\1", lighter))
        if lighter != html:
            page.write_text(lighter, encoding="utf-8")
        words.update(WORD.findall(lighter))
    for path in (book / "_images").glob("*.png"):
        with Image.open(path) as picture:
            if picture.mode != "P":
                in_few_colours(picture).save(path, optimize=True)
    static = book / "_static"
    (static / "scripts" / "fontawesome.js").unlink(missing_ok=True)
    for unused in static.rglob("*.map"):
        unused.unlink()
    for script in [*static.glob("*.js"), *static.glob("scripts/*.js")]:
        words.update(WORD.findall(script.read_text(encoding="utf-8")))
    for sheet in static.rglob("*.css"):
        css = sheet.read_text(encoding="utf-8")
        sheet.write_text(without_unused_rules(css, words), encoding="utf-8")


def setup(app: Sphinx) -> dict:
    """Connect to Sphinx, after the extension that brings MathJax."""
    app.config.mathjax_path = "mathjax/startup.js"  # loads the parts that _config.yml names

    def finished(app: Sphinx, exception: Exception | None) -> None:
        if exception is None and app.builder.format == "html":
            mend(Path(app.outdir))

    app.connect("build-finished", finished, priority=900)
    # Sphinx copies new styles and recordings only when a page is out of date: so one always is.
    app.connect("env-get-outdated", lambda app, *_: [app.config.root_doc])
    return {"parallel_read_safe": True, "parallel_write_safe": True}
