"""How sure a share is: the interval that stands beside it (chapter "Does it take memory?")."""

import math

from lstmblues.errors import BluesError


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
