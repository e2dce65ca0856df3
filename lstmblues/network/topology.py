"""Which unit hears which: the networks of both experiments (chapter 4, "A memory cell")."""

from dataclasses import dataclass

import numpy as np

from lstmblues.errors import BluesError
from lstmblues.music.encoding import CHORD_UNITS, MELODY_UNITS


@dataclass(frozen=True)
class Group:
    """Memory blocks that share their sources, with the output units that read them.

    The blocks hear some of the network's input units, the cells of other groups and of their own
    one step ago, and a bias. The outputs, one for each of the same units, read the group's own
    cells, its input units and a bias. The cells of a block share one input, one forget and one
    output gate.

    Attributes:
        name: of the group.
        first_unit: the first input unit that is heard.
        last_unit: the input unit after the last one that is heard.
        hears: names of the groups whose cells are heard. A group that hears itself stands last.
        blocks: how many memory blocks there are.
        cells_per_block: how many cells a block has.

    Raises:
        BluesError: if a group that hears itself does not stand last in ``hears``.
    """

    name: str
    first_unit: int
    last_unit: int
    hears: tuple[str, ...]
    blocks: int = 4
    cells_per_block: int = 2

    def __post_init__(self):
        if self.name in self.hears[:-1]:
            raise BluesError(f"group {self.name!r} hears itself, and must name itself last")

    @property
    def units(self) -> slice:
        """The input units that the group hears, and predicts."""
        return slice(self.first_unit, self.last_unit)

    @property
    def inputs(self) -> int:
        """How many input units the group hears; it has as many outputs."""
        return self.last_unit - self.first_unit

    @property
    def cells(self) -> int:
        """How many memory cells the group has."""
        return self.blocks * self.cells_per_block

    def per_cell(self, per_block: np.ndarray) -> np.ndarray:
        """Return what blocks share (..., blocks), once for each of their cells: (..., cells).

        Cells of a block stand next to one another.
        """
        return np.repeat(per_block, self.cells_per_block, axis=-1)


@dataclass(frozen=True)
class Topology:
    """The groups of a network. A group may hear itself and any group named before it."""

    name: str
    groups: tuple[Group, ...]

    def group(self, name: str) -> Group:
        """Return the group called ``name``."""
        return next(group for group in self.groups if group.name == name)

    @property
    def units(self) -> int:
        """How many input units, and outputs, the network has."""
        return max(group.last_unit for group in self.groups)

    @property
    def blocks(self) -> int:
        """How many memory blocks the network has."""
        return sum(group.blocks for group in self.groups)

    @property
    def cells(self) -> int:
        """How many memory cells the network has."""
        return sum(group.cells for group in self.groups)

    def heard_cells(self, group: Group) -> int:
        """How many cells ``group`` hears, one step ago: those of every group in ``hears``."""
        return sum(self.group(name).cells for name in group.hears)

    def sources(self, group: Group) -> int:
        """How many sources a cell or gate of ``group`` has: inputs, cells heard, and a bias."""
        return group.inputs + self.heard_cells(group) + 1

    def shapes(self, group: Group) -> dict[str, tuple[int, int]]:
        """Return the shape of each of the group's weight matrices: (units, sources).

        The sources of ``cell`` and the three gates are inputs, cells heard, bias; those of
        ``output`` are the group's own cells, its inputs, bias.
        """
        sources = self.sources(group)
        return {
            "cell": (group.cells, sources),
            "input_gate": (group.blocks, sources),
            "forget_gate": (group.blocks, sources),
            "output_gate": (group.blocks, sources),
            "output": (group.inputs, group.cells + group.inputs + 1),
        }


_CHORD_GROUP = Group("chords", CHORD_UNITS.start, CHORD_UNITS.stop, hears=("chords",))
_MELODY_GROUP = Group("melody", MELODY_UNITS.start, MELODY_UNITS.stop, hears=("chords", "melody"))

CHORDS = Topology("chords", (_CHORD_GROUP,))
"""Experiment 1: 4 blocks of 2 cells hear and predict the chords (TR 3.1)."""

BLUES = Topology("blues", (_CHORD_GROUP, _MELODY_GROUP))
"""Experiment 2: 4 blocks for the chords and 4 for the melody. Melody blocks hear the chord
blocks, and never the other way round (TR 4.1)."""

TOPOLOGIES = {topology.name: topology for topology in (CHORDS, BLUES)}
