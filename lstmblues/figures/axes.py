"""What stands around a picture: bars, chord symbols, names of notes, a scale.

``plots``, ``gate_sheets`` and ``portraits`` draw with these. Time runs to the right in steps.
"""

import math
from collections.abc import Iterable, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.image import AxesImage
from matplotlib.markers import TICKDOWN

from lstmblues.errors import BluesError
from lstmblues.music.encoding import CHORD_UNITS, MELODY_UNITS, PITCHES, UNITS
from lstmblues.music.form import (
    CHORD_OCTAVE,
    MELODY_OCTAVE,
    STEPS_PER_BAR,
    STEPS_PER_BEAT,
    Form,
    note_name,
)

POINTS_PER_INCH = 72


def steps_image(
    ax: Axes,
    values: np.ndarray,
    colours: str,
    low: float,
    high: float,
    lowest_first: bool = False,
    height: int | None = None,
) -> AxesImage:
    """Draw ``values`` so that step t fills the width from t to t + 1.

    Args:
        ax: where to draw.
        values: of shape (rows, steps).
        colours: the name of a colour map.
        low: the value of the first colour.
        high: the value of the last colour.
        lowest_first: whether the first row stands at the bottom, and not on top.
        height: what all rows share; default: 1 for each.

    Returns:
        The image.
    """
    rows, steps = values.shape
    rows = rows if height is None else height
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


def spread_strips(image: AxesImage, spread: np.ndarray, colours: str) -> None:
    """Put a strip with the ``spread`` (rows, steps) at the foot of every row of ``image``.

    Its colours go from 0 to half of what those of ``image`` span.
    """
    low, high = image.get_clim()
    lowest_first = image.origin == "lower"
    parts = np.full((len(spread), 8, spread.shape[1]), np.nan)  # what stays nan is seen through
    parts[:, 5:] = 0.0  # a white border
    parts[:, 6] = spread
    if lowest_first:
        parts = parts[:, ::-1]
    strips = parts.reshape(-1, spread.shape[1])
    steps_image(
        image.axes, strips, colours, 0.0, (high - low) / 2, lowest_first, height=len(spread)
    )


def colour_bar(picture: ScalarMappable, axes: Sequence[Axes]) -> Colorbar:
    """Put a scale of the colours of ``picture`` to the right of ``axes``; return it."""
    bar = axes[0].figure.colorbar(picture, ax=list(axes), pad=0.015, fraction=0.03, aspect=12)
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=2, labelsize=7)
    bar.locator = plt.MaxNLocator(2, steps=[1, 2, 5, 10])
    bar.update_ticks()
    return bar


def time_axis(ax: Axes, form: Form, steps: int, symbols: bool = True) -> None:
    """Do ``plots.form_axis`` for a number of steps, which need not be whole choruses.

    Args:
        ax: whose x axis counts time steps.
        form: the form.
        steps: how many steps the axis shows, from the form's first one on.
        symbols: whether chord symbols are written.
    """
    bars, bars_a_chorus = math.ceil(steps / STEPS_PER_BAR), len(form.bars)
    inches_a_step = ax.get_window_extent().width / ax.figure.dpi / steps
    ax.xaxis.remove_overlapping_locs = False  # a chorus number may stand on a bar line
    ax.tick_params(axis="x", which="both", length=0)
    ax.set_axisbelow(True)
    ax.grid(axis="x", which="major", color="0.6", lw=0.5)
    for start in range(form.steps, steps, form.steps):
        ax.axvline(start, color="black", lw=1.0, zorder=4)  # above the notes

    font = plt.rcParams["xtick.labelsize"] / POINTS_PER_INCH  # inches
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
        write_symbols(ax, form, steps, inches_a_step)


def beat_marks(ax: Axes, steps: int) -> None:
    """Hang a small mark for every beat below ``ax``, where there is room."""
    beats = np.arange(0, steps + 1, STEPS_PER_BEAT)
    if ax.get_window_extent().width / ax.figure.dpi / len(beats) < 0.05:  # inches
        return
    ax.plot(
        beats,
        np.zeros(len(beats)),
        ls="",
        marker=TICKDOWN,
        ms=2.5,
        mew=0.6,
        color="0.45",
        transform=ax.get_xaxis_transform(),
        clip_on=False,
    )


def write_symbols(ax: Axes, form: Form, steps: int, inches_a_step: float) -> None:
    """Write every chord's symbol above the middle of its time, if there is room.

    Args:
        ax: whose x axis counts time steps.
        form: whose chords they are.
        steps: how many steps the axis shows, from the form's first one on.
        inches_a_step: the width of a step in inches.
    """
    starts = [chorus + change for chorus in range(0, steps, form.steps) for change in form.changes]
    starts = [start for start in starts if start < steps]
    ends = [*starts[1:], min(steps, math.ceil(steps / form.steps) * form.steps)]
    names = [form.chord_at[start % form.steps].symbol for start in starts]
    widths = [(end - start) * inches_a_step for start, end in zip(starts, ends, strict=True)]
    size = plt.rcParams["xtick.labelsize"]
    letter = 0.62 * size / POINTS_PER_INCH
    upright = any(letter * len(name) > width for name, width in zip(names, widths, strict=True))
    if upright and 0.8 * size / POINTS_PER_INCH > min(widths):
        return
    top = ax.secondary_xaxis("top")
    top.set_xticks([(start + end) / 2 for start, end in zip(starts, ends, strict=True)], names)
    top.tick_params(length=0, pad=1, rotation=90 if upright else 0, labelsize=size - upright)
    top.spines["top"].set_visible(False)


def name_pitches(ax: Axes, pitches: Iterable[int], heights: Iterable[float]) -> None:
    """Write the names of the white keys among ``pitches`` at their ``heights``.

    Where rows are too low for that, every C, E and G is named.
    """
    rows = abs(np.subtract(*ax.get_ylim()))
    row = ax.get_window_extent().height / ax.figure.dpi / rows
    letters = "ABCDEFG" if row * POINTS_PER_INCH > 6 else "CEG"
    named = [
        (height, note_name(number))
        for number, height in zip(pitches, heights, strict=True)
        if is_natural(number) and note_name(number)[0] in letters
    ]
    ax.set_yticks(*zip(*named, strict=True))
    ax.tick_params(axis="y", labelsize=7, length=0)


def is_natural(number: int) -> bool:
    """Return whether MIDI pitch ``number`` is a white key."""
    return "b" not in note_name(number)


def pitches_of_units(units: int) -> list[int]:
    """Return the MIDI pitches of all 25 units, of the 12 of the chords, or the melody's 13.

    Raises ``BluesError`` for another number of units.
    """
    for part in (slice(0, UNITS), CHORD_UNITS, MELODY_UNITS):
        if len(PITCHES[part]) == units:
            return list(PITCHES[part])
    raise BluesError(
        f"{units} units have no names; known are all {UNITS}, the {len(CHORD_OCTAVE)} of the "
        f"chords, and the {len(MELODY_OCTAVE)} of the melody"
    )


def cell_name(number: int, cells_per_block: int) -> str:
    """Return how a gate sheet labels cell ``number``, counted from 0: 3.2 is block 3's second."""
    block, cell = divmod(int(number), cells_per_block)
    return f"{block + 1}.{cell + 1}" if cells_per_block > 1 else f"{block + 1}"
