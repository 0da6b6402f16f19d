"""What the session's supervisor asks of a room; clients' own commands are in `contract/commands.py`."""

from attrs import frozen

from breakout.identity import User
from breakout.room import CloseReason, Closing
from breakout.room_events import LeaveCause, SeatedBy


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
class Exchange:
    """One out, one in, as one step: what a swap asks of each of its two rooms."""

    leaving_user_id: str
    admit: Admit


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
