"""What the commands share that work on many networks, and keep their results."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from lstmblues.commands.arguments import count


def add_seeds(parser: argparse.ArgumentParser, of: str) -> None:
    """Let a command take a range of seeds ``of`` something."""
    parser.add_argument("--seeds", required=True, help=f"of {of}: A:B, A to below B")


def add_work(parser: argparse.ArgumentParser, name: str) -> None:
    """Let a command take a number of cores, and a file for the results of what ``name`` names."""
    parser.add_argument("--jobs", type=count, default=-1, help="default: as many as cores")
    parser.add_argument("--out", type=Path, help=f"JSON Lines; {name} goes on where it ends")


@contextmanager
def progress(
    doing: str, total: int, networks: Callable[[dict], int] = lambda result: 1
) -> Iterator[Callable[[dict], object]]:
    """Show a progress bar over ``total`` networks, with what is being done to them.

    Yields what ``Study.run`` takes as ``watch``: a function that counts off a result, which stands
    for as many networks as ``networks`` says.
    """
    # The bar waits for the first result, so that bad input is told in one line.
    with tqdm(total=total, desc=doing, delay=1e-3) as bar:
        yield lambda result: bar.update(networks(result))
