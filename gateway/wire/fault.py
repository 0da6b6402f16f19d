"""From cattrs' tree of errors to `details.fields`: the path of each wrong field, as the client wrote it, and why."""

from collections.abc import Iterator
from difflib import get_close_matches
from itertools import islice

from cattrs.errors import (
    AttributeValidationNote,
    BaseValidationError,
    ForbiddenExtraKeysError,
    IterableValidationNote,
)

from gateway.wire.field_name import wire_name, wire_names

MAX_FAULTS = 20
"""How many wrong fields one refusal names: 200 rooms with every field wrong must not make a reply of 100 KiB."""

MAX_NAME = 64
"""Unknown field names are given back cut to this length; no real one is longer."""


def faults(error: BaseValidationError) -> dict[str, str]:
    """The first `MAX_FAULTS` faults by path, such as `{"rooms[3].name": "is required"}`."""
    return dict(islice(_walk(error, ""), MAX_FAULTS))


def unknown_field(name: str, known: list[str]) -> str:
    """Why `name` is refused, with the known field that was probably meant."""
    near = get_close_matches(name[:MAX_NAME], known, n=1)
    return f'is not a field here; did you mean "{near[0]}"?' if near else "is not a field here"


def _walk(error: BaseException, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(error, BaseValidationError):
        for inner in error.exceptions:
            yield from _walk(inner, path + _step(inner, path))
    elif isinstance(error, ForbiddenExtraKeysError):
        known = list(wire_names(error.cl).values())
        for name in sorted(error.extra_fields):
            yield _join(path, name[:MAX_NAME]), unknown_field(name, known)
    elif isinstance(error, KeyError):
        yield path, "is required"
    else:
        yield path, str(error)


def _step(error: BaseException, path: str) -> str:
    """The piece of path that leads from `path` to `error`, from the note that cattrs left on it."""
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            return _join(path, wire_name(note.name))[len(path) :]
        if isinstance(note, IterableValidationNote):
            return f"[{note.index}]"
    return ""


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
