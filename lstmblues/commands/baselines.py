"""``baselines``: other models learn the chords, and are put on trial."""

import argparse
from pathlib import Path

from lstmblues.commands.studies import add_work, progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--plan", type=Path, required=True, help="who takes part, a TOML file")
    add_work(parser, "a contest")


def run(options: argparse.Namespace) -> dict:
    """Teach every contestant of a plan, and return what came of each."""
    from lstmblues.evidence.memory.contest import CONTEST, load_plan, summary

    plan = load_plan(options.plan)
    with progress("teaching", plan.networks, lambda result: len(result["runs"])) as watch:
        results = CONTEST.run(plan.parts, options.out, options.jobs, watch)
    return {"contestants": summary(results)}
