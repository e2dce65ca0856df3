import numpy as np
import pytest
from networks import random_network

from lstmblues.errors import BluesError
from lstmblues.music.encoding import CHORD_UNITS, MELODY_UNITS, UNITS
from lstmblues.network.lstm import State
from lstmblues.network.topology import BLUES, CHORDS, TOPOLOGIES, Group


def test_experiment_1_has_four_blocks_of_two_cells_that_hear_the_chords_and_one_another():
    (group,) = CHORDS.groups
    assert (group.blocks, group.cells_per_block, group.cells) == (4, 2, 8)
    assert group.units == CHORD_UNITS and group.inputs == 12
    assert group.hears == ("chords",)
    assert CHORDS.sources(group) == 12 + 8 + 1
    assert CHORDS.shapes(group) == {
        "cell": (8, 21),
        "input_gate": (4, 21),
        "forget_gate": (4, 21),
        "output_gate": (4, 21),
        "output": (12, 8 + 12 + 1),
    }
    assert (CHORDS.units, CHORDS.blocks, CHORDS.cells) == (12, 4, 8)


def test_experiment_2_has_four_blocks_for_the_chords_and_four_for_the_melody():
    chords, melody = BLUES.groups
    assert chords == CHORDS.groups[0]
    assert melody.units == MELODY_UNITS and melody.inputs == 13
    assert melody.hears == ("chords", "melody")
    assert BLUES.heard_cells(melody) == 16
    assert BLUES.shapes(melody) == {
        "cell": (8, 13 + 16 + 1),
        "input_gate": (4, 30),
        "forget_gate": (4, 30),
        "output_gate": (4, 30),
        "output": (13, 8 + 13 + 1),
    }
    assert (BLUES.units, BLUES.blocks, BLUES.cells) == (UNITS, 8, 16)


@pytest.mark.parametrize(("topology", "weights"), [(CHORDS, 672), (BLUES, 672 + 886)])
def test_weights_counted_by_hand(topology, weights):
    # Chords: (8 cells + 3 * 4 gates) * 21 + 12 * 21; melody: (8 + 12) * 30 + 13 * 22.
    shapes = [shape for group in topology.groups for shape in topology.shapes(group).values()]
    assert sum(rows * columns for rows, columns in shapes) == weights


def test_topologies_are_found_by_name():
    assert TOPOLOGIES == {"chords": CHORDS, "blues": BLUES}
    assert BLUES.group("melody") is BLUES.groups[1]


@pytest.mark.parametrize(
    ("changed", "chords_move", "melody_moves"),
    [
        # what changes at step 1            outputs at steps 1 and 2 that must change
        (CHORD_UNITS, (True, True), (False, True)),
        (MELODY_UNITS, (False, False), (True, True)),
    ],
)
def test_who_hears_whom_shows_in_the_outputs(changed, chords_move, melody_moves):
    network = random_network(BLUES)
    first, second = np.zeros((2, UNITS)), np.zeros((2, UNITS))
    second[0, changed] = 1.0
    moved = network.run(first, State.zero(BLUES)) != network.run(second, State.zero(BLUES))
    for units, expected in ((CHORD_UNITS, chords_move), (MELODY_UNITS, melody_moves)):
        for step in range(2):
            if expected[step]:
                assert moved[step, units].all()
            else:
                assert not moved[step, units].any()


def test_a_group_that_hears_itself_names_itself_last():
    assert Group("one", 0, 3, hears=("other", "one")).hears == ("other", "one")
    with pytest.raises(BluesError, match="must name itself last"):
        Group("one", 0, 3, hears=("one", "other"))


def test_what_blocks_share_is_told_for_every_cell_of_every_row():
    group = Group("two", 0, 1, hears=("two",), blocks=2, cells_per_block=3)
    assert group.per_cell(np.array([1, 2])).tolist() == [1, 1, 1, 2, 2, 2]
    rows = group.per_cell(np.array([[1, 2], [3, 4]]))
    assert rows.tolist() == [[1, 1, 1, 2, 2, 2], [3, 3, 3, 4, 4, 4]]
