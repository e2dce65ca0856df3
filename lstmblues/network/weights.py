"""Weights on disk: ``.npz`` without pickle, with a JSON header (chapter 6, "Chords")."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np

from lstmblues.errors import BluesError
from lstmblues.files import read_whole, write_whole
from lstmblues.music.encoding import Standardisation
from lstmblues.network.lstm import Network
from lstmblues.network.topology import TOPOLOGIES, Topology

_HEADER = "header"
_SHIFT, _SCALE = "standardisation/shift", "standardisation/scale"


def save(network: Network, path: str | Path) -> Path:
    """Write ``network`` to ``path``, whole or not at all; the same network, the same bytes."""
    arrays = {
        f"{group}/{kind}": matrix
        for group, matrices in network.weights.items()
        for kind, matrix in matrices.items()
    }
    header = {**network.header, "topology": network.topology.name}
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        **{_HEADER: np.array(json.dumps(header, sort_keys=True))},
        **{_SHIFT: network.standardisation.shift, _SCALE: network.standardisation.scale},
        **arrays,
    )
    return write_whole(path, buffer.getvalue())


def load(path: str | Path, topology: Topology | None = None) -> Network:
    """Return the network saved at ``path``.

    Raises ``BluesError`` for a file that is no weights file, is damaged, holds pickled objects,
    or, if ``topology`` is given, holds a network of another one.
    """
    arrays = _read_arrays(path)
    try:
        header = json.loads(str(arrays.pop(_HEADER)))
        standardisation = Standardisation(arrays.pop(_SHIFT), arrays.pop(_SCALE))
        found = TOPOLOGIES[header["topology"]]
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise BluesError(
            f"{path} holds arrays, but no network of this book; "
            "give a file written by `python -m lstmblues learn`"
        ) from error
    if topology is not None and found != topology:
        raise BluesError(
            f"{path} holds a {found.name} network; needed is a {topology.name} network"
        )
    weights = {group.name: {} for group in found.groups}
    for name, matrix in arrays.items():
        group, _, kind = name.partition("/")
        if group not in weights or kind not in found.shapes(found.group(group)):
            raise BluesError(f"{path} holds weights {name!r}, which no {found.name} network has")
        weights[group][kind] = matrix
    try:
        return Network(found, weights, standardisation, header)
    except BluesError as error:
        raise BluesError(f"{path} is damaged: {error}") from error


def _read_arrays(path: str | Path) -> dict[str, np.ndarray]:
    content = read_whole(path)
    damaged = f"{path} is no weights file, or a damaged one; give a whole .npz file"
    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise BluesError(damaged)
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except Exception as error:  # a damaged archive can fail in many of zipfile's and NumPy's ways
        if "allow_pickle" in str(error) or "Object arrays" in str(error):
            raise BluesError(
                f"{path} holds pickled objects, which are never loaded; give plain arrays"
            ) from error
        raise BluesError(damaged) from error
    for name, array in arrays.items():
        if not isinstance(array, np.ndarray):  # some other file in a zip archive, as bytes
            raise BluesError(damaged)
        if name != _HEADER and array.dtype != np.float64:
            raise BluesError(f"{path} holds {name!r} as {array.dtype}; weights are float64")
    return arrays
