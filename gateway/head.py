"""The head of a request, and what is refused before anybody looks at what it asks for."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import unquote

from attrs import field, frozen

Headers = tuple[tuple[bytes, bytes], ...]

_ABSOLUTE_FORM: Final = re.compile(rb"(?i:https?)://[^/?#]*")


class RequestRefused(Exception):
    """The request gets an error response and its connection is closed.

    Attributes:
        status: Of the response.
        message: One sentence for the person who reads it.
        headers: Sent besides, such as Retry-After.
    """

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.message = message
        self.headers = dict(headers or {})


def _lowered(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    return tuple((name.lower(), value) for name, value in headers)


@frozen
class RequestHead:
    """A request without its body.

    Attributes:
        method: As sent, upper case by convention.
        target: The request target as sent, percent-encoded. It may carry secrets: never log it.
        http_version: "1.0" or "1.1".
        headers: In order, names in lower case.
        path: Decoded, always beginning with "/".
        query: Percent-encoded, without the "?".
    """

    method: str
    target: bytes
    http_version: str
    headers: Headers = field(converter=_lowered)
    path: str = field(init=False)
    raw_path: bytes = field(init=False)
    query: bytes = field(init=False)
    _values: dict[bytes, list[bytes]] = field(init=False, factory=dict, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        """Split and decode the target.

        Raises:
            RequestRefused: 400, the target is not a path: no leading "/", a control character, or not UTF-8.
        """
        raw_path, _, query = _ABSOLUTE_FORM.sub(b"", self.target, count=1).partition(b"?")
        object.__setattr__(self, "raw_path", raw_path or b"/")
        object.__setattr__(self, "query", query)
        object.__setattr__(self, "path", _decoded_path(raw_path or b"/"))
        for name, value in self.headers:
            self._values.setdefault(name, []).append(value)

    def values(self, name: bytes) -> Sequence[bytes]:
        """Every value of the header `name` (lower case), in order."""
        return self._values.get(name, ())

    def value(self, name: bytes) -> bytes | None:
        """The first value of the header `name` (lower case)."""
        values = self._values.get(name)
        return values[0] if values else None

    def elements(self, name: bytes) -> list[bytes]:
        """The comma-separated elements of every header `name` (lower case), trimmed, empty ones left out."""
        pieces = b",".join(self.values(name)).split(b",")
        return [piece.strip() for piece in pieces if piece.strip()]


def _decoded_path(raw_path: bytes) -> str:
    try:
        path = unquote(raw_path.decode("ascii"), errors="strict")
    except UnicodeDecodeError:
        raise RequestRefused(400, "the path is not UTF-8") from None
    if not path.startswith("/"):
        raise RequestRefused(400, "the request target is not a path")
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in path):
        raise RequestRefused(400, "the path has a control character")
    return path
