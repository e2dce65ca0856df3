"""Pieces that come back from their MIDI files, and other people's files, made with mido."""

import io
import json
import struct
import time
import warnings

import mido
import numpy as np
import pretty_midi
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from midi_files import midi_file
from strategies import pieces

from lstmblues.book import recordings
from lstmblues.commands.cli import main
from lstmblues.composing.judge import judge
from lstmblues.composing.measures import report
from lstmblues.errors import BluesError
from lstmblues.music.form import Form, load_form
from lstmblues.music.melody import hold, load_melodies
from lstmblues.music.midi import to_midi
from lstmblues.music.midi_notes import LARGEST_FILE, notes_of, read_file
from lstmblues.music.notes import held_notes
from lstmblues.music.piece import Piece, join
from lstmblues.music.read_midi import Reading, from_midi, nearest_piece

FORM = Form.parse("two bars", "C | F C", {"C": "C3 E3 G3", "F": "C3 F3 A3"})
BLUES = load_form()
MELODIES = load_melodies(BLUES)
FIRST = MELODIES.printed_choruses()[0]


# --- Pieces, there and back -----------------------------------------------------------------------


@given(pieces(), st.floats(20, 400), st.booleans())
@example(Piece(FORM, (frozenset(),) * 8, (None,) * 8), 120.0, False)
@example(Piece(FORM, (frozenset(),) * 24, (60,) + (None,) * 23), 97.3, False)
@example(Piece(FORM, (frozenset({48}), frozenset()) * 4, (60, 62) * 4), 400.0, True)
@settings(derandomize=True, max_examples=150, deadline=None)
def test_every_piece_comes_back_swung_or_straight(piece, tempo, swing):
    assert from_midi(to_midi(piece, tempo, swing), piece.form) == piece


def test_a_long_piece_comes_back_from_a_file(tmp_path):
    piece = join([MELODIES.chorus(number) for number in range(0, 4096, 300)])
    path = tmp_path / "long.mid"
    path.write_bytes(to_midi(piece))
    assert piece.choruses == 14
    assert from_midi(path, BLUES) == from_midi(str(path), BLUES) == piece


# --- Other people's files -------------------------------------------------------------------------


BAR = [(0, 1, 60), (1, 2, 62), (2, 2.5, 64), (2.5, 3, 65), (3, 4, 67)]
CHORD = [(0, 4, 48), (0, 4, 52)]
EXPECTED = Piece(
    FORM, (frozenset({48, 52}),) * 8, (60, 60, 62, 62, 64, 65, 67, 67)
)  # fmt: skip


@pytest.mark.parametrize("resolution", [1, 2, 24, 96, 220, 480, 960, 10_080, 32_767])
def test_any_resolution_will_do(resolution):
    notes = [note for note in BAR if resolution > 1 or note[0] != 2.5]
    piece = from_midi(midi_file(notes, CHORD, resolution=resolution), FORM)
    assert piece.chords == EXPECTED.chords
    assert piece.melody[:4] == EXPECTED.melody[:4]
    assert piece.melody[6:] == EXPECTED.melody[6:]
    if resolution > 1:
        assert piece == EXPECTED


def test_any_track_layout_will_do():
    drums = [(0, 4, 35, 9), (1, 2, 100, 9)]
    one_track = [(*note, 3) for note in BAR] + [(*note, 5) for note in CHORD]
    layouts = {
        "melody first": midi_file(BAR, CHORD),
        "chords first": midi_file([], CHORD, BAR),
        "type 0": midi_file(one_track, kind=0),
        "one channel": midi_file(BAR + CHORD),
        "a track a note": midi_file(*([note] for note in BAR + CHORD)),
        "drums": midi_file(BAR, drums, CHORD),
        "doubled": midi_file(BAR, BAR, CHORD),
    }
    for layout, content in layouts.items():
        assert from_midi(content, FORM) == EXPECTED, layout


def test_tempo_changes_change_no_step():
    tempi = [
        mido.MetaMessage("set_tempo", tempo=1_000_000, time=0),
        mido.MetaMessage("set_tempo", tempo=123_457, time=300),
        mido.MetaMessage("set_tempo", tempo=7_654_321, time=700),
        mido.MetaMessage("set_tempo", tempo=1, time=1700),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for content in (midi_file(tempi, BAR, CHORD), midi_file(BAR, CHORD, tempi)):
            assert from_midi(content, FORM) == EXPECTED


@pytest.mark.parametrize("shift", [-0.2, -0.1, 0.1, 0.2])
def test_played_by_hand_the_music_is_the_same(shift):
    # Onsets wander by up to a fifth of a beat's half, ends are detached or legato.
    played = [
        (max(0, start + shift / 2 * (-1) ** number), end + shift, pitch)
        for number, (start, end, pitch) in enumerate(BAR)
    ]
    assert from_midi(midi_file(played, CHORD), FORM).melody == EXPECTED.melody


def test_a_note_lasts_at_least_one_step_and_a_repeated_note_leaves_no_hole():
    notes = [(0, 0.05, 60), (1, 2.02, 62), (2, 2.97, 62), (3, 4, 62)]
    assert from_midi(midi_file(notes), FORM).melody == (60, None) + (62,) * 6
    legato = [(beat, beat + 1.1, 62) for beat in range(8)]
    assert from_midi(midi_file(legato), FORM).melody == (62,) * 16


def test_one_end_may_close_a_note_that_was_struck_twice():
    keys = [(0, "note_on"), (960, "note_on"), (960, "note_off")]
    track = mido.MidiTrack(mido.Message(kind, note=62, time=time) for time, kind in keys)
    content = io.BytesIO()
    mido.MidiFile(tracks=[track], ticks_per_beat=480).save(file=content)
    assert from_midi(content.getvalue(), FORM).melody == (62,) * 8


def test_the_last_bar_is_filled_up_with_rests():
    piece = from_midi(midi_file([(3.5, 4.5, 60)]), FORM)
    assert piece.melody == (None,) * 7 + (60, 60) + (None,) * 7


def test_swung_eighth_notes_become_even():
    swung = [(0, 2 / 3, 60), (2 / 3, 1, 62), (1, 5 / 3, 64), (5 / 3, 2, 65)]
    assert from_midi(midi_file(swung), FORM).melody[:4] == (60, 62, 64, 65)


@pytest.mark.parametrize(
    ("tracks", "message"),
    [
        ([[(0, 1, 47)]], "note B2 in bar 1 of the MIDI data is outside the chord octave C3 to B3"),
        ([[(8, 9, 73)]], "note Db5 in bar 3 .* and the melody octave C4 to C5"),
        ([[(0, 1, 60)], [(5, 6, 60), (5, 6, 64)]], "two melody notes at once in bar 2"),
        ([[(0, 0.25, 60), (0.25, 0.5, 62), (0.5, 1, 64)]], "rounded to eighth notes: two melody"),
        ([[]], "has no notes"),
        ([[(0, 1, 60, 9)]], "has no notes; a piece needs some, drums aside"),
        ([], "it has no tracks"),
        ([[(0, 1, 60), (50_000, 50_001, 60)]], "too long: it lasts 12500 bars"),
    ],
)
def test_music_that_is_no_piece_is_refused(tracks, message):
    with pytest.raises(BluesError, match=message):
        from_midi(midi_file(*tracks), FORM)


def raw_file(track, kind=1, tracks=1, division=220):
    header = struct.pack(">4sLHHH", b"MThd", 6, kind, tracks, division)
    return header + struct.pack(">4sL", b"MTrk", len(track)) + track


NOTE, END = b"\x00\x90\x40\x40\x7f\x80\x40\x40", b"\x00\xff\x2f\x00"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a MIDI file"),
        (b"A text, not music.", "is not a MIDI file"),
        (to_midi(FIRST)[:200], "it ends too early"),
        (bytes(50), "is not a MIDI file"),
        (raw_file(NOTE + END, division=0), "counts time in film frames or not at all"),
        (raw_file(NOTE + END, division=0xE728), "counts time in film frames"),
        (raw_file(NOTE + END, kind=2), "type 2, whose tracks do not play together"),
        (raw_file(NOTE + END, tracks=9), "it ends too early"),
        (raw_file(b"\x00\x40\x40" + END), "running status"),
        (raw_file(b"\x00\x90\xf0\x40" + END), "not a readable MIDI file"),
        (raw_file(b"\x00\x90\x40\x40\xff\xff\xff\x7f\x80\x40\x40" + END), "too long"),
        (raw_file(b"\xff" * 100_000), "one of its numbers does not end"),
        (raw_file(b"\x00\xff\x01\xff\xff\xff\x7fabc"), "exceeds maximum length"),
        (raw_file(NOTE * (LARGEST_FILE // 8)), "too large for a piece"),
        (raw_file(b"\x00\x90\x40\x40" + END), "has no notes"),
        (raw_file(b""), "is an empty MIDI file"),
    ],
)
def test_what_is_no_midi_file_is_refused(content, message):
    with pytest.raises(BluesError, match=message) as caught:
        from_midi(content, FORM)
    assert "\n" not in str(caught.value)


def stacked(notes: int, spread: bool) -> bytes:
    """Notes that are struck on top of one another, and all held to the end of 9,990 bars.

    They are of one pitch, or ``spread`` over all.
    """
    ticks = 9_990 * 4 - 1
    between = max(1, notes // ticks)
    track, left = b"\x00\x90\x40\x40", ticks
    for number in range(1, notes):
        wait = int(number % between == 0 and left > 1)
        left -= wait
        track += bytes([wait, number * 37 % 128 if spread else 0x40, 0x40])
    ends = b"".join(bytes([0, pitch, 0]) for pitch in range(128))
    wait = bytes([left >> 14 | 0x80, left >> 7 & 0x7F | 0x80, left & 0x7F])
    return raw_file(track + wait + ends[1:] + END, division=1)


@pytest.mark.parametrize("spread", [False, True], ids=["one pitch", "all pitches"])
def test_the_work_grows_with_notes_and_steps_and_no_faster(spread):
    """A hundred thousand notes of ten thousand bars each: a step a note would take for hours."""
    started = time.perf_counter()
    reading = nearest_piece(stacked(99_000, spread), BLUES)
    measures = report(reading.piece, MELODIES)
    assert measures["choruses"] == 832
    assert time.perf_counter() - started < 60  # some three seconds, on a machine that is not busy


def test_more_notes_than_a_piece_has_are_refused():
    with pytest.raises(BluesError, match="it has 100001 notes; at most 100000 are accepted"):
        nearest_piece(stacked(100_001, False), BLUES)


def test_an_error_names_the_file(tmp_path):
    path = tmp_path / "song.mid"
    path.write_bytes(midi_file([(0, 1, 60), (0, 1, 62)]))
    with pytest.raises(BluesError, match=r"in .*song\.mid, .*two melody notes"):
        from_midi(path, FORM)
    with pytest.raises(BluesError, match=r"cannot read .*missing\.mid"):
        from_midi(tmp_path / "missing.mid", FORM)


SHORT = to_midi(Piece.over(FORM, [60, 62] * 8))


@given(st.binary(max_size=60), st.integers(0, len(SHORT)), st.integers(0, 20))
@settings(derandomize=True, max_examples=300, deadline=None)
def test_rubbish_raises_no_other_error(rubbish, place, cut):
    for content in (
        rubbish,
        raw_file(rubbish + NOTE + END),
        SHORT[:place] + rubbish + SHORT[place + cut :],
        SHORT[:place] + rubbish + SHORT[place + len(rubbish) :],
    ):
        try:
            piece = from_midi(content, FORM)
        except BluesError:
            continue
        assert len(piece) > 0


messages = st.builds(
    mido.Message,
    st.sampled_from(["note_on", "note_on", "note_off"]),
    channel=st.sampled_from([0, 1, 9]),
    note=st.integers(60, 63),
    velocity=st.sampled_from([0, 64, 64]),
    time=st.sampled_from([0, 0, 1, 24, 48]),
)


@given(st.lists(messages, min_size=1, max_size=40))
@settings(derandomize=True, max_examples=150, deadline=None)
def test_notes_are_those_that_pretty_midi_finds(track):
    """Struck twice, ended twice, ended where they start, or never: an independent reader agrees."""
    track = mido.MidiTrack(track)
    ours = list(notes_of(track, half_step=0))  # first, as pretty_midi changes the track
    theirs = pretty_midi.PrettyMIDI(mido_object=mido.MidiFile(tracks=[track], ticks_per_beat=96))
    expected = [
        (note.pitch, theirs.time_to_tick(note.start), theirs.time_to_tick(note.end))
        for instrument in theirs.instruments
        for note in (() if instrument.is_drum else instrument.notes)
    ]
    assert sorted(ours) == sorted(expected)


# --- The nearest piece: what is a piece stays as it is --------------------------------------------


def read(*tracks, **file) -> Reading:
    """What becomes of tracks of (beat, beat, pitch), as ``read_midi`` takes them."""
    return nearest_piece(midi_file(*tracks, **file), FORM)


@given(pieces(), st.floats(20, 400), st.booleans())
@example(Piece(FORM, (frozenset(),) * 24, (60,) + (None,) * 23), 97.3, False)
@settings(derandomize=True, max_examples=75, deadline=None)
def test_a_piece_is_its_own_nearest(piece, tempo, swing):
    reading = nearest_piece(to_midi(piece, tempo, swing), piece.form)
    assert reading == Reading(piece, folded_notes=0, dropped_notes=0)


def spans(octave, most):
    """Notes (beat, beat, pitch) that start and end between the steps as well."""
    note = st.tuples(st.integers(0, 63), st.integers(1, 16), st.sampled_from(octave))
    return st.lists(note.map(lambda n: (n[0] / 8, (n[0] + n[1]) / 8, n[2])), max_size=most)


@given(spans(range(60, 73), 6), spans(range(48, 60), 12))
@settings(derandomize=True, max_examples=300, deadline=None)
def test_whatever_the_strict_reading_accepts_is_read_alike(melody, chords):
    content = midi_file(melody, chords)
    try:
        strict = from_midi(content, FORM)
    except BluesError:
        return
    assert nearest_piece(content, FORM) == Reading(strict, 0, 0)


def test_doubled_tracks_drop_nothing():
    melody, chord = [(0, 1, 60), (1, 4, 62)], [(0, 4, 48), (0, 4, 52)]
    piece = Piece(FORM, (frozenset({48, 52}),) * 8, (60,) * 2 + (62,) * 6)
    assert read(melody, chord, melody, chord) == Reading(piece, 0, 0)


# --- The nearest piece: octaves -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pitch", "melody"), [(60, 60), (72, 72), (73, 61), (84, 72), (85, 61), (127, 67)]
)
def test_a_high_melody_is_folded_down(pitch, melody):
    reading = read([(0, 4, pitch)])
    assert reading.piece.melody == (melody,) * 8
    assert (reading.folded_notes, reading.dropped_notes) == (int(pitch != melody), 0)


def test_what_a_melody_leaves_its_octave_by_is_folded_note_by_note():
    reading = read([(0, 1, 84), (1, 2, 86), (2, 3, 96), (3, 4, 62)])
    assert reading.piece.melody == (60, 60, 62, 62, 72, 72, 62, 62)
    assert reading.folded_notes == 3


@pytest.mark.parametrize(("pitch", "chord"), [(0, 48), (36, 48), (47, 59), (48, 48), (59, 59)])
def test_low_notes_are_folded_up_into_the_chord(pitch, chord):
    reading = read([(0, 4, pitch)])
    assert reading.piece.melody == (None,) * 8
    assert reading.piece.chords == (frozenset({chord}),) * 8
    assert reading.folded_notes == int(pitch != chord)


def test_an_octave_apart_chord_notes_become_one():
    reading = read([(0, 4, 36), (0, 4, 48), (0, 4, 43)])
    assert reading.piece.chords[0] == {48, 55}
    assert reading.folded_notes == 2


# --- The nearest piece: who is the melody ---------------------------------------------------------


def test_of_a_chord_above_middle_c_the_highest_note_is_the_melody():
    reading = read([(0, 2, 60), (0, 2, 64), (0, 2, 67), (2, 4, 62)])
    assert reading.piece.melody == (67,) * 4 + (62,) * 4
    assert reading.piece.chords == (frozenset({48, 52}),) * 4 + (frozenset(),) * 4
    assert (reading.folded_notes, reading.dropped_notes) == (2, 0)


def test_a_note_under_a_held_one_belongs_to_the_chord():
    reading = read([(0, 4, 72), (1, 2, 64)])
    assert reading.piece.melody == (72,) * 8
    assert reading.piece.chords[1:5] == (frozenset(), {52}, {52}, frozenset())


def test_a_higher_note_takes_over_from_a_held_one():
    reading = read([(0, 4, 64), (1, 2, 72)])
    assert reading.piece.melody == (64, 64, 72, 72, 64, 64, 64, 64)
    assert not any(reading.piece.chords)
    assert (reading.folded_notes, reading.dropped_notes) == (0, 0)


def test_of_notes_too_short_for_steps_of_their_own_some_are_dropped():
    """Of sixteenths, the second and the third are rounded to one step, the fourth to the next."""
    sixteenths = [(0, 0.25, 60), (0.25, 0.5, 62), (0.5, 0.75, 64), (0.75, 1, 65), (1, 2, 67)]
    reading = read(sixteenths)
    assert reading.piece.melody[:4] == (60, 64, 67, 67)
    assert not any(reading.piece.chords)
    assert (reading.folded_notes, reading.dropped_notes) == (0, 2)


@pytest.mark.parametrize("grace", [62, 72])
def test_a_grace_note_gives_way_to_the_note_that_it_adorns(grace):
    reading = read([(0, 0.1, grace), (0.1, 2, 64)])
    assert reading.piece.melody == (64,) * 4 + (None,) * 4
    assert not any(reading.piece.chords)
    assert reading.dropped_notes == 1


def test_of_a_triplet_the_middle_is_dropped():
    third = 1 / 3
    reading = read([(0, third, 60), (third, 2 * third, 62), (2 * third, 1, 64), (1, 2, 65)])
    assert reading.piece.melody[:4] == (60, 64, 65, 65)
    assert reading.dropped_notes == 1
    assert not any(reading.piece.chords)


def test_a_dropped_note_is_not_counted_as_folded():
    reading = read([(0, 0.2, 84), (0, 1, 86)])
    assert reading.piece.melody[:2] == (62, 62)
    assert (reading.folded_notes, reading.dropped_notes) == (1, 1)


@given(spans(range(128), 20))
@settings(derandomize=True, max_examples=60, deadline=None)
def test_every_note_is_accounted_for(notes):
    """Whatever sounds has its pitch class in the piece, but for what was cut short or dropped."""
    if not notes:
        return
    reading = read(*([(*note, 0)] for note in notes))  # tracks, all on one channel
    piece = reading.piece
    assert 0 <= reading.dropped_notes + reading.folded_notes <= len(notes)
    heard = {n % 12 for n in piece.melody if n} | {n % 12 for chord in piece.chords for n in chord}
    assert heard <= {pitch % 12 for _, _, pitch in notes}
    if not reading.dropped_notes:
        assert heard == {pitch % 12 for _, _, pitch in notes}
    for chords, (_, _, pitch) in ((piece.chords, note) for note in notes if note[2] < 60):
        assert any(48 + pitch % 12 in chord for chord in chords)


# --- The nearest piece: whole files ---------------------------------------------------------------


def piano_piece(choruses: int) -> bytes:
    """The form played by two hands, drums and bass: wide chords, an octave higher melody.

    The tempo changes twice. Chords lie in two octaves, the left hand's root an octave lower.
    """
    file = pretty_midi.PrettyMIDI(initial_tempo=93)
    right, left, bass = (pretty_midi.Instrument(program) for program in (0, 0, 33))
    drums = pretty_midi.Instrument(0, is_drum=True)
    piece = Piece.over(BLUES, MELODIES.chorus(1234).melody * choruses)
    melody, chords = held_notes(piece)
    second = 60 / 93 / 2
    for note in melody:
        right.notes.append(
            pretty_midi.Note(90, note.pitch + 12, note.onset * second, note.end * second)
        )
    for note in chords:
        for pitch in (note.pitch - 12, note.pitch + 12):
            left.notes.append(pretty_midi.Note(70, pitch, note.onset * second, note.end * second))
        bass.notes.append(
            pretty_midi.Note(70, note.pitch - 24, note.onset * second, note.end * second)
        )
    for step in range(len(piece)):
        drums.notes.append(pretty_midi.Note(99, 42, step * second, (step + 0.5) * second))
    file.instruments += [drums, left, right, bass]
    content = io.BytesIO()
    file.write(content)
    midi = mido.MidiFile(file=io.BytesIO(content.getvalue()))
    midi.tracks[0].insert(1, mido.MetaMessage("set_tempo", tempo=300_000, time=5000))
    midi.tracks[0].insert(2, mido.MetaMessage("set_tempo", tempo=900_000, time=9001))
    content = io.BytesIO()
    midi.save(file=content)
    return content.getvalue()


def as_one_track(content: bytes) -> bytes:
    """The same music as a file of type 0."""
    file = mido.MidiFile(file=io.BytesIO(content))
    one = mido.MidiFile(type=0, ticks_per_beat=file.ticks_per_beat)
    one.tracks.append(mido.merge_tracks(file.tracks))
    content = io.BytesIO()
    one.save(file=content)
    return content.getvalue()


@pytest.mark.parametrize("choruses", [1, 15])
def test_a_band_that_plays_the_form_plays_the_right_chords(choruses):
    content = piano_piece(choruses)
    with pytest.raises(BluesError, match="outside the chord octave"):
        from_midi(content, BLUES)
    expected = Piece.over(BLUES, MELODIES.chorus(1234).melody * choruses)
    chord_notes = len(held_notes(expected)[1])
    for file in (content, as_one_track(content)):
        reading = nearest_piece(file, BLUES)
        assert reading.piece.chords == expected.chords
        # As a whole: note by note, the melody's C4s, which sound as C5s, would stay where they are.
        assert reading.piece.melody == expected.melody
        assert reading.folded_notes == 48 * choruses + 3 * chord_notes
        assert reading.dropped_notes == 0
    assert judge(reading.piece, MELODIES).choruses_right == choruses


def test_a_foreign_file_is_judged_from_the_command_line(tmp_path, capsys):
    path = tmp_path / "band.mid"
    path.write_bytes(piano_piece(14))
    assert main(["judge", str(path)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["choruses"], found["choruses_right"], found["chords_right"]) == (14, 14, 1.0)
    assert found["folded_notes"] > 14 * 48
    assert found["dropped_notes"] == 0


def test_random_music_is_judged(tmp_path, capsys):
    generator = np.random.default_rng(0)
    starts, lengths = generator.uniform(0, 700, 3000), generator.exponential(0.8, 3000)
    notes = [
        (start, start + length, int(pitch))
        for start, length, pitch in zip(
            starts, lengths, generator.integers(21, 109, 3000), strict=True
        )
    ]
    path = tmp_path / "noise.mid"
    path.write_bytes(midi_file(notes[:1500], notes[1500:]))
    assert main(["judge", str(path)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["choruses"] == 14
    assert found["chords_right"] < 0.05
    assert found["novel_choruses"] == 1
    assert found["dropped_notes"] > 0


def test_a_foreign_file_shorter_than_a_chorus_is_one_sentence(tmp_path, capsys):
    path = tmp_path / "short.mid"
    path.write_bytes(midi_file([(0, 4, 84), (0, 4, 64)]))
    assert main(["judge", str(path)]) == 2
    out, error = capsys.readouterr()
    assert (out, error.count("\n")) == ("", 1)
    assert "a piece of 1 bars is too short to judge; needed is a chorus of 12 bars" in error


def test_every_recording_of_the_book_is_a_piece_as_it_stands():
    for name in ("composition", "random-notes", "twelve-bars", "scale"):
        piece = recordings.piece(name)
        assert nearest_piece(to_midi(piece), BLUES) == Reading(piece, 0, 0)


def test_a_melody_of_one_bar_lasts_whole_bars():
    reading = nearest_piece(midi_file([(0, 4.4, 74)]), FORM)
    assert reading.piece.melody == hold([62] * 4) + (62,) + (None,) * 7


def test_whole_sentences_say_what_is_wrong(tmp_path):
    path = tmp_path / "song.mid"
    for content, sentence in (
        (
            raw_file(NOTE + END, division=0),
            f"{path} counts time in film frames or not at all; "
            "a MIDI file must count it in ticks a quarter note",
        ),
        (
            raw_file(NOTE + END, kind=2),
            f"{path} is a MIDI file of type 2, whose tracks do not play together; "
            "types 0 and 1 are accepted",
        ),
        (
            to_midi(FIRST)[:200],
            f"{path} is not a readable MIDI file: it ends too early; "
            "give a Standard MIDI File (.mid)",
        ),
        (raw_file(b""), f"{path} is an empty MIDI file: it has no tracks, or nothing in them"),
    ):
        path.write_bytes(content)
        with pytest.raises(BluesError) as caught:
            from_midi(path, FORM)
        assert str(caught.value) == sentence


def test_limits_are_the_largest_that_is_read(tmp_path):
    assert len(read_file(stacked(100_000, False)).notes) == 100_000
    padding = LARGEST_FILE - len(raw_file(NOTE + END))
    file = raw_file(NOTE + END) + bytes(padding)
    assert len(file) == LARGEST_FILE and read_file(file).steps == 8
    with pytest.raises(BluesError, match="it has 1048577 bytes; at most 1048576 are accepted"):
        read_file(file + b"\0")
    bars = 10_000
    assert read_file(midi_file([(0, 1, 60), (4 * bars - 2, 4 * bars - 1, 60)])).steps == 8 * bars
    with pytest.raises(BluesError, match="it lasts 10000 bars; fewer than 10000 are accepted"):
        read_file(midi_file([(0, 1, 60), (4 * bars - 1, 4 * bars, 60)]))
    path = tmp_path / "large.mid"
    path.write_bytes(file + b"\0")
    with pytest.raises(BluesError, match=r"cannot read .*large\.mid: It has 1048577 bytes"):
        read_file(path)


def test_the_end_of_a_piece_is_where_its_mark_stands():
    mark = mido.MetaMessage("text", text="end of piece", time=0)
    other = mido.MetaMessage("text", text="a text", time=480 * 3)
    late = mido.MetaMessage("text", text="end of piece", time=480 * 17)
    assert read_file(midi_file([(0, 1, 60), other, late])).steps == 40
    assert read_file(midi_file([(0, 1, 60), mark])).steps == 8
    assert read_file(midi_file([other, late])).notes == ()
    # The last tick that is nearest to step 24, and the one after it.
    for tick, steps in ((24 * 240 + 119, 24), (24 * 240 + 120, 32)):
        end = mido.MetaMessage("text", text="end of piece", time=tick)
        assert read_file(midi_file([(0, 1, 60), end])).steps == steps


def test_an_end_within_half_a_step_of_a_strike_ends_nothing():
    """At 480 ticks a beat, a step has 240 and half a step 120."""
    for late, end in ((119, 4), (120, 3)):
        track = mido.MidiTrack(
            [
                mido.Message("note_on", note=60, time=0),
                mido.Message("note_on", note=60, time=480),
                mido.Message("note_off", note=60, time=late),
                mido.Message("note_off", note=60, time=480 - late),
            ]
        )
        file = mido.MidiFile(ticks_per_beat=480)
        file.tracks.append(track)
        content = io.BytesIO()
        file.save(file=content)
        found = read_file(content.getvalue()).notes
        assert len(found) == 2
        first = min(found, key=lambda note: note.onset)
        assert first.end == end


def test_a_grace_note_above_gives_way_to_a_note_of_one_step():
    reading = read([(0, 0.1, 64), (0, 0.5, 62), (0.5, 1, 65)])
    assert reading.piece.melody[:3] == (62, 65, None)
    assert reading.dropped_notes == 1


def test_a_note_of_one_step_under_a_held_one_belongs_to_the_chord():
    reading = read([(0, 2, 72), (0.5, 1, 64)])
    assert reading.piece.melody[:4] == (72,) * 4
    assert reading.piece.chords[:3] == (frozenset(), {52}, frozenset())


def test_a_note_is_not_saved_by_the_next_one_of_its_pitch():
    reading = read([(0, 0.1, 64), (0, 0.5, 62), (0.5, 1, 64)])
    assert reading.piece.melody[:2] == (62, 64)
    assert reading.dropped_notes == 1


def played(*messages):
    """The notes of a track of messages: of which kind, and after how many ticks each."""
    track = [mido.Message(kind, note=60, velocity=v, time=ticks) for kind, v, ticks in messages]
    return list(notes_of(mido.MidiTrack(track), 120))


def test_a_note_may_be_as_soft_as_can_be():
    assert played(("note_on", 1, 0), ("note_off", 0, 480)) == [(60, 0, 480)]
    assert played(("note_on", 64, 0), ("note_on", 0, 480)) == [(60, 0, 480)]


def test_of_two_ends_at_a_strike_the_second_ends_the_older_note_alone():
    on, off = ("note_on", 64), ("note_off", 0)
    both = played((*on, 0), (*on, 480), (*off, 0), (*off, 0), (*off, 480))
    assert both == [(60, 0, 480), (60, 480, 960)]


def test_a_note_that_ends_where_it_starts_is_none():
    on, off = ("note_on", 64), ("note_off", 0)
    assert played((*on, 0), (*off, 0), (*off, 480)) == []
