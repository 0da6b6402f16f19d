"""What a room's actor needs of its session."""

from collections.abc import Callable
from typing import cast

from attrs import frozen

from actors.chat_rows import ChatRows
from actors.encoder import Encoder
from actors.messages import Order
from actors.metronome import Metronome
from actors.presence import Presence
from actors.request import Request
from actors.session_feed import SessionFeed
from actors.steady_clock import SteadyClock
from breakout.contract.objects import Participant, RoomInside
from breakout.contract.views import inside_view, participant_view, roster_view
from breakout.room import RoomState, Seat


class InsideOnce:
    """What someone in a room sees, encoded once for a step: the reply to a join and the push to the user's devices are the same."""

    def __init__(self, encoder: Encoder, chats: ChatRows, participant: Callable[[Seat], Participant]) -> None:
        self._encoder = encoder
        self._chats = chats
        self._participant = participant
        self._last: tuple[RoomState, RoomInside] | None = None

    def __call__(self, state: RoomState, now: int) -> RoomInside:
        """The room from inside; it stands for the view in any push or reply, and nothing can be read from it."""
        if self._last is None or self._last[0] is not state:
            view = inside_view(state, roster_view(state, self._participant), self._chats.row(state), now)
            self._last = (state, cast("RoomInside", self._encoder.piece(view)))
        return self._last[1]


@frozen(eq=False)
class RoomTools:
    """Attributes: report: Tells the supervisor something."""

    feed: SessionFeed
    presence: Presence
    encoder: Encoder
    chats: ChatRows
    clock: SteadyClock
    metronome: Metronome
    new_id: Callable[[], str]
    report: Callable[[object], None]

    def participant(self, seat: Seat) -> Participant:
        """A seat with its presence and speech."""
        user_id = seat.user.id
        return participant_view(
            seat, connected=self.presence.connected(user_id), speaking=self.presence.speech.speaking(seat)
        )

    def inside(self) -> InsideOnce:
        """For one step: presence may have changed by the next."""
        return InsideOnce(self.encoder, self.chats, self.participant)


def own_order(request: Request, change_id: str) -> Order:
    """A client's command as the room's order to itself."""
    return Order(request.command, request.spec.event, change_id, request.caller.user, request)
