"""Every plot of the book (chapter 9, "Inside the network", draws a first version by hand).

Time runs to the right in steps: step ``t`` fills the width from ``t`` to ``t + 1``, so that a bar
begins exactly on its bar line. Helpers take ``ax``, or make a figure of a page's width, and show
nothing themselves. Colours stay apart for colour-blind readers.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.image import AxesImage

from lstmblues.errors import BluesError
from lstmblues.figures.axes import (
    beat_marks,
    cell_name,
    colour_bar,
    is_natural,
    name_pitches,
    pitches_of_units,
    spread_strips,
    steps_image,
    time_axis,
)
from lstmblues.figures.choruses import mean_and_spread, peak_order
from lstmblues.music.encoding import CHORD_UNITS, MELODY_UNITS, UNITS, encode
from lstmblues.music.form import CHORD_OCTAVE, MELODY_OCTAVE, Form
from lstmblues.music.notes import held_notes
from lstmblues.music.piece import Piece
from lstmblues.network.lstm import Activations
from lstmblues.training.experiments import Progress, Result

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

ORDERS = ("block", "peak")
"""The orders of units in a gate panel: as numbered, or as they peak in the chorus."""

SHEET_KINDS = {
    "input_gate": "input gates, one a block",
    "forget_gate": "forget gates, one a block",
    "output_gate": "output gates, one a block",
    "cell_state": "cell states, {} a block",
    "cell_output": "cell outputs, {} a block",
    "output": "outputs, the next step's notes",
}
"""What a gate sheet shows of every group, from top to bottom: fields of ``Activations``."""


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


@styled
def form_axis(ax: Axes, form: Form, choruses: int = 1, symbols: bool = True) -> Axes:
    """Make the x axis of ``ax`` show ``choruses`` times through ``form``; return ``ax``.

    Bar lines, and heavier lines between choruses; bar numbers below; the chord symbols above.
    Where there is no room, only some bar numbers are written, or chorus numbers instead, and
    the chord symbols are turned upright, or left out.
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
    ax = ax or _figure(0.6 + 0.112 * len(pitches))
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
    the melody units; on or off, between, or standardised. Returns the image.
    """
    array = _steps_first(array)
    pitches = pitches_of_units(array.shape[1])
    ax = ax or _figure(0.6 + 0.11 * len(pitches))
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
    """Draw ``values`` of shape (rows, steps) as colours over the form, the first row on top.

    ``low`` and ``high`` are the ends of the colours (default: the values' own); for gates, 0 and
    1. With ``centre``, colours diverge from it, equally far both ways. ``labels`` names the rows.
    ``spread``, of the same shape, says how uncertain each value is: a strip below every row, from
    white for 0 to dark green for half of what the colours span. Returns the image, with a colour
    bar beside it.
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 2 or not values.size:
        raise BluesError(f"a heat map needs values of shape (rows, steps), not {values.shape}")
    if labels is not None and len(labels) != len(values):
        raise BluesError(f"{len(values)} rows need as many labels, not {len(labels)}")
    if spread is not None and np.shape(spread) != values.shape:
        raise BluesError(f"the spread must have the values' shape {values.shape}")
    ax = ax or _figure(max(1.2, 0.7 + 0.2 * len(values)))
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
def gate_panel(
    group: Activations,
    kind: str,
    form: Form,
    ax: Axes | None = None,
    settled: int | None = None,
    order: str = "block",
) -> AxesImage:
    """Draw one panel of a gate sheet: ``kind`` of a group's activations; return the image.

    ``kind`` is one of ``SHEET_KINDS``. ``settled`` and ``order`` are those of ``gate_sheet``,
    which raises the same errors.
    """
    if kind not in SHEET_KINDS:
        raise BluesError(f"a gate sheet has no {kind!r}; it has {', '.join(SHEET_KINDS)}")
    ax = ax or _figure(0.8 + _panel_height(group, kind, settled))
    image = _draw_panel(ax, group, kind, form, settled, order)
    colour_bar(image, [ax])
    time_axis(ax, form, image.get_array().shape[1])
    return image


@styled
def gate_sheet(
    activations: Mapping[str, Activations],
    piece: Piece,
    figure: Figure | SubFigure | None = None,
    settled: int | None = None,
    order: str = "block",
) -> Figure | SubFigure:
    """Draw on one page what a network did while it heard ``piece``; return the figure.

    ``activations`` are every group's, by name, as ``Network.record`` and ``Performance`` give
    them. On top stands the piece; below it, for every group, the gates of each block, the states
    and outputs of the block's cells, and the group's outputs: those in a column predict the step
    after it.

    With ``settled``, the choruses from that number on (counted from 0) are laid over one another:
    colours show their mean, and the strip below every row how far they differ, from white for a
    standard deviation of 0 to dark green for half of what the colours span. With ``order="peak"``,
    units stand in the order in which they peak in the chorus (``choruses.peak_order``), the second
    cell of block 3 labelled 3.2; outputs always stand by pitch.

    Raises ``BluesError`` if the piece is longer or shorter than the run, for any other order, and
    if an order or a mean is asked of a run that is not whole choruses, or has no such chorus.
    """
    for name, group in activations.items():
        if len(group.output) != len(piece):
            raise BluesError(
                f"the {name} group ran for {len(group.output)} steps, and the piece lasts "
                f"{len(piece)}; give the piece that the network heard"
            )
    heights = [
        0.7 if set(piece.melody) == {None} else 1.35
    ]  # inches: of the piece, then of every panel of every group
    for group in activations.values():
        heights += [_panel_height(group, kind, settled) for kind in SHEET_KINDS]
    if figure is None:
        height = sum(heights) + 0.25 * len(heights) + 0.5
        figure = plt.figure(figsize=(PAGE_WIDTH, height), layout="constrained")
    panels = figure.subplots(
        len(heights), sharex=True, gridspec_kw={"height_ratios": heights}, squeeze=False
    )[:, 0]
    if settled is None:
        steps = len(piece)
        piano_roll(piece, panels[0])
        _title(panels[0], "What the network heard")
    else:
        steps = piece.form.steps
        units = encode(piece)
        if set(piece.melody) == {None}:
            units = units[:, CHORD_UNITS]
        unit_roll(mean_and_spread(units, piece.form, settled)[0], piece.form, panels[0])
        _title(panels[0], f"What the network heard, choruses {settled + 1} to {piece.choruses}")
        figure.supxlabel(
            "Rows: the mean over the choruses. Strips below the rows: their standard deviation,\n"
            "from 0 (white) to half of what the colours span (dark green).",
            fontsize=7,
            color=GREY,
        )
    for number, (name, group) in enumerate(activations.items()):
        own = panels[1 + len(SHEET_KINDS) * number :][: len(SHEET_KINDS)]
        images = [
            _draw_panel(ax, group, kind, piece.form, settled, order, of=f"{name}: ")
            for ax, kind in zip(own, SHEET_KINDS, strict=True)
        ]
        colour_bar(images[0], own[:3])  # one for the gates
        for image in images[3:]:
            colour_bar(image, [image.axes])
        for ax in own:
            time_axis(ax, piece.form, steps, symbols=False)
    for ax in panels[:-1]:
        ax.set_xlabel("")
    return figure


@styled
def learning_curve(result: Result, ax: Axes | None = None) -> Axes:
    """Draw the error of a training run; return the axes.

    The mean cross-entropy a step (nats) of every pass, for chords and, if there is one, melody;
    at the foot, a mark a pass, the darker the larger the share of gross errors (steps whose chord
    was wrong) among the steps heard; and a line where the chords were learned.
    """
    history = result.history
    if not history:
        raise BluesError("this training run has no passes to draw")
    ax = ax or _figure(3.0)
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


def _panel_height(group: Activations, kind: str, settled: int | None) -> float:
    """Return the height in inches that a panel needs: rows with a strip below are higher."""
    row = 0.08 if kind == "output" else 0.11
    return getattr(group, kind).shape[1] * row * (1 if settled is None else 1.45)


def _draw_panel(
    ax: Axes,
    group: Activations,
    kind: str,
    form: Form,
    settled: int | None,
    order: str,
    of: str = "",
) -> AxesImage:
    """Draw a panel of a gate sheet without its scale and its bars; return the image."""
    if order not in ORDERS:
        raise BluesError(f"units have no order {order!r}; give {' or '.join(ORDERS)}")
    values = getattr(group, kind)  # (steps, units)
    spread, by_pitch = None, kind == "output"
    numbers = np.arange(values.shape[1])
    if order == "peak" and not by_pitch:
        numbers = peak_order(mean_and_spread(values, form, settled or 0)[0])
    if settled is not None:
        values, spread = mean_and_spread(values, form, settled)
    colours, low, high = ON_OFF if kind == "output" else GATES, 0.0, 1.0
    if kind in ("cell_state", "cell_output"):
        reach = np.abs(values).max() if kind == "cell_state" else 1.0
        colours, low, high = STATES, -reach, reach
    image = steps_image(ax, values.T[numbers], colours, low, high, lowest_first=by_pitch)
    if spread is not None:
        spread_strips(image, spread.T[numbers], SPREADS)
    blocks = group.input_gate.shape[1]
    a_block = len(numbers) // blocks
    if by_pitch:
        pitches = pitches_of_units(len(numbers))
        name_pitches(ax, pitches, np.arange(len(pitches)) + 0.5)
    elif order == "block":
        ax.set_yticks((np.arange(blocks) + 0.5) * a_block, range(1, blocks + 1))
        if a_block > 1:
            edges = np.arange(1, blocks) * a_block
            ax.hlines(edges, 0, len(values), color=GREY, lw=0.4)
    else:
        names = [cell_name(number, a_block) for number in numbers]
        ax.set_yticks(np.arange(len(names)) + 0.5, names)
    beat_marks(ax, len(values))
    _title(ax, of + SHEET_KINDS[kind].format(a_block))
    return image


def _figure(height: float) -> Axes:
    return plt.subplots(figsize=(PAGE_WIDTH, height))[1]


def _title(ax: Axes, text: str) -> None:
    ax.set_title(text[0].upper() + text[1:], loc="left", fontsize=8, pad=3)
    ax.tick_params(axis="y", labelsize=7, length=0)


def _steps_first(array: np.ndarray) -> np.ndarray:
    array = np.asarray(array, dtype=float)
    if array.ndim != 2 or not array.size:
        raise BluesError(f"a roll needs an array of shape (steps, units), not {array.shape}")
    return array
