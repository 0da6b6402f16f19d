"""What a step wants to happen once its change is committed."""

from collections.abc import Callable, Sequence
from typing import Literal

from attrs import frozen

from actors.request import Request, Subscriber
from breakout.contract.objects import Participant, SessionSnapshot
from breakout.contract.pushes import RecalledPush
from breakout.errors import Refusal
from breakout.session import Recall

Topic = tuple[Literal["session", "staff", "room", "user"], str]
"""A topic's kind and the id it needs: ("room", room_id), ("user", user_id), ("session", ""), ("staff", "")."""

SESSION_TOPIC: Topic = ("session", "")
STAFF_TOPIC: Topic = ("staff", "")


def room_topic(room_id: str) -> Topic:
    return ("room", room_id)


def user_topic(user_id: str) -> Topic:
    return ("user", user_id)


@frozen
class Push:
    """Send `push` to everybody on `topic`, with the topic's next `seq`."""

    topic: Topic
    push: object


@frozen
class CalledBack:
    """Tell each of these users that they are called back; not those who heard of the same recall or close before."""

    user_ids: Sequence[str]
    push: RecalledPush


@frozen
class Reply:
    """Answer a command with success. `body` is the encoded reply."""

    request: Request
    body: bytes


@frozen
class Refuse:
    """Answer a command with a refusal."""

    request: Request
    refusal: Refusal


@frozen
class Seated:
    """From here on the user's connections are on this room's topic, and on no other's."""

    user_id: str
    room_id: str | None


@frozen
class RosterChanged:
    """Differences of a room's people, for its coalesced `participants.update`."""

    room_id: str
    joined: Sequence[Participant] = ()
    left: Sequence[str] = ()
    changed: Sequence[Participant] = ()


@frozen
class CardChanged:
    """The room's card is due in the next coalesced `rooms.updated`."""

    room_id: str


@frozen
class LobbyChanged:
    """Somebody may have come to the lobby or left it: they are in it while connected without a seat."""

    user_id: str


@frozen
class HelpChanged:
    """The queue of requests for help is due to staff."""


@frozen
class RecallProgressed:
    """Staff are to see how far a recall is; coalesced, the latest counts. `completed_at` is set once it is over."""

    recall: Recall
    completed_at: int | None = None
    cancelled: bool = False


@frozen
class Attach:
    """The connection joins the audience."""

    subscriber: Subscriber


@frozen
class Detach:
    """The connection is gone."""

    subscriber: Subscriber


@frozen
class ShowSession:
    """Give one connection the session as it was when the step was made: as its first frame, or as a reply.

    The topics' `seq` are filled in when the effect is released: they then count exactly what the snapshot contains.
    """

    subscriber: Subscriber
    snapshot: SessionSnapshot
    request: Request | None = None


@frozen
class Broadcast:
    """Send `push` to the people of these rooms and to staff, once each, outside every topic."""

    room_ids: Sequence[str]
    push: object


@frozen
class Afterwards:
    """Call this once the step is committed. It must not raise."""

    call: Callable[[], None]


Effect = (
    Push | CalledBack | Reply | Refuse | Seated | RosterChanged | CardChanged | LobbyChanged | HelpChanged | RecallProgressed
    | Attach | Detach | ShowSession | Broadcast | Afterwards
)
