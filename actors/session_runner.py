"""One session in memory: wires the supervisor's parts together and runs their actors in one nursery."""

from collections.abc import Callable

import trio
from attrs import frozen

from actors._runtime import ActorHandle
from actors.announcing import Announcing
from actors.answering import Answering
from actors.audience import Audience
from actors.chat_rows import ChatRows
from actors.connecting import Connecting
from actors.dispatch import Dispatch
from actors.gather import Gathers
from actors.ids import new_id
from actors.operating import Operating
from actors.organizing import Organizing
from actors.past import Past
from actors.planning import AsideTools, Planning
from actors.presence import Presence
from actors.recalling import Recalling
from actors.release import FeedTools
from actors.report import Report
from actors.reseating import Reseater
from actors.room_children import RestartPolicy, RoomChildren
from actors.room_spawner import RoomSpawner
from actors.room_tools import RoomTools
from actors.seating import Seating
from actors.session_commands import SessionCommands
from actors.session_feed import SessionFeed
from actors.session_supervisor import SessionSupervisor, SupervisorParts
from actors.session_view import CardCache, SessionView
from actors.stand_in import StandIn
from breakout.contract.objects import SettingsNotice
from breakout.countdown import WARNING_SECONDS
from breakout.ports import Store, StoredSession


@frozen
class ActorSettings:
    """Limits and times of sessions and rooms.

    Attributes:
        seat_hold_seconds: How long the seat of somebody without a connection is held.
        session_idle_seconds: After how long a session without connections and timers leaves memory.
        max_waiting_changes: Steps of one session that may wait for their commit before commands are refused `overloaded`.
        snapshot_seconds: How often what changed is written to the tables that other tools read.
        heartbeat_seconds: Told to clients, who give up on a silent server after it.
    """

    max_open_rooms: int = 200
    max_rooms_per_session: int = 2_000
    max_people_per_session: int = 2_000
    seat_hold_seconds: int = 120
    session_idle_seconds: int = 300
    max_connections_per_user: int = 10
    max_mailbox_messages: int = 1000
    max_waiting_changes: int = 20_000
    restart_intensity: int = 3
    restart_window_seconds: int = 5
    heartbeat_seconds: int = 20
    snapshot_seconds: int = 5


class SessionRunner:
    """A loaded session, from its first actor to its last.

    Args:
        on_broken: Called when the session can no longer be trusted: a commit failed, or the supervisor crashed.
    """

    def __init__(
        self,
        stored: StoredSession,
        tools: FeedTools,
        store: Store,
        settings: ActorSettings,
        on_broken: Callable[[str], None],
    ) -> None:
        audience = Audience(new_id(), tools.encoder, tools.flusher)
        self.feed = SessionFeed(stored, tools, audience, lambda: on_broken("a commit failed"))
        self.presence = Presence(settings.seat_hold_seconds)
        self._report = Report()
        self._chats = ChatRows(tools.encoder)
        self._room_tools = RoomTools(
            self.feed, self.presence, tools.encoder, self._chats, tools.clock, tools.metronome, new_id, self._report
        )
        self._tools = tools
        self._store = store
        self._settings = settings
        self._on_broken = on_broken

    async def run(self, task_status: trio.TaskStatus["SessionRunner"]) -> None:
        """Run the session's actors until cancelled; ready when the supervisor takes messages."""
        try:
            async with trio.open_nursery() as nursery:
                self.children = self._make_children(nursery)
                self.supervisor = self._report.supervisor = self._start_supervisor(nursery)
                task_status.started(self)
                await trio.sleep_forever()
        finally:
            self.feed.end()

    @property
    def idle(self) -> bool:
        """Nothing would be lost or delayed if the session left memory now."""
        feed = self.feed
        rooms_idle = not any(r.closing or (r.countdown and r.countdown.running) for r in feed.rooms.values())
        return rooms_idle and not (feed.waiting or feed.seat_of or feed.session.recall or self.presence.user_ids())

    def _make_children(self, nursery: trio.Nursery) -> RoomChildren:
        settings = self._settings
        policy = RestartPolicy(settings.restart_intensity, settings.restart_window_seconds)
        limit = settings.max_mailbox_messages
        spawner = RoomSpawner(self.feed.session.id, self._room_tools, self._store, nursery, limit)
        return RoomChildren(self.feed, spawner.start, spawner.begin_load, self._tools.clock.now, policy)

    def _start_supervisor(self, nursery: trio.Nursery) -> ActorHandle:
        aside = AsideTools(nursery.start_soon, self._report, self._store)
        parts = self._parts(Answering(self.feed, self._tools.encoder, self._tools.clock, new_id), aside)
        return SessionSupervisor.start(
            parts, nursery=nursery, max_mailbox_messages=self._settings.max_mailbox_messages
        )

    def _parts(self, answering: Answering, aside: AsideTools) -> SupervisorParts:
        """Every concern of the supervisor, wired to what it works with."""
        feed, children, presence, settings = self.feed, self.children, self.presence, self._settings
        notice = SettingsNotice(1, settings.heartbeat_seconds, WARNING_SECONDS, settings.seat_hold_seconds)
        view = SessionView(feed, presence, notice, self._chats, CardCache(answering.encoder))
        gathers = Gathers()
        stand_in = StandIn(self._room_tools, children)
        seating = Seating(answering, stand_in, presence, gathers)
        reseater = Reseater(seating, gathers, stand_in)
        recalling = Recalling(answering, children)
        planning = Planning(feed, presence, seating, aside)
        organizing = Organizing(answering, children, seating, gathers, reseater, planning)
        past = Past(answering, seating, gathers, recalling, reseater, aside, settings.max_open_rooms)
        limits = settings.max_open_rooms, settings.max_rooms_per_session
        rooms = SessionCommands(answering, children, seating, gathers, view, *limits)
        announcing = Announcing(answering, children, seating, presence, gathers)
        connecting = Connecting(answering, presence, children, seating, view, settings.max_connections_per_user)
        operating = Operating(answering, children, seating, connecting)
        return SupervisorParts(
            feed=feed,
            children=children,
            connecting=connecting,
            dispatch=Dispatch(answering, seating, children, [rooms, organizing, announcing, recalling, past, operating]),
            organizing=organizing,
            past=past,
            seating=seating,
            recalling=recalling,
            gathers=gathers,
            stand_in=stand_in,
            on_failure=self._on_broken,
        )
