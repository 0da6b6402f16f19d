"""The servers that can be put under the same load: Breakout, and those it is compared with.

    floor        sends ready-made frames from a plain loop over raw sockets: what the machine can do at all
    websockets   the Python package of that name, with its `broadcast`
    socketio     Socket.IO on Node; sends the whole roster at every join, as many apps do

The peers store nothing. Breakout stores every join and every message before it answers.
"""

import secrets
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import field, frozen

from bench.knobs import KnobRefused, Knobs
from bench.node import socketio_command
from bench.process import ANYWHERE, Place
from bench.remote import Remote
from bench.staff import Staff, StaffRefused
from bench.target import Server, start_breakout, start_process
from bench.workers import start_workers

ROOMS_PER_COMMAND = 50
LEAVE_TRIES, LEAVE_PAUSE_SECONDS = 10, 0.3
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
        sessions: Their ids.
        rooms: (session id, room id) of each.
        made: Every room that this run made; no other one is ever closed.
    """

    name: str
    server: Server
    dialect: str
    sessions: Sequence[str]
    rooms: Rooms
    made: set[str] = field(factory=set)

    def start_ticks(self, beats: int) -> None:
        """Have every room tick `beats` times a second from now on."""
        if self.name != "breakout":
            self.server.ask(f"tick {1000 // beats}")
            return
        for session_id in self.sessions:
            staff = self.staff(session_id)
            for room_id in (room for session, room in self.rooms if session == session_id):
                staff.ask("breakout.timer.start", roomId=room_id, durationSeconds=TIMER_SECONDS)
            staff.close()

    def staff(self, session_id: str) -> Staff:
        """A new connection of the organizer."""
        return Staff(self.server.address, session_id, self.server.tokens.organizer(session_id))

    def clock_ahead(self) -> float:
        """Seconds by which the server's clock is ahead of ours; those that are started here share it."""
        if not isinstance(self.server, Remote):
            return 0.0
        staff = self.staff(self.sessions[0])
        ahead = staff.clock_ahead()
        staff.close()
        return ahead

    def leave(self) -> None:
        """Stop the server if it is ours, or close the rooms that were made on one that goes on."""
        if isinstance(self.server, Remote) and self.made:
            try:
                self._close_rooms()
            except (OSError, StaffRefused) as failure:
                print(f"rooms of {', '.join(self.sessions)} stay open: {failure}", file=sys.stderr)
        self.server.stop()

    def _close_rooms(self) -> None:
        for session_id in self.sessions:
            staff = self._staff_at_last(session_id)
            for room in staff.ask("breakout.rooms.list")["rooms"]:
                if room["id"] in self.made:
                    staff.ask("breakout.room.close", roomId=room["id"])
            staff.close()

    def refuse_used_sessions(self) -> None:
        """A run calls everybody back and closes rooms: not where others are. Raises: KnobRefused: Rooms or people are there."""
        for session_id in self.sessions:
            staff = self.staff(session_id)
            staff.close()
            others = [person for person in staff.state["lobby"] if person["userId"] != staff.state["self"]["userId"]]
            if staff.state["rooms"] or any(person["connected"] for person in others):
                raise KnobRefused(f"session {session_id} is in use: rooms or people are there; give tokens for one that is empty")

    def _staff_at_last(self, session_id: str) -> Staff:
        """As `staff`, of a server that may not have noticed yet that the crowd is gone."""
        for _ in range(LEAVE_TRIES):
            try:
                return self.staff(session_id)
            except ConnectionError:
                time.sleep(LEAVE_PAUSE_SECONDS)
        return self.staff(session_id)


@frozen
class Launch:
    """How to start contenders, and where.

    Attributes:
        options: Of `bench.served`, for Breakout.
        workers: Processes of Breakout; from two on it is the product's own `serve`, and nothing can be asked of it.
    """

    directory: Path
    place: Place = ANYWHERE
    remote: Remote | None = None
    options: dict[str, Any] = field(factory=dict)
    workers: int = 1

    def start(self, name: str, knobs: Knobs) -> Contender:
        """Start a server with its rooms. Raises: TargetFailed, NodeMissing, KnobRefused: Others use a session of `remote`."""
        if name == "breakout":
            return self._breakout(knobs)
        sessions = _session_names("s", knobs)
        rooms = [(sessions[n % len(sessions)], f"room-{n:016x}") for n in range(knobs.rooms)]
        dialect = "socketio" if name == "socketio" else "plain"
        return Contender(name, start_process(_peer_command(name), place=self.place), dialect, sessions, rooms)

    def _breakout(self, knobs: Knobs) -> Contender:
        if self.remote is not None:
            sessions = self.remote.tokens.sessions(knobs.sessions) or _session_names(f"bench-{secrets.token_hex(4)}-", knobs)
            contender = Contender("breakout", self.remote, "breakout", sessions, [])
            contender.refuse_used_sessions()
            return self._with_rooms(contender, knobs)
        options = {"beat_ms": 1000 // knobs.beats, **self.options}
        settings = {**STAGE_SETTINGS, **limits(knobs), **options.pop("settings", {})}
        db = self.directory / f"bench-{secrets.token_hex(4)}.db"
        server: Server
        if self.workers > 1:
            server = start_workers(self.workers, db.with_suffix(""), secrets.token_urlsafe(48), settings, self.place)
        else:
            server = start_breakout(db, place=self.place, settings=settings, **options)
        return self._with_rooms(Contender("breakout", server, "breakout", _session_names("s", knobs), []), knobs)

    @staticmethod
    def _with_rooms(contender: Contender, knobs: Knobs) -> Contender:
        try:
            contender.rooms.extend(make_rooms(contender, knobs))
        except BaseException:
            contender.leave()
            raise
        return contender


def make_rooms(contender: Contender, knobs: Knobs) -> Rooms:
    """Create the rooms: room n is in session n modulo their number."""
    names = contender.sessions
    of_session: list[list[str]] = []
    for at, name in enumerate(names):
        staff = contender.staff(name)
        of_session.append(_create(staff, len(range(at, knobs.rooms, len(names))), knobs.per_room, contender.made))
        staff.close()
    return [(names[n % len(names)], of_session[n % len(names)][n // len(names)]) for n in range(knobs.rooms)]


def _create(staff: Staff, count: int, per_room: int, noted: set[str]) -> list[str]:
    made: list[str] = []
    while len(made) < count:
        some = min(ROOMS_PER_COMMAND, count - len(made))
        specs = [{"name": f"Room {len(made) + n}", "maxParticipants": max(1, min(1000, per_room))} for n in range(some)]
        made += [room["id"] for room in staff.ask("breakout.rooms.create", rooms=specs)["rooms"]]
        noted.update(made)
    return made


def _session_names(prefix: str, knobs: Knobs) -> list[str]:
    return [f"{prefix}{n}" for n in range(knobs.sessions)]


def limits(knobs: Knobs) -> dict[str, int]:
    """Of one session, as high as this run needs them where the defaults are lower."""
    rooms, people = -(-knobs.rooms // knobs.sessions), -(-knobs.people // knobs.sessions)
    return {
        "max_open_rooms": max(200, rooms),
        "max_rooms_per_session": max(2000, rooms * knobs.rounds),
        "max_people_per_session": max(2000, people + knobs.rooms),
        "max_connections": max(15_000, knobs.people + 1000),
        "max_connections_per_address": max(15_000, knobs.people + 1000),
    }


def _peer_command(name: str) -> list[str]:
    if name == "socketio":
        return socketio_command()
    return [sys.executable, "-m", f"bench.peers.{name}_peer"]
