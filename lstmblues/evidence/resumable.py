"""Long work in parts, on every core, that goes on where it was interrupted (chapter 6, "Chords").

Results are kept as JSON Lines: one line a part, written as soon as the part is done.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import joblib

from lstmblues.errors import BluesError
from lstmblues.files import append_line, check_writable, read_whole, write_whole

BACKENDS = ("loky", "dask")
"""Where parts are worked on: the cores of this machine, or a cluster."""
_SECONDS_TO_CONNECT = 10


@dataclass(frozen=True)
class Study:
    """One kind of long work, and how its results are kept and found again.

    A part of the work is a tuple: the arguments of ``work``.

    Args:
        name: what messages call the study, as in "the results of a sweep".
        command: the command that makes its results: ``python -m lstmblues <command>``.
        work: does one part; returns its result, a dict ready for JSON.
        part_of: returns the part that a result belongs to. It looks at all that the book reads
            from a result, and so fails for a dict of another kind: with ``LookupError``,
            ``TypeError`` or ``ValueError``.
    """

    name: str
    command: str
    work: Callable[..., dict]
    part_of: Callable[[dict], tuple]

    def run(
        self,
        parts: Iterable[tuple],
        path: str | Path | None = None,
        jobs: int = -1,
        watch: Callable[[dict], object] = lambda result: None,
    ) -> list[dict]:
        """Do all parts, but for those whose results a file holds already.

        Args:
            parts: the arguments of ``work`` for each; they must be hashable.
            path: the file of results, or None to keep none. New results are added to it as they
                come. A last line without its end, left by an interruption, is taken off first.
            jobs: how many parts are worked on at a time; -1: as many as there are cores.
            watch: called with every result, those of the file first.

        Returns:
            The results, in the order of ``parts``; a part that is named twice has one.

        Raises:
            BluesError: if the file holds anything but results of this study, or cannot be written.
        """
        parts = list(dict.fromkeys(parts))
        done = {} if path is None else self._begun(path)
        for part in parts:
            if part in done:
                watch(done[part])
        missing = [part for part in parts if part not in done]
        results = joblib.Parallel(n_jobs=jobs, return_as="generator")(
            joblib.delayed(self.work)(*part) for part in missing
        )
        for part, result in zip(missing, results, strict=True):
            done[part] = result
            if path is not None:
                append_line(path, json.dumps(result))
            watch(result)
        return [done[part] for part in parts]

    def load(self, path: str | Path) -> list[dict]:
        """Return the results in the file at ``path``, in the order of its lines.

        The file is only read. A last line without its end, which a run may be writing, is left
        out. Raises ``BluesError`` if there is no such file, if it has no results, or if any line
        is something else than a result of this study.
        """
        results = self._results(_whole_lines(path), path)
        if not results:
            raise BluesError(
                f"{path} holds no results of {self.name}; `{self._command}` makes them"
            )
        return list(results.values())

    def _begun(self, path: str | Path) -> dict[tuple, dict]:
        """The results with which a run begins, by their parts; makes the file ready for more."""
        check_writable(path)
        whole = _whole_lines(path)
        results = self._results(whole, path)
        if Path(path).exists() and read_whole(path) != whole:
            write_whole(path, whole)
        return results

    def _results(self, lines: bytes, path: str | Path) -> dict[tuple, dict]:
        """The results in ``lines`` of a file, by their parts; of two for one part, the last."""
        try:
            results = map(json.loads, lines.splitlines())
            return {self.part_of(result): result for result in results}
        except (LookupError, TypeError, ValueError) as error:
            raise BluesError(
                f"{path} holds something else than the results of {self.name}, "
                f"which `{self._command}` makes"
            ) from error

    @property
    def _command(self) -> str:
        return f"python -m lstmblues {self.command}"


def _whole_lines(path: str | Path) -> bytes:
    """The lines of a file, if there is one, without a last line that has no end."""
    content = read_whole(path) if Path(path).exists() else b""
    return content[: content.rfind(b"\n") + 1]


@contextmanager
def workers(backend: str, scheduler: str | None = None, jobs: int = -1) -> Iterator[None]:
    """Let every ``Study.run`` inside the ``with`` block work there.

    Args:
        backend: one of ``BACKENDS``.
        scheduler: the address of a Dask scheduler; None: a cluster is made on this machine.
        jobs: how many processes such a cluster has; -1: as many as there are cores.

    Raises:
        BluesError: if no scheduler answers.
    """
    if backend == "loky":
        yield
        return
    from distributed import Client, LocalCluster  # a large library that only clusters need

    processes = joblib.cpu_count() if jobs == -1 else jobs
    with ExitStack() as stack:
        address = scheduler or stack.enter_context(
            LocalCluster(n_workers=processes, threads_per_worker=1, dashboard_address=None)
        )
        try:
            stack.enter_context(Client(address, timeout=_SECONDS_TO_CONNECT))
        except OSError as error:
            raise BluesError(f"no Dask scheduler answers at {scheduler}") from error
        stack.enter_context(joblib.parallel_config(backend="dask"))
        yield
