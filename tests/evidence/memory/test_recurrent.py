import numpy as np
import pytest
from chord_model_checks import check_playing_in_pieces, check_stopping

from lstmblues.errors import BluesError
from lstmblues.evidence.memory.chord_models import faultless_choruses
from lstmblues.evidence.memory.recurrent import SUMS_OF_A_UNIT, RecurrentNetwork, recurrent_shapes
from lstmblues.music.encoding import Standardisation, chord_cycle
from lstmblues.music.form import load_form

CYCLE = chord_cycle(load_form())
STANDARDISATION = Standardisation.fit(CYCLE)
KINDS = tuple(SUMS_OF_A_UNIT)
UNITS = 7


def random_model(kind, seed=0, reach=1.0):
    generator = np.random.default_rng(seed)
    shapes = recurrent_shapes(kind, 12, UNITS)
    weights = {name: generator.uniform(-reach, reach, shape) for name, shape in shapes.items()}
    return RecurrentNetwork(kind, UNITS, weights, STANDARDISATION)


def listened(model, steps):
    """What it remembers, and plays, after each step of what it is made to hear."""
    memory, memories, played = model.cold(), [], []
    for heard in steps:
        following, memory = model.play(memory, heard, 1)
        memories.append(memory)
        played.append(following[0])
    return np.array(memories), np.array(played)


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_the_network_of_pytorch(kind):
    torch = pytest.importorskip("torch")
    model = random_model(kind)
    layer = {"elman": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[kind]
    layer = layer(12, UNITS, dtype=torch.float64)
    with torch.no_grad():
        for name, matrix in (("ih", model.weights["input"]), ("hh", model.weights["hidden"])):
            getattr(layer, f"weight_{name}_l0").copy_(torch.tensor(matrix[:, :-1]))
            getattr(layer, f"bias_{name}_l0").copy_(torch.tensor(matrix[:, -1]))
        heard = torch.tensor(STANDARDISATION.apply(CYCLE))
        hidden, last = layer(heard)
    memories, played = listened(model, CYCLE)
    np.testing.assert_allclose(memories[:, :UNITS], hidden, rtol=0, atol=1e-12)
    if kind == "lstm":
        np.testing.assert_allclose(memories[-1, UNITS:], last[1][0], rtol=0, atol=1e-12)
    sources = np.concatenate([hidden, heard, np.ones((len(CYCLE), 1))], axis=1)
    outputs = torch.sigmoid(torch.tensor(sources @ model.weights["output"].T)).numpy()
    assert np.abs(outputs - 0.5).min() > 1e-9  # none too close to call
    assert (played == (outputs > 0.5)).all() and 0 < played.mean() < 1


def test_one_unit_by_hand():
    """An Elman unit that turns over at every step, and one note that follows it."""
    weights = {
        "input": np.array([[0.0, 10.0]]),
        "hidden": np.array([[-20.0, 0.0]]),
        "output": np.array([[1.0, 0.0, 0.0]]),
    }
    model = RecurrentNetwork("elman", 1, weights, Standardisation.none(1))
    played, memory = model.play(model.cold(), np.array([False]), 5)
    assert played[:, 0].tolist() == [True, False, True, False, True]
    assert memory == pytest.approx([1.0])
    assert faultless_choruses(model, np.array([[False], [True]]), 3) == 3


def test_an_output_of_one_half_is_off():
    weights = {name: np.zeros(shape) for name, shape in recurrent_shapes("gru", 12, 2).items()}
    model = RecurrentNetwork("gru", 2, weights, STANDARDISATION)
    assert not model.play(model.cold(), CYCLE[0], 3)[0].any()


def test_huge_sums_give_ones_and_zeros():
    for kind in KINDS:
        model = random_model(kind, reach=1e6)
        memories, _ = listened(model, CYCLE)
        assert np.isfinite(memories).all() and np.abs(memories[:, :UNITS]).max() <= 1.0


@pytest.mark.parametrize("kind", KINDS)
def test_a_recurrent_network_is_a_chord_model(kind):
    model = random_model(kind, seed=3)
    played = check_playing_in_pieces(model, CYCLE[0], (1, 20, 0, 29))
    assert len(np.unique(played, axis=0)) > 2
    check_stopping(model, CYCLE[0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "transformer"}, "elman, gru, lstm"),
        ({"units": 0}, "0 hidden units"),
        ({"units": 8}, "'input' need shape"),
        ({"weights": {}}, "were given None"),
    ],
)
def test_what_is_no_network_is_named(change, message):
    model = random_model("gru")
    fields = {name: getattr(model, name) for name in RecurrentNetwork.__annotations__}
    with pytest.raises(BluesError, match=message):
        RecurrentNetwork(**fields | change)
