"""One group for chords and melody, or two: what that does to the form (chapter 12).

Three arms learn by the rule of 2002, with 8 blocks of two cells, from the same choruses, at the
same rates, for the same number of passes: one group that hears all; two groups whose chords learn
to the end; and two groups whose chords rest once they are learned, as in chapter 7. Two groups are
reset after gross errors of the chords; where one group predicts both, wrong notes of the melody
would count as gross errors, so it is not. Two more arms are LSTMs of today: one layer that hears
all, and two layers, with about as many weights, of which the chords' does not hear the melody
(``torch_composer``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import msgspec
import numpy as np

from lstmblues.composing.compose import compose
from lstmblues.composing.judge import judge
from lstmblues.composing.measures import report
from lstmblues.evidence.resumable import Study
from lstmblues.music.encoding import UNITS, Standardisation, encode_choruses
from lstmblues.music.form import load_form
from lstmblues.music.melody import Melodies, load_melodies
from lstmblues.music.piece import CHORUSES_OF_A_RECORDING, Piece
from lstmblues.network.lstm import Network
from lstmblues.network.topology import BLUES, Group, Topology
from lstmblues.schema import Count, Measured, Seed, checked
from lstmblues.training.network_learner import NetworkLearner, initial_network
from lstmblues.training.settings import Settings

ONE_GROUP = Topology("one group", (Group("chords", 0, UNITS, hears=("chords",), blocks=8),))
"""All 8 blocks hear chords and melody, and one another. (The learner looks for "chords".)"""
OF_2002 = {
    "one group": (ONE_GROUP, False),
    "two groups": (BLUES, False),
    "two groups, chords at rest": (BLUES, True),
}
"""The arms of 2002: their topology, and whether the chords rest once they are learned."""
OF_TODAY = {"LSTM, one layer": False, "LSTM, two layers": True}
"""The arms of today, and whether chords and melody have layers of their own."""
ARMS = (*OF_2002, *OF_TODAY)
PASSES = ((5e-4, 3000), (1e-4, 1000))
"""The learning rates, one after the other, and for how many passes each is kept."""
PASSES_A_TEST, CHANGES_A_TEST = 100, 50
"""How often arms of 2002 and of today are tested: after so many passes, or changes of weights."""
TEMPERATURES = (1.0, 0.1)
DRAWS = 3
"""How many pieces are judged for every seed, arm and temperature."""
KEPT = ("chords_right", "choruses_right", "novel_bars", "chord_notes")
"""What is kept of the measures of a piece."""

Play = Callable[[int, float], Piece]
"""Plays a piece of ``CHORUSES_OF_A_RECORDING`` choruses, by a seed and at a temperature."""


@dataclass
class FormTests:
    """FormTests while a network learns: does it keep the form when it plays with care?

    Each plays one piece at the lowest of ``TEMPERATURES``; ``right`` has, for every test, whether
    all its choruses were right.
    """

    melodies: Melodies
    seed: int
    right: list[bool] = field(default_factory=list)

    def ask(self, play: Play) -> bool:
        """Test a network by what it plays; return whether the form was kept."""
        verdict = judge(play(self.seed, min(TEMPERATURES)), self.melodies)
        self.right.append(verdict.choruses_right == verdict.choruses)
        return self.right[-1]

    def summary(self) -> dict:
        """Return how many tests there were, in how many the form was kept, and which was first.

        ``kept_late`` counts those of the last quarter of the tests, ``late`` how many these are;
        ``first`` counts from 1, and is None if the form was never kept.
        """
        late = self.right[len(self.right) - len(self.right) // 4 :]
        return {
            "tests": len(self.right),
            "kept": sum(self.right),
            "first": self.right.index(True) + 1 if any(self.right) else None,
            "late": len(late),
            "kept_late": sum(late),
        }


def learn(
    arm: str, melodies: Melodies, seed: int, tests: FormTests | None = None, passes=PASSES
) -> Network:
    """Train a network of 2002 on the training choruses; return it when the passes are over.

    Args:
        arm: one of ``OF_2002``.
        melodies: the choruses that there are.
        seed: decides the first weights, and which choruses are heard.
        tests: asked after every ``PASSES_A_TEST`` passes; None: never, and no chords rest.
        passes: as ``PASSES``; a pass lasts ``Settings.choruses_a_melody_pass`` choruses.

    Returns:
        The network.
    """
    topology, rests = OF_2002[arm]
    settings = _settings(topology)
    choruses = encode_choruses(melodies, melodies.split()[0])
    first = initial_network(topology, Standardisation.fit(choruses), seed, settings)
    learner, generator = NetworkLearner(first, settings), np.random.default_rng(seed)
    heard = 0
    for rate, count in passes:
        learner.rates = dict.fromkeys(learner.rates, rate)
        for _ in range(count):
            drawn = choruses[
                generator.integers(len(choruses), size=settings.choruses_a_melody_pass + 1)
            ]
            music = np.concatenate([*drawn[:-1], drawn[-1, :1]])
            learner.learn_pass(music, melodies.form.steps)
            heard += 1
            if tests and heard % PASSES_A_TEST == 0:
                right = tests.ask(_player(learner.network(), melodies))
                if right and rests:
                    learner.resting.add("chords")
    return learner.network()


def _settings(topology: Topology) -> Settings:
    """The book's settings, for as many blocks as a topology's groups have."""
    settings = Settings()
    if topology is ONE_GROUP:
        settings = replace(settings, gross_errors_before_reset=0)
    # The biases of a group of four blocks, once for every four blocks.
    times = topology.groups[0].blocks // len(settings.input_gate_biases)
    return replace(
        settings,
        input_gate_biases=settings.input_gate_biases * times,
        forget_gate_biases=settings.forget_gate_biases * times,
        output_gate_biases=settings.output_gate_biases * times,
    )


def _player(network: Network, melodies: Melodies) -> Play:
    """What a network of 2002 plays."""
    return lambda seed, temperature: (
        compose(network, melodies, CHORUSES_OF_A_RECORDING, seed, temperature).piece
    )


def _learn_with_torch(arm: str, melodies: Melodies, seed: int, tests: FormTests) -> Play:
    """Train a network of today; return what it plays."""
    # Imported here, as only these arms need PyTorch.
    from lstmblues.evidence.novelty import torch_composer

    def player(composer) -> Play:
        return lambda seed, temperature: torch_composer.compose_with_torch(
            composer, melodies, CHORUSES_OF_A_RECORDING, seed, temperature
        )

    changes = 0

    def watch(loss: float, composer) -> None:
        nonlocal changes
        changes += 1
        if changes % CHANGES_A_TEST == 0:
            tests.ask(player(composer))

    composer, _ = torch_composer.learn_blues_with_torch(
        "lstm", melodies, seed, melodies.split()[0], watch=watch, split=OF_TODAY[arm]
    )
    return player(composer)


def groups_of_seed(seed: int) -> dict:
    """Train a network of each arm, test it while it learns, and judge what it plays at the end.

    The result is ready for JSON: ``training`` has, for each arm, a ``FormTests.summary``;
    ``pieces`` has the ``arm``, the ``temperature`` and what is ``KEPT`` of every piece.
    """
    melodies = load_melodies(load_form())
    training, pieces = {}, []
    for arm in ARMS:
        tests = FormTests(melodies, seed)
        if arm in OF_2002:
            play = _player(learn(arm, melodies, seed, tests, PASSES), melodies)
        else:
            play = _learn_with_torch(arm, melodies, seed, tests)
        training[arm] = tests.summary()
        for temperature in TEMPERATURES:
            for draw in range(seed * DRAWS, (seed + 1) * DRAWS):
                found = report(play(draw, temperature), melodies)
                kept = {measure: found[measure] for measure in KEPT}
                pieces.append({"arm": arm, "temperature": temperature} | kept)
    return {"seed": seed, "training": training, "pieces": pieces}


class _Piece(msgspec.Struct):
    arm: Literal[ARMS]
    temperature: Measured
    choruses_right: Count


class _Training(msgspec.Struct):
    tests: Count
    kept: Count
    first: Count | None
    late: Count
    kept_late: Count


class _Row(msgspec.Struct):
    seed: Seed
    training: dict[Literal[ARMS], _Training]
    pieces: list[_Piece]


def _part_of(result: dict) -> tuple[int]:
    """The seed of a result, which must be one of ``groups_of_seed``."""
    return (checked(result, _Row, "a result of a study of groups").seed,)


GROUPS = Study(
    "a study of groups", "survey --groups", groups_of_seed, _part_of, lambda seed: ("torch",)
)
"""Its parts are seeds."""


def keeping(results: Sequence[dict], arm: str, temperature: float) -> list[bool]:
    """Return, for every seed, whether all its pieces of an arm at a temperature keep the form."""
    return [
        all(
            piece["choruses_right"] == CHORUSES_OF_A_RECORDING
            for piece in result["pieces"]
            if (piece["arm"], piece["temperature"]) == (arm, temperature)
        )
        for result in results
    ]


def kept(results: Sequence[dict]) -> list[dict]:
    """Return, by arm and temperature, how many ``networks`` there are, and how many ``keep`` it.

    A network keeps the form if all choruses of all its pieces are right.
    """
    return [
        {"arm": arm, "temperature": t, "networks": len(results), "keep": sum(found)}
        for arm in ARMS
        for t in TEMPERATURES
        for found in [keeping(results, arm, t)]
    ]
