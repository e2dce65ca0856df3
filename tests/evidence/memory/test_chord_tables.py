import numpy as np
import pytest
from chord_model_checks import check_playing_in_pieces, check_stopping
from hypothesis import given, settings
from strategies import forms

from lstmblues.errors import BluesError
from lstmblues.evidence.memory.chord_models import faultless_choruses
from lstmblues.evidence.memory.chord_tables import EventTable, StepTable
from lstmblues.music.encoding import chord_cycle
from lstmblues.music.form import Form, load_form

FORM = load_form()
CYCLE = chord_cycle(FORM)
FOLLOWING = np.roll(CYCLE, -1, axis=0)
MODELS = [StepTable(FORM, 13), EventTable(FORM, 2)]


def test_bad_orders():
    with pytest.raises(BluesError, match="order 0"):
        StepTable(FORM, 0)


def first_fault(model):
    """After how many steps of free running, from a cold start, comes the first wrong one."""
    played, _ = model.play(model.cold(), CYCLE[0], 14 * len(CYCLE), FOLLOWING)
    return len(played)


def test_over_steps_the_form_needs_thirteen_of_them():
    """Bar 5 ends like bar 2, but for what was 13 steps ago: eight of F7, then four or eight of C.

    With eight steps a table cannot tell bar 3 from bar 1 as it ends; with twelve, it plays bar 3
    after bar 5; with seven, no bar of C ever ends.
    """
    assert [first_fault(StepTable(FORM, order)) for order in (3, 7, 8, 9, 12)] == [8, 8, 24, 40, 40]
    for order in (13, 16):
        assert faultless_choruses(StepTable(FORM, order), CYCLE, 14) == 14


def test_over_chords_the_form_needs_two_of_them():
    """After eight steps of C come F7, Gm7 or Em: it hangs on what was before the C."""
    assert first_fault(EventTable(FORM, 1)) == 24
    for order in (2, 3, 16):
        assert faultless_choruses(EventTable(FORM, order), CYCLE, 14) == 14


def test_what_a_table_over_steps_remembers():
    model = StepTable(FORM, 4)
    assert model.cold().tolist() == [-1, -1, -1]
    c = 2**0 + 2**4 + 2**7  # C, E and G, counted from C
    _, memory = model.play(model.cold(), CYCLE[0], 2)
    assert memory.tolist() == [-1, c, c]


def test_what_a_table_over_chords_remembers():
    model = EventTable(FORM, 2)
    assert model.cold().tolist() == [-1, 0, -1, 0, -1, 0]
    c, f7 = 2**0 + 2**4 + 2**7, 2**0 + 2**3 + 2**5 + 2**9
    _, memory = model.play(model.cold(), CYCLE[0], 3)
    assert memory.tolist() == [-1, 0, -1, 0, c, 3]
    _, memory = model.play(model.cold(), CYCLE[0], 10)
    assert memory.tolist() == [-1, 0, c, 8, f7, 2]


@pytest.mark.parametrize("model", MODELS)
def test_a_table_is_a_chord_model(model):
    check_playing_in_pieces(model, CYCLE[0], (1, 20, 129))
    check_stopping(model, CYCLE[0])


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("size", [1.0, 1000.0])
def test_pushed_anywhere_a_table_comes_back_to_the_form(model, size):
    """Within two choruses it is at some place of the form, and goes on from there."""
    generator = np.random.default_rng(1)
    places = np.concatenate([FOLLOWING] * 3)
    for _ in range(30):
        memory = generator.normal(size=model.cold().shape) * size
        played, _ = model.play(memory, generator.random(12) < 0.4, 3 * len(CYCLE))
        last = played[-len(CYCLE) :]
        assert any((places[start : start + len(CYCLE)] == last).all() for start in range(96))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 2.5, 0.0])
def test_a_memory_may_be_any_numbers(model, value):
    played, memory = model.play(np.full_like(model.cold(), value), np.zeros(12, dtype=bool), 5)
    assert played.shape == (5, 12) and memory.shape == model.cold().shape


def test_a_form_of_one_chord_is_held():
    form = Form.parse("drone", "C", {"C": "C3 E3"})
    for model in (StepTable(form, 3), EventTable(form, 1)):
        assert faultless_choruses(model, chord_cycle(form), 10) == 10


@settings(max_examples=30, deadline=None)
@given(forms())
def test_both_tables_learn_any_form_if_they_look_back_far_enough(form):
    cycle = chord_cycle(form)
    for model in (StepTable(form, len(cycle)), EventTable(form, len(cycle))):
        assert faultless_choruses(model, cycle, 3) == 3
