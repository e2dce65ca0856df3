"""The command line, for the music or the figures without a notebook.

One JSON object or one sentence goes to standard output, progress and complaints to standard
error. Bad input ends in one line and exit status 2, networks that did not learn in one line and
status 1. Each command has a module of its own.
"""

import argparse
import io
import json
import os
import re
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module, metadata

from lstmblues.errors import BluesError
from lstmblues.processes import end_soon, ended_by_signals

COMMANDS = {
    "learn": "train a network by the 2002 rule",
    "sweep": "train many networks: seeds, settings",
    "search": "look for compositions like those of 2002",
    "probe": "read from cells and change them, over many seeds",
    "baselines": "teach other models the chords, and try them",
    "survey": "measure what many networks play",
    "compose": "let a network play",
    "judge": "measure MIDI files",
    "record": "make every recording of the book",
}
"""Every command, and what it does; each has a module of that name in ``commands``."""

_LONGEST = 1000
"""The longest complaint, in characters."""


@dataclass(frozen=True)
class Unlearned:
    """What a command returns whose networks did not learn: what is printed, and the complaint."""

    found: dict
    complaint: str


def run() -> None:
    """Run the command line as a process of its own, and end it with the exit status."""
    status = main()
    if status > 128:
        # After a signal, Python's own end can wait for workers that do not answer any more.
        end_soon(status)
    sys.exit(status)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status.

    0; 1 if what was to learn has not learned; 2 for bad input, and for what the machine refuses;
    128 + n after signal n.
    """
    with ended_by_signals():
        return _run(arguments)


def _run(arguments: Sequence[str] | None) -> int:
    try:
        _open_streams()
        options = _parser().parse_args(arguments)
        found = options.run(options)
        unlearned = isinstance(found, Unlearned)
        _print(found.found if unlearned else found)
        return _complain(found.complaint, 1) if unlearned else 0
    except BluesError as error:
        return _complain(str(error))
    except ModuleNotFoundError as error:
        extra = _extra_with(error.name)
        if extra is None:
            raise
        return _complain(
            f"this needs {error.name}; install it with pip install 'lstmblues[{extra}]'"
        )
    except KeyboardInterrupt as error:
        # Outside the main thread, Python raises it without a number.
        number = signal.Signals(*error.args or (signal.SIGINT,))
        ended = "interrupted" if number == signal.SIGINT else f"ended by {number.name}"
        return _complain(ended, 128 + number)
    except MemoryError:
        return _complain("this needs more memory than there is")
    except RecursionError:
        return _complain("this is nested more deeply than can be read")
    except (OSError, UnicodeError) as error:
        return _complain(f"the system refused: {error}")


def _print(found: dict | str) -> None:
    """Print one JSON object or one sentence to standard output."""
    try:
        print(found if isinstance(found, str) else json.dumps(found), flush=True)
    except OSError as error:
        # What could not be printed is dropped, so that Python does not try again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise BluesError(
            f"cannot write to standard output: {error.strerror}; give it a place to go"
        ) from error


def _open_streams() -> None:
    """Let standard output take any text; raise ``BluesError`` if it is closed."""
    if sys.stderr is None:  # nobody is told of progress and complaints
        sys.stderr = open(os.devnull, "w")
    if sys.stdout is None:
        raise BluesError("standard output is closed; open it, if only to /dev/null")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _complain(text: str, status: int = 2) -> int:
    """Print one line to standard error; return the exit status."""
    try:
        line = " ".join(text.split())
        line = line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."
        print(f"lstmblues: {line}", file=sys.stderr)
    except OSError:
        pass  # nobody hears complaints
    return status


def _extra_with(module: str | None) -> str | None:
    """Return the smallest extra of the installed package with a module, or None without one."""
    try:
        requirements = metadata.requires("lstmblues") or ()
    except metadata.PackageNotFoundError:  # a clone that is not installed
        return None
    extras = {}
    for requirement in requirements:
        found = re.match(r"([\w.-]+).*extra == ['\"](\w+)", requirement)
        if found:
            extras.setdefault(found[2], set()).add(found[1])
    bringing = [extra for extra, packages in extras.items() if module in packages]
    return min(bringing, key=lambda extra: len(extras[extra]), default=None)


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line, like all the others."""

    def print_help(self, file=None):
        _print(self.format_help().rstrip())

    def error(self, message: str):
        raise BluesError(f"{message}; see `python -m lstmblues --help`")


class _Command(_Parser):
    """The parser of one command, whose module is imported when the command is called for.

    Importing all of them would take longer than many a command takes to run.
    """

    def parse_known_args(self, args=None, namespace=None):
        module = import_module(f"lstmblues.commands.{self.prog.split()[-1]}")
        module.add_arguments(self)
        self.set_defaults(run=module.run)
        return super().parse_known_args(args, namespace)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="lstmblues", description="The blues of 2002, learned and played.")
    commands = parser.add_subparsers(
        required=True, metavar=f"{{{','.join(COMMANDS)}}}", parser_class=_Command
    )
    for name, does in COMMANDS.items():
        commands.add_parser(name, help=does)
    return parser
