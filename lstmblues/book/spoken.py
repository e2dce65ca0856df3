"""A bar in words that can be read aloud, for screen readers."""

import re
from itertools import groupby

from lstmblues.music.form import MELODY_OCTAVE, STEPS_PER_BAR, STEPS_PER_BEAT, note_name
from lstmblues.music.piece import Piece
from lstmblues.music.score import chord_symbol

_WORDS = {"N.C.": "no chord", "dim": " diminished", "m": " minor"}
_WORDS |= {"♭": " flat", "♯": " sharp", " ": ", ", "(": "", ")": ""}
_SIGN = re.compile("|".join([*map(re.escape, _WORDS), r"\d+"]))


def bar_text(music: Piece, bar: int) -> str:
    """Return bar ``bar``, counted from 0, in words that can be read aloud.

    For example ``Bar 4: G minor 7, then C; melody G, B flat and G, F, rest.``: one beat after
    another, with "and" between the two eighth notes of one beat.
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
    """Return the words for a sign of a chord symbol."""
    return _WORDS.get(sign[0], f" {sign[0]}")  # else it is a number


def _spoken(pitch: int | None) -> str:
    """Return the name of a melody note, without its octave; "high C" is C5."""
    if pitch is None:
        return "rest"
    letter, flat = re.match(r"([A-G])(b?)", note_name(pitch)).groups()
    high = "high " if pitch == MELODY_OCTAVE[-1] else ""
    return high + letter + (" flat" if flat else "")
