import io
import struct
import warnings

import mido
import numpy as np
import pretty_midi
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from midi_files import midi_file
from strategies import pieces

from lstmblues.errors import BluesError
from lstmblues.music.form import Form, load_form
from lstmblues.music.melody import load_melodies
from lstmblues.music.midi import BACKBEAT, CHORDS, EXPRESSION, LOUDEST, MELODY, SWELL, to_midi
from lstmblues.music.notes import SWING, Note, held_notes, seconds_at, seconds_per_step
from lstmblues.music.piece import Piece, join
from lstmblues.music.read_midi import LARGEST_FILE, from_midi

BLUES = load_form()
MELODIES = load_melodies(BLUES)
FIRST = MELODIES.printed_choruses()[0]
FORM = Form.parse("two bars", "C | F C", {"C": "C3 E3 G3", "F": "C3 F3 A3"})


# Held notes


def test_bar_1_is_four_quarter_notes_over_one_long_chord():
    melody, chords = held_notes(FIRST)
    assert melody[:4] == (Note(67, 0, 2), Note(70, 2, 2), Note(65, 4, 2), Note(60, 6, 2))
    assert chords[:3] == (Note(48, 0, 8), Note(52, 0, 8), Note(55, 0, 8))


def test_a_repeated_quarter_note_is_struck_again():
    melody, _ = held_notes(FIRST)
    assert len(melody) == 48
    assert melody[-4:] == (Note(62, 88, 2), Note(62, 90, 2), Note(67, 92, 2), Note(67, 94, 2))


def test_a_split_bar_has_chords_of_half_a_bar():
    _, chords = held_notes(FIRST)
    bar_4 = [note for note in chords if 24 <= note.onset < 32]
    assert bar_4 == [Note(pitch, 24, 4) for pitch in (50, 53, 55, 58)] + [
        Note(pitch, 28, 4) for pitch in (48, 52, 55)
    ]
    # 3+4+3+(4+3), 4+4+3+(3+4), 4+4+(3+4)+(3+4) notes on the three lines
    assert len(chords) == 17 + 18 + 22


def test_a_chord_is_struck_again_at_every_bar_line_and_chorus():
    form = Form.parse("one chord", "C | C", {"C": "C3"})
    _, chords = held_notes(Piece.over(form, [None] * 32))
    assert chords == tuple(Note(48, onset, 8) for onset in (0, 8, 16, 24))


def test_eighth_notes_rests_and_wrong_chords_are_held_as_they_sound():
    a, b = frozenset({48, 52}), frozenset({52, 59})
    melody = (60, 62, 62, 62, 62, None, None, 64)
    piece = Piece(FORM, (a, a, a, b, b, frozenset(), b, b), melody)
    assert held_notes(piece) == (
        (Note(60, 0, 1), Note(62, 1, 1), Note(62, 2, 2), Note(62, 4, 1), Note(64, 7, 1)),
        (Note(48, 0, 3), Note(52, 0, 5), Note(59, 3, 2), Note(52, 6, 2), Note(59, 6, 2)),
    )


@given(pieces())
@settings(derandomize=True, max_examples=50)
def test_held_notes_cover_exactly_what_sounds_and_cross_no_boundary(piece):
    melody, chords = held_notes(piece)
    heard = [(step, note.pitch) for note in melody for step in range(note.onset, note.end)]
    assert heard == [(step, note) for step, note in enumerate(piece.melody) if note is not None]
    heard = [(step, note.pitch) for note in chords for step in range(note.onset, note.end)]
    assert sorted(heard) == [
        (step, pitch) for step, chord in enumerate(piece.chords) for pitch in sorted(chord)
    ]
    assert all(note.onset // 2 == (note.end - 1) // 2 for note in melody)
    for note in chords:
        inside = {step % piece.form.steps for step in range(note.onset + 1, note.end)}
        assert not inside & set(piece.form.changes)


# Writing


def notes_of(track):
    """Onset, pitch, velocity and end of a mido track's notes, in ticks."""
    notes, sounding, tick = [], {}, 0
    for message in track:
        tick += message.time
        if message.type == "note_on" and message.velocity > 0:
            assert message.note not in sounding
            sounding[message.note] = (tick, message.velocity)
        elif message.type in ("note_on", "note_off"):
            onset, velocity = sounding.pop(message.note)
            notes.append((onset, message.note, velocity, tick))
    assert not sounding
    return sorted(notes)


def test_another_reader_finds_a_piano_and_an_electric_piano_in_time():
    file = mido.MidiFile(file=io.BytesIO(to_midi(FIRST)))
    head, *tracks = file.tracks
    assert [track.name for track in tracks] == ["melody", "chords"]
    assert [m.tempo for m in head if m.type == "set_tempo"] == [500_000]
    assert [m.program for track in tracks for m in track if m.type == "program_change"] == [0, 4]
    for track, expected in zip(tracks, held_notes(FIRST), strict=True):
        eighth = file.ticks_per_beat // 2
        assert [(onset, pitch, end) for onset, pitch, _, end in notes_of(track)] == [
            (note.onset * eighth, note.pitch, note.end * eighth) for note in expected
        ]
    assert notes_of(tracks[0])[0][2] > notes_of(tracks[1])[0][2]  # the melody stands out
    assert file.length == pytest.approx(24, abs=0.01)


def test_another_tempo_changes_the_tempo_alone():
    slow = pretty_midi.PrettyMIDI(io.BytesIO(to_midi(FIRST, tempo=60)))
    assert slow.get_end_time() == pytest.approx(48)
    assert slow.get_tempo_changes()[1] == pytest.approx([60])
    assert from_midi(to_midi(FIRST, tempo=60), BLUES) == FIRST
    assert seconds_per_step(60) == 0.5
    assert seconds_per_step() == 0.25


def swells(content):
    """Tick and value of every change of expression in the chords, and in the melody."""
    melody, chords = [], []
    for number, found in ((1, melody), (2, chords)):
        tick = 0
        for message in mido.MidiFile(file=io.BytesIO(content)).tracks[number]:
            tick += message.time
            if message.type == "control_change" and message.control == EXPRESSION:
                found.append((tick, message.value))
    return chords, melody


def test_chords_swell_from_every_strike_and_the_melody_does_not():
    piece = Piece.over(FORM, [60] * 16)  # its chords are struck at steps 0, 8 and 12
    chords, melody = swells(to_midi(piece))
    assert melody == []
    assert len(chords) == 3 * SWELL
    for strike, step in enumerate((0, 8, 12)):
        ticks, values = zip(*chords[strike * SWELL : (strike + 1) * SWELL], strict=True)
        assert ticks[0] == step * 110
        assert ticks[-1] - ticks[0] == pytest.approx(CHORDS.attack * 440, abs=1)  # 2 beats a second
        assert values == tuple(sorted(set(values)))
        assert values[0] < LOUDEST / 4
        assert values[-1] == LOUDEST


def test_nothing_swells_that_is_held_over_a_strike():
    held = (frozenset({48}),) * 2 + (frozenset({48, 52}),) * 2 + (frozenset({52}),) * 4
    chords, _ = swells(to_midi(Piece(FORM, held, (None,) * 8)))
    assert [tick for tick, _ in chords if tick >= 110] == []  # at step 2 the first note goes on
    assert len(chords) == SWELL


# Swing


def test_swung_off_beats_come_late_and_beats_stay():
    straight = seconds_at(np.arange(5))
    assert straight.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert seconds_at(np.arange(5), swing=True) == pytest.approx([0, 0.3, 0.5, 0.8, 1])
    assert seconds_at(3, tempo=60, swing=True) == pytest.approx(1.6)
    assert 0.5 < SWING < 2 / 3


@given(st.floats(0, 1000), st.floats(0, 1000), st.floats(20, 400))
@settings(derandomize=True, max_examples=100)
def test_swung_time_never_runs_backwards(one, other, tempo):
    first, then = sorted((one, other))
    assert seconds_at(first, tempo, swing=True) <= seconds_at(then, tempo, swing=True)
    assert seconds_at(first, tempo) == pytest.approx(first * seconds_per_step(tempo))
    late = seconds_at(first, tempo, swing=True) - seconds_at(first, tempo)
    assert -1e-9 <= late <= (2 * SWING - 1) * seconds_per_step(tempo) + 1e-9


def test_swing_moves_off_beats_and_stresses_beats_2_and_4():
    melody = (60, 62, 64, 65, 67, 67, 69, 69)
    tracks = mido.MidiFile(
        file=io.BytesIO(to_midi(Piece(FORM, (frozenset({48}),) * 8, melody), swing=True))
    ).tracks
    late, soft = round(220 * SWING), MELODY.velocity
    assert notes_of(tracks[1]) == [
        (0, 60, soft, late),
        (late, 62, soft, 220),
        (220, 64, soft + BACKBEAT, 220 + late),
        (220 + late, 65, soft, 440),
        (440, 67, soft, 660),
        (660, 69, soft + BACKBEAT, 880),
    ]
    assert notes_of(tracks[2]) == [(0, 48, CHORDS.velocity, 880)]


def test_swing_is_off_unless_it_is_asked_for():
    assert to_midi(FIRST) == to_midi(FIRST, swing=False) != to_midi(FIRST, swing=True)
    assert to_midi(FIRST, swing=True) == to_midi(FIRST, swing=True)


@pytest.mark.parametrize("voice", [MELODY, CHORDS])
def test_a_voice_can_be_played_at_the_fastest_tempo(voice):
    assert 1 <= voice.velocity <= LOUDEST - BACKBEAT
    shortest = seconds_at(2, 400, swing=True) - seconds_at(1, 400, swing=True)
    assert voice.attack < shortest


@pytest.mark.parametrize("tempo", [0, -120, 19.9, 401, float("nan"), float("inf")])
def test_tempos_that_cannot_be_played_are_refused(tempo):
    with pytest.raises(BluesError, match="must lie between 20 and 400"):
        to_midi(FIRST, tempo)


def test_the_same_piece_gives_the_same_bytes():
    assert to_midi(FIRST) == to_midi(MELODIES.printed_choruses()[0])


# There and back


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


# Other people's files


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
        (raw_file(b"\x00\xff\x51\x03\x00\x00\x00" + NOTE + END), "a beat lasts no time"),
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
