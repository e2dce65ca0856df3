"""Plots of pieces, units and training runs, and the look that all figures of the book share.

The book introduces ``piano_roll`` in chapter 1, ``form_axis`` in 2, ``unit_roll`` in 3,
``learning_curve`` in 5 and ``heat_map`` in 9.

Time runs to the right in steps: step ``t`` fills the width from ``t`` to ``t + 1``, so that a bar
begins exactly on its bar line. Functions take ``ax``, or make a figure of a page's width, and show
nothing themselves. Colours stay apart for colour-blind readers.
"""

from collections.abc import Callable, Sequence
from functools import wraps

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage

from lstmblues.errors import BluesError
from lstmblues.figures.axes import (
    colour_bar,
    is_natural,
    name_pitches,
    pitches_of_units,
    spread_strips,
    steps_image,
    time_axis,
)
from lstmblues.music.encoding import MELODY_UNITS, UNITS
from lstmblues.music.form import CHORD_OCTAVE, MELODY_OCTAVE, Form
from lstmblues.music.notes import held_notes
from lstmblues.music.piece import Piece
from lstmblues.training.runs import Progress, Result

# Okabe and Ito's palette, those of its colours that carry text and thin lines on white.
BLUE, VERMILION, GREEN, ORANGE = "#0072b2", "#d55e00", "#009e73", "#e69f00"
SKY, PURPLE, BLACK = "#56b4e9", "#cc79a7", "#000000"
GREY = "0.45"
COLOURS = {"chords": BLUE, "melody": VERMILION}
"""The colour of each group of a network, and of its music."""

ON_OFF, GATES, STATES, SPREADS = "Greys", "cividis", "RdBu_r", "Greens"
"""Colour maps: of units, of what lies between 0 and 1, of what has a middle, and of spreads."""

PAGE_WIDTH = 7.2
"""The width of a figure, in inches, that fills the text column."""

_STYLE = {
    "figure.dpi": 120,
    "figure.constrained_layout.use": True,
    "figure.facecolor": "white",
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "lines.linewidth": 1.3,
    "axes.prop_cycle": plt.cycler(color=[BLUE, VERMILION, GREEN, ORANGE, SKY, PURPLE, BLACK]),
}


def style() -> None:
    """Give the plots that a notebook draws itself the look of this module's."""
    plt.rcParams.update(_STYLE)


def styled(plot: Callable) -> Callable:
    """Return ``plot``, drawing with this module's look without leaving it behind."""

    @wraps(plot)
    def drawn(*args, **kwargs):
        with plt.rc_context(_STYLE):
            return plot(*args, **kwargs)

    return drawn


def page_axes(height: float) -> Axes:
    """Return the axes of a new figure of a page's width, ``height`` inches high."""
    return plt.subplots(figsize=(PAGE_WIDTH, height))[1]


@styled
def form_axis(ax: Axes, form: Form, choruses: int = 1, symbols: bool = True) -> Axes:
    """Make the x axis of ``ax`` show ``choruses`` times through ``form``.

    It has bar lines, heavier lines between choruses, bar numbers below and chord symbols above.
    Where there is no room, only some bar numbers are written, or chorus numbers instead, and
    the chord symbols are turned upright, or left out.

    Args:
        ax: whose x axis counts time steps.
        form: the form.
        choruses: how many times the axis goes through it.
        symbols: whether chord symbols are written.

    Returns:
        ``ax``.
    """
    time_axis(ax, form, choruses * form.steps, symbols)
    return ax


@styled
def piano_roll(piece: Piece, ax: Axes | None = None) -> Axes:
    """Draw the held notes of ``piece``, chords below and melody above; return the axes.

    A piece without a melody is drawn in the chord octave alone.
    """
    melody, chords = held_notes(piece)
    octaves = [CHORD_OCTAVE, MELODY_OCTAVE] if melody else [CHORD_OCTAVE]
    pitches = [number for octave in octaves for number in octave]
    ax = ax or page_axes(0.6 + 0.112 * len(pitches))
    for number in pitches:  # the black keys, for the eye to find its way by
        if not is_natural(number):
            ax.axhspan(number - 0.5, number + 0.5, color="0.955", lw=0, zorder=0)
    if melody:
        ax.axhline(MELODY_OCTAVE[0] - 0.5, color=GREY, lw=0.6, zorder=1)
    for name, notes in (("chords", chords), ("melody", melody)):
        ax.bar(
            [note.onset for note in notes],
            height=0.8,
            width=[note.duration for note in notes],
            bottom=[note.pitch - 0.4 for note in notes],
            align="edge",
            color=COLOURS[name],
            edgecolor="white",  # so that restruck notes stay apart
            lw=0.6,
            label=name,
            zorder=3,
        )
    ax.set_ylim(pitches[0] - 0.5, pitches[-1] + 0.5)
    name_pitches(ax, pitches, pitches)
    time_axis(ax, piece.form, len(piece))
    return ax


@styled
def unit_roll(array: np.ndarray, form: Form, ax: Axes | None = None) -> AxesImage:
    """Draw the units that a network sees or predicts, the lowest note at the bottom.

    ``array`` is of shape (steps, 25), (steps, 12) for the chord units alone, or (steps, 13) for
    the melody units; on or off, between, or standardised. Returns the image. Raises ``BluesError``
    for another shape.
    """
    array = _steps_first(array)
    pitches = pitches_of_units(array.shape[1])
    ax = ax or page_axes(0.6 + 0.11 * len(pitches))
    if array.min() >= 0 and array.max() <= 1:
        image = steps_image(ax, array.T, ON_OFF, 0.0, 1.0, lowest_first=True)
    else:
        reach = np.abs(array).max()
        image = steps_image(ax, array.T, STATES, -reach, reach, lowest_first=True)
        colour_bar(image, [ax])
    middles = np.arange(len(pitches)) + 0.5
    name_pitches(ax, pitches, middles)
    if len(pitches) == UNITS:
        ax.axhline(MELODY_UNITS.start, color=GREY, lw=0.8)
    time_axis(ax, form, len(array))
    return image


@styled
def heat_map(
    values: np.ndarray,
    form: Form,
    ax: Axes | None = None,
    labels: Sequence[str] | None = None,
    centre: float | None = None,
    low: float | None = None,
    high: float | None = None,
    spread: np.ndarray | None = None,
) -> AxesImage:
    """Draw ``values`` as colours over the form, the first row on top.

    Args:
        values: of shape (rows, steps).
        form: the form over which the steps go, from its first step on.
        ax: where to draw; default: a new figure.
        labels: the rows' names; default: 1 and up.
        centre: if given, colours diverge from it, equally far both ways.
        low: the lower end of the colours; default: the least value. For gates, give 0.
        high: the upper end of the colours; default: the largest value. For gates, give 1.
        spread: how uncertain each value is, of the shape of ``values``: a strip below every row,
            from white for 0 to dark green for half of what the colours span.

    Returns:
        The image, with a colour bar beside it.

    Raises:
        BluesError: for values or a spread of another shape, and another number of labels.
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 2 or not values.size:
        raise BluesError(f"a heat map needs values of shape (rows, steps), not {values.shape}")
    if labels is not None and len(labels) != len(values):
        raise BluesError(f"{len(values)} rows need as many labels, not {len(labels)}")
    if spread is not None and np.shape(spread) != values.shape:
        raise BluesError(f"the spread must have the values' shape {values.shape}")
    ax = ax or page_axes(max(1.2, 0.7 + 0.2 * len(values)))
    low = float(values.min()) if low is None else low
    high = float(values.max()) if high is None else high
    colours = GATES
    if centre is not None:
        reach = max(abs(low - centre), abs(high - centre))
        colours, low, high = STATES, centre - reach, centre + reach
    image = steps_image(ax, values, colours, low, high)
    if spread is not None:
        spread_strips(image, np.asarray(spread), SPREADS)
    names = range(1, len(values) + 1) if labels is None else labels
    ax.set_yticks(np.arange(len(values)) + 0.5, [str(name) for name in names])
    ax.tick_params(axis="y", length=0)
    colour_bar(image, [ax])
    time_axis(ax, form, values.shape[1])
    return image


@styled
def learning_curve(result: Result, ax: Axes | None = None) -> Axes:
    """Draw the error of a training run; return the axes.

    Curves show the mean cross-entropy a step (nats) of every pass, of the chords and, if there is
    one, of the melody. At the foot stands a mark a pass: it is the darker, the larger the share of
    gross errors (steps whose chord was wrong) among the steps heard. A line stands where the chords
    were learned. Raises ``BluesError`` for a run without passes.
    """
    history = result.history
    if not history:
        raise BluesError("this training run has no passes to draw")
    ax = ax or page_axes(3.0)
    steps = [progress.steps for progress in history]
    curves = {"chords": [progress.chord_loss for progress in history]}
    if history[0].melody_loss is not None:
        curves["melody"] = [progress.melody_loss for progress in history]
    for name, losses in curves.items():
        ax.plot(steps, losses, color=COLOURS[name], lw=0.9, label=name)
    marks = ax.scatter(
        steps,
        np.full(len(steps), 0.025),
        c=np.sqrt(_wrong_share(history)),  # the root, so that a few per cent still show
        cmap="Greys",
        vmin=0.0,
        vmax=1.0,
        marker="|",
        s=60,
        linewidths=1.0,
        transform=ax.get_xaxis_transform(),
    )
    marks.set_label("steps with a wrong chord (darker: more)")
    learned = next((progress.steps for progress in history if progress.chords_learned), None)
    if learned is not None:
        ax.axvline(learned, color=GREEN, ls="--", label="chords learned")
    ax.set_yscale("log")
    ax.set_xlim(0, steps[-1] * 1.01)
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    ax.set_xlabel("steps heard")
    ax.set_ylabel("cross-entropy a step (nats)")
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=4)
    return ax


def _wrong_share(history: Sequence[Progress]) -> np.ndarray:
    """Return, for every pass, the share of the steps heard whose chord was wrong."""
    heard = np.diff([0, *(progress.steps for progress in history)])
    return np.array([progress.gross_errors for progress in history]) / heard


def _steps_first(array: np.ndarray) -> np.ndarray:
    """Return ``array`` as floats, if it is of shape (steps, units)."""
    array = np.asarray(array, dtype=float)
    if array.ndim != 2 or not array.size:
        raise BluesError(f"a roll needs an array of shape (steps, units), not {array.shape}")
    return array
