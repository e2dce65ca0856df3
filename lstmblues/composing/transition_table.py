"""A transition table: what followed what, and how often (chapter 11, "Does it take memory?")."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence

import numpy as np

from lstmblues.errors import BluesError


class TransitionTable:
    """How often each symbol followed the last ``order`` symbols; ``order`` is 1 or more.

    Symbols are anything that can be a key of a dictionary. Where the last ``order`` symbols were
    never heard in a row, the last ``order - 1`` are asked instead, and so on, down to none at all,
    which tells how often each symbol was heard. Raises ``BluesError`` for an order below 1.
    """

    def __init__(self, order: int):
        if order < 1:
            raise BluesError(f"a transition table cannot have order {order}; give 1 or more")
        self.order = order
        self._followers: dict[tuple, Counter] = defaultdict(Counter)

    def learn(self, sequence: Iterable[Hashable], before: Sequence[Hashable] = ()) -> None:
        """Count what follows what in ``sequence``; those ``before`` it are context only."""
        symbols = [*before, *sequence]
        for place in range(len(before), len(symbols)):
            for length in range(min(self.order, place) + 1):
                self._followers[tuple(symbols[place - length : place])][symbols[place]] += 1

    def followers(self, recent: Sequence[Hashable]) -> Counter:
        """Return how often each symbol followed the longest end of ``recent`` that is known.

        At most the last ``order`` symbols count. Raises ``BluesError`` if nothing was learned.
        """
        for length in range(min(self.order, len(recent)), -1, -1):
            context = tuple(recent[len(recent) - length :])
            if context in self._followers:
                return self._followers[context]
        raise BluesError("a transition table that has learned nothing cannot go on")

    def predict(
        self,
        recent: Sequence[Hashable],
        wanted: Callable[[Hashable], bool] = lambda symbol: True,
    ) -> Hashable | None:
        """Return what most often followed ``recent``; among equals, what was heard first.

        Only ``wanted`` symbols count: where none of the followers is, shorter contexts are asked,
        and if there is none at all the answer is None. Raises ``BluesError`` if nothing was
        learned.
        """
        for length in range(min(self.order, len(recent)), -1, -1):
            known = self.followers(recent[len(recent) - length :])
            symbols = [symbol for symbol in known if wanted(symbol)]
            if symbols:
                return max(symbols, key=known.__getitem__)
        return None

    def draw(self, recent: Sequence[Hashable], generator: np.random.Generator) -> Hashable:
        """Return one of the ``followers`` of ``recent``, drawn as often as it followed.

        Raises ``BluesError`` if nothing was learned.
        """
        known = self.followers(recent)
        number = int(generator.integers(known.total()))
        for symbol, count in known.items():
            number -= count
            if number < 0:
                return symbol
