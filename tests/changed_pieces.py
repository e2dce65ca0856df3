"""Three choruses that were taught, and what tests change in them."""

from lstmblues.music.form import STEPS_PER_BAR, load_form
from lstmblues.music.melody import hold, load_melodies, read_notes
from lstmblues.music.piece import Piece, join

_MELODIES = load_melodies(load_form())
TAUGHT = join([_MELODIES.chorus(number) for number in (0, 4095, 7)])
FAR = hold(read_notes("C C C C"))  # unlike any bar that was taught
NEW = hold(read_notes("c Gb c Gb C Eb C D"))  # two bars, new throughout


def with_melody(piece: Piece, bar: int, notes: tuple) -> Piece:
    """The piece with other notes from bar ``bar`` (from 0) on."""
    melody = list(piece.melody)
    melody[bar * STEPS_PER_BAR : bar * STEPS_PER_BAR + len(notes)] = notes
    return Piece(piece.form, piece.chords, tuple(melody))


def with_wrong_chords(piece: Piece, steps: range) -> Piece:
    chords = [frozenset({48}) if t in steps else chord for t, chord in enumerate(piece.chords)]
    return Piece(piece.form, tuple(chords), piece.melody)
