"""Sessions as they are committed: from memory where they are there, else from the store.

Whoever asks about a session that is asleep, or was never there, does not bring it into memory.
"""

from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet

from attrs import frozen

from actors.root import Root
from actors.session_runner import SessionRunner
from breakout.room import RoomState
from breakout.session import SessionState
from persistence.store import Store


@frozen
class Roster:
    """Whom and where an import may place.

    Attributes:
        user_ids: Everybody who was ever in the session.
        rooms: Oldest first, the closed ones too.
        left_out: Who is not placed, each with the reason as the end of a sentence.
        put_out: Whom an operator has put out.
    """

    user_ids: frozenset[str]
    rooms: tuple[RoomState, ...]
    left_out: Mapping[str, str]
    put_out: AbstractSet[str] = frozenset()


@frozen
class CommittedSessions:
    """What the API reads."""

    root: Root
    store: Store

    async def rooms(self, session_id: str) -> tuple[RoomState, ...]:
        """The rooms, oldest first, the closed ones too; none where nobody knows the session.

        Raises:
            StorageUnavailable: The store does not answer.
        """
        runner = self._runner(session_id)
        if runner is not None:
            return _oldest_first(runner.feed.shown.values())
        stored = await self.store.load_session(session_id, now=self.root.clock.now())
        return _oldest_first(room.state for room in stored.rooms.values())

    async def roster(self, session_id: str) -> Roster:
        """Raises: StorageUnavailable: The store does not answer."""
        runner = self._runner(session_id)
        if runner is not None:
            return self._roster(runner.feed.session, _oldest_first(runner.feed.shown.values()), _staff(runner))
        stored = await self.store.load_session(session_id, now=self.root.clock.now())
        return self._roster(stored.state, _oldest_first(room.state for room in stored.rooms.values()), ())

    def _roster(self, session: SessionState, rooms: tuple[RoomState, ...], staff: Iterable[str]) -> Roster:
        """Leaves out the same people as the planner (`actors.planning`), and says why."""
        put_out = session.removed.keys() | self.root.revoked
        return Roster(frozenset(session.users), rooms, _left_out(session, rooms, staff), put_out)

    async def put_out(self, session_id: str) -> Collection[str]:
        """Whom an operator has put out of the session, in memory at once, also before it is committed.

        Raises:
            StorageUnavailable: The store does not answer.
        """
        runner = self._runner(session_id)
        return runner.feed.session.removed if runner is not None else await self.store.removed_user_ids(session_id)

    def _runner(self, session_id: str) -> SessionRunner | None:
        """The session in memory; asking for a door by its id would make one."""
        door = self.root.find(session_id)
        return None if door is None else door.runner


def _oldest_first(rooms: Iterable[RoomState]) -> tuple[RoomState, ...]:
    return tuple(sorted(rooms, key=lambda room: room.created_at))


def _staff(runner: SessionRunner) -> Iterable[str]:
    """The staff among those present."""
    return [i for i in runner.presence.user_ids() if runner.presence.connections(i)[0].caller.staff]


def _left_out(session: SessionState, rooms: tuple[RoomState, ...], staff: Iterable[str]) -> Mapping[str, str]:
    open_rooms = [room for room in rooms if room.open]
    left_out = dict.fromkeys(session.companions, "accompanies somebody and goes where they go")
    left_out |= {room.facilitator.id: f'facilitates "{room.name}"' for room in open_rooms if room.facilitator}
    seated_staff = [user_id for room in open_rooms for user_id, seat in room.seats.items() if seat.staff]
    return left_out | dict.fromkeys((*staff, *seated_staff), "is staff")
