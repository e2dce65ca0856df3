"""Figures are drawn without a screen, and closed after every test."""

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import pytest


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")
