from dataclasses import dataclass

import numba
import pytest
from numba import types

from lstmblues.network.compiled.constants import Constants


@dataclass(frozen=True)
class Box(Constants):
    width: int
    height: int


def area_kernel(box, area):
    @numba.njit
    def kernel():
        return area(box)

    return kernel


def test_a_kernel_reads_fields_and_hands_them_on_as_literals():
    @numba.njit
    def area(box):
        return box.width * box.height

    assert [area_kernel(box, area)() for box in (Box(3, 5), Box(3, 7), Box(3, 7))] == [15, 21, 21]
    compiled = area.overloads.values()  # once for every combination of values
    heights = [set(each.type_annotation.typemap.values()) for each in compiled]
    assert [types.literal(5) in found for found in heights] == [True, False]
    assert [types.literal(7) in found for found in heights] == [False, True]


def test_a_field_that_is_not_there_is_refused():
    @numba.njit
    def volume(box):
        return box.width * box.depth

    with pytest.raises(numba.TypingError, match="Unknown attribute 'depth'"):
        area_kernel(Box(3, 5), volume)()
