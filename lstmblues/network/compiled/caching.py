"""Compiled loops are kept from one run to the next, wherever that can be done.

Numba keeps what it has compiled beside the source, or in the cache folder of the user, or where
``NUMBA_CACHE_DIR`` says. Where none of them can be written, a loop is compiled in every process.
"""

from collections.abc import Callable

import numba
from numba.core.caching import FunctionCache


class _Cache(FunctionCache):
    """A cache that counts as empty where it is damaged, and is not missed where it is full."""

    def load_overload(self, *arguments):
        """Return what was kept; None if nothing was, or if it cannot be read."""
        try:
            return super().load_overload(*arguments)
        except Exception:  # what is damaged can fail in many of pickle's and LLVM's ways
            self._forget()
            return None

    def save_overload(self, *arguments):
        """Keep what was compiled, if that can be done."""
        try:
            super().save_overload(*arguments)
        except Exception:
            self._forget()

    def _forget(self) -> None:
        """Empty the cache of this function, so that it is filled anew."""
        try:
            self.flush()
        except OSError:
            self.disable()


def kernel(function: Callable) -> Callable:
    """Compile a function that is called from Python; keep what was compiled for the next run."""
    compiled = numba.njit(error_model="numpy")(function)
    try:
        compiled._cache = _Cache(function)  # as ``cache=True`` would, with Numba's own class
    except RuntimeError:  # no folder can be written
        pass
    return compiled
