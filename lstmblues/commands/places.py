"""``places``: do the novel bars of many networks know their place in the form?"""

import argparse

from lstmblues.commands.studies import add_seeds, add_work, progress
from lstmblues.evidence.plans import read_seeds


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_seeds(parser, "experiment 2")
    add_work(parser, "the study")


def run(options: argparse.Namespace) -> dict:
    """Count, seed by seed; return how many notes of each kind of bar are on the chord, in all."""
    from lstmblues.evidence.novelty.places import PLACES

    parts = [(seed,) for seed in read_seeds(options.seeds)]
    with progress("placing", len(parts)) as watch:
        found = PLACES.run(parts, options.out, options.jobs, watch)
    sources = {}
    for result in found:
        for source, kinds in result["sources"].items():
            for kind, counts in kinds.items():
                total = sources.setdefault(source, {}).setdefault(kind, dict.fromkeys(counts, 0))
                for name, count in counts.items():
                    total[name] = round(total[name] + count, 4)
    return {"seeds": len(found), "sources": sources}
