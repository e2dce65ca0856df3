"""Work on all cores, and how it ends: by a signal, or with the process that began it."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

_SIGNALS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""What ends a command as SIGINT does. Windows has no SIGHUP."""
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
    yield from joblib.Parallel(
        n_jobs=min(joblib.cpu_count() if jobs == -1 else jobs, len(parts)),
        return_as="generator" if in_order else "generator_unordered",
        initializer=_end_with,
        initargs=(os.getpid(),),
    )(joblib.delayed(work)(*part) for part in parts)


def _end_with(parent: int) -> None:
    """Let this process end when its ``parent`` does, and leave signals to the parent."""
    for number in (signal.SIGINT, *_SIGNALS):
        signal.signal(number, signal.SIG_IGN)  # the parent hears it as well, and ends this process

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_SECONDS_TO_LOOK)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise ``KeyboardInterrupt`` with their number, inside the block.

    A signal that is ignored, as by ``nohup``, still is. Does nothing outside the main thread.
    """
    last = -_SECONDS_TO_END

    def end(number: int, frame: object) -> None:
        nonlocal last
        # Some senders repeat themselves; what ends by the first signal is not to be disturbed.
        if time.monotonic() - last > _SECONDS_TO_END:
            last = time.monotonic()
            raise KeyboardInterrupt(number)

    changed: Iterable[int] = ()
    if threading.current_thread() is threading.main_thread():
        changed = [each for each in _SIGNALS if signal.getsignal(each) == signal.SIG_DFL]
    for number in changed:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in changed:
            signal.signal(number, signal.SIG_DFL)
