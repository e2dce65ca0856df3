"""``search``: pieces that show what the page of 2002 describes."""

import argparse
import json
from pathlib import Path

from tqdm import tqdm

from lstmblues.commands.arguments import add_jobs, count
from lstmblues.evidence.page_of_2002.search import search, tally
from lstmblues.evidence.plans import read_seeds


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--seeds", required=True, help="of the networks: A:B, A to below B")
    parser.add_argument(
        "--draws", type=count, default=10, help="how often each network plays from each start"
    )
    add_jobs(parser)
    parser.add_argument("--out", type=Path, help="JSON Lines; a search goes on where it ends")


def run(options: argparse.Namespace) -> None:
    """Look for pieces like those of 2002; print how many there are, stage by stage."""
    seeds = read_seeds(options.seeds)
    with tqdm(total=len(seeds), desc="searching", delay=1e-3) as bar:
        found = search(seeds, options.draws, options.out, options.jobs, lambda seed: bar.update())
    print(json.dumps({"candidates": len(found), "stages": tally(found)}))
