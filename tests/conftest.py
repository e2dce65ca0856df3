"""What holds for every test."""

import signal

import pytest


@pytest.fixture(scope="session", autouse=True)
def signals_are_heard():
    """What a shell lets run in the background ignores SIGINT, and under ``nohup`` SIGHUP."""
    hearing = {"SIGINT": signal.default_int_handler, "SIGHUP": signal.SIG_DFL}
    for name, handler in hearing.items():
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, handler)
