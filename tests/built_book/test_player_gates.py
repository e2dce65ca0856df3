"""The part of a player that shows the network: gates, cell states, cell outputs, outputs."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from player_page import NETWORK, TWO, ask, look, look_inside, player_of, plays_from

from lstmblues.book.player_data import LEVELS
from lstmblues.book.recordings import FORM
from lstmblues.figures.plots import GATES
from lstmblues.music.encoding import encode
from lstmblues.music.notes import seconds_at


def what_the_network_did(group: str, kind: str) -> np.ndarray:
    """One field of ``lstm.Activations`` while ``TWO`` is played: shape (steps, units)."""
    return getattr(NETWORK.record(encode(TWO))[group], kind)


def test_the_network_is_shown_when_it_is_asked_for(open_page):
    page = open_page("two")
    player = player_of(page, "two")
    ask(player, 0)
    inside = player.get_by_role("button", name="Inside the network")
    assert inside.get_attribute("aria-expanded") == "false"
    assert not any("gates.js" in url for url in page.requests)
    inside.click()
    player.locator(".gates").wait_for()
    assert inside.get_attribute("aria-expanded") == "true"
    assert player.locator(".unit canvas").count() == NETWORK.topology.blocks * 3
    inside.click()
    player.locator(".gates").wait_for(state="hidden")
    assert inside.get_attribute("aria-expanded") == "false"
    inside.click()
    player.locator(".gates").wait_for()
    assert sum("gates.js" in url for url in page.requests) == 1


def test_music_without_a_network_has_no_button_to_look_inside(open_page):
    player = player_of(open_page("two"), "scale")
    ask(player, 0)
    assert player.get_by_role("button", name="Notes").is_visible()
    assert not player.get_by_role("button", name="Inside the network").is_visible()


@pytest.mark.parametrize(
    ("view", "group", "kind", "unit", "name"),
    [
        ("gates", "chords", "input_gate", 0, "input gate, block 1 (chords)"),
        ("gates", "melody", "forget_gate", 2, "forget gate, block 3 (melody)"),
        ("cell states", "chords", "cell_state", 3, "cell state, block 2, cell 2 (chords)"),
        ("cell outputs", "melody", "cell_output", 7, "cell output, block 4, cell 2 (melody)"),
        ("outputs", "melody", "output", 3, "output, E♭4 (melody)"),
    ],
)
def test_a_unit_is_picked_and_followed(view, group, kind, unit, name, open_page):
    player = player_of(open_page("two"), "two")
    look_inside(player, view)
    button = player.get_by_role("button", name=name, exact=True)
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    values, digits, seen = what_the_network_did(group, kind)[:, unit], set(), set()
    for step in (0, 7, 95, 96, 191, int(values.argmin()), int(values.argmax())):
        ask(player, seconds_at(step) + 0.1)
        reading = player.locator(".reading").text_content()
        told, _, number = reading.rpartition(": ")
        assert told == name
        digits.add(len(number.partition(".")[2]))
        # Rounded twice: to the levels that are stored, and to the digits that are shown.
        tolerance = 0.15 if kind == "cell_state" else 0.0125
        assert float(number.replace("−", "-")) == pytest.approx(values[step], abs=tolerance)
        seen.add(number)
    assert digits == {1 if kind == "cell_state" else 2}
    assert len(seen) > 1
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    assert player.locator(".reading").count() == 0


def test_one_unit_is_followed_at_a_time(open_page):
    player = player_of(open_page("two"), "two")
    look_inside(player)
    for name in ("input gate, block 1 (chords)", "output gate, block 4 (melody)"):
        player.get_by_role("button", name=name).press("Enter")
        assert player.locator(".unit.picked").count() == 1
        assert player.locator(".reading").text_content().startswith(name)


def test_the_curve_shows_the_values_of_the_unit(open_page):
    player = player_of(open_page("two"), "two")
    look_inside(player, seconds=30)  # in the second chorus
    player.get_by_role("button", name="forget gate, block 3 (melody)").click()
    path = player.locator(".curve .values").get_attribute("d")
    heights = [float(height) for height in re.findall("V([\\d.]+)", path)]
    values = what_the_network_did("melody", "forget_gate")[FORM.steps :, 2]
    # The curve is drawn in levels, downwards from the top.
    assert heights == pytest.approx((LEVELS - 1) * (1 - values), abs=0.51)
    assert np.ptp(values) > 0.5
    dot = player.locator(".curve circle").bounding_box()
    box = player.locator(".curve").bounding_box()
    height = (dot["y"] + dot["height"] / 2 - box["y"]) / box["height"]
    step = 24  # of this chorus, at 30 seconds
    assert height == pytest.approx(1 - values[step], abs=0.02)


def test_gates_have_the_colours_of_the_figures(open_page):
    player = player_of(open_page("two"), "two")
    look_inside(player, seconds=30)
    pixels = player.locator(".unit canvas").evaluate_all(
        """canvases => canvases.map(canvas => [...canvas.getContext("2d")
            .getImageData(0, 0, canvas.width, 1).data])"""
    )
    kinds = ("input_gate", "forget_gate", "output_gate")
    values = np.concatenate(
        [
            what_the_network_did(group, kind)[FORM.steps :].T
            for group in ("chords", "melody")
            for kind in kinds
        ]
    )
    expected = 255 * plt.get_cmap(GATES)(values)  # (rows, steps, 4)
    shown = np.reshape(pixels, expected.shape)
    assert np.abs(shown - expected).max() < 12


def test_outputs_are_ordered_by_pitch_as_in_the_roll(open_page):
    player = player_of(open_page("two"), "two")
    look_inside(player, "outputs")
    names = player.locator(".unit button").all_text_contents()
    assert (names[0], names[12], names[13], names[-1]) == ("C5", "C4", "B3", "C3")


@pytest.mark.parametrize(
    ("view", "rows", "ends"),
    [
        ("gates", 24, r"shut open"),
        ("cell states", 16, r"−(\d+) \1"),
        ("cell outputs", 16, r"−1 1"),
        ("outputs", 25, r"0 1"),
    ],
)
def test_gates_states_and_outputs_can_be_chosen(view, rows, ends, open_page):
    player = player_of(open_page("two"), "two")
    look_inside(player, view)
    pressed = player.locator(".choices [aria-pressed=true]")
    assert pressed.all_text_contents() == [view]
    assert player.locator(".unit").count() == rows
    scale = player.locator(".scale").evaluate(
        "scale => [scale.firstChild, scale.lastChild].map(end => end.textContent).join(' ')"
    )
    assert re.fullmatch(ends, scale)


def test_a_click_on_a_step_of_the_gates_plays_from_there_and_one_on_a_number_does_not(open_page):
    player = player_of(open_page("two", size=(1200, 1800)), "two")
    look_inside(player, seconds=25)
    box = player.locator(".gates .window").bounding_box()
    player.page.mouse.click(box["x"] + 7.6 / 12 * box["width"], box["y"] + 80)
    assert plays_from(player, 24 + 15)  # the step begins there
    before = look(player)["seconds"]
    player.get_by_role("button", name="input gate, block 1 (chords)").click()
    seen = look(player)
    assert seen["paused"] and seen["seconds"] == before


@pytest.mark.parametrize("width", [1200, 360])
def test_the_gates_stand_below_the_notes_to_the_pixel(width, open_page):
    player = player_of(open_page("two", size=(width, 900)), "two")
    look_inside(player)
    player.get_by_role("button", name="forget gate, block 3 (melody)").click()
    for seconds in (0, 3.1, 19, 40):
        ask(player, seconds)
        edges = [
            [box["x"], box["x"] + box["width"]]
            for part in (".roll .window", ".gates .window", ".unit canvas", ".curve")
            for box in [player.locator(part).first.bounding_box()]
        ]
        assert edges == [pytest.approx(edges[0], abs=0.1)] * 4
        roll, gates = (
            player.locator(f".{lane} .line").bounding_box() for lane in ("roll", "gates")
        )
        assert roll["x"] == pytest.approx(gates["x"], abs=0.1)
        bars = [
            player.locator(f".{lane} .barline").evaluate_all(
                "lines => lines.map(line => line.getBoundingClientRect().left)"
            )
            for lane in ("roll", "gates")
        ]
        assert bars[0] == pytest.approx(bars[1], abs=0.1)
        assert len(bars[0]) == (13 if width == 1200 else 5)  # lines around twelve bars, or four


def test_the_column_of_the_step_is_marked(open_page):
    player = player_of(open_page("two"), "two")
    look_inside(player)
    for step in (0, 95, 100):
        ask(player, seconds_at(step) + 0.2)
        area, column = (
            player.locator(f".gates {part}").bounding_box() for part in (".window", ".column")
        )
        width = area["width"] / FORM.steps
        assert column["width"] == pytest.approx(width, abs=0.1)
        assert column["x"] - area["x"] == pytest.approx(step % FORM.steps * width, abs=0.5)
