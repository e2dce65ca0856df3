import numpy as np
import pytest

torch = pytest.importorskip("torch")

from lstmblues.errors import BluesError
from lstmblues.evidence.novelty import torch_composer
from lstmblues.evidence.novelty.torch_composer import (
    LAYERS,
    Composer,
    SplitComposer,
    compose_with_torch,
    learn_blues_with_torch,
)
from lstmblues.music.encoding import (
    CHORD_UNITS,
    MELODY_UNITS,
    Standardisation,
    encode,
    encode_choruses,
)
from lstmblues.music.form import load_form
from lstmblues.music.melody import load_melodies

MELODIES = load_melodies(load_form())
ARRAYS = encode_choruses(MELODIES, [0, 1234])
STANDARDISATION = Standardisation.fit(ARRAYS)


@pytest.mark.parametrize("make", [Composer, SplitComposer])
@pytest.mark.parametrize("kind", LAYERS)
def test_an_untrained_composer_is_the_same_for_the_same_seed_alone(kind, make):
    state = torch.random.get_rng_state()
    one, same, other = (make(kind, STANDARDISATION, seed) for seed in (1, 1, 2))
    assert (torch.random.get_rng_state() == state).all()
    for mine, again, theirs in zip(
        one.parameters(), same.parameters(), other.parameters(), strict=True
    ):
        assert (mine == again).all() and (mine != theirs).any()


def chord_and_melody_sums(composer, chords_of, melody_of):
    """What enters the outputs if the chords heard are those of one array, the melody of another."""
    heard = ARRAYS[chords_of].copy()
    heard[:, MELODY_UNITS] = ARRAYS[melody_of][:, MELODY_UNITS]
    sums = composer(heard[None])[0][0].detach().numpy()
    return sums[:, CHORD_UNITS], sums[:, MELODY_UNITS]


def test_with_one_layer_the_melody_reaches_the_chords_and_with_two_it_does_not():
    for make, reaches in ((Composer, True), (SplitComposer, False)):
        composer = make("lstm", STANDARDISATION, 0)
        one, other = (chord_and_melody_sums(composer, 0, melody) for melody in (0, 1))
        assert np.array_equal(one[0], other[0]) != reaches
        assert not np.array_equal(one[1], other[1])


def test_the_melody_hears_the_chord_layer_one_step_later():
    composer = SplitComposer("lstm", STANDARDISATION, 0)
    heard = np.repeat(ARRAYS[:1, :6], 2, axis=0)
    heard[1, 3, CHORD_UNITS] = 1 - heard[1, 3, CHORD_UNITS]
    sums = composer(heard)[0].detach().numpy()
    differs = [not np.array_equal(*sums[:, step, MELODY_UNITS]) for step in range(6)]
    assert differs == [False] * 4 + [True] * 2


def test_two_layers_have_about_as_many_weights_as_one():
    one, two = (
        sum(matrix.numel() for matrix in make("lstm", STANDARDISATION, 0).parameters())
        for make in (Composer, SplitComposer)
    )
    assert abs(two - one) < 0.05 * one


@pytest.mark.parametrize("make", [Composer, SplitComposer])
@pytest.mark.parametrize("kind", LAYERS)
def test_to_hear_step_by_step_is_to_hear_at_once(kind, make):
    composer = make(kind, STANDARDISATION, 0)
    at_once, _ = composer(ARRAYS[:1])
    state, steps = None, []
    for step in range(20):
        sums, state = composer(ARRAYS[:1, step : step + 1], state)
        steps.append(sums[0, 0])
    assert torch.allclose(torch.stack(steps), at_once[0, :20], atol=1e-5)


def test_the_loss_by_hand():
    composer = Composer("elman", STANDARDISATION, 0)
    sums = composer(ARRAYS[:, :-1])[0].detach().double().numpy()
    targets = ARRAYS[:, 1:]
    output = 1 / (1 + np.exp(-sums[..., CHORD_UNITS]))
    chords = -np.log(np.where(targets[..., CHORD_UNITS] > 0, output, 1 - output)).sum()
    notes = np.exp(sums[..., MELODY_UNITS])
    shares = notes / notes.sum(axis=-1, keepdims=True)
    melody = -np.log((shares * targets[..., MELODY_UNITS]).sum(axis=-1)).sum()
    assert composer.loss(ARRAYS).item() == pytest.approx((chords + melody) / (2 * 95), rel=1e-5)


def test_learning_lowers_the_loss_and_is_repeatable(monkeypatch):
    monkeypatch.setattr(torch_composer, "RATES", (0.01,))
    once, twice = [], []
    for losses in (once, twice):
        _, learned = learn_blues_with_torch(
            "lstm",
            MELODIES,
            3,
            np.arange(64),
            most_changes=30,
            watch=lambda loss, _, losses=losses: losses.append(loss),
        )
        assert not learned
    assert len(once) == 30 and once[-1] < 0.6 * once[0]
    assert once == pytest.approx(twice, rel=1e-4)


def test_a_composer_has_learned_when_its_error_levels_off_at_both_rates(monkeypatch):
    monkeypatch.setattr(torch_composer, "RATES", (0.0, 0.0))
    losses = []
    _, learned = learn_blues_with_torch(
        "elman", MELODIES, 0, np.arange(2), 205, lambda loss, _: losses.append(loss)
    )
    assert learned and len(losses) >= 2 * 2 * torch_composer.WINDOW


def test_a_composer_plays_a_piece_that_begins_as_a_training_chorus_does():
    composer = Composer("gru", STANDARDISATION, 0)
    piece = compose_with_torch(composer, MELODIES, 2, seed=5)
    assert piece == compose_with_torch(composer, MELODIES, 2, seed=5)
    assert piece != compose_with_torch(composer, MELODIES, 2, seed=6)
    number = np.random.default_rng(5).choice(MELODIES.split()[0])
    assert (encode(piece)[:2] == encode(MELODIES.chorus(int(number)))[:2]).all()
    assert piece.choruses == 2 and None not in piece.melody
    # What it heard is what it played: each step follows from those before.
    with torch.no_grad():
        sums, _ = composer(encode(piece)[None])
    assert ((sums[0, 1:-1, CHORD_UNITS] > 0).numpy() == encode(piece)[2:, CHORD_UNITS]).all()


def test_another_kind_is_refused():
    with pytest.raises(BluesError, match="choose from elman, gru, lstm"):
        Composer("transformer", STANDARDISATION, 0)
