"""Long work in parts, on every core, that goes on where it was interrupted (chapter 6, "Chords").

The results of the parts are kept as JSON Lines, one a line, in order, as they come.
"""

import json
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path

import joblib

from lstmblues.errors import BluesError
from lstmblues.files import append_line, read_json_lines

Check = Callable[[dict], object]
"""What tells a part by its result: raises ``KeyError`` or ``TypeError`` for anything else."""


def do_parts(
    work: Callable[..., dict],
    parts: Mapping[Hashable, tuple],
    key_of: Check,
    content: str,
    path: str | Path | None = None,
    jobs: int = -1,
    watch: Callable[[dict], None] = lambda result: None,
) -> list[dict]:
    """Return ``work(*arguments)``, ready for JSON, of every part, in the order of ``parts``.

    ``parts`` has the arguments of each by a key, which ``key_of`` finds again in a result. Results
    go to ``path`` as they come; those that it holds already are not computed again. ``jobs`` parts
    are worked on at a time (-1: as many as there are cores). ``watch`` is called with every
    result, old ones first. Raises ``BluesError`` for a file that holds anything but ``content``.
    """
    done = {} if path is None else read_parts(path, key_of, content)
    missing = [arguments for key, arguments in parts.items() if key not in done]
    for key in parts:
        if key in done:
            watch(done[key])
    results = joblib.Parallel(n_jobs=jobs, return_as="generator")(
        joblib.delayed(work)(*arguments) for arguments in missing
    )
    for result in results:
        done[key_of(result)] = result
        if path is not None:
            append_line(path, json.dumps(result))
        watch(result)
    return [done[key] for key in parts]


def read_parts(path: str | Path, key_of: Check, content: str) -> dict[Hashable, dict]:
    """Return the results in a file by their keys; none if there is no file.

    Raises ``BluesError`` if it holds something else than ``content``.
    """
    try:
        return {key_of(result): result for result in read_json_lines(path, content)}
    except (KeyError, TypeError) as error:
        raise BluesError(f"{path} holds something else than {content}") from error
