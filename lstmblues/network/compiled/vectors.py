"""Vectors of eight numbers: what a processor's vector instructions work on, for compiled loops.

Inside functions that Numba compiles, ``load`` takes eight neighbours of an array into a vector,
``store`` puts them back, and ``+ - * /``, ``fma`` and ``sigmoid`` work on all eight elements at
once. Every operation is fixed to the last bit, the order of a sum and the rounding of a product
too. So the same program gives the same numbers on every processor, whatever the size of its own
vectors (chapter 5, "Learning").

Numba keeps compiled kernels on disk, and does not see changes of the functions that they inline.
After a change of such a function, remove the ``__pycache__`` of every folder that has kernels:
``network/compiled`` and ``evidence/memory``.
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
from numba.extending import (
    intrinsic,
    lower_builtin,
    models,
    register_jitable,
    register_model,
)
from numba.np.arrayobj import make_array

VECTOR_SIZE = 8
"""How many float64 numbers a vector has: 64 bytes, the largest vector of today's processors."""

inlined = numba.njit(error_model="numpy", forceinline=True)
"""Compile a function into every kernel that calls it."""

_DOUBLES = ir.VectorType(ir.DoubleType(), VECTOR_SIZE)
_BITS = ir.VectorType(ir.IntType(64), VECTOR_SIZE)
_FIRST = ir.Constant(ir.IntType(32), 0)


@register_jitable
def padded(size: int) -> int:
    """Return the next multiple of ``VECTOR_SIZE``, from ``size`` up."""
    return -(-size // VECTOR_SIZE) * VECTOR_SIZE


@register_jitable
def aligned_zeros(*shape: int) -> np.ndarray:
    """Return zeros of ``shape``, float64, whose first byte has an address divisible by 64.

    A vector that crosses such an address takes twice as long to load or store, and longer yet to
    load soon after it was stored.
    """
    size = 1
    for length in shape:
        size *= length
    buffer = np.zeros(size + VECTOR_SIZE)
    start = -(buffer.ctypes.data // buffer.itemsize) % VECTOR_SIZE
    return buffer[start : start + size].reshape(shape)


class _Vector(types.Type):
    """The type of a vector, for Numba."""

    def __init__(self):
        super().__init__(name="Vector")


_vector = _Vector()


@register_model(_Vector)
class _VectorModel(models.PrimitiveModel):
    """A vector is one of LLVM, the compiler behind Numba."""

    def __init__(self, manager, vector_type):
        super().__init__(manager, vector_type, _DOUBLES)


def _define(python_operator, instruction):
    """Let ``python_operator`` work on vectors, by one instruction of LLVM."""

    @infer_global(python_operator)
    class _Signature(ConcreteTemplate):
        cases = [signature(_vector, _vector, _vector)]

    @lower_builtin(python_operator, _vector, _vector)
    def lower(context, builder, sig, args):
        return getattr(builder, instruction)(*args)


_define(operator.add, "fadd")
_define(operator.sub, "fsub")
_define(operator.mul, "fmul")
_define(operator.truediv, "fdiv")


def _address(context, builder, array_type, array, index):
    first = make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(first, [index]), _DOUBLES.as_pointer())


def _pick(builder, vector, elements):
    """Return a vector of the numbered ``elements`` of ``vector``, in that order."""
    mask = ir.Constant(ir.VectorType(ir.IntType(32), len(elements)), list(elements))
    return builder.shuffle_vector(vector, ir.Constant(vector.type, ir.Undefined), mask)


@intrinsic
def load(typing, array, index):
    """Return ``array[index : index + 8]`` as a vector.

    ``array`` is one-dimensional, contiguous, and float64.
    """

    def generate(context, builder, sig, args):
        return builder.load(_address(context, builder, sig.args[0], *args), align=8)

    return _vector(array, types.intp), generate


@intrinsic
def store(typing, array, index, vector):
    """Put a vector back: ``array[index : index + 8] = vector``; ``array`` is as for ``load``."""

    def generate(context, builder, sig, args):
        array, index, vector = args
        builder.store(vector, _address(context, builder, sig.args[0], array, index), align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, _vector), generate


@intrinsic
def broadcast(typing, number):
    """Return a vector whose elements are all ``number``."""

    def generate(context, builder, sig, args):
        empty = ir.Constant(_DOUBLES, ir.Undefined)
        return _pick(builder, builder.insert_element(empty, args[0], _FIRST), [0] * VECTOR_SIZE)

    return _vector(types.float64), generate


@intrinsic
def total(typing, vector):
    """Return the sum of all elements: one half is added to the other until one number is left."""

    def generate(context, builder, sig, args):
        (vector,), size = args, VECTOR_SIZE
        while size > 1:
            size //= 2
            lower, upper = range(size), range(size, 2 * size)
            vector = builder.fadd(_pick(builder, vector, lower), _pick(builder, vector, upper))
        return builder.extract_element(vector, _FIRST)

    return types.float64(_vector), generate


@intrinsic
def fma(typing, x, y, z):
    """Return ``x * y + z``, rounded once (a fused multiply-add)."""

    def generate(context, builder, sig, args):
        kind = ir.FunctionType(_DOUBLES, [_DOUBLES] * 3)
        function = cgutils.get_or_insert_function(
            builder.module, kind, f"llvm.fma.v{VECTOR_SIZE}f64"
        )
        return builder.call(function, args)

    return _vector(_vector, _vector, _vector), generate


@intrinsic
def _clip(typing, vector, limit):
    """Return ``vector`` with every element clipped to the range from ``-limit`` to ``limit``."""

    def generate(context, builder, sig, args):
        vector, highest = args
        lowest = builder.fneg(highest)
        vector = builder.select(builder.fcmp_ordered("<", vector, highest), vector, highest)
        return builder.select(builder.fcmp_ordered(">", vector, lowest), vector, lowest)

    return _vector(_vector, _vector), generate


@intrinsic
def _power_of_two(typing, shifted):
    """Return 2 ** n from n + ``_SHIFT``: its last bits are moved to where exponents are."""

    def generate(context, builder, sig, args):
        bits = builder.bitcast(args[0], _BITS)
        exponent = builder.shl(bits, ir.Constant(_BITS, [52] * VECTOR_SIZE))
        one = ir.Constant(_BITS, [1023 << 52] * VECTOR_SIZE)
        return builder.bitcast(builder.add(exponent, one), _DOUBLES)

    return _vector(_vector), generate


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


@inlined
def sigmoid(x):
    """Return the logistic function of every element, as ``lstm.sigmoid`` does.

    exp(-x) is 2**n times the exponential of a small remainder, and that a quotient (even + odd) /
    (even - odd) of polynomials; so the whole takes one division. Inputs are clipped at 700, where
    exp(-x) is still a float64.
    """
    x = _clip(x, broadcast(700.0))
    shifted = fma(x, broadcast(-1.0 / math.log(2.0)), broadcast(_SHIFT))
    n = shifted - broadcast(_SHIFT)
    remainder = fma(n, broadcast(-_LN2_HIGH), broadcast(0.0) - x)
    remainder = fma(n, broadcast(-_LN2_LOW), remainder)
    square = remainder * remainder
    even = fma(square, broadcast(_A6), broadcast(_A4))
    even = fma(square, fma(square, even, broadcast(_A2)), broadcast(1.0))
    odd = remainder * fma(square, fma(square, broadcast(_A5), broadcast(_A3)), broadcast(_A1))
    return (even - odd) / fma(_power_of_two(shifted), even + odd, even - odd)
