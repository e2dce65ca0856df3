"""``learn``: one network."""

import argparse
from pathlib import Path

from tqdm import tqdm

from lstmblues.commands.arguments import add_music, add_settings, melodies_of, seed
from lstmblues.commands.cli import Unlearned
from lstmblues.files import hold
from lstmblues.music.form import load_form
from lstmblues.network.topology import TOPOLOGIES
from lstmblues.network.weights import save
from lstmblues.training.settings import with_changes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_music(parser)
    add_settings(parser)
    parser.add_argument("what", choices=tuple(TOPOLOGIES), help="experiment 1 or experiment 2")
    parser.add_argument("--seed", type=seed, default=0)
    parser.add_argument("--out", type=Path, help="where to save the weights (.npz)")


def run(options: argparse.Namespace) -> dict | Unlearned:
    """Train a network; return what came of it, and save it if asked."""
    with hold(options.out):
        return _learn(options)


def _learn(options: argparse.Namespace) -> dict | Unlearned:
    from lstmblues.training.experiments import learn_blues, learn_chords
    from lstmblues.training.runs import Progress
    from lstmblues.training.surprisal import melody_bits_apart

    # Experiment 1 needs no melodies, so that any form can be learned by itself.
    melodies = melodies_of(options) if options.what == "blues" else None
    form = load_form(path=options.form) if melodies is None else melodies.form
    settings = with_changes(dict(options.set))
    with tqdm(unit=" steps", unit_scale=True, desc=f"learning {options.what}") as bar:

        def watch(progress: Progress) -> None:
            bar.total = progress.most_steps
            bar.update(progress.steps - bar.n)

        if melodies is None:
            result = learn_chords(form, options.seed, settings, watch)
        else:
            training, _ = melodies.split()
            result = learn_blues(melodies, options.seed, settings, watch, numbers=training)
    report = {
        "what": options.what,
        "seed": options.seed,
        "algorithm": result.network.header["algorithm"],
        "learned": result.learned,
        "steps": result.steps,
        "seconds": round(result.seconds, 3),
    }
    if melodies is not None and min(map(len, melodies.split())) > 1:
        _, unseen_bits = melody_bits_apart(result.network, melodies)
        report["melody_bits"] = round(unseen_bits, 3)
    if options.out:
        report["weights"] = str(save(result.network, options.out))
    if not result.learned:
        return Unlearned(report, f"the network had not learned after {result.steps} steps")
    return report
