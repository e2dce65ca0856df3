"""The settled chorus of a network that plays the chords (chapter "A clock of eight cells").

A network of experiment 1 that hears the form again and again settles: every chorus becomes the same
as the one before. Steps of the chorus, blocks and cells count from 0, bars from 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lstmblues.music.encoding import chord_cycle
from lstmblues.music.form import STEPS_PER_BAR, Form
from lstmblues.music.piece import CHORUSES_OF_A_RECORDING
from lstmblues.network.lstm import THRESHOLD, Activations, Network, State
from lstmblues.network.topology import CHORDS

GROUP = CHORDS.groups[0]
"""The group of memory blocks that plays the chords."""


@dataclass(frozen=True)
class SettledChorus:
    """One chorus, the same as those before and after it: what was heard, and what was done.

    Args:
        network: the network that heard it.
        form: the form of the chorus.
        chords: what it heard: (steps, chord units), 1.0 for on and 0.0 for off.
        activations: those of the chord group; row t is the step at which it heard ``chords[t]``.
    """

    network: Network
    form: Form
    chords: np.ndarray
    activations: Activations

    @property
    def is_played(self) -> bool:
        """Whether the network predicts every next step right, and so plays the form by itself."""
        following = np.roll(self.chords, -1, axis=0) > 0
        return bool(((self.activations.output > THRESHOLD) == following).all())

    def state_before(self, step: int) -> State:
        """Return the state with which the network comes to ``step`` of the chorus."""
        return State(
            {GROUP.name: self.activations.cell_state[step - 1].copy()},
            {GROUP.name: self.activations.cell_output[step - 1].copy()},
        )


def settled_chorus(
    network: Network, form: Form, choruses: int = CHORUSES_OF_A_RECORDING
) -> SettledChorus:
    """Return the last of ``choruses`` choruses of ``form`` that ``network`` hears.

    A network that predicts them all right hears just the same when it plays by itself.
    """
    chords = chord_cycle(form).astype(float)
    done = network.record(np.tile(chords, (choruses, 1)))[GROUP.name]
    last = Activations(
        *(getattr(done, kind)[-form.steps :] for kind in Activations.__annotations__)
    )
    return SettledChorus(network, form, chords, last)


def cells_of(chorus: SettledChorus, blocks: Sequence[int]) -> list[int]:
    """Return the cells of some ``blocks``."""
    each = chorus.network.topology.group(GROUP.name).cells_per_block
    return [block * each + cell for block in blocks for cell in range(each)]


def half_lives(chorus: SettledChorus) -> np.ndarray:
    """Return in how many steps each block would lose half of its memory: (blocks,).

    As if its forget gate were, at every step, the geometric mean of what it is over the chorus.
    """
    return np.log(0.5) / np.log(chorus.activations.forget_gate).mean(axis=0)


def longest_memory(chorus: SettledChorus) -> np.ndarray:
    """Return for how many steps each block keeps half of its memory or more: (blocks,).

    They are counted from the step of the chorus from which it keeps it longest.
    """
    kept = np.log(chorus.activations.forget_gate)
    longest = np.zeros(kept.shape[1], dtype=int)
    for start in range(len(kept)):
        left = np.cumsum(np.roll(kept, -start, axis=0), axis=0)
        longest = np.maximum(longest, (left >= np.log(0.5)).sum(axis=0))
    return longest


def ramps(chorus: SettledChorus, bar: int) -> np.ndarray:
    """Return how straight each cell's way through ``bar`` is: (cells,), from 0 to 1.

    The size of the correlation of its state with the step of the bar.
    """
    states = chorus.activations.cell_state[(bar - 1) * STEPS_PER_BAR : bar * STEPS_PER_BAR]
    return np.abs(np.corrcoef(states.T, np.arange(STEPS_PER_BAR))[-1, :-1])
