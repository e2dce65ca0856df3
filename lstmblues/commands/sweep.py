"""``sweep``: many networks, by seeds or by a plan."""

import argparse
from pathlib import Path

from lstmblues.commands.arguments import add_settings, scheduler
from lstmblues.commands.cli import Unlearned
from lstmblues.commands.studies import add_work, progress
from lstmblues.errors import BluesError
from lstmblues.evidence.plans import Variation, load_variations, read_seeds
from lstmblues.evidence.resumable import BACKENDS
from lstmblues.network.topology import TOPOLOGIES
from lstmblues.training.settings import with_changes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_settings(parser)
    parser.add_argument("what", choices=tuple(TOPOLOGIES), help="experiment 1 or experiment 2")
    parser.add_argument("--seeds", help="A:B, from A to below B")
    parser.add_argument("--plan", type=Path, help="variations to compare, a TOML file")
    parser.add_argument("--variant", help="of the form: printed, to learn bar 6 as it is printed")
    parser.add_argument("--backend", choices=BACKENDS, default="loky")
    parser.add_argument(
        "--scheduler", type=scheduler, help="address of a Dask scheduler; default: one made here"
    )
    add_work(parser, "a sweep")


def run(options: argparse.Namespace) -> dict | Unlearned:
    """Train a network for every seed, or for a plan; return how many learned, and medians."""
    from lstmblues.evidence.sweep import summary, sweep

    if options.scheduler and options.backend != "dask":
        raise BluesError("a scheduler is for the backend dask; give --backend dask as well")
    if (options.plan is None) == (options.seeds is None) or (options.plan and options.set):
        raise BluesError("give --seeds, and --set if you like, or else --plan alone")
    if options.plan:
        variations = load_variations(options.plan)
    else:
        settings = with_changes(dict(options.set))
        variations = [Variation("", "", settings, read_seeds(options.seeds))]
    runs = [each for variation in variations for each in variation.runs]
    with progress(f"sweeping {options.what}", len(runs)) as watch:
        results = sweep(
            options.what,
            runs,
            options.out,
            options.jobs,
            options.backend,
            options.scheduler,
            watch,
            options.variant,
        )
    report = summary(options.what, results)
    if options.plan:
        report["variations"] = [
            {"topic": each.topic, "label": each.label} | summary(options.what, each.among(results))
            for each in variations
        ]
    return report if report["learned"] else Unlearned(report, f"none of {len(runs)} runs learned")
