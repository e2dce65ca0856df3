"""Many training runs: every seed of a range, on every core or a cluster (chapter 6, "Chords").

Results are kept as JSON Lines, one run a line, in the order of the seeds, as they come. A sweep
that was interrupted goes on where its file ends.
"""

import json
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import joblib

from lstmblues.compose import compose
from lstmblues.errors import BluesError
from lstmblues.files import append_line, check_writable, read_whole, write_whole
from lstmblues.form import load_form
from lstmblues.judge import judge, unseen_melody_bits
from lstmblues.melody import load_melodies
from lstmblues.training import CHORUSES_OF_A_RECORDING, Settings, learn_blues, learn_chords

EXPERIMENTS = ("chords", "blues")
BACKENDS = ("loky", "dask")
_SECONDS_TO_CONNECT = 10


def run(what: str, seed: int, settings: Settings) -> dict:
    """Train one network of experiment ``what`` and return what came of it, ready for JSON.

    ``learned``, ``steps`` and ``seconds`` are those of ``training.Result``; for ``"blues"`` also
    ``choruses_right``, of the fourteen that the network plays from a cold start, and
    ``melody_bits`` a chorus on unseen choruses.
    """
    form = load_form()
    if what == "chords":
        result, measured = learn_chords(form, seed, settings), {}
    else:
        melodies = load_melodies(form)
        result = learn_blues(melodies, seed, settings, numbers=melodies.split()[0])
        played = compose(result.network, melodies, CHORUSES_OF_A_RECORDING, seed).piece
        measured = {
            "choruses_right": judge(played, melodies).choruses_right,
            "melody_bits": round(unseen_melody_bits(result.network, melodies), 3),
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
    seeds: Sequence[int],
    settings: Settings | None = None,
    path: str | Path | None = None,
    jobs: int = -1,
    backend: str = "loky",
    scheduler: str | None = None,
    watch: Callable[[dict], None] = lambda result: None,
) -> list[dict]:
    """Train a network for every one of ``seeds``; return every ``run``, in their order.

    ``jobs`` networks learn at a time, by default as many as there are cores. With backend
    ``"dask"`` they learn on the cluster whose scheduler has the address ``scheduler``, or on one
    made for the purpose on this machine. Results go to ``path`` as they come; those that it
    holds already, of the same seeds and settings, are not computed again. ``watch`` is called
    with every result, old ones first.

    Raises ``BluesError`` for an unknown experiment or backend, and for a file that holds
    anything but results.
    """
    if what not in EXPERIMENTS or backend not in BACKENDS:
        raise BluesError(
            f"cannot sweep {what!r} on {backend!r}; experiments are {', '.join(EXPERIMENTS)}, "
            f"and backends {', '.join(BACKENDS)}"
        )
    settings = settings or Settings()
    done = {} if path is None else _read(path)
    wanted = [_text(_key(what, seed, settings)) for seed in seeds]
    missing = [seed for seed, key in zip(seeds, wanted, strict=True) if key not in done]
    for key in wanted:
        if key in done:
            watch(done[key])
    with _workers(backend, scheduler, jobs):
        runs = joblib.Parallel(n_jobs=jobs, return_as="generator")(
            joblib.delayed(run)(what, seed, settings) for seed in missing
        )
        for result in runs:
            done[_text(result)] = result
            if path is not None:
                append_line(path, json.dumps(result))
            watch(result)
    return [done[key] for key in wanted]


def summary(what: str, results: Sequence[dict]) -> dict:
    """Return how many ``results`` there are, how many learned, and medians.

    ``steps`` and ``seconds`` are the medians of the runs that learned, or None if none did; for
    ``"blues"``, ``all_right`` counts the networks that play every chorus right, and
    ``melody_bits`` is the median over all.
    """
    learned = [result for result in results if result["learned"]]

    def median(name: str, runs: Sequence[dict]) -> float | None:
        return statistics.median(result[name] for result in runs) if runs else None

    report = {
        "what": what,
        "seeds": len(results),
        "learned": len(learned),
        "steps": median("steps", learned),
        "seconds": median("seconds", learned),
    }
    if what == "blues":
        right = [result["choruses_right"] == CHORUSES_OF_A_RECORDING for result in results]
        report |= {"all_right": sum(right), "melody_bits": median("melody_bits", results)}
    return report


def with_changes(changes: dict[str, str]) -> Settings:
    """Return the book's settings with some fields changed, given as text, by name.

    Numbers are written as in Python, lists of biases with commas: ``"-0.5,-1,-1.5,-2"``.
    Raises ``BluesError`` for a name that is no setting, and for a value of the wrong kind.
    """
    own = Settings()
    values = {}
    for name, text in changes.items():
        if name not in asdict(own):
            raise BluesError(f"there is no setting {name!r}; there are {', '.join(asdict(own))}")
        kind = type(getattr(own, name))
        try:
            if kind is tuple:
                values[name] = tuple(float(part) for part in text.split(","))
                if len(values[name]) != len(getattr(own, name)):
                    raise ValueError
            elif kind is bool:
                values[name] = {"true": True, "false": False}[text.lower()]
            else:
                values[name] = kind(text)
        except (ValueError, KeyError) as error:
            example = getattr(own, name)
            raise BluesError(
                f"setting {name} cannot be {text!r}; the book has {example}"
            ) from error
    return replace(own, **values)


def _key(what: str, seed: int, settings: Settings) -> dict:
    """What tells one run from all others, as it comes back from JSON."""
    return {"what": what, "seed": seed, "settings": json.loads(json.dumps(asdict(settings)))}


def _text(run: dict) -> str:
    """The key of a run, for looking it up."""
    return json.dumps({name: run[name] for name in ("what", "seed", "settings")}, sort_keys=True)


def _read(path: str | Path) -> dict[str, dict]:
    """Return the results in a file, by their keys; a last line cut short is taken off the file."""
    check_writable(path)
    if not Path(path).exists():
        return {}
    content = read_whole(path)
    whole = content[: content.rfind(b"\n") + 1]
    try:
        results = [json.loads(line) for line in whole.splitlines()]
        done = {_text(result): result for result in results}
    except (ValueError, KeyError, TypeError) as error:
        raise BluesError(f"{path} holds something else than a sweep's results") from error
    if whole != content:
        write_whole(path, whole)
    return done


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
