"""``record``: every recording of the book."""

import argparse
from pathlib import Path

from tqdm import tqdm

from lstmblues.book.recordings import FOLDER, RECORDINGS, make_all
from lstmblues.files import make_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--folder", type=Path, default=FOLDER)


def run(options: argparse.Namespace) -> None:
    """Make every recording of the book: MIDI, MP3, and what its player shows."""
    make_folder(options.folder)  # before the progress bar, as it may fail
    for _ in tqdm(make_all(options.folder), total=len(RECORDINGS), desc="recording"):
        pass
    print(f"wrote {len(RECORDINGS)} recordings to {options.folder}")
