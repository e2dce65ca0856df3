"""Linear probes: what can be read from a network's cells (chapter "A clock of eight cells").

A probe is a linear discriminant (Fisher's, for any number of classes): it knows the mean of every
class and one covariance for all. It is trained on some steps of the chorus and tested on others.
Which steps are held out is part of the question, since a settled network does the same in every
chorus: steps held out from other choruses would be known already.
"""

from dataclasses import dataclass

import numpy as np

from lstmblues.errors import BluesError
from lstmblues.music.form import STEPS_PER_BAR, STEPS_PER_BEAT, Form

SHUFFLES = 20
"""How often the control shuffles the labels."""
RIDGE = 0.01
"""Added to the variance of every standardised feature, so that none is ever zero."""
TIE = 1e-10
"""Scores that differ by less than this share of the largest are equal, but for rounding.

Bars with the same chord get equal scores from the chord alone. Without this tolerance, the
processor's rounding would decide between them. Scores in the book's networks are either closer than
1e-15 of the largest, or further apart than 1e-8 of it: the number lies in between.
"""
TURNAROUND_BARS = 2
"""The last bars of the form, which lead back to its beginning."""


@dataclass(frozen=True)
class Question:
    """What is to be read at some steps of the chorus, and which steps are held out together.

    Args:
        steps: the steps asked, as indices into the chorus: (steps asked,).
        labels: the right answers, whole numbers from 0: (steps asked,).
        folds: the numbers of the folds: (steps asked,). Every fold is held out once, while the
            probe is trained on all others.
    """

    steps: np.ndarray
    labels: np.ndarray
    folds: np.ndarray

    @property
    def chance(self) -> float:
        """The accuracy of guessing, every class counting the same."""
        return 1.0 / len(np.unique(self.labels))

    def shuffled(self, generator: np.random.Generator) -> "Question":
        """Return the question with its labels in another order within every fold.

        Every fold keeps its labels, and training and test steps stay as they were.
        """
        labels = self.labels.copy()
        for fold in np.unique(self.folds):
            places = np.flatnonzero(self.folds == fold)
            labels[places] = labels[generator.permutation(places)]
        return Question(self.steps, labels, self.folds)


def pairs_to_tell_apart(form: Form) -> list[tuple[int, int]]:
    """Return all pairs of bars (from 1) with the same chords that go on with different ones."""
    bars, first = form.bars, [bar[0] for bar in form.bars]
    return [
        (one + 1, other + 1)
        for other in range(len(bars))
        for one in range(other)
        if bars[one] == bars[other] and first[one + 1] != first[(other + 1) % len(bars)]
    ]


def questions(form: Form) -> dict[str, Question]:
    """Return the questions that the book asks, by name.

    ``bar``, ``chord``, ``next chord`` (the one after the next change), ``turnaround`` (whether this
    is one of the last two bars) and, for each pair of bars to tell apart, ``bar 2 or 5``: one beat
    of every bar is held out, and has to be read by what the other beats have taught. ``beat``:
    whole bars are held out, so that only a clock which runs alike in all bars can be read.
    """
    steps = np.arange(form.steps)
    bar, beat = steps // STEPS_PER_BAR, steps % STEPS_PER_BAR // STEPS_PER_BEAT
    symbols = [chord.symbol for chord in form.chord_at]
    names = list(dict.fromkeys(symbols))
    chord = np.array([names.index(symbol) for symbol in symbols])
    starts = np.array(form.changes)
    following = chord[starts[np.searchsorted(starts, steps, side="right") % len(starts)]]
    asked = {
        "bar": Question(steps, bar, beat),
        "beat": Question(steps, beat, bar),
        "chord": Question(steps, chord, beat),
        "next chord": Question(steps, following, beat),
        "turnaround": two_bars(form, len(form.bars) - TURNAROUND_BARS + 1),
    }
    for one, other in pairs_to_tell_apart(form):
        either = np.flatnonzero(np.isin(bar, (one - 1, other - 1)))
        second = (bar[either] == other - 1).astype(int)
        asked[f"bar {one} or {other}"] = Question(either, second, beat[either])
    return asked


def two_bars(form: Form, first: int) -> Question:
    """Ask whether this is bar ``first`` (from 1) or the bar after it; beats are held out."""
    steps = np.arange(form.steps)
    bar, beat = steps // STEPS_PER_BAR, steps % STEPS_PER_BAR // STEPS_PER_BEAT
    inside = (bar - (first - 1)) % len(form.bars) < TURNAROUND_BARS
    return Question(steps, inside.astype(int), beat)


def accuracy(values: np.ndarray, question: Question) -> float:
    """Return the share of the steps held out that the probe reads right, from 0 to 1.

    ``values`` (steps of a chorus, features) are what is read from. Every class counts the same,
    however often it is held out. A step at which n classes tie, one of them right, counts 1 / n:
    the chance of a guess among them. Raises ``BluesError`` for another shape, or fewer than two
    folds.
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 2 or len(values) <= question.steps.max():
        raise BluesError(f"values of shape {values.shape} are not (steps of a chorus, features)")
    if len(np.unique(question.folds)) < 2:
        raise BluesError("a probe needs two folds or more: one to be tested on, one to learn from")
    asked, right = values[question.steps], np.empty(len(question.labels))
    for fold in np.unique(question.folds):
        test = question.folds == fold
        classes, shares = classify(asked[~test], question.labels[~test], asked[test])
        right[test] = (shares * (classes == question.labels[test][:, None])).sum(axis=1)
    return float(np.mean([right[question.labels == k].mean() for k in np.unique(question.labels)]))


def classify(
    training: np.ndarray, labels: np.ndarray, test: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the classes, and for every row of ``test`` which of them it is read as.

    ``training`` (examples, features) has the classes ``labels`` (examples,), all of which are
    taken to be equally likely. Features are standardised by the training examples alone. The
    first result (classes,) is in ascending order. The second (rows, classes) is 1 for the class
    with the highest score, 0 for the others; n classes that tie (``TIE``) have 1 / n each.
    """
    shift, scale = training.mean(axis=0), training.std(axis=0)
    scale = np.where(scale > 1e-12, scale, 1.0)  # a feature that never changes is only shifted
    training, test = (training - shift) / scale, (test - shift) / scale
    classes, index, counts = np.unique(labels, return_inverse=True, return_counts=True)
    means = np.array([training[index == k].mean(axis=0) for k in range(len(classes))])
    rest = (training - means[index]) / np.sqrt(counts * len(classes))[index, None]
    covariance = rest.T @ rest + RIDGE * np.eye(training.shape[1])
    weights = np.linalg.solve(covariance, means.T)  # (features, classes)
    scores = test @ weights - 0.5 * np.sum(means.T * weights, axis=0)
    best = scores >= scores.max(axis=1, keepdims=True) - TIE * np.abs(scores).max()
    return classes, best / best.sum(axis=1, keepdims=True)


def control(
    values: np.ndarray, question: Question, shuffles: int = SHUFFLES, seed: int = 0
) -> np.ndarray:
    """Return what the probe reads when the labels are shuffled; it has to be at chance.

    Args:
        values: what is read from: (steps of a chorus, features).
        question: what is asked.
        shuffles: how often the labels are shuffled.
        seed: of the random numbers.

    Returns:
        An accuracy for every shuffle: (shuffles,), from 0 to 1.
    """
    generator = np.random.default_rng(seed)
    return np.array([accuracy(values, question.shuffled(generator)) for _ in range(shuffles)])
