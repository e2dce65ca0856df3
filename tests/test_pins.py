"""The files of pins: everything is held to hashes, and all files say the same."""

import re

import pytest
from paths import ROOT

FILES = [ROOT / f"requirements{which}.txt" for which in ("", "-live", "-test", "-cuda")]
PIN = re.compile(r"^([a-z0-9.-]+)==([\w.]+)( ; .+)?$")
HASH = re.compile(r"^--hash=sha256:[0-9a-f]{64}$")
CPU_BUILDS = (ROOT / ".ci" / "pytorch-cpu.sha256").read_text(encoding="utf-8")


def pins(path) -> dict[str, list[str]]:
    """Return the hashes of every pin of a file, read as pip reads it: line by logical line."""
    text = path.read_text(encoding="utf-8").replace("\\\n", "")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    parts = [re.split(r" +(?=--hash=)", line) for line in lines]
    return {pin: hashes for pin, *hashes in parts}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_pin_has_a_version_and_hashes(path):
    found = pins(path)
    assert len(found) > 15
    for pin, hashes in found.items():
        assert PIN.match(pin), pin
        assert hashes and all(HASH.match(each) for each in hashes), pin


def test_what_reading_and_running_need_is_what_was_tested():
    reading, live, tested, _ = (
        {pin.partition(" ;")[0]: hashes for pin, hashes in pins(path).items()} for path in FILES
    )
    assert reading.items() <= live.items() <= tested.items()


def test_cuda_has_a_file_of_its_own():
    of_cuda = re.compile("cuda|nvidia|triton")
    *others, cuda = map(pins, FILES)
    assert all(map(of_cuda.match, cuda))
    assert not any(of_cuda.match(pin) for each in others for pin in each)


def test_the_builds_of_pytorch_without_cuda_are_held_to_hashes_too():
    tested = pins(FILES[2])
    (pin,) = [each for each in tested if each.startswith("torch==")]
    version = pin.removeprefix("torch==")
    builds = re.findall(r"(?m)^(\w{64})  torch-([\d.]+)\+cpu-(cp\d+)-.*x86_64\.whl$", CPU_BUILDS)
    assert [(each, python) for _, each, python in builds] == [
        (version, python) for python in ("cp311", "cp312", "cp313")
    ]
    assert {f"--hash=sha256:{digest}" for digest, *_ in builds} <= {*tested[pin]}
