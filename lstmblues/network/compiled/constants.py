"""Objects whose fields are constants in compiled loops: sizes, known when a loop is compiled.

A kernel takes such an object from the function around it, and hands it to the functions that it
calls. These are compiled anew for every combination of values, and a field is then as good as a
number written in the source: a loop over it can be unrolled.
"""

from llvmlite import ir
from numba import types
from numba.core.imputils import lower_constant
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import lower_getattr_generic, models, register_model, typeof_impl


class Constants:
    """A base class for frozen dataclasses whose fields, all whole numbers, are to be constants."""


class _ConstantsType(types.Dummy):
    """The type of one combination of values, for Numba."""

    def __init__(self, values):
        self.values = values
        super().__init__(name=repr(values))


@typeof_impl.register(Constants)
def _typeof(values, context):
    return _ConstantsType(values)


@register_model(_ConstantsType)
class _ConstantsModel(models.OpaqueModel):
    """All is in the type: nothing is left to hold when the loop runs."""


@lower_constant(_ConstantsType)
def _lower(context, builder, constants_type, values):
    return context.get_dummy_value()


@infer_getattr
class _Fields(AttributeTemplate):
    key = _ConstantsType

    def generic_resolve(self, constants_type, field):
        if hasattr(constants_type.values, field):
            return types.literal(getattr(constants_type.values, field))
        return None  # Numba says that there is no such field


@lower_getattr_generic(_ConstantsType)
def _lower_field(context, builder, constants_type, constants, field):
    return ir.Constant(ir.IntType(64), getattr(constants_type.values, field))
