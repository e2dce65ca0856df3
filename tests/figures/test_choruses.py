"""Averages of choruses, against small cases by hand and against other ways to compute them."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from lstmblues.errors import BluesError
from lstmblues.figures import choruses
from lstmblues.music.form import Form, load_form

ONE_BAR = Form.parse("one bar", "C", {"C": "C3 E3 G3"})
numbers = st.floats(-1e3, 1e3)
tables = arrays(
    float, array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=9), elements=numbers
)


def test_by_chorus_cuts_where_the_form_begins_anew():
    values = np.arange(24.0).repeat(2).reshape(24, 2)  # both units count the steps
    found = choruses.by_chorus(values, ONE_BAR)
    assert found.shape == (3, 8, 2)
    assert found[:, 0, 1].tolist() == [0, 8, 16]
    assert np.array_equal(choruses.choruses_from(values, ONE_BAR, 2), found[2:])


def test_mean_and_spread_by_hand():
    first, second, third = np.full((8, 1), 100.0), np.full((8, 1), 1.0), np.full((8, 1), 4.0)
    third[5] = 1.0
    run = np.concatenate([first, second, third])
    mean, spread = choruses.mean_and_spread(run, ONE_BAR)
    assert mean[:, 0].tolist() == [2.5] * 5 + [1.0] + [2.5] * 2
    assert spread[:, 0].tolist() == [1.5] * 5 + [0.0] + [1.5] * 2
    assert choruses.mean_and_spread(run, ONE_BAR, first_chorus=0)[0][5, 0] == pytest.approx(34)


@given(
    arrays(float, (24, 3), elements=numbers),
    st.lists(numbers, min_size=3, max_size=3),
)
def test_a_shift_of_all_values_moves_the_mean_and_not_the_spread(values, shift):
    mean, spread = choruses.mean_and_spread(values, ONE_BAR, 0)
    moved, same = choruses.mean_and_spread(values + shift, ONE_BAR, 0)
    assert np.allclose(moved, mean + shift) and np.allclose(same, spread, atol=1e-9)


@given(st.integers(1, 47), st.floats(0.1, 10), st.floats(0, 1, exclude_max=True), numbers)
def test_harmonic_finds_size_and_peak_of_a_wave(number, size, turn, level):
    steps = np.arange(96)
    wave = level + size * np.cos(2 * np.pi * (number * steps / 96 - turn))
    found = choruses.harmonic(wave[:, None], number)
    assert found == pytest.approx(size * np.exp(2j * np.pi * turn), abs=1e-9 * (1 + abs(level)))
    assert choruses.harmonic(wave[:, None], 0) == pytest.approx(level, abs=1e-9)


@given(tables)
def test_harmonics_agree_with_the_fast_fourier_transform_and_make_up_the_variance(table):
    steps = len(table)
    found = np.array([choruses.harmonic(table, n) for n in range(steps // 2 + 1)])
    expected = np.conj(np.fft.rfft(table, axis=0)) / steps
    expected[1 : (steps + 1) // 2] *= 2
    assert np.allclose(found, expected, atol=1e-9)
    power = np.abs(found[1:]) ** 2 / 2
    if steps % 2 == 0:
        power[-1] *= 2  # the fastest has no sine
    assert np.allclose(power.sum(axis=0), table.var(axis=0), atol=1e-6)


@given(st.permutations(range(6)), st.floats(0.5, 5))
def test_peak_order_is_the_order_of_the_peaks(order, size):
    steps = np.arange(96)[:, None]
    peaks = 16.0 * np.array(order) + 1
    units = size * np.cos(2 * np.pi * (steps - peaks) / 96)
    assert choruses.peak_order(units).tolist() == np.argsort(order).tolist()


def test_units_that_never_change_come_last_in_their_own_order():
    steps = np.arange(8)
    units = np.stack([np.full(8, 3.0), np.cos(np.pi * (steps - 5) / 4), np.zeros(8)], axis=1)
    assert choruses.peak_order(units).tolist() == [1, 0, 2]
    assert choruses.peak_order(np.ones((1, 2))).tolist() == [0, 1]


def test_principal_components_by_hand():
    # Four points on a cross, which reaches 2 along (3, 4) / 5 and 1 at right angles to it.
    along, across = np.array([0.6, 0.8]), np.array([-0.8, 0.6])
    points = np.array([10.0, 20.0]) + np.array([2 * along, -2 * along, across, -across])
    found = choruses.principal_components(points)
    assert found.centre == pytest.approx([10, 20])
    assert np.allclose(found.directions, [along, -across])  # the largest entry is positive
    assert found.shares == pytest.approx([0.8, 0.2])
    assert np.allclose(found.project(points), [[2, 0], [-2, 0], [0, -1], [0, 1]])
    first = choruses.principal_components(-points, 1)
    assert np.allclose(first.directions, [along])
    assert first.shares == pytest.approx([0.8])  # of the whole variance


@settings(deadline=None)
@given(tables)
def test_principal_components_are_eigenvectors_of_the_covariance(table):
    covariance = np.cov(table.T)
    variances = np.linalg.eigvalsh(covariance)[::-1]
    whole = variances.sum()
    assume(whole > 1e-3)
    found = choruses.principal_components(table, min(table.shape))
    count = len(found.shares)
    assert np.allclose(found.shares, variances[:count] / whole, atol=1e-9)
    assert np.allclose(found.directions @ found.directions.T, np.eye(count), atol=1e-9)
    for direction, share in zip(found.directions, found.shares, strict=True):
        assert np.allclose(covariance @ direction, share * whole * direction, atol=1e-9 * whole)
        assert direction[np.abs(direction).argmax()] > 0
    # All of them together turn the points and change no distance.
    if count == table.shape[1]:
        turned = found.project(table)
        assert np.allclose(np.linalg.norm(turned - turned[0], axis=1),
                           np.linalg.norm(table - table[0], axis=1))  # fmt: skip


def test_gap_is_the_distance_between_the_ends_of_the_last_chorus():
    states = np.zeros((24, 2))
    states[15], states[23] = (1, 1), (4, 5)
    assert choruses.gap(states, ONE_BAR) == 5
    assert choruses.gap(states[:16], ONE_BAR) == pytest.approx(np.sqrt(2))


@pytest.mark.parametrize(
    ("compute", "message"),
    [
        (lambda: choruses.by_chorus(np.ones(96), load_form()), r"\(steps, units\), not \(96,\)"),
        (lambda: choruses.by_chorus(np.ones((0, 3)), load_form()), r"\(steps, units\)"),
        (
            lambda: choruses.by_chorus(np.ones((97, 3)), load_form()),
            "97 steps are not whole choruses",
        ),
        (lambda: choruses.mean_and_spread(np.ones((8, 3)), ONE_BAR), "choruses 0 to 0"),
        (lambda: choruses.choruses_from(np.ones((8, 3)), ONE_BAR, -1), "no chorus -1"),
        (lambda: choruses.harmonic(np.ones((8, 3)), 5), "harmonics 0 to 4"),
        (lambda: choruses.peak_order(np.ones(8)), r"\(steps, units\)"),
        (lambda: choruses.principal_components(np.eye(3), 4), "1 to 3 principal components"),
        (lambda: choruses.principal_components(np.eye(3), 0), "and not 0"),
        (lambda: choruses.principal_components(np.full((5, 3), 0.1)), "never change"),
        (lambda: choruses.gap(np.ones((8, 3)), ONE_BAR), "second chorus"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(compute, message):
    with pytest.raises(BluesError, match=message) as error:
        compute()
    assert "\n" not in str(error.value)
