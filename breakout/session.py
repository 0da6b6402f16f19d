"""What a virtual session knows beyond its rooms: its users and the recall that runs.

`SessionState` is as pure as a room: `apply_session(state, event)` is total, and replaying a session's own events gives its
state. Who sits where is not kept here: it follows from the rooms' seats.
"""

from collections.abc import Mapping
from enum import Enum

from attrs import evolve, field, frozen

from breakout.identity import User


class RecallMode(Enum):
    """FORCED: the rooms close when the grace ends. INVITED: people are asked back, the rooms stay open."""

    FORCED = "forced"
    INVITED = "invited"


@frozen
class Recall:
    """Everybody called back to the main session.

    Attributes:
        announced_at: When it was announced; receipts are measured from here.
        return_at: When the grace ends.
        room_ids: The rooms that were open then.
        expected: Who was seated then, connected or not.
        acknowledged: When each of them said to be back.
        by: Who recalled.
    """

    id: str
    mode: RecallMode
    announced_at: int
    return_at: int
    room_ids: frozenset[str]
    expected: frozenset[str]
    by: User
    acknowledged: Mapping[str, int] = field(factory=dict)
    returned: bool = False

    @property
    def missing(self) -> list[str]:
        """Who has not acknowledged yet, in a stable order."""
        return sorted(self.expected.difference(self.acknowledged))


@frozen
class SessionState:
    """Everything a session must remember beside its rooms.

    Attributes:
        users: Everybody who was ever connected, by id.
        recall: The recall that runs or still collects receipts.
        companions: Who accompanies whom (captioner or interpreter -> their person).
        removed: Whom an operator has put out of the session, and when.
    """

    id: str
    users: Mapping[str, User] = field(factory=dict)
    recall: Recall | None = None
    companions: Mapping[str, str] = field(factory=dict)
    removed: Mapping[str, int] = field(factory=dict)


@frozen
class UserSeen:
    """Somebody connected for the first time, or under a new name."""

    user: User


@frozen
class RecallAnnounced:
    recall: Recall


@frozen
class RecallAcknowledged:
    user_id: str
    at: int


@frozen
class RecallReturned:
    """The grace ended: forced rooms close now."""

    at: int


@frozen
class RecallCancelled:
    at: int


@frozen
class RecallCompleted:
    """Everybody is back, or the time for receipts is over."""

    at: int


@frozen
class CompanionSet:
    user_id: str
    companion_of: str | None


@frozen
class UserRemoved:
    """Out of the session until they are readmitted."""

    user_id: str
    at: int


@frozen
class UserReadmitted:
    user_id: str


@frozen
class OperatorActed:
    """The audit trail: an operator did `action` to `target`; the journal says who and when. Changes nothing."""

    action: str
    target: str


SessionEvent = (
    UserSeen
    | RecallAnnounced
    | RecallAcknowledged
    | RecallReturned
    | RecallCancelled
    | RecallCompleted
    | CompanionSet
    | UserRemoved
    | UserReadmitted
    | OperatorActed
)


def apply_session(state: SessionState, event: SessionEvent) -> SessionState:
    """The session after `event`. Pure and total: applying an event to any state gives a state."""
    match event:
        case UserSeen(user):
            return evolve(state, users={**state.users, user.id: user})
        case RecallAnnounced(recall):
            return evolve(state, recall=recall)
        case RecallCancelled() | RecallCompleted():
            return evolve(state, recall=None)
        case CompanionSet(user_id, companion_of):
            others = {k: v for k, v in state.companions.items() if k != user_id}
            return evolve(state, companions=others if companion_of is None else {**others, user_id: companion_of})
        case UserRemoved(user_id, at):
            return evolve(state, removed={**state.removed, user_id: at})
        case UserReadmitted(user_id):
            return evolve(state, removed={k: v for k, v in state.removed.items() if k != user_id})
        case OperatorActed():
            return state
        case RecallAcknowledged() | RecallReturned():
            return evolve(state, recall=_apply_recall(state.recall, event))


def _apply_recall(recall: Recall | None, event: RecallAcknowledged | RecallReturned) -> Recall | None:
    if recall is None:
        return None
    if isinstance(event, RecallReturned):
        return evolve(recall, returned=True)
    if event.user_id not in recall.expected or event.user_id in recall.acknowledged:
        return recall
    return evolve(recall, acknowledged={**recall.acknowledged, event.user_id: event.at})
