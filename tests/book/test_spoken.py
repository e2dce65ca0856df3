from small_pieces import FORM, piece_of

from lstmblues.book.spoken import bar_text
from lstmblues.music.form import Form
from lstmblues.music.piece import Piece


def test_bars_are_counted_within_their_chorus():
    music = piece_of(FORM, ["C3", "C3", "C3"], ". " * 12)
    assert [bar_text(music, bar)[:6] for bar in range(3)] == ["Bar 1:", "Bar 2:", "Bar 1:"]


def test_bars_are_told_in_words():
    form = Form.parse(
        "odd", "F#m7b5 Cdim | Bb", {"F#m7b5": "C3 E3 Gb3 A3", "Cdim": "C3 Eb3", "Bb": "D3 Bb3"}
    )
    chords = [form.chord_at[step].pitches for step in range(8)]
    music = Piece(form, tuple(map(frozenset, chords)), (60, 70, 63, 63, None, 67, None, None))
    assert bar_text(music, 0) == (
        "Bar 1: F sharp minor 7 flat 5, then C diminished; "
        "melody C and B flat, E flat, rest and G, rest."
    )
    silent = Piece(form, (frozenset(),) * 8, (None,) * 8)
    assert bar_text(silent, 0) == "Bar 1: no chord; no melody."
