import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmblues.errors import BluesError
from lstmblues.music.form import MELODY_OCTAVE, STEPS_PER_BAR, Form, load_form
from lstmblues.music.melody import Melodies, hold, load_melodies, read_notes, write_notes
from lstmblues.music.piece import Piece

# TR figure 8.1, copied out here once more so that the data file is held to something.
FIRST_PRINTED = (
    "G Bb F C G Bb F C C Bb G Eb C Bb G Bb "
    "F Gb G Bb F Gb G Bb G Bb F C C Bb G Eb "
    "G C Eb Gb F C F Eb C Eb Bb Gb D D G G"
)


@pytest.fixture(scope="module")
def melodies():
    return load_melodies(load_form())


@pytest.fixture(scope="module")
def choruses(melodies):
    return list(melodies.choruses())


def quarters(piece):
    return [piece.melody[step] for step in range(0, len(piece), 2)]


def test_notes_are_read_and_written_as_letters():
    assert read_notes("C Eb F Gb G Bb c") == (60, 63, 65, 66, 67, 70, 72)
    assert write_notes((60, 63, 65, 66, 67, 70, 72)) == "C Eb F Gb G Bb c"
    assert read_notes("") == ()


@given(st.lists(st.sampled_from(MELODY_OCTAVE)))
@settings(derandomize=True, max_examples=50)
def test_writing_and_reading_notes_are_inverse(notes):
    assert read_notes(write_notes(notes)) == tuple(notes)


def test_a_quarter_note_is_held_for_two_steps():
    assert hold((60, 60, 67)) == (60, 60, 60, 60, 67, 67)


def test_the_scale_is_the_blues_scale(melodies):
    assert melodies.scale == (60, 63, 65, 66, 67, 70, 72)


def test_there_are_4096_different_choruses_of_96_steps(melodies, choruses):
    assert len(melodies) == len(choruses) == 4096
    assert len({piece.melody for piece in choruses}) == 4096
    assert {len(piece) for piece in choruses} == {96}
    assert len({piece.chords for piece in choruses}) == 1


def test_choruses_are_numbered_in_order(melodies, choruses):
    for number in (0, 1, 2, 1234, 4095):
        assert melodies.chorus(number) == choruses[number]
    # Bar 10 holds the last place with a choice, so its segment changes fastest.
    first, second = melodies.chorus(0), melodies.chorus(1)
    assert [bar for bar in range(12) if first.melody_bar(bar) != second.melody_bar(bar)] == [9]


@pytest.mark.parametrize("number", [-1, 4096])
def test_other_numbers_have_no_chorus(melodies, number):
    with pytest.raises(BluesError, match=f"no chorus {number}; choruses go from 0 to 4095"):
        melodies.chorus(number)


def test_the_six_printed_choruses_are_among_them(melodies, choruses):
    printed = melodies.printed_choruses()
    assert len(printed) == len(set(printed)) == 6
    assert write_notes(quarters(printed[0])) == FIRST_PRINTED
    assert set(printed) <= set(choruses)


def test_every_place_offers_its_own_choices_independently(melodies, choruses):
    # The inference from the six printed choruses, written out: 10 bars with a choice, two of
    # them (4 and 8) with two choices of half a bar each.
    either = ["G Bb F C", "C Bb G Eb"]
    expected = [
        *[either, either, either],
        [" ".join(halves) for halves in itertools.product(["C Bb", "G Bb"], ["G Bb", "Bb Eb"])],
        *[["F Gb G Bb", "F c Bb Eb"]] * 2,
        either,
        [" ".join(halves) for halves in itertools.product(["C Bb", "G Bb"], ["G Eb", "F C"])],
        *[["G C Eb Gb", "G c G Gb"], ["F C F Eb", "F Bb F Eb"], ["C Eb Bb Gb"], ["D D G G"]],
    ]
    for bar, segments in enumerate(expected):
        found = {piece.melody_bar(bar) for piece in choruses}
        assert found == {hold(read_notes(segment)) for segment in segments}
    assert melodies.bars == {
        hold(read_notes(segment)) for segments in expected for segment in segments
    }


def test_different_bars_are_found_as_numpy_finds_them(melodies):
    bars = melodies.pitches.reshape(len(melodies), -1, STEPS_PER_BAR)
    for place, found in enumerate(melodies.bars_at):
        assert np.array_equal(found, np.unique(bars[:, place], axis=0))


def test_melodies_use_quarter_notes_alone_and_no_rests(choruses):
    for piece in choruses[::97]:
        assert all(piece.melody[step] == piece.melody[step + 1] for step in range(0, 96, 2))
        assert None not in piece.melody


EIGHT_BARS = """
scale = "F Ab Bb B C"
segments = [
    [["F Ab Bb B", "B Bb Ab F"]], [["C C", "F F"], ["Ab Bb", "c c"]],
    [["F F F F"]], [["F F F F"]], [["F F F F"]], [["F F F F"]], [["F F F F"]],
    [["Ab Ab Ab Ab", "Bb Bb Bb Bb", "C C C C"]],
]
printed = ["F Ab Bb B | C C c c | F F F F | F F F F | F F F F | F F F F | F F F F | C C C C"]
"""


def test_another_form_in_another_key_has_its_own_melodies(tmp_path):
    path = tmp_path / "melodies.toml"
    path.write_text(EIGHT_BARS)
    form = Form.parse(
        "eight bars in F", "F | F | Bb7 | Bb7 | F | C7 | F | C7 F", {
            "F": "C3 F3 A3", "Bb7": "D3 F3 Ab3 Bb3", "C7": "C3 E3 G3 Bb3",
        },
    )  # fmt: skip
    melodies = load_melodies(form, path)
    assert len(melodies) == len(set(melodies.choruses())) == 2 * 2 * 2 * 3
    assert melodies.printed_choruses()[0] in set(melodies.choruses())
    assert melodies.chorus(0).chords == Piece.over(form, [60] * 64).chords


def test_melodies_that_are_shorter_than_the_form_are_refused(tmp_path):
    path = tmp_path / "melodies.toml"
    path.write_text(EIGHT_BARS)
    with pytest.raises(BluesError, match="segments make 64 steps; form 'bebop blues' has 96"):
        load_melodies(load_form(), path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('scale = "C"', "states no melodies: it lacks segments"),
        ("segments = [[", "is not a TOML file"),
        ('scale = "C"\nsegments = [[["C D E"]]]', "segments of bar 1 do not fill one bar"),
        (
            'scale = "C"\nsegments = [[["C D E F"]], [["C D", "C"], ["E F"]]]',
            "segments of bar 2 do not fill one bar",
        ),
        ('scale = "C"\nsegments = [[["C D"]], [["E F"]]]', "segments of bar 1 do not fill"),
        ('scale = "C"\nsegments = [[["C D E F", ""]]]', "segments of bar 1 do not fill one bar"),
        ('scale = "C"\nsegments = [[["C D E F"], [""]]]', "segments of bar 2 do not fill one bar"),
        ('scale = "C"\nsegments = [[["C D E H"]]]', "'H4' is not a note"),
        ('scale = "C"\nsegments = [[["C D E Cb"]]]', "melody note B3 in bar 1 is outside"),
        ('scale = "C"\nsegments = [[["C D E d"]]]', "'d' is not a note.* small c is C5"),
        ('scale = "C"\nsegments = [[[]]]', r"segments\[0\]\[0\]: needed is a list of length >= 1"),
        ('scale = "C"\nsegments = []', "melodies need places"),
        ('scale = "C"\nsegments = 3', "segments: needed is a list, not a whole number"),
        ('scale = "C"\nsegments = [[["C D E F", 3]]]', "needed is text, not a whole number"),
        ('scale = 3\nsegments = [[["C D E F"]]]', "scale: needed is text, not a whole number"),
        (
            'scale = "C"\nsegments = [[["C D E F"]]]\nswing = 1',
            "there is no 'swing'; there are scale",
        ),
        (
            'scale = "C"\nsegments = [[["C D E F"]]]\nprinted = ["C D E"]',
            "a piece of 6 steps is not whole bars",
        ),
    ],
)
def test_files_that_state_no_melodies_are_refused(tmp_path, text, message):
    path = tmp_path / "melodies.toml"
    path.write_text(text)
    form = Form.parse("short", "C", {"C": "C3 E3 G3"})
    with pytest.raises(BluesError, match=message):
        load_melodies(form, path)


def test_all_pitches_are_those_of_the_choruses_in_order():
    melodies = load_melodies(load_form())
    assert melodies.pitches.shape == (4096, 96)
    for number in (0, 1, 100, 4095):
        assert tuple(melodies.pitches[number].tolist()) == melodies.chorus(number).melody


def test_twelve_bits_tell_one_of_ecks_choruses_from_all_the_others():
    assert load_melodies(load_form()).bits == 12.0


def test_stretches_go_across_bar_lines_and_choruses():
    melodies = load_melodies(load_form())
    melody = melodies.chorus(5).melody + melodies.chorus(4000).melody
    assert melodies.has_stretches(melody).tolist() == [True] * (2 * 96 - STEPS_PER_BAR + 1)
    assert all(melodies.has_stretches(bar).all() for bar in melodies.bars)
    assert not melodies.has_stretches(hold(read_notes("C C C C"))).any()
    assert not melodies.has_stretches((*melody[:7], None)).any()
    assert melodies.has_stretches(melody[:7]).size == 0
    half = (*melody[4:8], *melody[8:12])
    assert melodies.has_stretches(half).tolist() == [True]


def test_a_stretch_of_two_bars_needs_them_in_their_order():
    form = Form.parse("two bars", "C | C", {"C": "C3 E3 G3"})
    one, other = (60, 62, 64, 65), (67, 69, 71, 72)
    melodies = Melodies(form, one, ((one,), (other,)))
    ends, begins = hold(one)[3:], hold(other)[:3]
    assert melodies.has_stretches(ends + begins).tolist() == [True]
    assert melodies.has_stretches(hold(other)[3:] + hold(one)[:3]).tolist() == [True]
    assert melodies.has_stretches(ends + hold(one)[:3]).tolist() == [False]


# --- Any number of choruses -----------------------------------------------------------------------


def many(bars: int) -> Melodies:
    """A choice of two segments at every bar: 2^bars choruses."""
    form = Form.parse("long", " | ".join(["C"] * bars), {"C": "C3 E3 G3"})
    return Melodies(form, (60, 62), (((60,) * 4, (62,) * 4),) * bars)


@pytest.mark.parametrize("bars", [13, 18, 31, 63, 64])
def test_free_choices_are_never_listed(bars):
    melodies = many(bars)
    assert melodies.count == 2**bars and melodies.bits == bars
    assert melodies.chorus(2**bars - 1).melody == (62,) * 8 * bars
    assert melodies.chorus(2).melody_bar(bars - 2) == (62,) * 8
    training, unseen = melodies.split()
    assert (len(training), len(unseen)) == (3072, 1024)
    assert len({*training, *unseen}) == 4096
    assert sorted(training) == list(training) and max(training) > 2 ** (bars - 1)
    again, _ = melodies.split()
    assert list(again) == list(training) != list(melodies.split(seed=1)[0])
    number = int(unseen[5])
    assert melodies.number_of(melodies.chorus(number).melody) == number
    assert tuple(melodies.pitches_of([number])[0]) == melodies.chorus(number).melody
    assert melodies.bars == {(60,) * 8, (62,) * 8}
    with pytest.raises(BluesError, match="at most 4096 can be listed"):
        _ = melodies.pitches


@given(st.integers(0, 4095), st.integers(0, 95), st.sampled_from([None, 60, 61]))
@settings(derandomize=True, max_examples=50, deadline=None)
def test_a_melody_finds_its_number_and_no_other(number, step, note):
    melodies = load_melodies(load_form())
    melody = melodies.chorus(number).melody
    assert melodies.number_of(melody) == number
    changed = (*melody[:step], note, *melody[step + 1 :])
    assert melodies.number_of(changed) in (None, number)
    assert melodies.number_of(melody[:step]) is None
    assert melodies.number_of((*melody, *melody[:8])) is None


def test_the_split_of_ecks_choruses_is_the_one_that_results_were_recorded_with():
    training, unseen = load_melodies(load_form()).split()
    order = np.random.default_rng(0).permutation(4096)
    assert np.array_equal(training, np.sort(order[1024:]))
    assert np.array_equal(unseen, np.sort(order[:1024]))


def test_a_bar_has_no_more_melodies_than_its_limit():
    form = Form.parse("one bar", "C", {"C": "C3"})
    place = ((60,), (61,), (62,), (63,))
    assert Melodies(form, (60,), (place,) * 4).count == 256
    with pytest.raises(BluesError, match="bar 1 has a choice of 320 melodies; at most 256"):
        Melodies(form, (60,), ((*place, (64,)), place, place, place))


@pytest.mark.parametrize("spoilt", range(3))
def test_every_segment_is_in_the_melody_octave(spoilt):
    form = Form.parse("bar", "C", {"C": "C3"})
    segments = [[60, 62, 64, 65], [62, 62, 64, 65], [64, 62, 64, 65]]
    Melodies(form, (60,), (tuple(map(tuple, segments)),))
    segments[spoilt][3] = 80
    with pytest.raises(BluesError, match="octave"):
        Melodies(form, (60,), (tuple(map(tuple, segments)),))


def test_melodies_without_a_choice_anywhere_are_refused():
    form = Form.parse("bar", "C", {"C": "C3"})
    sentence = "^melodies need places, and at least one segment for every place$"
    for places in ((), ((),)):
        with pytest.raises(BluesError, match=sentence):
            Melodies(form, (60,), places)
