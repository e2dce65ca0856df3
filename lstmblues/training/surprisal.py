"""How many bits a network needs for melodies that it hears (chapter 7, "Chords and melody")."""

import numpy as np

from lstmblues.errors import BluesError
from lstmblues.music.encoding import MELODY_UNITS, encode_choruses
from lstmblues.music.melody import Melodies
from lstmblues.network.compiled.learner import predict
from lstmblues.network.lstm import Network


def melody_bits(network: Network, arrays: np.ndarray) -> float:
    """Return how many bits a chorus the network needs for the melodies of some choruses.

    ``arrays`` (choruses, steps, units), on or off, are heard one after another from a cold start
    (teacher forcing). A step costs -log2 of the note's share among the melody outputs; the first
    chorus, through which the network finds its place, is not counted, and neither is the last
    step, which nothing follows. Raises ``BluesError`` for fewer than two choruses.
    """
    if len(arrays) < 2:
        raise BluesError("melody bits need two choruses or more, as the first is not counted")
    steps = arrays.shape[1]
    stream = arrays.reshape(-1, arrays.shape[2])
    output = predict(network, stream)[:-1, MELODY_UNITS]
    share = (output * stream[1:, MELODY_UNITS]).sum(axis=1) / output.sum(axis=1)
    bits = -np.log2(share)[steps - 1 :]
    return float(bits.sum() / (len(arrays) - 1))


def melody_bits_apart(network: Network, melodies: Melodies) -> tuple[float, float]:
    """Return ``melody_bits`` on the choruses ``melodies.split()`` trains on, and on the unseen."""
    training, unseen = (encode_choruses(melodies, numbers) for numbers in melodies.split())
    return melody_bits(network, training), melody_bits(network, unseen)
