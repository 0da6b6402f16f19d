"""The checks behind the constraints of `breakout.contract.constraint`: one value in, the same value or `WrongValue` out.

No check converts: `"5"` is not a number, `5` is not a string, `true` is not 1. Messages say what is allowed, with the
limit, because a client's developer reads them.
"""

import re
from collections.abc import Callable
from enum import Enum
from typing import Any

from breakout.contract.constraint import Items, Text, Whole

Check = Callable[[Any, Any], Any]
"""The value, and its declared type (which cattrs passes along); the checked value."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_CONTROL_BUT_LINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")

_KINDS = {
    str: "a string", bool: "a boolean", int: "a number", float: "a decimal number", list: "a list", dict: "an object",
    type(None): "null",
}


class WrongValue(ValueError):
    """A field's value is not allowed; the text completes a sentence that starts with the field's name."""


def kind_of(value: object) -> str:
    """What a client would call this JSON value, with its article."""
    return _KINDS[type(value)]


def text_check(limit: Text) -> Check:
    """A string within `limit`; its length counts Unicode code points, after trimming where that is asked."""
    forbidden = (_CONTROL_BUT_LINES if limit.multiline else _CONTROL).search

    def check(value: Any, _declared: Any) -> str:
        if type(value) is not str:
            raise WrongValue(f"must be a string, not {kind_of(value)}")
        text = value.strip() if limit.trim else value
        if not limit.min_length <= len(text) <= limit.max_length:
            raise WrongValue(f"must have {limit.min_length}-{limit.max_length} characters, not {len(text)}")
        if forbidden(text):
            raise WrongValue("must not contain control characters")
        return text

    return check


def whole_check(limit: Whole) -> Check:
    """A whole number within `limit`."""
    wanted = f"must be a whole number from {limit.minimum} to {limit.maximum}"

    def check(value: Any, _declared: Any) -> int:
        if type(value) is not int:
            raise WrongValue(f"{wanted}, not {kind_of(value)}")
        if not limit.minimum <= value <= limit.maximum:
            raise WrongValue(wanted)
        return value

    return check


def items_check(limit: Items, items: Check) -> Check:
    """A list whose length is within `limit`; `items` checks what is in it and makes the tuple."""

    def check(value: Any, declared: Any) -> Any:
        if type(value) is not list:
            raise WrongValue(f"must be a list, not {kind_of(value)}")
        if not limit.min_items <= len(value) <= limit.max_items:
            raise WrongValue(f"must have {limit.min_items}-{limit.max_items} items, not {len(value)}")
        return items(value, declared)

    return check


def object_check(fields: Check) -> Check:
    """A JSON object; `fields` checks what is in it."""

    def check(value: Any, declared: Any) -> Any:
        if type(value) is not dict:
            raise WrongValue(f"must be an object, not {kind_of(value)}")
        return fields(value, declared)

    return check


def choice_check(choices: type[Enum]) -> Check:
    """One of the values of an enumeration."""
    by_value = {choice.value: choice for choice in choices}
    wanted = "must be one of " + ", ".join(f'"{value}"' for value in by_value)

    def check(value: Any, _declared: Any) -> Enum:
        if type(value) is not str or value not in by_value:
            raise WrongValue(wanted)
        return by_value[value]

    return check


def flag_check(value: Any, _declared: Any) -> bool:
    """True or false."""
    if type(value) is not bool:
        raise WrongValue(f"must be true or false, not {kind_of(value)}")
    return value
