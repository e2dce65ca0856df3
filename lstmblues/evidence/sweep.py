"""Many training runs: every seed of a range, on every core or a cluster (chapter 6, "Chords").

A sweep that was interrupted goes on where its file ends (``resumable``).
"""

import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np

from lstmblues.composing.compose import compose
from lstmblues.composing.judge import judge
from lstmblues.errors import BluesError
from lstmblues.evidence.resumable import BACKENDS, Study, workers
from lstmblues.music.form import load_form
from lstmblues.music.melody import load_melodies
from lstmblues.music.piece import CHORUSES_OF_A_RECORDING
from lstmblues.network.topology import TOPOLOGIES
from lstmblues.schema import Count, Measured, Name, Seed, checked
from lstmblues.training.experiments import learn_blues, learn_chords
from lstmblues.training.settings import Settings, with_changes
from lstmblues.training.surprisal import melody_bits_apart


def run(what: str, seed: int, settings: Settings, variant: str | None = None) -> dict:
    """Train one network and return what came of it, ready for JSON.

    Args:
        what: the experiment, as in ``TOPOLOGIES``.
        seed: decides the first weights, and which choruses are heard.
        settings: all that the run can choose.
        variant: of the form, such as ``"printed"``; see ``form.load_form``.

    Returns:
        ``what``, ``seed`` and ``settings``, and ``variant`` if there is one; ``learned``, ``steps``
        and ``seconds`` are those of ``experiments.Result``. For ``"chords"`` in music without end
        also ``first_right`` and ``warm_steps``, as in ``runs.Tests``. For ``"blues"`` also
        ``chords_steps``, after how many the chords were learned (or None); ``choruses_right``, of
        the fourteen that the network plays from a cold start; and the bits a chorus
        (``melody_bits``) that it needs for unseen choruses and, as ``melody_bits_trained``, for
        those that it was trained on. If the chords go on learning, ``right_again``: in how many
        tests they were right, and of how many, after they were learned.
    """
    form = load_form(variant)
    if what == "chords":
        result, measured = learn_chords(form, seed, settings), {}
        if not settings.cold_passes:
            first_right = {str(n): list(test) for n, test in result.tests.first_right.items()}
            measured = {"first_right": first_right, "warm_steps": result.tests.warm_steps}
    else:
        melodies = load_melodies(form)
        result = learn_blues(melodies, seed, settings, numbers=melodies.split()[0])
        learned_at = [entry.steps for entry in result.history if entry.chords_learned]
        played = compose(result.network, melodies, CHORUSES_OF_A_RECORDING, seed).piece
        trained_bits, unseen_bits = melody_bits_apart(result.network, melodies)
        measured = {
            "chords_steps": min(learned_at, default=None),
            "choruses_right": judge(played, melodies).choruses_right,
            "melody_bits": round(unseen_bits, 3),
            "melody_bits_trained": round(trained_bits, 3),
        }
        if not settings.chords_rest:
            measured["right_again"] = [result.tests.right_again, result.tests.asked_again]
    return {
        "what": what,
        "seed": seed,
        "settings": settings.as_json(),
        **({"variant": variant} if variant else {}),
        "learned": result.learned,
        "steps": result.steps,
        "seconds": round(result.seconds, 3),
        **measured,
    }


class _Row(msgspec.Struct):
    """What every run has."""

    what: Literal[tuple(TOPOLOGIES)]
    seed: Seed
    settings: dict[Name, Any]
    learned: bool
    steps: Count
    seconds: Measured
    variant: Name | None = None


class _EndlessRow(_Row, kw_only=True):
    """What a run of experiment 1 in music without end has besides."""

    first_right: dict[Name, tuple[Count, Count]]
    warm_steps: Count | None


class _BluesRow(_Row, kw_only=True):
    """What a run of experiment 2 has besides."""

    chords_steps: Count | None
    choruses_right: Count
    melody_bits: Measured
    melody_bits_trained: Measured


def _part_of(result: dict) -> tuple:
    """The run of a result, which must be one of ``run``."""
    row = checked(result, _Row, "a result of a sweep")
    settings = with_changes(row.settings)
    if row.what == "blues":
        checked(result, _BluesRow, "a result of a sweep")
    elif not settings.cold_passes:
        checked(result, _EndlessRow, "a result of a sweep")
    return row.what, row.seed, settings, row.variant


SWEEP = Study("a sweep", "sweep", run, _part_of)
"""Its parts are runs: experiment, seed, settings, and the variant of the form, if any."""


def sweep(
    what: str,
    runs: Sequence[tuple[int, Settings]],
    path: str | Path | None = None,
    jobs: int = -1,
    backend: str = "loky",
    scheduler: str | None = None,
    watch: Callable[[dict], object] = lambda result: None,
    variant: str | None = None,
) -> list[dict]:
    """Train a network for every one of ``runs``.

    Args:
        what: the experiment, as in ``TOPOLOGIES``.
        runs: a seed and settings for every network.
        path: the file of results, or None to keep none; see ``Study.run``.
        jobs: how many networks learn at a time; -1: as many as there are cores.
        backend: where they learn; one of ``BACKENDS``.
        scheduler: with ``"dask"``, the address of the cluster's scheduler; None: a cluster is made
            on this machine.
        watch: called with every result, those of the file first.
        variant: of the form; see ``form.load_form``.

    Returns:
        The result of every run (see ``run``), in the order of ``runs``.

    Raises:
        BluesError: for an unknown experiment, backend or variant, for a file that holds anything
            but the results of a sweep, and if no scheduler answers.
    """
    if what not in TOPOLOGIES or backend not in BACKENDS:
        raise BluesError(
            f"cannot sweep {what!r} on {backend!r}; experiments are {', '.join(TOPOLOGIES)}, "
            f"and backends {', '.join(BACKENDS)}"
        )
    load_form(variant)  # so that an unknown variant is refused before any work is begun
    with workers(backend, scheduler, jobs):
        return SWEEP.run([(what, *each, variant) for each in runs], path, jobs, watch)


def summary(what: str, results: Sequence[dict]) -> dict:
    """Return how many ``results`` there are, how many learned, and medians.

    The results are those of one experiment, ``what``. ``steps`` and ``seconds`` are the medians of
    the runs that learned, ``steps_quartiles`` and ``steps_slowest`` their quartiles and the worst
    of them; all None if none did. For ``"blues"``, ``all_right`` counts the networks that play
    every chorus right, and ``melody_bits`` and ``melody_bits_trained`` are the medians over all.
    """
    learned = [result for result in results if result["learned"]]
    steps = sorted(result["steps"] for result in learned)

    def median(name: str, runs: Sequence[dict]) -> float | None:
        return statistics.median(result[name] for result in runs) if runs else None

    report = {
        "what": what,
        "seeds": len(results),
        "learned": len(learned),
        "steps": median("steps", learned),
        "steps_quartiles": np.quantile(steps, [0.25, 0.75]).tolist() if steps else None,
        "steps_slowest": max(steps, default=None),
        "seconds": median("seconds", learned),
    }
    if what == "blues":
        right = [result["choruses_right"] == CHORUSES_OF_A_RECORDING for result in results]
        report |= {
            "all_right": sum(right),
            "melody_bits": median("melody_bits", results),
            "melody_bits_trained": median("melody_bits_trained", results),
        }
    return report
