import io
import struct
import wave

import numpy as np
import pytest
import soundfile

from lstmblues.errors import BluesError
from lstmblues.music.form import Form, load_form
from lstmblues.music.melody import load_melodies
from lstmblues.music.midi import MELODY_VOICE, to_midi
from lstmblues.music.notes import seconds_at
from lstmblues.music.piece import Piece
from lstmblues.music.sound import (
    BIT_RATES,
    PEAK,
    RING,
    SAMPLE_RATE,
    SOUNDFONT,
    _synthesise,
    _with_rests,
    render,
    to_mp3,
    to_wav,
)

FORM = Form.parse("two bars", "C | F C", {"C": "C3 E3 G3", "F": "C3 F3 A3"})
FIRST = load_melodies(load_form()).printed_choruses()[0]
STEP = SAMPLE_RATE // 4  # samples of an eighth note at 120 beats a minute


@pytest.fixture(scope="module")
def samples():
    return render(FIRST)


def strength(samples, step, pitch):
    """How strong the fundamental of a MIDI pitch is in the quarter note from ``step`` on."""
    excerpt = samples[step * STEP : (step + 2) * STEP]
    spectrum = np.abs(np.fft.rfft(excerpt * np.hanning(len(excerpt))))
    frequencies = np.fft.rfftfreq(len(excerpt), 1 / SAMPLE_RATE)
    wanted = 440 * 2 ** ((pitch - 69) / 12)
    return spectrum[np.abs(frequencies / wanted - 1) < 0.02].max()


def test_the_soundfont_is_a_file_of_an_installed_package():
    assert SOUNDFONT.stat().st_size > 1_000_000


def test_a_chorus_lasts_24_seconds_and_rings_on(samples):
    assert samples.shape == ((24 + RING) * SAMPLE_RATE,)
    assert samples.dtype == np.float32
    assert len(render(FIRST, tempo=240)) == (12 + RING) * SAMPLE_RATE


def test_it_is_as_loud_as_it_may_be_without_clipping_and_ends_in_silence(samples):
    assert np.abs(samples).max() == pytest.approx(PEAK)
    assert PEAK < 1
    ringing = samples[24 * SAMPLE_RATE : int(24.2 * SAMPLE_RATE)]
    assert np.abs(ringing).max() > 0.01 * PEAK
    assert np.abs(samples[-100:]).max() < 1e-4
    assert abs(samples[0]) < 1e-3


def test_a_note_dies_away_without_a_click():
    piece = Piece(FORM, (frozenset({48, 52}),) * 8 + (frozenset(),) * 8, (None,) * 16)
    samples, end = render(piece), 8 * STEP
    jumps = np.abs(np.diff(samples))
    sounding = jumps[end - STEP // 2 : end - STEP // 8].max()
    assert jumps[end - STEP // 8 : end + STEP // 8].max() < 1.2 * sounding
    loudness = [np.abs(samples[place : place + STEP // 4]).max() for place in (end - STEP, end)]
    assert 0.1 * loudness[0] < loudness[1] < loudness[0]
    assert np.abs(samples[end + 4 * STEP :]).max() < 0.01 * loudness[0]


def test_the_written_melody_sounds_when_it_is_written():
    # Alone: in the full piece the chords' overtones lie in the melody's octave. C5 is left out
    # unless it is meant, since it is the first overtone of C4.
    alone = render(Piece(FIRST.form, (frozenset(),) * len(FIRST), FIRST.melody))
    for step in range(0, len(FIRST), 2):
        pitches = {*range(60, 72), FIRST.melody[step]}
        strengths = {pitch: strength(alone, step, pitch) for pitch in pitches}
        assert max(strengths, key=strengths.get) == FIRST.melody[step]


@pytest.mark.parametrize("step", FIRST.form.changes)
def test_the_written_chords_sound_when_they_are_written(samples, step):
    chord = FIRST.chords[step]
    strengths = {pitch: strength(samples, step, pitch) for pitch in range(48, 60)}
    loudest_of_the_others = max(strengths[pitch] for pitch in strengths.keys() - chord)
    assert min(strengths[pitch] for pitch in chord) > loudest_of_the_others


def test_a_melody_note_is_louder_than_a_note_of_a_chord():
    melody = render(Piece(FORM, (frozenset(),) * 8, (60,) * 2 + (None,) * 6))
    both = render(Piece(FORM, (frozenset({48}),) * 8, (60,) * 2 + (None,) * 6))
    assert strength(both, 0, 60) > strength(both, 0, 48)
    assert strength(melody, 0, 60) > 100 * strength(melody, 0, 49)


def test_a_chord_has_a_softer_attack_than_a_melody_note(monkeypatch):
    chord = Piece(FORM, (frozenset({48, 52, 55}),) * 8, (None,) * 8)
    soft = render(chord)
    monkeypatch.setattr("lstmblues.music.midi.CHORD_VOICE", MELODY_VOICE)
    hard = render(chord)

    def sharpness(samples):
        """How much of the first 30 milliseconds lies above 2 kHz, against the whole bar."""
        onset = samples[: SAMPLE_RATE * 30 // 1000]
        spectrum = np.abs(np.fft.rfft(onset * np.hanning(len(onset)))) ** 2
        frequencies = np.fft.rfftfreq(len(onset), 1 / SAMPLE_RATE)
        return spectrum[frequencies > 2000].sum() / np.square(samples[: 8 * STEP]).sum()

    assert sharpness(soft) < sharpness(hard) / 10


def test_the_chords_are_6_to_10_decibels_below_the_melody():
    silence, rests = (frozenset(),) * len(FIRST), (None,) * len(FIRST)
    melody = _synthesise(to_midi(Piece(FIRST.form, silence, FIRST.melody)))
    chords = _synthesise(to_midi(Piece(FIRST.form, FIRST.chords, rests)))
    assert 6 < 20 * np.log10(np.std(melody) / np.std(chords)) < 10


def test_swing_plays_off_beats_late_in_a_rendering_of_the_same_length():
    piece = Piece(FORM, (frozenset(),) * 8, (None, 60) + (None,) * 6)
    for swing, seconds in ((False, 0.25), (True, 0.3)):
        assert seconds_at(1, swing=swing) == pytest.approx(seconds)
        swung = render(piece, swing=swing)
        assert len(swung) == (2 + RING) * SAMPLE_RATE
        assert np.argmax(np.abs(swung) > 0.01) / SAMPLE_RATE == pytest.approx(seconds, abs=0.01)


def test_silence_is_rendered_as_silence():
    silence = render(Piece(FORM, (frozenset(),) * 8, (None,) * 8))
    assert len(silence) == (2 + RING) * SAMPLE_RATE
    assert not silence.any()


@pytest.mark.parametrize("tempo", [20, 97.3, 400])
def test_any_tempo_has_its_length_and_its_ring(tempo):
    samples = render(Piece.over(FORM, [60] * 16), tempo)
    assert len(samples) == round((8 * 60 / tempo + RING) * SAMPLE_RATE)
    assert np.abs(samples[-100:]).max() < 1e-4


def test_the_same_piece_gives_the_same_sound(samples):
    assert np.array_equal(samples, render(FIRST))
    assert to_wav(samples) == to_wav(samples)
    short = samples[:SAMPLE_RATE]
    assert to_mp3(short) == to_mp3(short)


def test_more_than_half_an_hour_and_impossible_tempos_are_refused():
    with pytest.raises(BluesError, match="lasts 33 minutes; at most 30 can be rendered"):
        render(Piece.over(FORM, [60] * 8 * 1000))
    with pytest.raises(BluesError, match="must lie between 20 and 400"):
        render(FIRST, tempo=1)


def test_the_limit_is_one_of_minutes_and_belongs_to_what_is_rendered(monkeypatch):
    monkeypatch.setattr("lstmblues.music.sound._synthesise", lambda midi: np.zeros(90_000_000))
    bars_of_half_an_hour = 900  # of two seconds
    render(Piece.over(FORM, [60] * 8 * bars_of_half_an_hour))
    # A shorter step makes more bars of it.
    render(Piece.over(FORM, [60] * 8 * 3 * bars_of_half_an_hour), tempo=400)
    with pytest.raises(BluesError, match="lasts 30 minutes; at most 30 can be rendered"):
        render(Piece.over(FORM, [60] * 8 * (bars_of_half_an_hour + 1)))
    with pytest.raises(BluesError, match="lasts 120 minutes"):
        render(Piece.over(FORM, [60] * 8 * 4 * bars_of_half_an_hour))


def test_it_is_played_straight_unless_asked():
    piece = Piece(FORM, (frozenset(),) * 8, (None, 60) + (None,) * 6)
    assert np.array_equal(render(piece), render(piece, swing=False))
    assert not np.array_equal(render(piece), render(piece, swing=True))


def test_the_second_half_of_the_ring_fades_out_evenly(monkeypatch):
    seconds = 2 + RING
    level = np.full(round(seconds * SAMPLE_RATE) + 99, 0.25, dtype=np.float32)
    monkeypatch.setattr("lstmblues.music.sound._synthesise", lambda midi: level.copy())
    samples = render(Piece.over(FORM, [60] * 8))
    assert samples.dtype == np.float32
    fade = round(RING / 2 * SAMPLE_RATE)
    assert samples[:-fade] == pytest.approx(PEAK)
    assert samples[-fade:] == pytest.approx(np.linspace(PEAK, 0, fade), abs=1e-6)


def test_what_rings_on_is_rests_of_a_bar_or_two():
    piece = Piece.over(FORM, [60] * 8)
    for steps, bars in ((8, 2), (8.1, 3), (16, 3)):
        longer = _with_rests(piece, steps)
        assert len(longer) == 8 * bars
        assert longer.melody == piece.melody + (None,) * 8 * (bars - 1)
        assert longer.chords == piece.chords + (frozenset(),) * 8 * (bars - 1)


def test_wav_is_read_by_the_standard_library(samples):
    with wave.open(io.BytesIO(to_wav(samples))) as file:
        assert file.getparams()[:4] == (1, 2, SAMPLE_RATE, len(samples))
        values = np.frombuffer(file.readframes(len(samples)), dtype="<i2") / 2**15
    assert np.abs(values - samples).max() < 2**-14


def bit_rates(mp3):
    """The bit rate that every frame's header states; MPEG-1 layer III, as the standard has it."""
    kilobits = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
    rates, place = [], 0
    while place < len(mp3):
        assert mp3[place] == 0xFF
        assert mp3[place + 1] >> 1 == 0b1111101
        rate = kilobits[mp3[place + 2] >> 4]
        sample_rate = (44_100, 48_000, 32_000)[mp3[place + 2] >> 2 & 3]
        assert sample_rate == SAMPLE_RATE
        assert mp3[place + 3] >> 6 == 0b11  # mono
        rates.append(rate)
        place += 144 * rate * 1000 // sample_rate + (mp3[place + 2] >> 1 & 1)
    return rates


@pytest.mark.parametrize("kilobits", BIT_RATES)
def test_mp3_has_the_asked_bit_rate_in_every_frame(samples, kilobits):
    mp3 = to_mp3(samples[: 5 * SAMPLE_RATE], kilobits)
    assert set(bit_rates(mp3)) == {kilobits}
    assert len(mp3) * 8 / 5 == pytest.approx(kilobits * 1000, rel=0.02)


@pytest.mark.parametrize("kilobits", [128, 32])
def test_mp3_sounds_as_it_should(samples, kilobits):
    decoded, rate = soundfile.read(io.BytesIO(to_mp3(samples, kilobits)))
    assert rate == SAMPLE_RATE
    assert len(decoded) == pytest.approx(len(samples), abs=0.1 * SAMPLE_RATE)
    assert np.abs(decoded).max() < 1
    for step in (0, 28, 80):
        strengths = {pitch: strength(decoded, step, pitch) for pitch in range(48, 60)}
        strongest = sorted(strengths, key=strengths.get)[-len(FIRST.chords[step]) :]
        assert set(strongest) == FIRST.chords[step]


@pytest.mark.parametrize("kilobits", [128, 32])
def test_decoded_mp3_is_in_step_with_the_samples_and_as_long(samples, kilobits):
    decoded, _ = soundfile.read(io.BytesIO(to_mp3(samples, kilobits)))
    assert decoded.shape == samples.shape
    size = 2 ** (2 * len(samples)).bit_length()
    spectrum = np.fft.rfft(decoded, size) * np.conj(np.fft.rfft(samples, size))
    assert np.argmax(np.fft.irfft(spectrum)) == 0  # where they agree best: no delay
    assert np.abs(decoded[-100:]).max() < 1e-3


@pytest.mark.parametrize("length", [0, 1, 1152, 48_001])
def test_mp3_of_any_length_keeps_it(samples, length):
    decoded, _ = soundfile.read(io.BytesIO(to_mp3(samples[:length], 32)))
    assert len(decoded) == length


def test_mp3_states_its_frames_bytes_and_padding():
    mp3 = to_mp3(np.zeros(SAMPLE_RATE, dtype=np.float32), 128)
    frames = len(bit_rates(mp3)) - 1
    assert mp3[21:25] == b"Info"
    assert struct.unpack(">LLL", mp3[25:37]) == (3, frames, len(mp3))
    assert mp3[37:46] == b"LAME3.100"
    delay, padding = divmod(int.from_bytes(mp3[58:61]), 2**12)
    assert (delay, padding) == (576, frames * 1152 - 576 - SAMPLE_RATE)


@pytest.mark.parametrize("kilobits", [0, 8, 100, 321])
def test_other_bit_rates_are_refused(samples, kilobits):
    with pytest.raises(BluesError, match=f"no bit rate of {kilobits} .* it has 32, 40"):
        to_mp3(samples, kilobits)


@pytest.mark.parametrize("level", [1.0, 0.1])
def test_mp3_keeps_the_level_up_to_full_scale(level):
    seconds = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    tone = (level * np.sin(2 * np.pi * 440 * seconds)).astype(np.float32)
    decoded, _ = soundfile.read(io.BytesIO(to_mp3(tone, max(BIT_RATES))))
    middle = slice(SAMPLE_RATE // 4, -SAMPLE_RATE // 4)
    assert np.abs(decoded - tone)[middle].max() < 0.01 * level


def test_the_first_frame_of_mp3_says_that_the_bit_rate_is_constant_and_is_filled_with_zeros():
    mp3 = to_mp3(np.zeros(SAMPLE_RATE, dtype=np.float32), 128)
    assert mp3[46] == 1
    assert mp3[61 : 144 * 128_000 // SAMPLE_RATE] == bytes(384 - 61)
