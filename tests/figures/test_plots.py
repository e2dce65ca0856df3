"""What the plots' artists hold: positions, symbols, colours' ends, whatever the form's length."""

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from strategies import forms

from lstmblues.errors import BluesError
from lstmblues.figures import plots
from lstmblues.music.encoding import CHORD_UNITS, MELODY_UNITS, Standardisation, encode
from lstmblues.music.form import Form, load_form
from lstmblues.music.melody import load_melodies
from lstmblues.music.piece import Piece, join
from lstmblues.network.lstm import Activations, Network
from lstmblues.network.topology import BLUES, CHORDS
from lstmblues.training.experiments import Progress, Result, initial_network
from lstmblues.training.settings import Settings

FORM = load_form()
MELODIES = load_melodies(FORM)
WALTZ = Form.parse("three bars", "C | C F7 | C", {"C": "C3 E3 G3", "F7": "C3 Eb3 F3 A3"})


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def symbols(ax) -> list[tuple[float, str]]:
    return [
        (float(tick), label.get_text())
        for top in ax.child_axes
        for tick, label in zip(top.get_xticks(), top.get_xticklabels(), strict=True)
    ]


def bar_numbers(ax) -> list[tuple[float, str]]:
    places = ax.xaxis.get_minorticklocs()
    return [
        (float(place), label.get_text())
        for place, label in zip(places, ax.xaxis.get_ticklabels(minor=True), strict=True)
    ]


def run(topology, piece) -> dict[str, Activations]:
    standardisation = Standardisation.none(topology.units)
    network = initial_network(topology, standardisation, 0, Settings())
    return network.record(encode(piece)[:, : topology.units])


def test_form_axis_has_bar_lines_numbers_and_symbols_of_the_blues():
    ax = plt.subplots(figsize=(7, 2))[1]
    assert plots.form_axis(ax, FORM) is ax
    assert ax.xaxis.get_majorticklocs().tolist() == list(range(0, 97, 8))
    assert bar_numbers(ax)[:2] == [(4.0, "1"), (12.0, "2")]
    assert bar_numbers(ax)[-1] == (92.0, "12")
    assert ax.get_xlim() == (0, 96)
    # Bar 4 is split: Gm7 from step 24 to 28, C from 28 to 32.
    assert symbols(ax)[:5] == [(4, "C"), (12, "F7"), (20, "C"), (26, "Gm7"), (30, "C")]
    assert len(symbols(ax)) == len(FORM.changes) == 16


def test_form_axis_of_several_choruses_counts_bars_anew_and_marks_choruses():
    ax = plt.subplots(figsize=(7, 2))[1]
    plots.form_axis(ax, WALTZ, choruses=2)
    assert ax.xaxis.get_majorticklocs().tolist() == [0, 8, 16, 24, 32, 40, 48]
    assert [label for _, label in bar_numbers(ax)] == ["1", "2", "3", "1", "2", "3"]
    assert symbols(ax) == [
        (4, "C"), (10, "C"), (14, "F7"), (20, "C"),
        (28, "C"), (34, "C"), (38, "F7"), (44, "C"),
    ]  # fmt: skip
    assert [line.get_xdata()[0] for line in ax.lines] == [24]


def test_form_axis_can_leave_the_symbols_out():
    ax = plt.subplots()[1]
    plots.form_axis(ax, FORM, symbols=False)
    assert symbols(ax) == []


def test_form_axis_numbers_choruses_where_bars_have_no_room():
    ax = plt.subplots(figsize=(7, 2))[1]
    plots.form_axis(ax, FORM, choruses=14)
    assert bar_numbers(ax) == [(96.0 * n + 48, str(n + 1)) for n in range(14)]
    assert ax.get_xlabel() == "chorus"
    assert symbols(ax) == []


@settings(max_examples=15, deadline=None)
@given(forms())
def test_form_axis_fits_any_form(form):
    ax = plt.subplots(figsize=(7, 2))[1]
    plots.form_axis(ax, form)
    assert ax.xaxis.get_majorticklocs().tolist() == [8 * n for n in range(len(form.bars) + 1)]
    assert [name for _, name in symbols(ax)] in (
        [],
        [form.chord_at[start].symbol for start in form.changes],
    )
    ax.figure.draw_without_rendering()
    plt.close("all")


def test_piano_roll_draws_held_notes():
    # Melody: two quarters of C4 are struck twice, then rests; the chord of C is held for the bar.
    bar = Piece(WALTZ, (frozenset({48, 52}),) * 8, (60,) * 4 + (None,) * 4)
    ax = plots.piano_roll(bar)
    boxes = {
        (box.get_x(), round(box.get_y() + box.get_height() / 2), box.get_width())
        for container in ax.containers
        for box in container
    }
    assert boxes == {(0, 48, 8), (0, 52, 8), (0, 60, 2), (2, 60, 2)}
    assert ax.get_xlim() == (0, 8)


def test_piano_roll_of_chords_alone_leaves_out_the_melody_octave():
    ax = plots.piano_roll(Piece.over(WALTZ, [None] * WALTZ.steps))
    assert ax.get_ylim() == (47.5, 59.5)


def test_piano_roll_names_pitches_at_their_heights():
    ax = plots.piano_roll(MELODIES.chorus(0))
    names = {
        label.get_text(): tick
        for tick, label in zip(ax.get_yticks(), ax.get_yticklabels(), strict=True)
    }
    assert (names["C3"], names["C4"], names["G4"], names["C5"]) == (48, 60, 67, 72)
    assert "Eb4" not in names


def test_unit_roll_holds_the_array_with_the_lowest_note_at_the_bottom():
    array = encode(MELODIES.chorus(7))
    image = plots.unit_roll(array, FORM)
    assert np.array_equal(image.get_array(), array.T)
    assert image.origin == "lower" and image.get_extent() == [0, 96, 0, 25]
    assert image.get_clim() == (0, 1)


@pytest.mark.parametrize(("units", "lowest"), [(CHORD_UNITS, "C3"), (MELODY_UNITS, "C4")])
def test_unit_roll_names_the_units_of_one_part(units, lowest):
    image = plots.unit_roll(encode(MELODIES.chorus(7))[:, units], FORM)
    assert image.axes.get_yticklabels()[0].get_text() == lowest
    assert image.axes.get_yticks()[0] == 0.5


def test_unit_roll_gives_standardised_units_colours_around_zero():
    image = plots.unit_roll(encode(MELODIES.chorus(7)) * 3 - 1, FORM)
    assert image.get_clim() == (-2, 2)


def test_heat_map_holds_the_values_first_row_on_top():
    values = np.arange(2 * 24, dtype=float).reshape(2, 24)
    image = plots.heat_map(values, WALTZ, labels=["above", "below"], low=-1, high=50)
    assert np.array_equal(image.get_array(), values)
    assert image.get_extent() == [0, 24, 2, 0]
    assert image.get_clim() == (-1, 50)
    labels = image.axes.get_yticklabels()
    assert [(label.get_position()[1], label.get_text()) for label in labels] == [
        (0.5, "above"),
        (1.5, "below"),
    ]


def test_heat_map_diverges_equally_far_from_its_centre():
    image = plots.heat_map(np.array([[-1.0] * 8, [4.0] * 8]), WALTZ, centre=1.0)
    assert image.get_clim() == (-2, 4)
    assert image.get_cmap().name == plots.STATES


def test_heat_map_of_part_of_a_chorus_ends_where_its_values_end():
    image = plots.heat_map(np.ones((3, 12)), FORM)
    assert image.axes.get_xlim() == (0, 12)


def test_heat_map_puts_the_spread_at_the_foot_of_every_row():
    values, spread = np.zeros((2, 24)), np.array([[0.1] * 24, [0.2] * 24])
    image = plots.heat_map(values, WALTZ, low=-1, high=3, spread=spread)
    rows, strips = image.axes.images
    assert rows is image and strips.get_extent() == image.get_extent()
    assert strips.get_clim() == (0, 2)  # half of what the colours span
    column = strips.get_array()[:, 5]
    assert column.mask.tolist() == [True] * 5 + [False] * 3 + [True] * 5 + [False] * 3
    assert column.compressed().tolist() == [0, 0.1, 0, 0, 0.2, 0]


KINDS = ("input_gate", "forget_gate", "output_gate", "cell_state", "cell_output", "output")


@pytest.mark.parametrize("topology", [CHORDS, BLUES])
@pytest.mark.parametrize("choruses", [1, 2])
def test_gate_sheet_shows_every_group(topology, choruses):
    piece = join([MELODIES.chorus(number) for number in range(choruses)])
    activations = run(topology, piece)
    figure = plots.gate_sheet(activations, piece)
    images = [image.get_array() for ax in figure.axes for image in ax.images]
    expected = [getattr(group, name).T for group in activations.values() for name in KINDS]
    assert len(images) == len(expected) == 6 * len(topology.groups)
    for image, values in zip(images, expected, strict=True):
        assert np.array_equal(image, values)
    assert {ax.get_xlim() for ax in figure.axes if ax.images} == {(0, 96 * choruses)}


def test_gate_sheet_lays_choruses_over_one_another():
    piece = join([MELODIES.chorus(number) for number in (0, 5, 9)])
    activations = run(BLUES, piece)
    figure = plots.gate_sheet(activations, piece, settled=1)
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
    figure = plots.gate_sheet(run(CHORDS, piece), piece, settled=0)
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
    image = plots.gate_panel(group, "cell_state", FORM, order="peak")
    numbers = [6, 1, 4, 5, 7, 0, 3, 2]
    assert row_names(image.axes) == ["4.1", "1.2", "3.1", "3.2", "4.2", "1.1", "2.2", "2.1"]
    assert np.array_equal(image.get_array(), states.T[numbers])
    gates = plots.gate_panel(group, "input_gate", FORM, order="peak", settled=1)
    assert row_names(gates.axes) == ["4", "2", "1", "3"]
    assert np.allclose(gates.get_array()[0], 0.5 + 0.4 * waves([10])[:96, 0])
    # One chorus alone has an order as well.
    alone = Activations(*(values[:96] for values in vars(group).values()))
    assert row_names(plots.gate_panel(alone, "input_gate", FORM, order="peak").axes)[0] == "4"


def test_gate_panel_in_order_of_blocks_names_blocks_and_their_colours_mean_something():
    ax = plt.subplots(figsize=(7, 2))[1]
    group = group_of(cell_state=3 * waves([0] * 8))
    image = plots.gate_panel(group, "cell_state", FORM, ax)
    assert image.axes is ax
    assert row_names(ax) == ["1", "2", "3", "4"] and ax.get_yticks().tolist() == [1, 3, 5, 7]
    assert image.get_clim() == (-3, 3) and image.get_cmap().name == plots.STATES
    assert [name for _, name in symbols(ax)][:2] == ["C", "F7"]
    assert plots.gate_panel(group, "forget_gate", FORM).get_clim() == (0, 1)
    assert plots.gate_panel(group, "cell_output", FORM).get_clim() == (-1, 1)


def test_gate_panel_marks_every_beat_where_there_is_room():
    group = run(CHORDS, MELODIES.chorus(0))["chords"]
    for width, marks in ((7, list(range(0, 97, 2))), (2, None)):
        ax = plt.subplots(figsize=(width, 2))[1]
        plots.gate_panel(group, "forget_gate", FORM, ax)
        assert [line.get_xdata().tolist() for line in ax.lines] == ([marks] if marks else [])


def test_gate_panel_of_outputs_stands_by_pitch_in_any_order():
    piece = join([MELODIES.chorus(0)] * 2)
    group = run(BLUES, piece)["melody"]
    image = plots.gate_panel(group, "output", FORM, order="peak")
    assert np.array_equal(image.get_array(), group.output.T) and image.origin == "lower"
    assert row_names(image.axes)[0] == "C4"


def test_gate_sheet_draws_into_a_figure_it_is_given():
    figure = plt.figure(figsize=(7, 9), layout="constrained")
    piece = MELODIES.chorus(0)
    assert plots.gate_sheet(run(CHORDS, piece), piece, figure) is figure
    assert figure.axes


def progress(steps, chord_loss, melody_loss=None, gross_errors=0, chords_learned=False):
    return Progress(steps, 1000, chord_loss, melody_loss, gross_errors, chords_learned, Network)


def test_learning_curve_draws_losses_errors_and_the_moment_of_learning():
    history = [
        progress(480, 3.0, 2.0, gross_errors=9),
        progress(960, 1.0, 1.5, gross_errors=1),
        progress(1440, 0.1, 1.2, chords_learned=True),
        progress(1920, 0.1, 1.1, chords_learned=True),
    ]
    ax = plots.learning_curve(Result(None, True, 1920, 1.0, history))
    lines = {line.get_label(): line for line in ax.lines}
    assert np.allclose(
        lines["chords"].get_xydata(), np.c_[[480, 960, 1440, 1920], [3, 1, 0.1, 0.1]]
    )
    assert lines["melody"].get_ydata() == pytest.approx([2.0, 1.5, 1.2, 1.1])
    (marks,) = ax.collections
    assert marks.get_offsets()[:, 0].tolist() == [480, 960, 1440, 1920]
    # Nine of the first pass's 480 steps had a wrong chord, then one of 480, then none.
    assert np.allclose(marks.get_array() ** 2, [9 / 480, 1 / 480, 0, 0])
    assert lines["chords learned"].get_xdata()[0] == 1440
    assert ax.get_yscale() == "log"


def test_learning_curve_of_chords_that_were_not_learned():
    ax = plots.learning_curve(Result(None, False, 480, 1.0, [progress(480, 3.0, gross_errors=9)]))
    assert {line.get_label() for line in ax.lines} == {"chords"}


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: plots.heat_map(np.ones(5), FORM), r"\(rows, steps\)"),
        (lambda: plots.heat_map(np.ones((2, 8)), FORM, labels=["one"]), "2 rows"),
        (lambda: plots.heat_map(np.ones((2, 8)), FORM, spread=np.ones(8)), r"shape \(2, 8\)"),
        (lambda: plots.gate_panel(group_of(), "gate", FORM), "has no 'gate'"),
        (lambda: plots.gate_panel(group_of(), "output", FORM, order="size"), "block or peak"),
        (lambda: plots.gate_panel(group_of(), "output", FORM, settled=2), "choruses 0 to 1"),
        (lambda: plots.unit_roll(np.ones((8, 7)), FORM), "7 units"),
        (lambda: plots.unit_roll(np.ones(8), FORM), r"\(steps, units\)"),
        (
            lambda: plots.gate_sheet(
                run(CHORDS, MELODIES.chorus(0)), join([MELODIES.chorus(0)] * 2)
            ),
            "96 steps",
        ),
        (lambda: plots.learning_curve(Result(None, False, 0, 0.0, [])), "no passes"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(draw, message):
    with pytest.raises(BluesError, match=message):
        draw()


def test_helpers_draw_into_the_axes_they_are_given_and_leave_the_style_alone():
    before = dict(plt.rcParams)
    ax = plt.subplots()[1]
    assert plots.piano_roll(MELODIES.chorus(0), ax) is ax
    assert plots.heat_map(np.ones((2, 96)), FORM, ax).axes is ax
    assert plots.unit_roll(encode(MELODIES.chorus(0)), FORM, ax).axes is ax
    assert len(plt.get_fignums()) == 1
    assert dict(plt.rcParams) == before
