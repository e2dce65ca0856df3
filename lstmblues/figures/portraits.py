"""A network's memory as a wheel and as a path (chapter 10, "A clock of eight cells").

The form is drawn as a clock: bar 1 begins at the top, and time runs clockwise. Values are what
units did at every step of a run of whole choruses, of shape (steps, units), as ``Activations``
holds them. Choruses are counted from 0; ``first_chorus`` is the first that counts, as a run begins
with empty cells. Functions take ``ax``, or make a figure, and show nothing themselves.
"""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.patheffects import withStroke
from matplotlib.projections.polar import PolarAxes

from lstmblues.errors import BluesError
from lstmblues.figures.axes import POINTS_PER_INCH, colour_bar
from lstmblues.figures.choruses import (
    by_chorus,
    choruses_from,
    gap,
    mean_and_spread,
    principal_components,
)
from lstmblues.figures.plots import (
    BLACK,
    BLUE,
    GATES,
    GREEN,
    GREY,
    PAGE_WIDTH,
    PURPLE,
    SPREADS,
    STATES,
    VERMILION,
    styled,
)
from lstmblues.music.form import BARS_PER_LINE, STEPS_PER_BAR, Form

LINES = (BLUE, VERMILION, GREEN, PURPLE, BLACK)
"""The colours of neighbouring orbits, and of a path's lines of ``BARS_PER_LINE`` bars."""

_HUB = 0.36  # the wheel's inner radius; its outer one is 1
_STRIP = 0.22  # the part of a ring that shows the spread


@styled
def wheel(
    values: np.ndarray,
    form: Form,
    ax: PolarAxes | None = None,
    labels: Sequence[str] | None = None,
    centre: float | None = 0.0,
    first_chorus: int = 1,
) -> QuadMesh:
    """Draw ``values`` as rings around the form, the first unit outside.

    Colours show the mean over choruses. A strip along the inside of every ring shows their standard
    deviation, from white for 0 to dark green for half of what the colours span.

    Args:
        values: of shape (steps, units).
        form: the form, one time through which is one turn.
        ax: polar axes to draw in; default: a new figure.
        labels: the rings' names; default: 1 and up.
        centre: colours diverge from it; with None, they go from 0 to 1, as gates do.
        first_chorus: the first chorus of which the mean is taken.

    Returns:
        The rings, whose array is the mean (units, steps of the form), with a colour bar beside
        them.

    Raises:
        BluesError: for values that are not whole choruses or have no chorus ``first_chorus``, for
            axes that are not polar, and for another number of labels.
    """
    mean, spread = mean_and_spread(values, form, first_chorus)
    units = mean.shape[1]
    names = _names(labels, units)
    ax = _clock(ax, form)
    low, high, colours = 0.0, 1.0, GATES
    if centre is not None:
        reach = np.abs(mean - centre).max() or 1.0
        low, high, colours = centre - reach, centre + reach, STATES
    angles = np.linspace(0.0, 2 * np.pi, form.steps + 1)
    edges = np.linspace(1.0, _HUB, units + 1)
    rings = ax.pcolormesh(angles, edges, mean.T, cmap=colours, vmin=low, vmax=high)
    width = (1.0 - _HUB) / units
    for number, inside in enumerate(edges[1:]):
        ax.pcolormesh(
            angles,
            [inside, inside + _STRIP * width],
            spread.T[[number]],
            cmap=SPREADS,
            vmin=0.0,
            vmax=(high - low) / 2,
        )
    _draw_bars(ax, form)
    _name_rings(ax, names, edges[1:] + (1 + _STRIP) / 2 * width)
    colour_bar(rings, [ax]).ax.set_anchor((0.0, 0.5))
    return rings


@styled
def orbits(
    values: np.ndarray,
    form: Form,
    ax: PolarAxes | None = None,
    labels: Sequence[str] | None = None,
    first_chorus: int = 1,
) -> PolarAxes:
    """Draw each unit of ``values`` as a curve around the form.

    Every chorus is one turn, and the turns lie on top of one another: where all choruses agree,
    they are one line. A unit's zero is a dotted circle, the first unit's outermost; larger values
    lie farther out, every unit on a scale of its own, so that its largest size just fills its
    ring. A few units are easier to read than many.

    Args:
        values: of shape (steps, units).
        form: the form, one time through which is one turn.
        ax: polar axes to draw in; default: a new figure.
        labels: the rings' names; default: 1 and up.
        first_chorus: choruses before it are grey.

    Returns:
        The axes.

    Raises:
        BluesError: as ``wheel`` does.
    """
    choruses = by_chorus(values, form)
    choruses_from(values, form, first_chorus)  # there is one
    units = choruses.shape[2]
    names = _names(labels, units)
    ax = _clock(ax, form)
    width = (1.0 - _HUB) / units
    zeros = 1.0 - (np.arange(units) + 0.5) * width
    run = choruses.reshape(-1, units)
    reach = np.abs(run).max(axis=0)
    run = 0.5 * width * run / np.where(reach == 0, 1.0, reach)
    angles = 2 * np.pi * (np.arange(len(run)) + 0.5) / form.steps
    circle = np.linspace(0.0, 2 * np.pi, 361)
    for unit, zero in enumerate(zeros):
        ax.plot(circle, np.full(len(circle), zero), color=GREY, lw=0.5, ls=":")
        for number in range(len(choruses)):
            # One step more, so that a chorus joins the next.
            turn = slice(number * form.steps, (number + 1) * form.steps + 1)
            earlier = number < first_chorus
            ax.plot(
                angles[turn],
                zero + run[turn, unit],
                color="0.7" if earlier else LINES[unit % len(LINES)],
                lw=1.0 if earlier else 0.7,
                zorder=2 if earlier else 3,
            )
    _draw_bars(ax, form)
    _name_rings(ax, names, zeros)
    return ax


@styled
def path(
    states: np.ndarray, form: Form, ax: Axes | None = None, first_chorus: int = 1
) -> tuple[Axes, float]:
    """Draw the way of ``states`` through the choruses, seen in two dimensions.

    The plane is that of the first two principal components of the choruses from ``first_chorus``
    on, which are one colour for every ``BARS_PER_LINE`` bars. A dot with the bar's number marks the
    state with which the network enters it, in the last chorus. Both axes have the same scale, that
    of the states, and name their shares of the variance.

    Args:
        states: of shape (steps, units), at least two whole choruses.
        form: the form.
        ax: where to draw; default: a new figure.
        first_chorus: choruses before it are grey.

    Returns:
        The axes, and the ``choruses.gap`` of the last chorus over all units: how far it ends from
        where it began.

    Raises:
        BluesError: for states that are not at least two whole choruses, or have no chorus
            ``first_chorus``, or never change.
    """
    open_by = gap(states, form)
    later = choruses_from(states, form, first_chorus)
    components = principal_components(later.reshape(-1, later.shape[2]))
    way = components.project(states)  # (steps, 2)
    ax = ax or plt.subplots(figsize=(PAGE_WIDTH, 5.4))[1]
    begin, line = first_chorus * form.steps, BARS_PER_LINE * STEPS_PER_BAR
    if first_chorus:
        label = "chorus 1" if first_chorus == 1 else f"choruses 1 to {first_chorus}"
        ax.plot(*way[:begin].T, color="0.75", lw=0.9, zorder=1, label=label)
    for start in range(begin, len(way), form.steps):
        for number, first in enumerate(range(0, form.steps, line)):
            last = min(first + line, form.steps)
            # From the step before, so that the lines join.
            part = way[max(start + first - 1, 0) : start + last]
            label = f"bars {first // STEPS_PER_BAR + 1} to {last // STEPS_PER_BAR}"
            ax.plot(
                *part.T,
                color=LINES[number % len(LINES)],
                lw=1.0,
                zorder=2,
                label=label if start == begin else None,
            )
    _number_bars(ax, way[-form.steps - 1 : -1][::STEPS_PER_BAR])
    ax.set_aspect("equal", adjustable="datalim")
    names = (
        f"principal component {n} ({share:.0%})" for n, share in enumerate(components.shares, 1)
    )
    ax.set(**dict(zip(("xlabel", "ylabel"), names, strict=True)))
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=4)
    return ax, open_by


def _number_bars(ax: Axes, starts: np.ndarray) -> None:
    """Write the bars' numbers beside the points ``starts`` (bars, 2), where there is room."""
    ax.apply_aspect()
    taken = ax.transData.transform(starts) / ax.figure.dpi * POINTS_PER_INCH
    around = 9 * np.exp(2j * np.pi * np.arange(16) / 16).view(float).reshape(-1, 2)  # points
    for number, point in enumerate(starts):
        places = taken[number] + around
        others = np.delete(taken, number, axis=0)
        room = np.linalg.norm(places[:, None] - others, axis=2).min(axis=1, initial=np.inf)
        best = room.argmax()
        taken = np.vstack([taken, places[best]])
        colour = LINES[number // BARS_PER_LINE % len(LINES)]
        ax.plot(*point, "o", ms=4, color=colour, mec="white", mew=0.6, zorder=4)
        ax.annotate(
            str(number + 1),
            point,
            around[best],
            textcoords="offset points",
            ha="center",
            va="center",
            color=colour,
            weight="bold",
            zorder=5,
            path_effects=[withStroke(linewidth=2.0, foreground="white")],
        )


def _names(labels: Sequence[str] | None, units: int) -> list[str]:
    """Return a name for every unit, after a check: its label, or else its number from 1."""
    names = [str(name) for name in (range(1, units + 1) if labels is None else labels)]
    if len(names) != units:
        raise BluesError(f"{units} units need as many labels, not {len(names)}")
    return names


def _clock(ax: PolarAxes | None, form: Form) -> PolarAxes:
    """Return ``ax``, or new polar axes, as a clock: chord symbols outside, bar numbers inside."""
    if ax is None:
        figure = plt.figure(figsize=(0.9 * PAGE_WIDTH, 0.7 * PAGE_WIDTH), layout="constrained")
        ax = figure.add_subplot(projection="polar")
    elif ax.name != "polar":
        raise BluesError('a wheel needs polar axes; make them with projection="polar"')
    ax.set_theta_zero_location("N")
    ax.set_theta_direction(-1)
    ax.set_ylim(0.0, 1.0)
    ax.set_yticks([])
    ax.spines["polar"].set_visible(False)
    ax.grid(False)
    ends = [*form.changes[1:], form.steps]
    middles = [(start + end) / 2 for start, end in zip(form.changes, ends, strict=True)]
    symbols = [form.chord_at[start].symbol for start in form.changes]
    angles = 2 * np.pi * np.array(middles) / form.steps
    ax.set_xticks(angles, symbols)
    ax.tick_params(axis="x", pad=0)
    for angle, label in zip(angles, ax.get_xticklabels(), strict=True):
        # Beside the wheel, a symbol must not run into it.
        label.set_ha("center" if abs(np.sin(angle)) < 0.3 else "left" if angle < np.pi else "right")
    return ax


def _draw_bars(ax: PolarAxes, form: Form) -> None:
    """Draw a line at every bar line, and the bars' numbers around the hub."""
    for bar in range(len(form.bars)):
        angle = 2 * np.pi * bar / len(form.bars)
        ax.plot([angle, angle], [_HUB - 0.1, 1.0], color=GREY, lw=1.2 if bar == 0 else 0.5)
        middle = angle + np.pi / len(form.bars)
        ax.text(middle, _HUB - 0.06, bar + 1, ha="center", va="center", fontsize=8, color=BLACK)


def _name_rings(ax: PolarAxes, names: Sequence[str], radii: np.ndarray) -> None:
    """Write the rings' names where bar 1 begins."""
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
    for name, radius in zip(names, radii, strict=True):
        ax.text(0.0, radius, name, ha="center", va="center", fontsize=7, zorder=4, bbox=box)
