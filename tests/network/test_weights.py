import io
import json
import pickle
import time
import zipfile

import numpy as np
import pytest
from networks import difference, random_network, random_steps

from lstmblues.errors import BluesError
from lstmblues.network import weights
from lstmblues.network.lstm import Network
from lstmblues.network.topology import BLUES, CHORDS
from lstmblues.network.weights import load, save
from lstmblues.training.trained import trained

TOPOLOGIES = pytest.mark.parametrize("topology", [CHORDS, BLUES], ids=lambda t: t.name)


@TOPOLOGIES
def test_what_is_saved_is_loaded(tmp_path, topology):
    network = random_network(topology)
    network.header.update(seed=3, note="Blüs", settings={"momentum": 0.9})
    path = save(network, tmp_path / "weights.npz")
    found = load(path)
    assert found.topology == topology
    assert found.header == {**network.header, "topology": topology.name}
    assert difference(found, network) == 0
    inputs = random_steps(topology, 5)
    np.testing.assert_array_equal(found.run(inputs), network.run(inputs))
    assert difference(load(str(path), topology), network) == 0


@TOPOLOGIES
def test_the_same_network_gives_the_same_bytes_at_any_time(tmp_path, monkeypatch, topology):
    network = random_network(topology)
    first = save(network, tmp_path / "first.npz").read_bytes()
    monkeypatch.setattr(time, "time", lambda: 2e9)
    monkeypatch.setattr(time, "localtime", lambda *_: (2033, 5, 18, 3, 33, 20, 2, 138, 0))
    again = save(load(tmp_path / "first.npz"), tmp_path / "second.npz").read_bytes()
    assert first == again == save(network, tmp_path / "third.npz").read_bytes()


def test_weights_need_no_pickle(tmp_path):
    path = save(random_network(CHORDS), tmp_path / "weights.npz")
    with np.load(path, allow_pickle=False) as archive:
        header = json.loads(str(archive["header"]))
        assert header["topology"] == "chords"
        assert all(archive[name].dtype != object for name in archive.files)


@pytest.mark.parametrize(("name", "topology"), [("chords", CHORDS), ("blues", BLUES)])
def test_the_weights_of_the_book_are_there_and_learned(name, topology):
    network = trained(name)
    assert network.header["learned"] is True
    assert network.header["algorithm"] == "2002"


def test_a_network_of_another_experiment_is_refused(tmp_path):
    path = save(random_network(CHORDS), tmp_path / "weights.npz")
    with pytest.raises(BluesError, match="holds a chords network; needed is a blues network"):
        load(path, BLUES)


def arrays_of(network: Network) -> dict[str, np.ndarray]:
    """The arrays of a good weights file, to be spoilt."""
    arrays = {
        f"{group}/{kind}": matrix
        for group, matrices in network.weights.items()
        for kind, matrix in matrices.items()
    }
    arrays["standardisation/shift"] = network.standardisation.shift
    arrays["standardisation/scale"] = network.standardisation.scale
    arrays["header"] = np.array(json.dumps({"topology": network.topology.name}))
    return arrays


def changed(**changes) -> bytes:
    """A file of weights for the chords, but with these ``group__kind`` arrays; None: without."""
    arrays = arrays_of(random_network(CHORDS))
    for name, array in changes.items():
        name = name.replace("__", "/")
        if array is None:
            del arrays[name]
        else:
            arrays[name] = array
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def compressed(**changes) -> bytes:
    """A small file of large arrays."""
    buffer = io.BytesIO()
    arrays = {name.replace("__", "/"): array for name, array in changes.items()}
    np.savez_compressed(buffer, **(arrays_of(random_network(CHORDS)) | arrays))
    return buffer.getvalue()


def one_array() -> bytes:
    """A ``.npy`` file."""
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(3))
    return buffer.getvalue()


def with_text(good: bytes) -> bytes:
    """The zip archive ``good`` with a text file added."""
    buffer = io.BytesIO(good)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("notes.txt", "not an array")
    return buffer.getvalue()


def flipped() -> bytes:
    """A weights file with some bytes of its first array changed."""
    content = bytearray(changed())
    middle = len(content) // 3
    content[middle : middle + 8] = b"\xff" * 8
    return bytes(content)


GOOD = changed()
DAMAGED = "is no weights file, or a damaged one; give a whole .npz file"
NO_NETWORK = "holds arrays, but no network of this book"


def test_the_file_that_is_spoilt_below_is_good(tmp_path):
    path = tmp_path / "weights.npz"
    path.write_bytes(GOOD)
    assert difference(load(path), random_network(CHORDS)) == 0


BAD = {
    "empty": (b"", DAMAGED),
    "text": (b"These are no weights.", DAMAGED),
    "cut short": (GOOD[: len(GOOD) // 2], DAMAGED),
    "cut by one byte": (GOOD[:-1], DAMAGED),
    "bytes changed": (flipped(), DAMAGED),
    "one array": (one_array(), DAMAGED),
    "a zip of text": (with_text(b""), DAMAGED),
    "text added": (with_text(GOOD), DAMAGED),
    "pickle": (pickle.dumps({"chords": 1}), DAMAGED),
    "pickled objects": (
        changed(chords__cell=np.array([{"a": 1}], dtype=object)),
        "holds pickled objects, which are never loaded",
    ),
    "pickled header": (
        changed(header=np.array({"topology": "chords"}, dtype=object)),
        "holds pickled objects, which are never loaded",
    ),
    "no header": (changed(header=None), NO_NETWORK),
    "header of text": (changed(header=np.array("chords")), NO_NETWORK),
    "header of a number": (changed(header=np.array("3")), NO_NETWORK),
    "header of a list": (changed(header=np.array('["topology"]')), NO_NETWORK),
    "no topology": (changed(header=np.array("{}")), NO_NETWORK),
    "odd topology": (changed(header=np.array('{"topology": "jazz"}')), NO_NETWORK),
    "topology of no name": (changed(header=np.array('{"topology": []}')), NO_NETWORK),
    "no standardisation": (changed(standardisation__scale=None), "is damaged: .*input scale"),
    "header of deep lists": (changed(header=np.array("[" * 50_000)), NO_NETWORK),
    "header of a long number": (
        changed(header=np.array('{"topology": "chords", "seed": ' + "9" * 5000 + "}")),
        NO_NETWORK,
    ),
    "form of no name": (
        changed(header=np.array('{"topology": "chords", "form": 3}')),
        "its header: form: needed is text or nothing, not a whole number",
    ),
    "two headers": (changed(header=np.array(["{}", "{}"])), NO_NETWORK),
    "sums that overflow": (
        changed(chords__cell=np.full((8, 21), 1e308)),
        "is damaged: weights chords/cell are so large that their sums overflow",
    ),
    "inputs that overflow": (
        changed(standardisation__scale=np.full(12, 1e-320)),
        "is damaged: .* so large that their sums overflow",
    ),
    "an archive that unpacks to more than it has": (
        compressed(chords__cell=np.zeros(2**18)),
        "unpacks to 21[0-9]{5} bytes; at most 1048576 are accepted",
    ),
    "a large file": (bytes(2**20 + 1), "It has 1048577 bytes, and at most 1048576 are read"),
    "scale of zero": (
        changed(standardisation__scale=np.zeros(12)),
        "is damaged: the scale of every input must be above zero",
    ),
    "other inputs": (changed(standardisation__shift=np.zeros(25)), "is damaged: .*input shift"),
    "missing matrix": (changed(chords__cell=None), r"is damaged: .*chords/cell.*given None"),
    "other shape": (changed(chords__cell=np.zeros((8, 20))), r"is damaged: .*given \(8, 20\)"),
    "transposed": (changed(chords__cell=np.zeros((21, 8))), r"is damaged: .*given \(21, 8\)"),
    "NaN": (changed(chords__cell=np.full((8, 21), np.nan)), "is damaged: .*no numbers"),
    "infinite": (changed(chords__cell=np.full((8, 21), np.inf)), "is damaged: .*no numbers"),
    "float32": (
        changed(chords__cell=np.zeros((8, 21), dtype=np.float32)),
        "holds 'chords/cell' as float32; weights are float64",
    ),
    "text for weights": (changed(chords__cell=np.array("cell")), "weights are float64"),
    "no shift": (changed(standardisation__shift=None), "is damaged: "),
    "odd kind": (changed(chords__peephole=np.zeros(4)), "'chords/peephole', which no chords"),
    "odd group": (changed(drums__cell=np.zeros(4)), "'drums/cell', which no chords network"),
    "other topology": (changed(header=np.array('{"topology": "blues"}')), "is damaged: "),
}


@pytest.mark.parametrize(("content", "match"), BAD.values(), ids=BAD.keys())
def test_bad_files_are_refused_in_one_sentence(tmp_path, content, match):
    path = tmp_path / "weights.npz"
    path.write_bytes(content)
    with pytest.raises(BluesError, match=match) as caught:
        load(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BluesError, match=r"cannot read .*No such file"):
        load(tmp_path / "missing.npz")
    with pytest.raises(BluesError, match=r"cannot read .*directory"):
        load(tmp_path)


def test_a_place_that_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(BluesError, match=r"cannot write .*No such file"):
        save(random_network(CHORDS), tmp_path / "missing" / "weights.npz")


def test_the_order_in_which_a_header_was_written_does_not_matter(tmp_path):
    one, other = random_network(CHORDS), random_network(CHORDS)
    one.header.update(seed=3, algorithm="2002")
    other.header.update(algorithm="2002", seed=3)
    paths = [save(network, tmp_path / f"{n}.npz") for n, network in enumerate((one, other))]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_weights_may_unpack_to_the_limit_and_no_further(tmp_path, monkeypatch):
    path = tmp_path / "weights.npz"
    path.write_bytes(GOOD)
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
    monkeypatch.setattr(weights, "read_whole", lambda path, most: GOOD)
    monkeypatch.setattr(weights, "LARGEST_WEIGHTS", unpacked)
    load(path)
    monkeypatch.setattr(weights, "LARGEST_WEIGHTS", unpacked - 1)
    with pytest.raises(BluesError, match=f"unpacks to {unpacked} bytes; at most {unpacked - 1} "):
        load(path)
