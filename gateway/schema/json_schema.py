"""The classes of the contract as JSON Schema (draft 7, which AsyncAPI 3 speaks).

What clients send is closed: unknown fields are refused. What the server sends is open: later versions may add fields. Lengths count
code points; of a field marked `x-trimmed` they count after white space at both ends was cut off.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import attrs

from breakout.contract.commands import Missing
from breakout.contract.constraint import Items, Text, Whole
from breakout.contract.table import COMMANDS, PUSHES
from gateway.wire.field_name import wire_name

Schema = dict[str, Any]

REFERENCE = "#/components/schemas/"
PLAIN: dict[type, str] = {str: "string", bool: "boolean", int: "integer"}


def schemas() -> dict[str, Schema]:
    """Every class and choice of the contract by name, in the order in which commands and then pushes first need it.

    Raises:
        TypeError: Two classes of the contract have the same name, or one has a field that this module cannot describe.
    """
    sent = {kind for spec in COMMANDS for kind in _classes_in(spec.command)}
    sources = [kind for spec in COMMANDS for kind in (spec.command, spec.reply)] + [spec.push for spec in PUSHES]
    found: dict[str, type] = {}
    for source in sources:
        for kind in _classes_in(source):
            if found.setdefault(kind.__name__, kind) is not kind:
                raise TypeError(f"the contract has two classes {kind.__name__}")
    return {name: _of_class(kind, closed=kind in sent) for name, kind in found.items()}


def type_schema(kind: Any) -> Schema:
    """The schema of one field's type; classes and choices are referred to."""
    origin, members = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return type_schema(members[0]) | _limits(members[1])
    if origin in {Union, UnionType}:
        return _union([member for member in members if member is not Missing])
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": type_schema(members[1])}
    if origin is not None and issubclass(origin, Sequence):
        return {"type": "array", "items": type_schema(members[0])}
    if attrs.has(kind) or issubclass(kind, Enum):
        return {"$ref": REFERENCE + kind.__name__}
    if kind not in PLAIN:
        raise TypeError(f"{kind} has no place in the contract")
    return {"type": PLAIN[kind]}


def _of_class(kind: Any, *, closed: bool) -> Schema:
    if issubclass(kind, Enum):
        return {"type": "string", "enum": [choice.value for choice in kind]}
    hints = get_type_hints(kind, include_extras=True)
    fields = attrs.fields(kind)
    return {
        "type": "object",
        "properties": {wire_name(field.name): _of_field(field, hints[field.name]) for field in fields},
        "required": [wire_name(field.name) for field in fields if _always_there(field, closed=closed)],
        "additionalProperties": not closed,
    }


def _always_there(field: "attrs.Attribute[Any]", *, closed: bool) -> bool:
    if closed:
        return field.default is attrs.NOTHING
    return not field.metadata.get("omit_none")


def _of_field(field: "attrs.Attribute[Any]", hint: Any) -> Schema:
    default: Any = field.default
    if field.metadata.get("omit_none"):
        return type_schema(_without_none(hint))  # left out where it is None, and so never null
    schema = type_schema(hint)
    if default is attrs.NOTHING or isinstance(default, Missing):
        return schema
    if "$ref" in schema:  # beside which nothing counts
        return {"allOf": [schema], "default": default.value}
    return schema | {"default": list(default) if isinstance(default, tuple) else default}


def _without_none(hint: Any) -> Any:
    members = [member for member in get_args(hint) if member is not NoneType]
    return members[0] if get_origin(hint) in {Union, UnionType} else hint


def _union(members: list[Any]) -> Schema:
    real = [type_schema(member) for member in members if member is not NoneType]
    if NoneType in members:
        real.append({"type": "null"})
    return real[0] if len(real) == 1 else {"anyOf": real}


def _limits(limit: Any) -> Schema:
    match limit:
        case Text():
            trimmed: Schema = {"x-trimmed": True} if limit.trim else {}
            return {"minLength": limit.min_length, "maxLength": limit.max_length} | trimmed
        case Whole():
            return {"minimum": limit.minimum, "maximum": limit.maximum}
        case Items():
            return {"minItems": limit.min_items, "maxItems": limit.max_items}
    raise TypeError(f"{limit} is no constraint of breakout.contract.constraint")


def _classes_in(kind: Any) -> Iterator[type]:
    """Every class and choice in a type, however deep, itself first."""
    if isinstance(kind, type) and get_origin(kind) is None and issubclass(kind, Enum) and kind is not Missing:
        yield kind
    elif attrs.has(kind):
        yield kind
        for hint in get_type_hints(kind, include_extras=True).values():
            yield from _classes_in(hint)
    for member in get_args(kind):
        if isinstance(member, type) or get_origin(member) is not None:
            yield from _classes_in(member)
