"""``search``: pieces that show what the page of 2002 describes."""

import argparse

from lstmblues.commands.arguments import count
from lstmblues.commands.studies import add_seeds, add_work, progress
from lstmblues.evidence.plans import read_seeds


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_seeds(parser, "the networks")
    parser.add_argument(
        "--draws", type=count, default=10, help="how often each network plays from each start"
    )
    add_work(parser, "a search")


def run(options: argparse.Namespace) -> dict:
    """Look for pieces like those of 2002; return how many there are, stage by stage."""
    from lstmblues.evidence.page_of_2002.search import SEARCH, candidates_of, tally

    parts = [(seed, options.draws) for seed in read_seeds(options.seeds)]
    with progress("searching", len(parts)) as watch:
        found = candidates_of(SEARCH.run(parts, options.out, options.jobs, watch))
    return {"candidates": len(found), "stages": tally(found)}
