"""How clients talk to each kind of server under load: the handshake, the way into a room, a chat message, a reply.

    Breakout    the product's protocol, with a token
    Plain       the same without a token: what the peers in `bench.peers` speak
    SocketIo    the same events in Engine.IO packets

Every delivery has the same JSON of nearly the same length, so that no server is given less to carry.
"""

import json
from collections.abc import Mapping
from typing import Protocol

from bench.client import Client, Entry, LoadFailed
from bench.token import attendee_token
from bench.wire import upgrade_request

REPLY = b'{"event":"reply","id":"'
JOIN_ID = "join"

JOIN = "join"
"""Connect and take a seat."""

RETURN = "return"
"""Connect and find the seat that one had; where a server holds none, take one."""

CONNECT = "connect"
"""No more than that."""


class EntryRefused(LoadFailed):
    """The server did not let a client in, or not where it was to be."""


class Dialect(Protocol):
    """See the module's text. A room is given as (session id, room id)."""

    def head(self, number: int, room: tuple[str, str]) -> bytes:
        """The handshake of client `number`, for `room`."""
        ...

    def enter(self, client: Client, room: tuple[str, str], how: str) -> Entry:
        """What a client does until it is in; see `JOIN` and those after it."""
        ...

    def chat(self, ident: str, text: str, key: str | None = None) -> bytes:
        """A chat message to one's own room, to be answered under `ident`."""
        ...

    def reply_id(self, payload: bytes) -> str | None:
        """Whose reply this is; None when it is none."""
        ...

    def succeeded(self, payload: bytes) -> bool:
        """Whether this reply, as `reply_id` knew it, reports a success."""
        ...

    def refusal(self, payload: bytes) -> str:
        """The code of a reply that reports no success."""
        ...

    def pong(self, payload: bytes) -> bytes | None:
        """The answer to a text that is this protocol's own ping."""
        ...


class BreakoutDialect:
    """Breakout's own protocol. Args: key: Of the server's tokens. tokens: By client; what is not there is signed with the key."""

    def __init__(self, host: str, key: bytes = b"", tokens: Mapping[int, str] | None = None) -> None:
        self._host = host
        self._key = key
        self._tokens = dict(tokens or {})

    def head(self, number: int, room: tuple[str, str]) -> bytes:
        token = self._tokens.get(number) or self._tokens.setdefault(number, attendee_token(self._key, number))
        return upgrade_request(self._host, f"/ws/{room[0]}", "breakout.v1", token)

    def enter(self, client: Client, room: tuple[str, str], how: str) -> Entry:
        state = yield
        if not state.startswith(b'{"event":"breakout.session.state"'):
            raise EntryRefused(f"first frame: {state[:200]!r}")
        if how == RETURN and b'"roomId":"%b"' % room[1].encode() not in state:
            raise EntryRefused(f"person {client.number} came back and had no seat any more")
        if how == JOIN:
            client.send_text(command("breakout.room.join", JOIN_ID, roomId=room[1]))
            yield from _reply(self)

    def chat(self, ident: str, text: str, key: str | None = None) -> bytes:
        return command("breakout.chat.send", ident, key, text=text)

    def reply_id(self, payload: bytes) -> str | None:
        if not payload.startswith(REPLY):
            return None
        return payload[len(REPLY) : payload.index(b'"', len(REPLY))].decode("ascii")

    def succeeded(self, payload: bytes) -> bool:
        return b'"success":true' in payload[:120]

    def refusal(self, payload: bytes) -> str:
        code: str = json.loads(payload)["error"]["code"]
        return code

    def pong(self, payload: bytes) -> bytes | None:
        return None


class PlainDialect(BreakoutDialect):
    """What `bench.peers` speak: the same, without a token and without seats that are held."""

    def enter(self, client: Client, room: tuple[str, str], how: str) -> Entry:
        return super().enter(client, room, JOIN if how == RETURN else how)

    def head(self, number: int, room: tuple[str, str]) -> bytes:
        return upgrade_request(self._host, f"/ws/{room[0]}", "breakout.v1")


class SocketIoDialect:
    """Engine.IO 4 over WebSocket only, default namespace."""

    def __init__(self, host: str) -> None:
        self._host = host

    def head(self, number: int, room: tuple[str, str]) -> bytes:
        return upgrade_request(self._host, "/socket.io/?EIO=4&transport=websocket")

    def enter(self, client: Client, room: tuple[str, str], how: str) -> Entry:
        opened = yield
        if not opened.startswith(b"0"):
            raise EntryRefused(f"first packet: {opened[:200]!r}")
        client.send_text(b"40")
        while not (yield).startswith(b"40"):
            pass
        if how != CONNECT:
            person = {"userId": f"p{client.number}", "firstName": f"Given{client.number}", "lastName": "Family"}
            client.send_text(b'420["join",' + _json({"roomId": room[1], "user": person}) + b"]")
            yield from _reply(self)

    def chat(self, ident: str, text: str, key: str | None = None) -> bytes:
        return b"42" + ident.encode() + b'["chat",' + _json({"text": text}) + b"]"

    def reply_id(self, payload: bytes) -> str | None:
        if not payload.startswith(b"43"):
            return None
        return payload[2 : payload.index(b"[")].decode("ascii")

    def succeeded(self, payload: bytes) -> bool:
        return True

    def refusal(self, payload: bytes) -> str:
        return ""

    def pong(self, payload: bytes) -> bytes | None:
        return b"3" if payload == b"2" else None


def make_dialect(kind: str, host: str, key: bytes, tokens: Mapping[int, str] | None = None) -> Dialect:
    """The dialect of a kind of server."""
    if kind == "socketio":
        return SocketIoDialect(host)
    return PlainDialect(host) if kind == "plain" else BreakoutDialect(host, key, tokens)


def command(event: str, ident: str, key: str | None = None, **data: object) -> bytes:
    envelope: dict[str, object] = {"event": event, "id": ident, "data": data}
    if key is not None:
        envelope["idempotencyKey"] = key
    return _json(envelope)


def _reply(dialect: Dialect) -> Entry:
    while True:
        payload = yield
        if dialect.reply_id(payload) is None:
            continue
        if not dialect.succeeded(payload):
            raise EntryRefused(f"the join was refused: {payload[:300]!r}")
        return


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
