"""The player for every reader: what screen readers are told, sizes to touch, contrast to read."""

import pytest
from player_page import (
    PHONE,
    TWO,
    ask,
    look,
    look_inside,
    player_of,
    press_play,
    set_theme,
    wait_for_time,
)


def test_a_screen_reader_is_told_the_place(open_page):
    player = player_of(open_page("two"), "two")
    seen = ask(player, 37)
    assert seen["told"] == "Chorus 2, bar 7, C, 0:37"
    slider = player.get_by_role("slider", name="Position")
    assert slider.get_attribute("aria-valuenow") == "37"
    assert slider.get_attribute("aria-valuemax") == "50"
    assert player.page.get_by_role("group", name="Two choruses.").count() == 1


def test_a_screen_reader_does_not_speak_over_the_music(open_page):
    player = player_of(open_page("two"), "two")
    player.get_by_role("slider", name="Position").focus()
    player.page.keyboard.press("Space")
    wait_for_time(player, 1.1)
    assert look(player)["told"].endswith("0:00")
    player.page.keyboard.press("ArrowRight")
    player.page.wait_for_timeout(200)
    assert look(player)["told"].startswith("Chorus 1, bar 2, F7")


def test_a_screen_reader_is_told_the_value_while_the_music_rests(open_page):
    player = player_of(open_page("two"), "two")
    look_inside(player)
    player.get_by_role("button", name="forget gate, block 3 (melody)").click()
    told, reading = player.locator(".told"), player.locator(".reading")
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


def test_the_notes_can_be_read_as_text(open_page):
    player = player_of(open_page("two"), "two")
    ask(player, 0)
    player.get_by_text("The notes as text").click()
    assert player.locator("details h4").all_text_contents() == ["Chorus 1", "Chorus 2"]
    items = player.locator("details li")
    assert items.count() == TWO.bars
    assert items.nth(15).text_content().startswith("Bar 4: G minor 7, then C; melody ")


# --- Sizes and contrast ---------------------------------------------------------------------------


TOUCH, TOUCH_IN_A_LIST = 44, 24
"""The smallest side of a control in pixels: WCAG 2.2, 2.5.5 (enhanced) and 2.5.8 (minimum)."""


def smaller_side(control) -> float:
    """Width or height of what can be touched, in pixels."""
    box = control.bounding_box()
    return min(box["width"], box["height"])


def test_controls_are_large_enough_to_touch(open_page):
    player = player_of(open_page("two", size=PHONE), "two")
    for opened in (False, True):
        if opened:
            ask(player, 1)
        controls = [
            *player.get_by_role("button").all(),
            player.get_by_role("slider", name="Position"),
        ]
        shown = [control for control in controls if control.is_visible()]
        assert len(shown) > 1
        assert min(map(smaller_side, shown)) >= TOUCH
    look_inside(player)
    views = player.locator(".choices button").all()
    assert min(map(smaller_side, views)) >= TOUCH
    rows = player.locator(".unit button").all()
    assert len(rows) == 24
    assert min(map(smaller_side, rows)) >= TOUCH_IN_A_LIST  # their list is long enough


LEAST_CONTRAST = 4.5
"""The least contrast ratio between a text and its background: WCAG 2.2, 1.4.3."""

# For each text of a player and its caption: the contrast ratio as WCAG 2.2 defines it.
CONTRAST = """player => {
    const parse = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map(Number);
    const luminance = (colour) => parse(colour)
        .map((value) => value / 255)
        .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
        .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
    const ground = luminance(getComputedStyle(player.closest("figure")).backgroundColor);
    const inside = [".symbol", ".place", ".place + .place", ".time", ".notes", ".legend", "kbd",
        ".inside", ".choices button:last-child", ".scale", ".text", ".title", ".unit button",
        ".reading"];
    const texts = [
        ...inside.map((selector) => player.shadowRoot.querySelector(selector)),
        ...player.closest("figure").querySelectorAll("figcaption, li, a, .downloads"),
    ];
    return texts.map((element) => {
        const text = luminance(getComputedStyle(element).color);
        const [low, high] = [ground, text].sort((a, b) => a - b);
        return (high + 0.05) / (low + 0.05);
    });
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_have_enough_contrast_in_both_themes(theme, open_page):
    page = open_page("two")
    set_theme(page, theme)
    player = player_of(page, "two")
    look_inside(player, seconds=1)
    player.get_by_role("button", name="input gate, block 2 (chords)").click()
    assert min(player.evaluate(CONTRAST)) >= LEAST_CONTRAST
