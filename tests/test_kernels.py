"""That ``make test`` does run a part of the tests as if on another processor."""

import os
import platform
import subprocess
import sys

import pytest

VARIABLES = (
    "OPENBLAS_CORETYPE",  # NumPy's and SciPy's linear algebra
    "NPY_DISABLE_CPU_FEATURES",  # NumPy's functions
    "MKL_CBWR",  # PyTorch's linear algebra
    "ATEN_CPU_CAPABILITY",  # PyTorch's functions
)
ROUNDED = """
import hashlib, numpy, scipy.linalg, torch
rows = numpy.random.default_rng(0).normal(size=(50, 37))
tensor = torch.tensor(rows)
found = {
    "products of NumPy": rows @ rows.T,
    "solutions of SciPy": scipy.linalg.solve(rows.T @ rows, rows[0]),
    "tanh of NumPy": numpy.tanh(rows),
    "products of PyTorch": (tensor @ tensor.T).numpy(),
    "sigmoid of PyTorch": torch.sigmoid(tensor).numpy(),
}
for name, numbers in found.items():
    print(name, hashlib.sha256(numbers.tobytes()).hexdigest(), sep=": ")
"""


def rounded(environment: dict[str, str]) -> dict[str, str]:
    """What some functions give, to the last bit, in another process."""
    command = [sys.executable, "-c", ROUNDED]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return dict(line.split(": ") for line in done.stdout.splitlines())


@pytest.mark.skipif(
    not any(name in os.environ for name in VARIABLES), reason="on this processor as it is"
)
@pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64"), reason="the variables are for x86-64"
)
def test_every_library_rounds_otherwise():
    here = rounded({**os.environ})
    as_it_is = rounded({name: os.environ[name] for name in os.environ if name not in VARIABLES})
    assert len(here) == 5
    assert [name for name in here if here[name] == as_it_is[name]] == []
