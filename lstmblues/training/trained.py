"""The trained networks that the book carries, by name (chapters 6, 7 and 10)."""

from pathlib import Path

from lstmblues.errors import BluesError
from lstmblues.files import NETWORKS
from lstmblues.network.lstm import Network
from lstmblues.network.topology import BLUES, CHORDS
from lstmblues.network.weights import load

STAGES = (
    "blues-stage-1",
    "blues-stage-2",
    "blues-stage-3",
    "blues-stage-4",
    "blues-stage-5",
    "blues-early",
    "blues",
)
"""One training run of experiment 2, from its first pass to its end; all by the same seed."""

TRAINED = {"chords": CHORDS} | dict.fromkeys(STAGES, BLUES)
"""The names of all trained networks, with their topologies.

``"chords"`` is the network of experiment 1. ``"blues"`` is that of experiment 2, and
``"blues-early"`` the same network before its melody had settled.
"""


def trained_path(name: str) -> Path:
    """Return the weights file of the trained network called ``name``.

    Raises ``BluesError`` for a name that is none of ``TRAINED``.
    """
    if name not in TRAINED:
        raise BluesError(f"there is no trained network {name!r}; there are {', '.join(TRAINED)}")
    return NETWORKS / f"{name}.npz"


def trained(name: str) -> Network:
    """Return the trained network called ``name``: a new copy at every call.

    Raises ``BluesError`` for a name that is none of ``TRAINED``.
    """
    return load(trained_path(name), TRAINED[name])
