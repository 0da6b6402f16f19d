"""The reply to each command that a room handles, made from the room's state after it."""

from collections.abc import Callable

from actors.request import Request
from breakout.contract import commands as c
from breakout.contract import replies as r
from breakout.contract.views import room_view, timer_view
from breakout.errors import HelpNotFound
from breakout.room import RoomState


def reply_to(
    request: Request, before: RoomState, after: RoomState, now: int, inside: Callable[[RoomState, int], object]
) -> object:
    """The reply object for a client's command, one of `breakout.contract.replies` or `RoomInside`."""
    user_id = request.caller.user.id
    match request.command:
        case c.UpdateRoom() | c.CloseRoom():
            return r.RoomReply(room_view(after, now))
        case c.StartTimer() | c.ExtendTimer() | c.PauseTimer() | c.ResumeTimer() | c.StopTimer():
            return r.TimerReply(timer_view(after.countdown, now))
        case c.SendChat():
            return r.MessageReply(after.messages[-1])
        case c.JoinRoom():
            return inside(after, now)
        case c.LeaveRoom():
            return r.RoomIdReply(after.id)
        case c.ReopenRoom():
            return r.ReopenReply(room_view(after, now), list(after.seats))
        case c.StopSpeaking():
            return r.SpeakingReply(after.seats[user_id].speaking_seconds if user_id in after.seats else 0)
        case c.RequestHelp() | c.CancelHelp():
            call = after.help or before.help
            if call is None:
                raise HelpNotFound
            return r.HelpReply(call.id)
        case _:
            return r.Done()
