"""One group for chords and melody, or two: what that does to the form (chapter 12).

Both topologies have 8 blocks of two cells, and learn by the rule of 2002 from the same choruses,
at the same rates, for the same number of steps. No chords rest. In one of them, ``BLUES``, the
chord blocks do not hear the melody. It is reset after gross errors of the chords, as in chapter 7;
where one group predicts both, wrong notes of the melody would count as gross errors, so it is not.
"""

from collections.abc import Sequence
from dataclasses import replace

import msgspec
import numpy as np

from lstmblues.composing.compose import compose
from lstmblues.composing.measures import report
from lstmblues.evidence.resumable import Study
from lstmblues.music.encoding import UNITS, Standardisation, encode_choruses
from lstmblues.music.form import load_form
from lstmblues.music.melody import Melodies, load_melodies
from lstmblues.music.piece import CHORUSES_OF_A_RECORDING
from lstmblues.network.lstm import Network
from lstmblues.network.topology import BLUES, Group, Topology
from lstmblues.schema import Count, Measured, Name, Seed, checked
from lstmblues.training.network_learner import NetworkLearner, initial_network
from lstmblues.training.settings import Settings

ONE_GROUP = Topology("one group", (Group("chords", 0, UNITS, hears=("chords",), blocks=8),))
"""All 8 blocks hear chords and melody, and one another. (The learner looks for "chords".)"""
TOPOLOGIES = {"one group": ONE_GROUP, "two groups": BLUES}
PASSES = ((5e-4, 3000), (1e-4, 1000))
"""The learning rates, one after the other, and for how many passes each is kept."""
TEMPERATURES = (1.0, 0.1)
DRAWS = 3
"""How many pieces are judged for every seed, topology and temperature."""
KEPT = ("chords_right", "choruses_right", "novel_bars", "chord_notes")
"""What is kept of the measures of a piece."""


def learn(topology: Topology, melodies: Melodies, seed: int, passes=PASSES) -> Network:
    """Train a network on the training choruses; return it as it is when the passes are over.

    Args:
        topology: one of ``TOPOLOGIES``.
        melodies: the choruses that there are.
        seed: decides the first weights, and which choruses are heard.
        passes: as ``PASSES``; a pass lasts ``Settings.choruses_a_melody_pass`` choruses.

    Returns:
        The network.
    """
    settings = Settings()
    if topology is ONE_GROUP:
        settings = replace(settings, gross_errors_before_reset=0)
    # The biases of a group of four blocks, once for every four blocks.
    times = topology.groups[0].blocks // len(settings.input_gate_biases)
    settings = replace(
        settings,
        input_gate_biases=settings.input_gate_biases * times,
        forget_gate_biases=settings.forget_gate_biases * times,
        output_gate_biases=settings.output_gate_biases * times,
    )
    choruses = encode_choruses(melodies, melodies.split()[0])
    first = initial_network(topology, Standardisation.fit(choruses), seed, settings)
    learner, generator = NetworkLearner(first, settings), np.random.default_rng(seed)
    for rate, count in passes:
        learner.rates = dict.fromkeys(learner.rates, rate)
        for _ in range(count):
            drawn = choruses[
                generator.integers(len(choruses), size=settings.choruses_a_melody_pass + 1)
            ]
            music = np.concatenate([*drawn[:-1], drawn[-1, :1]])
            learner.learn_pass(music, melodies.form.steps)
    return learner.network()


def groups_of_seed(seed: int) -> dict:
    """Train a network of each topology, and judge what it plays.

    The result is ready for JSON: ``pieces`` has the ``topology``, the ``temperature`` and what is
    ``KEPT`` of every piece.
    """
    melodies = load_melodies(load_form())
    pieces = []
    for name, topology in TOPOLOGIES.items():
        network = learn(topology, melodies, seed, PASSES)
        for temperature in TEMPERATURES:
            for draw in range(seed * DRAWS, (seed + 1) * DRAWS):
                played = compose(network, melodies, CHORUSES_OF_A_RECORDING, draw, temperature)
                found = report(played.piece, melodies)
                kept = {measure: found[measure] for measure in KEPT}
                pieces.append({"topology": name, "temperature": temperature} | kept)
    return {"seed": seed, "pieces": pieces}


class _Piece(msgspec.Struct):
    topology: Name
    temperature: Measured
    choruses_right: Count


class _Row(msgspec.Struct):
    seed: Seed
    pieces: list[_Piece]


def _part_of(result: dict) -> tuple[int]:
    """The seed of a result, which must be one of ``groups_of_seed``."""
    return (checked(result, _Row, "a result of a study of groups").seed,)


GROUPS = Study("a study of groups", "survey --groups", groups_of_seed, _part_of)
"""Its parts are seeds."""


def kept(results: Sequence[dict]) -> list[dict]:
    """Return, by topology and temperature, how many ``pieces`` there are, and how many ``kept``.

    A piece is kept if all its choruses are right.
    """
    table = []
    for topology in TOPOLOGIES:
        for temperature in TEMPERATURES:
            right = [
                piece["choruses_right"] == CHORUSES_OF_A_RECORDING
                for result in results
                for piece in result["pieces"]
                if (piece["topology"], piece["temperature"]) == (topology, temperature)
            ]
            entry = {"topology": topology, "temperature": temperature}
            table.append(entry | {"pieces": len(right), "kept": sum(right)})
    return table
