"""Arguments that several commands take."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta

from lstmblues.errors import BluesError
from lstmblues.music.form import BEBOP_BLUES, load_form
from lstmblues.music.melody import ECK_MELODIES, Melodies, load_melodies
from lstmblues.schema import Seed, checked, shown


def add_music(parser: argparse.ArgumentParser) -> None:
    """Let a command take the files of a form and of its melodies."""
    parser.add_argument("--form", type=Path, default=BEBOP_BLUES, help="the form, a TOML file")
    parser.add_argument("--melodies", type=Path, help="its melodies, likewise; default: Eck's")


def melodies_of(options: argparse.Namespace) -> Melodies:
    """Return the melodies that ``add_music`` was given, over their form.

    Raises ``BluesError`` for a form of one's own without melodies: Eck's belong to his.
    """
    form = load_form(path=options.form)
    if options.melodies is None and options.form != BEBOP_BLUES:
        raise BluesError(f"form {form.name!r} needs melodies of its own; give --melodies as well")
    return load_melodies(form, options.melodies or ECK_MELODIES)


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Let a command take changes to the settings of training."""
    parser.add_argument(
        "--set",
        type=_setting,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="change one of the settings, such as learning_rate=0.001; may be repeated",
    )


def _argument(kind: Any, refusal: str) -> Callable[[str], Any]:
    """Return how an argument of some ``kind`` is read; ``refusal`` is said of any other text."""

    def read(text: str) -> Any:
        try:
            return checked(text, kind, shown(text), lax=True)
        except BluesError as error:
            raise argparse.ArgumentTypeError(f"{shown(text)} {refusal}") from error

    return read


seed = _argument(Seed, "is no seed; give a whole number from 0 up, below 2^32")
"""Reads a seed."""
count = _argument(
    Annotated[int, Meta(ge=1, le=1000)], "will not do; give a whole number from 1 up, at most 1000"
)
"""Reads how many there are of something."""
scheduler = _argument(
    Annotated[str, Meta(max_length=300, pattern=r"^(tcp://)?[\w.\[\]:-]+:[0-9]{1,5}$")],
    "is no address of a scheduler; write it as tcp://127.0.0.1:8786",
)
"""Reads the address of a scheduler."""


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{shown(text)} sets nothing; write NAME=VALUE")
    return name, value
