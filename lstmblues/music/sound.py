"""Pieces as sound: samples, WAV and MP3 (chapter 2, "The melodies").

The synthesiser, the soundfont and the MP3 encoder all come as Python packages, so nothing needs to
be installed on the system and nothing is downloaded. The soundfont is the one that pretty_midi
carries. Sound is mono: the soundfont's instruments hardly differ between left and right.
"""

import io
import math
import struct
from functools import cache
from pathlib import Path

import lameenc
import midirenderer
import numpy as np
import pretty_midi
import soundfile

from lstmblues.errors import BluesError
from lstmblues.music.form import STEPS_PER_BAR
from lstmblues.music.midi import to_midi
from lstmblues.music.notes import TEMPO, seconds_per_step
from lstmblues.music.piece import Piece

SOUNDFONT = Path(pretty_midi.__file__).parent / "TimGM6mb.sf2"
SAMPLE_RATE = 48_000
"""Samples a second: the synthesiser's own rate."""
PEAK = 10 ** (-1 / 20)
"""The loudest sample of a rendering: 1 decibel below full scale, which leaves MP3 some room."""
RING = 2.0
"""How many seconds the last notes may ring on after the piece ends; the second half fades out."""
LONGEST_MINUTES = 30
"""The longest piece that is rendered."""

BIT_RATES = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
"""The constant bit rates of MP3 at this sample rate, in kilobits a second."""
QUALITY = 5
"""LAME's effort, 0 (best) to 9: below 5 it gains little; from 7 on hearing is not modelled."""
FRAME = 1152
"""Samples in a frame of MP3 at this sample rate."""
DELAY = 576
"""How many samples of silence LAME puts first, besides those that a decoder itself adds."""


def render(piece: Piece, tempo: float = TEMPO, swing: bool = False) -> np.ndarray:
    """Return ``piece`` as mono samples between -1 and 1, dtype float32, shape (samples,).

    It lasts as long as the piece at ``tempo`` beats a minute, plus ``RING`` seconds, at
    ``SAMPLE_RATE`` samples a second; the loudest sample is ``PEAK``, unless nothing sounds.
    ``swing`` plays it swung (``midi.to_midi``). The same arguments always give the same samples.

    Raises ``BluesError`` for a tempo that ``notes.seconds_per_step`` refuses, and for more than
    half an hour of music.
    """
    step = seconds_per_step(tempo)
    if len(piece) * step > LONGEST_MINUTES * 60:
        raise BluesError(
            f"a piece of {piece.bars} bars at {tempo:g} beats a minute lasts "
            f"{len(piece) * step / 60:.0f} minutes; at most {LONGEST_MINUTES} can be rendered"
        )
    samples = _synthesise(to_midi(_with_rests(piece, RING / step), tempo, swing))
    samples = samples[: round((len(piece) * step + RING) * SAMPLE_RATE)]
    fade = round(RING / 2 * SAMPLE_RATE)
    samples[-fade:] *= np.linspace(1, 0, fade, dtype=samples.dtype)
    loudest = np.abs(samples).max()
    return samples * (PEAK / loudest) if loudest > 0 else samples


def _with_rests(piece: Piece, steps: float) -> Piece:
    """Return ``piece`` with bars of rest after it, ``steps`` time steps or more."""
    rests = math.ceil(steps / STEPS_PER_BAR) * STEPS_PER_BAR
    return Piece(piece.form, piece.chords + (frozenset(),) * rests, piece.melody + (None,) * rests)


def _synthesise(midi: bytes) -> np.ndarray:
    """Play a MIDI file with the soundfont; return mono samples, dtype float32."""
    wav = midirenderer.render_wave_from(_soundfont(), midi)
    stereo, _ = soundfile.read(io.BytesIO(wav), dtype="float32")
    return stereo.mean(axis=1)


@cache
def _soundfont() -> bytes:
    return SOUNDFONT.read_bytes()


def to_wav(samples: np.ndarray) -> bytes:
    """Return samples between -1 and 1, shape (samples,), as a WAV file of 16 bits a sample."""
    content = io.BytesIO()
    soundfile.write(content, samples, SAMPLE_RATE, format="WAV", subtype="PCM_16")
    return content.getvalue()


def to_mp3(samples: np.ndarray, kilobits: int = 128) -> bytes:
    """Return samples between -1 and 1, shape (samples,), as an MP3 file.

    The bit rate is constant: ``kilobits`` a second, one of ``BIT_RATES``; the papers' project page
    offers 128 and 32. Other threads run meanwhile. Raises ``BluesError`` for any other bit rate.
    """
    if kilobits not in BIT_RATES:
        raise BluesError(
            f"MP3 has no bit rate of {kilobits} kilobits a second; "
            f"it has {', '.join(map(str, BIT_RATES))}"
        )
    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_channels(1)
    encoder.set_in_sample_rate(SAMPLE_RATE)
    encoder.set_out_sample_rate(SAMPLE_RATE)  # LAME would lower it with the bit rate
    encoder.set_bit_rate(kilobits)
    encoder.set_quality(QUALITY)
    integers = np.rint(samples * (2**15 - 1)).astype("<i2")
    frames = bytes(encoder.encode(integers.tobytes()) + encoder.flush())
    return _info_frame(frames, kilobits, len(samples)) + frames


def _info_frame(frames: bytes, kilobits: int, samples: int) -> bytes:
    """Return the frame of MP3 that tells decoders which ``samples`` are the sound.

    The encoder delays it and fills up the last frame; without this frame, whose layout is LAME's,
    a decoder plays that silence as well, and the sound comes 23 milliseconds late.
    """
    size = FRAME // 8 * kilobits * 1000 // SAMPLE_RATE
    count = len(frames) // size
    padding = count * FRAME - DELAY - samples
    return b"".join(
        (
            frames[:4],  # the header of any frame at this bit rate
            bytes(17),  # where other mono frames say how they are coded
            struct.pack(">4sLLL", b"Info", 0b11, count, size + len(frames)),
            struct.pack(">9sB10x", b"LAME3.100", 1),  # 1: of constant bit rate
            struct.pack(">BL", min(kilobits, 255), DELAY << 20 | padding << 8),
        )
    ).ljust(size, b"\0")
