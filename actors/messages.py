"""What the actors of a session say to each other. Clients' commands come as `actors.request.Request`."""

from typing import ClassVar

from attrs import frozen

from actors._runtime import EndOrdered
from actors.request import Request, Subscriber
from breakout.assignment.request import Plan
from breakout.errors import Refusal
from breakout.identity import User
from breakout.ports import StoredEntry, StoredRoom


@frozen(eq=False)
class Order:
    """The supervisor has a room do something.

    Attributes:
        command: One of `breakout.room_commands`, or a client's command that named no room.
        cause: For the journal: an event name, or what the server does by itself.
        request: The client's command behind it; the room answers it, unless `silent`.
        gather_id: The multi-room command this is a part of.
        report: The supervisor wants to hear how it ended (`OrderDone`).
    """

    control: ClassVar[bool] = True
    command: object
    cause: str
    change_id: str
    by: User | None = None
    request: Request | None = None
    silent: bool = False
    gather_id: str | None = None
    report: bool = False


@frozen(eq=False)
class OrderDone:
    """How an order ended: `refusal` is None when it was carried out. Sent once for every order with `report`."""

    control: ClassVar[bool] = True
    room_id: str
    order: Order
    refusal: Refusal | None = None


class RestartOrdered(EndOrdered):
    """An operator restarts this room: it ends as if it had crashed, and comes back from the store."""


@frozen
class Restart:
    """Told to a room, whatever fills its mailbox."""

    control: ClassVar[bool] = True


@frozen(eq=False)
class RoomFailed:
    """A room's actor ended with `error`; `ordered` when an operator wanted it so."""

    control: ClassVar[bool] = True
    room_id: str
    error: str
    ordered: bool


@frozen(eq=False)
class RoomLoaded:
    """The store's answer about a failed room."""

    control: ClassVar[bool] = True
    stored: StoredRoom


@frozen(eq=False)
class PlanMade:
    """The planner is done with an `assignments` command: a plan, or why there is none."""

    control: ClassVar[bool] = True
    request: Request
    plan: Plan | Refusal


@frozen(eq=False)
class HistoryRead:
    """The store's answer to a `history` command: entries of the journal, newest first, or why there are none."""

    control: ClassVar[bool] = True
    request: Request
    entries: tuple[StoredEntry, ...] | Refusal


@frozen(eq=False)
class RestartRoom:
    """An operator restarts one room from the store. The ask is answered with whether it has a running actor."""

    room_id: str


@frozen(eq=False)
class Connect:
    """A connection joins the session."""

    subscriber: Subscriber


@frozen(eq=False)
class Disconnect:
    """A connection is gone."""

    control: ClassVar[bool] = True
    subscriber: Subscriber


@frozen(eq=False)
class Revoked:
    """An operator has shut these people out of all sessions. Sent once for every such order."""

    control: ClassVar[bool] = True
    user_ids: tuple[str, ...]
