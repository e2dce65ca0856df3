"""Long work in parts, on every core, that goes on where it was interrupted (chapter 6, "Chords").

Results are kept as JSON Lines. The first line says what the file is; after it comes one line a
part, written as soon as the part is done.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import joblib

from lstmblues import __version__
from lstmblues.errors import BluesError
from lstmblues.files import appending, hold, is_stream, read_whole, write_whole
from lstmblues.processes import in_parallel

BACKENDS = ("loky", "dask")
"""Where parts are worked on: the cores of this machine, or a cluster."""
_SECONDS_TO_CONNECT = 10
_KIND = "results of lstmblues"
_FORMAT = 1
"""Of a file of results: a file of another format is not read."""


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
        needs: returns the modules that a part needs, and that are imported by ``work`` alone.
    """

    name: str
    command: str
    work: Callable[..., dict]
    part_of: Callable[[dict], tuple]
    needs: Callable[..., Collection[str]] = lambda *part: ()

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
                come. An unfinished last line, left by an interruption, is taken off first. No other
                run can use the file in the meantime. A device or a pipe gets all results.
            jobs: how many parts are worked on at a time; -1: as many as there are cores.
            watch: called with every result, those of the file first.

        Returns:
            The results, in the order of ``parts``; a part that is named twice has one.

        Raises:
            BluesError: if the file holds anything but results of this study, if it cannot be
                written, or if another run holds it.
            ModuleNotFoundError: before any work, if a module is missing that a part needs.
        """
        parts = list(dict.fromkeys(parts))
        with ExitStack() as stack:
            done, keep = {}, lambda line: None
            if path is not None:
                stack.enter_context(hold(path))
                done = {} if is_stream(path) else self._begun(path)
                keep = stack.enter_context(appending(path))
                if is_stream(path):
                    keep(self.first_line)
            for part in parts:
                if part in done:
                    watch(done[part])
            missing = [part for part in parts if part not in done]
            self._check_needs(missing)
            results = in_parallel(self.work, missing, jobs)
            for part, result in zip(missing, results, strict=True):
                done[part] = result
                keep(json.dumps(result))
                watch(result)
        return [done[part] for part in parts]

    def load(self, path: str | Path) -> list[dict]:
        """Return the results in the file at ``path``, in the order of its lines.

        The file is only read. An unfinished last line, which a run may be writing, is left out.
        Raises ``BluesError`` if there is no such file, if it has no results, or if any line is
        something else than a result of this study.
        """
        results = self._results(_whole_lines(_content(path)), path)
        if not results:
            raise BluesError(
                f"{path} holds no results of {self.name}; `{self._command}` makes them"
            )
        return list(results.values())

    def _check_needs(self, parts: Iterable[tuple]) -> None:
        """Raise ``ModuleNotFoundError`` if a module is missing that one of ``parts`` needs."""
        for module in sorted({module for part in parts for module in self.needs(*part)}):
            if find_spec(module) is None:
                raise ModuleNotFoundError(f"No module named {module!r}", name=module)

    def _begun(self, path: str | Path) -> dict[tuple, dict]:
        """The results with which a run begins, by their parts; makes the file ready for more."""
        content = _content(path)
        whole = _whole_lines(content)
        results = self._results(whole, path)
        whole = whole or f"{self.first_line}\n".encode()
        if whole != content:
            write_whole(path, whole)
        return results

    def _results(self, lines: bytes, path: str | Path) -> dict[tuple, dict]:
        """The results in ``lines`` of a file, by their parts; of two for one part, the last."""
        if not lines:
            return {}
        try:
            first, *results = (
                json.loads(line, parse_constant=_refuse) for line in lines.splitlines()
            )
            if first["study"] != self.command or first["file"] != _KIND:
                raise ValueError("its first line says something else")
            if first["format"] == _FORMAT:
                return {self.part_of(result): result for result in results}
            written_by = str(first["version"])
        except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
            reason = f" ({error})" if isinstance(error, ValueError) else ""
            raise BluesError(
                f"{path} holds something else than the results of {self.name}, "
                f"which `{self._command}` makes{reason}"
            ) from error
        raise BluesError(
            f"{path} was written by version {written_by} in another format; "
            f"version {__version__} reads format {_FORMAT}"
        )

    @property
    def first_line(self) -> str:
        """What a file of results begins with, if this version of the package begins it."""
        first = {"file": _KIND, "study": self.command, "format": _FORMAT, "version": __version__}
        return json.dumps(first)

    @property
    def _command(self) -> str:
        return f"python -m lstmblues {self.command}"


def _content(path: str | Path) -> bytes:
    """The content of a file; nothing, if there is none."""
    return read_whole(path) if Path(path).exists() else b""


def _refuse(constant: str) -> None:
    """Raise ``ValueError`` for what JSON has no number for: NaN and Infinity."""
    raise ValueError(f"{constant} is no number")


def _whole_lines(content: bytes) -> bytes:
    """The lines of a file of results, without an unfinished last one, unless it is the first."""
    end = content.rfind(b"\n") + 1
    try:
        json.loads(content[end:])
    except (RecursionError, ValueError):
        return content[:end] if end else content
    return content + b"\n"  # only the end of the line is missing


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
