"""Measures: by hand on tiny melodies, against definitions read slowly, against SciPy and MusPy."""

import io
import itertools
from collections import Counter
from dataclasses import asdict, replace

import mido
import muspy
import numpy as np
import pytest
import scipy.spatial.distance
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import pieces

from lstmblues.book import recordings
from lstmblues.composing.chance_melodies import compose
from lstmblues.composing.judge import Copy, judge, longest_copy
from lstmblues.composing.measures import (
    ESCAPE,
    NO_NOTE,
    all_continuation_shares,
    bits_a_note,
    bits_apart,
    chord_share,
    chorus_numbers,
    continuation_shares,
    entropy,
    measure,
    pitch_class_entropy,
    quarter_notes,
    report,
    scale_share,
    transition_divergence,
)
from lstmblues.errors import BluesError
from lstmblues.music.form import MELODY_OCTAVE, STEPS_PER_BAR, STEPS_PER_BEAT, Form, load_form
from lstmblues.music.melody import MOST_CHORUSES, Melodies, hold, read_notes
from lstmblues.music.midi import to_midi
from lstmblues.music.notes import held_notes
from lstmblues.music.piece import Piece, join

MELODIES = recordings.MELODIES
FORM = recordings.FORM
NOTES = len(MELODY_OCTAVE)
NAMES = ("composition", "composition-1", "composition-3", "random-notes", "training-set")

# Four choruses of two bars: A X, A Y, B X, B Y.
SHORT_FORM = Form.parse("two bars", "C | F G", {"C": "C3 E3 G3", "F": "C3 F3 A3", "G": "D3 G3 B3"})
A, B, X, Y = (read_notes(bar) for bar in ("C E G c", "G F E C", "F A G C", "F G A B"))
SHORT = Melodies(SHORT_FORM, read_notes("C D E F G A B c"), ((A, B), (X, Y)))


def short(*quarters) -> Piece:
    return Piece.over(SHORT_FORM, hold(sum(quarters, ())))


def price(share: float) -> float:
    """What a note costs that has this share, by the definition."""
    return -np.log2(0.99 * share + 0.01 / 13)


# --- Beats ----------------------------------------------------------------------------------------


def test_a_beat_holds_a_quarter_note_or_none():
    melody = (60, 60, 62, 64, None, None, None, 65)
    assert quarter_notes(Piece.over(SHORT_FORM, melody)).tolist() == [60, NO_NOTE, NO_NOTE, NO_NOTE]


# --- Bits -----------------------------------------------------------------------------------------


def test_a_taught_chorus_pays_where_there_is_a_choice():
    shares = continuation_shares(short(A, X), SHORT.pitches)
    assert shares.tolist() == [0.5, 1, 1, 1, 1, 0.5, 1, 1]
    expected = (2 * price(0.5) + 6 * price(1)) / 8
    assert bits_a_note(short(A, X), SHORT.pitches) == pytest.approx(expected)


def test_after_an_impossible_note_the_choruses_are_followed_anew():
    """C E D c: no chorus goes on with D; then c follows nothing, and A alone has it there."""
    piece = short(read_notes("C E D c"), X)
    shares = continuation_shares(piece, SHORT.pitches)
    assert shares.tolist() == [0.5, 1, 0, 0.5, 1, 0.5, 1, 1]
    expected = (3 * price(0.5) + 4 * price(1) + price(0)) / 8
    assert bits_a_note(piece, SHORT.pitches) == pytest.approx(expected)


def test_the_longest_run_is_followed_not_the_last_note():
    """C B A x against four choruses: after B A, two go on; but only one of them had C before."""
    pitches = np.repeat(
        [read_notes(text) for text in ("C B A G", "D B A F", "D B A G", "C F A F")], 2, axis=1
    )
    form = Form.parse("one bar", "C", {"C": "C3"})
    for last, share in (("G", 1), ("F", 0)):
        piece = Piece.over(form, hold(read_notes(f"C B A {last}")))
        assert continuation_shares(piece, pitches).tolist() == [0.5, 0.5, 1, share]
    # D C A: the third beat follows nothing of the second, so all; then those with A: all four.
    piece = Piece.over(form, hold(read_notes("D C A F")))
    assert continuation_shares(piece, pitches).tolist() == [0.5, 0, 1, 0.5]


def test_a_run_begins_with_the_chorus():
    """The end of a chorus tells nothing of the next: each pays for itself."""
    one, other = short(A, Y), short(B, X)
    both = continuation_shares(one + other, SHORT.pitches).tolist()
    assert both == [
        *continuation_shares(one, SHORT.pitches),
        *continuation_shares(other, SHORT.pitches),
    ]


def test_bars_after_the_last_whole_chorus_are_priced_too():
    piece = Piece.over(SHORT_FORM, hold(A + X + B))
    assert continuation_shares(piece, SHORT.pitches)[8:].tolist() == [0.5, 1, 1, 1]


@pytest.mark.parametrize("odd", [(None, None), (60, None), (60, 64)])
def test_a_rest_or_another_rhythm_costs_as_much_as_an_impossible_note(odd):
    melody = short(A, X).melody
    piece = Piece.over(SHORT_FORM, odd + melody[2:])
    impossible = Piece.over(SHORT_FORM, (61, 61) + melody[2:])
    cost = bits_a_note(piece, SHORT.pitches)
    assert cost == bits_a_note(impossible, SHORT.pitches)
    # Then E alone is to be followed: A's.
    assert cost == pytest.approx((price(0) + 2 * price(0.5) + 5 * price(1)) / 8)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 4095))
def test_every_taught_chorus_costs_12_bits(number):
    """The product of its shares is 1/4096; the escape makes that a little more."""
    piece = MELODIES.chorus(number)
    shares = continuation_shares(piece, MELODIES.pitches)
    assert -np.log2(shares).sum() == pytest.approx(MELODIES.bits)
    cost = bits_a_note(piece, MELODIES.pitches)
    assert MELODIES.bits / 48 < cost < MELODIES.bits / 48 - np.log2(1 - ESCAPE)


def test_the_escape_costs_what_it_says():
    assert price(0) == pytest.approx(np.log2(NOTES / ESCAPE)) == pytest.approx(10.3, abs=0.05)
    assert price(1) == pytest.approx(0.013, abs=5e-4)
    assert -np.log2(1 - ESCAPE) == pytest.approx(0.015, abs=1e-3)
    silent = Piece.over(SHORT_FORM, [None] * 16)
    assert bits_a_note(silent, SHORT.pitches) == pytest.approx(price(0))


def slow_shares(piece: Piece, pitches: np.ndarray) -> list[float]:
    """The definition, word for word: try ever shorter runs until some chorus agrees."""
    choruses = [tuple(chorus[::STEPS_PER_BEAT]) for chorus in pitches.tolist()]
    played, beats, shares = quarter_notes(piece).tolist(), len(choruses[0]), []
    for place, note in enumerate(played):
        first, beat = place - place % beats, place % beats
        for run in range(beat, -1, -1):
            before = tuple(played[first + beat - run : first + beat])
            agreeing = [chorus for chorus in choruses if chorus[beat - run : beat] == before]
            if agreeing:
                break
        shares.append(sum(chorus[beat] == note for chorus in agreeing) / len(agreeing))
    return shares


some_choruses = st.lists(
    st.lists(st.sampled_from(range(60, 63)), min_size=8, max_size=8), min_size=1, max_size=6
)


@settings(max_examples=100, deadline=None)
@given(some_choruses, st.lists(st.sampled_from([None, 60, 61, 62, 63]), min_size=16, max_size=24))
def test_shares_are_those_of_the_definition(choruses, quarters):
    quarters = quarters[: len(quarters) - len(quarters) % 4]
    piece, pitches = Piece.over(SHORT_FORM, hold(quarters)), np.repeat(choruses, 2, axis=1)
    assert continuation_shares(piece, pitches) == pytest.approx(slow_shares(piece, pitches))


def test_shares_of_a_composition_are_those_of_the_definition():
    piece = recordings.piece("composition").chorus(6)
    assert (quarter_notes(piece) == NO_NOTE).any()
    slow = slow_shares(piece, MELODIES.pitches)
    assert continuation_shares(piece, MELODIES.pitches) == pytest.approx(slow)


@given(pieces(longest=6), st.data())
@settings(derandomize=True, max_examples=80, deadline=None)
def test_shares_under_all_choruses_are_those_of_their_list(piece, data):
    """The choruses are independent choices, so that they need not be listed."""
    note = st.sampled_from([60, 62, 64])
    places = []
    for _ in piece.form.bars:
        for width in data.draw(st.sampled_from([(4,), (2, 2), (1, 3), (1, 1, 1, 1)])):
            segment = st.tuples(*[note] * width)
            places.append(tuple(data.draw(st.lists(segment, min_size=1, max_size=2))))
    melodies = Melodies(piece.form, (60,), tuple(places))
    if melodies.count > MOST_CHORUSES:
        return
    melody = data.draw(st.lists(note, min_size=len(piece) // 2, max_size=len(piece) // 2))
    piece = replace(piece, melody=hold(melody))
    shares = all_continuation_shares(piece, melodies)
    assert shares.tolist() == continuation_shares(piece, melodies.pitches).tolist()


# --- Training choruses and unseen ones ------------------------------------------------------------


def test_bits_apart_are_those_of_parts_of_one_size():
    """Of the short melodies one chorus is unseen, so the other three make three parts of one."""
    training, unseen = SHORT.split()
    assert (len(training), len(unseen)) == (3, 1)
    for number in range(4):
        piece = SHORT.chorus(number)
        alone = [bits_a_note(piece, SHORT.pitches[[other]]) for other in range(4)]
        mean = np.mean([alone[other] for other in training])
        assert bits_apart(piece, SHORT) == pytest.approx((mean, alone[unseen[0]]))


def test_who_copies_one_part_is_cheaper_under_it():
    training, unseen = MELODIES.split()
    for numbers, sign in ((training, 1), (unseen, -1)):
        piece = join([MELODIES.chorus(int(number)) for number in numbers[::99][:14]])
        trained_bits, unseen_bits = bits_apart(piece, MELODIES)
        assert sign * (unseen_bits - trained_bits) > 0.05
        assert min(trained_bits, unseen_bits) > 10 / 48


def test_who_knows_no_difference_pays_alike():
    everything = join(list(SHORT.choruses()))
    trained_bits, unseen_bits = bits_apart(everything, SHORT)
    assert trained_bits == pytest.approx(unseen_bits)
    numbers = np.random.default_rng(5).choice(len(MELODIES), size=200, replace=False)
    trained_bits, unseen_bits = bits_apart(join(list(map(MELODIES.chorus, numbers))), MELODIES)
    assert trained_bits == pytest.approx(unseen_bits, abs=0.06)


def test_without_unseen_choruses_there_is_nothing_to_compare():
    alone = Melodies(SHORT_FORM, SHORT.scale, ((A,), (X, Y)))
    assert len(alone.split()[1]) == 0
    assert bits_apart(short(A, X), alone) == (None, None)
    found = measure(short(A, X), alone)
    assert (found.bits_a_note_trained, found.bits_a_note_unseen) == (None, None)
    assert (found.trained_choruses, found.unseen_choruses) == (1, 0)


def test_every_chorus_is_found_by_its_number():
    piece = join([MELODIES.chorus(4095), recordings.piece("random-notes").chorus(0)])
    piece = join([piece, MELODIES.chorus(7)])
    assert chorus_numbers(piece, MELODIES) == [4095, None, 7]
    one_step = replace(piece, melody=(None, *piece.melody[1:]))
    assert chorus_numbers(one_step, MELODIES) == [None, None, 7]


# --- Scale, chords, pitch classes -----------------------------------------------------------------


def notes_of(*quarters):
    return held_notes(short(*quarters))[0]


def test_scale_and_chord_notes_are_counted_by_hand():
    """Of F A G C over C | F G, C alone is in no chord of its place. Db is not on the scale."""
    piece = short(A, X)
    assert scale_share(notes_of(A, X), SHORT) == 1
    assert chord_share(notes_of(A, X), piece) == 7 / 8
    changed = notes_of(read_notes("Db E G c"), X)
    assert scale_share(changed, SHORT) == 7 / 8
    assert chord_share(changed, piece) == 6 / 8


def test_the_chord_is_the_forms_whatever_is_played():
    wrong = replace(short(A, X), chords=(frozenset(),) * 16)
    assert measure(wrong, SHORT).chord_notes == 7 / 8


def test_an_eighth_note_is_a_note_as_well():
    piece = Piece.over(SHORT_FORM, (60, 61) + (64,) * 2 + (None,) * 12)
    found = measure(piece, SHORT)
    assert found.scale_notes == found.chord_notes == pytest.approx(2 / 3)
    assert found.odd_beats == 7 / 8


def test_without_notes_there_are_no_shares():
    found = measure(Piece.over(SHORT_FORM, [None] * 16), SHORT)
    assert (found.scale_notes, found.chord_notes, found.pitch_class_entropy) == (None,) * 3
    assert found.odd_beats == found.impossible_notes == found.novel_choruses == 1
    assert found.longest_copy is None
    assert found.transition_divergence == pytest.approx(1)


def test_pitch_class_entropy_by_hand():
    assert (
        pitch_class_entropy(notes_of(read_notes("C c C c") * 2)) == 0
    )  # an octave is no difference
    assert pitch_class_entropy(notes_of(read_notes("C D E F") * 2)) == 2
    assert pitch_class_entropy(notes_of(read_notes("C C C D") * 2)) == pytest.approx(
        0.8113, abs=1e-4
    )


@given(st.lists(st.integers(1, 50), min_size=1, max_size=14))
def test_entropy_is_scipys(counts):
    shares = np.array(counts) / sum(counts)
    assert entropy(shares) == pytest.approx(scipy.stats.entropy(counts, base=2))
    assert -1e-12 <= entropy(shares) <= np.log2(len(counts)) + 1e-12


def melody_by_muspy(piece: Piece) -> muspy.Music:
    """The melody's track of the MIDI file of a piece, as MusPy reads it."""
    file = mido.MidiFile(file=io.BytesIO(to_midi(piece)))
    music = muspy.from_mido(file)
    return muspy.Music(resolution=music.resolution, tracks=music.tracks[:1])


@pytest.mark.parametrize("name", NAMES)
def test_muspy_finds_the_same_in_the_recordings(name):
    piece = recordings.piece(name)
    check_against_muspy(piece, measure(piece, MELODIES))


@settings(max_examples=25, deadline=None)
@given(pieces())
def test_muspy_finds_the_same_in_any_piece(piece):
    notes, _ = held_notes(piece)
    if notes:
        music = melody_by_muspy(piece)
        assert pitch_class_entropy(notes) == pytest.approx(muspy.pitch_class_entropy(music))
        # MusPy knows major and minor scales.
        for root, mode in itertools.product((0, 3, 11), ("major", "minor")):
            steps = (0, 2, 4, 5, 7, 9, 11) if mode == "major" else (0, 2, 3, 5, 7, 8, 10)
            scale = tuple(60 + (root + step) % 12 for step in steps)
            share = muspy.pitch_in_scale_rate(music, root, mode)
            assert scale_share(notes, replace(SHORT, scale=scale)) == pytest.approx(share)


def check_against_muspy(piece, found):
    music = melody_by_muspy(piece)
    assert found.pitch_class_entropy == pytest.approx(muspy.pitch_class_entropy(music))
    major = replace(MELODIES, scale=read_notes("C D E F G A B"))
    share = muspy.pitch_in_scale_rate(music, 0, "major")
    assert scale_share(held_notes(piece)[0], major) == pytest.approx(share)


# --- From note to note ----------------------------------------------------------------------------


def slow_divergence(piece: Piece, pitches: np.ndarray) -> float:
    """SciPy's distance, squared, between pairs counted in every possible order of two choruses."""
    here = Counter(itertools.pairwise(quarter_notes(piece).tolist()))
    there = Counter()
    for one, other in itertools.product(pitches[:, ::STEPS_PER_BEAT].tolist(), repeat=2):
        there.update(itertools.pairwise([*one, other[0]]))
    pairs = sorted(here | there)
    shares = [[counts[pair] for pair in pairs] for counts in (here, there)]
    return scipy.spatial.distance.jensenshannon(*shares, base=2) ** 2


@settings(max_examples=50, deadline=None)
@given(some_choruses, st.lists(st.sampled_from([None, 60, 61, 63]), min_size=8, max_size=8))
def test_the_divergence_is_scipys(choruses, quarters):
    piece, pitches = Piece.over(SHORT_FORM, hold(quarters)), np.repeat(choruses, 2, axis=1)
    found = transition_divergence(piece, pitches)
    assert found == pytest.approx(slow_divergence(piece, pitches), abs=1e-9)
    assert 0 <= found <= 1


def test_the_divergence_of_a_composition_is_scipys():
    piece, some = recordings.piece("composition"), MELODIES.pitches[::300]
    expected = slow_divergence(piece, some)
    assert transition_divergence(piece, some) == pytest.approx(expected)


def test_the_divergence_by_hand():
    """One chorus, gone round: C D C D ... has two transitions, half and half at length."""
    form = Form.parse("one bar", "C", {"C": "C3"})
    pitches = np.array([hold(read_notes("C D C D"))])
    nothing_in_common = Piece.over(form, hold(read_notes("E E F F")))
    assert transition_divergence(nothing_in_common, pitches) == pytest.approx(1)
    # Here C-D 2/3 and D-C 1/3, there a half each: H(7/12) - (H(1/3) + 1) / 2.
    expected = scipy.stats.entropy([7, 5], base=2)
    expected -= (scipy.stats.entropy([1, 2], base=2) + 1) / 2
    piece = Piece.over(form, hold(read_notes("C D C D")))
    assert transition_divergence(piece, pitches) == pytest.approx(expected)


def test_the_more_training_choruses_the_smaller_the_divergence():
    training, _ = MELODIES.split()
    order = np.random.default_rng(0).permutation(training)
    few, many = (join([MELODIES.chorus(int(n)) for n in order[:count]]) for count in (2, 100))
    found = [transition_divergence(piece, MELODIES.pitches[training]) for piece in (few, many)]
    assert found[1] < 1e-3 < found[0] < 0.1


# --- All of it ------------------------------------------------------------------------------------


def test_all_measures_of_a_taught_chorus():
    training, _ = MELODIES.split()
    number = int(training[1000])
    found = measure(MELODIES.chorus(number), MELODIES)
    assert found.bits_a_note == pytest.approx(0.25, abs=0.015)
    assert (found.impossible_notes, found.odd_beats, found.novel_choruses) == (0, 0, 0)
    assert (found.trained_choruses, found.unseen_choruses) == (1, 0)
    assert found.longest_copy == Copy(12, 1, number, 1)
    assert (found.motif_bars, found.motif_times, found.motif_steps) == (0, 0, ())
    assert found.scale_notes == 46 / 48  # the two D of bar 12
    assert found.transition_divergence < 0.15


def test_transitions_are_compared_with_those_of_training_choruses():
    training, unseen = SHORT.split()
    piece = SHORT.chorus(int(unseen[0]))
    expected = transition_divergence(piece, SHORT.pitches[training])
    assert measure(piece, SHORT).transition_divergence == expected
    assert expected > transition_divergence(piece, SHORT.pitches)


def test_a_motif_is_told_with_its_places():
    new = hold(read_notes("c Gb c Gb C Eb C D"))
    melody = list(join([MELODIES.chorus(0)] * 2).melody)
    for bar in (4, 9):
        melody[bar * STEPS_PER_BAR : bar * STEPS_PER_BAR + len(new)] = new
    found = measure(Piece.over(FORM, melody), MELODIES)
    assert 2 <= found.motif_bars < 3
    assert found.motif_times == len(found.motif_steps) == 2
    assert found.motif_steps[1] - found.motif_steps[0] == 5 * STEPS_PER_BAR


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_measures_stay_within_bounds(seed):
    generator = np.random.default_rng(seed)
    notes = [None if n == 73 else n for n in generator.integers(60, 74, 96 * 2 + 8).tolist()]
    found = measure(Piece.over(FORM, notes), MELODIES)
    shares = ("impossible_notes", "odd_beats", "novel_choruses", "scale_notes", "chord_notes")
    for name in (*shares, "transition_divergence"):
        assert 0 <= getattr(found, name) <= 1, name
    for name in ("bits_a_note", "bits_a_note_trained", "bits_a_note_unseen"):
        assert -np.log2(1 - ESCAPE * 12 / 13) < getattr(found, name) <= price(0) + 1e-9
    assert found.impossible_notes >= found.odd_beats
    assert 0 <= found.pitch_class_entropy <= np.log2(12)


def test_a_chorus_of_two_that_is_no_known_one_is_half_of_them():
    known = SHORT.chorus(0)
    other = short(read_notes("C C C C"), X)
    assert measure(join([known, other]), SHORT).novel_choruses == 0.5
    assert measure(join([known] * 4), SHORT).novel_choruses == 0.0


def test_measures_of_a_piece_are_the_same_every_time():
    piece = recordings.piece("composition-3")
    assert measure(piece, MELODIES) == measure(piece, MELODIES)


def test_a_report_holds_what_judge_and_measure_find_and_looks_for_copies_once(monkeypatch):
    piece, asked = join([MELODIES.chorus(5), MELODIES.chorus(2)]), []
    judged, measured = asdict(judge(piece, MELODIES)), asdict(measure(piece, MELODIES))

    def counted(*arguments):
        asked.append(arguments)
        return longest_copy(*arguments)

    for module in ("judge", "measures"):
        monkeypatch.setattr(f"lstmblues.composing.{module}.longest_copy", counted)
    found = report(piece, MELODIES)
    assert asked == [(piece, MELODIES)]
    assert list(found) == [*judged, *measured]
    exact = judged | measured | {"motif_steps": list(measured["motif_steps"])}
    assert found == {
        name: pytest.approx(value, abs=5e-7) if isinstance(value, float) else value
        for name, value in exact.items()
    }


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(BluesError, match="too short to judge"):
        measure(Piece.over(FORM, hold(A)), MELODIES)
    with pytest.raises(BluesError, match="cannot be compared"):
        measure(Piece.over(load_form("printed"), MELODIES.chorus(0).melody), MELODIES)


def test_a_report_has_numbers_to_six_digits():
    piece = compose(MELODIES, MELODIES.split()[0], 3, 1)
    found = report(piece, MELODIES)
    whole = asdict(measure(piece, MELODIES))
    numbers = {name: value for name, value in whole.items() if isinstance(value, float)}
    assert {name: found[name] for name in numbers} == {n: round(v, 6) for n, v in numbers.items()}
    assert any(round(value, 7) != round(value, 6) for value in numbers.values())
