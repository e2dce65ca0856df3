"""A piece's files for its player: MIDI, two MP3s, and what is shown of it (chapter 8).

What is shown travels as a script, ``NAME.js``, because a page that is opened from disk may load
scripts, and nothing else, when the reader asks for more.
"""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lstmblues.book.player_data import player_data
from lstmblues.files import check_writable, make_folder, read_whole, write_whole
from lstmblues.music import midi, notes, sound
from lstmblues.music.midi import to_midi
from lstmblues.music.notes import seconds_at
from lstmblues.music.piece import Piece
from lstmblues.music.sound import RING, render, to_mp3
from lstmblues.network.lstm import Network

KILOBITS = {".mp3": 128, "-32.mp3": 32}
"""The MP3 files of a piece: how the name goes on, and kilobits a second."""

ENDINGS = (".mid", *KILOBITS)
"""How the names of the files go on that a reader may keep: all but the player's script."""


@dataclass(frozen=True)
class Files:
    """The files of a piece: their common name, the sound's length, and bytes by their ending."""

    name: str
    seconds: float
    sizes: dict[str, int]


def write(
    music: Piece, folder: Path, name: str, swing: bool = False, network: Network | None = None
) -> Files:
    """Write ``name.mid``, ``name.mp3``, ``name-32.mp3`` and ``name.js``.

    Nothing is rendered again if the folder has all four, and they are what would be written now.

    Args:
        music: the piece.
        folder: where to write; it is made if need be.
        name: with which the names of all files begin.
        swing: play the music swung (``midi.to_midi``).
        network: what composed the music, if a network did; the script then tells what it did, step
            by step.

    Returns:
        The files.

    Raises:
        BluesError: if the folder cannot be made, or a file cannot be written.
    """
    content = to_midi(music, swing=swing)
    shown = _script(name, player_data(music, swing, network))
    first_line = f"// {_fingerprint(content, shown)}\n".encode()
    script = folder / f"{name}.js"
    paths = {ending: folder / f"{name}{ending}" for ending in ENDINGS}
    if not all(path.is_file() for path in (script, *paths.values())) or (
        not read_whole(script).startswith(first_line)
    ):
        make_folder(folder)
        check_writable(script)
        # The script comes last: its first line vouches for the files beside it.
        script.unlink(missing_ok=True)
        samples = render(music, swing=swing)
        # The encoder is C code that lets other threads run.
        with ThreadPoolExecutor() as threads:
            encoded = threads.map(lambda kilobits: to_mp3(samples, kilobits), KILOBITS.values())
            for ending, mp3 in zip(KILOBITS, encoded, strict=True):
                write_whole(paths[ending], mp3)
        write_whole(paths[".mid"], content)
        write_whole(script, first_line + shown)
    sizes = {ending: path.stat().st_size for ending, path in paths.items()}
    return Files(name, float(seconds_at(len(music))) + RING, sizes)


def _fingerprint(content: bytes, shown: bytes) -> str:
    """Return a hash that is another when any of the files would be: SHA-256, hexadecimal."""
    return hashlib.sha256(content + shown + _sound_sources()).hexdigest()


@cache
def _sound_sources() -> bytes:
    """Return the source of the modules that decide how a piece sounds.

    Whatever else matters is in the files themselves.
    """
    return b"".join(
        Path(path).read_bytes()
        for path in (notes.__file__, midi.__file__, sound.__file__, __file__)
    )


def _script(name: str, shown: dict) -> bytes:
    """Return the script that hands ``shown`` to the player of the recording ``name``."""
    text = json.dumps(shown, separators=(",", ":"))
    return f"(window.bluesMusic ??= {{}})[{json.dumps(name)}] = {text};\n".encode()
