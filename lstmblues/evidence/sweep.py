"""Many training runs: every seed of a range, on every core or a cluster (chapter 6, "Chords").

A sweep that was interrupted goes on where its file ends (``resumable``).
"""

import json
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import joblib
import numpy as np

from lstmblues.composing.compose import compose
from lstmblues.composing.judge import judge
from lstmblues.errors import BluesError
from lstmblues.evidence.resumable import do_parts
from lstmblues.music.form import load_form
from lstmblues.music.melody import load_melodies
from lstmblues.music.piece import CHORUSES_OF_A_RECORDING
from lstmblues.training.experiments import learn_blues, learn_chords
from lstmblues.training.settings import Settings
from lstmblues.training.surprisal import melody_bits_apart

EXPERIMENTS = ("chords", "blues")
BACKENDS = ("loky", "dask")
_SECONDS_TO_CONNECT = 10
_CONTENT = "a sweep's results"


def run(what: str, seed: int, settings: Settings) -> dict:
    """Train one network of experiment ``what`` and return what came of it, ready for JSON.

    ``learned``, ``steps`` and ``seconds`` are those of ``experiments.Result``; for ``"blues"`` also
    ``chords_steps``, after how many the chords were learned (or None), ``choruses_right``, of the
    fourteen that the network plays from a cold start, and ``melody_bits`` a chorus, on unseen
    choruses and on those it was ``trained`` on.
    """
    form = load_form()
    if what == "chords":
        result, measured = learn_chords(form, seed, settings), {}
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
    return {
        **_key(what, seed, settings),
        "learned": result.learned,
        "steps": result.steps,
        "seconds": round(result.seconds, 3),
        **measured,
    }


def sweep(
    what: str,
    runs: Sequence[tuple[int, Settings]],
    path: str | Path | None = None,
    jobs: int = -1,
    backend: str = "loky",
    scheduler: str | None = None,
    watch: Callable[[dict], None] = lambda result: None,
) -> list[dict]:
    """Train a network for every one of ``runs``, a seed and settings; return what came of each.

    ``jobs`` networks learn at a time, by default as many as there are cores. With backend
    ``"dask"`` they learn on the cluster whose scheduler has the address ``scheduler``, or on one
    made for the purpose on this machine. Results go to ``path`` as they come; those that it
    holds already are not computed again. ``watch`` is called with every result, old ones first.

    Raises ``BluesError`` for an unknown experiment or backend, and for a file that holds
    anything but results.
    """
    if what not in EXPERIMENTS or backend not in BACKENDS:
        raise BluesError(
            f"cannot sweep {what!r} on {backend!r}; experiments are {', '.join(EXPERIMENTS)}, "
            f"and backends {', '.join(BACKENDS)}"
        )
    with _workers(backend, scheduler, jobs):
        parts = {_text(_key(what, *each)): (what, *each) for each in runs}
        return do_parts(run, parts, _text, _CONTENT, path, jobs, watch)


def summary(what: str, results: Sequence[dict]) -> dict:
    """Return how many ``results`` there are, how many learned, and medians.

    ``steps`` and ``seconds`` are the medians of the runs that learned, ``steps_quartiles`` and
    ``steps_slowest`` their quartiles and the worst of them; all None if none did. For ``"blues"``,
    ``all_right`` counts the networks that play every chorus right, and ``melody_bits`` and
    ``melody_bits_trained`` are the medians over all.
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


def _key(what: str, seed: int, settings: Settings) -> dict:
    """What tells one run from all others, as it comes back from JSON."""
    return {"what": what, "seed": seed, "settings": settings.as_json()}


def _text(run: dict) -> str:
    """The key of a run, for looking it up."""
    return json.dumps({name: run[name] for name in ("what", "seed", "settings")}, sort_keys=True)


@contextmanager
def _workers(backend: str, scheduler: str | None, jobs: int) -> Iterator[None]:
    """Set up where the networks learn."""
    if backend == "loky":
        yield
        return
    from distributed import Client, LocalCluster  # a large library that only clusters need

    workers = joblib.cpu_count() if jobs == -1 else jobs
    with ExitStack() as stack:
        address = scheduler or stack.enter_context(
            LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)
        )
        try:
            stack.enter_context(Client(address, timeout=_SECONDS_TO_CONNECT))
        except OSError as error:
            raise BluesError(f"no Dask scheduler answers at {scheduler}") from error
        stack.enter_context(joblib.parallel_config(backend="dask"))
        yield
