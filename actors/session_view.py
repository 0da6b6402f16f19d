"""What one connection may see of the session: the snapshot behind `session.state` and `session.get`."""

from collections.abc import Sequence
from typing import cast

from attrs import frozen

from actors.chat_rows import ChatRows
from actors.encoder import Encoder
from actors.presence import Presence
from actors.request import Subscriber
from actors.session_feed import SessionFeed
from breakout.contract.objects import (
    LobbyMember,
    Myself,
    Participant,
    Room,
    RoomInside,
    SessionSnapshot,
    SettingsNotice,
)
from breakout.contract.views import (
    help_view,
    inside_view,
    lobby_view,
    participant_view,
    recall_view,
    room_view,
    roster_view,
)
from breakout.identity import Caller
from breakout.room import RoomState, Seat, Status


class CardCache:
    """The encoded cards of a session's rooms: a join storm shows the same 200 rooms to everybody who arrives.

    A card is good for one state of its room, and while a timer runs for one second, because of `remainingSeconds`. All of them in
    a row are kept as well, for one version of the rooms and one second.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._cards: dict[str, tuple[RoomState, int, object]] = {}
        self._row: tuple[object, object] = (None, encoder.row([]))

    def cards(self, feed: SessionFeed, now: int, *, include_closed: bool) -> Sequence[Room]:
        """The rooms' cards, encoded; they stand for the `Room`s in any push or reply, and nothing can be read from them."""
        key = feed.rooms_version, include_closed, now // 1000
        if self._row[0] != key:
            states = [room for room in feed.rooms.values() if include_closed or room.status is not Status.CLOSED]
            self._row = key, self._encoder.row([self._card(state, now) for state in states])
        return cast("Sequence[Room]", self._row[1])

    def _card(self, state: RoomState, now: int) -> object:
        card = self._cards.get(state.id)
        if card is None or card[0] is not state or (card[1] and card[1] != now // 1000):
            card = self._encode(state, now)
        return card[2]

    def _encode(self, state: RoomState, now: int) -> tuple[RoomState, int, object]:
        ticks = state.countdown is not None and state.countdown.running
        card = self._cards[state.id] = (state, now // 1000 if ticks else 0, self._encoder.piece(room_view(state, now)))
        return card


@frozen
class SessionView:
    """Makes snapshots from what the actors have decided so far. `notice` is what clients must know of the settings."""

    feed: SessionFeed
    presence: Presence
    notice: SettingsNotice
    chats: ChatRows
    _cards: CardCache

    def snapshot(self, subscriber: Subscriber, now: int) -> SessionSnapshot:
        """The session for this connection, at `now`; `seqs` are filled in when it is released."""
        caller = subscriber.caller
        staff = caller.staff
        rooms = self.feed.rooms
        return SessionSnapshot(
            session_id=self.feed.session.id,
            server_at=now,
            epoch=self.feed.audience.epoch,
            seqs={},
            self_=self._myself(caller),
            rooms=self.rooms(now, include_closed=False),
            room=self._inside(caller.user.id, now),
            participants={r.id: self._roster(r) for r in rooms.values() if r.open} if staff else None,
            lobby=self._lobby() if staff else None,
            help=help_view(rooms.values()) if staff else None,
            recall=recall_view(self.feed.session.recall),
            settings=self.notice,
        )

    def rooms(self, now: int, *, include_closed: bool) -> Sequence[Room]:
        """The cards of the session's rooms, oldest first; encoded, as `CardCache` has them."""
        return self._cards.cards(self.feed, now, include_closed=include_closed)

    def participant(self, seat: Seat) -> Participant:
        """A seat with its presence and speech."""
        user_id = seat.user.id
        return participant_view(
            seat, connected=self.presence.connected(user_id), speaking=self.presence.speech.speaking(seat)
        )

    def _myself(self, caller: Caller) -> Myself:
        user = caller.user
        room_id = self.feed.seat_of.get(user.id)
        return Myself(user.id, user.first_name, user.last_name, sorted(caller.permissions), room_id)

    def _inside(self, user_id: str, now: int) -> RoomInside | None:
        room = self.feed.rooms.get(self.feed.seat_of.get(user_id, ""))
        return None if room is None else inside_view(room, self._roster(room), self.chats.row(room), now)

    def _roster(self, room: RoomState) -> list[Participant]:
        return roster_view(room, self.participant)

    def _lobby(self) -> list[LobbyMember]:
        unseated = [user_id for user_id in self.presence.user_ids() if user_id not in self.feed.seat_of]
        return lobby_view(self.presence.connections(user_id)[0].caller for user_id in unseated)
