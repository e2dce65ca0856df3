"""How sure a share or a mean is: the interval that stands beside it (chapters 11 and 12)."""

import math

import numpy as np

from lstmblues.errors import BluesError

RESAMPLES = 2000
"""How often values are drawn anew, with replacement, for the interval of a mean."""


def wilson(count: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """Return the interval of a share after Wilson, with 95 % confidence.

    Unlike the share plus or minus some standard errors, it stays between 0 and 1, and it is wide
    where few were tried, even if none or all of them succeeded: 5 of 5 means 57 % or more.

    Args:
        count: how many succeeded.
        of: how many were tried.
        z: how many standard errors it reaches; 1.96 for 95 %.

    Returns:
        The lower end and the upper end, from 0 to 1.

    Raises:
        BluesError: if nothing was tried, or more or less succeeded than can be.
    """
    if not 0 <= count <= of or of < 1:
        raise BluesError(f"{count} of {of} is no share")
    middle = count + z**2 / 2
    reach = z * math.sqrt(count * (of - count) / of + z**2 / 4)
    return max((middle - reach) / (of + z**2), 0.0), min((middle + reach) / (of + z**2), 1.0)


def bootstrap(values: np.ndarray) -> tuple[float, float, float]:
    """Return the mean of ``values`` (seeds,), and the 95 % interval of that mean, by bootstrap."""
    generator = np.random.default_rng(0)
    means = generator.choice(values, (RESAMPLES, len(values))).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(np.mean(values)), float(low), float(high)


def bootstrap_share(shares: np.ndarray) -> tuple[float, float, float]:
    """Return the mean of ``shares`` (seeds,), each 0 to 1, and the 95 % interval of that mean.

    It is by ``bootstrap``. But if all shares are 0, or all are 1, drawing them anew always gives
    the same, as if nothing could be otherwise. Then every seed counts as one try (``wilson``).
    """
    mean, low, high = bootstrap(shares)
    if low == high and mean in (0.0, 1.0):
        low, high = wilson(int(mean) * len(shares), len(shares))
    return mean, low, high
