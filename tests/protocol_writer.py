"""Writes the contract's classes in the words of PROTOCOL.md: the rows of its tables as the code would have them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import attrs

from breakout.contract import objects, pushes, replies
from breakout.contract.commands import Missing
from breakout.contract.constraint import Items, Text, Whole
from breakout.contract.table import COMMANDS, PUSHES, CommandSpec
from gateway.wire.field_name import wire_name

UNITS = {"at": "instant", "seconds": "seconds", "minutes": "minutes", "ms": "milliseconds"}
"""What the last word of a whole number's name says of it."""


def number_kind(name: str) -> str:
    return UNITS.get(name.rsplit("_", 1)[-1], "integer")


def output_type(kind: Any, name: str = "") -> str:
    """The type of something that the server sends; `name` tells the unit of a number."""
    origin, members = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return output_type(members[0], name)
    if origin in {Union, UnionType}:
        return " or ".join("null" if member is NoneType else output_type(member, name) for member in members)
    if origin is not None and issubclass(origin, Mapping):
        return f"map to {output_type(members[1], name)}"
    if origin is not None and issubclass(origin, Sequence):
        return f"list of {output_type(members[0], name)}"
    if attrs.has(kind):
        return f"[{kind.__name__}](#{kind.__name__.lower()})"
    if issubclass(kind, Enum):
        return choices(kind)
    return {str: "string", bool: "boolean", int: number_kind(name)}[kind]


def choices(kind: type[Enum]) -> str:
    return " or ".join(f'`"{choice.value}"`' for choice in kind)


def output_rows(kind: type) -> list[tuple[str, ...]]:
    """Field and type of a class that the server sends."""
    hints = get_type_hints(kind, include_extras=True)
    return [
        (f"`{wire_name(field.name)}`{'?' if field.metadata.get('omit_none') else ''}", sent_type(hints[field.name], field))
        for field in attrs.fields(kind)
    ]


def sent_type(hint: Any, field: "attrs.Attribute[Any]") -> str:
    """A field that is left out while it is None is never null."""
    text = output_type(hint, field.name)
    return text.removesuffix(" or null") if field.metadata.get("omit_none") else text


def input_type(kind: Any) -> str:
    """What a command's field may be, with its limit."""
    members = get_args(kind)
    if get_origin(kind) in {Union, UnionType}:
        real = [input_type(member) for member in members if member not in {NoneType, Missing}]
        return " or ".join([*real, "null"] if NoneType in members else real)
    if get_origin(kind) is not Annotated:
        return "true or false" if kind is bool else choices(kind) if issubclass(kind, Enum) else output_type(kind)
    plain, limit = members
    match limit:
        case Text():
            notes = [", trimmed"] * limit.trim + [", lines allowed"] * limit.multiline
            return f"string, {limit.min_length}-{limit.max_length} characters{''.join(notes)}"
        case Whole():
            return f"whole number, {limit.minimum} to {limit.maximum}"
        case Items():
            return f"list of {limit.min_items}-{limit.max_items} {input_type(get_args(plain)[0])}"
    raise AssertionError(kind)


def default_of(field: "attrs.Attribute[Any]") -> str:
    if field.default is attrs.NOTHING:
        return "required"
    if isinstance(field.default, Missing):
        return "unchanged"
    value = field.default.value if isinstance(field.default, Enum) else field.default
    return f"`{json.dumps(value)}`"


def input_rows(kind: type) -> list[tuple[str, ...]]:
    """Field, value and default of a class that clients send."""
    hints = get_type_hints(kind, include_extras=True)
    return [(f"`{wire_name(f.name)}`", input_type(hints[f.name]), default_of(f)) for f in attrs.fields(kind)]


def short_type(kind: Any) -> str:
    """A type as the overview of replies shows it."""
    members = get_args(kind)
    if get_origin(kind) in {Union, UnionType}:
        return " or ".join("null" if member is NoneType else short_type(member) for member in members)
    if members:
        return f"[{short_type(members[0])}]"
    return kind.__name__ if attrs.has(kind) else {str: "string", int: "number", bool: "boolean"}[kind]


def reply_shape(kind: type) -> str:
    if kind.__module__ == objects.__name__:
        return f"[{kind.__name__}](#{kind.__name__.lower()})"
    hints = get_type_hints(kind)
    return "`{" + ", ".join(f"{wire_name(name)}: {short_type(hint)}" for name, hint in hints.items()) + "}`"


def summary_line(spec: CommandSpec) -> str:
    return f"Needs **{spec.needs.value}**. Replies {reply_shape(spec.reply)}."


def classes_in(kind: Any) -> Iterator[type]:
    """Every attrs class in a type, however deep."""
    if attrs.has(kind):
        yield kind
        for hint in get_type_hints(kind, include_extras=True).values():
            yield from classes_in(hint)
    for member in get_args(kind):
        if isinstance(member, type) or get_origin(member) is not None:
            yield from classes_in(member)


def object_classes() -> dict[str, tuple[type, bool]]:
    """Every object of the contract by name, and whether clients send it."""
    sent: set[type] = {kind for spec in COMMANDS for kind in classes_in(spec.command)} - {s.command for s in COMMANDS}
    sources = [*(spec.reply for spec in COMMANDS), *(spec.push for spec in PUSHES)]
    shown = {kind for source in sources for kind in classes_in(source)}
    plain = {kind for kind in shown if kind.__module__ not in {pushes.__name__, replies.__name__}}
    return {kind.__name__: (kind, kind in sent) for kind in sent | plain}
