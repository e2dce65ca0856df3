import numpy as np
import pytest

torch = pytest.importorskip("torch")

from lstmblues.errors import BluesError
from lstmblues.evidence.memory.chord_models import faultless_choruses
from lstmblues.evidence.memory.feed_forward import shortest_window
from lstmblues.evidence.memory.torch_training import (
    KINDS,
    Networks,
    TorchChordLearner,
    learn_chords_with_torch,
)
from lstmblues.evidence.torch_tools import LARGEST_GRADIENT
from lstmblues.music.encoding import Standardisation, chord_cycle
from lstmblues.music.form import Form, load_form
from lstmblues.music.piece import CHORUSES_OF_A_RECORDING
from lstmblues.training.settings import Settings

FORM = Form.parse("cadence", "C G7", {"C": "C3 E3 G3", "G7": "D3 F3 G3 B3"})
PASS = Settings().choruses_a_pass * FORM.steps
CYCLE = chord_cycle(load_form())
STANDARDISATION = Standardisation.fit(CYCLE)
HEARD = CYCLE[:32]
SIZE = 6
WINDOW = 3


class Reference(torch.nn.Module):
    """One network out of PyTorch's own layers, with the weights of one of ``networks``."""

    def __init__(self, networks, place):
        super().__init__()
        self.kind = networks.kind
        layers = {"elman": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}
        weights = {name: matrix[place].detach() for name, matrix in networks.weights.items()}
        if self.kind == "feed-forward":
            self.hidden = torch.nn.Linear(12 * WINDOW, SIZE, dtype=torch.float64)
            self._fill(self.hidden, "weight", "bias", weights["hidden"])
        else:
            self.hidden = layers[self.kind](12, SIZE, dtype=torch.float64)
            self._fill(self.hidden, "weight_ih_l0", "bias_ih_l0", weights["input"])
            self._fill(self.hidden, "weight_hh_l0", "bias_hh_l0", weights["hidden"])
        sources = weights["output"].shape[1] - 1
        self.output = torch.nn.Linear(sources, 12, dtype=torch.float64)
        self._fill(self.output, "weight", "bias", weights["output"])

    def _fill(self, layer, weight, bias, matrix):
        getattr(layer, weight).data = matrix[:, :-1].clone()
        getattr(layer, bias).data = matrix[:, -1].clone()

    def forward(self, inputs):
        hidden = self.hidden(inputs)
        hidden = hidden.tanh() if self.kind == "feed-forward" else hidden[0]
        return self.output(torch.cat([hidden, inputs], dim=1))

    def matrices(self, kind=lambda parameter: parameter.data):
        """The parameters, or what ``kind`` makes of them, laid out as ``Networks.weights``."""
        named = {name: kind(parameter) for name, parameter in self.named_parameters()}

        def beside(weight, bias):
            return torch.cat([named[weight], named[bias][:, None]], dim=1)

        output = beside("output.weight", "output.bias")
        if self.kind == "feed-forward":
            return {"hidden": beside("hidden.weight", "hidden.bias"), "output": output}
        return {
            "input": beside("hidden.weight_ih_l0", "hidden.bias_ih_l0"),
            "hidden": beside("hidden.weight_hh_l0", "hidden.bias_hh_l0"),
            "output": output,
        }


def exact(kind, seeds=(0, 1, 2)):
    """Networks in double precision, and the reference of each."""
    networks = Networks(kind, SIZE, WINDOW, STANDARDISATION, seeds)
    networks.weights = {
        name: matrix.detach().double().requires_grad_() for name, matrix in networks.weights.items()
    }
    return networks, [Reference(networks, place) for place in range(len(seeds))]


def assert_close(found, expected):
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_networks_side_by_side_are_networks_of_pytorch(kind):
    networks, references = exact(kind)
    inputs = networks.hear(HEARD)
    sums = networks.sums(inputs)
    assert sums.shape == (3, len(HEARD), 12)
    sums.sigmoid().square().sum().backward()
    for place, reference in enumerate(references):
        expected = reference(inputs)
        assert_close(sums[place], expected)
        expected.sigmoid().square().sum().backward()
        for name, gradient in reference.matrices(lambda parameter: parameter.grad).items():
            assert gradient.abs().max() > 1e-3
            assert_close(networks.weights[name].grad[place], gradient)


def test_a_pass_is_some_choruses_from_a_cold_start():
    networks = Networks("elman", SIZE, 1, STANDARDISATION, [0])
    learner = TorchChordLearner(networks, CYCLE, 0.01)
    twice = np.tile(CYCLE, (Settings.choruses_a_pass, 1))
    assert torch.equal(learner.inputs, networks.hear(twice))
    assert (learner.targets.numpy() == [*twice[1:], CYCLE[0]]).all()


def reference_pass(reference, inputs, targets, optimizer):
    """One change of the weights by PyTorch's own means; returns the gradient's length before."""
    sums = reference(inputs)
    losses = torch.nn.functional.binary_cross_entropy_with_logits(sums, targets, reduction="none")
    optimizer.zero_grad()
    losses.sum(dim=1).mean().backward()
    length = torch.nn.utils.clip_grad_norm_(reference.parameters(), LARGEST_GRADIENT)
    optimizer.step()
    return float(length)


@pytest.mark.parametrize("kind", KINDS)
def test_every_network_learns_as_if_it_were_alone(kind):
    networks, references = exact(kind)
    learner = TorchChordLearner(networks, HEARD, learning_rate=0.02)
    alone = [torch.optim.Adam(reference.parameters(), lr=0.02) for reference in references]
    lengths = []
    for number in range(30):
        if number == 20:  # the second leaves, and the others take no notice
            learner.keep(np.array([0, 2]))
            del references[1], alone[1]
        assert learner.learn_pass() == len(learner.inputs)
        for reference, own in zip(references, alone, strict=True):
            lengths.append(reference_pass(reference, learner.inputs, learner.targets, own))
    assert min(lengths) < LARGEST_GRADIENT < max(lengths)
    for place, reference in enumerate(references):
        for name, matrix in reference.matrices().items():
            found = networks.weights[name][place].detach()
            torch.testing.assert_close(found, matrix, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("kind", KINDS)
def test_the_model_plays_what_the_networks_say(kind):
    networks = Networks(kind, SIZE, WINDOW, STANDARDISATION, [4, 5])
    sums = networks.sums(networks.hear(CYCLE)).detach().numpy()
    for place in (0, 1):
        model = networks.model(place)
        memory = model.cold()
        for step, heard in enumerate(CYCLE):
            played, memory = model.play(memory, heard, 1)
            clear = np.abs(sums[place, step]) > 1e-4
            assert (played[0] == (sums[place, step] > 0))[clear].all()
        assert (np.abs(sums[place]) > 1e-4).mean() > 0.99


@pytest.mark.parametrize("kind", KINDS)
def test_first_weights_are_drawn_as_pytorch_draws_them(kind):
    networks = Networks(kind, 40, WINDOW, STANDARDISATION, [0, 1, 0])
    heard = 12 * WINDOW if kind == "feed-forward" else 12
    reach = {"output": (40 + heard) ** -0.5}
    for name, matrix in networks.weights.items():
        expected = reach.get(name, heard**-0.5 if kind == "feed-forward" else 40**-0.5)
        assert 0.98 * expected < matrix.abs().max() <= expected
        assert torch.equal(matrix[0], matrix[2]) and not torch.equal(matrix[0], matrix[1])
        assert abs(float(matrix.detach().mean())) < 0.1 * expected


@pytest.mark.parametrize("kind", KINDS)
def test_chords_are_learned_the_same_way_twice(kind):
    def learn():  # by seeds that learn however a processor rounds: the LSTM of seed 0 may not
        return learn_chords_with_torch(kind, FORM, [4, 3], 8, 0.03, 20_000, window=4)

    attempts, again = learn(), learn()
    assert [attempt.seed for attempt in attempts] == [4, 3]
    cycle = chord_cycle(FORM)
    for attempt, same in zip(attempts, again, strict=True):
        assert attempt.learned and 0 < attempt.steps < 20_000 and attempt.steps % PASS == 0
        choruses = faultless_choruses(attempt.model, cycle, CHORUSES_OF_A_RECORDING)
        assert choruses == CHORUSES_OF_A_RECORDING
        assert same.steps == attempt.steps
        for name, matrix in attempt.model.weights.items():
            assert (matrix == same.model.weights[name]).all()


def test_a_window_that_is_too_short_never_learns():
    assert shortest_window(chord_cycle(FORM)) == 4  # four steps of C, four of G7
    seen = []

    def watch(steps, learning):
        seen.append((steps, learning))

    too_short = learn_chords_with_torch(
        "feed-forward", FORM, range(3), 8, 0.03, 5000, watch, window=3
    )
    assert not any(attempt.learned for attempt in too_short)
    assert all(5000 <= attempt.steps < 5000 + PASS for attempt in too_short)
    assert seen[0] == (PASS, 3) and seen[-1] == (too_short[0].steps, 3)
    enough = learn_chords_with_torch("feed-forward", FORM, range(3), 8, 0.03, 5000, watch, window=4)
    assert all(attempt.learned for attempt in enough)
    assert seen[-1] == (max(attempt.steps for attempt in enough), 0)


def test_a_rate_of_zero_changes_nothing():
    (attempt,) = learn_chords_with_torch("gru", FORM, [7], 4, 0.0, 100)
    assert not attempt.learned
    networks = Networks("gru", 4, 1, Standardisation.fit(chord_cycle(FORM)), [7])
    for name, matrix in networks.model(0).weights.items():
        assert (attempt.model.weights[name] == matrix).all()


def test_a_seed_given_twice_learns_twice_the_same():
    twice = learn_chords_with_torch("feed-forward", FORM, [2, 1, 2], 8, 0.03, 5000, window=4)
    assert [attempt.seed for attempt in twice] == [2, 1, 2]
    assert twice[0].learned and twice[0].steps == twice[2].steps


def test_no_seeds_bring_no_attempts():
    assert learn_chords_with_torch("elman", FORM, [], 4, 0.01) == []


def test_the_number_of_threads_is_left_as_it_was():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    seen = []
    learn_chords_with_torch(
        "elman", FORM, [0], 4, 0.0, 1, lambda *_: seen.append(torch.get_num_threads())
    )
    assert seen == [1] and torch.get_num_threads() == 2
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "transformer"}, "elman, gru, lstm, feed-forward"),
        ({"size": 0}, "0 hidden units"),
        ({"kind": "feed-forward", "window": 0}, "0 steps"),
        ({"learning_rate": float("nan")}, "learning rate cannot be nan"),
        ({"learning_rate": -0.1}, "learning rate cannot be -0.1"),
    ],
)
def test_what_cannot_be_taught_is_named(change, message):
    arguments = {"kind": "elman", "form": FORM, "seeds": [0], "size": 4, "learning_rate": 0.01}
    with pytest.raises(BluesError, match=message):
        learn_chords_with_torch(**arguments | change)
