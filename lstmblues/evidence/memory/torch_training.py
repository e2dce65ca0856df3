"""Training with the tools of today: PyTorch and Adam (chapter "Does it take memory?").

The baselines hear the same passes of the chords as the network of 2002, each from a cold start,
and stop by the same rule. The gradient is that of full back-propagation through time. Networks of
many seeds learn side by side, for one alone is far too small to keep PyTorch busy: the first axis
of every weight is the network.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch

from lstmblues.errors import BluesError
from lstmblues.evidence.memory.chord_models import ChordModel, has_learned
from lstmblues.evidence.memory.feed_forward import (
    FeedForwardNetwork,
    feed_forward_shapes,
    last_steps,
)
from lstmblues.evidence.memory.recurrent import SUMS_OF_A_UNIT, RecurrentNetwork, recurrent_shapes
from lstmblues.evidence.torch_tools import LARGEST_GRADIENT, one_thread
from lstmblues.music.encoding import Standardisation, chord_cycle
from lstmblues.music.form import Form
from lstmblues.training.settings import Settings
from lstmblues.training.teaching import Attempt, ChordLearner, teach_chords

KINDS = (*SUMS_OF_A_UNIT, "feed-forward")
"""The kinds of network that ``learn_chords_with_torch`` trains."""


def learn_chords_with_torch(
    kind: str,
    form: Form,
    seeds: Sequence[int],
    size: int,
    learning_rate: float,
    most_steps: int = Settings.most_steps,
    watch: Callable[[int, int], None] = lambda steps, learning: None,
    window: int = 1,
) -> list[Attempt]:
    """Train networks of one kind on the form's chords, one a seed.

    A pass is ``Settings.choruses_a_pass`` choruses, and one change of the weights.

    Args:
        kind: one of ``KINDS``.
        form: what is to be learned.
        seeds: decide the first weights.
        size: how many hidden units a network has.
        learning_rate: Adam's.
        most_steps: when those that have not learned yet give up.
        watch: called after every pass: see ``teach_chords``.
        window: how many steps a feed-forward network hears at once.

    Returns:
        What came of each, in the order of ``seeds``. The models are ``RecurrentNetwork`` or
        ``FeedForwardNetwork``.

    Raises:
        BluesError: for a kind that there is not, and for a size, window or rate that makes no
            sense.
    """
    if not 0.0 <= learning_rate < np.inf:
        raise BluesError(f"a learning rate cannot be {learning_rate}; give a number from 0 up")
    cycle = chord_cycle(form)
    networks = Networks(kind, size, window, Standardisation.fit(cycle), seeds)
    with one_thread():
        learner = TorchChordLearner(networks, cycle, learning_rate)
        return teach_chords(learner, seeds, most_steps, watch)


class TorchChordLearner(ChordLearner):
    """``Networks`` that learn the chords ``cycle`` (steps, 12), boolean, side by side, with Adam.

    ``inputs`` (steps, inputs) and ``targets`` (steps, 12), on or off, are those of a pass.
    """

    def __init__(self, networks: "Networks", cycle: np.ndarray, learning_rate: float):
        self.networks, self.cycle = networks, cycle
        heard = np.tile(cycle, (Settings.choruses_a_pass, 1))
        self.inputs = networks.hear(heard)
        self.targets = torch.tensor(np.roll(heard, -1, axis=0), dtype=self.inputs.dtype)
        self._optimizer = torch.optim.Adam(networks.weights.values(), lr=learning_rate)

    def learn_pass(self) -> int:
        """Change the weights of all networks once, each by the gradient of its own loss.

        The loss is the cross-entropy with ``targets``, summed over the outputs and averaged over
        the steps. A gradient longer than ``LARGEST_GRADIENT`` is cut down. See ``ChordLearner``.
        """
        sums = self.networks.sums(self.inputs)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            sums, self.targets.expand_as(sums), reduction="sum"
        )
        self._optimizer.zero_grad()
        (loss / len(self.inputs)).backward()
        gradients = [matrix.grad for matrix in self.networks.weights.values()]
        lengths = sum(gradient.square().sum(dim=(1, 2)) for gradient in gradients).sqrt()
        shares = (LARGEST_GRADIENT / lengths).clamp(max=1.0)
        for gradient in gradients:
            gradient.mul_(shares[:, None, None])
        self._optimizer.step()
        return len(self.inputs)

    def learned(self) -> list[bool]:
        """Return which networks play the chords by themselves: see ``ChordLearner``."""
        networks = len(self.networks.weights["output"])
        return [has_learned(self.model(place), self.cycle) for place in range(networks)]

    def model(self, place: int) -> ChordModel:
        """Return a network as it is now: see ``ChordLearner``."""
        return self.networks.model(place)

    def keep(self, places: np.ndarray) -> None:
        """Go on with these networks, and with what Adam remembers of them: see ``ChordLearner``."""
        places = torch.as_tensor(places)
        for stacked in self.networks.weights.values():
            state = self._optimizer.state[stacked]
            for average in ("exp_avg", "exp_avg_sq"):
                state[average] = state[average][places]
            stacked.grad = None
            stacked.data = stacked.data[places]


# --- Networks side by side ------------------------------------------------------------------------


class Networks:
    """Networks of one kind and size that differ in their weights, at first by their seeds.

    ``weights`` are the matrices of ``recurrent_shapes`` or ``feed_forward_shapes``, stacked:
    (networks, sums, sources).

    Args:
        kind: one of ``KINDS``.
        size: how many hidden units each has.
        window: how many steps a feed-forward network hears at once.
        standardisation: how the notes are shifted and scaled.
        seeds: one for each network; it decides the first weights.

    Raises:
        BluesError: for a kind that there is not, and for a size or window that makes no sense.
    """

    def __init__(
        self,
        kind: str,
        size: int,
        window: int,
        standardisation: Standardisation,
        seeds: Sequence[int],
    ):
        if kind not in KINDS:
            raise BluesError(f"there is no network {kind!r}; choose from {', '.join(KINDS)}")
        self.kind, self.size, self.window = kind, size, window
        self.standardisation = standardisation
        drawn = [self._initial(seed) for seed in seeds]
        self.weights = {
            name: torch.tensor(
                np.array([weights[name] for weights in drawn]).reshape(-1, *shape),
                dtype=torch.float32,
                requires_grad=True,
            )
            for name, shape in self._shapes().items()
        }

    def _shapes(self) -> dict[str, tuple[int, int]]:
        inputs = len(self.standardisation.shift)
        if self.kind == "feed-forward":
            return feed_forward_shapes(inputs, self.size, self.window)
        return recurrent_shapes(self.kind, inputs, self.size)

    def _initial(self, seed: int) -> dict[str, np.ndarray]:
        """Draw first weights as PyTorch does by default, from a seed.

        Uniform, up to 1 / sqrt(n) either way. For what recurrent units read, n is their number;
        for all else it is the number of sources, the bias not counted.
        """
        generator, weights = np.random.default_rng(seed), {}
        for name, shape in self._shapes().items():
            recurrent = self.kind != "feed-forward" and name != "output"
            reach = (self.size if recurrent else shape[1] - 1) ** -0.5
            weights[name] = generator.uniform(-reach, reach, shape)
        return weights

    def hear(self, heard: np.ndarray) -> torch.Tensor:
        """Return on/off steps (steps, units) as these networks hear them: (steps, inputs)."""
        inputs = self.standardisation.apply(heard)
        if self.kind == "feed-forward":
            inputs = last_steps(inputs, self.window)
        return torch.tensor(inputs, dtype=self.weights["output"].dtype)

    def sums(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return what enters the logistic outputs: (networks, steps, outputs).

        ``inputs`` (steps, inputs), see ``hear``, are the same for all networks, from a cold start.
        """
        weights = {name: matrix.transpose(1, 2) for name, matrix in self.weights.items()}
        networks = len(weights["output"])
        heard = torch.cat([inputs, inputs.new_ones(len(inputs), 1)], dim=1)
        heard = heard.expand(networks, *heard.shape)
        if self.kind == "feed-forward":
            hidden = (heard @ weights["hidden"]).tanh()
        else:
            hidden = _RUN[self.kind](heard @ weights["input"], weights["hidden"])
        return torch.cat([hidden, heard], dim=2) @ weights["output"]

    def model(self, place: int) -> ChordModel:
        """Return the network at ``place`` (from 0) as it is now, to play by itself."""
        weights = {
            name: matrix[place].detach().numpy().astype(float)
            for name, matrix in self.weights.items()
        }
        if self.kind == "feed-forward":
            return FeedForwardNetwork(self.size, self.window, weights, self.standardisation)
        return RecurrentNetwork(self.kind, self.size, weights, self.standardisation)


# --- Recurrent units, step by step ----------------------------------------------------------------
# All take ``from_inputs`` (networks, steps, sums), biases included, and the weights of hidden units
# (networks, units + 1, sums), the bias last; they return hidden units (networks, steps, units).


def _run_elman(from_inputs: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    weights, bias, hidden = _start(weights)
    history = []
    for heard in (from_inputs + bias).split(1, dim=1):
        hidden = torch.baddbmm(heard, hidden, weights).tanh()
        history.append(hidden)
    return torch.cat(history, dim=1)


def _run_gru(from_inputs: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    weights, bias, hidden = _start(weights)
    units, history = hidden.shape[2], []
    parts = (part.split(1, dim=1) for part in from_inputs.split((2 * units, units), dim=2))
    for for_gates, for_candidate in zip(*parts, strict=True):
        gates, own = torch.baddbmm(bias, hidden, weights).split((2 * units, units), dim=2)
        reset, kept = (for_gates + gates).sigmoid().chunk(2, dim=2)
        candidate = torch.addcmul(for_candidate, reset, own).tanh()
        hidden = torch.lerp(candidate, hidden, kept)
        history.append(hidden)
    return torch.cat(history, dim=1)


def _run_lstm(from_inputs: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    weights, bias, hidden = _start(weights)
    state, history = hidden, []
    for heard in (from_inputs + bias).split(1, dim=1):
        enter, forget, cell_input, leave = torch.baddbmm(heard, hidden, weights).chunk(4, dim=2)
        state = forget.sigmoid() * state + enter.sigmoid() * cell_input.tanh()
        hidden = leave.sigmoid() * state.tanh()
        history.append(hidden)
    return torch.cat(history, dim=1)


def _start(weights: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return the weights and, apart from them, the biases; and hidden units at zero."""
    weights, bias = weights[:, :-1], weights[:, -1:]
    return weights, bias, weights.new_zeros(len(weights), 1, weights.shape[1])


_RUN = {"elman": _run_elman, "gru": _run_gru, "lstm": _run_lstm}
