"""What a room's actor needs of its session."""

from collections.abc import Callable

from attrs import frozen

from actors.encoder import Encoder
from actors.messages import Order
from actors.presence import Presence
from actors.request import Request
from actors.session_feed import SessionFeed
from actors.steady_clock import SteadyClock
from breakout.contract.objects import Participant
from breakout.contract.views import participant_view
from breakout.room import Seat


@frozen(eq=False)
class RoomTools:
    """Attributes: report: Tells the supervisor something."""

    feed: SessionFeed
    presence: Presence
    encoder: Encoder
    clock: SteadyClock
    new_id: Callable[[], str]
    report: Callable[[object], None]

    def participant(self, seat: Seat) -> Participant:
        """A seat with its presence and speech."""
        user_id = seat.user.id
        return participant_view(
            seat, connected=self.presence.connected(user_id), speaking=self.presence.speech.speaking(seat)
        )


def own_order(request: Request, change_id: str) -> Order:
    """A client's command as the room's order to itself."""
    return Order(request.command, request.spec.event, change_id, request.caller.user, request)
