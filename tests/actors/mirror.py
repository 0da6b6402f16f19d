"""A client that keeps its own picture of the session: the first state, and every push applied to it.

It also checks what the protocol promises of `seq`: within an epoch each topic counts up by one, without a gap, for everybody who
stays on it. The picture must equal a fresh `session.get` at any time when nothing is pending.
"""

from collections.abc import Callable
from typing import Any

from tests.actors.harness import Client

VOLATILE = ("remainingSeconds",)
"""Depends on the instant at which it is looked at."""


class Mirror:
    """The picture that one connection has. Feed it with `catch_up` from the connection's frames."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._read = 0
        self._seqs: dict[str, int] = {}
        self.state: dict[str, Any] = {}
        self.epoch: str | None = None

    def catch_up(self) -> None:
        """Apply every frame that came since the last call."""
        frames = self._client.connection.sent
        for frame in frames[self._read :]:
            self._apply(frame)
        self._read = len(frames)

    def picture(self) -> dict[str, Any]:
        return comparable(self.state)

    def _apply(self, frame: dict[str, Any]) -> None:
        event = frame["event"].removeprefix("breakout.")
        if event == "session.state":
            self.state = {**frame["data"]}
            self._seqs = dict(frame["data"]["seqs"])
            self.epoch = frame["data"]["epoch"]
            return
        if event == "reply" or event in IGNORED:
            return
        self._count(frame)
        APPLY[event](self, frame["data"])

    def _count(self, frame: dict[str, Any]) -> None:
        topic, seq = frame["topic"], frame["seq"]
        expected = self._seqs.get(topic, 0 if self.staff or topic == "you" else seq - 1) + 1
        assert seq == expected, f"{frame['event']} on {topic} has seq {seq}, not {expected}"
        self._seqs[topic] = seq

    @property
    def staff(self) -> bool:
        return self.state.get("participants") is not None

    def _room(self, room_id: str) -> dict[str, Any] | None:
        return next((room for room in self.state["rooms"] if room["id"] == room_id), None)

    def show_room(self, room: dict[str, Any]) -> None:
        others = [known for known in self.state["rooms"] if known["id"] != room["id"]]
        self.state["rooms"] = others if room["status"] == "CLOSED" else [*others, room]
        if self.staff and room["status"] == "CLOSED":
            self.state["participants"].pop(room["id"], None)
        elif self.staff:
            self.state["participants"].setdefault(room["id"], [])
        inside = self.state["room"]
        if inside is not None and inside["room"]["id"] == room["id"]:
            self.state["room"] = {**inside, "room": room, "timer": room["timer"]}

    def created(self, data: dict[str, Any]) -> None:
        self.show_room(data["room"])

    def updated(self, data: dict[str, Any]) -> None:
        for room in data["rooms"]:
            self.show_room(room)

    def closed(self, data: dict[str, Any]) -> None:
        self.state["rooms"] = [room for room in self.state["rooms"] if room["id"] != data["roomId"]]
        if self.staff:
            self.state["participants"].pop(data["roomId"], None)

    def participants(self, data: dict[str, Any]) -> None:
        room_id = data["roomId"]
        if self.staff:  # a room that was reopened shows its people before its card
            self.state["participants"][room_id] = _patched(self.state["participants"].get(room_id, []), data)
        inside = self.state["room"]
        if inside is not None and inside["room"]["id"] == room_id:
            self.state["room"] = {**inside, "participants": _patched(inside["participants"], data)}

    def lobby(self, data: dict[str, Any]) -> None:
        self.state["lobby"] = _patched(self.state["lobby"], data)

    def seated(self, data: dict[str, Any]) -> None:
        former = self.state["self"]["roomId"]
        if former != data["roomId"] and not self.staff:
            self._seqs.pop(f"room:{former}", None)
        self.state["self"] = {**self.state["self"], "roomId": data["roomId"]}
        self.state["room"] = data["room"]

    def timer(self, data: dict[str, Any]) -> None:
        room = self._room(data["roomId"])
        if room is not None:
            self.show_room({**room, "timer": data["timer"], "status": data["status"]})

    def chat(self, data: dict[str, Any]) -> None:
        inside = self.state["room"]
        message = data["message"]
        if inside is not None and inside["room"]["id"] == message["roomId"]:
            kept = [known for known in inside["messages"] if known["id"] != message["id"]]
            self.state["room"] = {**inside, "messages": [*kept, message][-100:]}

    def help(self, data: dict[str, Any]) -> None:
        if self.staff:
            self.state["help"] = data["help"]

    def nothing(self, data: dict[str, Any]) -> None:
        """Seen, counted, and without an effect on the picture."""


IGNORED = ("timer.tick",)

APPLY: dict[str, Callable[[Mirror, dict[str, Any]], None]] = {
    "room.created": Mirror.created,
    "rooms.updated": Mirror.updated,
    "room.closed": Mirror.closed,
    "participants.update": Mirror.participants,
    "lobby.update": Mirror.lobby,
    "participant.seated": Mirror.seated,
    "timer.updated": Mirror.timer,
    "timer.warning": Mirror.nothing,
    "chat.message": Mirror.chat,
    "help.updated": Mirror.help,
    "time.requested": Mirror.nothing,
    "recalled": Mirror.nothing,
    "recall.progress": Mirror.nothing,
    "room.unavailable": Mirror.nothing,
    "room.restored": Mirror.nothing,
}


def _patched(people: list[dict[str, Any]], diff: dict[str, Any]) -> list[dict[str, Any]]:
    """A list of people after a difference; applying one that it contains changes nothing."""
    known = {person["userId"]: person for person in people if person["userId"] not in diff["left"]}
    for person in (*diff["joined"], *diff.get("changed", ())):
        known[person["userId"]] = person
    return list(known.values())


def comparable(state: dict[str, Any]) -> dict[str, Any]:
    """What must be equal in two pictures taken at different instants: lists of people by id, rooms by id, no running seconds."""
    participants = state.get("participants")
    return {
        "self": state["self"],
        "rooms": _by("id", state["rooms"]),
        "room": None if state["room"] is None else _inside(state["room"]),
        "participants": None if participants is None else {i: _by("userId", people) for i, people in participants.items()},
        "lobby": None if state.get("lobby") is None else _by("userId", state["lobby"]),
        "help": state.get("help"),
    }


def _inside(room: dict[str, Any]) -> Any:
    return {
        "room": _settled(room["room"]),
        "participants": _by("userId", room["participants"]),
        "messages": room["messages"],
        "timer": _settled(room["timer"]),
    }


def _by(key: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    return {item[key]: _settled(item) for item in items}


def _settled(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _settled(inner) for name, inner in value.items() if name not in VOLATILE}
    return value


def differences(mine: Any, fresh: Any, path: str = "") -> list[str]:
    """Where two pictures differ, one line each; empty when they are equal."""
    if isinstance(mine, dict) and isinstance(fresh, dict):
        keys = sorted({*mine, *fresh}, key=str)
        return [line for key in keys for line in differences(mine.get(key), fresh.get(key), f"{path}/{key}")]
    return [] if mine == fresh else [f"{path}: {mine} here, {fresh} there"]
