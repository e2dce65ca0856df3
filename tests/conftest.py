"""What holds for every test."""

import signal

import pytest
from hypothesis import HealthCheck, settings

# For mutation testing (tests/mutants.py): the same few examples for every mutant.
settings.register_profile(
    "mutants",
    max_examples=10,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="session", autouse=True)
def signals_are_heard():
    """What a shell lets run in the background ignores SIGINT, and under ``nohup`` SIGHUP."""
    hearing = {"SIGINT": signal.default_int_handler, "SIGHUP": signal.SIG_DFL}
    for name, handler in hearing.items():
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, handler)
