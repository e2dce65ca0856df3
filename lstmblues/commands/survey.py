"""``survey``: the music of many networks, measured."""

import argparse
import json
from pathlib import Path

from tqdm import tqdm

from lstmblues.commands.arguments import add_jobs
from lstmblues.evidence.novelty.survey import summary, survey
from lstmblues.evidence.plans import read_seeds

MEASURES = ("novel_bars", "novel_choruses", "bits_a_note", "longest_copy_bars")
"""What is printed of every source; the file has all measures."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--seeds", required=True, help="of experiment 2: A:B, A to below B")
    add_jobs(parser)
    parser.add_argument("--out", type=Path, help="JSON Lines; a survey goes on where it ends")


def run(options: argparse.Namespace) -> None:
    """Measure what networks play, seed by seed; print means, and the intervals they lie in."""
    seeds = read_seeds(options.seeds)
    with tqdm(total=len(seeds), desc="measuring", delay=1e-3) as bar:
        found = survey(seeds, options.out, options.jobs, lambda seed: bar.update())
    learned = sum(result["learned"] for result in found)
    report = {"seeds": len(found), "learned": learned, "sources": summary(found, MEASURES)}
    print(json.dumps(report))
