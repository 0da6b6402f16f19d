"""What `breakout top` shows: rows, their order, which one is selected, and what keys do. Plain data, no terminal and no network."""

from collections.abc import Callable
from typing import Any, Final

from attrs import define, field, frozen

Tree = dict[str, Any]
"""The answer of `/api/admin/actors`."""


@frozen
class Row:
    """One room. `late_ms` is how late one of its deadlines was served at the worst."""

    room_id: str
    session_id: str
    name: str
    status: str
    actor: str
    mailbox: int
    mailbox_high_water: int
    restarts: int
    people: int
    places: int
    late_ms: float
    last_failure: str | None


ORDERS: Final[dict[str, Callable[[Row], Any]]] = {
    "mailbox": lambda row: (-row.mailbox, -row.mailbox_high_water, row.room_id),
    "restarts": lambda row: (-row.restarts, row.room_id),
    "people": lambda row: (-row.people, row.room_id),
    "lateness": lambda row: (-row.late_ms, row.room_id),
}
"""What rooms can be ordered by, the most of it first."""


def silent_workers(server: dict[str, Any]) -> list[str]:
    """A line for each worker of the answer's `server` whose sessions are not in it, with what to do; none without workers."""
    workers = {worker["worker"]: worker for worker in server.get("workers", ())}
    return [_silent_line(workers[number]) for number in server.get("missing", ())]


def _silent_line(worker: dict[str, Any]) -> str:
    if worker["state"] == "up":
        return f"worker {worker['worker']} HANGS, its sessions are not shown: kill -9 {worker['pid']} has it started again"
    return f"worker {worker['worker']} starts again, its sessions are not shown yet"


@define
class TopModel:
    """The state of the screen.

    Attributes:
        confirming: The room that will be restarted if the next key is y.
        message: What happened last.
        over: Q was pressed.
    """

    restart: Callable[[str], str]
    server: dict[str, Any] = field(factory=dict)
    rows: list[Row] = field(factory=list)
    order: str = "mailbox"
    selected: str | None = None
    confirming: str | None = None
    message: str = ""
    over: bool = False

    def show(self, tree: Tree) -> None:
        """Take over a fresh answer. The selection stays on its room; where that is gone, the first is selected."""
        self.server = tree["server"]
        self.rows = [_row(room) for session in tree["sessions"] for room in session["rooms"] if room["status"] != "CLOSED"]
        self._sort()

    def press(self, key: str) -> None:
        """`up`, `down`, `s` for the next order, `r` and then `y` to restart the selected room, `q` to end; others do nothing."""
        if self.confirming is not None:
            self._confirm(key)
            return
        match key:
            case "q":
                self.over = True
            case "up" | "k":
                self._move(-1)
            case "down" | "j":
                self._move(1)
            case "s":
                names = list(ORDERS)
                self.order = names[(names.index(self.order) + 1) % len(names)]
                self._sort()
            case "r" if self.selected is not None:
                self.confirming = self.selected
                self.message = f"restart {self.selected_name}? y to do it"

    @property
    def selected_at(self) -> int:
        """Where the selected row stands; 0 where there is none."""
        return next((n for n, row in enumerate(self.rows) if row.room_id == self.selected), 0)

    @property
    def selected_name(self) -> str:
        return self.rows[self.selected_at].name if self.rows else ""

    def _confirm(self, key: str) -> None:
        room_id, self.confirming = self.confirming, None
        self.message = self.restart(room_id) if key == "y" and room_id is not None else "not restarted"

    def _move(self, by: int) -> None:
        if self.rows:
            at = min(max(self.selected_at + by, 0), len(self.rows) - 1)
            self.selected = self.rows[at].room_id

    def _sort(self) -> None:
        self.rows.sort(key=ORDERS[self.order])
        if self.selected not in {row.room_id for row in self.rows}:
            self.selected = self.rows[0].room_id if self.rows else None


def _row(room: dict[str, Any]) -> Row:
    mailbox = room["mailbox"] or {"depth": 0, "highWater": 0, "highLateSeconds": 0.0}
    return Row(
        room_id=room["id"],
        session_id=room["sessionId"],
        name=room["name"],
        status=room["status"],
        actor=room["actor"],
        mailbox=mailbox["depth"],
        mailbox_high_water=mailbox["highWater"],
        restarts=room["restarts"],
        people=room["people"],
        places=room["maxParticipants"],
        late_ms=round(mailbox["highLateSeconds"] * 1000, 1),
        last_failure=room["lastFailure"],
    )
