"""Free running: a network plays by hearing itself (chapter 8, "Composition")."""

from dataclasses import dataclass

import numpy as np

from lstmblues.errors import BluesError
from lstmblues.music.encoding import CHORD_UNITS, MELODY_UNITS, UNITS, decode, encode
from lstmblues.music.form import STEPS_PER_BAR, STEPS_PER_BEAT, Form
from lstmblues.music.melody import Melodies
from lstmblues.music.piece import Piece
from lstmblues.network.lstm import THRESHOLD, Activations, Network, State

LONGEST_PRIMER = 24
"""The most quarter notes that a network is given to start with (TR 4.2)."""


@dataclass(frozen=True)
class Performance:
    """A piece that a network played, and what it did while playing.

    ``activations`` are every group's, by name: row t is the step at which the network heard step
    t of the piece.
    """

    piece: Piece
    activations: dict[str, Activations]


def draw_note(probabilities: np.ndarray, chance: float, temperature: float = 1.0) -> int:
    """Return which note is drawn: an index into ``probabilities`` (notes,).

    ``probabilities`` are the melody outputs; they are divided by their sum, and ``chance``, a
    uniform number in [0, 1), picks one (TR 4.2). They are raised to 1 / ``temperature``
    first: above 1 the draw is bolder, below 1 it is safer. The papers know only 1.
    """
    # Through logarithms, so that a low temperature cannot drive every output to zero.
    logits = np.log(np.maximum(probabilities, np.finfo(float).tiny))
    with np.errstate(over="ignore"):  # at a temperature next to nothing, all but the best are lost
        shares = np.exp((logits - logits.max()) / temperature)
    cumulative = np.cumsum(shares)
    return int(np.searchsorted(cumulative, chance * cumulative[-1], side="right"))


def play(
    network: Network,
    form: Form,
    primer: Piece,
    choruses: int = 1,
    seed: int = 0,
    temperature: float = 1.0,
    primer_notes: int = 1,
) -> Performance:
    """Let ``network`` play over ``form`` from a cold start (TR 4.2).

    First the network is given the beginning of ``primer``, with its chords; that is part of the
    piece. From there it hears its own outputs: chords are on above 0.5, and one melody note is
    drawn (``draw_note``). A network of experiment 1 plays chords alone.

    Args:
        network: of experiment 1 or 2.
        form: which chords are right; the network is not told.
        primer: the piece that it is given the beginning of.
        choruses: how many the piece lasts, the primer included.
        seed: of the random numbers with which notes are drawn.
        temperature: of the draws, above 0; see ``draw_note``.
        primer_notes: how many quarter notes of ``primer`` are given, 1 to ``LONGEST_PRIMER``.

    Returns:
        The piece, and what every group of the network did.

    Raises:
        BluesError: for ``choruses`` below 1, a ``temperature`` that is not above 0, and
            ``primer_notes`` that are not 1 to 24, or more than ``primer`` or the piece can hold.
    """
    if choruses < 1:
        raise BluesError(f"cannot play {choruses} choruses; give a whole number from 1 up")
    if not (np.isfinite(temperature) and temperature > 0):
        raise BluesError(f"cannot draw at temperature {temperature}; give a number above 0")
    given = _given_steps(primer_notes, min(len(primer), choruses * form.steps))
    generator = np.random.default_rng(seed)
    array = np.zeros((choruses * form.steps, UNITS))
    array[:given] = encode(primer)[:given]
    has_melody = network.topology.units == UNITS
    if not has_melody:
        array[:, MELODY_UNITS] = 0.0
    state, history = State.zero(network.topology), []
    for step, row in enumerate(array):
        activations, state = network.step(row[: network.topology.units], state)
        history.append(activations)
        following = step + 1
        if given <= following < len(array):
            output = network.outputs(activations)
            array[following, CHORD_UNITS] = output[CHORD_UNITS] > THRESHOLD
            if has_melody:
                note = draw_note(output[MELODY_UNITS], generator.random(), temperature)
                array[following, MELODY_UNITS.start + note] = 1.0
    return Performance(
        decode(array, form),
        {name: Activations.stack([step[name] for step in history]) for name in history[0]},
    )


def _given_steps(primer_notes: int, longest: int) -> int:
    """Return how many steps so many quarter notes last, after a check; ``longest`` is in steps."""
    given = primer_notes * STEPS_PER_BEAT
    if not 1 <= primer_notes <= LONGEST_PRIMER or given > longest:
        raise BluesError(
            f"cannot start from {primer_notes} notes; give 1 to {LONGEST_PRIMER} quarter notes, "
            "no more than the primer and the piece have"
        )
    return given


def compose(
    network: Network,
    melodies: Melodies,
    choruses: int = 1,
    seed: int = 0,
    temperature: float = 1.0,
    primer_notes: int = 1,
    first_bar: int = 1,
) -> Performance:
    """Let ``network`` play, as ``play`` does, from a training chorus.

    Args:
        network: of experiment 1 or 2.
        melodies: the primer is one of their training choruses (``Melodies.split``).
        choruses: how many the piece lasts, the primer included.
        seed: chooses the primer as well as every note drawn.
        temperature: of the draws, above 0; see ``draw_note``.
        primer_notes: how many quarter notes are given, 1 to ``LONGEST_PRIMER``.
        first_bar: the bar of the primer, from 1, at which it begins. If that is not bar 1, the
            piece starts out of place.

    Returns:
        The piece, and what every group of the network did.

    Raises:
        BluesError: as ``play`` does, and if the form has no bar ``first_bar``.
    """
    bars = len(melodies.form.bars)
    if not 1 <= first_bar <= bars:
        raise BluesError(f"cannot start from bar {first_bar}; the form has bars 1 to {bars}")
    numbers = melodies.split()[0]
    chorus = melodies.chorus(int(np.random.default_rng(seed).choice(numbers)))
    skipped = (first_bar - 1) * STEPS_PER_BAR
    primer = Piece(
        chorus.form,
        chorus.chords[skipped:] + chorus.chords[:skipped],
        chorus.melody[skipped:] + chorus.melody[:skipped],
    )
    return play(network, melodies.form, primer, choruses, seed, temperature, primer_notes)
