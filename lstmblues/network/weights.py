"""Weights on disk: ``.npz`` without pickle, with a JSON header (chapter 6, "Chords")."""

import io
import json
import zipfile
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np

from lstmblues.errors import BluesError
from lstmblues.files import read_whole, write_whole
from lstmblues.music.encoding import Standardisation
from lstmblues.network.lstm import Network
from lstmblues.network.topology import TOPOLOGIES, Topology
from lstmblues.schema import Name, checked, shown

LARGEST_WEIGHTS = 2**20
"""The largest weights file, and the most that it unpacks to, in bytes: the book's have 16,000."""

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


class _Header(msgspec.Struct):
    """What a header says, as far as it is read: the topology, and where the weights come from."""

    topology: Literal[tuple(TOPOLOGIES)]
    form: Name | None = None


def load(path: str | Path, topology: Topology | None = None) -> Network:
    """Return the network saved at ``path``.

    Raises ``BluesError`` for a file that is no weights file, is damaged, holds pickled objects,
    or, if ``topology`` is given, holds a network of another one.
    """
    arrays = _read_arrays(path)
    nothing = f"{path} holds arrays, but no network of this book"
    try:
        header = json.loads(str(arrays.pop(_HEADER, "")))
    except (ValueError, RecursionError) as error:
        raise BluesError(
            f"{nothing}; give a file written by `python -m lstmblues learn`"
        ) from error
    found = TOPOLOGIES[checked(header, _Header, f"{nothing}: its header").topology]
    if topology is not None and found != topology:
        raise BluesError(
            f"{path} holds a {found.name} network; needed is a {topology.name} network"
        )
    standardisation = Standardisation(arrays.pop(_SHIFT, None), arrays.pop(_SCALE, None))
    weights = {group.name: {} for group in found.groups}
    for name, matrix in arrays.items():
        group, _, kind = name.partition("/")
        if group not in weights or kind not in found.shapes(found.group(group)):
            raise BluesError(
                f"{path} holds weights {shown(name)}, which no {found.name} network has"
            )
        weights[group][kind] = matrix
    try:
        return Network(found, weights, standardisation, header)
    except BluesError as error:
        raise BluesError(f"{path} is damaged: {error}") from error


def _read_arrays(path: str | Path) -> dict[str, np.ndarray]:
    content = io.BytesIO(read_whole(path, LARGEST_WEIGHTS))
    damaged = f"{path} is no weights file, or a damaged one; give a whole .npz file"
    if not zipfile.is_zipfile(content):
        raise BluesError(damaged)
    try:
        with zipfile.ZipFile(content) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > LARGEST_WEIGHTS:
            raise BluesError(
                f"{path} unpacks to {unpacked} bytes; at most {LARGEST_WEIGHTS} are accepted"
            )
        with np.load(content, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except BluesError:
        raise
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
