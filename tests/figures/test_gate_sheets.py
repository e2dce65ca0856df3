"""What the panels of a gate sheet hold: values, rows' names, colours' ends."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from chord_symbols import symbols

from lstmblues.errors import BluesError
from lstmblues.figures import gate_sheets, plots
from lstmblues.music.encoding import Standardisation, encode
from lstmblues.music.form import load_form
from lstmblues.music.melody import load_melodies
from lstmblues.music.piece import Piece, join
from lstmblues.network.lstm import Activations
from lstmblues.network.topology import BLUES, CHORDS
from lstmblues.training.network_learner import initial_network
from lstmblues.training.settings import Settings

FORM = load_form()
MELODIES = load_melodies(FORM)


def run(topology, piece) -> dict[str, Activations]:
    standardisation = Standardisation.none(topology.units)
    network = initial_network(topology, standardisation, 0, Settings())
    return network.record(encode(piece)[:, : topology.units])


KINDS = ("input_gate", "forget_gate", "output_gate", "cell_state", "cell_output", "output")


@pytest.mark.parametrize("topology", [CHORDS, BLUES])
@pytest.mark.parametrize("choruses", [1, 2])
def test_gate_sheet_shows_every_group(topology, choruses):
    piece = join([MELODIES.chorus(number) for number in range(choruses)])
    activations = run(topology, piece)
    figure = gate_sheets.gate_sheet(activations, piece)
    images = [image.get_array() for ax in figure.axes for image in ax.images]
    expected = [getattr(group, name).T for group in activations.values() for name in KINDS]
    assert len(images) == len(expected) == 6 * len(topology.groups)
    for image, values in zip(images, expected, strict=True):
        assert np.array_equal(image, values)
    assert {ax.get_xlim() for ax in figure.axes if ax.images} == {(0, 96 * choruses)}


def test_gate_sheet_lays_choruses_over_one_another():
    piece = join([MELODIES.chorus(number) for number in (0, 5, 9)])
    activations = run(BLUES, piece)
    figure = gate_sheets.gate_sheet(activations, piece, first_chorus=1)
    panels = [ax for ax in figure.axes if ax.images]
    assert {ax.get_xlim() for ax in panels} == {(0, 96)}
    heard, *panels = panels
    later = encode(piece).reshape(3, 96, -1)[1:]
    assert np.allclose(heard.images[0].get_array(), later.mean(axis=0).T)
    values = [getattr(group, kind) for group in activations.values() for kind in KINDS]
    for ax, value in zip(panels, values, strict=True):
        rows, strips = ax.images
        one, other = value.reshape(3, 96, -1)[1:]
        assert np.allclose(rows.get_array(), (one + other).T / 2)
        strip = strips.get_array()[1 if rows.origin == "lower" else 6 :: 8]
        assert np.allclose(strip, np.abs(one - other).T / 2)
        assert ax.get_ylim() in ((0, value.shape[1]), (value.shape[1], 0))


def test_gate_sheet_of_chords_alone_shows_the_chords_alone():
    piece = Piece.over(FORM, [None] * 2 * FORM.steps)
    figure = gate_sheets.gate_sheet(run(CHORDS, piece), piece, first_chorus=0)
    assert figure.axes[0].images[0].get_array().shape == (12, 96)


def row_names(ax) -> list[str]:
    return [label.get_text() for label in ax.get_yticklabels()]


def waves(peaks) -> np.ndarray:
    steps = np.arange(2 * FORM.steps)[:, None]  # two choruses
    return np.cos(2 * np.pi * (steps - np.array(peaks)) / FORM.steps)


def group_of(**kinds) -> Activations:
    piece = join([MELODIES.chorus(0)] * 2)
    group = run(CHORDS, piece)["chords"]
    return Activations(
        *(kinds.get(name, getattr(group, name)) for name in Activations.__annotations__)
    )


def test_gate_panel_orders_units_by_their_peaks_and_says_which_is_which():
    states = waves([60, 10, 90, 80, 20, 40, 0, 50])
    group = group_of(cell_state=states, input_gate=0.5 + 0.4 * waves([30, 20, 70, 10]))
    image = gate_sheets.gate_panel(group, "cell_state", FORM, order="peak")
    numbers = [6, 1, 4, 5, 7, 0, 3, 2]
    assert row_names(image.axes) == ["4.1", "1.2", "3.1", "3.2", "4.2", "1.1", "2.2", "2.1"]
    assert np.array_equal(image.get_array(), states.T[numbers])
    gates = gate_sheets.gate_panel(group, "input_gate", FORM, order="peak", first_chorus=1)
    assert row_names(gates.axes) == ["4", "2", "1", "3"]
    assert np.allclose(gates.get_array()[0], 0.5 + 0.4 * waves([10])[:96, 0])
    # One chorus alone has an order as well.
    alone = Activations(*(values[:96] for values in vars(group).values()))
    assert row_names(gate_sheets.gate_panel(alone, "input_gate", FORM, order="peak").axes)[0] == "4"


def test_gate_panel_in_order_of_blocks_names_blocks_and_their_colours_mean_something():
    ax = plt.subplots(figsize=(7, 2))[1]
    group = group_of(cell_state=3 * waves([0] * 8))
    image = gate_sheets.gate_panel(group, "cell_state", FORM, ax)
    assert image.axes is ax
    assert row_names(ax) == ["1", "2", "3", "4"] and ax.get_yticks().tolist() == [1, 3, 5, 7]
    assert image.get_clim() == (-3, 3) and image.get_cmap().name == plots.STATES
    assert [name for _, name in symbols(ax)][:2] == ["C", "F7"]
    assert gate_sheets.gate_panel(group, "forget_gate", FORM).get_clim() == (0, 1)
    assert gate_sheets.gate_panel(group, "cell_output", FORM).get_clim() == (-1, 1)


def test_gate_panel_marks_every_beat_where_there_is_room():
    group = run(CHORDS, MELODIES.chorus(0))["chords"]
    for width, marks in ((7, list(range(0, 97, 2))), (2, None)):
        ax = plt.subplots(figsize=(width, 2))[1]
        gate_sheets.gate_panel(group, "forget_gate", FORM, ax)
        assert [line.get_xdata().tolist() for line in ax.lines] == ([marks] if marks else [])


def test_gate_panel_of_outputs_stands_by_pitch_in_any_order():
    piece = join([MELODIES.chorus(0)] * 2)
    group = run(BLUES, piece)["melody"]
    image = gate_sheets.gate_panel(group, "output", FORM, order="peak")
    assert np.array_equal(image.get_array(), group.output.T) and image.origin == "lower"
    assert row_names(image.axes)[0] == "C4"


def test_gate_sheet_draws_into_a_figure_it_is_given():
    figure = plt.figure(figsize=(7, 9), layout="constrained")
    piece = MELODIES.chorus(0)
    assert gate_sheets.gate_sheet(run(CHORDS, piece), piece, figure) is figure
    assert figure.axes


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: gate_sheets.gate_panel(group_of(), "gate", FORM), "has no 'gate'"),
        (lambda: gate_sheets.gate_panel(group_of(), "output", FORM, order="size"), "block or peak"),
        (
            lambda: gate_sheets.gate_panel(group_of(), "output", FORM, first_chorus=2),
            "choruses 0 to 1",
        ),
        (
            lambda: gate_sheets.gate_sheet(
                run(CHORDS, MELODIES.chorus(0)), join([MELODIES.chorus(0)] * 2)
            ),
            "96 steps",
        ),
    ],
)
def test_bad_input_is_refused_in_one_sentence(draw, message):
    with pytest.raises(BluesError, match=message):
        draw()
