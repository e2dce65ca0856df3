from dataclasses import astuple

import numpy as np

from lstmblues.composing.chance_melodies import random_notes, taught
from lstmblues.composing.place import KINDS, Fit, fit
from lstmblues.music.form import Form, load_form
from lstmblues.music.melody import Melodies, hold, load_melodies, read_notes
from lstmblues.music.piece import Piece

MELODIES = load_melodies(load_form())
FORM = Form.parse("two", "C | F", {"C": "C3 E3 G3", "F": "C3 F3 A3"})
SMALL = Melodies(FORM, read_notes("C D E F"), ((read_notes("C E D F"),), (read_notes("F C D E"),)))


def piece(notes):
    return Piece.over(FORM, hold(read_notes(notes)))


def test_counts_by_hand():
    # Bar 1 recited in its place, bar 2 novel; then bar 2 recited out of its place, and in it.
    found = fit(piece("C E D F  F F E F  F C D E  F C D E"), SMALL)
    assert tuple(found) == KINDS
    # On the chord: C E of bar 1; C E of bar 3, over C; F C of bar 4, over F.
    # Elsewhere: C F of bar 1, over F; F C of bar 3, over F; C E of bar 4, over C.
    # As Eck has it: bar 1, 4 notes; bar 3, the D alone; bar 4, 4 notes. Elsewhere: 1, 4, 1.
    assert found["recited"] == Fit(3, 2, 12, 6, 9, 6.0, 6.0)
    # F F E F over F: three on the chord; over C: one. F is Eck's first; elsewhere F is his last.
    assert found["novel"] == Fit(1, 0, 4, 3, 1, 1.0, 1.0)


def test_what_is_eck_s_is_in_place_and_what_knows_no_place_fits_everywhere_alike():
    eck, noise = (fit(make(MELODIES, 14, 0), MELODIES) for make in (taught, random_notes))
    assert astuple(eck["novel"]) == (0,) * 7
    recited = eck["recited"]
    assert recited.bars == recited.bars_in_place == 14 * 12
    assert recited.notes == recited.like_eck == 14 * 48
    assert recited.on_chord > 1.15 * recited.on_chord_elsewhere
    # In Eck's place, half of the notes could be anywhere; here is no more than chance.
    novel = noise["novel"]
    assert abs(novel.on_chord - novel.on_chord_elsewhere) < 3 * np.sqrt(novel.notes / 4)
    assert abs(novel.like_eck - novel.like_eck_elsewhere) < 3 * np.sqrt(novel.notes / 4)


def test_rests_and_eighths_are_notes_of_a_novel_bar():
    notes = [*hold(read_notes("C E D")), None, read_notes("F")[0], *hold(read_notes("F C D E"))]
    found = fit(Piece.over(FORM, notes), SMALL)
    assert (found["novel"].bars, found["novel"].notes) == (1, 4)
    assert found["novel"].like_eck == 4  # the F on its offbeat, too
    assert (found["recited"].bars, found["recited"].bars_in_place) == (1, 1)


def test_a_melody_of_rests_alone_has_bars_and_no_notes():
    found = fit(Piece.over(FORM, [None] * FORM.steps), SMALL)
    assert astuple(found["recited"]) == (0, 0, 0, 0, 0, 0.0, 0.0)
    assert astuple(found["novel"]) == (2, 0, 0, 0, 0, 0.0, 0.0)
