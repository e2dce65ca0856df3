"""Pieces of a few bars over a small form, from the names of notes."""

from lstmblues.music.form import Form, pitch
from lstmblues.music.piece import Piece

FORM = Form.parse("small", "C | Gm7 C", {"C": "C3 E3 G3", "Gm7": "D3 F3 G3 Bb3"})


def piece_of(form, chords, melody):
    """A piece from note names: the chord of each bar, and the melody in quarters and "."s."""
    sets = [frozenset(pitch(name) for name in chord.split()) for chord in chords]
    notes = [None if name == "." else pitch(name) for name in melody.split()]
    return Piece(
        form,
        tuple(chord for chord in sets for _ in range(8)),
        tuple(note for note in notes for _ in range(2)),
    )
