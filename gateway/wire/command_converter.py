"""The cattrs converter that makes commands of JSON data, without any of cattrs' own coercions.

There are two: the fast one stops at the first fault and says little; the detailed one collects every fault with its
place. A command is parsed with the fast one, and only after a failure again with the other to explain it.
"""

from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import attrs
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, override

from breakout.contract.commands import Missing
from breakout.contract.constraint import Items, Text, Whole
from gateway.wire.field_check import (
    Check,
    choice_check,
    flag_check,
    items_check,
    object_check,
    text_check,
    whole_check,
)
from gateway.wire.field_name import wire_names


def command_converter(*, detailed: bool) -> Converter:
    """A converter that structures the classes of `breakout.contract.commands` strictly."""
    converter = Converter(detailed_validation=detailed, forbid_extra_keys=True)
    converter.register_structure_hook(bool, flag_check)
    converter.register_structure_hook_factory(_is_choice, choice_check)
    converter.register_structure_hook_factory(attrs.has, lambda kind: _object_hook(converter, kind))
    converter.register_structure_hook_factory(_is_union, lambda union: _union_hook(converter, union))
    converter.register_structure_hook_factory(_is_constrained, lambda kind: _constraint_hook(converter, kind))
    return converter


def _is_choice(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Enum)


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in {Union, UnionType}


def _is_constrained(kind: Any) -> bool:
    return get_origin(kind) is Annotated


def _object_hook(converter: Converter, kind: type) -> Check:
    renamed: dict[str, Any] = {name: override(rename=on_wire) for name, on_wire in wire_names(kind).items()}
    return object_check(make_dict_structure_fn(kind, converter, **renamed))


def _union_hook(converter: Converter, union: Any) -> Check:
    """The one real type of a union with None and `Missing`. Missing never comes from the wire: it is a default."""
    members = get_args(union)
    (real,) = [member for member in members if member not in {NoneType, Missing}]
    inner: Check = converter.get_structure_hook(real)
    if NoneType not in members:
        return lambda value, _declared: inner(value, real)
    return lambda value, _declared: None if value is None else inner(value, real)


def _constraint_hook(converter: Converter, kind: Any) -> Check:
    plain, constraint = get_args(kind)
    match constraint:
        case Text():
            return text_check(constraint)
        case Whole():
            return whole_check(constraint)
        case Items():
            items: Check = converter.get_structure_hook(plain)
            return items_check(constraint, lambda value, _declared: items(value, plain))
    raise TypeError(f"{kind} has no constraint of breakout.contract.constraint")
