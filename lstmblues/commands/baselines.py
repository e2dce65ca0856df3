"""``baselines``: other models learn the chords, and are put on trial."""

import argparse
from pathlib import Path

from lstmblues.commands.studies import add_work, progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--plan", type=Path, required=True, help="who takes part, a TOML file")
    parser.add_argument("--only", metavar="KIND", help="contestants of one kind, such as elman")
    parser.add_argument("--seeds", help="A:B, A to below B; default: those of the plan")
    add_work(parser, "a contest")


def run(options: argparse.Namespace) -> dict:
    """Teach every contestant of a plan, and return what came of each."""
    from lstmblues.evidence.memory.contest import CONTEST, load_plan, summary
    from lstmblues.evidence.plans import read_seeds

    seeds = None if options.seeds is None else read_seeds(options.seeds)
    plan = load_plan(options.plan).only(options.only, seeds)
    with progress("teaching", plan.networks, lambda result: len(result["runs"])) as watch:
        results = CONTEST.run(plan.parts, options.out, options.jobs, watch)
    return {"contestants": summary(results)}
