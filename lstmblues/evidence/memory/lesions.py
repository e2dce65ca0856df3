"""Lesions: a model is led through the form while a part of it is put out of action.

Being led means to hear the right chords, whatever the model plays. Which bars need that part?
Chapter "Does it take memory?" introduces lesions.
"""

from collections.abc import Mapping

import numpy as np

from lstmblues.evidence.memory.chord_models import (
    CHORUSES_TO_SETTLE,
    ChordModel,
    ChordSide,
    SettledModel,
    hear,
)
from lstmblues.music.form import STEPS_PER_BAR
from lstmblues.network.lstm import Network


def led(model: ChordModel, cycle: np.ndarray) -> np.ndarray:
    """Return at which steps of the form ``model`` is right while it hears the right chords.

    It is led through ``CHORUSES_TO_SETTLE`` choruses of ``cycle`` (steps, 12) from a cold start,
    and one more that counts. The result (steps,), boolean, says of every step whether it was
    predicted by the step before.
    """
    memory, right = model.cold(), []
    for heard in np.tile(cycle, (CHORUSES_TO_SETTLE + 1, 1)):
        played, memory = hear(model, memory, heard)
        right.append(played)
    predicted = np.roll(np.array(right[-len(cycle) :]), 1, axis=0)
    return (predicted == cycle).all(axis=1)


def silenced(network: Network) -> dict[str, ChordSide]:
    """Return the chord side with one gate of one block shut, for every block and gate, by name.

    The names are like ``"block 1, output_gate"``. A block is silent with its ``output_gate`` shut.
    It stays empty with its ``input_gate`` shut. It forgets at every step with its ``forget_gate``
    shut.
    """
    return {
        f"block {block + 1}, {gate}": ChordSide(network.with_gate_shut("chords", block, gate))
        for block in range(network.topology.group("chords").blocks)
        for gate in ("output_gate", "input_gate", "forget_gate")
    }


def lesion_table(
    model: ChordModel, lesioned: Mapping[str, ChordModel], cycle: np.ndarray
) -> dict[str, dict]:
    """Return what becomes of the form ``cycle`` (steps, 12), whole bars, with parts out of action.

    ``lesioned`` has models by name. Each is ``model`` with a part put out of action, and remembers
    in the same way. Returns for each, ready for JSON:

    - ``"led"``: which share of the steps is right while it hears the right chords (see ``led``),
      and ``"led_by_bar"``, the same for every bar;
    - ``"lost"``: the bars (from 1) at whose end it does not know the next bar's chord, though led;
    - ``"free"``: which share of ``CHORUSES_TO_SETTLE`` choruses is right when it plays by itself.
      It takes over, before bar 1, what the settled ``model`` remembers.
    """
    settled, table = SettledModel.after(model, cycle), {}
    expected = np.tile(np.roll(cycle, -1, axis=0), (CHORUSES_TO_SETTLE, 1))
    for name, without in lesioned.items():
        right = led(without, cycle)
        by_bar = right.reshape(-1, STEPS_PER_BAR)
        played, _ = without.play(settled.memories[0], settled.heard[0], len(expected))
        table[name] = {
            "led": float(right.mean()),
            "free": float((played == expected).all(axis=1).mean()),
            "led_by_bar": by_bar.mean(axis=1).tolist(),
            "lost": (np.flatnonzero(~np.roll(by_bar[:, 0], -1)) + 1).tolist(),
        }
    return table
