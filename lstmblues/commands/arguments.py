"""Arguments that several commands take."""

import argparse
from pathlib import Path

from lstmblues.music.form import BEBOP_BLUES, load_form
from lstmblues.music.melody import ECK_MELODIES, Melodies, load_melodies


def add_music(parser: argparse.ArgumentParser) -> None:
    """Let a command take the files of a form and of its melodies."""
    parser.add_argument("--form", type=Path, default=BEBOP_BLUES, help="the form, a TOML file")
    parser.add_argument(
        "--melodies", type=Path, default=ECK_MELODIES, help="its melodies, likewise"
    )


def melodies_of(options: argparse.Namespace) -> Melodies:
    """Return the melodies that ``add_music`` was given, over their form."""
    return load_melodies(load_form(path=options.form), options.melodies)


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


def seed(text: str) -> int:
    """Return the seed that is written as ``text``."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no seed; give a whole number from 0 up")
    return int(text)


def count(text: str) -> int:
    """Return the number, 1 or more, that is written as ``text``."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} will not do; give a whole number from 1 up")
    return int(text)


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} sets nothing; write NAME=VALUE")
    return name, value
