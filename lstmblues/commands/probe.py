"""``probe``: what is read from cells, and what changing them does, over many seeds."""

import argparse

from lstmblues.commands.studies import add_seeds, add_work, progress
from lstmblues.evidence.plans import read_seeds


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_seeds(parser, "experiment 1")
    add_work(parser, "probing")


def run(options: argparse.Namespace) -> dict:
    """Probe the networks of experiment 1, seed by seed; return what they have in common."""
    from lstmblues.evidence.inside.summary import summary
    from lstmblues.evidence.inside.tables import PROBES

    parts = [(seed,) for seed in read_seeds(options.seeds)]
    with progress("probing", len(parts)) as watch:
        return summary(PROBES.run(parts, options.out, options.jobs, watch))
