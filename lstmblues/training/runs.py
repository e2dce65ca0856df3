"""What is known of a training run, while it goes on and at its end (chapter 6, "Chords")."""

from collections.abc import Callable
from dataclasses import dataclass, field

from lstmblues.network.lstm import Network


@dataclass(frozen=True)
class Progress:
    """Where a training run stands after one pass.

    ``steps`` have been heard, of ``most_steps``. ``chord_loss`` and ``melody_loss`` are the pass's
    mean cross-entropies a step, in nats (``melody_loss`` is None without a melody).
    ``gross_errors`` counts the steps of the pass whose chord was wrong. ``chords_learned`` says
    whether the chords have been learned. ``snapshot()`` returns the network as it is when called,
    so call it while watching, not afterwards.
    """

    steps: int
    most_steps: int
    chord_loss: float
    melody_loss: float | None
    gross_errors: int
    chords_learned: bool
    snapshot: Callable[[], Network]


@dataclass
class Tests:
    """What the tests of a run have shown: each asks for so many choruses by itself, no fault.

    Attributes:
        first_right: for some numbers of choruses, the first test in which the network played so
            many from a cold start: the steps heard by then, and how many choruses it played.
        warm_steps: the steps heard when it first played all choruses of a test *warm*, going on
            from where the music had brought it; None: not yet, or not asked.
        asked_again: how often it was asked again, from a cold start, after it had learned its
            chords and while they went on learning.
        right_again: in how many of these tests it played all choruses.
    """

    first_right: dict[int, tuple[int, int]] = field(default_factory=dict)
    warm_steps: int | None = None
    asked_again: int = 0
    right_again: int = 0


@dataclass(frozen=True)
class Result:
    """A finished training run.

    The network, whether it ``learned`` (see the function that returns this), after how many
    ``steps`` and ``seconds``, the ``history``, one entry a pass, and what its ``tests`` have shown.
    """

    network: Network
    learned: bool
    steps: int
    seconds: float
    history: list[Progress] = field(repr=False)
    tests: Tests = field(default_factory=Tests)
