"""A piece's files for its player: MIDI, two MP3s, and what is shown of it (chapter 8).

What is shown travels as a script, ``NAME.js``, because a page that is opened from disk may load
scripts, and nothing else, when the reader asks for more.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

import numpy as np
from joblib import Parallel, cpu_count, delayed

from lstmblues import midi, recordings, sound
from lstmblues.encoding import encode
from lstmblues.files import make_folder, read_whole, write_whole
from lstmblues.form import (
    CHORD_OCTAVE,
    MELODY_OCTAVE,
    STEPS_PER_BAR,
    STEPS_PER_BEAT,
    note_name,
)
from lstmblues.judge import melody_distance, right_steps
from lstmblues.midi import Note, held_notes, seconds_at, to_midi
from lstmblues.network import Network
from lstmblues.piece import Piece
from lstmblues.score import BARS_PER_LINE, chord_symbol, to_svg
from lstmblues.sound import RING, render, to_mp3

KILOBITS = {".mp3": 128, "-32.mp3": 32}
"""The MP3 files of a piece: how the name goes on, and kilobits a second."""

ENDINGS = (".mid", *KILOBITS)
"""How the names of a piece's files go on, but for the script that the player reads."""


@dataclass(frozen=True)
class Files:
    """The files of a piece: their common name, the sound's length, and bytes by their ending."""

    name: str
    seconds: float
    sizes: dict[str, int]


def write(
    music: Piece, folder: Path, name: str, swing: bool = False, network: Network | None = None
) -> Files:
    """Write ``music`` to ``folder``: ``name.mid``, ``name.mp3``, ``name-32.mp3``, ``name.js``.

    If ``network`` composed the music, the last of them tells what it did, step by step.
    Nothing is rendered again if the folder has all four, and they are what would be written now.
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


def make_all(folder: Path) -> Iterator[str]:
    """Make every recording of the book, on all cores; yield the name of each when it is there."""
    # The longest first, so that no core is left alone with it at the end.
    names = sorted(recordings.RECORDINGS, key=lambda name: -len(recordings.piece(name)))
    jobs = min(cpu_count(), len(names))
    yield from Parallel(jobs, return_as="generator_unordered")(
        delayed(_make)(name, folder) for name in names
    )


def _make(name: str, folder: Path) -> str:
    swing, network = recordings.RECORDINGS[name].swing, recordings.network(name)
    write(recordings.piece(name), folder, name, swing, network)
    return name


def _fingerprint(content: bytes, shown: bytes) -> str:
    """Return what changes when any of the files would: sha256, hexadecimal."""
    return hashlib.sha256(content + shown + _sound_sources()).hexdigest()


@cache
def _sound_sources() -> bytes:
    """The modules that decide how a piece sounds; whatever else matters is in the files."""
    return b"".join(Path(path).read_bytes() for path in (midi.__file__, sound.__file__, __file__))


def _script(name: str, shown: dict) -> bytes:
    text = json.dumps(shown, separators=(",", ":"))
    return f"(window.bluesMusic ??= {{}})[{json.dumps(name)}] = {text};\n".encode()


# --- What the player shows ------------------------------------------------------------------------


def player_data(music: Piece, swing: bool = False, network: Network | None = None) -> dict:
    """Return what ``_static/player.js`` shows of ``music``, ready for JSON. Time is in steps.

    ``onsets``: when each step begins, and when the last one ends, in seconds. ``lowest``,
    ``highest``: MIDI pitches of the octaves in use.
    ``melody`` and ``chords``: held notes as [pitch, onset, duration]. ``symbols``: [step, chord
    symbol] where the chord changes. ``wrong``: [onset, end, the form's symbol] of the stretches
    whose chord is not the form's (none if the piece has no chords at all). ``distance``: see
    ``judge.melody_distance``, in hundredths, for a melody of a chorus or more over the
    melodies' form; else None.
    ``texts``: every bar in words. ``score``: the engraved score. ``activations``: what
    ``network``, which composed the music, did (see ``activations``); None without one.
    """
    melody, chords = held_notes(music)
    return {
        "steps": len(music),
        "stepsPerBar": STEPS_PER_BAR,
        "barsPerLine": BARS_PER_LINE,
        "barsPerChorus": len(music.form.bars),
        "onsets": seconds_at(np.arange(len(music) + 1), swing=swing).round(4).tolist(),
        "lowest": (CHORD_OCTAVE if chords else MELODY_OCTAVE)[0],
        "highest": (MELODY_OCTAVE if melody else CHORD_OCTAVE)[-1],
        "melody": _numbers(melody),
        "chords": _numbers(chords),
        "symbols": _symbols(music),
        "wrong": _wrong(music),
        "distance": _distance(music),
        "texts": [bar_text(music, bar) for bar in range(music.bars)],
        "score": _plain_signs(to_svg(music)),
        "activations": None if network is None else activations(music, network),
    }


LEVELS = 255
"""How many values of an activation are told apart: an odd number, so that one is in the middle."""


def activations(music: Piece, network: Network) -> dict:
    """Return what ``network`` did when it heard ``music``, ready for JSON.

    A network that composes hears what it plays, so this is what it did in composing as well.
    ``levels`` is ``LEVELS``, and ``parts`` are the gates, cell states, cell outputs and outputs
    of every group, each as a dict: ``group``; ``kind``, such as "forget gate"; ``units``, their
    names, such as "block 1, cell 2"; ``lowest`` and ``highest``, the ends of the scale; and
    ``values``, a byte a step, from 0 for ``lowest`` to ``levels`` - 1 for ``highest``, one unit
    after another, in base64.
    """
    recorded = network.record(encode(music)[:, : network.topology.units])
    # Cell states know no bounds; those of all groups share a scale, which ends at a whole number.
    reach = max(float(np.ceil(np.abs(did.cell_state).max())) for did in recorded.values())
    parts = []
    for group in network.topology.groups:
        did = recorded[group.name]
        blocks = [f"block {block + 1}" for block in range(group.blocks)]
        cells = [
            f"{block}, cell {cell + 1}" for block in blocks for cell in range(group.cells_per_block)
        ]
        pitches = [*CHORD_OCTAVE, *MELODY_OCTAVE][group.units]
        notes = [note_name(pitch).replace("b", "♭") for pitch in pitches]
        parts += [
            _part(group.name, "input gate", blocks, did.input_gate, 0.0, 1.0),
            _part(group.name, "forget gate", blocks, did.forget_gate, 0.0, 1.0),
            _part(group.name, "output gate", blocks, did.output_gate, 0.0, 1.0),
            _part(group.name, "cell state", cells, did.cell_state, -reach, reach),
            _part(group.name, "cell output", cells, did.cell_output, -1.0, 1.0),
            _part(group.name, "output", notes, did.output, 0.0, 1.0),
        ]
    return {"levels": LEVELS, "parts": parts}


def _part(
    group: str, kind: str, units: list[str], values: np.ndarray, lowest: float, highest: float
) -> dict:
    """Return one of the ``parts`` of ``activations``; ``values`` are of shape (steps, units)."""
    shares = (values - lowest) / (highest - lowest)
    levels = np.rint(shares * (LEVELS - 1)).astype(np.uint8)
    return {
        "group": group,
        "kind": kind,
        "units": units,
        "lowest": lowest,
        "highest": highest,
        "values": base64.b64encode(levels.T.tobytes()).decode("ascii"),
    }


def _numbers(notes: tuple[Note, ...]) -> list[list[int]]:
    return [[note.pitch, note.onset, note.duration] for note in notes]


def _symbols(music: Piece) -> list[tuple[int, str]]:
    """Return the steps at which the chord changes, with the chord's symbol."""
    return [
        (step, chord_symbol(music.form, chord))
        for step, chord in enumerate(music.chords)
        if step == 0 or chord != music.chords[step - 1]
    ]


def _wrong(music: Piece) -> list[tuple[int, int, str]]:
    """Return onset, end, and the form's symbol, of every stretch with another chord."""
    if not any(music.chords):
        return []
    right, form = right_steps(music), music.form

    def expected(step: int) -> str | None:
        chord = form.chord_at[step % form.steps]
        return None if right[step] else chord_symbol(form, chord.pitches)

    stretches = []
    for symbol, steps in groupby(range(len(music)), key=expected):
        onset, *others = steps
        if symbol is not None:
            stretches.append((onset, onset + len(others) + 1, symbol))
    return stretches


def _distance(music: Piece) -> list[int] | None:
    melodies = recordings.MELODIES
    if music.form != melodies.form or not music.choruses or not any(music.melody):
        return None
    return [round(100 * float(share)) for share in melody_distance(music, melodies)]


_SIGNS = {"\uea64": "♭", "\uea66": "♯"}
"""Signs within chord symbols, as verovio writes them for its own font, and as any font has them."""
_OWN_FONT = re.compile(r"<style[^>]*>\s*@font-face.*?</style>", re.DOTALL)
_SIGN_IN_OWN_FONT = re.compile(
    rf'</tspan><tspan font-family="\w+" font-size="\w+">([{"".join(_SIGNS)}])</tspan>'
)


def _plain_signs(svg: str) -> str:
    """Return the score without its own font, which browsers leave out inside a player."""
    return _SIGN_IN_OWN_FONT.sub(
        lambda found: _SIGNS[found[1]] + "</tspan>", _OWN_FONT.sub("", svg)
    )


_WORDS = {"N.C.": "no chord", "dim": " diminished", "m": " minor"}
_WORDS |= {"♭": " flat", "♯": " sharp", " ": ", ", "(": "", ")": ""}
_SIGN = re.compile("|".join([*map(re.escape, _WORDS), r"\d+"]))


def bar_text(music: Piece, bar: int) -> str:
    """Return bar ``bar``, counted from 0, in words that can be read aloud.

    For example ``Bar 4: G minor 7, C; melody G, B flat and G, F, rest.``: a beat after another,
    "and" between the two eighth notes of one beat.
    """
    steps = range(bar * STEPS_PER_BAR, (bar + 1) * STEPS_PER_BAR)
    symbols = [chord_symbol(music.form, music.chords[step]) for step in steps]
    chords = ", then ".join(_SIGN.sub(_word, symbol) for symbol, _ in groupby(symbols))
    beats = [
        " and ".join(dict.fromkeys(map(_spoken, music.melody[beat : beat + STEPS_PER_BEAT])))
        for beat in steps[::STEPS_PER_BEAT]
    ]
    melody = f"melody {', '.join(beats)}" if any(music.melody_bar(bar)) else "no melody"
    return f"Bar {bar % len(music.form.bars) + 1}: {chords}; {melody}."


def _word(sign: re.Match) -> str:
    return _WORDS.get(sign[0], f" {sign[0]}")  # else it is a number


def _spoken(pitch: int | None) -> str:
    if pitch is None:
        return "rest"
    letter, flat = re.match(r"([A-G])(b?)", note_name(pitch)).groups()
    high = "high " if pitch == MELODY_OCTAVE[-1] else ""
    return high + letter + (" flat" if flat else "")
