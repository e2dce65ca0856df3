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
from lstmblues.evidence.memory.chord_models import Attempt, ChordModel, has_learned
from lstmblues.evidence.memory.feed_forward import WindowNetwork, window_shapes, windows
from lstmblues.evidence.memory.recurrent import SUMS_OF_A_UNIT, RecurrentNetwork, recurrent_shapes
from lstmblues.evidence.torch_tools import LARGEST_GRADIENT, one_thread
from lstmblues.music.encoding import Standardisation, chord_cycle
from lstmblues.music.form import Form
from lstmblues.training.settings import Settings

KINDS = (*SUMS_OF_A_UNIT, "window")
"""The kinds of network that ``learn_chords_today`` trains."""


def learn_chords_today(
    kind: str,
    form: Form,
    seeds: Sequence[int],
    size: int,
    learning_rate: float,
    most_steps: int = Settings().most_steps,
    watch: Callable[[int, int], None] = lambda steps, learning: None,
    window: int = 1,
) -> list[Attempt]:
    """Train networks of one kind on the form's chords, one a seed; return what came of each.

    ``size`` counts hidden units; ``window`` is how many steps the kind ``"window"`` hears at once.
    After every pass of ``Settings().choruses_a_pass`` choruses, which is one change of the weights,
    a network that plays ``CHORUSES_OF_A_RECORDING`` choruses without a fault from a cold start has
    learned, and stays as it is. The others give up after ``most_steps``. ``watch`` is called after
    every pass with the steps heard so far and how many networks have not learned yet. Raises
    ``BluesError`` for a kind that there is not, or a size, window or rate that makes no sense.
    """
    if not 0.0 <= learning_rate < np.inf:
        raise BluesError(f"a learning rate cannot be {learning_rate}; give a number from 0 up")
    cycle = chord_cycle(form)
    heard = np.tile(cycle, (Settings().choruses_a_pass, 1))
    networks = Networks(kind, size, window, Standardisation.fit(cycle), seeds)
    inputs = networks.hear(heard)
    targets = torch.tensor(np.roll(heard, -1, axis=0), dtype=inputs.dtype)
    optimizer = torch.optim.Adam(networks.weights.values(), lr=learning_rate)
    learning, attempts, steps = np.arange(len(seeds)), [None] * len(seeds), 0
    with one_thread():
        while len(learning) and steps < most_steps:
            learn_pass(networks, inputs, targets, optimizer)
            steps += len(heard)
            models = [networks.model(place) for place in range(len(learning))]
            learned = np.array([has_learned(model, cycle) for model in models])
            for place in np.flatnonzero(learned):
                number = learning[place]
                attempts[number] = Attempt(seeds[number], True, steps, models[place])
            if learned.any():
                keep(optimizer, np.flatnonzero(~learned))
                learning = learning[~learned]
            watch(steps, len(learning))
    for place, number in enumerate(learning):
        attempts[number] = Attempt(seeds[number], False, steps, networks.model(place))
    return attempts


# --- Networks side by side ------------------------------------------------------------------------


class Networks:
    """Networks of one kind and size that differ in their weights, at first by their seeds.

    ``weights`` are the matrices of ``recurrent_shapes`` or ``window_shapes``, stacked: (networks,
    sums, sources). Raises ``BluesError`` for a kind that there is not.
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
        if self.kind == "window":
            return window_shapes(inputs, self.size, self.window)
        return recurrent_shapes(self.kind, inputs, self.size)

    def _initial(self, seed: int) -> dict[str, np.ndarray]:
        """Draw first weights as PyTorch does by default, from a seed.

        Uniform, up to 1 / sqrt(n) either way. For what recurrent units read, n is their number;
        for all else it is the number of sources, the bias not counted.
        """
        generator, weights = np.random.default_rng(seed), {}
        for name, shape in self._shapes().items():
            recurrent = self.kind != "window" and name != "output"
            reach = (self.size if recurrent else shape[1] - 1) ** -0.5
            weights[name] = generator.uniform(-reach, reach, shape)
        return weights

    def hear(self, heard: np.ndarray) -> torch.Tensor:
        """Return on/off steps (steps, units) as these networks hear them: (steps, inputs)."""
        inputs = self.standardisation.apply(heard)
        if self.kind == "window":
            inputs = windows(inputs, self.window)
        return torch.tensor(inputs, dtype=torch.float32)

    def sums(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return what enters the logistic outputs: (networks, steps, outputs).

        ``inputs`` (steps, inputs), see ``hear``, are the same for all networks, from a cold start.
        """
        weights = {name: matrix.transpose(1, 2) for name, matrix in self.weights.items()}
        networks = len(weights["output"])
        heard = torch.cat([inputs, inputs.new_ones(len(inputs), 1)], dim=1)
        heard = heard.expand(networks, *heard.shape)
        if self.kind == "window":
            hidden = (heard @ weights["hidden"]).tanh()
        else:
            hidden = _RUN[self.kind](heard @ weights["input"], weights["hidden"])
        return torch.cat([hidden, heard], dim=2) @ weights["output"]

    def model(self, place: int) -> ChordModel:
        """Return a network as it is now, to play by itself."""
        weights = {
            name: matrix[place].detach().numpy().astype(float)
            for name, matrix in self.weights.items()
        }
        if self.kind == "window":
            return WindowNetwork(self.size, self.window, weights, self.standardisation)
        return RecurrentNetwork(self.kind, self.size, weights, self.standardisation)


def learn_pass(
    networks: Networks, inputs: torch.Tensor, targets: torch.Tensor, optimizer: torch.optim.Adam
) -> None:
    """Change the weights of all ``networks`` once, each by the gradient of its own loss.

    The loss is the cross-entropy with ``targets`` (steps, outputs), on or off, summed over the
    outputs and averaged over the steps. A gradient longer than ``LARGEST_GRADIENT`` is cut down.
    """
    sums = networks.sums(inputs)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(
        sums, targets.expand_as(sums), reduction="sum"
    )
    optimizer.zero_grad()
    (loss / len(inputs)).backward()
    gradients = [matrix.grad for matrix in networks.weights.values()]
    lengths = sum(gradient.square().sum(dim=(1, 2)) for gradient in gradients).sqrt()
    shares = (LARGEST_GRADIENT / lengths).clamp(max=1.0)
    for gradient in gradients:
        gradient.mul_(shares[:, None, None])
    optimizer.step()


def keep(optimizer: torch.optim.Adam, places: np.ndarray) -> None:
    """Leave only the networks at ``places`` in what ``optimizer`` changes, and in its memory."""
    places = torch.as_tensor(places)
    for stacked in optimizer.param_groups[0]["params"]:
        state = optimizer.state[stacked]
        for average in ("exp_avg", "exp_avg_sq"):
            state[average] = state[average][places]
        stacked.grad = None
        stacked.data = stacked.data[places]


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
