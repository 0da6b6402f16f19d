"""The table of `PROTOCOL.md`: every command and every push by its name on the wire."""

from enum import Enum

from attrs import frozen

from breakout.contract import commands as c
from breakout.contract import pushes as p
from breakout.contract import replies as r
from breakout.contract.objects import RoomInside, SessionSnapshot


class Needs(Enum):
    """What a command asks of its caller.

    JOIN, MANAGE and OPERATE are permissions; only the admin API takes commands that need OPERATE. FACILITATOR is the
    facilitator of the room named, or MANAGE. NOTHING is open to every connection.
    """

    NOTHING = "-"
    JOIN = "J"
    MANAGE = "M"
    OPERATE = "O"
    FACILITATOR = "F"


class Route(Enum):
    """Who handles a command: the session's supervisor, or the room itself (named in the data, or the caller's own)."""

    SESSION = "session"
    ROOM = "room"
    OWN_ROOM = "own room"


@frozen
class CommandSpec:
    """One row of the table of commands.

    Attributes:
        changes: A stored change; such a command may carry an idempotency key.
    """

    event: str
    command: type
    needs: Needs
    reply: type
    route: Route
    changes: bool = True


@frozen
class PushSpec:
    """One row of the table of pushes; `to` in words, for the documents."""

    event: str
    push: type
    to: str


J, M, F, NOTHING = Needs.JOIN, Needs.MANAGE, Needs.FACILITATOR, Needs.NOTHING
SESSION, ROOM, OWN_ROOM = Route.SESSION, Route.ROOM, Route.OWN_ROOM

COMMANDS = (
    CommandSpec("breakout.rooms.list", c.ListRooms, J, r.RoomsReply, SESSION, changes=False),
    CommandSpec("breakout.room.create", c.CreateRoom, M, r.RoomReply, SESSION),
    CommandSpec("breakout.rooms.create", c.CreateRooms, M, r.RoomsReply, SESSION),
    CommandSpec("breakout.room.update", c.UpdateRoom, F, r.RoomReply, ROOM),
    CommandSpec("breakout.room.join", c.JoinRoom, J, RoomInside, SESSION),
    CommandSpec("breakout.room.leave", c.LeaveRoom, J, r.RoomIdReply, SESSION),
    CommandSpec("breakout.room.close", c.CloseRoom, F, r.RoomReply, ROOM),
    CommandSpec("breakout.room.reopen", c.ReopenRoom, M, r.ReopenReply, SESSION),
    CommandSpec("breakout.timer.start", c.StartTimer, F, r.TimerReply, ROOM),
    CommandSpec("breakout.timer.extend", c.ExtendTimer, F, r.TimerReply, ROOM),
    CommandSpec("breakout.timer.pause", c.PauseTimer, F, r.TimerReply, ROOM),
    CommandSpec("breakout.timer.resume", c.ResumeTimer, F, r.TimerReply, ROOM),
    CommandSpec("breakout.timer.stop", c.StopTimer, F, r.TimerReply, ROOM),
    CommandSpec("breakout.timer.extendAll", c.ExtendAllTimers, M, r.RoomIdsReply, SESSION),
    CommandSpec("breakout.all.recall", c.RecallAll, M, r.RecallReply, SESSION),
    CommandSpec("breakout.recall.ack", c.AcknowledgeRecall, J, r.Done, SESSION),
    CommandSpec("breakout.recall.cancel", c.CancelRecall, M, r.Done, SESSION),
    CommandSpec("breakout.assignments.preview", c.PreviewAssignments, M, r.AssignmentsReply, SESSION, changes=False),
    CommandSpec("breakout.assignments.apply", c.ApplyAssignments, M, r.AssignmentsReply, SESSION),
    CommandSpec("breakout.participant.move", c.MoveParticipant, M, r.Done, SESSION),
    CommandSpec("breakout.participants.swap", c.SwapParticipants, M, r.Done, SESSION),
    CommandSpec("breakout.companion.set", c.SetCompanion, M, r.Done, SESSION),
    CommandSpec("breakout.chat.send", c.SendChat, J, r.MessageReply, OWN_ROOM),
    CommandSpec("breakout.broadcast.send", c.SendBroadcast, M, r.DeliveredReply, SESSION),
    CommandSpec("breakout.help.request", c.RequestHelp, J, r.HelpReply, OWN_ROOM),
    CommandSpec("breakout.help.cancel", c.CancelHelp, J, r.HelpReply, OWN_ROOM),
    CommandSpec("breakout.help.claim", c.ClaimHelp, M, r.Done, SESSION),
    CommandSpec("breakout.help.resolve", c.ResolveHelp, M, r.Done, SESSION),
    CommandSpec("breakout.time.request", c.RequestTime, J, r.Done, OWN_ROOM),
    CommandSpec("breakout.speaking.start", c.StartSpeaking, J, r.SpeakingReply, OWN_ROOM),
    CommandSpec("breakout.speaking.stop", c.StopSpeaking, J, r.SpeakingReply, OWN_ROOM),
    CommandSpec("breakout.history.list", c.ListHistory, M, r.HistoryReply, SESSION, changes=False),
    CommandSpec("breakout.history.undo", c.UndoChange, M, r.UndoReply, SESSION),
    CommandSpec("breakout.session.get", c.GetSession, J, SessionSnapshot, SESSION, changes=False),
    CommandSpec("breakout.ping", c.Ping, NOTHING, r.Pong, SESSION, changes=False),
)
"""Every command, in the order of the document."""

PUSHES = (
    PushSpec("breakout.session.state", SessionSnapshot, "the connection, first frame"),
    PushSpec("breakout.room.created", p.RoomCreatedPush, "session"),
    PushSpec("breakout.rooms.updated", p.RoomsUpdatedPush, "session"),
    PushSpec("breakout.room.closed", p.RoomClosedPush, "session"),
    PushSpec("breakout.participants.update", p.ParticipantsUpdatePush, "that room and staff"),
    PushSpec("breakout.lobby.update", p.LobbyUpdatePush, "staff"),
    PushSpec("breakout.participant.seated", p.ParticipantSeatedPush, "the user's connections"),
    PushSpec("breakout.timer.updated", p.TimerUpdatedPush, "that room and staff"),
    PushSpec("breakout.timer.tick", p.TimerTickPush, "people in that room"),
    PushSpec("breakout.timer.warning", p.TimerWarningPush, "that room and staff"),
    PushSpec("breakout.recalled", p.RecalledPush, "every seated user concerned"),
    PushSpec("breakout.recall.progress", p.RecallProgressPush, "staff"),
    PushSpec("breakout.chat.message", p.ChatMessagePush, "that room and staff"),
    PushSpec("breakout.broadcast.message", p.BroadcastMessagePush, "the rooms named and staff"),
    PushSpec("breakout.help.updated", p.HelpUpdatedPush, "staff (the whole queue), the room's people (their own)"),
    PushSpec("breakout.time.requested", p.TimeRequestedPush, "staff, facilitator"),
    PushSpec("breakout.room.unavailable", p.RoomUnavailablePush, "that room and staff"),
    PushSpec("breakout.room.restored", p.RoomRestoredPush, "that room and staff"),
)
"""Every push, in the order of the document."""

COMMAND_BY_EVENT = {spec.event: spec for spec in COMMANDS}
COMMAND_BY_CLASS = {spec.command: spec for spec in COMMANDS}
PUSH_EVENTS = {spec.push: spec.event for spec in PUSHES}
