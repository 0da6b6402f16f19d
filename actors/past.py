"""What organizers did, listed and taken back: `history.list` and `history.undo`, from the journal."""

from collections.abc import Sequence
from functools import partial

from attrs import Factory, define, frozen

from actors.answering import Answering
from actors.gather import Gather, Gathers
from actors.messages import HistoryRead, Order
from actors.planning import AsideTools
from actors.recalling import Recalling
from actors.request import Request
from actors.reseating import Outcome, Reseater
from actors.seating import Seating
from actors.session_commands import Handlers, reopen
from breakout.contract import commands as c
from breakout.contract import replies as r
from breakout.decisions.creation import require_capacity
from breakout.errors import Conflict, Refusal
from breakout.history import StoredChange, Undo, changes_of, returning, summary, undo_of
from breakout.ports import StoredEntry
from breakout.room_commands import CancelClosing, Reopen

PAGE_ENTRIES = 500
"""Read at once; about 5 ms of the store's time."""

MAX_ENTRIES = 20_000
"""How far back is looked: some hours of a large session. What lies further back cannot be undone."""


@frozen(eq=False)
class Past:
    """Handles the `history` commands. The journal is read beside the supervisor, which then decides."""

    answering: Answering
    seating: Seating
    gathers: Gathers
    recalling: Recalling
    reseater: Reseater
    tools: AsideTools
    max_open_rooms: int

    def handlers(self) -> Handlers:
        return {c.ListHistory: self._read, c.UndoChange: self._read}

    def history_read(self, message: HistoryRead) -> None:
        """The journal has been read: answer the command."""
        request = message.request
        try:
            self.answering.require_admitted(request)
            if isinstance(message.entries, Refusal):
                self.answering.refuse(request, message.entries)
            elif isinstance(request.command, c.ListHistory):
                self._list(request, request.command, message.entries)
            else:
                self._undo(request, message.entries)
        except Refusal as refusal:
            self.answering.refuse(request, refusal)

    def _read(self, request: Request, _command: object) -> None:
        self.tools.spawn(lambda: self._read_journal(request))

    async def _read_journal(self, request: Request) -> None:
        entries: list[StoredEntry] = []
        outcome: tuple[StoredEntry, ...] | Refusal
        try:
            while len(entries) < MAX_ENTRIES:
                before = entries[-1].position if entries else None
                page = await self.tools.store.journal_page(self.answering.feed.session.id, before, PAGE_ENTRIES)
                entries += page
                if len(page) < PAGE_ENTRIES or _enough(request.command, entries):
                    break
            outcome = tuple(entries)
        except Refusal as refusal:
            outcome = refusal.with_traceback(None)  # which leads back here; apart, they leave memory at once
        self.tools.report(HistoryRead(request, outcome))

    def _list(self, request: Request, command: c.ListHistory, entries: Sequence[StoredEntry]) -> None:
        feed = self.answering.feed
        shown = [
            r.HistoryChange(
                change_id=change.id,
                at=change.at,
                by=change.by,
                event=change.cause,
                summary=summary(change, feed.session, feed.rooms),
                undoable=bool(undo_of(change, feed.session, feed.rooms)),
            )
            for change in changes_of(entries)[: command.limit]
        ]
        self.answering.reply(request, r.HistoryReply(shown))

    def _undo(self, request: Request, entries: Sequence[StoredEntry]) -> None:
        feed = self.answering.feed
        change = _find(request.command, entries)
        undo = undo_of(change, feed.session, feed.rooms) if change is not None else Undo()
        if not undo:
            raise Conflict("this change is unknown, or can no longer be taken back")
        open_rooms = sum(room.open for room in feed.rooms.values())
        require_capacity(open_rooms, len(undo.reopen), self.max_open_rooms)
        self.reseater.require_place()
        reopened = [feed.rooms[room_id] for room_id in undo.reopen]
        targets = {**dict(undo.reseat), **returning(reopened, feed.rooms)}
        work = _Undoing(request, self.answering.order(request), targets, len(undo.cancel_closing) + len(reopened))
        feed.hold()
        if undo.cancel_recall is not None:
            self.recalling.take_back(undo.cancel_recall, work.order)
        for room_id, recall_id in undo.cancel_closing:
            self._cancel_closing(work, room_id, recall_id)
        for room in reopened:
            reopen(room, work.order, self.seating, self.gathers, c.ReopenRoom(room.id), then=partial(self._reported, work))
        if not work.outstanding:
            self._reseat(work)

    def _cancel_closing(self, work: "_Undoing", room_id: str, recall_id: str) -> None:
        whole, gather_id = work.order, f"{work.order.change_id}/{room_id}"
        self.gathers.begin(gather_id, Gather(partial(self._reported, work), outstanding=1))
        command = CancelClosing(recall_id)
        order = Order(command, whole.cause, whole.change_id, whole.by, gather_id=gather_id, report=True)
        self.seating.deliver(room_id, order)

    def _reported(self, work: "_Undoing", gather: Gather) -> None:
        """One room has done its part, or refused it."""
        work.outstanding -= 1
        work.refused += [done.refusal for done in gather.refused if done.refusal is not None]
        for done in gather.done:
            work.done = True
            if isinstance(done.order.command, Reopen):
                work.restored += self.answering.feed.rooms[done.room_id].seats
        if not work.outstanding:
            self._reseat(work)

    def _reseat(self, work: "_Undoing") -> None:
        if work.refused and not work.done:
            self.answering.refuse(work.request, work.refused[0])
            self.answering.feed.let_go()
            return

        def finish(outcome: Outcome) -> None:
            self.answering.reply(work.request, r.UndoReply([*work.restored, *outcome.placed]))
            self.answering.feed.let_go()

        self.reseater.start(work.order, lambda: work.targets, finish)


@define(eq=False)
class _Undoing:
    """An undo under way.

    Attributes:
        targets: Whom to seat where once the rooms are open again.
        outstanding: Rooms that have not reported yet.
        restored: Who got their seat back by a reopening.
    """

    request: Request
    order: Order
    targets: dict[str, str | None]
    outstanding: int
    done: bool = False
    restored: list[str] = Factory(list)
    refused: list[Refusal] = Factory(list)


def _enough(command: object, entries: Sequence[StoredEntry]) -> bool:
    """Whether these entries, newest first, surely hold what the command asks for, and the entries before it in full."""
    if isinstance(command, c.ListHistory):
        return len(changes_of(entries)) > command.limit
    found = isinstance(command, c.UndoChange) and any(entry.change_id == command.change_id for entry in entries)
    return found and isinstance(command, c.UndoChange) and entries[-1].change_id != command.change_id


def _find(command: object, entries: Sequence[StoredEntry]) -> StoredChange | None:
    assert isinstance(command, c.UndoChange)
    return next((change for change in changes_of(entries) if change.id == command.change_id), None)
