"""``compose``: a piece by a network, as music or as a score."""

import argparse
from collections.abc import Callable
from pathlib import Path

from lstmblues.commands.arguments import add_music, melodies_of, seed
from lstmblues.composing.compose import LONGEST_PRIMER, compose
from lstmblues.errors import BluesError
from lstmblues.files import check_writable, write_whole
from lstmblues.music.form import Form
from lstmblues.music.midi_notes import LONGEST_BARS
from lstmblues.music.notes import TEMPO
from lstmblues.music.piece import CHORUSES_OF_A_RECORDING, Piece
from lstmblues.network.topology import BLUES
from lstmblues.network.weights import load
from lstmblues.training.trained import trained_path


def _midi(music: Piece, tempo: float, swing: bool) -> bytes:
    from lstmblues.music.midi import to_midi

    return to_midi(music, tempo, swing)


def _mp3(music: Piece, tempo: float, swing: bool) -> bytes:
    from lstmblues.music.sound import render, to_mp3

    return to_mp3(render(music, tempo, swing))


def _wav(music: Piece, tempo: float, swing: bool) -> bytes:
    from lstmblues.music.sound import render, to_wav

    return to_wav(render(music, tempo, swing))


def _svg(music: Piece, tempo: float, swing: bool) -> bytes:
    from lstmblues.music.score import to_svg

    return to_svg(music).encode()


WRITERS: dict[str, Callable[[Piece, float, bool], bytes]] = {
    ".mid": _midi,
    ".mp3": _mp3,
    ".wav": _wav,
    ".svg": _svg,
}
"""How a piece, its tempo and whether it swings become a file's bytes, by the file's ending."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_music(parser)
    parser.add_argument("--weights", type=Path, default=trained_path("blues"))
    parser.add_argument("--choruses", type=int, default=CHORUSES_OF_A_RECORDING)
    parser.add_argument("--seed", type=seed, default=0)
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument(
        "--primer-notes", type=int, default=1, help=f"1 to {LONGEST_PRIMER} quarter notes given"
    )
    parser.add_argument(
        "--first-bar", type=int, default=1, help="the bar of a chorus that they are taken from"
    )
    parser.add_argument("--tempo", type=float, default=TEMPO, help="beats a minute")
    parser.add_argument("--swing", action="store_true", help="play it swung; the notes stay")
    parser.add_argument("--out", type=Path, required=True, help=f"ends in {', '.join(WRITERS)}")


def run(options: argparse.Namespace) -> str:
    """Let a network compose, and write the piece in the format that the file's ending names."""
    writer = WRITERS.get(options.out.suffix.lower())
    if writer is None:
        raise BluesError(f"cannot write {options.out}: its name must end in {', '.join(WRITERS)}")
    check_writable(options.out)
    melodies = melodies_of(options)
    most = LONGEST_BARS // len(melodies.form.bars)
    if options.choruses > most:
        raise BluesError(f"cannot play {options.choruses} choruses; give at most {most}")
    network = load(options.weights, BLUES)
    _check_learned(network.header, melodies.form, options.weights)
    music = compose(
        network,
        melodies,
        options.choruses,
        options.seed,
        options.temperature,
        options.primer_notes,
        options.first_bar,
    ).piece
    write_whole(options.out, writer(music, options.tempo, options.swing))
    return (
        f"wrote {options.out}: {music.choruses} choruses, {music.bars} bars, "
        f"composed with seed {options.seed}"
    )


def _check_learned(header: dict, form: Form, weights: Path) -> None:
    """Raise ``BluesError`` unless a network's header says that it learned the chords of ``form``.

    A form may change and keep its name, so its notes are compared (``Form.notes``).
    """
    if header.get("chords") != form.notes:
        learned = "unknown form" if "chords" not in header else f"form {header.get('form')!r}"
        changed = ", with other chords" if header.get("form") == form.name else ""
        raise BluesError(
            f"{weights} holds a network of {learned}{changed}, which does not play {form.name!r}; "
            "give weights that were learned with this --form"
        )
