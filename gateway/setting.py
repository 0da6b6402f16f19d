"""One setting: its default, its bounds and its reason, as a field of `settings.Settings`."""

from collections.abc import Callable, Iterable
from typing import Any

from attrs import Attribute, field

from gateway.start_refused import StartRefused

Check = Callable[[Any], str | None]
"""What is wrong with a value, as the end of a sentence that begins with the setting's name, or None."""


class SettingRefused(StartRefused):
    """A value is out of bounds.

    Attributes:
        name: Of the setting, so that whoever read the value can say where it came from.
        why: The end of the sentence.
    """

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name} {why}")
        self.name = name
        self.why = why


def setting(default: Any, help_text: str, *, check: Check | None = None, secret: bool = False) -> Any:
    """A field of `Settings`.

    Args:
        default: Used where no source names the setting; None is not checked.
        help_text: What it does and why the default is what it is, in words for an operator.
        check: Looks at values that are not None.
        secret: Left out of `repr`.
    """

    def validate(_instance: object, attribute: "Attribute[Any]", value: Any) -> None:
        why = check(value) if check is not None and value is not None else None
        if why is not None:
            raise SettingRefused(attribute.name, why)

    return field(default=default, validator=validate, repr=not secret, metadata={"help": help_text})


def whole(minimum: int, maximum: int) -> Check:
    """From `minimum` to `maximum`, both included."""

    def check(value: int) -> str | None:
        return None if minimum <= value <= maximum else f"must be from {minimum} to {maximum}, not {value}"

    return check


def not_empty(value: str) -> str | None:
    return None if value.strip() else "must not be empty"


def one_of(choices: Iterable[str]) -> Check:
    known = tuple(choices)

    def check(value: str) -> str | None:
        return None if value in known else f"must be one of {', '.join(known)}, not {value!r}"

    return check


def each(check_one: Check) -> Check:
    """Every item of a list; the first that is wrong is named."""

    def check(values: Iterable[str]) -> str | None:
        return next((why for why in map(check_one, values) if why is not None), None)

    return check
