"""Journal entries as operators see them: what happened, by whom, and nothing that people wrote."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import attrs

from breakout import room_events as ev
from breakout.identity import User
from breakout.ports import StoredEntry
from breakout.session import OperatorActed
from gateway.wire.field_name import wire_names


def entry_view(entry: StoredEntry) -> dict[str, Any]:
    """One entry, ready for JSON; names in camelCase."""
    return {
        "position": entry.position,
        "at": entry.at,
        "changeId": entry.change_id,
        "cause": entry.cause,
        "by": user_view(entry.by),
        "kind": type(entry.event).__name__,
        "data": _data(entry.event),
    }


def act_view(entry: StoredEntry) -> dict[str, Any]:
    """An entry of the audit trail."""
    assert isinstance(entry.event, OperatorActed)
    acted = {"action": entry.event.action, "target": entry.event.target, "outcome": "done"}
    return {"at": entry.at, "operator": user_view(entry.by), **acted}


def user_view(user: User | None) -> dict[str, str] | None:
    return None if user is None else {"id": user.id, "firstName": user.first_name, "lastName": user.last_name}


def _data(event: object) -> Any:
    match event:
        case ev.MessageSent(message):
            return {"messageId": message.id, "userId": message.user.id, "characters": len(message.text)}
        case ev.HelpRequested(request):
            return {"helpId": request.id, "userId": request.user.id}
        case ev.RoomCreated(room):
            return {"name": room.name}
        case _:
            return _plain(event)


def _plain(value: Any) -> Any:
    """Events are made for the journal, not for the wire: they hold sets, enums and tuples."""
    if attrs.has(type(value)):
        return {name: _plain(getattr(value, attribute)) for attribute, name in wire_names(type(value)).items()}
    match value:
        case Enum():
            return value.value
        case frozenset():
            return sorted(_plain(item) for item in value)
        case tuple():
            return [_plain(item) for item in value]
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case _:
            return value
