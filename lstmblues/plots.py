"""Every plot of the book (chapter 9, "Inside the network", draws a first version by hand).

Time runs to the right in steps: step ``t`` fills the width from ``t`` to ``t + 1``, so that a bar
begins exactly on its bar line. Helpers take ``ax``, or make a figure of a page's width, and show
nothing themselves. Colours stay apart for colour-blind readers.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.image import AxesImage

from lstmblues.encoding import CHORD_UNITS, MELODY_UNITS, UNITS
from lstmblues.errors import BluesError
from lstmblues.form import CHORD_OCTAVE, MELODY_OCTAVE, STEPS_PER_BAR, Form, note_name
from lstmblues.midi import held_notes
from lstmblues.network import Activations
from lstmblues.piece import Piece
from lstmblues.training import Progress, Result

# Okabe and Ito's palette, those of its colours that carry text and thin lines on white.
BLUE, VERMILION, GREEN, ORANGE = "#0072b2", "#d55e00", "#009e73", "#e69f00"
SKY, PURPLE, BLACK = "#56b4e9", "#cc79a7", "#000000"
GREY = "0.45"
COLOURS = {"chords": BLUE, "melody": VERMILION}
"""The colour of each group of a network, and of its music."""

ON_OFF, GATES, STATES = "Greys", "cividis", "RdBu_r"
"""Colour maps: of units, of what lies between 0 and 1, and of what has a middle."""

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

_POINTS_PER_INCH = 72


def style() -> None:
    """Give the plots that a notebook draws itself the look of this module's."""
    plt.rcParams.update(_STYLE)


def _styled(plot: Callable) -> Callable:
    @wraps(plot)
    def drawn(*args, **kwargs):
        with plt.rc_context(_STYLE):
            return plot(*args, **kwargs)

    return drawn


@_styled
def form_axis(ax: Axes, form: Form, choruses: int = 1, symbols: bool = True) -> Axes:
    """Make the x axis of ``ax`` show ``choruses`` times through ``form``; return ``ax``.

    Bar lines, and heavier lines between choruses; bar numbers below; the chord symbols above.
    Where there is no room, only some bar numbers are written, or chorus numbers instead, and
    the chord symbols are turned upright, or left out.
    """
    _time_axis(ax, form, choruses * form.steps, symbols)
    return ax


@_styled
def piano_roll(piece: Piece, ax: Axes | None = None) -> Axes:
    """Draw the held notes of ``piece``, chords below and melody above; return the axes.

    A piece without a melody is drawn in the chord octave alone.
    """
    melody, chords = held_notes(piece)
    octaves = [CHORD_OCTAVE, MELODY_OCTAVE] if melody else [CHORD_OCTAVE]
    pitches = [number for octave in octaves for number in octave]
    ax = ax or _figure(0.6 + 0.112 * len(pitches))
    for number in pitches:  # the black keys, for the eye to find its way by
        if not _is_natural(number):
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
    _name_pitches(ax, pitches, pitches)
    _time_axis(ax, piece.form, len(piece))
    return ax


@_styled
def unit_roll(array: np.ndarray, form: Form, ax: Axes | None = None) -> AxesImage:
    """Draw the units that a network sees or predicts, the lowest note at the bottom.

    ``array`` is of shape (steps, 25), (steps, 12) for the chord units alone, or (steps, 13) for
    the melody units; on or off, between, or standardised. Returns the image.
    """
    array = _steps_first(array)
    pitches = _pitches_of_units(array.shape[1])
    ax = ax or _figure(0.6 + 0.11 * len(pitches))
    if array.min() >= 0 and array.max() <= 1:
        image = _image(ax, array.T, ON_OFF, 0.0, 1.0, lowest_first=True)
    else:
        reach = np.abs(array).max()
        image = _image(ax, array.T, STATES, -reach, reach, lowest_first=True)
        _colour_bar(image, [ax])
    middles = np.arange(len(pitches)) + 0.5
    _name_pitches(ax, pitches, middles)
    if len(pitches) == UNITS:
        ax.axhline(MELODY_UNITS.start, color=GREY, lw=0.8)
    _time_axis(ax, form, len(array))
    return image


@_styled
def heat_map(
    values: np.ndarray,
    form: Form,
    ax: Axes | None = None,
    labels: Sequence[str] | None = None,
    centre: float | None = None,
    low: float | None = None,
    high: float | None = None,
) -> AxesImage:
    """Draw ``values`` of shape (rows, steps) as colours over the form, the first row on top.

    ``low`` and ``high`` are the ends of the colours (default: the values' own); for gates, 0 and
    1. With ``centre``, colours diverge from it, equally far both ways. ``labels`` names the rows.
    Returns the image, with a colour bar beside it.
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 2 or not values.size:
        raise BluesError(f"a heat map needs values of shape (rows, steps), not {values.shape}")
    if labels is not None and len(labels) != len(values):
        raise BluesError(f"{len(values)} rows need as many labels, not {len(labels)}")
    ax = ax or _figure(max(1.2, 0.7 + 0.2 * len(values)))
    low = float(values.min()) if low is None else low
    high = float(values.max()) if high is None else high
    colours = GATES
    if centre is not None:
        reach = max(abs(low - centre), abs(high - centre))
        colours, low, high = STATES, centre - reach, centre + reach
    image = _image(ax, values, colours, low, high)
    names = range(1, len(values) + 1) if labels is None else labels
    ax.set_yticks(np.arange(len(values)) + 0.5, [str(name) for name in names])
    ax.tick_params(axis="y", length=0)
    _colour_bar(image, [ax])
    _time_axis(ax, form, values.shape[1])
    return image


@_styled
def gate_sheet(
    activations: Mapping[str, Activations], piece: Piece, figure: Figure | SubFigure | None = None
) -> Figure | SubFigure:
    """Draw on one page what a network did while it heard ``piece``; return the figure.

    ``activations`` are every group's, by name, as ``Network.record`` and ``Performance`` give
    them. On top stands the piece; below it, for every group, the gates of each block, the states
    of the block's cells, and the outputs: those in a column predict the step after it.
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
        blocks, cells = group.input_gate.shape[1], group.cell_state.shape[1]
        heights += [*[0.11 * blocks] * 3, 0.11 * cells, 0.08 * group.output.shape[1]]
    if figure is None:
        height = sum(heights) + 0.25 * len(heights) + 0.5
        figure = plt.figure(figsize=(PAGE_WIDTH, height), layout="constrained")
    panels = figure.subplots(
        len(heights), sharex=True, gridspec_kw={"height_ratios": heights}, squeeze=False
    )[:, 0]
    piano_roll(piece, panels[0])
    _title(panels[0], "What the network heard")
    for number, (name, group) in enumerate(activations.items()):
        own = panels[1 + 5 * number : 6 + 5 * number]
        _draw_group(own, name, group)
        for ax in own:
            _time_axis(ax, piece.form, len(piece), symbols=False)
    for ax in panels[:-1]:
        ax.set_xlabel("")
    return figure


@_styled
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


def _draw_group(panels: Sequence[Axes], name: str, group: Activations) -> None:
    """Draw one group of a gate sheet: three panels of gates, one of states, one of outputs."""
    blocks, cells = group.input_gate.shape[1], group.cell_state.shape[1]
    for ax, gate in zip(panels, ("input_gate", "forget_gate", "output_gate"), strict=False):
        image = _image(ax, getattr(group, gate).T, GATES, 0.0, 1.0)
        ax.set_yticks(np.arange(blocks) + 0.5, range(1, blocks + 1))
        _title(ax, f"{name}: {gate.replace('_', ' ')}s, one a block")
    _colour_bar(image, panels[:3])
    reach = np.abs(group.cell_state).max()
    states = _image(panels[3], group.cell_state.T, STATES, -reach, reach)
    _colour_bar(states, [panels[3]])
    a_block = cells // blocks
    panels[3].set_yticks((np.arange(blocks) + 0.5) * a_block, range(1, blocks + 1))
    panels[3].hlines(np.arange(1, blocks) * a_block, 0, len(group.output), color=GREY, lw=0.4)
    _title(panels[3], f"{name}: cell states, {a_block} a block")
    outputs = _image(panels[4], group.output.T, GATES, 0.0, 1.0, lowest_first=True)
    _colour_bar(outputs, [panels[4]])
    pitches = MELODY_OCTAVE if name == "melody" else CHORD_OCTAVE
    _name_pitches(panels[4], pitches, np.arange(len(pitches)) + 0.5)
    _title(panels[4], f"{name}: outputs, the next step's notes")


def _figure(height: float) -> Axes:
    return plt.subplots(figsize=(PAGE_WIDTH, height))[1]


def _title(ax: Axes, text: str) -> None:
    ax.set_title(text[0].upper() + text[1:], loc="left", fontsize=8, pad=3)
    ax.tick_params(axis="y", labelsize=7, length=0)


def _image(ax, values, colours, low, high, lowest_first=False) -> AxesImage:
    """Draw ``values`` (rows, steps) so that step t fills the width from t to t + 1."""
    rows, steps = values.shape
    return ax.imshow(
        values,
        cmap=colours,
        vmin=low,
        vmax=high,
        aspect="auto",
        interpolation="nearest",
        origin="lower" if lowest_first else "upper",
        extent=(0, steps, 0, rows) if lowest_first else (0, steps, rows, 0),
    )


def _colour_bar(image: AxesImage, axes: Sequence[Axes]) -> None:
    bar = image.figure.colorbar(image, ax=list(axes), pad=0.015, fraction=0.03, aspect=12)
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=2, labelsize=7)
    bar.locator = plt.MaxNLocator(2, steps=[1, 2, 5, 10])
    bar.update_ticks()


def _time_axis(ax: Axes, form: Form, steps: int, symbols: bool = True) -> None:
    """Do ``form_axis`` for a number of steps, which need not be whole choruses."""
    bars, bars_a_chorus = math.ceil(steps / STEPS_PER_BAR), len(form.bars)
    inches_a_step = ax.get_window_extent().width / ax.figure.dpi / steps
    ax.xaxis.remove_overlapping_locs = False  # a chorus number may stand on a bar line
    ax.tick_params(axis="x", which="both", length=0)
    ax.set_axisbelow(True)
    ax.grid(axis="x", which="major", color="0.6", lw=0.5)
    for start in range(form.steps, steps, form.steps):
        ax.axvline(start, color=BLACK, lw=1.0, zorder=4)  # above the notes

    font = plt.rcParams["xtick.labelsize"] / _POINTS_PER_INCH  # inches
    every = next((n for n in (1, 2, 4) if n * STEPS_PER_BAR * inches_a_step > 1.8 * font), None)
    if every is None and steps > form.steps:
        starts = np.arange(0, steps, form.steps)
        ax.set_xticks(starts, labels=[])
        ax.set_xticks(starts + form.steps / 2, range(1, len(starts) + 1), minor=True)
        ax.set_xlabel("chorus")
    else:
        ax.set_xticks(np.arange(bars + 1) * STEPS_PER_BAR, labels=[])
        numbered = [bar for bar in range(bars) if bar % bars_a_chorus % (every or 4) == 0]
        middles = (np.array(numbered) + 0.5) * STEPS_PER_BAR
        ax.set_xticks(middles, [bar % bars_a_chorus + 1 for bar in numbered], minor=True)
        ax.set_xlabel("bar")
    ax.set_xlim(0, steps)
    if symbols:
        _write_symbols(ax, form, steps, inches_a_step)


def _write_symbols(ax: Axes, form: Form, steps: int, inches_a_step: float) -> None:
    """Write every chord's symbol above the middle of its time, if there is room."""
    starts = [chorus + change for chorus in range(0, steps, form.steps) for change in form.changes]
    starts = [start for start in starts if start < steps]
    ends = [*starts[1:], min(steps, math.ceil(steps / form.steps) * form.steps)]
    names = [form.chord_at[start % form.steps].symbol for start in starts]
    widths = [(end - start) * inches_a_step for start, end in zip(starts, ends, strict=True)]
    size = plt.rcParams["xtick.labelsize"]
    letter = 0.62 * size / _POINTS_PER_INCH
    upright = any(letter * len(name) > width for name, width in zip(names, widths, strict=True))
    if upright and 0.8 * size / _POINTS_PER_INCH > min(widths):
        return
    top = ax.secondary_xaxis("top")
    top.set_xticks([(start + end) / 2 for start, end in zip(starts, ends, strict=True)], names)
    top.tick_params(length=0, pad=1, rotation=90 if upright else 0, labelsize=size - upright)
    top.spines["top"].set_visible(False)


def _name_pitches(ax: Axes, pitches: Iterable[int], heights: Iterable[float]) -> None:
    """Write the names of the white keys among ``pitches`` at their ``heights``.

    Where rows are too low for that, every C, E and G is named.
    """
    rows = abs(np.subtract(*ax.get_ylim()))
    row = ax.get_window_extent().height / ax.figure.dpi / rows
    letters = "ABCDEFG" if row * _POINTS_PER_INCH > 6 else "CEG"
    named = [
        (height, note_name(number))
        for number, height in zip(pitches, heights, strict=True)
        if _is_natural(number) and note_name(number)[0] in letters
    ]
    ax.set_yticks(*zip(*named, strict=True))
    ax.tick_params(axis="y", labelsize=7, length=0)


def _is_natural(number: int) -> bool:
    return "b" not in note_name(number)


def _steps_first(array: np.ndarray) -> np.ndarray:
    array = np.asarray(array, dtype=float)
    if array.ndim != 2 or not array.size:
        raise BluesError(f"a roll needs an array of shape (steps, units), not {array.shape}")
    return array


def _pitches_of_units(units: int) -> list[int]:
    pitches = [*CHORD_OCTAVE, *MELODY_OCTAVE]
    for part in (slice(0, UNITS), CHORD_UNITS, MELODY_UNITS):
        if len(pitches[part]) == units:
            return pitches[part]
    raise BluesError(
        f"{units} units have no names; known are all {UNITS}, the {len(CHORD_OCTAVE)} of the "
        f"chords, and the {len(MELODY_OCTAVE)} of the melody"
    )
