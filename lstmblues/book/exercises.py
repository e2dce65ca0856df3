"""Exercises that answer back: is an answer right, and if not, what may be wrong (chapters)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Exercise:
    """An exercise whose answer is a number, a text, or an array or list of numbers.

    Args:
        right: the answer.
        mistakes: answers that likely mistakes lead to, and for each the sentence that helps.
        tolerance: by how much a number may differ from ``right`` or from a mistake.
    """

    right: Any
    mistakes: Mapping[str, Any] = field(default_factory=dict)
    tolerance: float = 1e-6

    def check(self, answer: Any = None) -> str:
        """Return one sentence on ``answer``: that it is right, or what is wrong with it."""
        if answer is None:
            return "Put your answer between the brackets, and run this cell."
        if self._is(answer, self.right):
            return "Right."
        for sentence, mistake in self.mistakes.items():
            if self._is(answer, mistake):
                return f"Not yet. {sentence}"
        return f"Not yet. {self._difference(answer)}"

    def _is(self, answer: Any, value: Any) -> bool:
        """Whether an answer is a value, or near it."""
        if isinstance(value, str) or isinstance(answer, str):
            return isinstance(answer, str) and _plain(answer) == _plain(str(value))
        given, wanted = _numbers(answer), _numbers(value)
        if given is None or given.shape != wanted.shape:
            return False
        return bool(np.allclose(given, wanted, rtol=0, atol=self.tolerance))

    def _difference(self, answer: Any) -> str:
        """Return in what way an answer differs from the right one."""
        if isinstance(self.right, str):
            asked = "The answer is a text." if not isinstance(answer, str) else ""
            return asked or "It is another word."
        given, wanted = _numbers(answer), _numbers(self.right)
        if given is None:
            what = "a number" if wanted.ndim == 0 else f"{wanted.size} numbers"
            return f"The answer is {what}."
        if given.shape != wanted.shape:
            return f"The answer has shape {wanted.shape}; yours has shape {given.shape}."
        wrong = ~np.isclose(given, wanted, rtol=0, atol=self.tolerance)
        if wanted.ndim:
            first = tuple(int(place) for place in np.argwhere(wrong)[0])
            place = first[0] if len(first) == 1 else first
            return f"{wrong.sum()} of its {wanted.size} numbers are wrong, the first at {place}."
        return "It is too large." if given > wanted else "It is too small, or not a number."


def _plain(text: str) -> str:
    """Return a text without what does not count: spaces, capitals, a full stop."""
    return text.strip().strip(".").casefold()


def _numbers(value: Any) -> np.ndarray | None:
    """Return a value as an array of numbers, or None if it is none."""
    try:
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        return None
