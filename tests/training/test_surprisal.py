import numpy as np
import pytest

from lstmblues.errors import BluesError
from lstmblues.music.encoding import (
    MELODY_UNITS,
    UNITS,
    Standardisation,
    encode,
    encode_batch,
    encode_choruses,
)
from lstmblues.music.form import load_form, pitch
from lstmblues.music.melody import load_melodies
from lstmblues.music.piece import join
from lstmblues.network.lstm import Network, State
from lstmblues.network.topology import BLUES
from lstmblues.training.surprisal import melody_bits, melody_bits_apart

FORM = load_form()
MELODIES = load_melodies(FORM)
NOTES = MELODY_UNITS.stop - MELODY_UNITS.start


def made_by_hand(**outputs: float) -> Network:
    """A network that always says the same: ``note=odds`` for some melody notes, odds 1 for others.

    An output of logit b has odds exp(b); all weights but the output biases are zero.
    """
    weights = {
        group.name: {kind: np.zeros(shape) for kind, shape in BLUES.shapes(group).items()}
        for group in BLUES.groups
    }
    for name, odds in outputs.items():
        weights["melody"]["output"][pitch(name) - pitch("C4"), -1] = np.log(odds)
    return Network(BLUES, weights, Standardisation.none(UNITS))


def test_a_network_that_knows_nothing_pays_for_every_note_alike():
    choruses = encode_choruses(MELODIES, [0, 5, 77])
    assert melody_bits(made_by_hand(), choruses) == pytest.approx(FORM.steps * np.log2(NOTES))


def test_a_step_costs_the_logarithm_of_the_share():
    # Odds 3 are an output of 3/4, all the others are 1/2: shares 3/4 and 1/2 out of 27/4.
    network = made_by_hand(Bb4=3.0)
    chorus = MELODIES.chorus(0)
    loud = chorus.melody.count(pitch("Bb4"))
    expected = loud * np.log2(9) + (FORM.steps - loud) * np.log2(13.5)
    assert melody_bits(network, encode_batch([chorus, chorus])) == pytest.approx(expected)


def test_the_first_chorus_is_not_counted():
    network = made_by_hand(Bb4=3.0)
    pairs = [encode_choruses(MELODIES, [first, 4095]) for first in (0, 100, 4095)]
    bits = {melody_bits(network, pair) for pair in pairs}
    assert len({round(b, 9) for b in bits}) == 1


def test_bits_are_those_of_a_network_run_step_by_step():
    generator = np.random.default_rng(0)
    weights = {
        group.name: {k: generator.normal(size=shape) for k, shape in BLUES.shapes(group).items()}
        for group in BLUES.groups
    }
    network = Network(BLUES, weights, Standardisation.none(UNITS))
    choruses = [MELODIES.chorus(number) for number in (1, 2, 3)]
    rows = encode(join(choruses))
    state, bits = State.zero(BLUES), 0.0
    for step in range(len(rows) - 1):
        activations, state = network.step(rows[step], state)
        notes = activations["melody"].output
        if step + 1 >= FORM.steps:
            bits -= np.log2(notes[rows[step + 1, MELODY_UNITS].argmax()] / notes.sum())
    assert melody_bits(network, encode_batch(choruses)) == pytest.approx(bits / 2)


def test_one_chorus_has_no_bits():
    with pytest.raises(BluesError, match="^melody bits need two choruses or more"):
        melody_bits(made_by_hand(), encode_choruses(MELODIES, [0]))


def test_bits_on_training_and_on_unseen_choruses_are_told_apart():
    network = made_by_hand(Bb4=3.0)
    apart = melody_bits_apart(network, MELODIES)
    arrays = [encode_choruses(MELODIES, numbers) for numbers in MELODIES.split()]
    assert [len(array) for array in arrays] == [3072, 1024]
    assert apart == tuple(melody_bits(network, array) for array in arrays)
    assert apart[0] != apart[1]
