from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pytest
from chord_model_checks import check_playing_in_pieces, check_stopping
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmblues.errors import BluesError
from lstmblues.evidence.inside.settled_chorus import settled_chorus
from lstmblues.evidence.memory import engines
from lstmblues.evidence.memory.chord_models import ChordSide, faultless_choruses
from lstmblues.evidence.memory.endurance import Endurance, changes, contraction, endure, whole_state
from lstmblues.evidence.memory.engines import ReadableChordSide, TorchChordSide
from lstmblues.music.encoding import CHORD_UNITS, chord_cycle
from lstmblues.music.form import load_form
from lstmblues.network.lstm import Activations, Network, squash_input, squash_state
from lstmblues.network.topology import TOPOLOGIES, Group, Topology
from lstmblues.training.network_learner import initial_network
from lstmblues.training.settings import Settings
from lstmblues.training.trained import trained

FORM = load_form()
CYCLE = chord_cycle(FORM)
STEPS = len(CYCLE)
NETWORKS = {name: trained(name) for name in ("chords", "blues")}
ENGINES = {
    "compiled": ChordSide,
    "numpy": ReadableChordSide,
    "numpy, single": partial(ReadableChordSide, precision="float32"),
    "torch": TorchChordSide,
    "torch, single": partial(TorchChordSide, precision="float32"),
}
every_engine = pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
every_network = pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)


@dataclass
class Counter:
    """Counts steps, and plays what ``cycle`` has there, but errs at some counts.

    When it has counted to ``last``, it goes back to ``back``, if that is given.
    """

    errs_at: frozenset = frozenset()
    back: int | None = None
    last: int | None = None
    cycle: np.ndarray = field(default_factory=lambda: CYCLE)

    def cold(self):
        return np.zeros(1)

    def play(self, memory, heard, steps, expected=None):
        count, played = int(memory[0]), []
        for _ in range(steps):
            count += 1
            played.append(self.cycle[count % len(self.cycle)] ^ (count in self.errs_at))
            if count == self.last:
                count = self.back
        return np.array(played), np.array([float(count)])


# --- Proofs, and none -----------------------------------------------------------------------------


def test_a_counter_that_never_repeats_has_no_proof_and_its_only_fault_is_found():
    assert endure(Counter(), CYCLE, 50) == Endurance(50, 50, 50, None, None, None)
    assert not endure(Counter(), CYCLE, 50).is_proved
    errs = Counter(frozenset({700 * STEPS + 5}))
    assert endure(errs, CYCLE, 800) == Endurance(800, 700, 799, 700 * STEPS + 5, None, None)


def test_a_state_that_repeats_after_5_choruses_with_a_period_of_3():
    loop = Counter(back=5 * STEPS, last=8 * STEPS)
    assert endure(loop, CYCLE, 100) == Endurance(100, 100, 100, None, 5, 3)
    assert endure(loop, CYCLE, 8).is_proved
    assert endure(loop, CYCLE, 7) == Endurance(7, 7, 7, None, None, None)


def test_choruses_that_follow_from_a_proof_were_not_played():
    """A model that counts what it plays: 8 choruses with the proof, every one without."""
    steps_played = []

    class Heard(Counter):
        def play(self, memory, heard, steps, expected=None):
            steps_played.append(steps)
            return super().play(memory, heard, steps, expected)

    for model in (
        Heard(back=5 * STEPS, last=8 * STEPS),
        Heard(),
        Heard(frozenset({3 * STEPS + 1}), back=5 * STEPS, last=8 * STEPS),  # a loop after a fault
    ):
        steps_played.clear()
        found = endure(model, CYCLE, 100)
        assert found.played * STEPS == sum(steps_played)
        assert found.played == (8 if found.is_proved else 100)


def test_a_loop_with_a_fault_in_it_is_no_proof():
    loop = Counter(frozenset({6 * STEPS + 10}), back=5 * STEPS, last=8 * STEPS)
    found = endure(loop, CYCLE, 20)
    assert found == Endurance(20, 6, 15, 6 * STEPS + 10, None, None)  # 6, 9, 12, 15, 18 are wrong


@pytest.mark.parametrize("step", [1, 50, STEPS, 4 * STEPS + 1])
def test_a_fault_before_the_loop_is_no_proof(step):
    loop = Counter(frozenset({step}), back=5 * STEPS, last=8 * STEPS)
    assert endure(loop, CYCLE, 20) == Endurance(20, (step - 1) // STEPS, 19, step, None, None)


def test_a_repetition_at_another_phase_of_the_form_is_no_proof():
    """It goes back to where it was half a chorus before: the same state, another place."""
    found = endure(Counter(back=STEPS, last=STEPS + STEPS // 2), CYCLE, 20)
    assert (found.faultless, found.is_proved) == (1, False)


class SignOfZero:
    """Remembers the place, and a zero that turns into -0.0 after a chorus; then it errs."""

    def cold(self):
        return np.zeros(2)

    def play(self, memory, heard, steps, expected=None):
        (place, zero), played = memory, []
        for _ in range(steps):
            place = (place + 1) % STEPS
            played.append(CYCLE[int(place)] ^ bool(np.signbit(zero) and place == 10))
            if place == 0:
                zero = -0.0
        return np.array(played), np.array([place, zero])


def test_zero_and_minus_zero_are_two_states():
    model = SignOfZero()
    after = model.play(model.cold(), CYCLE[0], STEPS)[1]
    assert (after == model.cold()).all()  # whoever compares numbers has a proof here
    assert endure(model, CYCLE, 5) == Endurance(5, 1, 1, STEPS + 10, None, None)


def test_the_whole_state_is_every_bit_of_memory_and_the_notes_heard_next():
    model = ChordSide(NETWORKS["chords"])
    _, memory = model.play(model.cold(), CYCLE[0], 30)
    state = whole_state(memory, CYCLE[30])
    assert state == whole_state(memory.copy(), CYCLE[30].copy())
    for number in range(len(memory)):  # of 8 cell states and 8 cell outputs
        nearest = memory.copy()
        nearest[number] = np.nextafter(memory[number], np.inf)
        assert whole_state(nearest, CYCLE[30]) != state
    for note in range(12):
        other = CYCLE[30].copy()
        other[note] ^= True
        assert whole_state(memory, other) != state
    assert whole_state(np.array([np.nan]), CYCLE[0]) == whole_state(np.array([np.nan]), CYCLE[0])


TINY = np.eye(3, 12, dtype=bool)  # a form of three steps


@given(
    st.frozensets(st.integers(1, 40), max_size=2),
    st.integers(0, 20),
    st.integers(1, 20),
    st.integers(1, 20),
)
@settings(deadline=None)
def test_what_is_said_of_any_counter_is_what_a_run_to_the_end_shows(errs_at, back, longer, count):
    model = Counter(errs_at, back, back + longer, TINY)
    right, states, memory = [], [model.cold().tobytes()], model.cold()
    for _ in range(count):
        played, memory = model.play(memory, None, 3)
        right.append(bool((played == np.roll(TINY, -1, axis=0)).all()))
        states.append(memory.tobytes())
    faultless = right.index(False) if False in right else count
    again = [n for n in range(1, faultless + 1) if states[n] in states[:n]]
    before = states.index(states[again[0]]) if again else None

    found = endure(model, TINY, count)
    assert (found.choruses, found.faultless, found.right) == (count, faultless, sum(right))
    assert (found.fault is None) == all(right)
    assert found.repeats_after == before
    assert found.period == (again[0] - before if again else None)


def test_without_a_chorus_to_play_there_is_nothing_to_endure():
    with pytest.raises(BluesError, match="at least one"):
        endure(Counter(), CYCLE, 0)
    with pytest.raises(BluesError, match="a step or more"):
        endure(Counter(), CYCLE[:0], 1)


# --- A network with a slow clock, which deceives every proof that is less than whole --------------


def with_slow_clock(network: Network, unit: int, weight: float, filling: float) -> Network:
    """Return the network with a fifth block, whose first cell nothing hears but one output.

    Its gates are all open, to the last bit; a step adds g(``filling``) to it. The output of
    ``unit`` hears it by ``weight``.
    """
    group = Group("chords", CHORD_UNITS.start, CHORD_UNITS.stop, hears=("chords",), blocks=5)
    weights = {}
    for kind, matrix in network.weights["chords"].items():
        if kind == "output":
            weights[kind] = np.insert(matrix, [8, 8], 0.0, axis=1)
            weights[kind][unit, 8] = weight
        else:
            matrix = np.insert(matrix, [20, 20], 0.0, axis=1)
            rows = np.zeros((2 if kind == "cell" else 1, matrix.shape[1]))
            rows[0, -1] = filling if kind == "cell" else 50.0
            weights[kind] = np.concatenate([matrix, rows])
    return Network(Topology("slow", (group,)), {"chords": weights}, network.standardisation)


def seems_to_repeat(model, look, choruses):
    """Return after how many choruses a flawed proof, which takes but a ``look``, would be found."""
    memory, heard, seen = model.cold(), CYCLE[0], {look(model.cold())}
    for chorus in range(1, choruses + 1):
        played, memory = model.play(memory, heard, STEPS)
        assert (played == np.roll(CYCLE, -1, axis=0)).all()
        heard = played[-1]
        if look(memory) in seen:
            return chorus
        seen.add(look(memory))
    return None


def test_a_clock_that_strikes_in_chorus_700_is_not_taken_for_eternity():
    network, filling = NETWORKS["chords"], 5e-11
    # The note that is off by the least: so far from 0 is the net input of its output.
    output = settled_chorus(network, FORM).activations.output
    short = np.where(output < 0.5, np.log((1.0 - output) / output), np.inf)
    place, unit = np.unravel_index(short.argmin(), short.shape)
    # It is to sound when chorus 700 comes to that place, and half a chorus earlier it nearly does.
    strikes = 700 * STEPS + int(place) + 1
    filled = (strikes - STEPS // 2) * squash_input(filling)
    slow = with_slow_clock(network, unit, short[place, unit] / squash_state(filled), filling)
    model = ChordSide(slow)

    assert endure(model, CYCLE, 710) == Endurance(710, 700, 700, strikes, None, None)
    flawed = {
        "the notes alone": lambda memory: b"",
        "without the clock": lambda memory: np.delete(memory, [8, 9, 18, 19]).tobytes(),
        "rounded": lambda memory: np.round(memory, 6).tobytes(),
    }
    for name, look in flawed.items():
        assert seems_to_repeat(model, look, 50) is not None, name
    assert seems_to_repeat(model, bytes, 100) is None
    _, once = model.play(model.cold(), CYCLE[0], 50 * STEPS)
    _, again = model.play(once, CYCLE[0], STEPS)
    assert np.allclose(once, again, atol=1e-8)  # as NumPy has it, unless told otherwise


# --- Networks of the book -------------------------------------------------------------------------


@every_network
@every_engine
def test_the_networks_of_the_book_play_forever_in_every_engine(network, engine):
    model = engine(network)
    found = endure(model, CYCLE)
    assert found.is_proved and found.fault is None
    assert found.faultless == found.right == found.choruses == 1000
    # Played at once, and not chorus by chorus, the state is the same at both boundaries.
    memory, heard = model.cold(), CYCLE[0]
    states = []
    for choruses in (found.repeats_after, found.period, found.period):
        played, memory = model.play(memory, heard, choruses * STEPS)
        heard = played[-1]
        states.append(whole_state(memory, heard))
    assert len(set(states)) == 1


@every_network
def test_what_is_proved_is_so(network):
    model = ChordSide(network)
    assert faultless_choruses(model, CYCLE, 2000) == 2000
    assert not endure(model, CYCLE, 3).is_proved


def test_a_network_that_has_not_learned_fails_at_once():
    standardisation = NETWORKS["chords"].standardisation
    network = initial_network(TOPOLOGIES["chords"], standardisation, 0, Settings())
    found = endure(ChordSide(network), CYCLE, 10)
    assert (found.faultless, found.right, found.is_proved) == (0, 0, False)


# --- How the state settles ------------------------------------------------------------------------


class Settling:
    """Remembers one number, whose distance from 3 shrinks tenfold every chorus."""

    def cold(self):
        return np.array([4.0])

    def play(self, memory, heard, steps, expected=None):
        return np.tile(CYCLE, (steps // STEPS, 1)), 3.0 + (memory - 3.0) / 10 ** (steps / STEPS)


def test_changes_shrink_by_what_the_model_shrinks_them():
    moved = changes(Settling(), CYCLE, 5)
    np.testing.assert_allclose(moved, [0.9, 0.09, 0.009, 0.0009, 0.00009], rtol=1e-9)
    assert contraction(moved) == pytest.approx(0.1)


def test_contraction_counts_neither_the_first_change_nor_rounding():
    assert contraction(np.array([9.0, 1.0, 0.2, 0.04, 1e-12, 3e-16, 3e-16])) == pytest.approx(0.2)
    assert contraction(np.array([9.0, 1.0, 1e-4, 1e-6]), rounding=1e-5) == pytest.approx(1e-4)
    assert contraction(np.array([9.0, 1.0, 1e-12])) is None
    assert contraction(np.zeros(5)) is None


def test_changes_of_a_network_shrink_to_rounding():
    moved = changes(ChordSide(NETWORKS["chords"]), CYCLE, 20)
    assert moved[0] > 1.0
    assert moved[10:].max() < 1e-14
    assert 0.005 < contraction(moved) < 0.02


# --- Engines --------------------------------------------------------------------------------------


@every_network
@every_engine
def test_every_engine_plays_the_same_notes(network, engine):
    """From a wrong memory and wrong notes, too, where nothing settles at once."""
    compiled, model, generator = ChordSide(network), engine(network), np.random.default_rng(0)
    heard = generator.random(12) < 0.5
    played, memory = model.play(model.cold(), heard, 60)
    same, remembered = compiled.play(compiled.cold(), heard, 60)
    assert (played == same).all()
    cells = memory.reshape(2, -1) * ([[2.0], [1.0]] if isinstance(model, TorchChordSide) else 1.0)
    single = isinstance(model, engines._Engine) and model.precision == np.float32
    np.testing.assert_allclose(
        cells.reshape(-1), remembered, rtol=0, atol=1e-4 if single else 1e-11
    )
    assert (memory.astype(np.float32) == memory).all() == single


@every_engine
def test_an_engine_is_a_chord_model(engine):
    model = engine(NETWORKS["chords"])
    check_playing_in_pieces(model, CYCLE[0])
    check_stopping(model, CYCLE[0])


def test_the_readable_engine_is_the_network_to_be_read():
    network = NETWORKS["chords"]
    done = network.record(CYCLE[:40].astype(float))["chords"]
    model = ReadableChordSide(network)
    _, memory = model.play(model.cold(), CYCLE[0], 40)
    assert (memory == np.concatenate([done.cell_state[-1], done.cell_output[-1]])).all()


def test_single_precision_is_single_throughout(monkeypatch):
    steps = []

    def step(*arguments):
        steps.append(group_step(*arguments))
        return steps[-1]

    group_step = engines.group_step
    monkeypatch.setattr(engines, "group_step", step)
    model = ReadableChordSide(NETWORKS["chords"], "float32")
    model.play(model.cold(), CYCLE[0], 3)
    for kind in Activations.__annotations__:
        assert {getattr(done, kind).dtype for done in steps} == {np.dtype(np.float32)}, kind


def test_there_is_no_half_precision():
    for engine in (ReadableChordSide, TorchChordSide):
        with pytest.raises(BluesError, match="float16"):
            engine(NETWORKS["chords"], "float16")
