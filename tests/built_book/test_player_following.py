"""What a player shows while it plays: the line, score and piano roll follow the sound."""

import pytest
from player_page import PHONE, TWO, ask, look, player_of, press_play, wait_for_scrolling

from lstmblues.book.recordings import FORM
from lstmblues.music.form import STEPS_PER_BAR
from lstmblues.music.notes import held_notes, seconds_at


def test_every_line_moves_while_it_plays(open_page):
    player = player_of(open_page("two"), "two")
    player.page.wait_for_function("!!document.querySelector('blues-player').find")
    assert not look(player)["open"]
    press_play(player)
    before = look(player)
    player.page.wait_for_timeout(500)
    after = look(player)
    assert after["seconds"] > before["seconds"]
    assert len(after["lines"]) == 3
    assert all(now > then for then, now in zip(before["lines"], after["lines"], strict=True))


@pytest.mark.parametrize("step", [0, 7, 8, 51, 95, 96, 191])
def test_place_chord_and_notes_are_those_of_the_step(step, open_page):
    player = player_of(open_page("two"), "two")
    seen = ask(player, seconds_at(step) + 0.1)
    chorus, in_chorus = divmod(step, FORM.steps)
    assert seen["place"] == f"Chorus {chorus + 1} of 2 Bar {in_chorus // STEPS_PER_BAR + 1} of 12"
    assert seen["symbol"] == FORM.chord_at[in_chorus].symbol
    assert seen["bar"] == step // STEPS_PER_BAR
    melody, chords = held_notes(TWO)
    sounding = [note for note in melody if note.onset <= step < note.end]
    assert seen["notes"] == [f"note-{note.onset}" for note in sounding]
    assert seen["lit"] == len(sounding) + sum(note.onset <= step < note.end for note in chords)


def test_the_first_step_has_a_note_of_the_melody():
    """Otherwise the test above would compare no notes with no notes."""
    assert TWO.melody[0] is not None


def test_the_lines_of_strip_and_roll_are_where_the_sound_is(open_page):
    player = player_of(open_page("two", size=(1200, 900)), "two")
    for seconds in (3.1, 27.1, 23.9, 47.9):  # early and late in both choruses
        lines = ask(player, seconds)["lines"]
        track, roll = (player.locator(part).bounding_box() for part in (".track", ".window"))
        for line, box, share in (
            (lines[0], track, seconds / 50),  # the strip: all of the sound
            (lines[1], roll, seconds % 24 / 24),  # the roll: one chorus
        ):
            middle = line + 1 - box["x"]  # the line is two pixels wide
            assert middle == pytest.approx(share * box["width"], abs=0.5)


def test_swung_steps_are_followed(open_page):
    player = player_of(open_page("wrong"), "wrong")
    start, end = seconds_at(0, swing=True), seconds_at(1, swing=True)
    for share in (0.1, 0.9):
        seconds = start + share * (end - start)
        step = player.evaluate(
            "async (player, seconds) => (await player.ask(), player.music.stepAt(seconds))", seconds
        )
        assert step == pytest.approx(share, abs=0.01)


def test_after_the_last_note_the_place_is_the_last_bar(open_page):
    seen = ask(player_of(open_page("two"), "two"), 49.5)
    assert seen["place"] == "Chorus 2 of 2 Bar 12 of 12"
    assert seen["time"] == "0:49 / 0:50"


def test_a_wrong_chord_is_marked(open_page):
    player = player_of(open_page("wrong"), "wrong")
    seen = ask(player, 11)  # in bar 6
    assert seen["symbol"] == "(C E♭)"
    assert seen["place"] == "Bar 6 of 12: the form has Cdim"
    assert player.locator(".status .wrong").count() == 1
    assert player.locator(".overview .wrong").count() == 1
    assert ask(player, 13)["place"] == "Bar 7 of 12"
    assert player.locator(".status .wrong").count() == 0


def test_only_the_current_chorus_of_the_score_is_in_sight(open_page):
    player = player_of(open_page("two", size=(1200, 900)), "two")
    for chorus in (0, 1):
        ask(player, 24 * chorus + 1)
        shown = player.locator(".system").evaluate_all(
            "systems => systems.map(system => system.matches('.shown'))"
        )
        assert shown == [number // 3 == chorus for number in range(6)]
        wait_for_scrolling(player)
        score = player.locator(".sheet").bounding_box()
        note = player.locator(f"#note-{FORM.steps * chorus}").bounding_box()
        assert score["y"] < note["y"] < note["y"] + note["height"] < score["y"] + score["height"]


def test_on_a_phone_the_bar_that_sounds_is_in_sight(open_page):
    player = player_of(open_page("two", size=PHONE), "two")
    for bar in (0, 3, 5, 14):
        line = ask(player, 2 * bar + 0.1)["lines"][1]
        roll = player.locator(".window").bounding_box()  # which shows four bars at a time
        assert line - roll["x"] == pytest.approx((bar % 4 + 0.05) / 4 * roll["width"], abs=2)
        wait_for_scrolling(player)
        score = player.locator(".sheet").bounding_box()
        ground = player.locator(".measure.sounding .ground").bounding_box()
        assert score["x"] < ground["x"] + ground["width"] / 2 < score["x"] + score["width"]
        assert score["y"] < ground["y"] + ground["height"] / 2 < score["y"] + score["height"]


@pytest.mark.parametrize("width", [1200, 360])
def test_the_line_in_the_score_is_on_the_note_that_begins(width, open_page):
    player = player_of(open_page("two", size=(width, 900)), "two")
    ask(player, 0)
    middles = []
    for onset in (0, 30, 32, 94, 96):
        assert any(note.onset == onset for note in held_notes(TWO)[0])
        ask(player, seconds_at(onset))
        wait_for_scrolling(player)
        line = player.locator(".sheet .line").bounding_box()
        head = player.locator(f"#note-{onset} > :first-child").first.bounding_box()
        middles.append(head["x"] + head["width"] / 2)
        assert line["x"] + 1 == pytest.approx(middles[-1], abs=1.5)
        assert line["y"] < head["y"] < line["y"] + line["height"]
    assert len({round(middle) for middle in middles}) > 1
