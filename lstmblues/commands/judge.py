"""``judge``: MIDI files, measured."""

import argparse
from pathlib import Path

from lstmblues.commands.arguments import add_music, melodies_of
from lstmblues.composing.measures import report
from lstmblues.errors import BluesError
from lstmblues.music.melody import Melodies
from lstmblues.music.read_midi import nearest_piece


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_music(parser)
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE.mid")


def run(options: argparse.Namespace) -> dict:
    """Return the measures of a MIDI file, or an object with every file's measures by its name."""
    melodies = melodies_of(options)
    found = {str(file): _measures(file, melodies) for file in options.files}
    return found if len(options.files) > 1 else next(iter(found.values()))


def _measures(file: Path, melodies: Melodies) -> dict:
    reading = nearest_piece(file, melodies.form)
    try:
        found = report(reading.piece, melodies)
    except BluesError as error:
        raise BluesError(f"cannot judge {file}: {error}") from error
    return found | {
        "folded_notes": reading.folded_notes,
        "dropped_notes": reading.dropped_notes,
    }
