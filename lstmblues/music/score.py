"""Pieces as engraved scores (chapter 2, "The melodies").

A lead sheet: the melody on one staff, chord symbols above it. It is written as MEI, the Music
Encoding Initiative's XML, and engraved by verovio.
"""

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import verovio

from lstmblues.errors import BluesError
from lstmblues.music.form import (
    BARS_PER_LINE,
    BEATS_PER_BAR,
    STEPS_PER_BAR,
    STEPS_PER_BEAT,
    Form,
    note_name,
)
from lstmblues.music.notes import Note, held_notes
from lstmblues.music.piece import Piece

_LAYOUT = {
    "breaks": "encoded",
    "pageWidth": 2100,
    "adjustPageHeight": True,
    "scale": 50,
    "footer": "none",
    "minLastJustification": 0.4,
    "svgViewBox": True,
    "svgFormatRaw": True,
    "smuflTextFont": "embedded",
    "xmlIdSeed": 1,
}


def to_svg(piece: Piece, title: str | None = None) -> str:
    """Return ``piece`` as an SVG image: a lead sheet on one tall page, four bars a line.

    Every chorus starts a new line and ends with a double bar. A chord symbol stands where the
    chord changes and where a line begins (``chord_symbol``). The note that starts at time step
    ``t`` has the id ``note-t``. The same piece and title always give the same text, which refers
    to no other file and no address.

    Raises ``BluesError`` for a title or a chord symbol with control characters in it.
    """
    verovio.enableLog(verovio.LOG_OFF)
    # Verovio knows its fonts in the thread alone that imported it, and the callbacks of widgets run
    # in another.
    verovio.setDefaultResourcePath(str(Path(verovio.__file__).parent / "data"))
    toolkit = verovio.toolkit()
    toolkit.setOptions({**_LAYOUT, "header": "none" if title is None else "auto"})
    if not toolkit.loadData(to_mei(piece, title)):
        raise BluesError(
            f"the title {title!r} or a chord symbol holds a control character; use plain text"
        )
    return _with_size(toolkit.renderToSVG(1))


def _with_size(svg: str) -> str:
    """State the image's size as well, so that a browser does not squeeze it into its window."""
    return re.sub(r'viewBox="0 0 (\S+) (\S+)"', r'\g<0> width="\1" height="\2"', svg, count=1)


def to_mei(piece: Piece, title: str | None = None) -> str:
    """Return the lead sheet as MEI: what is on the page, before it is engraved."""
    mei = Element("mei", xmlns="http://www.music-encoding.org/ns/mei", meiversion="5.0")
    titles = SubElement(SubElement(SubElement(mei, "meiHead"), "fileDesc"), "titleStmt")
    SubElement(titles, "title").text = title or ""
    mdiv = SubElement(SubElement(SubElement(mei, "music"), "body"), "mdiv")
    score = SubElement(mdiv, "score")
    meter = {"meter.count": str(BEATS_PER_BAR), "meter.unit": "4"}
    staves = SubElement(SubElement(score, "scoreDef", meter), "staffGrp")
    SubElement(staves, "staffDef", {"n": "1", "lines": "5", "clef.shape": "G", "clef.line": "2"})
    section = SubElement(score, "section")
    melody, _ = held_notes(piece)
    notes, symbols = {note.onset: note for note in melody}, dict(_symbols(piece))
    for bar in range(piece.bars):
        steps = range(bar * STEPS_PER_BAR, (bar + 1) * STEPS_PER_BAR)
        chorus, place = divmod(bar, len(piece.form.bars))
        if place % BARS_PER_LINE == 0:
            SubElement(section, "sb")
        measure = SubElement(section, "measure", n=str(bar + 1))
        if bar == piece.bars - 1:
            measure.set("right", "end")
        elif place == len(piece.form.bars) - 1:
            measure.set("right", "dbl")
        layer = SubElement(SubElement(measure, "staff", n="1"), "layer", n="1")
        _write_bar(layer, steps, notes)
        if place == 0 and piece.bars > len(piece.form.bars):
            SubElement(measure, "reh", staff="1", tstamp="1").text = f"Chorus {chorus + 1}"
        for step in filter(symbols.__contains__, steps):
            beat = 1 + (step - steps[0]) / STEPS_PER_BEAT
            SubElement(measure, "harm", staff="1", tstamp=f"{beat:g}").text = symbols[step]
    return ElementTree.tostring(mei, encoding="unicode")


def _write_bar(layer: Element, steps: range, notes: dict[int, Note]) -> None:
    """Write the bar of these steps: the notes (by their onsets), and rests where none sounds."""
    if not any(step in notes for step in steps):
        SubElement(layer, "mRest")
        return
    accidentals: dict[str, str] = {}
    for beat in steps[::STEPS_PER_BEAT]:
        in_beat = [step for step in range(beat, beat + STEPS_PER_BEAT) if step in notes]
        # Two eighth notes of one beat share a beam.
        parent = SubElement(layer, "beam") if len(in_beat) == STEPS_PER_BEAT else layer
        step = beat
        while step < beat + STEPS_PER_BEAT:
            note = notes.get(step)
            if note is not None:
                _write_note(parent, note, accidentals)
                step += note.duration
            elif in_beat:
                SubElement(parent, "rest", dur=_duration(1))
                step += 1
            else:
                SubElement(parent, "rest", dur=_duration(STEPS_PER_BEAT))
                step += STEPS_PER_BEAT


def _write_note(parent: Element, note: Note, accidentals: dict[str, str]) -> None:
    """Write a note; ``accidentals`` holds what the bar's lines and spaces carry so far."""
    letter, flat, octave = re.fullmatch(r"([A-G])(b?)(\d)", note_name(note.pitch)).groups()
    sign = "f" if flat else "n"
    printed = accidentals.get(letter + octave, "n") != sign
    accidentals[letter + octave] = sign
    SubElement(
        parent,
        "note",
        {
            "xml:id": f"note-{note.onset}",
            "pname": letter.lower(),
            "oct": octave,
            "dur": _duration(note.duration),
            "accid" if printed else "accid.ges": sign,
        },
    )


def _duration(steps: int) -> str:
    """Return the MEI duration of 1 or 2 steps: "8" is an eighth note, "4" a quarter."""
    return str(4 * STEPS_PER_BEAT // steps)


def _symbols(piece: Piece) -> Iterator[tuple[int, str]]:
    """Yield every step at which the chord changes or a line begins, and its chord's symbol."""
    previous = None
    for step, chord in enumerate(piece.chords):
        line_begins = step % piece.form.steps % (BARS_PER_LINE * STEPS_PER_BAR) == 0
        if chord != previous or line_begins:
            yield step, chord_symbol(piece.form, chord)
        previous = chord


def chord_symbol(form: Form, pitches: Collection[int]) -> str:
    """Return how the score names a chord: ``Gm7``, else ``(C E G♭)``, or ``N.C.`` for none."""
    if not pitches:
        return "N.C."
    symbol = form.symbol_of(pitches)
    if symbol is None:
        names = (note_name(pitch).rstrip("0123456789") for pitch in sorted(pitches))
        symbol = f"({' '.join(names)})"
    # An accidental follows a note's letter, or stands before a number as in m7b5.
    signs = {"b": "♭", "#": "♯"}
    return re.sub(r"(?<=[A-G])[b#]|[b#](?=\d)", lambda found: signs[found[0]], symbol)
