"""What organizers did, listed and taken back: `history.list` and `history.undo`, from the journal."""

from collections.abc import Sequence
from functools import partial

from attrs import frozen

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
from breakout.errors import Conflict, Refusal
from breakout.history import StoredChange, Undo, changes_of, returning, summary, undo_of
from breakout.ports import StoredEntry
from breakout.room_commands import CancelClosing

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

    def handlers(self) -> Handlers:
        return {c.ListHistory: self._read, c.UndoChange: self._read}

    def history_read(self, message: HistoryRead) -> None:
        """The journal has been read: answer the command."""
        request = message.request
        try:
            if isinstance(message.entries, Refusal):
                raise message.entries
            if isinstance(request.command, c.ListHistory):
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
            outcome = refusal
        self.tools.report(HistoryRead(request, outcome))

    def _list(self, request: Request, command: c.ListHistory, entries: Sequence[StoredEntry]) -> None:
        feed = self.answering.feed
        shown = [
            r.HistoryChange(
                change_id=change.id,
                at=change.at,
                by=change.by,
                event=change.cause,
                summary=summary(change, feed.rooms),
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
        order = self.answering.order(request)
        if undo.cancel_recall is not None:
            self.recalling.take_back(undo.cancel_recall, order)
        for room_id, recall_id in undo.cancel_closing:
            self.seating.deliver(room_id, Order(CancelClosing(recall_id), order.cause, order.change_id, order.by))
        if undo.reopen:
            self._reopen(request, order, undo.reopen)
        else:
            self._reseat(request, order, dict(undo.reseat), restored=[])

    def _reopen(self, request: Request, order: Order, room_ids: Sequence[str]) -> None:
        feed = self.answering.feed
        rooms = [feed.rooms[room_id] for room_id in room_ids]
        elsewhere = returning(rooms, feed.rooms)
        restored: list[str] = []
        outstanding = set(room_ids)

        def reopened(room_id: str, _gather: Gather) -> None:
            restored.extend(feed.rooms[room_id].seats)
            outstanding.discard(room_id)
            if not outstanding:
                self._reseat(request, order, dict(elsewhere), restored)

        for room in rooms:
            reopen(room, order, self.seating, self.gathers, c.ReopenRoom(room.id), then=partial(reopened, room.id))

    def _reseat(self, request: Request, order: Order, targets: dict[str, str | None], restored: list[str]) -> None:
        def finish(outcome: Outcome) -> None:
            self.answering.reply(request, r.UndoReply([*restored, *outcome.placed]))

        self.reseater.start(order, targets, finish)


def _enough(command: object, entries: Sequence[StoredEntry]) -> bool:
    """Whether these entries, newest first, surely hold what the command asks for, and the entries before it in full."""
    if isinstance(command, c.ListHistory):
        return len(changes_of(entries)) > command.limit
    found = isinstance(command, c.UndoChange) and any(entry.change_id == command.change_id for entry in entries)
    return found and isinstance(command, c.UndoChange) and entries[-1].change_id != command.change_id


def _find(command: object, entries: Sequence[StoredEntry]) -> StoredChange | None:
    assert isinstance(command, c.UndoChange)
    return next((change for change in changes_of(entries) if change.id == command.change_id), None)
