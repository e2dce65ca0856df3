"""``probe``: what is read from cells, and what changing them does, over many seeds."""

import argparse
import json
from pathlib import Path

from tqdm import tqdm

from lstmblues.commands.arguments import add_jobs
from lstmblues.evidence.inside.findings import summary
from lstmblues.evidence.inside.tables import probe_seeds
from lstmblues.evidence.plans import read_seeds


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--seeds", required=True, help="of experiment 1: A:B, A to below B")
    add_jobs(parser)
    parser.add_argument("--out", type=Path, help="JSON Lines; probing goes on where it ends")


def run(options: argparse.Namespace) -> None:
    """Probe the networks of experiment 1, seed by seed; print what they have in common."""
    seeds = read_seeds(options.seeds)
    with tqdm(total=len(seeds), desc="probing", delay=1e-3) as bar:
        found = probe_seeds(seeds, options.out, options.jobs, lambda seed: bar.update())
    print(json.dumps(summary(found)))
