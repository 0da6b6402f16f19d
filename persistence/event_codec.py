"""Events and states to and from JSON text.

An event is stored under its class name; a field is never renamed once released, only added with a default: an event
written before the field existed is read with that default, and fields this program does not know are ignored.
"""

from collections.abc import Callable
from typing import Any, get_args

import orjson
from attrs import evolve
from cattrs.preconf.orjson import make_converter

from breakout.identity import User
from breakout.room import RoomState
from breakout.room_events import RoomEvent
from breakout.session import SessionEvent, SessionState
from persistence.refusal import Unstorable

ROOM_EVENTS: dict[str, Any] = {kind.__name__: kind for kind in get_args(RoomEvent)}
SESSION_EVENTS: dict[str, Any] = {kind.__name__: kind for kind in get_args(SessionEvent)}

_converter = make_converter(detailed_validation=False)
_hooks: dict[type, Callable[[Any], Any]] = {}
"""How a class becomes JSON's types: to ask the converter every time costs as much as the fields."""


def encode_event(event: RoomEvent | SessionEvent) -> tuple[str, str]:
    """The event's kind and its JSON.

    Raises:
        Unstorable: It holds a lone surrogate, a number beyond 53 bits or a value of a wrong type.
    """
    return type(event).__name__, _dump(event)


def decode_room_event(kind: str, payload: str) -> RoomEvent:
    """The room event stored as `kind` and `payload`; KeyError when there is no such kind."""
    event: RoomEvent = _converter.structure(orjson.loads(payload), ROOM_EVENTS[kind])
    return event


def decode_session_event(kind: str, payload: str) -> SessionEvent:
    """The session event stored as `kind` and `payload`; KeyError when there is no such kind."""
    event: SessionEvent = _converter.structure(orjson.loads(payload), SESSION_EVENTS[kind])
    return event


def encode_room(state: RoomState) -> str:
    """The room without its messages, which have their own table."""
    return _dump(evolve(state, messages=()))


def decode_room(text: str) -> RoomState:
    return _converter.structure(orjson.loads(text), RoomState)


def encode_session(state: SessionState) -> str:
    return _dump(state)


def decode_session(text: str) -> SessionState:
    return _converter.structure(orjson.loads(text), SessionState)


def encode_user(user: User | None) -> str | None:
    return None if user is None else _dump(user)


def decode_user(text: str | None) -> User | None:
    return None if text is None else _converter.structure(orjson.loads(text), User)


def check_storable(*values: object) -> None:
    """Raise `Unstorable` for texts and numbers that a column could not take."""
    _text(values)


def _dump(value: object) -> str:
    hook = _hooks.get(type(value))
    if hook is None:
        hook = _hooks[type(value)] = _converter.get_unstructure_hook(type(value))
    return _text(hook(value))


def _text(value: object) -> str:
    try:
        # Past 53 bits JSON readers disagree, and from 2**63 on SQLite fails the whole batch.
        return orjson.dumps(value, option=orjson.OPT_STRICT_INTEGER).decode()
    except TypeError as error:  # orjson.JSONEncodeError is one
        raise Unstorable(f"{type(value).__name__}: {error}") from error
