import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmblues.errors import BluesError
from lstmblues.evidence.inside.interventions import play_on
from lstmblues.evidence.inside.settled_chorus import settled_chorus
from lstmblues.evidence.memory.chord_models import CHORUSES_TO_SETTLE, ChordSide, SettledModel
from lstmblues.evidence.memory.lesions import led, lesion_table, silenced
from lstmblues.evidence.memory.perturbations import (
    CHORUSES_AFTERWARDS,
    PERTURBATIONS,
    Perturbation,
    Recovery,
    generators,
    judged,
    perturbation_table,
    perturbed,
)
from lstmblues.music.encoding import chord_cycle
from lstmblues.music.form import load_form
from lstmblues.training.trained import trained

FORM = load_form()
CYCLE = chord_cycle(FORM)
STEPS = len(CYCLE)
SILENCE = np.zeros(12, dtype=bool)
NETWORKS = {name: trained(name) for name in ("chords", "blues")}
EVERY_PERTURBATION = pytest.mark.parametrize(
    "perturbation", PERTURBATIONS, ids=lambda each: f"{each.kind} {each.size}"
)


def nearest(steps):
    """The same phase of the form, as a number from -47 to 48."""
    return (steps + 47) % STEPS - 47


class Clock:
    """Remembers its place in the form, and for how long it will be silent: (2,).

    Whenever it hears what it has not played, it goes ``astray`` by so many steps and falls silent
    for so many steps as ``silent`` says.
    """

    discrete = True

    def __init__(self, silent=0, astray=0):
        self.silent, self.astray = silent, astray

    def cold(self):
        return np.zeros(2)

    def play(self, memory, heard, steps, expected=None):
        (place, left), played = memory, []
        for _ in range(steps):
            own = SILENCE if left else CYCLE[int(place)]
            place += 1
            if (heard == own).all():
                left = max(left - 1, 0)
            else:
                place, left = place + self.astray, self.silent
            place %= STEPS
            heard = SILENCE if left else CYCLE[int(place)]
            played.append(heard)
        return np.array(played), np.array([place, left], dtype=float)


class Spy:
    """Plays as ``model`` does, and keeps what it was given each time: memory, notes, steps."""

    def __init__(self, model):
        self.model, self.given = model, []

    def cold(self):
        return self.model.cold()

    def play(self, memory, heard, steps, expected=None):
        self.given.append((memory, heard, steps))
        return self.model.play(memory, heard, steps, expected)


def recoveries(model, perturbation, repeats=10, seed=0):
    """Yield the step of every perturbation, and what came of it."""
    at_home = SettledModel.after(model, CYCLE)
    for generator in generators(perturbation, repeats, seed):
        step = int(generator.integers(STEPS))
        yield step, perturbed(at_home, perturbation, step, generator)


# --- What comes of a perturbation, for models whose answer is known -------------------------------


@pytest.mark.parametrize(
    "perturbation", [p for p in PERTURBATIONS if p.kind in ("flip", "jump")], ids=str
)
def test_a_clock_that_never_notices_is_never_off(perturbation):
    for _, recovery in recoveries(Clock(), perturbation):
        assert recovery == Recovery(True, 0.0, 0)


@pytest.mark.parametrize("silent", [1, 11, 12 * STEPS])
@pytest.mark.parametrize("size", [1, 2, 16])
def test_a_clock_that_falls_silent_is_back_in_place_after_as_many_steps(silent, size):
    for _, recovery in recoveries(Clock(silent), Perturbation("flip", size)):
        assert recovery == Recovery(True, silent / 8, 0)


def test_a_clock_that_falls_silent_for_too_long_has_not_found_the_form():
    for silent in (12 * STEPS + 1, np.inf):
        for _, recovery in recoveries(Clock(silent), Perturbation("flip", 1)):
            assert recovery == Recovery(False, None, None)


@pytest.mark.parametrize("astray", [-7, 1, 48, 50])
@pytest.mark.parametrize("size", [1, 2, 4])
def test_a_clock_that_goes_astray_is_displaced_by_as_much(astray, size):
    for _, recovery in recoveries(Clock(3, astray), Perturbation("flip", size)):
        assert recovery == Recovery(True, 3 / 8, nearest(size * astray))


def test_a_jump_sends_a_clock_astray_as_often_as_it_hears_what_it_did_not_play():
    """While it is silent, every step; otherwise where the other place sounds different."""
    for _, recovery in recoveries(Clock(1, 1), Perturbation("jump", 1)):
        assert recovery.bars == 1 / 8
        assert 1 <= recovery.displaced <= 8


def test_a_clock_that_forgets_is_back_at_the_beginning():
    for step, recovery in recoveries(Clock(4), Perturbation("clear", 1)):
        noticed = (CYCLE[step] != CYCLE[0]).any()
        assert recovery == Recovery(True, 4 / 8 if noticed else 0.0, nearest(-step))


@EVERY_PERTURBATION
def test_a_model_that_never_played_the_form_does_not_find_it(perturbation):
    model = Clock()
    model.play = lambda memory, heard, steps, expected=None: (np.tile(SILENCE, (steps, 1)), memory)
    assert not any(recovery.found for _, recovery in recoveries(model, perturbation))


# --- What a model is given ------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 16])
def test_one_note_is_flipped_in_every_step_and_what_follows_is_its_own(size):
    spy, notes = Spy(ChordSide(NETWORKS["chords"])), []
    at_home = SettledModel.after(spy, CYCLE)
    for generator in generators(Perturbation("flip", size), 40, seed=0):
        spy.given.clear()
        perturbed(at_home, Perturbation("flip", size), 50, generator)
        assert [steps for *_, steps in spy.given] == [1] * (size - 1) + [
            CHORUSES_AFTERWARDS * STEPS
        ]
        memory, own = at_home.memories[50], CYCLE[50]
        for given_memory, heard, _ in spy.given:
            assert (given_memory == memory).all()
            (note,) = np.flatnonzero(heard != own)
            notes.append(note)
            (own,), memory = spy.model.play(memory, heard, 1)
    assert set(notes) == set(range(12))


@pytest.mark.parametrize("size", [1, 4])
def test_a_jump_leads_along_another_place_of_the_form(size):
    spy, places = Spy(ChordSide(NETWORKS["chords"])), set()
    at_home = SettledModel.after(spy, CYCLE)
    for step in (0, 50, 95):
        for generator in generators(Perturbation("jump", size), 40, seed=step):
            spy.given.clear()
            perturbed(at_home, Perturbation("jump", size), step, generator)
            assert [s for *_, s in spy.given] == [1] * (8 * size - 1) + [
                CHORUSES_AFTERWARDS * STEPS
            ]
            heard = np.array([heard for _, heard, _ in spy.given])
            at = [
                bars
                for bars in range(12)
                if (heard == np.roll(CYCLE, -step - 8 * bars, axis=0)[: 8 * size]).all()
            ]
            assert at and 0 not in at
            places.update(at)
    assert places == set(range(1, 12))


def test_disturbing_adds_noise_in_proportion_to_what_each_number_does_by_itself():
    spy = Spy(ChordSide(NETWORKS["chords"]))
    at_home = SettledModel.after(spy, CYCLE)
    still = at_home.memories.copy()
    still[:, 3] = 2.5  # a number that never changes
    at_home = replace(at_home, memories=still)
    noise = []
    for generator in generators(Perturbation("disturb", 0.3), 400, seed=0):
        spy.given.clear()
        perturbed(at_home, Perturbation("disturb", 0.3), 20, generator)
        ((memory, heard, _),) = spy.given
        assert (heard == CYCLE[20]).all()
        noise.append(memory - still[20])
    noise = np.array(noise)
    assert (noise[:, 3] == 0).all()
    others = np.delete(np.arange(16), 3)
    shares = noise[:, others] / (0.3 * still.std(axis=0)[others])
    np.testing.assert_allclose(shares.mean(axis=0), 0, atol=0.2)
    np.testing.assert_allclose(shares.std(axis=0), 1, atol=0.15)


def test_clearing_leaves_a_cold_start_that_hears_on():
    spy = Spy(ChordSide(NETWORKS["chords"]))
    at_home = SettledModel.after(spy, CYCLE)
    spy.given.clear()
    perturbed(at_home, Perturbation("clear", 1), 20, np.random.default_rng(0))
    ((memory, heard, _),) = spy.given
    assert (memory == 0).all() and (heard == CYCLE[20]).all()


def test_a_settled_model_is_as_it_plays_by_itself():
    model = ChordSide(NETWORKS["chords"])
    at_home = SettledModel.after(model, CYCLE)
    assert at_home.memories.shape == (STEPS, 16)
    assert (at_home.heard == CYCLE).all()
    for step in (0, 1, 95):
        _, memory = model.play(model.cold(), CYCLE[0], CHORUSES_TO_SETTLE * STEPS + step)
        assert (at_home.memories[step] == memory).all()


def test_a_form_that_is_one_bar_long_has_no_place_to_jump_to():
    bar = np.tile(CYCLE[:8], (3, 1))
    with pytest.raises(BluesError, match="no place to jump"):
        perturbation_table(
            ChordSide(NETWORKS["chords"]), bar, perturbations=(Perturbation("jump", 1),)
        )


@pytest.mark.parametrize(
    ("kind", "size"),
    [("shove", 1), ("flip", 0), ("flip", 1.5), ("jump", -1), ("disturb", 0), ("clear", 2)]
    + [(kind, size) for kind in ("flip", "disturb") for size in (np.nan, np.inf)],
)
def test_other_perturbations_are_refused(kind, size):
    with pytest.raises(BluesError):
        Perturbation(kind, size)


# --- Judging --------------------------------------------------------------------------------------


@given(st.integers(0, 40), st.integers(-200, 200), st.integers(0, 60))
def test_wrong_steps_and_then_the_form_at_any_phase(wrong, phase, more):
    steps = np.arange(wrong + 4 * STEPS + more)
    played = CYCLE[(steps + phase) % STEPS]
    played[:wrong] = ~played[:wrong]
    assert judged(played, CYCLE) == Recovery(True, wrong / 8, nearest(phase))
    assert not judged(played[: wrong + 4 * STEPS - 1], CYCLE).found


def test_a_fault_at_the_end_or_a_change_of_phase_is_no_form_found():
    played = np.tile(CYCLE, (16, 1))
    played[-1, 0] ^= True
    assert not judged(played, CYCLE).found
    assert not judged(np.concatenate([np.tile(CYCLE, (12, 1)), CYCLE[5:]]), CYCLE).found


def test_of_phases_that_sound_the_same_the_nearest_counts():
    """A form of twice the same 16 steps: C, F7, C, F7."""
    twice = np.tile(CYCLE[:16], (2, 1))
    played = np.tile(twice, (8, 1))
    for phase, found in ((0, 0), (16, 0), (3, 3), (-3, -3), (20, 4), (8, -8)):
        assert judged(np.roll(played, -phase, axis=0), twice) == Recovery(True, 0.0, found)


# --- Tables ---------------------------------------------------------------------------------------


def test_a_table_counts_what_its_perturbations_did():
    model = ChordSide(NETWORKS["chords"])
    table = perturbation_table(model, CYCLE, repeats=6, seed=3)
    assert json.loads(json.dumps(table)) == table
    assert {(kind, float(size)) for kind, row in table.items() for size in row} == {
        (perturbation.kind, perturbation.size) for perturbation in PERTURBATIONS
    }
    for perturbation in PERTURBATIONS:
        found = [r for _, r in recoveries(model, perturbation, repeats=6, seed=3) if r.found]
        assert table[perturbation.kind][f"{perturbation.size:g}"] == {
            "tries": 6,
            "found": len(found),
            "in_place": [r.displaced for r in found].count(0),
            "bars": [r.bars for r in found],
            "displaced": [r.displaced for r in found],
        }


def test_the_same_seed_gives_the_same_table_and_another_seed_another():
    model = ChordSide(NETWORKS["blues"])
    table = perturbation_table(model, CYCLE, repeats=3, seed=1)
    assert table == perturbation_table(model, CYCLE, repeats=3, seed=1)
    assert table != perturbation_table(model, CYCLE, repeats=3, seed=2)
    one = perturbation_table(
        model, CYCLE, repeats=3, seed=1, perturbations=(Perturbation("flip", 4),)
    )
    assert one == {"flip": {"4": table["flip"]["4"]}}


def test_a_model_with_a_discrete_memory_is_not_disturbed():
    table = perturbation_table(Clock(2), CYCLE, repeats=2)
    assert set(table) == {"flip", "jump", "clear"}


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_a_network_withstands_a_breath_and_not_a_storm(network):
    perturbations = (Perturbation("disturb", 1e-9), Perturbation("disturb", 1000.0))
    table = perturbation_table(ChordSide(network), CYCLE, perturbations=perturbations)["disturb"]
    assert table["1e-09"]["bars"] == table["1e-09"]["displaced"] == [0] * 10
    assert table["1000"]["in_place"] < 10


# --- Lesions --------------------------------------------------------------------------------------


class WrongAt(Clock):
    """A clock that plays wrong notes at some places of the form."""

    def __init__(self, *places):
        super().__init__()
        self.cycle = CYCLE.copy()
        self.cycle[list(places)] ^= True

    def play(self, memory, heard, steps, expected=None):
        places = (int(memory[0]) + 1 + np.arange(steps)) % STEPS
        return self.cycle[places], np.array([places[-1], 0.0])


@pytest.mark.parametrize(
    ("places", "lost", "bar", "share"),
    [
        ((), [], 1, 1.0),
        ((8,), [1], 2, 7 / 8),
        ((0,), [12], 1, 7 / 8),
        ((95,), [], 12, 7 / 8),
        ((12, 13), [], 2, 6 / 8),
        ((16, 17, 0), [2, 12], 3, 6 / 8),
    ],
)
def test_a_part_that_a_step_needs_shows_by_bar(places, lost, bar, share):
    table = lesion_table(Clock(), {"without it": WrongAt(*places)}, CYCLE)
    assert json.loads(json.dumps(table)) == table
    row = table["without it"]
    assert row["lost"] == lost
    assert row["led_by_bar"][bar - 1] == share
    assert row["led"] == row["free"] == 1 - len(places) / STEPS
    assert np.flatnonzero(~led(WrongAt(*places), CYCLE)).tolist() == sorted(places)


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_a_network_that_plays_the_form_is_right_when_it_is_led(network):
    assert led(ChordSide(network), CYCLE).all()


@pytest.mark.parametrize("block", range(4))
@pytest.mark.parametrize("gate", ["output_gate", "input_gate", "forget_gate"])
def test_lesions_are_those_of_the_network_to_be_read(block, gate):
    network = NETWORKS["chords"]
    lesioned = silenced(network)
    assert len(lesioned) == 12
    name = f"block {block + 1}, {gate}"
    row = lesion_table(ChordSide(network), {name: lesioned[name]}, CYCLE)[name]

    shut = network.with_gate_shut("chords", block, gate)
    teacher = settled_chorus(shut, FORM, CHORUSES_TO_SETTLE + 1)
    right = ((teacher.activations.output > 0.5) == np.roll(CYCLE, -1, axis=0)).all(axis=1)
    assert (led(lesioned[name], CYCLE) == np.roll(right, 1)).all()
    assert row["led"] == right.mean()
    assert row["lost"] == [bar for bar in range(1, 13) if not right[8 * bar - 1]]
    assert row["led_by_bar"][3] == right[23:31].mean()

    whole = settled_chorus(network, FORM)
    free = play_on(
        replace(whole, network=shut), 0, whole.state_before(0), CHORUSES_TO_SETTLE * STEPS + 1
    )
    expected = np.resize(CYCLE, free.shape)
    assert row["free"] == (free == expected).all(axis=1)[1:].mean()


def test_every_block_is_needed_and_some_bars_are_known_without_it():
    network = NETWORKS["chords"]
    for row in lesion_table(ChordSide(network), silenced(network), CYCLE).values():
        assert row["free"] < 1 / 3 < row["led"] < 1
        assert 0 < len(row["lost"]) < 12
