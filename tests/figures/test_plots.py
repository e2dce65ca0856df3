"""What the plots' artists hold: positions, symbols, colours' ends, whatever the form's length."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from chord_symbols import symbols
from hypothesis import given, settings
from strategies import forms

from lstmblues.errors import BluesError
from lstmblues.figures import plots
from lstmblues.music.encoding import CHORD_UNITS, MELODY_UNITS, encode
from lstmblues.music.form import Form, load_form
from lstmblues.music.melody import load_melodies
from lstmblues.music.piece import Piece
from lstmblues.network.lstm import Network
from lstmblues.training.runs import Progress, Result

FORM = load_form()
MELODIES = load_melodies(FORM)
WALTZ = Form.parse("three bars", "C | C F7 | C", {"C": "C3 E3 G3", "F7": "C3 Eb3 F3 A3"})


def bar_numbers(ax) -> list[tuple[float, str]]:
    places = ax.xaxis.get_minorticklocs()
    return [
        (float(place), label.get_text())
        for place, label in zip(places, ax.xaxis.get_ticklabels(minor=True), strict=True)
    ]


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
        (lambda: plots.unit_roll(np.ones((8, 7)), FORM), "7 units"),
        (lambda: plots.unit_roll(np.ones(8), FORM), r"\(steps, units\)"),
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
