"""The chord side of a network of 2002 in other arithmetic (chapter "Does it take memory?").

``ChordSide`` is compiled, and computes in double precision. Here the same network is computed by
NumPy and by PyTorch, in double or single precision. The numbers are the same but for rounding. So
each of these is another map, and what is proved of one (``endurance``) has to be proved again. The
bits of ``ChordSide`` are the same everywhere. Those of NumPy and PyTorch may depend on the
processor and on the version installed: a proof about them holds where it was found.
"""

import numpy as np

from lstmblues.errors import BluesError
from lstmblues.network.lstm import THRESHOLD, Network, group_step

PRECISIONS = ("float64", "float32")
"""Double precision, 53 bits a number, and single precision, 24."""


class _Engine:
    """A ``ChordModel`` that is played step by step.

    It remembers cell states, then cell outputs, as float64; single precision fits in exactly.
    Raises ``BluesError`` for a precision that is none of ``PRECISIONS``.
    """

    def __init__(self, network: Network, precision: str):
        if precision not in PRECISIONS:
            raise BluesError(f"precision {precision!r} is not known; {PRECISIONS} are")
        self.group, self.precision = network.topology.group("chords"), np.dtype(precision)
        levels = network.standardisation.levels()[:, self.group.units]
        self._levels = levels.astype(self.precision)

    def cold(self) -> np.ndarray:
        """Return empty cells."""
        return np.zeros(2 * self.group.cells)

    def play(
        self, memory: np.ndarray, heard: np.ndarray, steps: int, expected: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return what it plays and what it remembers then: see ``ChordModel``."""
        cell_state, cell_output = memory.astype(self.precision).reshape(2, -1)
        played = np.empty((steps, self.group.inputs), dtype=bool)
        for step in range(steps):
            inputs = np.where(heard, self._levels[1], self._levels[0])
            heard, cell_state, cell_output = self._step(inputs, cell_state, cell_output)
            played[step] = heard
            if expected is not None and (heard != expected[step % len(expected)]).any():
                played = played[: step + 1]
                break
        return played, np.concatenate([cell_state, cell_output]).astype(float)


class ReadableChordSide(_Engine):
    """The chord side as the network to be read computes it (``group_step``), with NumPy."""

    def __init__(self, network: Network, precision: str = "float64"):
        super().__init__(network, precision)
        self._weights = {
            kind: matrix.astype(self.precision)
            for kind, matrix in network.weights["chords"].items()
        }

    def _step(self, inputs, cell_state, cell_output):
        after = group_step(self.group, self._weights, inputs, cell_output, cell_state)
        return after.output > THRESHOLD, after.cell_state, after.cell_output


class TorchChordSide(_Engine):
    """The chord side as PyTorch computes it (``torch.nn.LSTMCell``).

    With g(x) = 2 tanh(x/2) and h(s) = tanh(s/2), a cell of 2002 is PyTorch's, if its states and
    the weights into it are halved. What this model remembers are PyTorch's states.
    """

    def __init__(self, network: Network, precision: str = "float64"):
        import torch  # only this engine needs it

        super().__init__(network, precision)
        self._torch = torch
        weights, cells = network.weights["chords"], self.group.cells
        gates = {
            gate: np.repeat(weights[gate], self.group.cells_per_block, axis=0)
            for gate in ("input_gate", "forget_gate", "output_gate")
        }
        rows = np.concatenate(
            [gates["input_gate"], gates["forget_gate"], 0.5 * weights["cell"], gates["output_gate"]]
        )
        dtype = getattr(torch, precision)
        rows, output = torch.tensor(rows, dtype=dtype), torch.tensor(weights["output"], dtype=dtype)
        with torch.no_grad():
            self._cell = torch.nn.LSTMCell(self.group.inputs, cells, dtype=dtype)
            self._cell.weight_ih.copy_(rows[:, : self.group.inputs])
            self._cell.weight_hh.copy_(rows[:, -1 - cells : -1])
            self._cell.bias_ih.copy_(rows[:, -1])
            self._cell.bias_hh.zero_()
        self._output, self._bias = output[:, :-1], output[:, -1]

    def _step(self, inputs, cell_state, cell_output):
        torch = self._torch
        with torch.no_grad():
            hear = torch.from_numpy(inputs)[None]
            before = (torch.from_numpy(cell_output)[None], torch.from_numpy(cell_state)[None])
            spoken, state = self._cell(hear, before)
            net = self._output @ torch.cat([spoken[0], hear[0]]) + self._bias
        return net.numpy() > 0.0, state[0].numpy(), spoken[0].numpy()
