"""What all training with PyTorch shares."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

LARGEST_GRADIENT = 1.0
"""The length to which a longer gradient, of all of a network's weights, is cut down."""


@contextmanager
def one_thread() -> Iterator[None]:
    """Let PyTorch compute in one thread: matrices this small gain nothing from more."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
