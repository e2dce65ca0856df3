"""The command line, for the music or the figures without a notebook.

One JSON object or one sentence goes to standard output, progress and complaints to standard
error. Bad input ends in one line and exit status 2.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from tqdm import tqdm

from lstmblues.compose import LONGEST_PRIMER, compose
from lstmblues.errors import BluesError
from lstmblues.export import make_all
from lstmblues.files import DATA, check_writable, make_folder, write_whole
from lstmblues.findings import summary as findings
from lstmblues.form import load_form
from lstmblues.judge import judge, melody_bits_apart
from lstmblues.melody import Melodies, load_melodies
from lstmblues.midi import LONGEST_BARS, TEMPO, from_midi, to_midi
from lstmblues.piece import Piece
from lstmblues.probing import probe_seeds
from lstmblues.recordings import FOLDER, RECORDINGS
from lstmblues.score import to_svg
from lstmblues.search import search, tally
from lstmblues.sound import render, to_mp3, to_wav
from lstmblues.sweep import BACKENDS, EXPERIMENTS, summary, sweep
from lstmblues.topology import BLUES
from lstmblues.training import CHORUSES_OF_A_RECORDING, Progress, learn_blues, learn_chords
from lstmblues.variations import Variation, load_variations, read_seeds, with_changes
from lstmblues.weights import load, save

WRITERS: dict[str, Callable[[Piece, float, bool], bytes]] = {
    ".mid": to_midi,
    ".mp3": lambda music, tempo, swing: to_mp3(render(music, tempo, swing)),
    ".wav": lambda music, tempo, swing: to_wav(render(music, tempo, swing)),
    ".svg": lambda music, tempo, swing: to_svg(music).encode(),
}
"""How a piece, its tempo and whether it swings become a file's bytes, by the file's ending."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status: 0, 2 for bad input, 130 if interrupted."""
    try:
        options = _parser().parse_args(arguments)
        options.run(options)
    except BluesError as error:
        print(f"lstmblues: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("lstmblues: interrupted", file=sys.stderr)
        return 130
    return 0


def run_learn(options: argparse.Namespace) -> None:
    """Train a network; print what came of it, and save it if asked."""
    if options.out:
        check_writable(options.out)
    form = load_form(path=options.form)
    # Experiment 1 needs no melodies, so that any form can be learned by itself.
    melodies = load_melodies(form, options.melodies) if options.what == "blues" else None
    settings = with_changes(dict(options.set))
    with tqdm(unit=" steps", unit_scale=True, desc=f"learning {options.what}") as bar:

        def watch(progress: Progress) -> None:
            bar.total = progress.most_steps
            bar.update(progress.steps - bar.n)

        if melodies is None:
            result = learn_chords(form, options.seed, settings, watch)
        else:
            training, _ = melodies.split()
            result = learn_blues(melodies, options.seed, settings, watch, training)
    report = {
        "what": options.what,
        "seed": options.seed,
        "algorithm": result.network.header["algorithm"],
        "learned": result.learned,
        "steps": result.steps,
        "seconds": round(result.seconds, 3),
    }
    if melodies is not None:
        _, unseen_bits = melody_bits_apart(result.network, melodies)
        report["melody_bits"] = round(unseen_bits, 3)
    if options.out:
        report["weights"] = str(save(result.network, options.out))
    print(json.dumps(report))


def run_sweep(options: argparse.Namespace) -> None:
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
    runs = [run for variation in variations for run in variation.runs]
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


def run_search(options: argparse.Namespace) -> None:
    """Look for pieces like those of 2002; print how many there are, stage by stage."""
    seeds = read_seeds(options.seeds)
    with tqdm(total=len(seeds), desc="searching", delay=1e-3) as bar:
        found = search(seeds, options.draws, options.out, options.jobs, lambda seed: bar.update())
    print(json.dumps({"candidates": len(found), "stages": tally(found)}))


def run_probe(options: argparse.Namespace) -> None:
    """Probe the networks of experiment 1, seed by seed; print what they have in common."""
    seeds = read_seeds(options.seeds)
    with tqdm(total=len(seeds), desc="probing", delay=1e-3) as bar:
        found = probe_seeds(seeds, options.out, options.jobs, lambda seed: bar.update())
    print(json.dumps(findings(found)))


def run_compose(options: argparse.Namespace) -> None:
    """Let a network compose, and write the piece in the format that the file's ending names."""
    writer = WRITERS.get(options.out.suffix.lower())
    if writer is None:
        raise BluesError(f"cannot write {options.out}: its name must end in {', '.join(WRITERS)}")
    check_writable(options.out)
    melodies = _melodies(options)
    most = LONGEST_BARS // len(melodies.form.bars)
    if options.choruses > most:
        raise BluesError(f"cannot play {options.choruses} choruses; give at most {most}")
    music = compose(
        load(options.weights, BLUES),
        melodies,
        options.choruses,
        options.seed,
        options.temperature,
        options.primer_notes,
        options.first_bar,
    ).piece
    write_whole(options.out, writer(music, options.tempo, options.swing))
    print(
        f"wrote {options.out}: {music.choruses} choruses, {music.bars} bars, "
        f"composed with seed {options.seed}"
    )


def run_judge(options: argparse.Namespace) -> None:
    """Print the verdict on a MIDI file, or an object with every file's verdict by its name."""
    melodies = _melodies(options)
    verdicts = {
        str(file): asdict(judge(from_midi(file, melodies.form), melodies)) for file in options.files
    }
    several = len(options.files) > 1
    print(json.dumps(verdicts if several else next(iter(verdicts.values()))))


def run_record(options: argparse.Namespace) -> None:
    """Make every recording of the book: MIDI, MP3, and what its player shows."""
    make_folder(options.folder)  # before the progress bar, as it may fail
    for _ in tqdm(make_all(options.folder), total=len(RECORDINGS), desc="recording"):
        pass
    print(f"wrote {len(RECORDINGS)} recordings to {options.folder}")


def _melodies(options: argparse.Namespace) -> Melodies:
    return load_melodies(load_form(path=options.form), options.melodies)


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line, like all the others."""

    def error(self, message: str):
        raise BluesError(f"{message}; see `python -m lstmblues --help`")


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no seed; give a whole number from 0 up")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} will not do; give a whole number from 1 up")
    return int(text)


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} sets nothing; write NAME=VALUE")
    return name, value


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="lstmblues", description="The blues of 2002, learned and played.")
    commands = parser.add_subparsers(
        required=True, metavar="{learn,sweep,search,probe,compose,judge,record}"
    )
    music = argparse.ArgumentParser(add_help=False)
    music.add_argument(
        "--form", type=Path, default=DATA / "bebop-blues.toml", help="the form, a TOML file"
    )
    music.add_argument(
        "--melodies", type=Path, default=DATA / "eck-melodies.toml", help="its melodies, likewise"
    )

    settings = argparse.ArgumentParser(add_help=False)
    settings.add_argument(
        "--set",
        type=_setting,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="change one of the settings, such as learning_rate=0.001; may be repeated",
    )

    learn = commands.add_parser(
        "learn", parents=[music, settings], help="train a network by the 2002 rule"
    )
    learn.add_argument("what", choices=EXPERIMENTS, help="experiment 1 or experiment 2")
    learn.add_argument("--seed", type=_seed, default=0)
    learn.add_argument("--out", type=Path, help="where to save the weights (.npz)")
    learn.set_defaults(run=run_learn)

    sweeping = commands.add_parser(
        "sweep", parents=[settings], help="train many networks: seeds, settings"
    )
    sweeping.add_argument("what", choices=EXPERIMENTS, help="experiment 1 or experiment 2")
    sweeping.add_argument("--seeds", help="A:B, from A to below B")
    sweeping.add_argument("--plan", type=Path, help="variations to compare, a TOML file")
    sweeping.add_argument("--jobs", type=_count, default=-1, help="default: as many as cores")
    sweeping.add_argument("--backend", choices=BACKENDS, default="loky")
    sweeping.add_argument("--scheduler", help="address of a Dask scheduler; default: one made here")
    sweeping.add_argument("--out", type=Path, help="JSON Lines; a sweep goes on where it ends")
    sweeping.set_defaults(run=run_sweep)

    searching = commands.add_parser("search", help="look for compositions like those of 2002")
    searching.add_argument("--seeds", required=True, help="of the networks: A:B, A to below B")
    searching.add_argument(
        "--draws", type=_count, default=10, help="how often each network plays from each start"
    )
    searching.add_argument("--jobs", type=_count, default=-1, help="default: as many as cores")
    searching.add_argument("--out", type=Path, help="JSON Lines; a search goes on where it ends")
    searching.set_defaults(run=run_search)

    probing = commands.add_parser("probe", help="read from cells and change them, over many seeds")
    probing.add_argument("--seeds", required=True, help="of experiment 1: A:B, A to below B")
    probing.add_argument("--jobs", type=_count, default=-1, help="default: as many as cores")
    probing.add_argument("--out", type=Path, help="JSON Lines; probing goes on where it ends")
    probing.set_defaults(run=run_probe)

    composing = commands.add_parser("compose", parents=[music], help="let a network play")
    composing.add_argument("--weights", type=Path, default=DATA / "blues.npz")
    composing.add_argument("--choruses", type=int, default=CHORUSES_OF_A_RECORDING)
    composing.add_argument("--seed", type=_seed, default=0)
    composing.add_argument("--temperature", type=float, default=1.0)
    composing.add_argument(
        "--primer-notes", type=int, default=1, help=f"1 to {LONGEST_PRIMER} quarter notes given"
    )
    composing.add_argument(
        "--first-bar", type=int, default=1, help="the bar of a chorus that they are taken from"
    )
    composing.add_argument("--tempo", type=float, default=TEMPO, help="beats a minute")
    composing.add_argument("--swing", action="store_true", help="play it swung; the notes stay")
    composing.add_argument("--out", type=Path, required=True, help=f"ends in {', '.join(WRITERS)}")
    composing.set_defaults(run=run_compose)

    judging = commands.add_parser("judge", parents=[music], help="measure MIDI files")
    judging.add_argument("files", type=Path, nargs="+", metavar="FILE.mid")
    judging.set_defaults(run=run_judge)

    recording = commands.add_parser("record", help="make every recording of the book")
    recording.add_argument("--folder", type=Path, default=FOLDER)
    recording.set_defaults(run=run_record)
    return parser
