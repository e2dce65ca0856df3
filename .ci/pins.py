"""Finishes the files of pins that uv has written; ``make requirements`` runs this.

CUDA's packages go to a file of their own, as only some builds of PyTorch ask for them, and PyTorch
gets the hashes of its builds without CUDA, of which PyPI does not know.
"""

import re
import sys
from pathlib import Path

CPU_BUILDS = Path(__file__).with_name("pytorch-cpu.sha256")
CUDA = re.compile("cuda|nvidia|triton")
ENTRY = re.compile(r"(?m)^(?P<pin>[a-z0-9].*?)(?P<hashes>(?: \\\n +--hash=\S+)+)$")
HASH = re.compile(r"--hash=\S+")


def entries(text: str) -> dict[str, list[str]]:
    """Return the hashes of every pin in a file of pins."""
    return {entry["pin"]: HASH.findall(entry["hashes"]) for entry in ENTRY.finditer(text)}


def cpu_hashes(pin: str) -> list[str]:
    """Return the hashes of the builds without CUDA that have PyTorch's pinned version."""
    version = re.escape(pin.removeprefix("torch=="))
    found = re.findall(rf"(?m)^(\w{{64}})  torch-{version}\+cpu-", CPU_BUILDS.read_text())
    if not found:
        sys.exit(f"{CPU_BUILDS.name} has no {pin}: copy its files' hashes from PyTorch's own index")
    return [f"--hash=sha256:{each}" for each in found]


def main(cuda: str, *pinned: str) -> None:
    """Finish the files ``pinned``, the first of which has all pins, and write the file ``cuda``."""
    for path in map(Path, pinned):
        text = path.read_text(encoding="utf-8")
        head = "".join(re.findall(r"(?m)^#.*\n", text))
        found = entries(text)
        for pin in [each for each in found if each.startswith("torch==")]:
            found[pin] = sorted({*found[pin], *cpu_hashes(pin)})
        apart = {pin: found.pop(pin) for pin in [*found] if CUDA.match(pin)}
        for name, pins in [(path, found)] + [(Path(cuda), apart)] * (path == Path(pinned[0])):
            lines = (" \\\n    ".join([pin, *hashes]) + "\n" for pin, hashes in pins.items())
            name.write_text(head + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
