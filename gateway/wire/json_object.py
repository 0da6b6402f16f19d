"""One JSON object from text, strictly: no duplicate keys, nothing nested deeper than any command could need."""

import json
from typing import Any

import orjson

from breakout.errors import Malformed

MAX_DEPTH = 16
"""How deep objects and lists may be nested; the deepest command needs 5."""


def read_object(text: str) -> dict[str, Any]:
    """The object that `text` is.

    orjson takes the last of two equal keys without a word. Each key has a colon behind it, so as many colons as keys
    mean that no key was dropped; only when there are more (a colon inside a string, or a duplicate) is the text read
    again, by a parser that shows every key.

    Raises:
        Malformed: Not JSON, not an object, a key twice, nested too deeply, or a number beyond a double's range.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"the frame is not JSON: {error}") from None
    if type(value) is not dict:
        raise Malformed("a frame is one JSON object")
    if _count_keys(value) != text.count(":"):
        _refuse_duplicates(text)
    return value


def _count_keys(value: dict[str, Any]) -> int:
    count = 0
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for container in level:
            if type(container) is dict:
                count += len(container)
                below += [inner for inner in container.values() if type(inner) in {dict, list}]
            else:
                below += [inner for inner in container if type(inner) in {dict, list}]
        if not below:
            return count
        level = below
    raise Malformed(f"the frame is nested deeper than {MAX_DEPTH} levels")


def _refuse_duplicates(text: str) -> None:
    try:
        _SHOWING_KEYS.decode(text)
    except (RecursionError, ValueError):
        # Reached only inside a value that a later duplicate of its key replaced.
        raise Malformed("the frame has a key twice") from None


def _refuse_twins(pairs: list[tuple[str, Any]]) -> None:
    seen = set()
    for name, _ in pairs:
        if name in seen:
            raise Malformed(f'the frame has the key "{name[:64]}" twice')
        seen.add(name)


_SHOWING_KEYS = json.JSONDecoder(object_pairs_hook=_refuse_twins)
