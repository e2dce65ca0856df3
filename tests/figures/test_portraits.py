"""What the artists of wheel, orbits and path hold: angles, rings, turns, colours."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from matplotlib.collections import QuadMesh
from strategies import forms

from lstmblues.errors import BluesError
from lstmblues.figures import plots, portraits
from lstmblues.figures.choruses import principal_components
from lstmblues.music.form import load_form

FORM = load_form()
RUN = np.random.default_rng(1).normal(size=(3 * FORM.steps, 4))  # three choruses of four units


def texts(ax) -> dict[str, tuple[float, float]]:
    return {text.get_text(): text.get_position() for text in ax.texts}


def test_the_clock_begins_at_the_top_and_goes_clockwise():
    ax = portraits.wheel(RUN, FORM, labels="abcd").axes
    assert ax.get_theta_offset() == pytest.approx(np.pi / 2) and ax.get_theta_direction() == -1
    # Bar numbers inside; bar 4 is an hour and a half short of a quarter to six o'clock.
    places = texts(ax)
    assert [places[str(bar)][0] for bar in (1, 4, 12)] == pytest.approx(np.radians([15, 105, 345]))
    symbols = zip(ax.get_xticks(), ax.get_xticklabels(), strict=True)
    found = [(round(np.degrees(angle), 2), label.get_text()) for angle, label in symbols]
    assert found[:5] == [(15, "C"), (45, "F7"), (75, "C"), (97.5, "Gm7"), (112.5, "C")]
    assert len(found) == len(FORM.changes)


def test_wheel_shows_the_mean_in_rings_and_the_spread_inside_them():
    rings = portraits.wheel(RUN, FORM, labels=["a", "b", "c", "d"])
    one, other = RUN.reshape(3, 96, 4)[1:]
    assert np.allclose(rings.get_array(), (one + other).T / 2)
    reach = np.abs(one + other).max() / 2
    assert rings.get_clim() == pytest.approx((-reach, reach))
    meshes = [mesh for mesh in rings.axes.collections if isinstance(mesh, QuadMesh)]
    assert meshes[0] is rings and len(meshes) == 5
    edges = rings.get_coordinates()[:, 0, 1]  # the first unit is outside
    assert edges[0] == 1 and (np.diff(edges) < 0).all()
    for unit, strip in enumerate(meshes[1:]):
        assert np.allclose(strip.get_array(), np.abs(one - other)[:, unit] / 2)
        inside, outside = strip.get_coordinates()[:, 0, 1]
        assert inside == pytest.approx(edges[unit + 1]) and inside < outside < edges[unit]
        assert strip.get_clim() == pytest.approx((0, reach))
    names = [texts(rings.axes)[name][1] for name in "abcd"]
    assert all(low < name < high for name, low, high in zip(names, edges[1:], edges, strict=False))


def test_wheel_of_gates_goes_from_0_to_1():
    rings = portraits.wheel(np.abs(RUN) / 9, FORM, centre=None)
    assert rings.get_clim() == (0, 1) and rings.get_cmap().name == plots.GATES


def test_wheel_of_values_that_never_change_has_colours():
    assert portraits.wheel(np.zeros((192, 1)), FORM).get_clim() == (-1, 1)


def curves(ax) -> list:
    return [line for line in ax.lines if len(line.get_xdata()) in (FORM.steps, FORM.steps + 1)]


def test_orbits_draw_every_chorus_of_every_unit_and_join_them():
    ax = portraits.orbits(RUN, FORM)
    turns = curves(ax)
    assert len(turns) == 3 * 4
    zeros = [line for line in ax.lines if line.get_linestyle() == ":"]
    for unit in range(4):
        zero = zeros[unit].get_ydata()[0]
        first, second, third = turns[3 * unit : 3 * unit + 3]
        assert first.get_xdata()[0] == pytest.approx(np.pi / 96)
        assert second.get_xdata()[0] == first.get_xdata()[-1]
        assert second.get_ydata()[0] == first.get_ydata()[-1]
        assert third.get_xdata()[-1] == pytest.approx(6 * np.pi - np.pi / 96)
        assert first.get_color() == "0.7" != second.get_color() == third.get_color()
        # The largest size just fills the ring.
        away = np.concatenate([turn.get_ydata() for turn in (first, second, third)]) - zero
        width = (1 - zeros[0].get_ydata()[0]) * 2
        assert np.abs(away).max() == pytest.approx(width / 2)
        values = RUN[:97, unit] / np.abs(RUN[:, unit]).max() * width / 2
        assert np.allclose(first.get_ydata() - zero, values)


def test_orbits_of_a_period_lie_on_one_another():
    chorus = np.random.default_rng(2).normal(size=(96, 2))
    _, *later = curves(portraits.orbits(np.tile(chorus, (3, 1)), FORM))[:3]
    assert np.allclose(later[0].get_ydata()[:96], later[1].get_ydata()[:96])
    assert np.allclose(np.diff([line.get_xdata()[:96] for line in later], axis=0), 2 * np.pi)


def test_path_lies_in_the_plane_of_the_choruses_that_count():
    ax, gap = portraits.path(RUN, FORM)
    found = principal_components(RUN[96:])
    way = found.project(RUN)
    grey, *lines = [line for line in ax.lines if line.get_marker() == "None"]
    assert np.allclose(grey.get_xydata(), way[:96]) and grey.get_label() == "chorus 1"
    assert np.allclose(lines[0].get_xydata(), way[95:128])  # four bars, joined to the step before
    assert [line.get_color() for line in lines] == list(portraits.LINES[:3]) * 2
    assert [line.get_label() for line in lines[:3]] == [
        "bars 1 to 4", "bars 5 to 8", "bars 9 to 12",
    ]  # fmt: skip
    assert np.allclose(lines[-1].get_xydata()[-1], way[-1])
    assert gap == pytest.approx(np.linalg.norm(RUN[-1] - RUN[191]))
    assert f"({found.shares[0]:.0%})" in ax.get_xlabel()
    assert f"({found.shares[1]:.0%})" in ax.get_ylabel()
    assert ax.get_aspect() == 1


def test_path_numbers_the_state_with_which_every_bar_begins():
    ax, _ = portraits.path(RUN, FORM)
    way = principal_components(RUN[96:]).project(RUN)
    dots = [line.get_xydata()[0] for line in ax.lines if line.get_marker() == "o"]
    assert np.allclose(dots, way[191:-1:8])
    assert [text.get_text() for text in ax.texts] == [str(bar) for bar in range(1, 13)]
    assert np.allclose([text.xy for text in ax.texts], dots)


def test_numbers_of_bars_that_begin_together_stand_apart():
    # Bars 1 and 7 begin at the same place, and so on.
    chorus = np.tile(np.random.default_rng(3).normal(size=(48, 3)), (2, 1))
    ax, _ = portraits.path(np.tile(chorus, (2, 1)), FORM)
    for one, other in zip(ax.texts[:6], ax.texts[6:], strict=True):
        assert np.allclose(one.xy, other.xy)
        assert np.linalg.norm(np.subtract(one.get_position(), other.get_position())) > 9


def test_a_path_that_closes_has_no_gap_and_one_without_earlier_choruses_no_grey():
    chorus = np.random.default_rng(2).normal(size=(96, 3))
    ax, gap = portraits.path(np.tile(chorus, (2, 1)), FORM, first_chorus=0)
    assert gap == 0
    assert {line.get_color() for line in ax.lines} == set(portraits.LINES[:3])


@settings(max_examples=10, deadline=None)
@given(forms())
def test_portraits_fit_any_form(form):
    values = np.random.default_rng(0).normal(size=(2 * form.steps, 3))
    assert portraits.wheel(values, form).get_array().shape == (3, form.steps)
    ax = portraits.orbits(values, form, labels="abc")
    assert texts(ax)[str(len(form.bars))][0] == pytest.approx(2 * np.pi - np.pi / len(form.bars))
    ax, _ = portraits.path(values, form)
    assert len(ax.texts) == len(form.bars)
    ax.figure.draw_without_rendering()
    plt.close("all")


def test_portraits_draw_into_the_axes_they_are_given_and_leave_the_style_alone():
    before = dict(plt.rcParams)
    figure = plt.figure()
    polar = figure.add_subplot(1, 2, 1, projection="polar")
    flat = figure.add_subplot(1, 2, 2)
    assert portraits.orbits(RUN, FORM, polar) is polar
    assert portraits.wheel(RUN, FORM, polar).axes is polar
    assert portraits.path(RUN, FORM, flat)[0] is flat
    assert len(plt.get_fignums()) == 1
    assert dict(plt.rcParams) == before


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: portraits.wheel(RUN, FORM, plt.subplots()[1]), "polar axes"),
        (lambda: portraits.wheel(RUN, FORM, labels=["a"]), "4 units need as many labels, not 1"),
        (lambda: portraits.orbits(RUN[:100], FORM), "100 steps are not whole choruses"),
        (lambda: portraits.orbits(RUN, FORM, first_chorus=3), "choruses 0 to 2"),
        (lambda: portraits.wheel(RUN[:, 0], FORM), r"\(steps, units\)"),
        (lambda: portraits.path(RUN[:96], FORM), "second chorus"),
        (lambda: portraits.path(RUN[:, :1], FORM), "principal components"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(draw, message):
    with pytest.raises(BluesError, match=message):
        draw()
