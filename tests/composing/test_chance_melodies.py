from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from lstmblues.composing.chance_melodies import (
    ORDER_WITH_CHORDS,
    compose,
    random_notes,
    random_walk,
    taught,
    training_walk,
)
from lstmblues.composing.judge import judge
from lstmblues.errors import BluesError
from lstmblues.music.form import Form, load_form
from lstmblues.music.melody import Melodies, hold, load_melodies, read_notes

MELODIES = load_melodies(load_form())
TRAINING = MELODIES.split()[0][:200]
BAR = Form.parse("bar", "C", {"C": "C3 E3 G3"})


def small(*bars, scale="C D E"):
    """Melodies over one bar of C: as many choruses as ``bars``."""
    return Melodies(BAR, read_notes(scale), (tuple(read_notes(bar) for bar in bars),))


def quarter_notes(piece):
    assert hold(piece.melody[::2]) == piece.melody
    return piece.melody[::2]


@pytest.mark.parametrize("order", [1, 3, 5])
def test_every_run_of_notes_was_heard(order):
    notes = quarter_notes(compose(MELODIES, TRAINING, choruses=5, seed=2, order=order))
    heard = MELODIES.pitches[TRAINING, ::2].reshape(-1)

    def runs(melody, length):
        windows = np.lib.stride_tricks.sliding_window_view(melody, length)
        return {tuple(window) for window in windows.tolist()}

    assert runs(notes, order + 1) <= runs(heard, order + 1)
    assert not runs(notes, 12) <= runs(heard, 12)  # but it is no copy


def test_choruses_are_heard_one_after_another():
    melodies = small("C D C D", "E F G A")
    assert quarter_notes(compose(melodies, [0], 2)) == read_notes("C D C D C D C D")
    seen = set()
    for seed in range(20):
        notes = quarter_notes(compose(melodies, [0, 1], 1, seed))
        seen.add(notes[0])
        # Nothing ever followed the last note, A, after which any may come.
        follows = {"C": "D", "D": "CE", "E": "F", "F": "G", "G": "A", "A": "CDEFGA"}
        allowed = {
            (read_notes(one)[0], read_notes(other)[0])
            for one, others in follows.items()
            for other in others
        }
        assert set(zip(notes, notes[1:], strict=False)) <= allowed
    assert seen == set(read_notes("C E"))  # what a chorus begins with


def test_a_table_that_hears_the_chords_goes_on_by_note_and_chord():
    """D follows the first E, and C the second: the chord under them tells which it is."""
    form = Form.parse("two", "C | F", {"C": "C3 E3 G3", "F": "C3 F3 A3"})
    melodies = Melodies(
        form, read_notes("C D E"), ((read_notes("E D E D"),), (read_notes("E C E C"),))
    )
    heard = quarter_notes(compose(melodies, [0], 20, order=1, hears_chords=True))
    bars = np.reshape(heard, (-1, 4))
    # After an E over C comes D; the first beat of a bar still hears the chord of the last.
    assert {tuple(bar) for bar in bars[::2].tolist()} == {read_notes("E D E D")}
    assert {tuple(bar) for bar in bars[1::2].tolist()} == {read_notes("E C E C")}
    deaf = np.reshape(quarter_notes(compose(melodies, [0], 20, order=1)), (-1, 4))
    assert len({tuple(bar) for bar in deaf.tolist()}) > 2


@pytest.mark.parametrize("seed", [0, 3, 8])
def test_the_table_with_chords_plays_eck_once_it_has_found_its_place(seed):
    training, _ = MELODIES.split()
    piece = compose(MELODIES, training, 6, seed, ORDER_WITH_CHORDS, hears_chords=True)
    known = MELODIES.known_at
    in_place = [piece.melody_bar(bar) in known[bar % 12] for bar in range(piece.bars)]
    assert all(in_place[12:])
    assert all(in_place) == (seed == 0)  # it starts with one note and chord, and goes by two
    assert len({piece.melody_bar(bar) for bar in range(18, piece.bars, 12)}) > 1


def test_a_walk_by_hand_of_its_rules():
    notes = quarter_notes(random_walk(MELODIES, choruses=14, seed=3))
    places = np.array([MELODIES.scale.index(note) for note in notes])
    moves = np.diff(places)
    assert len(notes) == 14 * 48
    assert set(np.abs(moves)) == {1}
    assert set(places) == set(range(len(MELODIES.scale)))
    # Away from the ends, up and down are equally likely, whatever was before.
    inside = moves[(places[:-1] > 0) & (places[:-1] < len(MELODIES.scale) - 1)]
    assert abs((inside > 0).mean() - 0.5) < 4 * 0.5 / np.sqrt(len(inside))
    after_up = moves[1:][(moves[:-1] > 0) & (places[1:-1] < len(MELODIES.scale) - 1)]
    assert abs((after_up > 0).mean() - 0.5) < 4 * 0.5 / np.sqrt(len(after_up))


def test_a_walk_on_two_notes_goes_to_and_fro():
    notes = quarter_notes(random_walk(small("C D C D", scale="C D"), choruses=2, seed=0))
    assert notes in (read_notes("C D C D C D C D"), read_notes("D C D C D C D C"))


def test_a_walk_begins_anywhere():
    starts = [random_walk(MELODIES, seed=seed).melody[0] for seed in range(60)]
    assert set(starts) == set(MELODIES.scale)
    drawn = [np.random.default_rng(seed).integers(len(MELODIES.scale)) for seed in range(60)]
    assert starts == [MELODIES.scale[place] for place in drawn]


@pytest.mark.parametrize(
    "make",
    [lambda seed: compose(MELODIES, TRAINING, 3, seed), lambda s: random_walk(MELODIES, 3, s)],
)
def test_chords_are_right_and_the_seed_decides(make):
    verdict = judge(make(1), MELODIES)
    assert (verdict.choruses, verdict.choruses_right) == (3, 3)
    assert make(1) == make(1) != make(2)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: compose(MELODIES, [], 1),
            "^a transition .* choruses to learn from; give some numbers$",
        ),
        (lambda: compose(MELODIES, TRAINING, 0), "0 choruses"),
        (lambda: compose(MELODIES, TRAINING, 1, order=0), "order 0"),
        (lambda: random_walk(MELODIES, 0), "0 choruses"),
        (
            lambda: random_walk(replace(MELODIES, scale=(60,)), 1),
            "^a walk .* two notes or more$",
        ),
    ],
)
def test_bad_arguments(make, words):
    with pytest.raises(BluesError, match=words):
        make()


@pytest.mark.parametrize("unseen", [False, True])
def test_what_is_taught_is_told_apart_from_what_is_not(unseen):
    numbers = set(MELODIES.split()[unseen])
    known = {tuple(MELODIES.pitches[n].tolist()) for n in numbers}
    music = taught(MELODIES, 14, 5, unseen)
    choruses = [music.chorus(n).melody for n in range(music.choruses)]
    assert len(set(choruses)) == 14
    assert set(choruses) <= known


@pytest.mark.parametrize("choruses", [0, 3073])
def test_no_more_choruses_are_drawn_than_there_are(choruses):
    with pytest.raises(BluesError, match="give 1 to 3072"):
        taught(MELODIES, choruses)


def bars_that_change(music):
    """In how many bars every chorus but the first differs from the one before it."""
    bars = np.array(music.melody).reshape(music.choruses, -1, 8)
    return (bars[1:] != bars[:-1]).any(axis=2).sum(axis=1).tolist()


@pytest.mark.parametrize("seed", range(4))
def test_a_walk_changes_one_or_two_bars_and_never_returns(seed):
    music = training_walk(MELODIES, 200, seed)
    assert set(bars_that_change(music)) == {1, 2}
    choruses = {music.chorus(number).melody for number in range(200)}
    assert len(choruses) == 200
    assert choruses <= {tuple(MELODIES.pitches[n].tolist()) for n in MELODIES.split()[0]}
    assert music == training_walk(MELODIES, 200, seed) != training_walk(MELODIES, 200, seed + 1)


def test_a_walk_changes_any_bar_that_can_change():
    bars = np.array(training_walk(MELODIES, 200).melody).reshape(200, -1, 8)
    changing = (bars[1:] != bars[:-1]).any(axis=2).any(axis=0)
    assert np.flatnonzero(~changing).tolist() == [10, 11]  # bars 11 and 12 are fixed


def test_a_walk_of_one_chorus_is_any_training_chorus():
    firsts = {training_walk(MELODIES, seed=seed).melody for seed in range(20)}
    assert len(firsts) > 10


@pytest.mark.parametrize("choruses", [0, 4])
def test_a_walk_ends_where_nothing_new_is_near(choruses):
    four = small("C C C C", "D D D D", "E E E E", "F F F F")  # three of them for training
    assert training_walk(four, 3).choruses == 3
    with pytest.raises(BluesError, match=f"through {choruses} choruses; give 1 to "):
        training_walk(four, choruses)


def test_random_notes_are_spread_over_the_scale():
    music = random_notes(MELODIES, 40, 0)
    counts = Counter(music.melody[::2])
    assert set(counts) == set(MELODIES.scale)
    assert music.melody[::2] == music.melody[1::2]
    each = len(music) / 2 / len(MELODIES.scale)
    assert all(abs(count - each) < 5 * each**0.5 for count in counts.values())


@pytest.mark.parametrize("make", [taught, training_walk, random_notes, random_walk])
def test_without_further_wishes_it_is_one_chorus_of_seed_0(make):
    assert make(MELODIES) == make(MELODIES, 1, 0) != make(MELODIES, 1, 1)
    assert compose(MELODIES, TRAINING) == compose(MELODIES, TRAINING, 1, 0)
    assert compose(MELODIES, TRAINING, seed=0) != compose(MELODIES, TRAINING, seed=1)


def test_every_chorus_can_be_drawn_but_no_more():
    four = small("C C C C", "D D D D", "E E E E", "F F F F")
    known, unseen = four.split()
    assert taught(four, len(known)).choruses == len(known) == 3
    with pytest.raises(BluesError, match="give 1 to 3"):
        taught(four, 4)
    assert taught(four, 1, unseen=True) == four.chorus(int(unseen[0]))
