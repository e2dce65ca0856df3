"""What all tests share."""

import signal

import pytest


@pytest.fixture(autouse=True, scope="session")
def signals_are_heard():
    """Let signals do what they do at a terminal, also where the tests run under ``nohup``."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGHUP)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
