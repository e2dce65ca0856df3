"""What is for practising: speed, volume, loops, a link to a moment, and the keys of a headset."""

import pytest
from player_page import ask, look, player_of, press_play, wait_for_time

BAR = 2.0
"""Seconds of a bar of these recordings."""


def opened(open_page, seconds):
    """The player of two choruses, open at a time, with what is for practising."""
    player = player_of(open_page("two"), "two")
    ask(player, seconds)
    player.locator(".practice").wait_for()
    return player


def said(player):
    return player.locator(".practice").get_by_role("status").inner_text()


def heard(player, seconds):
    """The times that the sound comes by while so many seconds pass."""
    return player.evaluate(
        """(player, seconds) => new Promise((resolve) => {
            const times = [], timer = setInterval(() => times.push(player.audio.currentTime), 40);
            setTimeout(() => (clearInterval(timer), resolve(times)), 1000 * seconds);
        })""",
        seconds,
    )


def test_a_bar_is_looped_and_let_go(open_page):
    player = opened(open_page, 4 * BAR + 1.5)
    player.get_by_role("button", name="Loop from this bar").click()
    assert said(player) == "Loops from chorus 1, bar 5, to the end of chorus 1, bar 5."
    press_play(player)
    times = heard(player, 2.5)
    assert 4 * BAR - 0.1 < min(times) and max(times) < 5 * BAR + 0.2
    assert min(times[20:]) < max(times[:20])  # it came back
    player.get_by_role("button", name="No loop").click()
    assert said(player) == ""
    wait_for_time(player, 5 * BAR + 0.5)


def test_a_loop_goes_from_bar_to_bar_in_either_order(open_page):
    player = opened(open_page, 14 * BAR)
    player.get_by_role("button", name="Loop from this bar").click()
    ask(player, 12 * BAR)
    player.get_by_role("button", name="Loop to this bar").click()
    assert said(player) == "Loops from chorus 2, bar 1, to the end of chorus 2, bar 3."


def test_speed_keeps_the_pitch_and_volume_is_set(open_page):
    player = opened(open_page, 0)
    player.get_by_label("Speed").select_option("0.5")
    player.get_by_label("Volume").fill("25")
    audio = "({ audio }) => [audio.playbackRate, audio.preservesPitch, audio.volume]"
    assert player.evaluate(audio) == [0.5, True, 0.25]
    press_play(player)
    before = look(player)["seconds"]
    player.page.wait_for_timeout(1000)
    assert look(player)["seconds"] - before == pytest.approx(0.5, abs=0.25)


def test_an_address_opens_the_page_at_a_moment(open_page, site):
    player = opened(open_page, 25.5)
    player.get_by_role("button", name="Link to this moment").click()
    player.locator(".practice").get_by_text("A link to 0:25").wait_for()
    assert player.page.url.endswith("two.html#play=two&t=25.5")
    page = open_page("two")
    page.goto(player.page.url)
    page.reload()
    again = player_of(page, "two")
    again.locator(".practice").wait_for()
    assert look(again)["seconds"] == 25.5 and look(again)["paused"]
    page.goto(player.page.url.replace("t=25.5", "t=3"))  # on the same page
    page.wait_for_function("player => player.audio.currentTime === 3", arg=again.element_handle())


@pytest.mark.parametrize("address", ["#play=waltz&t=3", "#play=&t=x", "#t=3"])
def test_an_address_of_no_recording_opens_nothing(open_page, address):
    page = open_page("two")
    page.evaluate("address => (location.hash = address)", address)
    page.wait_for_timeout(200)
    assert page.locator(".player.open").count() == 0


def test_the_lock_screen_shows_what_plays(open_page):
    player = opened(open_page, 0)
    press_play(player)
    assert player.evaluate("() => navigator.mediaSession.metadata.title") == "Two choruses."
