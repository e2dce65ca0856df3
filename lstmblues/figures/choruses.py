"""What returns in every chorus, in numbers (chapter 10, "A clock of eight cells").

Values are what units did at every step of a run: gates, cell states or outputs, as
``Activations`` holds them, of shape (steps, units). Choruses are counted from 0.
"""

from dataclasses import dataclass

import numpy as np

from lstmblues.errors import BluesError
from lstmblues.music.form import Form


def by_chorus(values: np.ndarray, form: Form) -> np.ndarray:
    """Return ``values`` of whole choruses as an array of shape (choruses, form.steps, units).

    Raises ``BluesError`` if they are not of shape (steps, units), or not whole choruses.
    """
    values = _steps_first(values)
    if len(values) % form.steps:
        raise BluesError(
            f"{len(values)} steps are not whole choruses of {form.steps} steps; "
            "give the values of whole choruses"
        )
    return values.reshape(-1, form.steps, values.shape[1])


def choruses_from(values: np.ndarray, form: Form, first_chorus: int = 1) -> np.ndarray:
    """Return the choruses from number ``first_chorus`` on: shape (choruses, form.steps, units).

    The first chorus, number 0, begins with empty cells and is unlike the others. Raises
    ``BluesError`` as ``by_chorus`` does, and if no chorus is left.
    """
    choruses = by_chorus(values, form)
    if not 0 <= first_chorus < len(choruses):
        raise BluesError(
            f"there is no chorus {first_chorus} to begin with; "
            f"these values have choruses 0 to {len(choruses) - 1}"
        )
    return choruses[first_chorus:]


def mean_and_spread(
    values: np.ndarray, form: Form, first_chorus: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation over the choruses from number ``first_chorus`` on.

    Both are of shape (form.steps, units); the spread is 0 where all these choruses agree. Raises
    ``BluesError`` as ``choruses_from`` does.
    """
    choruses = choruses_from(values, form, first_chorus)
    return choruses.mean(axis=0), choruses.std(axis=0)


def harmonic(chorus: np.ndarray, number: int = 1) -> np.ndarray:
    """Return the harmonic ``number`` of every unit, as complex numbers of shape (units,).

    ``chorus`` (steps, units) goes once through the form. Harmonic n is the part of a unit that
    rises and falls n times a chorus, ``abs(h) * cos(2 pi n (t - peak) / steps)``, with its peak in
    the angle: ``peak = angle(h) / 2 pi n * steps``. Number 0 is the mean. Raises ``BluesError``
    for another shape, or a number outside 0 to half of the steps.
    """
    chorus = _steps_first(chorus)
    steps = len(chorus)
    if not 0 <= number <= steps // 2:
        raise BluesError(f"{steps} steps have the harmonics 0 to {steps // 2}, and not {number}")
    turn = np.exp(2j * np.pi * number * np.arange(steps) / steps)
    both = 1 if number == 0 or 2 * number == steps else 2  # it turns either way round
    return both * (turn @ chorus) / steps


def peak_order(chorus: np.ndarray) -> np.ndarray:
    """Return the units in the order in which they peak in ``chorus``: indices, shape (units,).

    ``chorus`` (steps, units) goes once through the form. A unit's peak is that of its first
    harmonic: the place of the one wave a chorus that fits it best. Units without such a wave come
    last, in their own order. Raises ``BluesError`` as ``harmonic`` does.
    """
    chorus = _steps_first(chorus)
    wave = harmonic(chorus, min(1, len(chorus) // 2))
    # Rounded, so that a peak at the first step does not come last for its last decimal.
    turns = np.round(np.angle(wave) / (2 * np.pi), 9) % 1.0
    still = np.abs(wave) <= 1e-12 * np.abs(chorus).max(axis=0)
    return np.lexsort((np.where(still, 0.0, turns), still))


@dataclass(frozen=True)
class PrincipalComponents:
    """The directions in which states vary most, one at right angles to the other.

    ``centre`` (units,) is the mean; ``directions`` (components, units) are of length 1, and the
    entry of largest size is positive in each; ``shares`` (components,) are their parts of the
    whole variance, from 0 to 1, the largest first.
    """

    centre: np.ndarray
    directions: np.ndarray
    shares: np.ndarray

    def project(self, values: np.ndarray) -> np.ndarray:
        """Return ``values`` (..., units) seen along the directions: shape (..., components)."""
        return (np.asarray(values) - self.centre) @ self.directions.T


def principal_components(values: np.ndarray, components: int = 2) -> PrincipalComponents:
    """Return the first principal components of ``values``, of shape (steps, units).

    Raises ``BluesError`` for another shape, for more components than units or steps, and for
    values that never change.
    """
    values = _steps_first(values)
    if not 1 <= components <= min(values.shape):
        raise BluesError(
            f"values of shape {values.shape} have 1 to {min(values.shape)} principal components, "
            f"and not {components}"
        )
    centre = values.mean(axis=0)
    _, sizes, directions = np.linalg.svd(values - centre, full_matrices=False)
    if sizes[0] <= 1e-12 * np.abs(values).max():
        raise BluesError("values that never change have no principal components")
    directions = directions[:components]
    largest = np.abs(directions).argmax(axis=1, keepdims=True)
    signs = np.sign(np.take_along_axis(directions, largest, axis=1))
    shares = sizes[:components] ** 2 / np.sum(sizes**2)
    return PrincipalComponents(centre, signs * directions, shares)


def gap(states: np.ndarray, form: Form) -> float:
    """Return how far the last chorus ends from where it began, over all units.

    The Euclidean distance, in the units of ``states`` (steps, units), from the state that the
    last chorus found to the one that it leaves: 0 if the path closes on itself. Raises
    ``BluesError`` as ``by_chorus`` does, and for fewer than two choruses.
    """
    choruses = by_chorus(states, form)
    if len(choruses) < 2:
        raise BluesError("a path closes on itself in its second chorus at the earliest; give two")
    return float(np.linalg.norm(choruses[-1, -1] - choruses[-2, -1]))


def _steps_first(values: np.ndarray) -> np.ndarray:
    """Return ``values`` as floats, if they are of shape (steps, units)."""
    values = np.asarray(values, dtype=float)
    if values.ndim != 2 or not values.size:
        raise BluesError(f"values must be of shape (steps, units), not {values.shape}")
    return values
