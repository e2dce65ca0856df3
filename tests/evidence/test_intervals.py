import numpy as np
import pytest

from lstmblues.errors import BluesError
from lstmblues.evidence.intervals import bootstrap, bootstrap_share, wilson


@pytest.mark.parametrize("count", [0, 3, 10, 19, 20])
def test_its_ends_are_the_shares_from_which_the_count_is_just_so_many_standard_errors_away(count):
    for end in wilson(count, 20):
        error = np.sqrt(end * (1.0 - end) / 20)
        assert abs(count / 20 - end) == pytest.approx(1.96 * error, abs=1e-9)


def test_it_holds_the_share_and_stays_between_none_and_all():
    for of in (1, 5, 20, 100):
        for count in range(of + 1):
            low, high = wilson(count, of)
            assert 0.0 <= low <= count / of <= high <= 1.0
            assert low < high
    assert wilson(5, 5)[0] == pytest.approx(0.566, abs=1e-3)


def test_what_is_no_share_has_no_interval():
    for count, of in ((1, 0), (0, 0), (-1, 5), (6, 5)):
        with pytest.raises(BluesError, match="no share"):
            wilson(count, of)


def test_the_interval_of_a_mean():
    assert bootstrap(np.full(5, 0.25)) == (0.25, 0.25, 0.25)
    values = np.random.default_rng(0).normal(3.0, 2.0, 400)
    mean, low, high = bootstrap(values)
    assert mean == pytest.approx(values.mean())
    # The normal approximation, 1.96 standard errors either way.
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)
    assert low < mean < high


def test_shares_that_are_all_alike_still_have_an_interval():
    assert bootstrap_share(np.zeros(20)) == (0.0, *wilson(0, 20))
    assert bootstrap_share(np.ones(20)) == (1.0, *wilson(20, 20))
    mixed = np.array([0.0, 0.5, 1.0, 1.0])
    assert bootstrap_share(mixed) == bootstrap(mixed)
    assert bootstrap_share(np.full(5, 0.5)) == (0.5, 0.5, 0.5)
