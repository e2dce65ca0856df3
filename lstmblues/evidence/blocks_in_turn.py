"""When each memory block of a network starts to matter while it learns (chapter 6, "Chords")."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from lstmblues.music.encoding import Standardisation, chord_cycle
from lstmblues.music.form import Form
from lstmblues.network.compiled.learner import predict
from lstmblues.network.lstm import Network
from lstmblues.network.topology import CHORDS
from lstmblues.network.truncated_gradient import cross_entropy
from lstmblues.training.network_learner import NetworkLearner, initial_network
from lstmblues.training.settings import Settings


def rises_without_blocks(
    form: Form, seed: int, settings: Settings, moments: Sequence[int]
) -> np.ndarray:
    """Return what each block is worth at some moments of a run of experiment 1.

    The network learns for as long as ``moments`` say, also after it has learned the chords. At
    each moment one block after the other is silenced (its output gate is shut) while the network
    hears two choruses from a cold start.

    Args:
        form: what is learned.
        seed: decides the first weights.
        settings: of the run.
        moments: numbers of steps heard, in rising order; a pass that was begun is heard to its end.

    Returns:
        By how much the error rises without the block, in nats a step: (moments, blocks).
    """
    chorus = chord_cycle(form).astype(float)
    heard = np.tile(chorus, (2, 1))
    coming = np.roll(heard, -1, axis=0)
    lesson = np.concatenate([np.tile(chorus, (settings.choruses_a_pass, 1)), chorus[:1]])
    start = initial_network(CHORDS, Standardisation.fit(chorus), seed, settings)
    learner = NetworkLearner(start, settings)

    def error(network: Network) -> float:
        return cross_entropy(predict(network, heard), coming).mean()

    found = []
    for moment in moments:
        while learner.steps < moment:
            learner.learn_pass(lesson, form.steps)
        network = learner.network()
        (group,) = network.topology.groups
        silenced = [network.with_gate_shut("chords", block) for block in range(group.blocks)]
        found.append([error(one) - error(network) for one in silenced])
    return np.array(found)


def begins(rises: np.ndarray, moments: Sequence[int], matters: float) -> np.ndarray:
    """Return the first moment at which each block matters; infinity if it never does.

    ``rises`` (moments, blocks) is as ``rises_without_blocks`` returns it. A block matters while the
    error would rise by more than ``matters`` without it. The result has shape (blocks,).
    """
    mattering = np.asarray(rises) > matters
    first = np.asarray(moments, dtype=float)[mattering.argmax(axis=0)]
    return np.where(mattering.any(axis=0), first, np.inf)


def in_turn(begins: np.ndarray) -> float:
    """Return how far blocks come in by their numbers: 1 in turn, 0 in no order, -1 in reverse.

    It is Kendall's rank correlation (tau-a): of all pairs of blocks, the share in which the one
    with the lower number begins first, less the share in which it begins last. ``begins`` has shape
    (blocks,); pairs that begin together count for neither.
    """
    pairs = list(combinations(np.asarray(begins), 2))
    return sum(int(first < second) - int(first > second) for first, second in pairs) / len(pairs)
