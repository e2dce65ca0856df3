from decimal import Decimal
from fractions import Fraction

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmblues.network.compiled.vectors import (
    VECTOR_SIZE,
    aligned_zeros,
    broadcast,
    fma,
    load,
    padded,
    sigmoid,
    store,
    total,
)

NUMBERS = st.lists(
    st.floats(-1e6, 1e6, allow_nan=False), min_size=3 * VECTOR_SIZE, max_size=3 * VECTOR_SIZE
).map(np.array)


@numba.njit
def calculate(numbers, results):
    """Put what the operators give for three times eight numbers in rows of ``results``, flat."""
    a, b, c = load(numbers, 0), load(numbers, VECTOR_SIZE), load(numbers, 2 * VECTOR_SIZE)
    store(results, 0, a + b)
    store(results, VECTOR_SIZE, a - b)
    store(results, 2 * VECTOR_SIZE, a * b)
    store(results, 3 * VECTOR_SIZE, a / b)
    store(results, 4 * VECTOR_SIZE, fma(a, b, c))
    store(results, 5 * VECTOR_SIZE, broadcast(numbers[1]))
    return total(a)


@numba.njit
def sigmoids(numbers):
    results = np.empty_like(numbers)
    for n in range(0, numbers.size, VECTOR_SIZE):
        store(results, n, sigmoid(load(numbers, n)))
    return results


@settings(max_examples=50, deadline=None)
@given(NUMBERS)
def test_operators_work_on_every_element(numbers):
    results = np.zeros((7, VECTOR_SIZE))
    sum_of_first = calculate(numbers, results.reshape(-1))
    a, b, c = numbers.reshape(3, VECTOR_SIZE)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        expected = [a + b, a - b, a * b, a / b]
    np.testing.assert_array_equal(results[:4], expected)
    fused = [
        float(Fraction(x) * Fraction(y) + Fraction(z)) for x, y, z in zip(a, b, c, strict=True)
    ]
    np.testing.assert_array_equal(results[4], fused)
    assert (results[5] == a[1]).all() and (results[6] == 0).all()
    halves = a[:4] + a[4:]
    quarters = halves[:2] + halves[2:]
    assert sum_of_first == quarters[0] + quarters[1]


def test_a_product_is_rounded_once_with_its_addend():
    numbers = np.zeros(3 * VECTOR_SIZE)
    numbers[:] = np.repeat([1 + 2.0**-30, 1 - 2.0**-30, -1.0], VECTOR_SIZE)
    results = np.zeros(7 * VECTOR_SIZE)
    calculate(numbers, results)
    assert (
        results[4 * VECTOR_SIZE : 5 * VECTOR_SIZE] == -(2.0**-60)
    ).all()  # rounded twice, it would be 0


def test_sigmoids_are_exact_to_the_last_digits():
    x = np.concatenate([np.linspace(-40, 40, 800), np.linspace(-690, 690, 80)])
    expected = [float(1 / (1 + (-Decimal(v)).exp())) for v in x]
    np.testing.assert_allclose(sigmoids(x), expected, rtol=1e-15)


def test_sigmoids_saturate():
    x = np.array([-np.inf, -1e300, -800.0, 0.0, 800.0, 1e300, np.inf, -700.0])
    found = sigmoids(x)
    assert (found[:3] == found[7]).all() and 0 < found[7] < 1e-300
    assert found[3] == 0.5 and (found[4:7] == 1.0).all()


@pytest.mark.parametrize(("size", "expected"), [(0, 0), (1, 8), (8, 8), (9, 16), (21, 24)])
def test_padded(size, expected):
    assert padded(size) == expected


@numba.njit
def compiled_zeros(*shape):
    return aligned_zeros(*shape)


@pytest.mark.parametrize("zeros", [aligned_zeros, compiled_zeros])
def test_arrays_begin_where_a_vector_does(zeros):
    for _ in range(20):
        array = zeros(3, 5, 8)
        assert array.shape == (3, 5, 8) and not array.any()
        assert array.ctypes.data % 64 == 0 and array.flags.c_contiguous
