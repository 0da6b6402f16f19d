"""The servers that can be put under the same load: Breakout, and those it is compared with.

    floor        sends ready-made frames from a plain loop over raw sockets: what the machine can do at all
    websockets   the Python package of that name, with its `broadcast`
    socketio     Socket.IO on Node; sends the whole roster at every join, as many apps do

The peers store nothing. Breakout stores every join and every message before it answers.
"""

import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import field, frozen

from bench.knobs import Knobs
from bench.node import socketio_command
from bench.process import ANYWHERE, Place
from bench.remote import Remote
from bench.staff import Staff
from bench.target import Server, start_breakout, start_process
from bench.token import staff_token

ROOMS_PER_COMMAND = 50
TIMER_SECONDS = 12 * 3600
PEERS = ("floor", "websockets", "socketio")

STAGE_SETTINGS = {"commands_per_second": 10_000, "command_burst": 10_000}
"""The organizer of a scenario starts a thousand timers at once, which no person does."""

Rooms = list[tuple[str, str]]


@frozen(eq=False)
class Contender:
    """A running server and its rooms.

    Attributes:
        dialect: What its clients speak.
        rooms: (session id, room id) of each.
    """

    name: str
    server: Server
    dialect: str
    rooms: Rooms

    def start_ticks(self, beats: int) -> None:
        """Have every room tick `beats` times a second from now on."""
        if self.name != "breakout":
            self.server.ask(f"tick {1000 // beats}")
            return
        for session_id in _sessions(self.rooms):
            staff = self.staff(session_id)
            for room_id in (room for session, room in self.rooms if session == session_id):
                staff.ask("breakout.timer.start", roomId=room_id, durationSeconds=TIMER_SECONDS)
            staff.close()

    def staff(self, session_id: str) -> Staff:
        """A new connection of the organizer."""
        return Staff(self.server.address, session_id, staff_token(self.server.key))


@frozen
class Launch:
    """How to start contenders, and where. Attributes: options: Of `bench.served`, for Breakout."""

    directory: Path
    place: Place = ANYWHERE
    remote: Remote | None = None
    options: dict[str, Any] = field(factory=dict)

    def start(self, name: str, knobs: Knobs) -> Contender:
        """Start a server with its rooms. Raises: TargetFailed, NodeMissing."""
        if name == "breakout":
            return self._breakout(knobs)
        names = [(f"s{n % knobs.sessions}", f"room-{n:016x}") for n in range(knobs.rooms)]
        dialect = "socketio" if name == "socketio" else "plain"
        return Contender(name, start_process(_peer_command(name, self.directory), place=self.place), dialect, names)

    def _breakout(self, knobs: Knobs) -> Contender:
        if self.remote is not None:
            return self._with_rooms(Contender("breakout", self.remote, "breakout", []), knobs)
        options = {"beat_ms": 1000 // knobs.beats, **self.options}
        settings = {**STAGE_SETTINGS, "max_open_rooms": max(200, knobs.rooms), **options.pop("settings", {})}
        db = self.directory / f"bench-{secrets.token_hex(4)}.db"
        server = start_breakout(db, place=self.place, settings=settings, **options)
        return self._with_rooms(Contender("breakout", server, "breakout", []), knobs)

    @staticmethod
    def _with_rooms(contender: Contender, knobs: Knobs) -> Contender:
        try:
            contender.rooms.extend(make_rooms(contender, knobs))
        except BaseException:
            contender.server.stop()
            raise
        return contender


def make_rooms(contender: Contender, knobs: Knobs) -> Rooms:
    """Create the rooms: room n is in session n modulo `sessions`."""
    of_session: list[list[str]] = []
    for session in range(knobs.sessions):
        staff = contender.staff(f"s{session}")
        of_session.append(_create(staff, len(range(session, knobs.rooms, knobs.sessions)), knobs.per_room))
        staff.close()
    return [(f"s{n % knobs.sessions}", of_session[n % knobs.sessions][n // knobs.sessions]) for n in range(knobs.rooms)]


def _create(staff: Staff, count: int, per_room: int) -> list[str]:
    made: list[str] = []
    while len(made) < count:
        some = min(ROOMS_PER_COMMAND, count - len(made))
        specs = [{"name": f"Room {len(made) + n}", "maxParticipants": max(1, min(1000, per_room))} for n in range(some)]
        made += [room["id"] for room in staff.ask("breakout.rooms.create", rooms=specs)["rooms"]]
    return made


def _sessions(rooms: Rooms) -> Sequence[str]:
    return list(dict.fromkeys(session for session, _ in rooms))


def _peer_command(name: str, directory: Path) -> list[str]:
    if name == "socketio":
        return socketio_command(directory)
    return [sys.executable, "-m", f"bench.peers.{name}_peer"]
