"""``record``: every recording of the book."""

import argparse
from pathlib import Path

from tqdm import tqdm

from lstmblues.files import make_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--folder", type=Path, help="default: where the book's players look")


def run(options: argparse.Namespace) -> str:
    """Make every recording of the book: MIDI, MP3, and what its player shows."""
    from lstmblues.book.recordings import FOLDER, RECORDINGS, make_all

    folder = make_folder(options.folder or FOLDER)  # before the progress bar, as it may fail
    for _ in tqdm(make_all(folder), total=len(RECORDINGS), desc="recording"):
        pass
    return f"wrote {len(RECORDINGS)} recordings to {folder}"
