"""Eight numbers side by side: what a processor's vector instructions work on, for compiled loops.

Inside functions that Numba compiles, ``load`` takes eight neighbours of an array into lanes,
``store`` puts them back, and ``+ - * /``, ``fma`` and ``sigmoid`` work on all lanes at once. Every
operation is fixed to the last bit, the order of a sum and the rounding of a product too. So the
same program gives the same numbers on every processor, whatever the width of its vectors
(chapter 5, "Learning").

Numba keeps compiled kernels on disk and does not see that this file has changed: after a change
here, remove ``lstmblues/__pycache__``.
"""

import math
import operator
from decimal import Decimal

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model
from numba.np.arrayobj import make_array

LANES = 8
"""How many float64 numbers lie side by side: 64 bytes, the widest vector of today's processors."""

_NUMBERS = ir.VectorType(ir.DoubleType(), LANES)
_BITS = ir.VectorType(ir.IntType(64), LANES)
_FIRST = ir.Constant(ir.IntType(32), 0)


def padded(size: int) -> int:
    """Return the next multiple of ``LANES``, from ``size`` up."""
    return -(-size // LANES) * LANES


def aligned_zeros(*shape: int) -> np.ndarray:
    """Return zeros of ``shape``, float64, that begin where a vector does (a multiple of 64 bytes).

    A vector that straddles two such lines of memory takes twice as long to store.
    """
    size = math.prod(shape)
    room = np.zeros(size + LANES)
    start = -(room.ctypes.data // room.itemsize) % LANES
    return room[start : start + size].reshape(shape)


class _Lanes(types.Type):
    """Numba's name for the type."""

    def __init__(self):
        super().__init__(name="Lanes")


_lanes = _Lanes()


@register_model(_Lanes)
class _LanesModel(models.PrimitiveModel):
    """Lanes are a vector of LLVM, the compiler behind Numba."""

    def __init__(self, manager, lanes_type):
        super().__init__(manager, lanes_type, _NUMBERS)


def _define(python_operator, instruction):
    """Let ``python_operator`` work on lanes, by one instruction of LLVM."""

    @infer_global(python_operator)
    class _Signature(ConcreteTemplate):
        cases = [signature(_lanes, _lanes, _lanes)]

    @lower_builtin(python_operator, _lanes, _lanes)
    def lower(context, builder, sig, args):
        return getattr(builder, instruction)(*args)


_define(operator.add, "fadd")
_define(operator.sub, "fsub")
_define(operator.mul, "fmul")
_define(operator.truediv, "fdiv")


def _address(context, builder, array_type, array, index):
    first = make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(first, [index]), _NUMBERS.as_pointer())


def _pick(builder, values, lanes):
    """Return the numbered ``lanes`` of ``values``, in that order."""
    mask = ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), list(lanes))
    return builder.shuffle_vector(values, ir.Constant(values.type, ir.Undefined), mask)


@intrinsic
def load(typing, array, index):
    """Return ``array[index : index + 8]`` as lanes; ``array`` is one-dimensional, contiguous."""

    def generate(context, builder, sig, args):
        return builder.load(_address(context, builder, sig.args[0], *args), align=8)

    return _lanes(array, types.intp), generate


@intrinsic
def store(typing, array, index, values):
    """Put lanes back: ``array[index : index + 8] = values``."""

    def generate(context, builder, sig, args):
        array, index, values = args
        builder.store(values, _address(context, builder, sig.args[0], array, index), align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, _lanes), generate


@intrinsic
def spread(typing, number):
    """Return lanes that all hold ``number``."""

    def generate(context, builder, sig, args):
        empty = ir.Constant(_NUMBERS, ir.Undefined)
        return _pick(builder, builder.insert_element(empty, args[0], _FIRST), [0] * LANES)

    return _lanes(types.float64), generate


@intrinsic
def total(typing, values):
    """Return the sum of all lanes: halves are added to halves until one is left."""

    def generate(context, builder, sig, args):
        (values,), width = args, LANES
        while width > 1:
            width //= 2
            lower, upper = range(width), range(width, 2 * width)
            values = builder.fadd(_pick(builder, values, lower), _pick(builder, values, upper))
        return builder.extract_element(values, _FIRST)

    return types.float64(_lanes), generate


@intrinsic
def fma(typing, one, other, addend):
    """Return ``one * other + addend``, rounded once."""

    def generate(context, builder, sig, args):
        kind = ir.FunctionType(_NUMBERS, [_NUMBERS] * 3)
        function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{LANES}f64")
        return builder.call(function, args)

    return _lanes(_lanes, _lanes, _lanes), generate


@intrinsic
def _limit(typing, values, reach):
    """Return ``values``, but none beyond ``reach`` above or below zero."""

    def generate(context, builder, sig, args):
        values, highest = args
        lowest = builder.fneg(highest)
        values = builder.select(builder.fcmp_ordered("<", values, highest), values, highest)
        return builder.select(builder.fcmp_ordered(">", values, lowest), values, lowest)

    return _lanes(_lanes, _lanes), generate


@intrinsic
def _power_of_two(typing, shifted):
    """Return 2 ** n for lanes of n + ``_SHIFT``: the last bits, moved to where exponents are."""

    def generate(context, builder, sig, args):
        bits = builder.bitcast(args[0], _BITS)
        exponent = builder.shl(bits, ir.Constant(_BITS, [52] * LANES))
        one = ir.Constant(_BITS, [1023 << 52] * LANES)
        return builder.bitcast(builder.add(exponent, one), _NUMBERS)

    return _lanes(_lanes), generate


_SHIFT = 1.5 * 2.0**52
"""A float64 this large has no room for fractions: adding it rounds to a whole number."""

_LN2_HIGH = math.floor(math.log(2.0) * 2.0**38) * 2.0**-38
_LN2_LOW = float(Decimal(2).ln() - Decimal(_LN2_HIGH))
"""ln 2, in two parts: the first is so short that its product with a whole number is exact."""

_A1, _A2, _A3, _A4, _A5, _A6 = (
    math.comb(6, power) * math.factorial(12 - power) / math.factorial(12) for power in range(1, 7)
)
"""The numerator of Padé's approximant to exp, of degrees 6 and 6; up to ln 2 / 2 it is exact to a
float64's last digits. The denominator has the same coefficients, with alternating signs."""


@numba.njit(error_model="numpy", forceinline=True)
def sigmoid(x):
    """Return the logistic function of every lane, as ``lstm.sigmoid`` does.

    exp(-x) is 2**n times the exponential of a small remainder, and that a quotient (even + odd) /
    (even - odd) of polynomials; so the whole takes one division. Beyond 700, it stays as it is.
    """
    x = _limit(x, spread(700.0))
    shifted = fma(x, spread(-1.0 / math.log(2.0)), spread(_SHIFT))
    whole = shifted - spread(_SHIFT)
    rest = fma(whole, spread(-_LN2_HIGH), spread(0.0) - x)
    rest = fma(whole, spread(-_LN2_LOW), rest)
    square = rest * rest
    even = fma(square, fma(square, fma(square, spread(_A6), spread(_A4)), spread(_A2)), spread(1.0))
    odd = rest * fma(square, fma(square, spread(_A5), spread(_A3)), spread(_A1))
    return (even - odd) / fma(_power_of_two(shifted), even + odd, even - odd)
