"""The player for every reader: what a screen reader is told, what can be touched and read."""

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
    player.get_by_role("slider").focus()
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
    told, reading = player.get_by_role("status"), player.locator(".reading")
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


def test_the_notes_can_be_read(open_page):
    player = player_of(open_page("two"), "two")
    ask(player, 0)
    player.get_by_text("The notes as text").click()
    assert player.locator("details h4").all_text_contents() == ["Chorus 1", "Chorus 2"]
    items = player.locator("details li")
    assert items.count() == TWO.bars
    assert items.nth(15).text_content().startswith("Bar 4: G minor 7, then C; melody ")


# --- For eyes and fingers -------------------------------------------------------------------------


def test_what_is_touched_is_large_enough(open_page):
    player = player_of(open_page("two", size=PHONE), "two")
    for opened in (False, True):
        if opened:
            ask(player, 1)
        for control in (*player.get_by_role("button").all(), player.get_by_role("slider")):
            if control.is_visible():
                box = control.bounding_box()
                assert min(box["width"], box["height"]) >= 44
    look_inside(player)
    for control in player.locator(".choices button").all():
        box = control.bounding_box()
        assert min(box["width"], box["height"]) >= 44
    rows = player.locator(".unit button").all()
    assert len(rows) == 24
    for row in rows:  # these stand in a list as long as a page
        box = row.bounding_box()
        assert min(box["width"], box["height"]) >= 24


CONTRAST = """player => {
    const parse = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map(Number);
    const light = (colour) => parse(colour)
        .map((value) => value / 255)
        .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
        .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
    const ground = light(getComputedStyle(player.closest("figure")).backgroundColor);
    const inside = [".symbol", ".place", ".place + .place", ".time", ".notes", ".legend", "kbd",
        ".inside", ".choices button:last-child", ".scale", ".text", ".title", ".unit button",
        ".reading"];
    const texts = [
        ...inside.map((selector) => player.shadowRoot.querySelector(selector)),
        ...player.closest("figure").querySelectorAll("figcaption, li, a, .downloads"),
    ];
    return texts.map((element) => {
        const [low, high] = [ground, light(getComputedStyle(element).color)].sort((a, b) => a - b);
        return (high + 0.05) / (low + 0.05);
    });
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_can_be_read_by_day_and_by_night(theme, open_page):
    page = open_page("two")
    set_theme(page, theme)
    player = player_of(page, "two")
    look_inside(player, seconds=1)
    player.get_by_role("button", name="input gate, block 2 (chords)").click()
    assert min(player.evaluate(CONTRAST)) >= 4.5
