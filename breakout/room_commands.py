"""What the session's supervisor asks of a room; clients' own commands are in `contract/commands.py`."""

from attrs import frozen

from breakout.identity import User
from breakout.room import CloseReason, Closing, SeatedBy
from breakout.room_events import LeaveCause


@frozen
class Admit:
    """Seat somebody. `number` is the session's seat number for this seating."""

    user: User
    number: int
    by: SeatedBy
    staff: bool = False
    companion: bool = False
    expected_revision: int | None = None


@frozen
class Release:
    """Give up a seat whose number is at most `up_to_number`; nothing happens where there is none."""

    user_id: str
    up_to_number: int
    cause: LeaveCause


@frozen
class Reseat:
    """One room's part of a change of many seats: first some leave, then others are let in, as far as there is place."""

    leaving: tuple[str, ...] = ()
    entering: tuple[Admit, ...] = ()


@frozen
class CountSpeech:
    """Somebody's device vanished while they spoke; a seat that is gone counts nothing."""

    user_id: str
    seconds: int


@frozen
class MarkCompanion:
    user_id: str
    companion: bool


@frozen
class RecordBroadcast:
    """A broadcast becomes one of the room's messages, for those who come back later; `sent_at` is the broadcast's."""

    message_id: str
    user: User
    text: str
    sent_at: int


@frozen
class AnnounceClosing:
    closing: Closing


@frozen
class CancelClosing:
    """Take back the close that was announced under `recall_id`; nothing happens where another or none runs."""

    recall_id: str


@frozen
class CloseNow:
    reason: CloseReason
    recall_id: str


@frozen
class Reopen:
    """Open a closed room again with seats for `returning`, numbered from `first_number`."""

    returning: tuple[str, ...]
    first_number: int
    expected_revision: int | None = None
