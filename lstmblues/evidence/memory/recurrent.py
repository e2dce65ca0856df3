"""Recurrent networks of today's kinds, playing the chords (chapter "Does it take memory?").

Elman's network, the gated recurrent unit and the LSTM of today, one layer each, by the equations
of ``torch.nn.RNN``, ``torch.nn.GRU`` and ``torch.nn.LSTM``. As in the network of 2002, the outputs
are logistic, and read the hidden units, the inputs and a bias.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lstmblues.errors import BluesError
from lstmblues.music.encoding import Standardisation
from lstmblues.network.compiled.caching import kernel

SUMS_OF_A_UNIT = {"elman": 1, "gru": 3, "lstm": 4}
"""The kinds of network, and how many weighted sums a hidden unit of each takes.

In the order of their rows: Elman's one; the reset gate, the update gate and the new value of a
gated recurrent unit; the input gate, forget gate, cell input and output gate of an LSTM.
"""


def recurrent_shapes(kind: str, inputs: int, units: int) -> dict[str, tuple[int, int]]:
    """Return the shapes of a network's weight matrices, by name; the last column is the bias.

    ``input`` (sums, inputs + 1) and ``hidden`` (sums, units + 1) are what the hidden units read:
    torch's ``weight_ih_l0`` beside ``bias_ih_l0``, and ``weight_hh_l0`` beside ``bias_hh_l0``.
    ``output`` (inputs, units + inputs + 1) is what the outputs read. Raises ``BluesError`` for a
    kind that there is not, or no units.
    """
    if kind not in SUMS_OF_A_UNIT:
        raise BluesError(
            f"there is no recurrent network {kind!r}; choose from {', '.join(SUMS_OF_A_UNIT)}"
        )
    if units < 1:
        raise BluesError(f"a network cannot have {units} hidden units; give 1 or more")
    sums = SUMS_OF_A_UNIT[kind] * units
    return {
        "input": (sums, inputs + 1),
        "hidden": (sums, units + 1),
        "output": (inputs, units + inputs + 1),
    }


def check_shapes(weights: Mapping[str, np.ndarray], shapes: Mapping[str, tuple]) -> None:
    """Raise ``BluesError`` if a matrix of ``shapes`` is missing from ``weights``, or differs."""
    for name, shape in shapes.items():
        found = np.shape(weights[name]) if name in weights else None
        if found != shape:
            raise BluesError(f"weights {name!r} need shape {shape}, and were given {found}")


@dataclass(frozen=True)
class RecurrentNetwork:
    """A recurrent network of ``units`` hidden units: a ``ChordModel``.

    ``weights`` are the matrices of ``recurrent_shapes``. It remembers its hidden units and, if it
    is an LSTM, then its cell states. Raises ``BluesError`` for another kind, or other shapes.
    """

    kind: str
    units: int
    weights: Mapping[str, np.ndarray]
    standardisation: Standardisation

    def __post_init__(self):
        inputs = len(self.standardisation.shift)
        check_shapes(self.weights, recurrent_shapes(self.kind, inputs, self.units))

    def cold(self) -> np.ndarray:
        """Return hidden units, and cells, at zero."""
        return np.zeros(self.units * (2 if self.kind == "lstm" else 1))

    def play(
        self, memory: np.ndarray, heard: np.ndarray, steps: int, expected: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return what it plays and what it remembers then: see ``ChordModel``."""
        memory = memory.copy()
        played = np.empty((steps, len(heard)), dtype=bool)
        taken = _play(
            self.units, *self._columns, self._levels, memory, heard, listed(expected, heard), played
        )
        return played[:taken], memory

    @cached_property
    def _columns(self) -> list[np.ndarray]:
        return [columns(self.weights[name]) for name in ("input", "hidden", "output")]

    @cached_property
    def _levels(self) -> np.ndarray:
        return self.standardisation.levels()


# --- What networks that play have in common -------------------------------------------------------


def columns(matrix: np.ndarray) -> np.ndarray:
    """Return a weight matrix (sums, sources) as ``add_products`` reads it: (sources, sums)."""
    return np.ascontiguousarray(np.transpose(matrix), dtype=float)


def listed(expected: np.ndarray | None, heard: np.ndarray) -> np.ndarray:
    """Return what is expected (cycle, notes), which may be nothing: a cycle without steps."""
    return np.zeros((0, len(heard)), dtype=bool) if expected is None else expected


@kernel
def add_products(sums, weights, values):
    """Add to every sum its weighted ``values``, one after another.

    ``sums`` (sums,) change in place; ``values`` are (values,), and ``weights`` (values, sums). Sums
    stand side by side, so that the processor takes several at once without changing the order in
    which any one of them is added up.
    """
    for source in range(len(values)):
        value, from_source = values[source], weights[source]
        for number in range(len(sums)):
            sums[number] += from_source[number] * value


@kernel
def answer(sums, expected, step, heard, played):
    """Play the notes whose sums are above 0, and hear them; return whether they are expected.

    A logistic output is above 0.5 where its sum is above 0.

    Args:
        sums: what enters the outputs, (notes,).
        expected: what should be played, (cycle, notes), boolean, gone round as often as it takes.
            Without a step, whatever is played will do.
        step: which step is played, from 0.
        heard: becomes what is played, (notes,), boolean.
        played: has a row for every step, (steps, notes), boolean; the row ``step`` is filled.

    Returns:
        Whether the step is as expected.
    """
    right = True
    for note in range(len(sums)):
        heard[note] = played[step, note] = sums[note] > 0.0
        if len(expected) and heard[note] != expected[step % len(expected), note]:
            right = False
    return right


# --- One step, and many ---------------------------------------------------------------------------


@kernel
def _sigmoid(x):
    """Return ``lstm.sigmoid`` of one number."""
    decay = np.exp(-abs(x))
    return (decay if x < 0.0 else 1.0) / (1.0 + decay)


@kernel
def _remember(units, from_inputs, from_hidden, memory):
    """Change ``memory`` to what it is a step later, given what the sums have from whom."""
    for unit in range(units):
        update, new, out = units + unit, 2 * units + unit, 3 * units + unit
        if len(from_inputs) == units:  # Elman's
            memory[unit] = np.tanh(from_inputs[unit] + from_hidden[unit])
        elif len(from_inputs) == 3 * units:  # a gated recurrent unit
            reset = _sigmoid(from_inputs[unit] + from_hidden[unit])
            kept = _sigmoid(from_inputs[update] + from_hidden[update])
            candidate = np.tanh(from_inputs[new] + reset * from_hidden[new])
            memory[unit] = (1.0 - kept) * candidate + kept * memory[unit]
        else:  # an LSTM
            input_gate = _sigmoid(from_inputs[unit] + from_hidden[unit])
            forget_gate = _sigmoid(from_inputs[update] + from_hidden[update])
            cell_input = np.tanh(from_inputs[new] + from_hidden[new])
            output_gate = _sigmoid(from_inputs[out] + from_hidden[out])
            state = forget_gate * memory[units + unit] + input_gate * cell_input
            memory[units + unit] = state
            memory[unit] = output_gate * np.tanh(state)


@kernel
def _play(
    units, input_weights, hidden_weights, output_weights, levels, memory, heard, expected, played
):
    """Fill ``played``, up to the first step that is not expected; return how many steps that is.

    Weights are ``columns``. ``memory`` changes to what is remembered then.
    """
    heard, inputs = heard.copy(), np.empty(len(heard))
    hidden = memory[:units]
    from_inputs = np.empty(input_weights.shape[1])
    from_hidden = np.empty(hidden_weights.shape[1])
    sums = np.empty(output_weights.shape[1])
    for step in range(len(played)):
        for note in range(len(heard)):
            inputs[note] = levels[1 if heard[note] else 0, note]
        from_inputs[:] = input_weights[-1]
        add_products(from_inputs, input_weights, inputs)
        from_hidden[:] = hidden_weights[-1]
        add_products(from_hidden, hidden_weights, hidden)
        _remember(units, from_inputs, from_hidden, memory)
        sums[:] = output_weights[-1]
        add_products(sums, output_weights, hidden)
        add_products(sums, output_weights[units:], inputs)
        if not answer(sums, expected, step, heard, played):
            return step + 1
    return len(played)
