"""Training both experiments by the rule of 2002 (chapters 6 and 7).

Where the papers leave a setting open, or ours differs, ``Settings`` says so.
"""

import time
from collections.abc import Callable

import numpy as np

from lstmblues import __version__
from lstmblues.music.encoding import Standardisation, chord_cycle, encode_choruses
from lstmblues.music.form import Form
from lstmblues.music.melody import Melodies
from lstmblues.music.piece import CHORUSES_OF_A_RECORDING
from lstmblues.network.lstm import Network
from lstmblues.network.topology import BLUES, CHORDS, Topology
from lstmblues.training.network_learner import NetworkLearner, initial_network
from lstmblues.training.runs import Progress, Result, Tests
from lstmblues.training.settings import Settings
from lstmblues.training.teaching import ChordLearner, teach_chords


def learn_chords(
    form: Form,
    seed: int,
    settings: Settings | None = None,
    watch: Callable[[Progress], None] = lambda progress: None,
) -> Result:
    """Train experiment 1: predict the next step of the form's chords.

    Training stops when the chords are learned (``ChordLearner.learned``).

    Args:
        form: what is to be learned.
        seed: decides the first weights.
        settings: all that the run can choose; by default those of the book.
        watch: called after every pass.

    Returns:
        The run. It ``learned`` if the network plays the chords by itself; if not, the run ended at
        ``settings.most_steps``.
    """
    settings = settings or Settings()
    chorus = chord_cycle(form).astype(float)
    array = np.concatenate([np.tile(chorus, (settings.choruses_a_pass, 1)), chorus[:1]])
    run = _Run(_learner(CHORDS, chorus, seed, settings), lambda choruses: array, form, seed, watch)
    return run.result(run.learn_chords())


def learn_blues(
    melodies: Melodies,
    seed: int,
    settings: Settings | None = None,
    watch: Callable[[Progress], None] = lambda progress: None,
    *,
    numbers: np.ndarray,
) -> Result:
    """Train experiment 2: predict the next step of chords and melody together.

    First both learn until the chords are learned (``ChordLearner.learned``). Then the chords stop
    learning, unless the settings say otherwise. The melody goes on over them until its error has
    levelled off (``levelled_off``), and then, at the settling rate, until it has once more.

    Args:
        melodies: the choruses that there are.
        seed: decides the first weights, and which choruses are heard.
        settings: all that the run can choose; by default those of the book.
        watch: called after every pass.
        numbers: of the choruses to learn from, (choruses,). Every pass plays some of them, drawn at
            random.

    Returns:
        The run. It ``learned`` if the chords were learned, and the melody's error levelled off at
        both rates.
    """
    settings = settings or Settings()
    arrays = encode_choruses(melodies, numbers)
    generator = np.random.default_rng([seed, len(numbers)])

    def draw(choruses: int) -> np.ndarray:
        chosen = arrays[generator.integers(len(arrays), size=choruses + 1)]
        return np.concatenate([*chosen[:-1], chosen[-1, :1]])

    draw(1)  # The networks that the book carries were trained on the draws after this one.
    run = _Run(_learner(BLUES, arrays, seed, settings), draw, melodies.form, seed, watch)
    return run.result(run.learn_chords() and run.settle_melody())


def levelled_off(losses: list[float], window: int = 400, gain: float = 0.01) -> bool:
    """Return whether an error has stopped falling; ``losses`` has one value a pass.

    It has if the median of the last ``window`` losses is not lower, by the fraction ``gain``,
    than that of the ``window`` losses before them. (On-line learning with momentum has short bursts
    of large error, which would dominate a mean.) With fewer than two windows it has not.
    """
    if len(losses) < 2 * window:
        return False
    before, now = np.median(losses[-2 * window : -window]), np.median(losses[-window:])
    return bool(now > (1.0 - gain) * before)


def _learner(topology: Topology, data: np.ndarray, seed: int, settings: Settings) -> NetworkLearner:
    """Return a learner that starts from new weights; ``data`` (..., units) is what it will hear."""
    standardisation = (
        Standardisation.fit(data)
        if settings.standardised_inputs
        else Standardisation.none(topology.units)
    )
    return NetworkLearner(initial_network(topology, standardisation, seed, settings), settings)


RIGHT_CYCLES = (1, 2, 3, 5)
"""TR stops at one right cycle, IC after several: how often a run's tests look for (chapter 6)."""


class _Run(ChordLearner):
    """A training run by the rule of 2002: of the chords, and of a melody beside them, if any.

    ``draw(choruses)`` returns so many choruses of ``form``, and the first step of one more.
    """

    def __init__(
        self,
        learner: NetworkLearner,
        draw: Callable[[int], np.ndarray],
        form: Form,
        seed: int,
        watch: Callable[[Progress], None],
    ):
        self.learner, self.draw, self.watch = learner, draw, watch
        self.form, self.seed = form, seed
        self.settings, self.most_steps = learner.settings, learner.settings.most_steps
        self.chorus = chord_cycle(form)
        self.history: list[Progress] = []
        self.tests = Tests()
        learner.compile()
        self.started = time.perf_counter()

    def learn_chords(self) -> bool:
        """Let the network learn until it plays the chords by itself; return whether it does."""
        (attempt,) = teach_chords(
            self, [self.seed], self.most_steps, lambda steps, learning: self._report(not learning)
        )
        return attempt.learned

    def settle_melody(self) -> bool:
        """Let the melody learn on; return whether its error levelled off, at both of its rates."""
        # Where both rates are the same, once is enough.
        for rate in dict.fromkeys(
            (self.settings.melody_learning_rate, self.settings.melody_settling_rate)
        ):
            self.learner.rates["melody"], losses = rate, []
            while not levelled_off(losses):
                if self.learner.steps >= self.most_steps:
                    return False
                self._hear(self.settings.choruses_a_melody_pass)
                self._report(chords_learned=True)
                losses.append(self.history[-1].melody_loss)
                if not self.settings.chords_rest:
                    self.tests.asked_again += 1
                    self.tests.right_again += self._choruses_right() == CHORUSES_OF_A_RECORDING
        return True

    def learn_pass(self) -> int:
        """Let chords and melody learn from one pass: see ``ChordLearner``."""
        return self._hear(self.settings.choruses_a_pass)

    def learned(self) -> list[bool]:
        """Return whether the network plays the chords by itself: see ``ChordLearner``."""
        right = self._choruses_right()
        for choruses in RIGHT_CYCLES:
            if right >= choruses:
                self.tests.first_right.setdefault(choruses, (self.learner.steps, right))
        if self._can_ask_warm() and self._choruses_right(warm=True) == CHORUSES_OF_A_RECORDING:
            self.tests.warm_steps = self.learner.steps
        return [right == CHORUSES_OF_A_RECORDING]

    def _choruses_right(self, warm: bool = False) -> int:
        """How many of the choruses of a test the network plays by itself before a fault."""
        return self.learner.faultless_choruses(self.chorus, CHORUSES_OF_A_RECORDING, warm)

    def _can_ask_warm(self) -> bool:
        """Whether it has never played on warm yet, and stands where it could: where a chorus ends.

        Only music without end is asked for that.
        """
        lesson = self._lessons["chords"]
        at_the_end = len(lesson.positions) and lesson.positions[-1] == len(lesson.cold) - 1
        return at_the_end and not self.settings.cold_passes and self.tests.warm_steps is None

    def model(self, place: int) -> Network:
        """Return the network as it is now: see ``ChordLearner``."""
        return self.learner.network()

    def keep(self, places: np.ndarray) -> None:
        """Let the chords rest, if they are to, and give the melody its own time."""
        if self.settings.chords_rest:
            self.learner.resting.add("chords")
        if "melody" in self.learner.groups:
            self.most_steps = self.learner.steps + self.settings.most_melody_steps

    def result(self, learned: bool) -> Result:
        """Return the run as it ended."""
        seconds = time.perf_counter() - self.started
        header = {
            "algorithm": "2002",
            "form": self.form.name,
            "chords": self.form.notes,
            "seed": self.seed,
            "steps": self.learner.steps,
            "learned": learned,
            "settings": self.settings.as_json(),
            "versions": {"lstmblues": __version__, "numpy": np.__version__},
        }
        network = self.learner.network(**header)
        return Result(network, learned, self.learner.steps, seconds, self.history, self.tests)

    def _hear(self, choruses: int) -> int:
        """Learn from so many choruses; return how many steps were heard."""
        before = self.learner.steps
        self._lessons = self.learner.learn_pass(self.draw(choruses), self.form.steps)
        return self.learner.steps - before

    def _report(self, chords_learned: bool) -> None:
        """Add the pass that was heard to the history, and tell who watches."""
        chords, melody = self._lessons["chords"], self._lessons.get("melody")
        progress = Progress(
            self.learner.steps,
            self.most_steps,
            float(chords.losses.mean()),
            None if melody is None else float(melody.losses.mean()),
            int((chords.wrong_outputs > 0).sum()),
            chords_learned,
            self.learner.network,
        )
        self.history.append(progress)
        self.watch(progress)


STAGE_STEPS = 500_000
"""Stages lie so many steps of the melody's learning apart."""


def stages_of_training(melodies: Melodies, seed: int) -> list[tuple[int, bool, Network]]:
    """Train experiment 2 on the training choruses; return the network as it was at every stage.

    Each stage is a triple: how many steps its melody had learned, whether the network is the
    finished one, and the network. The stages lie ``STAGE_STEPS`` apart, and the finished network,
    if it learned, comes last. A network that never learns its chords has no stages.
    """
    found, chords_learned_at = [], []

    def watch(progress: Progress) -> None:
        if not progress.chords_learned:
            return
        chords_learned_at.append(progress.steps)
        due = (len(found) + 1) * STAGE_STEPS
        if progress.steps - chords_learned_at[0] >= due:
            found.append((due, False, progress.snapshot()))

    result = learn_blues(melodies, seed, watch=watch, numbers=melodies.split()[0])
    if result.learned:
        found.append((result.steps - chords_learned_at[0], True, result.network))
    return found
