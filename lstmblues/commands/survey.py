"""``survey``: the music of many networks, measured."""

import argparse

from lstmblues.commands.studies import add_seeds, add_work, progress
from lstmblues.evidence.plans import read_seeds

MEASURES = ("novel_bars", "novel_choruses", "bits_a_note", "longest_copy_bars")
"""What is printed of every source; the file has all measures."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_seeds(parser, "experiment 2")
    add_work(parser, "a survey")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument(
        "--places",
        action="store_true",
        help="count how recited bars and novel bars fit their place, and nothing else",
    )
    instead.add_argument(
        "--groups",
        action="store_true",
        help="train networks with one group for chords and melody, or two; which keep the form?",
    )


def run(options: argparse.Namespace) -> dict:
    """Measure what networks play, seed by seed; return means, and the intervals they lie in.

    With ``--places``, return counts instead: the fields of ``Fit``, summed over all seeds. With
    ``--groups``, how many networks of each arm keep the form.
    """
    from lstmblues.evidence.novelty.groups import GROUPS, kept
    from lstmblues.evidence.novelty.places import PLACES, totals
    from lstmblues.evidence.novelty.survey import SURVEY, summary

    study = PLACES if options.places else GROUPS if options.groups else SURVEY
    parts = [(seed,) for seed in read_seeds(options.seeds)]
    with progress("measuring", len(parts)) as watch:
        found = study.run(parts, options.out, options.jobs, watch)
    if options.groups:
        return {"seeds": len(found), "kept": kept(found)}
    learned = sum(result["learned"] for result in found)
    sources = totals(found) if options.places else summary(found, MEASURES)
    return {"seeds": len(found), "learned": learned, "sources": sources}
