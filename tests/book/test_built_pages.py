import numpy as np
import pytest
from PIL import Image

from lstmblues.book.built_pages import PLAIN_CODE, in_few_colours, with_roles, without_unused_rules


@pytest.mark.parametrize(
    ("css", "left"),
    [
        (".used{a:b}.unused{c:d}", ".used{a:b}"),
        (".used .unused{a:b}p{c:d}", "p{c:d}"),
        (".unused,.used{a:b}", ".unused,.used{a:b}"),
        (".used:not(.unused){a:b}", ".used:not(.unused){a:b}"),
        ("@media print{.unused{a:b}.used{c:d}}", "@media print{.used{c:d}}"),
        ("@charset 'utf-8';.unused{a:b}", "@charset 'utf-8';"),
        ("/* .x{} */.used{a:b}", ".used{a:b}"),
    ],
)
def test_only_rules_for_classes_that_no_page_holds_are_dropped(css, left):
    assert without_unused_rules(css, {"used"}) == left


def test_code_loses_only_marks_that_colour_nothing():
    code = '<span class="k">def</span><span class="w"> </span><span class="n">f</span>'
    plain = PLAIN_CODE.sub(r"\1", code + '<span class="p">():</span>')
    assert plain == '<span class="k">def</span> f():'


def test_pictures_keep_their_colours_to_the_eye():
    """A plot has shades by the hundred, and a rare colour must not drown among them."""
    shades = np.linspace(0, 255, 600).astype(np.uint8)
    plot = np.repeat(np.stack([shades, shades[::-1], shades // 2], axis=-1)[None], 50, axis=0)
    plot[0, 0] = (255, 0, 0)
    few = in_few_colours(Image.fromarray(plot))
    assert few.mode == "P"
    strayed = np.abs(np.asarray(few.convert("RGB")).astype(int) - plot)
    assert strayed.max() < 12


def test_what_is_transparent_becomes_white():
    few = in_few_colours(Image.new("RGBA", (4, 4), (0, 0, 0, 0)))
    assert (np.asarray(few.convert("RGB")) == 255).all()


def test_a_page_is_given_its_roles_once():
    page = (
        '<div id="pst-primary-sidebar" class="bd"></div><div role="doc-biblioentry"></div>'
        '<figure class="align-default" id="fig-a"></figure>'
        '<table><th class="head"><p></p></th><th><p>A</p></th></table>'
    )
    mended = with_roles(page)
    assert 'id="pst-primary-sidebar" role="region" aria-label="The book" class="bd"' in mended
    assert '<div role="listitem">' in mended
    assert '<figure class="align-default" tabindex="0" id="fig-a">' in mended
    assert "<table><td></td><th><p>A</p></th></table>" in mended
    assert with_roles(mended) == mended
