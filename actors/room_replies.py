"""The reply to each command that a room handles, made from the room's state after it."""

from collections.abc import Callable

from breakout.contract import commands as c
from breakout.contract import replies as r
from breakout.contract.objects import Participant
from breakout.contract.views import inside_view, room_view, roster_view, timer_view
from breakout.errors import HelpNotFound
from breakout.room import RoomState, Seat


def reply_to(
    command: object, before: RoomState, after: RoomState, now: int, participant: Callable[[Seat], Participant]
) -> object:
    """The reply object for a client's `command`, one of `breakout.contract.replies` or `RoomInside`."""
    match command:
        case c.UpdateRoom() | c.CloseRoom():
            return r.RoomReply(room_view(after, now))
        case c.StartTimer() | c.ExtendTimer() | c.PauseTimer() | c.ResumeTimer() | c.StopTimer():
            return r.TimerReply(timer_view(after.countdown, now))
        case c.SendChat():
            return r.MessageReply(after.messages[-1])
        case c.JoinRoom():
            return inside_view(after, roster_view(after, participant), now)
        case c.LeaveRoom():
            return r.RoomIdReply(after.id)
        case c.ReopenRoom():
            return r.ReopenReply(room_view(after, now), list(after.seats))
        case c.RequestHelp() | c.CancelHelp():
            request = after.help or before.help
            if request is None:
                raise HelpNotFound
            return r.HelpReply(request.id)
        case _:
            return r.Done()
