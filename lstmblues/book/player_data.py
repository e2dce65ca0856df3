"""What a player shows of a piece, ready for JSON (chapter 8, "Composition")."""

import base64
import re
from functools import cache
from itertools import groupby

import numpy as np

from lstmblues.book.spoken import bar_text
from lstmblues.composing.judge import melody_distance, right_steps
from lstmblues.music.encoding import PITCHES, encode
from lstmblues.music.form import (
    BARS_PER_LINE,
    CHORD_OCTAVE,
    MELODY_OCTAVE,
    STEPS_PER_BAR,
    load_form,
    note_name,
)
from lstmblues.music.melody import Melodies, load_melodies
from lstmblues.music.notes import Note, held_notes, seconds_at
from lstmblues.music.piece import Piece
from lstmblues.music.score import chord_symbol, to_svg
from lstmblues.network.lstm import Network

LEVELS = 255
"""How many values of an activation are told apart: an odd number, so that one is in the middle."""

_SIGNS = {"\uea64": "♭", "\uea66": "♯"}
"""Signs within chord symbols, as verovio writes them for its own font, and as any font has them."""
_OWN_FONT = re.compile(r"<style[^>]*>\s*@font-face.*?</style>", re.DOTALL)
_SIGN_IN_OWN_FONT = re.compile(
    rf'</tspan><tspan font-family="\w+" font-size="\w+">([{"".join(_SIGNS)}])</tspan>'
)


def player_data(music: Piece, swing: bool = False, network: Network | None = None) -> dict:
    """Return what ``_static/player.js`` shows of ``music``, ready for JSON. Time is in steps.

    - ``steps``, ``stepsPerBar``, ``barsPerLine``, ``barsPerChorus``: how long these are.
    - ``onsets``: when each step begins, and when the last one ends, in seconds. With ``swing``,
      off-beats come late.
    - ``lowest``, ``highest``: the ends of the octaves in use, MIDI pitches.
    - ``melody``, ``chords``: held notes as [pitch, onset, duration].
    - ``symbols``: [step, chord symbol] where the chord changes.
    - ``wrong``: [onset, end, the form's symbol] of the stretches whose chord is not the form's;
      none if the piece has no chords at all.
    - ``distance``: ``judge.melody_distance``, bar by bar, in hundredths, for a melody of a chorus
      or more over the melodies' form; else None.
    - ``texts``: every bar in words.
    - ``score``: the engraved score, an SVG image.
    - ``activations``: what ``network``, which composed the music, did (see ``activations``); None
      without one.
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


def _numbers(notes: tuple[Note, ...]) -> list[list[int]]:
    """Return pitch, onset and duration of every note."""
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


@cache
def _melodies() -> Melodies:
    """Return Eck's melodies, loaded once."""
    return load_melodies(load_form())


def _distance(music: Piece) -> list[int] | None:
    """Return the distance of every bar from Eck's melodies in hundredths, or None."""
    melodies = _melodies()
    if music.form != melodies.form or not music.choruses or not any(music.melody):
        return None
    return [round(100 * float(share)) for share in melody_distance(music, melodies)]


def _plain_signs(svg: str) -> str:
    """Return the score without its own font, which browsers leave out inside a player."""
    return _SIGN_IN_OWN_FONT.sub(
        lambda found: _SIGNS[found[1]] + "</tspan>", _OWN_FONT.sub("", svg)
    )


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
        notes = [note_name(pitch).replace("b", "♭") for pitch in PITCHES[group.units]]
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
