import pytest
from changed_pieces import FAR, NEW, TAUGHT, with_melody, with_wrong_chords

from lstmblues.composing.chance_melodies import random_notes
from lstmblues.composing.passages import Passage, motif, passages, returns, settled_step
from lstmblues.music.form import STEPS_PER_BAR, load_form
from lstmblues.music.melody import hold, load_melodies, read_notes

MELODIES = load_melodies(load_form())


@pytest.mark.parametrize(
    ("wrong", "step"), [(range(0), 0), (range(5), 5), (range(3, 90), 90), (range(287, 288), 288)]
)
def test_a_piece_has_settled_after_its_last_wrong_chord(wrong, step):
    assert settled_step(with_wrong_chords(TAUGHT, wrong)) == step


# --- Passages -------------------------------------------------------------------------------------


def test_passages_by_hand():
    piece = with_melody(with_melody(TAUGHT, 5, FAR * 4), 13, FAR * 3)
    assert [(p.first_bar, p.bars, p.freer) for p in passages(piece, MELODIES)] == [
        (0, 5, False),
        (5, 4, True),
        (9, 4, False),
        (16, 20, False),  # three bars are too few to be a passage
    ]


def test_bars_that_hardly_differ_are_no_passage_at_all():
    piece = TAUGHT
    for bar in range(4):
        notes = list(piece.melody_bar(bar))
        notes[7] = 61  # one step of eight
        piece = with_melody(piece, bar, tuple(notes))
    assert [(p.first_bar, p.freer) for p in passages(piece, MELODIES)] == [(4, False)]


def test_a_passage_knows_where_it_begins():
    assert Passage(3, 4, 0.5).step == 24


def test_a_return_is_a_close_passage_right_after_a_freer_one():
    close, freer = Passage(0, 4, 0.0), Passage(0, 4, 0.5)
    assert returns([]) == returns([close]) == returns([close, freer]) == 0
    assert returns([freer, freer, close, close, freer, close]) == 2


# --- Motifs ---------------------------------------------------------------------------------------


def test_the_test_phrase_is_new_throughout():
    stretches = {NEW[t : t + STEPS_PER_BAR] for t in range(STEPS_PER_BAR + 1)}
    assert not stretches & MELODIES.stretches


def test_a_new_phrase_that_is_played_again_is_a_motif():
    piece = with_melody(with_melody(TAUGHT, 4, NEW), 9, NEW)
    found = motif(piece, MELODIES)
    assert found.steps[0] in range(24, 33) and len(found.steps) == 2
    start = 32 - found.steps[0]
    assert found.melody[start : start + len(NEW)] == NEW


def test_a_motif_is_counted_wherever_it_returns():
    piece = with_melody(with_melody(with_melody(TAUGHT, 4, NEW), 9, NEW), 31, NEW)
    assert len(motif(piece, MELODIES).steps) == 3


@pytest.mark.parametrize(
    "piece",
    [
        TAUGHT,  # much returns, and all of it was taught
        with_melody(TAUGHT, 4, NEW),  # once
        with_melody(with_melody(TAUGHT, 4, NEW), 17, NEW),  # more than a chorus later
        with_melody(with_melody(TAUGHT, 4, NEW[:12]), 9, NEW[:12]),  # too short
        with_melody(TAUGHT, 4, FAR * 4),  # one note only
    ],
    ids=["taught", "once", "late", "short", "one note"],
)
def test_no_motif(piece):
    assert motif(piece, MELODIES) is None


def test_motifs_do_not_overlap_themselves():
    piece = with_melody(TAUGHT, 4, hold(read_notes("c Gb C D")) * 5)  # five equal new bars
    found = motif(piece, MELODIES)
    assert len(found.melody) <= 20
    assert found.steps[1] - found.steps[0] >= len(found.melody)


@pytest.mark.parametrize("seed", range(5))
def test_random_notes_have_no_motifs(seed):
    """The control: two bars of random notes hardly ever return by chance."""
    assert motif(random_notes(MELODIES, 14, seed), MELODIES) is None
