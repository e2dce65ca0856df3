"""Work on all cores, and how it ends: by a signal, or with the process that began it."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

_SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]
"""What ends a command. Windows has no SIGHUP."""
_SECONDS_TO_END = 3.0
_SECONDS_TO_LOOK = 0.5


def in_parallel(
    work: Callable, parts: Sequence[tuple], jobs: int = -1, in_order: bool = True
) -> Iterator:
    """Do the parts of some work at the same time, in other processes.

    These processes end soon after this one, whatever ends it. Inside ``joblib.parallel_config``,
    its backend is used.

    Args:
        work: does one part.
        parts: the arguments of ``work`` for each.
        jobs: how many parts are worked on at a time; -1: as many as there are cores. There are
            never more processes than parts.
        in_order: whether results come in the order of ``parts``, or as soon as each is there.

    Yields:
        The results.
    """
    import joblib  # which most commands do not need

    if not parts:
        return
    with _signals_kept_from_children():
        results = joblib.Parallel(
            n_jobs=min(joblib.cpu_count() if jobs == -1 else jobs, len(parts)),
            return_as="generator" if in_order else "generator_unordered",
            initializer=_end_with,
            initargs=(os.getpid(),),
        )(joblib.delayed(work)(*part) for part in parts)
    yield from results


@contextmanager
def _signals_kept_from_children() -> Iterator[None]:
    """Block signals inside the block, and for good in the processes that it begins.

    A closed terminal sends its signal to all processes. Those of joblib would each complain.
    """
    if not hasattr(signal, "pthread_sigmask"):  # as on Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end_with(parent: int) -> None:
    """Let this process end when its ``parent`` does."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_SECONDS_TO_LOOK)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def end_soon(status: int) -> None:
    """Let this process end with an exit ``status``, in a moment, if it has not ended by then."""
    last = threading.Timer(_SECONDS_TO_END / 2, os._exit, (status,))
    last.daemon = True
    last.start()


class Ended(KeyboardInterrupt):
    """A signal has come; its number is the argument.

    A class of its own, since Python can end by SIGINT after a ``KeyboardInterrupt`` proper, even
    after one that was handled, if it went through ``exec``.
    """


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let SIGINT, SIGTERM and SIGHUP raise ``Ended`` inside the block.

    A signal that is ignored, as by ``nohup``, still is. Does nothing outside the main thread.
    """
    last, timers = -_SECONDS_TO_END, []

    def after(seconds: float, act: Callable, *arguments: int) -> None:
        timers.append(threading.Timer(seconds, act, arguments))
        timers[-1].daemon = True
        timers[-1].start()

    def end(number: int, frame: object) -> None:
        nonlocal last
        # Some senders repeat themselves; what ends by the first signal is not to be disturbed.
        if time.monotonic() - last > _SECONDS_TO_END:
            last = time.monotonic()
            if not timers:
                # Where C code calls Python, an exception can be lost: then it is raised once more.
                after(1.1 * _SECONDS_TO_END, os.kill, os.getpid(), number)
                # And what waits for a process that waits for it has to be ended from outside.
                after(2 * _SECONDS_TO_END, os._exit, 128 + number)
            raise Ended(number)

    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in _SIGNALS:
            if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
                before[number] = signal.signal(number, end)
    try:
        yield
    finally:
        for timer in timers:
            timer.cancel()
        for number, handler in before.items():
            signal.signal(number, handler)
