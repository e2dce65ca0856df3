"""Gate sheets: what the gates and cells of a network do while it hears a piece.

Chapter 9, "Inside the network", draws a first version by hand. Functions take axes or a figure, or
make a figure of a page's width, and show nothing themselves.
"""

from collections.abc import Mapping

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
    name_pitches,
    pitches_of_units,
    spread_strips,
    steps_image,
    time_axis,
)
from lstmblues.figures.choruses import mean_and_spread, peak_order
from lstmblues.figures.plots import (
    GATES,
    GREY,
    ON_OFF,
    PAGE_WIDTH,
    SPREADS,
    STATES,
    page_axes,
    piano_roll,
    styled,
    unit_roll,
)
from lstmblues.music.encoding import CHORD_UNITS, encode
from lstmblues.music.form import Form
from lstmblues.music.piece import Piece
from lstmblues.network.lstm import Activations

ORDERS = ("block", "peak")
"""The orders of units in a panel: as numbered, or as they peak in the chorus."""

KINDS = {
    "input_gate": "input gates, one a block",
    "forget_gate": "forget gates, one a block",
    "output_gate": "output gates, one a block",
    "cell_state": "cell states, {} a block",
    "cell_output": "cell outputs, {} a block",
    "output": "outputs, the next step's notes",
}
"""What a gate sheet shows of every group, from top to bottom: fields of ``Activations``."""
_GATE_KINDS = 3
"""The first so many kinds are gates, and share a scale."""


@styled
def gate_panel(
    group: Activations,
    kind: str,
    form: Form,
    ax: Axes | None = None,
    first_chorus: int | None = None,
    order: str = "block",
) -> AxesImage:
    """Draw one panel of a gate sheet.

    Args:
        group: the activations of a group of the network.
        kind: which of them, one of ``KINDS``.
        form: the form of the piece that the network heard.
        ax: where to draw; default: a new figure.
        first_chorus: as in ``gate_sheet``.
        order: as in ``gate_sheet``.

    Returns:
        The image, with a colour bar beside it.

    Raises:
        BluesError: for another kind, and for ``order`` and ``first_chorus`` as ``gate_sheet`` does.
    """
    if kind not in KINDS:
        raise BluesError(f"a gate sheet has no {kind!r}; it has {', '.join(KINDS)}")
    ax = ax or page_axes(0.8 + _panel_height(group, kind, first_chorus))
    image = _draw_panel(ax, group, kind, form, first_chorus, order)
    colour_bar(image, [ax])
    time_axis(ax, form, image.get_array().shape[1])
    return image


@styled
def gate_sheet(
    activations: Mapping[str, Activations],
    piece: Piece,
    figure: Figure | SubFigure | None = None,
    first_chorus: int | None = None,
    order: str = "block",
) -> Figure | SubFigure:
    """Draw on one page what a network did while it heard ``piece``.

    On top stands the piece. Below it stand, for every group, the gates of each block, the states
    and outputs of the block's cells, and the group's outputs: those in a column predict the step
    after it.

    Args:
        activations: every group's, by name, as ``Network.record`` and ``Performance`` give them.
        piece: what the network heard, of as many steps.
        figure: where to draw; default: a new figure.
        first_chorus: if given, the choruses from this number on (from 0) are laid over one another.
            Colours show their mean, and the strip below every row their standard deviation, from
            white for 0 to dark green for half of what the colours span.
        order: ``"block"``, or ``"peak"``: units stand in the order in which they peak in the chorus
            (``choruses.peak_order``), the second cell of block 3 labelled 3.2. Outputs always
            stand by pitch.

    Returns:
        The figure.

    Raises:
        BluesError: if the piece is longer or shorter than the run, for any other order, and if an
            order or a mean is asked of a run that is not whole choruses, or has no such chorus.
    """
    _check_lengths(activations, piece)
    heights = [1.35 if any(piece.melody) else 0.7]  # inches: the piece, then every group's panels
    for group in activations.values():
        heights += [_panel_height(group, kind, first_chorus) for kind in KINDS]
    if figure is None:
        height = sum(heights) + 0.25 * len(heights) + 0.5
        figure = plt.figure(figsize=(PAGE_WIDTH, height), layout="constrained")
    panels = figure.subplots(
        len(heights), sharex=True, gridspec_kw={"height_ratios": heights}, squeeze=False
    )[:, 0]
    if first_chorus is None:
        piano_roll(piece, panels[0])
        _title(panels[0], "What the network heard")
    else:
        _draw_mean_piece(panels[0], piece, first_chorus)
        figure.supxlabel(
            "Rows: the mean over the choruses. Strips below the rows: their standard deviation,\n"
            "from 0 (white) to half of what the colours span (dark green).",
            fontsize=7,
            color=GREY,
        )
    for number, (name, group) in enumerate(activations.items()):
        own = panels[1 + len(KINDS) * number :][: len(KINDS)]
        _draw_group(own, name, group, piece.form, first_chorus, order)
    for ax in panels[:-1]:
        ax.set_xlabel("")
    return figure


def _check_lengths(activations: Mapping[str, Activations], piece: Piece) -> None:
    """Raise ``BluesError`` if a group did not run for as many steps as ``piece`` lasts."""
    for name, group in activations.items():
        if len(group.output) != len(piece):
            raise BluesError(
                f"the {name} group ran for {len(group.output)} steps, and the piece lasts "
                f"{len(piece)}; give the piece that the network heard"
            )


def _panel_height(group: Activations, kind: str, first_chorus: int | None) -> float:
    """Return the height in inches that a panel needs: rows with a strip below are higher."""
    row = 0.08 if kind == "output" else 0.11
    return getattr(group, kind).shape[1] * row * (1 if first_chorus is None else 1.45)


def _draw_mean_piece(ax: Axes, piece: Piece, first_chorus: int) -> None:
    """Draw how often each note sounds at each step of the choruses from ``first_chorus`` on."""
    units = encode(piece)
    if not any(piece.melody):
        units = units[:, CHORD_UNITS]
    unit_roll(mean_and_spread(units, piece.form, first_chorus)[0], piece.form, ax)
    _title(ax, f"What the network heard, choruses {first_chorus + 1} to {piece.choruses}")


def _draw_group(
    panels: np.ndarray,
    name: str,
    group: Activations,
    form: Form,
    first_chorus: int | None,
    order: str,
) -> None:
    """Draw all kinds of a group's activations into ``panels``, with their scales and bars."""
    images = [
        _draw_panel(ax, group, kind, form, first_chorus, order, of=f"{name}: ")
        for ax, kind in zip(panels, KINDS, strict=True)
    ]
    colour_bar(images[0], panels[:_GATE_KINDS])
    for image in images[_GATE_KINDS:]:
        colour_bar(image, [image.axes])
    for ax, image in zip(panels, images, strict=True):
        time_axis(ax, form, image.get_array().shape[1], symbols=False)


def _draw_panel(
    ax: Axes,
    group: Activations,
    kind: str,
    form: Form,
    first_chorus: int | None,
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
        numbers = peak_order(mean_and_spread(values, form, first_chorus or 0)[0])
    if first_chorus is not None:
        values, spread = mean_and_spread(values, form, first_chorus)
    colours, low, high = ON_OFF if by_pitch else GATES, 0.0, 1.0
    if kind in ("cell_state", "cell_output"):
        reach = np.abs(values).max() if kind == "cell_state" else 1.0
        colours, low, high = STATES, -reach, reach
    image = steps_image(ax, values.T[numbers], colours, low, high, lowest_first=by_pitch)
    if spread is not None:
        spread_strips(image, spread.T[numbers], SPREADS)
    cells_per_block = len(numbers) // group.input_gate.shape[1]
    if by_pitch:
        pitches = pitches_of_units(len(numbers))
        name_pitches(ax, pitches, np.arange(len(pitches)) + 0.5)
    elif order == "block":
        _name_blocks(ax, group.input_gate.shape[1], cells_per_block, len(values))
    else:
        names = [cell_name(number, cells_per_block) for number in numbers]
        ax.set_yticks(np.arange(len(names)) + 0.5, names)
    beat_marks(ax, len(values))
    _title(ax, of + KINDS[kind].format(cells_per_block))
    return image


def _name_blocks(ax: Axes, blocks: int, rows_per_block: int, steps: int) -> None:
    """Number the blocks of a panel; where a block has several rows, draw a line below it."""
    ax.set_yticks((np.arange(blocks) + 0.5) * rows_per_block, range(1, blocks + 1))
    if rows_per_block > 1:
        ax.hlines(np.arange(1, blocks) * rows_per_block, 0, steps, color=GREY, lw=0.4)


def _title(ax: Axes, text: str) -> None:
    """Write ``text``, begun with a capital, above a panel, whose rows get small labels."""
    ax.set_title(text[0].upper() + text[1:], loc="left", fontsize=8, pad=3)
    ax.tick_params(axis="y", labelsize=7, length=0)
