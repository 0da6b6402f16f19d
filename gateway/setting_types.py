"""How a value of a settings source becomes the type that the setting has: nothing is guessed, nothing is coerced.

Failures are `ValueError`s that say what the value must be; they name types and never the value, which may be a secret.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from cattrs import Converter

Strings = tuple[str, ...]

_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,15}")
_TRUTHS: Final = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_WORDS: Final[dict[type, str]] = {
    bool: "true or false", int: "a whole number", float: "a fraction", str: "a string", list: "a list", dict: "a table",
}


def typed() -> Converter:
    """For sources that have types themselves: TOML and the command line."""
    return _converter(
        {
            bool: lambda value: _exactly(value, bool),
            int: lambda value: _exactly(value, int),
            str: lambda value: _exactly(value, str),
            Path: lambda value: value if isinstance(value, Path) else _path(_exactly(value, str)),
            Strings: lambda value: tuple(_exactly(item, str) for item in _exactly(value, list)),
        }
    )


def textual() -> Converter:
    """For the environment, which has only text. Lists are separated by commas."""
    return _converter(
        {
            bool: _truth,
            int: _whole_number,
            str: str,
            Path: _path,
            Strings: lambda text: tuple(item.strip() for item in text.split(",") if item.strip()),
        }
    )


def _converter(hooks: dict[Any, Callable[[Any], object]]) -> Converter:
    converter = Converter(detailed_validation=False)
    for kind, hook in hooks.items():
        _register(converter, kind, hook)
    return converter


def _register(converter: Converter, kind: object, hook: Callable[[Any], object]) -> None:
    if isinstance(kind, type):
        converter.register_structure_hook(kind, lambda value, _wanted: hook(value))
    else:  # a generic such as tuple[str, ...] is no class to dispatch on
        converter.register_structure_hook_func(lambda wanted: wanted == kind, lambda value, _wanted: hook(value))


def _exactly(value: Any, kind: type) -> Any:
    if type(value) is not kind:  # a bool is no number here, although Python thinks so
        raise ValueError(f"{_WORDS[kind]}, not {_WORDS.get(type(value), type(value).__name__)}")
    return value


def _truth(text: str) -> bool:
    try:
        return _TRUTHS[text.strip().lower()]
    except KeyError:
        raise ValueError("true or false") from None


def _whole_number(text: str) -> int:
    if _WHOLE.fullmatch(text.strip()) is None:
        raise ValueError("a whole number")
    return int(text)


def _path(text: str) -> Path:
    if not text.strip() or "\0" in text:
        raise ValueError("a path")
    return Path(text)
