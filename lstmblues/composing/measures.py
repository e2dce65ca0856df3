"""The music of a piece, measured against the melodies (chapter 12).

``judge`` counts what is right and what is new. Here is how well the melody continues as the taught
ones do, how far it goes its own way, and how it fits scale and chords. A melody is read in two
ways: by beats, each of which holds a quarter note or something else (a rest, or two notes), and by
notes, as ``notes.held_notes`` strikes them. In a melody of quarter notes both are the same.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from lstmblues.composing.judge import Copy, check_judgeable, longest_copy, verdict
from lstmblues.composing.passages import motif
from lstmblues.music.form import (
    MELODY_OCTAVE,
    SEMITONES_PER_OCTAVE,
    STEPS_PER_BAR,
    STEPS_PER_BEAT,
)
from lstmblues.music.melody import Melodies
from lstmblues.music.notes import Note, held_notes
from lstmblues.music.piece import Piece

ESCAPE = 0.01
"""The share of every prediction that is spread evenly over the 13 notes, possible or not.

So an impossible note costs log2(13 / ESCAPE) bits, about 10.3, and not infinitely many; a certain
one costs 0.013 bits instead of none, and no note costs 0.015 bits more than without.
"""

NO_NOTE = 0
"""Stands for a beat that holds no quarter note."""
_NOTES = len(MELODY_OCTAVE) + 1  # NO_NOTE counts as one


@dataclass(frozen=True)
class Measures:
    """What ``measure`` finds; shares lie between 0 and 1.

    ``bits_a_note``: what the function of that name finds, under all choruses of the melodies.
    ``bits_a_note_trained`` and ``bits_a_note_unseen``: what ``bits_apart`` finds, under training
    choruses and under unseen ones, or None. ``impossible_notes``: share of beats at which no chorus
    goes on as the piece does; ``odd_beats``: share of beats that hold no quarter note, which are
    among them.

    ``novel_choruses``: share of the whole choruses whose melody is none of the melodies';
    ``trained_choruses`` and ``unseen_choruses``: how many are training choruses, and how many are
    unseen ones, as ``Melodies.split`` tells them apart (3 to 1 if a piece knows no difference).
    ``longest_copy``: what ``judge.longest_copy`` finds, or None.

    ``motif_bars`` (0 without), ``motif_times`` and ``motif_steps``: the length of the
    ``passages.motif``, how often it is played, and at which time steps.

    ``scale_notes``: share of the notes whose pitch class is on the scale; ``chord_notes``: share
    of them whose pitch class is in the chord that the form has where they are struck, be it
    played or not. Both are None without notes. ``transition_divergence``: what the function of
    that name finds, against training choruses. ``pitch_class_entropy``: likewise.
    """

    bits_a_note: float
    bits_a_note_trained: float | None
    bits_a_note_unseen: float | None
    impossible_notes: float
    odd_beats: float
    novel_choruses: float
    trained_choruses: int
    unseen_choruses: int
    longest_copy: Copy | None
    motif_bars: float
    motif_times: int
    motif_steps: tuple[int, ...]
    scale_notes: float | None
    chord_notes: float | None
    transition_divergence: float
    pitch_class_entropy: float | None


def measure(piece: Piece, melodies: Melodies) -> Measures:
    """Return all measures of ``piece`` against ``melodies``.

    Raises ``BluesError`` if the piece is shorter than one chorus, or over another form.
    """
    check_judgeable(piece, melodies)
    training, unseen = melodies.split()
    known = [number for number in chorus_numbers(piece, melodies) if number is not None]
    shares = all_continuation_shares(piece, melodies)
    trained_bits, unseen_bits = bits_apart(piece, melodies)
    phrase = motif(piece, melodies)
    notes, _ = held_notes(piece)
    return Measures(
        bits_a_note=_bits(shares),
        bits_a_note_trained=trained_bits,
        bits_a_note_unseen=unseen_bits,
        impossible_notes=float(np.mean(shares == 0)),
        odd_beats=float(np.mean(quarter_notes(piece) == NO_NOTE)),
        novel_choruses=1 - len(known) / piece.choruses,
        trained_choruses=sum(number in training for number in known),
        unseen_choruses=sum(number in unseen for number in known),
        longest_copy=longest_copy(piece, melodies),
        motif_bars=len(phrase.melody) / STEPS_PER_BAR if phrase else 0.0,
        motif_times=len(phrase.steps) if phrase else 0,
        motif_steps=phrase.steps if phrase else (),
        scale_notes=scale_share(notes, melodies),
        chord_notes=chord_share(notes, piece),
        transition_divergence=transition_divergence(piece, melodies.pitches_of(training)),
        pitch_class_entropy=pitch_class_entropy(notes),
    )


def report(piece: Piece, melodies: Melodies) -> dict:
    """Return what ``judge`` and ``measure`` find, by name, ready for JSON; floats to six digits.

    Raises ``BluesError`` if the piece is shorter than one chorus, or over another form.
    """
    measures = measure(piece, melodies)
    judged = verdict(piece, melodies, measures.longest_copy)
    found = asdict(judged) | asdict(measures)
    found["motif_steps"] = list(found["motif_steps"])
    return {
        name: round(value, 6) if isinstance(value, float) else value
        for name, value in found.items()
    }


# --- Melody as quarter notes ----------------------------------------------------------------------


def quarter_notes(piece: Piece) -> np.ndarray:
    """Return the MIDI pitch of every beat's quarter note: shape (beats,), or ``NO_NOTE``."""
    beats = np.reshape([note or NO_NOTE for note in piece.melody], (-1, STEPS_PER_BEAT))
    held = (beats == beats[:, :1]).all(axis=1)
    return np.where(held, beats[:, 0], NO_NOTE)


def continuation_shares(piece: Piece, pitches: np.ndarray) -> np.ndarray:
    """Return how many of the choruses that ``piece`` follows go on with its note: shape (beats,).

    ``pitches`` (choruses, steps) are the melodies of choruses. At every beat the piece follows
    those that agree with it over the longest run of beats just before, at the same place of the
    chorus; a run begins with the chorus at the earliest, and all agree over a run of none. The
    result is their share, 0 to 1, that has the piece's note next.
    """
    return _shares(piece, [pitches[:, ::STEPS_PER_BEAT]])


def all_continuation_shares(piece: Piece, melodies: Melodies) -> np.ndarray:
    """Return the ``continuation_shares`` under all choruses of ``melodies``: shape (beats,).

    The choruses are not listed: segments are chosen independently, so that the same share of
    those at a place goes on with a note, whatever stands at the other places.
    """
    return _shares(piece, [np.array(place) for place in melodies.places])


def _shares(piece: Piece, parts: Sequence[np.ndarray]) -> np.ndarray:
    """Return which share of known melodies goes on as ``piece`` does: shape (beats,).

    ``parts`` make a chorus; each holds known quarter notes (melodies, beats).
    """
    played, beats = quarter_notes(piece), sum(part.shape[1] for part in parts)
    missing = -len(played) % beats  # the last chorus may be incomplete
    choruses = np.append(played, np.full(missing, NO_NOTE)).reshape(-1, beats)
    shares = []
    for known in parts:
        runs = np.zeros((len(choruses), len(known)), dtype=np.int16)
        for notes in known.T:
            followed = runs == runs.max(axis=1, keepdims=True)
            same = notes == choruses[:, len(shares), None]
            shares.append((same & followed).sum(axis=1) / followed.sum(axis=1))
            runs = np.where(same, runs + 1, 0).astype(np.int16)
    return np.stack(shares, axis=1).reshape(-1)[: len(played)]


def bits_a_note(piece: Piece, pitches: np.ndarray) -> float:
    """Return how many bits a quarter note the melody costs, if choruses have equal chances.

    A note costs -log2 of its chance: its ``continuation_shares`` among ``pitches`` (choruses,
    steps), with ``ESCAPE`` spread over all notes. So one of ``n`` different choruses costs
    log2(n) bits in all, and what the escape costs. A beat without a quarter note costs as much as
    an impossible note.
    """
    return _bits(continuation_shares(piece, pitches))


def bits_apart(piece: Piece, melodies: Melodies) -> tuple[float, float] | tuple[None, None]:
    """Return ``bits_a_note`` under training choruses and under the unseen ones of ``melodies``.

    More choruses offer more continuations, and share their chances among more. To be fair,
    the training choruses are dealt out, at random, into parts as large as the unseen part (three
    of 1024 for Eck's melodies), and their bits are averaged. The unseen part was drawn at random
    itself: for a piece that does not know which choruses were trained on, it is a part like the
    others, and the two numbers differ by chance only. A piece that has memorised training
    choruses is cheaper under them, if only by a little, as each of them is in one part of several.
    Both are None if no chorus is unseen.
    """
    training, unseen = melodies.split()
    if not len(unseen):
        return None, None
    dealt = np.random.default_rng(0).permutation(training)
    parts = len(training) // len(unseen)
    trained = [
        bits_a_note(piece, melodies.pitches_of(part))
        for part in dealt[: parts * len(unseen)].reshape(parts, -1)
    ]
    return float(np.mean(trained)), bits_a_note(piece, melodies.pitches_of(unseen))


def chorus_numbers(piece: Piece, melodies: Melodies) -> list[int | None]:
    """Return which of ``melodies`` every whole chorus of ``piece`` is, or None for a new one."""
    return [melodies.number_of(piece.chorus(n).melody) for n in range(piece.choruses)]


# --- Notes, scale and chords ----------------------------------------------------------------------


def scale_share(notes: Sequence[Note], melodies: Melodies) -> float | None:
    """Return the share of ``notes`` whose pitch class is on the scale; None without notes."""
    scale = {pitch % SEMITONES_PER_OCTAVE for pitch in melodies.scale}
    return _share([note.pitch % SEMITONES_PER_OCTAVE in scale for note in notes])


def chord_share(notes: Sequence[Note], piece: Piece) -> float | None:
    """Return the share of the melody's ``notes`` that are in their chord; None without notes.

    A note's chord is the one that the form of ``piece`` has at its onset, whatever the piece plays:
    how well it keeps to the form is a matter of ``judge``.
    """
    chords = [{pitch % SEMITONES_PER_OCTAVE for pitch in c.pitches} for c in piece.form.chord_at]
    return _share(
        [note.pitch % SEMITONES_PER_OCTAVE in chords[note.onset % len(chords)] for note in notes]
    )


def pitch_class_entropy(notes: Sequence[Note]) -> float | None:
    """Return the entropy of the pitch classes of ``notes`` in bits: 0 to log2(12), or None.

    0 if all notes are of one pitch class; None without notes.
    """
    counts = Counter(note.pitch % SEMITONES_PER_OCTAVE for note in notes)
    return entropy(np.array(list(counts.values())) / len(notes)) if notes else None


# --- From note to note ----------------------------------------------------------------------------


def transition_divergence(piece: Piece, pitches: np.ndarray) -> float:
    """Return how differently ``piece`` and the choruses of ``pitches`` go from note to note.

    The Jensen-Shannon divergence in bits, from 0 (all steps from one quarter note to the next are
    as frequent here as there) to 1 (they have none in common). ``pitches`` (choruses, steps) follow
    one another in any order: their last notes go, with equal chances, to the first note of any.
    The piece goes on from chorus to chorus as it does. A beat without a quarter note counts as
    one more note.
    """
    played, known = quarter_notes(piece), pitches[:, ::STEPS_PER_BEAT]
    taught = _pairs(known[:, :-1], known[:, 1:])
    taught += np.outer(_counts(known[:, -1]), _counts(known[:, 0])) / len(known)
    here, there = (pairs / pairs.sum() for pairs in (_pairs(played[:-1], played[1:]), taught))
    divergence = entropy((here + there) / 2) - (entropy(here) + entropy(there)) / 2
    return min(max(divergence, 0.0), 1.0)  # which rounding may just leave


def entropy(shares: np.ndarray) -> float:
    """Return the entropy in bits of ``shares`` of any shape, whose sum is 1."""
    some = shares[shares > 0]
    return float(-(some * np.log2(some)).sum())


def _pairs(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return how often which quarter note comes before which: shape (notes, notes), floats."""
    pairs = _note_numbers(before) * _NOTES + _note_numbers(after)
    return np.bincount(pairs.reshape(-1), minlength=_NOTES**2).reshape(_NOTES, -1).astype(float)


def _counts(notes: np.ndarray) -> np.ndarray:
    """Return how often there is which quarter note: shape (notes,)."""
    return np.bincount(_note_numbers(notes), minlength=_NOTES)


def _note_numbers(notes: np.ndarray) -> np.ndarray:
    """Number quarter notes, MIDI pitches, from 1; ``NO_NOTE`` is number 0."""
    return np.where(notes == NO_NOTE, 0, notes - MELODY_OCTAVE[0] + 1)


def _bits(shares: np.ndarray) -> float:
    """Return the mean cost, in bits, of notes with these ``continuation_shares`` (beats,)."""
    chances = (1 - ESCAPE) * shares + ESCAPE / len(MELODY_OCTAVE)
    return float(-np.log2(chances).mean())


def _share(true: Sequence[bool]) -> float | None:
    """Return the share that is true, 0 to 1; None of nothing."""
    return float(np.mean(true)) if true else None
