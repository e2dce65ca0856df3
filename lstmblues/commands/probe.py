"""``probe``: what is read from cells, and what changing them does, over many seeds."""

import argparse

from lstmblues.commands.studies import add_seeds, add_work, progress
from lstmblues.evidence.plans import read_seeds


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_seeds(parser, "experiment 1")
    add_work(parser, "probing")
    parser.add_argument(
        "--ladders",
        action="store_true",
        help="instead: silence blocks while networks learn, with several ladders of biases",
    )


def run(options: argparse.Namespace) -> dict:
    """Probe the networks of experiment 1, seed by seed; return what they have in common.

    With ``--ladders``, return how far their blocks came in by their numbers, and the interval.
    """
    from lstmblues.evidence.inside.summary import summary
    from lstmblues.evidence.inside.tables import PROBES
    from lstmblues.evidence.ladders import LADDER_STUDY, order

    study = LADDER_STUDY if options.ladders else PROBES
    parts = [(seed,) for seed in read_seeds(options.seeds)]
    with progress("probing", len(parts)) as watch:
        found = study.run(parts, options.out, options.jobs, watch)
    return {"seeds": len(found), "in_turn": order(found)} if options.ladders else summary(found)
