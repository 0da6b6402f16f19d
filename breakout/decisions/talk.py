"""Chat, help and speaking time inside a room."""

from breakout.chat import Message
from breakout.contract.commands import CancelHelp, ClaimHelp, RequestHelp, ResolveHelp, SendChat
from breakout.decisions.context import Context, require_open
from breakout.errors import Conflict, HelpNotFound, NotInRoom
from breakout.identity import User
from breakout.room import HelpRequest, RoomState
from breakout.room_commands import RecordBroadcast
from breakout.room_events import HelpClaimed, HelpClosed, HelpRequested, MessageSent, RoomEvent


def send_chat(state: RoomState, command: SendChat, context: Context) -> list[RoomEvent]:
    """Raises: RoomClosed. NotInRoom: The caller neither sits here nor is staff."""
    require_open(state)
    if not context.staff:
        _require_seat(state, context)
    return [MessageSent(Message(context.new_id, state.id, _user(context), command.text, context.now))]


def record_broadcast(state: RoomState, command: RecordBroadcast, _context: Context) -> list[RoomEvent]:
    """Raises: RoomClosed."""
    require_open(state)
    message = Message(command.message_id, state.id, command.user, command.text, command.sent_at)
    return [MessageSent(message, broadcast=True)]


def request_help(state: RoomState, command: RequestHelp, context: Context) -> list[RoomEvent]:
    """Raises: RoomClosed. NotInRoom. Conflict: Somebody in this room has asked already; `details.helpId`."""
    require_open(state)
    _require_seat(state, context)
    if state.help is not None:
        raise Conflict("this room has asked for help already", helpId=state.help.id)
    return [HelpRequested(HelpRequest(context.new_id, _user(context), command.reason or None, context.now))]


def cancel_help(state: RoomState, _command: CancelHelp, context: Context) -> list[RoomEvent]:
    """Anybody who sits here may take the room's request back. Raises: NotInRoom. HelpNotFound."""
    _require_seat(state, context)
    if state.help is None:
        raise HelpNotFound
    return [HelpClosed(resolved=False)]


def claim_help(state: RoomState, command: ClaimHelp, context: Context) -> list[RoomEvent]:
    """Raises: HelpNotFound. Conflict: Somebody else is on the way; claiming twice oneself changes nothing."""
    request = _help(state, command.help_id)
    if request.claimed_by is None:
        return [HelpClaimed(_user(context))]
    if request.claimed_by.id == context.user_id:
        return []
    raise Conflict("somebody else has taken this request", claimedBy=request.claimed_by.id)


def resolve_help(state: RoomState, command: ResolveHelp, _context: Context) -> list[RoomEvent]:
    """Raises: HelpNotFound."""
    _help(state, command.help_id)
    return [HelpClosed(resolved=True)]


def _help(state: RoomState, help_id: str) -> HelpRequest:
    if state.help is None or state.help.id != help_id:
        raise HelpNotFound
    return state.help


def _require_seat(state: RoomState, context: Context) -> None:
    if context.user_id not in state.seats:
        raise NotInRoom


def _user(context: Context) -> User:
    if context.caller is None:
        raise NotInRoom("only people talk")
    return context.caller.user
