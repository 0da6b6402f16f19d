"""The protocol as an AsyncAPI 3 document, from the server's side: it receives commands, replies, and sends pushes."""

from collections.abc import Iterator
from typing import Any

import attrs

from breakout.contract.commands import CommandEnvelope
from breakout.contract.table import COMMANDS, PUSHES, CommandSpec, Needs, PushSpec
from breakout.errors import REFUSALS
from gateway.schema.json_schema import REFERENCE, Schema, schemas
from gateway.schema.words import UNSAID, Words, of_class
from gateway.wire.field_name import wire_name

VERSION = "1.0.0"
"""Of the protocol `breakout.v1`: the second number grows with every addition, the first would be `breakout.v2`."""

NEEDS = {
    Needs.NOTHING: "Open to every connection.",
    Needs.JOIN: "Needs `breakout:join`.",
    Needs.MANAGE: "Needs `breakout:manage`.",
    Needs.FACILITATOR: "Needs being the facilitator of the room, or `breakout:manage`.",
}
ID: Schema = {"type": "string", "minLength": 1, "maxLength": 64}
INSTANT: Schema = {"type": "integer", "description": "milliseconds since the Unix epoch, on the server's clock"}
CHANNEL = "#/channels/session"


def document(words: dict[str, Words]) -> dict[str, Any]:
    """The document, ready for JSON."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "breakout.v1",
            "version": VERSION,
            "description": "Breakout rooms for virtual sessions: JSON text frames over one WebSocket per device.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": {"development": _server()},
        "channels": {"session": _channel()},
        "operations": dict(_operations(words)),
        "components": {
            "messages": dict(_messages(words)),
            "schemas": {name: _described(name, schema, words) for name, schema in schemas().items()},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _server() -> dict[str, Any]:
    return {
        "host": "127.0.0.1:8765",
        "protocol": "ws",
        "description": "`breakout serve --dev`. Browsers offer `bearer.<jwt>` as a second subprotocol.",
        "security": [{"$ref": "#/components/securitySchemes/bearer"}],
    }


def _channel() -> dict[str, Any]:
    protocols = {"type": "string", "const": "breakout.v1"}
    return {
        "address": "/ws/{sessionId}",
        "description": "One device of one user in one virtual session. The first frame is `breakout.session.state`.",
        "parameters": {"sessionId": {"description": "1-64 characters, percent-encoded where needed"}},
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in _message_names()},
        "bindings": {
            "ws": {"method": "GET", "headers": {"type": "object", "properties": {"Sec-WebSocket-Protocol": protocols}}}
        },
    }


def _message_names() -> Iterator[str]:
    for spec in COMMANDS:
        yield spec.event
        yield _reply_name(spec)
    yield "refusal"
    for push in PUSHES:
        yield push.event


def _reply_name(spec: CommandSpec) -> str:
    return f"{spec.event}.reply"


def _in_channel(name: str) -> dict[str, str]:
    return {"$ref": f"{CHANNEL}/messages/{name}"}


def _operations(words: dict[str, Words]) -> Iterator[tuple[str, dict[str, Any]]]:
    for spec in COMMANDS:
        yield spec.event, {
            "action": "receive",
            "channel": {"$ref": CHANNEL},
            "summary": _summary(words, spec.event),
            "description": NEEDS[spec.needs],
            "messages": [_in_channel(spec.event)],
            "reply": {"channel": {"$ref": CHANNEL}, "messages": [_in_channel(_reply_name(spec)), _in_channel("refusal")]},
        }
    for push in PUSHES:
        yield push.event, {
            "action": "send",
            "channel": {"$ref": CHANNEL},
            "summary": _summary(words, push.event),
            "description": f"To: {push.to}.",
            "messages": [_in_channel(push.event)],
        }


def _messages(words: dict[str, Words]) -> Iterator[tuple[str, dict[str, Any]]]:
    for spec in COMMANDS:
        yield spec.event, _message(spec.event, _summary(words, spec.event), _command(spec))
        yield _reply_name(spec), _message(_reply_name(spec), f"Success of {spec.event}.", _reply(spec))
    yield "refusal", _message("refusal", "A command was refused.", _refusal())
    for push in PUSHES:
        yield push.event, _message(push.event, _summary(words, push.event), _push(push))


def _message(name: str, summary: str, payload: Schema) -> dict[str, Any]:
    return {"name": name, "title": name, "summary": summary, "payload": payload}


def _command(spec: CommandSpec) -> Schema:
    given: dict[str, Schema] = {
        "event": {"const": spec.event},
        "id": ID,
        "data": {"$ref": REFERENCE + spec.command.__name__},
        "idempotency_key": ID,
    }
    fields = {wire_name(field.name): given[field.name] for field in attrs.fields(CommandEnvelope)}
    return _frame(fields, required=["event"], closed=True)


def _reply(spec: CommandSpec) -> Schema:
    data = {"$ref": REFERENCE + spec.reply.__name__}
    fields: dict[str, Schema] = {"event": {"const": "reply"}, "id": ID, "success": {"const": True}, "data": data}
    return _frame(fields, required=list(fields))


def _refusal() -> Schema:
    error: dict[str, Schema] = {
        "code": {"type": "string", "enum": list(REFUSALS)},
        "message": {"type": "string", "description": "a sentence for a person; it may change"},
        "details": {"type": "object"},
    }
    fields: dict[str, Schema] = {
        "event": {"const": "reply"},
        "id": {"anyOf": [ID, {"type": "null"}]},
        "success": {"const": False},
        "error": _frame(error, required=list(error)),
    }
    return _frame(fields, required=list(fields))


def _push(spec: PushSpec) -> Schema:
    topic = {"type": "string", "description": "`session`, `staff`, `you` or `room:<roomId>`"}
    seq = {"type": "integer", "minimum": 1, "description": "counts up by one per topic"}
    data = {"$ref": REFERENCE + spec.push.__name__}
    fields: dict[str, Schema] = {"event": {"const": spec.event}, "topic": topic, "seq": seq, "sentAt": INSTANT, "data": data}
    return _frame(fields, required=["event", "data"])


def _frame(properties: dict[str, Schema], *, required: list[str], closed: bool = False) -> Schema:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": not closed}


def _described(name: str, schema: Schema, words: dict[str, Words]) -> Schema:
    """The schema with what PROTOCOL.md says of it and of its fields; nothing is said beside a `$ref`, where it would not count."""
    said = of_class(words, name)
    properties = {
        field: of_field if "$ref" in of_field or field not in said.fields else of_field | {"description": said.fields[field]}
        for field, of_field in schema.get("properties", {}).items()
    }
    described = schema | ({"properties": properties} if properties else {})
    return described | ({"description": said.summary} if said.summary else {})


def _summary(words: dict[str, Words], event: str) -> str:
    return words.get(event, UNSAID).summary
