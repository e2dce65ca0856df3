"""Pieces as sound: samples, WAV and MP3 (chapter 2, "The melodies").

The synthesiser and the soundfont both come as Python packages, so nothing needs to be installed
on the system and nothing is downloaded. The soundfont is the one that pretty_midi carries.
"""

import io
import math
from functools import cache
from pathlib import Path

import midirenderer
import numpy as np
import pretty_midi
import soundfile

from lstmblues.errors import BluesError
from lstmblues.form import STEPS_PER_BAR
from lstmblues.midi import TEMPO, seconds_per_step, to_midi
from lstmblues.piece import Piece

SOUNDFONT = Path(pretty_midi.__file__).parent / "TimGM6mb.sf2"
SAMPLE_RATE = 48_000
"""Samples a second: the synthesiser's own rate."""
PEAK = 10 ** (-1 / 20)
"""The loudest sample of a rendering: 1 decibel below full scale, which leaves MP3 some room."""
RING = 2.0
"""How many seconds the last notes may ring on after the piece ends; the second half fades out."""
LONGEST_MINUTES = 30

BIT_RATES = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
"""The constant bit rates of MP3 at this sample rate, in kilobits a second."""


def render(piece: Piece, tempo: float = TEMPO) -> np.ndarray:
    """Return ``piece`` as mono samples between -1 and 1, dtype float32, shape (samples,).

    It lasts as long as the piece at ``tempo`` beats a minute, plus ``RING`` seconds, at
    ``SAMPLE_RATE`` samples a second; the loudest sample is ``PEAK``, unless nothing sounds. The
    same piece and tempo always give the same samples. Raises ``BluesError`` for a tempo that
    ``midi.seconds_per_step`` refuses, and for more than half an hour of music.
    """
    step = seconds_per_step(tempo)
    if len(piece) * step > LONGEST_MINUTES * 60:
        raise BluesError(
            f"a piece of {piece.bars} bars at {tempo:g} beats a minute lasts "
            f"{len(piece) * step / 60:.0f} minutes; at most {LONGEST_MINUTES} can be rendered"
        )
    samples = _synthesise(to_midi(_with_rests(piece, RING / step), tempo))
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
    return _write(samples, format="WAV", subtype="PCM_16")


def to_mp3(samples: np.ndarray, kilobits: int = 128) -> bytes:
    """Return samples between -1 and 1, shape (samples,), as an MP3 file.

    The bit rate is constant: ``kilobits`` a second, one of ``BIT_RATES``; the papers' project page
    offers 128 and 32. Raises ``BluesError`` for any other.
    """
    if kilobits not in BIT_RATES:
        raise BluesError(
            f"MP3 has no bit rate of {kilobits} kilobits a second; "
            f"it has {', '.join(map(str, BIT_RATES))}"
        )
    # soundfile's compression level runs evenly from the highest bit rate (0) to the lowest (1);
    # 1 itself it refuses, and it takes the bit rate that is nearest.
    lowest, highest = BIT_RATES[0], BIT_RATES[-1]
    level = min(0.999, (highest - kilobits) / (highest - lowest))
    return _write(samples, format="MP3", bitrate_mode="CONSTANT", compression_level=level)


def _write(samples: np.ndarray, **how) -> bytes:
    content = io.BytesIO()
    soundfile.write(content, samples, SAMPLE_RATE, **how)
    return content.getvalue()
