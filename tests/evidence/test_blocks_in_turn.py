import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from lstmblues.evidence.blocks_in_turn import begins, in_turn, rises_without_blocks
from lstmblues.music.form import Form
from lstmblues.training.settings import Settings

FORM = Form.parse("cadence", "C G7", {"C": "C3 E3 G3", "G7": "D3 F3 G3 B3"})


def test_begins_by_hand():
    rises = [[0.0, 0.3, 0.0], [0.2, 0.0, 0.1], [0.0, 0.3, 0.05]]
    assert begins(rises, [10, 20, 30], 0.1).tolist() == [20.0, 10.0, np.inf]


@pytest.mark.parametrize(
    ("when", "tau"),
    [
        ([1, 2, 3, 4], 1.0),
        ([4, 3, 2, 1], -1.0),
        ([1, 1, 1, 1], 0.0),
        ([2, 1, 3, 4], 4 / 6),
        ([1, 2, np.inf, np.inf], 5 / 6),
    ],
)
def test_in_turn_by_hand(when, tau):
    assert in_turn(np.array(when)) == pytest.approx(tau)


@given(st.permutations(range(6)))
def test_in_turn_is_kendalls_tau(when):
    assert in_turn(np.array(when)) == pytest.approx(kendalltau(range(6), when).statistic)


def test_blocks_are_worth_little_at_first_and_more_later():
    settings = Settings(learning_rate=5e-3)
    rises = rises_without_blocks(FORM, 0, settings, [16, 20_000])
    assert rises.shape == (2, 4)
    assert np.abs(rises[0]).max() < 0.05 < rises[1].max()
