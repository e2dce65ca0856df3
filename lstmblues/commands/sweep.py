"""``sweep``: many networks, by seeds or by a plan."""

import argparse
import json
from pathlib import Path

from tqdm import tqdm

from lstmblues.commands.arguments import add_jobs, add_settings
from lstmblues.errors import BluesError
from lstmblues.evidence.plans import Variation, load_variations, read_seeds
from lstmblues.evidence.sweep import BACKENDS, EXPERIMENTS, summary, sweep
from lstmblues.training.settings import with_changes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_settings(parser)
    parser.add_argument("what", choices=EXPERIMENTS, help="experiment 1 or experiment 2")
    parser.add_argument("--seeds", help="A:B, from A to below B")
    parser.add_argument("--plan", type=Path, help="variations to compare, a TOML file")
    add_jobs(parser)
    parser.add_argument("--backend", choices=BACKENDS, default="loky")
    parser.add_argument("--scheduler", help="address of a Dask scheduler; default: one made here")
    parser.add_argument("--out", type=Path, help="JSON Lines; a sweep goes on where it ends")


def run(options: argparse.Namespace) -> None:
    """Train a network for every seed, or for a plan; print how many learned, and medians."""
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
    # The bar waits for the first result, so that bad input is told in one line.
    with tqdm(total=len(runs), desc=f"sweeping {options.what}", delay=1e-3) as bar:
        results = sweep(
            options.what,
            runs,
            options.out,
            options.jobs,
            options.backend,
            options.scheduler,
            watch=lambda result: bar.update(),
        )
    report = summary(options.what, results)
    if options.plan:
        report["variations"] = [
            {"topic": each.topic, "label": each.label} | summary(options.what, each.among(results))
            for each in variations
        ]
    print(json.dumps(report))
