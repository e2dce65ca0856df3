from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pytest

from lstmblues.composing.compose import play
from lstmblues.evidence.inside.interventions import (
    Outcome,
    chance_of,
    exchange,
    exchanged,
    keepers,
    keeping,
    obeys,
    play_on,
    smallest_exchanges,
    speaking,
    without_block,
)
from lstmblues.evidence.inside.probes import pairs_to_tell_apart
from lstmblues.evidence.inside.settled_chorus import (
    SettledChorus,
    cells_of,
    half_lives,
    longest_memory,
    ramps,
    settled_chorus,
)
from lstmblues.music.encoding import Standardisation, chord_cycle
from lstmblues.music.form import Form, load_form
from lstmblues.music.piece import CHORUSES_OF_A_RECORDING, Piece
from lstmblues.network.lstm import Activations, State
from lstmblues.network.topology import CHORDS
from lstmblues.training.network_learner import initial_network
from lstmblues.training.settings import Settings
from lstmblues.training.trained import trained

FORM = load_form()
NETWORK = trained("chords")
CHORUS = settled_chorus(NETWORK, FORM)
EVERY_CELL = range(8)
WAYS = [ways for pair in pairs_to_tell_apart(FORM) for ways in (pair, pair[::-1])]


# --- A toy whose memory is known ------------------------------------------------------------------

SHORT = Form.parse("toy", "C | F | C | G", {"C": "C3 E3 G3", "F": "C3 F3 A3", "G": "D3 G3 B3"})
HEARD = chord_cycle(SHORT).astype(float)


@dataclass
class Toy:
    """Cell 0 counts the steps of a bar, cell 1 says which half of the form this is.

    Cells 2 and 3 do nothing. The next chord is that of the place the two cells name.
    """

    topology = SimpleNamespace(group=lambda name: SimpleNamespace(cells_per_block=2))
    weights = {"chords": {"output": np.zeros((12, 17))}}

    def step(self, heard, state):
        count, half, *rest = state.cell_state["chords"]
        is_c = bool(heard[4])  # E
        place = int(half) * 16 + (0 if is_c else 8) + int(count)
        following = (place + 1) % SHORT.steps
        after = np.array([following % 8, following // 16, *rest], dtype=float)
        output = np.where(HEARD[following] > 0, 0.9, 0.1)
        gates = np.ones(2)
        done = Activations(gates, gates, gates, after, after, after, output)
        return {"chords": done}, State({"chords": after}, {"chords": after})


def toy_chorus():
    state = State({"chords": np.zeros(4)}, {"chords": np.zeros(4)})
    history = []
    for heard in HEARD:
        activations, state = Toy().step(heard, state)
        history.append(activations["chords"])
    return SettledChorus(Toy(), SHORT, HEARD, Activations.stack(history))


def test_the_cell_that_says_which_half_leads_to_the_other_half():
    chorus = toy_chorus()
    assert chorus.is_played
    assert keepers(chorus, 1, 3) == [1]
    assert keeping(chorus, 1, 3).tolist() == [0, 1, 0, 0]
    assert exchange(chorus, 1, 3, [1]) == Outcome("other", SHORT.steps)
    assert exchange(chorus, 3, 1, [1], after=7) == Outcome("other", SHORT.steps)
    for cells in ([], [0], [2, 3]):
        assert exchange(chorus, 1, 3, cells) == Outcome("own", 0)
    assert smallest_exchanges(chorus, 1, 3, [[0], [1], [2], [3]]) == [(1,)]
    assert smallest_exchanges(chorus, 1, 3, [[0, 1], [2, 3]]) == [(0,)]
    assert smallest_exchanges(chorus, 1, 3, [[0], [2]]) == []
    assert chance_of(chorus, 1, 3, 1) == 1 / 4
    assert chance_of(chorus, 1, 3, 2) == 3 / 6


def test_the_cell_that_counts_can_be_set():
    chorus = toy_chorus()
    for bar in (1, 2, 3, 4):
        for ahead in (-3, -1, 1, 3):
            assert obeys(chorus, bar, [0], ahead)
            assert not obeys(chorus, bar, [1], ahead)
        assert obeys(chorus, bar, [1], 0)


def test_the_other_chord_may_come_a_step_late_and_no_later():
    for late, goes_to, steps in ((0, "other", 32), (1, "other", 0), (2, "neither", 0)):

        class Late(Toy):
            """Stays on what it hears for some steps after each bar that was exchanged."""

            left = late

            def step(self, heard, state):
                count = state.cell_state["chords"][0]
                activations, after = super().step(heard, state)
                if count == 7 and self.left:
                    self.left -= 1
                    done = replace(activations["chords"], output=np.where(heard > 0, 0.9, 0.1))
                    return {"chords": done}, state
                return activations, after

        chorus = replace(toy_chorus(), network=Late())
        assert exchange(chorus, 1, 3, [1]) == Outcome(goes_to, steps)


# --- The network that the book shows --------------------------------------------------------------


def test_a_settled_chorus_is_what_the_network_plays_by_itself():
    piece = Piece.over(FORM, [None] * FORM.steps)
    free = play(NETWORK, FORM, piece, CHORUSES_OF_A_RECORDING).activations["chords"]
    for kind in Activations.__annotations__:
        found = getattr(CHORUS.activations, kind)
        assert np.array_equal(found, getattr(free, kind)[-FORM.steps :])
    assert CHORUS.is_played
    assert (play_on(CHORUS, 0, CHORUS.state_before(0), FORM.steps) == CHORUS.chords).all()


def test_an_untrained_network_does_not_play_the_form():
    network = initial_network(CHORDS, Standardisation.none(12), 0, Settings())
    assert not settled_chorus(network, FORM).is_played


@pytest.mark.parametrize(("bar", "other"), WAYS)
@pytest.mark.parametrize("after", [0, 4, 7])
def test_all_cells_are_the_whole_memory_and_none_are_nothing(bar, other, after):
    assert exchange(CHORUS, bar, other, EVERY_CELL, after) == Outcome("other", FORM.steps)
    assert exchange(CHORUS, bar, other, [], after).goes_to == "own"


@pytest.mark.parametrize(("bar", "other"), WAYS)
def test_some_cells_of_the_other_bar_are_all_others_of_this_one(bar, other):
    cells = [0, 2, 5]
    rest = [cell for cell in EVERY_CELL if cell not in cells]
    here, there = 8 * bar - 8, 8 * other - 8
    one = play_on(CHORUS, here, exchanged(CHORUS, here, there, cells), 30)
    same = play_on(CHORUS, there, exchanged(CHORUS, there, here, rest), 30)
    assert np.array_equal(one, same)
    kept = CHORUS.state_before(here).cell_state["chords"]  # exchanging has left it as it was
    assert np.array_equal(kept, CHORUS.activations.cell_state[here - 1])


def test_what_tells_bar_3_from_bar_7():
    """The first cell of block 2 and the second of block 3: predicted, and so it is."""
    assert keepers(CHORUS, 3, 7) == keepers(CHORUS, 7, 3) == [2, 5]
    assert exchange(CHORUS, 3, 7, [2, 5]) == Outcome("other", FORM.steps)
    assert exchange(CHORUS, 7, 3, [2, 5]) == Outcome("other", 16)
    assert exchange(CHORUS, 3, 7, [5]).goes_to == "other"
    assert exchange(CHORUS, 3, 7, [0, 1, 3, 4, 6, 7]).goes_to == "own"
    assert smallest_exchanges(CHORUS, 3, 7, [[cell] for cell in EVERY_CELL]) == [(5,)]
    assert chance_of(CHORUS, 3, 7, 2) == 0.25  # with cell 5, whatever the other


def test_what_tells_bar_2_from_bar_5():
    """The cells of block 2: it counts bar 5 as well, so that the next chord comes a step off."""
    for bar, other, symbol, begins in ((2, 5, "Cdim", 9), (5, 2, "C", 7)):
        assert exchange(CHORUS, bar, other, cells_of(CHORUS, [1])).goes_to == "other"
        here, there = 8 * bar - 8, 8 * other - 8
        played = play_on(CHORUS, here, exchanged(CHORUS, here, there, [2, 3]), 14)
        (chord,) = {chord for chord in FORM.chord_at if chord.symbol == symbol}
        heard = [{48 + n for n in np.flatnonzero(row)} == set(chord.pitches) for row in played]
        assert heard == [False] * begins + [True] * (14 - begins)
    assert speaking(CHORUS, 2, 5).argmax() == keeping(CHORUS, 2, 5).argmax() == 3
    assert exchange(CHORUS, 2, 5, [3]).goes_to == "other"
    assert exchange(CHORUS, 5, 2, [3]).goes_to == "neither"


def test_block_1_is_the_clock_of_bars_3_and_7():
    for bar in (3, 7):
        for ahead in (-2, -1, 1, 2):
            found = [obeys(CHORUS, bar, cells_of(CHORUS, [block]), ahead) for block in range(4)]
            assert found == [True, False, False, False]
            assert obeys(CHORUS, bar, EVERY_CELL, ahead)


def test_cells_that_speak_account_for_all_that_the_outputs_tell():
    shares = speaking(CHORUS, 3, 7)
    assert shares.sum() == pytest.approx(1.0)
    assert np.allclose(shares, speaking(CHORUS, 7, 3))
    output = CHORUS.activations.output
    logits = np.log(output / (1.0 - output))
    # For the notes that only Em has, against those that only Gm7 has.
    sign = CHORUS.chords[56] - CHORUS.chords[24]
    weights = NETWORK.weights["chords"]["output"][:, :8]
    apart = CHORUS.activations.cell_output[55] - CHORUS.activations.cell_output[23]
    told = sign @ (logits[55] - logits[23])
    assert np.allclose(shares * told, (sign @ weights) * apart)
    assert shares.argmax() == 5


def test_without_a_block_the_form_is_lost():
    for block in range(4):
        first_wrong, share = without_block(CHORUS, block)
        assert 0 < first_wrong <= 8
        assert share < 1 / 3
    whole = replace(CHORUS, network=SimpleNamespace(with_gate_shut=lambda *_: NETWORK))
    assert without_block(whole, 0) == (4 * FORM.steps, 1.0)


# --- Time scales and ramps ------------------------------------------------------------------------


def with_activations(**changes):
    return replace(CHORUS, activations=replace(CHORUS.activations, **changes))


def test_half_lives_and_longest_memories():
    gates = np.full((FORM.steps, 3), 0.5 ** (1 / 8.5))
    gates[:, 1] = 0.4
    gates[:90, 2], gates[90:, 2] = 1e-6, 1.0 - 1e-9  # all at the end, and on into bar 1
    gates[:4, 2] = 1.0 - 1e-9
    chorus = with_activations(forget_gate=gates)
    assert half_lives(chorus)[:2] == pytest.approx([8.5, np.log(0.5) / np.log(0.4)])
    assert longest_memory(chorus).tolist() == [8, 0, 10]


def test_a_ramp_is_a_straight_line_through_the_bar():
    states = np.random.default_rng(0).normal(size=(FORM.steps, 3))
    states[8:16, 0] = 5.0 - 2.0 * np.arange(8)
    states[8:16, 1] = [1, -1, 1, -1, 1, -1, 1, -1]
    found = ramps(with_activations(cell_state=states), 2)
    assert found[0] == pytest.approx(1.0)
    assert found[1] < 0.3
