import io

import mido
import pretty_midi
import pytest

from lstmblues.errors import BluesError
from lstmblues.music.form import Form, load_form
from lstmblues.music.melody import load_melodies
from lstmblues.music.midi import (
    BACKBEAT,
    CHORD_VOICE,
    EXPRESSION,
    LOUDEST,
    MELODY_VOICE,
    SWELL,
    VOLUME,
    to_midi,
)
from lstmblues.music.notes import SWING, held_notes, seconds_at
from lstmblues.music.piece import Piece

MELODIES = load_melodies(load_form())
FIRST = MELODIES.printed_choruses()[0]
FORM = Form.parse("two bars", "C | F C", {"C": "C3 E3 G3", "F": "C3 F3 A3"})


# --- Notes and loudness ---------------------------------------------------------------------------


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
        assert ticks[-1] - ticks[0] == pytest.approx(
            CHORD_VOICE.attack * 440, abs=1
        )  # 2 beats a second
        assert values == tuple(sorted(set(values)))
        assert values[0] < LOUDEST / 4
        assert values[-1] == LOUDEST


def test_the_expression_rises_in_eight_equal_steps():
    chords, _ = swells(to_midi(Piece.over(FORM, [60] * 8)))
    assert [value for _, value in chords] == [16, 32, 48, 64, 79, 95, 111, 127]  # eighths of 127


def test_beats_2_and_4_are_ten_louder_when_swung():
    quarters = Piece(FORM, (frozenset(),) * 8, (60, 60, 62, 62, 64, 64, 65, 65))
    loudness = {
        swing: [
            velocity
            for *_, velocity, _ in notes_of(
                mido.MidiFile(file=io.BytesIO(to_midi(quarters, swing=swing))).tracks[1]
            )
        ]
        for swing in (False, True)
    }
    assert loudness == {False: [100] * 4, True: [100, 110, 100, 110]}


def test_nothing_swells_that_is_held_over_a_strike():
    held = (frozenset({48}),) * 2 + (frozenset({48, 52}),) * 2 + (frozenset({52}),) * 4
    chords, _ = swells(to_midi(Piece(FORM, held, (None,) * 8)))
    assert [tick for tick, _ in chords if tick >= 110] == []  # at step 2 the first note goes on
    assert len(chords) == SWELL


# --- Swing and tempo ------------------------------------------------------------------------------


def test_swing_moves_off_beats_and_stresses_beats_2_and_4():
    melody = (60, 62, 64, 65, 67, 67, 69, 69)
    tracks = mido.MidiFile(
        file=io.BytesIO(to_midi(Piece(FORM, (frozenset({48}),) * 8, melody), swing=True))
    ).tracks
    late, soft = round(220 * SWING), MELODY_VOICE.velocity
    assert notes_of(tracks[1]) == [
        (0, 60, soft, late),
        (late, 62, soft, 220),
        (220, 64, soft + BACKBEAT, 220 + late),
        (220 + late, 65, soft, 440),
        (440, 67, soft, 660),
        (660, 69, soft + BACKBEAT, 880),
    ]
    assert notes_of(tracks[2]) == [(0, 48, CHORD_VOICE.velocity, 880)]


def test_swing_is_off_unless_it_is_asked_for():
    assert to_midi(FIRST) == to_midi(FIRST, swing=False) != to_midi(FIRST, swing=True)
    assert to_midi(FIRST, swing=True) == to_midi(FIRST, swing=True)


@pytest.mark.parametrize("voice", [MELODY_VOICE, CHORD_VOICE])
def test_a_voice_can_be_played_at_the_fastest_tempo(voice):
    assert 1 <= voice.velocity <= LOUDEST - BACKBEAT
    shortest = seconds_at(2, 400, swing=True) - seconds_at(1, 400, swing=True)
    assert voice.attack < shortest


def test_tempos_that_cannot_be_played_are_refused():
    with pytest.raises(BluesError, match="must lie between 20 and 400"):
        to_midi(FIRST, 401)


def test_the_same_piece_gives_the_same_bytes():
    assert to_midi(FIRST) == to_midi(MELODIES.printed_choruses()[0])


def test_the_volume_is_full_from_the_first_tick():
    for track in mido.MidiFile(file=io.BytesIO(to_midi(FIRST))).tracks[1:]:
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "control_change" and message.control == VOLUME:
                assert (tick, message.value) == (0, LOUDEST)
                break
        else:
            raise AssertionError("no volume")


def test_a_chord_that_is_struck_off_the_beat_swells_when_it_is_played():
    late = Piece(FORM, (frozenset(),) + (frozenset({48}),) * 7, (None,) * 8)
    (straight, _), *_ = swells(to_midi(late))[0]
    (swung, _), *_ = swells(to_midi(late, swing=True))[0]
    assert straight == 110 and swung == round(seconds_at(1, swing=True) * 440)
    assert swung > straight


def test_what_is_struck_right_after_a_strike_is_not_fresh_if_that_is_held():
    held = (frozenset({48}),) + (frozenset({48, 52}),) * 7
    chords, _ = swells(to_midi(Piece(FORM, held, (None,) * 8)))
    assert {tick // 110 for tick, _ in chords} == {0}
