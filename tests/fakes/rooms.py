"""People, rooms and circumstances for tests of the domain, and the one way to let something happen to a room."""

from typing import Any

from breakout.decisions.context import Context
from breakout.identity import Caller, User
from breakout.permission import Permission
from breakout.room import Role, RoomState, Seat, SeatedBy
from breakout.room_apply import apply
from breakout.room_commands import Admit
from breakout.room_decide import decide
from breakout.room_events import RoomEvent

NOW = 1_790_000_000_000

ADA = User("ada", "Ada", "Lovelace")
BO = User("bo", "Bo", "Diddley")
CY = User("cy", "Cy", "Twombly")
MOD = User("mod", "Mo", "Derator")
USERS = {user.id: user for user in (ADA, BO, CY, MOD)}


def caller(user: User, *, staff: bool = False) -> Caller:
    permissions = {Permission.JOIN.value} | ({Permission.MANAGE.value} if staff else set())
    return Caller(user, frozenset(permissions))


def by(user: User | None, now: int = NOW, *, staff: bool = False, new_id: str = "new") -> Context:
    """`user` does something at `now`; None is the server."""
    return Context(now, None if user is None else caller(user, staff=staff), new_id, USERS)


def by_staff(now: int = NOW) -> Context:
    return by(MOD, now, staff=True)


SERVER = by(None)


def seat(user: User, number: int = 1, **fields: Any) -> Seat:
    return Seat(**{"user": user, "role": Role.PARTICIPANT, "joined_at": NOW, "number": number, **fields})


def room(*seats: Seat, **fields: Any) -> RoomState:
    given = {"id": "r1", "session_id": "s1", "name": "Blue", "creator": MOD, "created_at": NOW, **fields}
    return RoomState(**given, seats={taken.user.id: taken for taken in seats})


def admit(user: User, number: int = 1, seated_by: SeatedBy = SeatedBy.SELF, **fields: Any) -> Admit:
    return Admit(user, number, seated_by, **fields)


def do(state: RoomState, command: object, context: Context = SERVER) -> RoomState:
    """The room after `command`."""
    for event in decide(state, command, context):
        state = apply(state, event)
    return state


def kinds(events: list[RoomEvent]) -> list[str]:
    return [type(event).__name__ for event in events]
