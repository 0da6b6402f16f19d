"""What operators see of sessions and their actors: who runs, what waits, what failed. Reads and never asks an actor.

A report is a picture of one instant, made between two turns of the event loop; one room costs some microseconds. It holds nothing
that people wrote to each other.
"""

from collections.abc import Iterable

from attrs import frozen

from actors._runtime import MailboxStatistics
from actors.room_children import ChildStatistics
from actors.session_door import SessionDoor
from actors.session_runner import SessionRunner
from breakout.contract.objects import Timer
from breakout.contract.views import timer_view
from breakout.room import RoomState

DORMANT = ChildStatistics("", "dormant", 0, None, 0, None)
"""A room that nobody has asked for since its session was loaded; closed ones mostly."""


@frozen
class RoomReport:
    """One room and its actor.

    Attributes:
        actor: "running", "restarting" or "dormant" (it has none and needs none).
        restarts: Since the session was loaded, ordered ones included.
        started_at: When the present actor started; with `uptime_seconds`, None without one.
        people: Seats taken, of which `connected` have a connection now.
    """

    id: str
    session_id: str
    name: str
    status: str
    actor: str
    mailbox: MailboxStatistics | None
    restarts: int
    last_failure: str | None
    started_at: int | None
    uptime_seconds: int | None
    people: int
    connected: int
    max_participants: int
    timer: Timer | None


@frozen
class SessionReport:
    """One session in memory, its supervisor and its rooms.

    Attributes:
        state: "running", or "loading" while it is read from the store; then there is nothing below.
        loads: How often it was loaded since it came into memory; more than once after failures.
        people: Users connected.
        waiting_steps: Steps of its actors that wait for their commit now, and the most that ever did.
        mailbox: Of its supervisor.
    """

    id: str
    state: str
    epoch: str | None
    loads: int
    connections: int
    people: int
    seats: int
    waiting_steps: int
    waiting_steps_high_water: int
    mailbox: MailboxStatistics | None
    rooms: list[RoomReport]


@frozen
class LoadStatistics:
    """Sums and maxima over every session in memory.

    Attributes:
        mailbox_high_water: The most that ever waited for any of the actors that run now.
    """

    sessions: int
    rooms_open: int
    rooms_running: int
    seats: int
    people: int
    mailbox_depth: int
    mailbox_high_depth: int
    mailbox_high_water: int
    mailbox_refused: int
    waiting_steps: int


def inspect_session(door: SessionDoor, now: int) -> SessionReport:
    """The session behind `door`, its rooms oldest first."""
    runner = door.runner
    if runner is None:
        return SessionReport(door.session_id, "loading", None, door.loads, len(door.connections), 0, 0, 0, 0, None, [])
    feed, waiting = runner.feed, runner.feed.statistics()
    return SessionReport(
        id=door.session_id,
        state="running",
        epoch=feed.audience.epoch,
        loads=door.loads,
        connections=len(door.connections),
        people=len(runner.presence.user_ids()),
        seats=len(feed.seat_of),
        waiting_steps=waiting.waiting,
        waiting_steps_high_water=waiting.high_water,
        mailbox=_supervisor_mailbox(runner),
        rooms=_inspect_rooms(runner, now),
    )


def inspect_room(runner: SessionRunner, room_id: str, now: int) -> RoomReport | None:
    """One room of a session in memory; None when it has no such room."""
    room = runner.feed.rooms.get(room_id)
    return None if room is None else _report(runner, room, _children(runner).get(room_id, DORMANT), now)


def inspect_load(doors: Iterable[SessionDoor]) -> LoadStatistics:
    """How much there is, and how much of it waits; about 1 us for a room."""
    runners = [door.runner for door in doors if door.runner is not None]
    supervisors = [_supervisor_mailbox(runner) for runner in runners]
    children = [child.mailbox for runner in runners for child in runner.children.statistics()]
    mailboxes = [mailbox for mailbox in (*supervisors, *children) if mailbox is not None]
    return LoadStatistics(
        sessions=len(runners),
        rooms_open=sum(room.open for runner in runners for room in runner.feed.rooms.values()),
        rooms_running=sum(mailbox is not None for mailbox in children),
        seats=sum(len(runner.feed.seat_of) for runner in runners),
        people=sum(len(runner.presence.user_ids()) for runner in runners),
        mailbox_depth=sum(mailbox.depth for mailbox in mailboxes),
        mailbox_high_depth=max((mailbox.depth for mailbox in mailboxes), default=0),
        mailbox_high_water=max((mailbox.high_water for mailbox in mailboxes), default=0),
        mailbox_refused=sum(mailbox.refused for mailbox in mailboxes),
        waiting_steps=sum(runner.feed.waiting for runner in runners),
    )


def _supervisor_mailbox(runner: SessionRunner) -> MailboxStatistics:
    mailbox: MailboxStatistics = runner.supervisor.actor_inbox.statistics()  # type: ignore[attr-defined]
    return mailbox


def _children(runner: SessionRunner) -> dict[str, ChildStatistics]:
    return {child.room_id: child for child in runner.children.statistics()}


def _inspect_rooms(runner: SessionRunner, now: int) -> list[RoomReport]:
    children = _children(runner)
    return [_report(runner, room, children.get(room.id, DORMANT), now) for room in runner.feed.rooms.values()]


def _report(runner: SessionRunner, room: RoomState, child: ChildStatistics, now: int) -> RoomReport:
    running = child.mailbox is not None
    return RoomReport(
        id=room.id,
        session_id=room.session_id,
        name=room.name,
        status=room.status.value,
        actor=child.state,
        mailbox=child.mailbox,
        restarts=child.restarts,
        last_failure=child.last_failure,
        started_at=child.started_at if running else None,
        uptime_seconds=(now - child.started_at) // 1000 if running else None,
        people=len(room.seats),
        connected=sum(map(runner.presence.connected, room.seats)),
        max_participants=room.max_participants,
        timer=timer_view(room.countdown, now),
    )
