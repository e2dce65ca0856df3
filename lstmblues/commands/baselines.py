"""``baselines``: other models learn the chords, and are put on trial."""

import argparse
import json
from pathlib import Path

from tqdm import tqdm

from lstmblues.commands.arguments import add_jobs
from lstmblues.evidence.memory.contest import contest, load_plan, summary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--plan", type=Path, required=True, help="who takes part, a TOML file")
    add_jobs(parser)
    parser.add_argument("--out", type=Path, help="JSON Lines; a contest goes on where it ends")


def run(options: argparse.Namespace) -> None:
    """Teach every contestant of a plan, and print what came of each."""
    plan = load_plan(options.plan)
    with tqdm(total=plan.networks, desc="teaching", delay=1e-3) as bar:
        results = contest(plan, options.out, options.jobs, bar.update)
    print(json.dumps({"contestants": summary(results)}))
