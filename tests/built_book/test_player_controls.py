"""The controls of a player: buttons, strip, keys, and links that lead into its piece."""

import pytest
from player_page import (
    PHONE,
    ask,
    look,
    music_loaded,
    player_of,
    plays_from,
    press_play,
    wait_for_scrolling,
    wait_for_time,
)


def test_only_one_player_plays(open_page):
    page = open_page("two")
    two, scale = player_of(page, "two"), player_of(page, "scale")
    press_play(two)
    press_play(scale)
    assert look(two)["paused"]
    assert not look(scale)["paused"]


def test_the_button_pauses(open_page):
    player = player_of(open_page("two"), "two")
    press_play(player)
    player.get_by_role("button", name="Pause: Two choruses.").click()
    assert look(player)["paused"]
    assert player.get_by_role("button", name="Play: Two choruses.").count() == 1


def test_notes_open_and_close_without_playing(open_page):
    player = player_of(open_page("two"), "two")
    notes = player.get_by_role("button", name="Notes")
    assert notes.get_attribute("aria-expanded") == "false"
    notes.click()
    player.locator(".sheet").wait_for()
    assert notes.get_attribute("aria-expanded") == "true"
    assert look(player)["paused"]
    notes.click()
    assert not player.locator(".sheet").is_visible()
    assert notes.get_attribute("aria-expanded") == "false"


# --- Seeking --------------------------------------------------------------------------------------


def test_a_moment_starts_the_player_there(open_page):
    player = player_of(open_page("two"), "two")
    player.get_by_role("link", name="0:25").click()
    wait_for_time(player, 25.6)
    seen = look(player)
    assert not seen["paused"]
    assert 25.5 < seen["seconds"] < 28
    assert seen["place"].startswith("Chorus 2 of 2 Bar 1 ")


def test_a_link_in_the_text_starts_the_player_that_is_out_of_sight(open_page):
    page = open_page("far")
    page.locator("#prose").scroll_into_view_if_needed()
    assert page.evaluate("scrollY") > 1000
    page.locator("#prose").click()
    wait_for_time(player_of(page, "scale"), 2.3)
    page.wait_for_function("scrollY < 500")
    assert "far.html" in page.url


def test_a_link_in_the_text_leaves_the_page_where_it_is_if_it_can(open_page):
    page = open_page("near")
    page.evaluate("scrollTo(0, 20)")
    page.locator("#prose").click()
    wait_for_time(player_of(page, "scale"), 2.5)
    assert page.evaluate("scrollY") == 20


@pytest.mark.parametrize(("share", "expected"), [(0.1, 5), (0.9, 45)])
def test_the_strip_seeks_before_and_after_the_notes_are_there(share, expected, open_page):
    player = player_of(open_page("two"), "two")
    for opened in (False, True):
        assert look(player)["open"] == opened
        if opened:
            ask(player, 0)  # away from where the first click led
        box = player.get_by_role("slider", name="Position").bounding_box()
        x, y = box["x"] + share * box["width"], box["y"] + box["height"] / 2
        player.page.mouse.click(x, y)
        assert look(player)["seconds"] == pytest.approx(expected, abs=0.2)
        player.locator(".sheet").wait_for()


def test_the_strip_can_be_dragged(open_page):
    player = player_of(open_page("two"), "two")
    box = player.get_by_role("slider", name="Position").bounding_box()
    mouse, y = player.page.mouse, box["y"] + box["height"] / 2
    mouse.move(box["x"] + 10, y)
    mouse.down()
    mouse.move(box["x"] + box["width"] / 2, y + 200, steps=4)
    mouse.up()
    mouse.move(box["x"], y)  # which no longer drags
    assert look(player)["seconds"] == pytest.approx(25, abs=0.3)


def test_a_click_on_a_bar_of_the_roll_or_the_score_plays_from_there(open_page):
    player = player_of(open_page("two", size=(1200, 1400)), "two")
    ask(player, 25)
    box = player.locator(".window").bounding_box()
    player.page.mouse.click(box["x"] + 7.6 / 12 * box["width"], box["y"] + 80)
    assert plays_from(player, 24 + 15)  # the step begins there
    wait_for_scrolling(player)
    player.locator(".measure").nth(14).locator(".ground").click()  # in the second chorus
    assert plays_from(player, 28)


# --- Keys -----------------------------------------------------------------------------------------


def test_keys_seek_by_bars_and_choruses_and_play(open_page):
    player = player_of(open_page("two"), "two")
    player.get_by_role("slider", name="Position").focus()
    press = player.page.keyboard.press
    for key, bar in [  # the bar where it leads, counted from 0
        ("ArrowRight", 1),
        ("ArrowRight", 2),
        ("ArrowLeft", 1),
        ("ArrowUp", 12),
        ("ArrowUp", 12),  # there is no third chorus
        ("ArrowRight", 13),
        ("ArrowDown", 12),
        ("ArrowDown", 0),
        ("ArrowLeft", 0),  # there is nothing before the first bar
        ("ArrowRight", 1),
        ("Home", 0),
    ]:
        press(key)
        player.page.wait_for_timeout(100)
        assert look(player)["seconds"] == pytest.approx(2 * bar, abs=0.01), key
    press("Space")
    wait_for_time(player, 0.1)
    press("Space")
    assert look(player)["paused"]


def test_keys_work_on_links_and_buttons_of_the_player(open_page):
    player = player_of(open_page("two"), "two")
    figure = player.page.locator("figure").first
    figure.get_by_role("link", name="MIDI").focus()
    player.page.keyboard.press("Space")
    player.page.wait_for_function("!document.querySelector('blues-player').audio.paused")
    player.get_by_role("button", name="Pause").focus()
    player.page.keyboard.press("Space")
    assert look(player)["paused"]
    player.get_by_role("button", name="Notes").focus()
    player.page.keyboard.press("Space")
    assert look(player)["paused"]


def test_keys_elsewhere_are_left_alone(open_page):
    page = open_page("two")
    page.locator("#prose").focus()
    for key in ("Space", "ArrowRight", "Home", "ArrowUp"):
        page.keyboard.press(key)
    page.wait_for_timeout(200)
    assert music_loaded(page) == set()


def test_keys_of_the_browser_are_left_alone(open_page):
    player = player_of(open_page("two"), "two")
    player.get_by_role("slider", name="Position").focus()
    player.page.keyboard.press("Control+ArrowRight")
    player.page.wait_for_timeout(200)
    assert look(player)["seconds"] == 0


def test_keys_that_scroll_seek_on_the_strip_alone(open_page):
    player = player_of(open_page("two"), "two")
    ask(player, 30)
    player.get_by_role("button", name="Notes").focus()
    for key in ("End", "PageDown"):
        player.page.keyboard.press(key)
    player.locator("details summary").focus()
    player.page.keyboard.press("ArrowDown")
    player.page.wait_for_timeout(200)
    assert look(player)["seconds"] == 30
    player.get_by_role("slider", name="Position").focus()
    player.page.keyboard.press("PageDown")
    player.page.wait_for_function(
        "player => player.audio.currentTime === 24", arg=player.element_handle()
    )
    player.page.keyboard.press("End")
    player.page.wait_for_function(
        "player => player.audio.currentTime > 49", arg=player.element_handle()
    )


def test_a_finger_that_scrolls_past_does_not_seek_and_one_that_taps_does(open_page):
    page = open_page("two", size=PHONE, has_touch=True, is_mobile=True)
    player = player_of(page, "two")
    player.get_by_role("slider", name="Position").wait_for()
    touches = page.context.new_cdp_session(page)

    def touch(*points):
        kinds = ["touchStart", *["touchMove"] * (len(points) - 1)]
        for kind, (x, y) in zip(kinds, points, strict=True):
            touched = {"type": kind, "touchPoints": [{"x": x, "y": y}]}
            touches.send("Input.dispatchTouchEvent", touched)
            page.wait_for_timeout(30)
        touches.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        page.wait_for_timeout(300)

    def middle():
        box = player.get_by_role("slider", name="Position").bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    page.evaluate("document.body.style.paddingBottom = '3000px'")
    x, y = middle()
    touch(*[(x, y - 12 * number) for number in range(12)])
    assert page.evaluate("scrollY") > 50 and look(player)["seconds"] == 0
    page.evaluate("scrollTo(0, 0)")
    touch(middle())
    assert look(player)["seconds"] == pytest.approx(25, abs=1)
    x, y = middle()
    touch(*[(x + 6 * number, y) for number in range(8)])
    assert look(player)["seconds"] > 28
