"""A session of 200 rooms and 1,600 people as its messages: what a busy server would send to an organizer."""

import json
from collections.abc import Iterator
from typing import Any

ROOMS = 200
PEOPLE_IN_A_ROOM = 8
NOW = 1_790_000_000_000

Message = dict[str, Any]


def person(number: int, **changes: Any) -> Message:
    return {
        "userId": f"user-{number}", "firstName": f"Person{number}", "lastName": "Example", "role": "PARTICIPANT",
        "joinedAt": NOW, "connected": True, "speaking": False, "speakingTimeSeconds": 0, **changes,
    }


def people_of(room: int) -> list[Message]:
    return [person(room * PEOPLE_IN_A_ROOM + seat) for seat in range(PEOPLE_IN_A_ROOM)]


def room(number: int, **changes: Any) -> Message:
    olga = {"id": "olga", "firstName": "Olga", "lastName": "Organizer"}
    return {
        "id": f"room-{number}", "sessionId": "crowd", "eventId": None, "name": f"Table {number + 1}", "topic": None,
        "maxParticipants": 8, "durationMinutes": 15, "autoAssign": False, "locked": False, "status": "WAITING",
        "createdAt": NOW + number, "startedAt": None, "endedAt": None, "creator": olga, "facilitator": olga,
        "participantCount": 0, "helpRequested": False, "timer": None, "revision": 1, **changes,
    }


def timer(seconds: int, now: int) -> Message:
    ends_at = (now // 1000 + seconds) * 1000
    return {
        "state": "running", "durationSeconds": seconds, "startedAt": now, "endsAt": ends_at, "remainingSeconds": seconds,
        "revision": 2,
    }


def snapshot(now: int, *, seated: bool) -> Message:
    """The first frame: everybody in rooms, or everybody in the main session."""
    rooms = [room(number, participantCount=PEOPLE_IN_A_ROOM if seated else 0) for number in range(ROOMS)]
    lobby = [
        {"userId": one["userId"], "firstName": one["firstName"], "lastName": one["lastName"], "connected": True, "staff": False}
        for number in range(ROOMS) for one in people_of(number) if not seated
    ]
    return {
        "sessionId": "crowd", "serverAt": now, "epoch": "e1", "seqs": {},
        "self": {
            "userId": "olga", "firstName": "Olga", "lastName": "Organizer", "roomId": None,
            "permissions": ["breakout:join", "breakout:manage"],
        },
        "rooms": rooms, "room": None,
        "participants": {one["id"]: people_of(number) if seated else [] for number, one in enumerate(rooms)},
        "lobby": lobby, "help": [], "recall": None,
        "settings": {"tickSeconds": 1, "heartbeatSeconds": 20, "warningSeconds": [300, 60], "seatHoldSeconds": 120},
    }


class Script:
    """Numbers the pushes of every topic as the server does."""

    def __init__(self) -> None:
        self._seqs: dict[str, int] = {}

    def push(self, event: str, topic: str, data: Message, now: int) -> str:
        self._seqs[topic] = seq = self._seqs.get(topic, 0) + 1
        return json.dumps({"event": f"breakout.{event}", "topic": topic, "seq": seq, "sentAt": now, "data": data})

    def everybody_sits_down(self, now: int) -> Iterator[str]:
        """As after an assignment of all at once."""
        for number in range(ROOMS):
            data = {
                "roomId": f"room-{number}", "joined": people_of(number), "left": [], "changed": [],
                "participantCount": PEOPLE_IN_A_ROOM, "revision": 2,
            }
            yield self.push("participants.update", f"room:room-{number}", data, now)
        gone = [one["userId"] for number in range(ROOMS) for one in people_of(number)]
        yield self.push("lobby.update", "staff", {"joined": [], "left": gone}, now)

    def every_timer_starts(self, now: int) -> Iterator[str]:
        for number in range(ROOMS):
            data = {"roomId": f"room-{number}", "timer": timer(900, now), "status": "ACTIVE"}
            yield self.push("timer.updated", f"room:room-{number}", data, now)
        running = {"participantCount": PEOPLE_IN_A_ROOM, "status": "ACTIVE", "timer": timer(900, now), "revision": 3}
        rooms = [room(number, **running) for number in range(ROOMS)]
        yield self.push("rooms.updated", "session", {"rooms": rooms}, now)

    def murmur(self, now: int, turn: int) -> Iterator[str]:
        """What 50 ms of a lively session bring: in 20 rooms somebody starts or stops to speak, in some somebody drops out."""
        for step in range(20):
            number = (turn * 20 + step * 7) % ROOMS
            seat = number * PEOPLE_IN_A_ROOM + turn % PEOPLE_IN_A_ROOM
            changed = [person(seat, speaking=turn % 2 == 0, connected=step % 5 != 0)]
            data = {
                "roomId": f"room-{number}", "joined": [], "left": [], "changed": changed,
                "participantCount": PEOPLE_IN_A_ROOM, "revision": 3,
            }
            yield self.push("participants.update", f"room:room-{number}", data, now)
