"""`breakout top` as rich shows it."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gateway.top_model import Row, TopModel, silent_workers

OTHER_LINES = 6
"""Beside the rows: the server's two lines, the table's head and rule, the message, the keys."""

KEYS = "up/down select   r restart   s order   q end"

NUMBERS = (("MAILBOX", "mailbox"), ("PEAK", ""), ("RESTARTS", "restarts"), ("PEOPLE", "people"), ("LATE ms", "lateness"))
"""The columns on the right, each with the order that puts the most of it first."""

ACTOR_STYLES = {"restarting": "bold red", "dormant": "dim"}


def top_view(model: TopModel, lines: int) -> RenderableType:
    """The screen of `lines` lines: as many rows as fit, the selected one among them."""
    place = max(1, lines - OTHER_LINES - len(silent_workers(model.server)))
    first = max(0, min(model.selected_at - place // 2, len(model.rows) - place))
    parts: list[RenderableType] = [_server(model), _table(model, model.rows[first : first + place])]
    return Group(*parts, Text(_plain(model.message), "yellow", no_wrap=True), Text(KEYS, "dim", no_wrap=True))


def _server(model: TopModel) -> Text:
    server = model.server
    if not server:
        return Text("no answer yet\n")
    state = server["phase"] if server["storeHealthy"] else f"{server['phase']}, THE STORE FAILS"
    first = f"{state}, up {server['uptimeSeconds']} s   {server['connections']} connections   {server['sessions']} sessions"
    restarts = f"{server['roomCrashes']} crashes   {server['reloads']} reloads"
    late = f"late p99 {server['lateP99Ms']} ms (worst {server['lateHighMs']})   commit {server['lastCommitMs']} ms"
    text = Text(f"{first}   {restarts}\n{late}   {server['journalWaiting']} waiting", no_wrap=True)
    if not server["storeHealthy"]:
        text.stylize("bold red")
    for line in silent_workers(server):
        text.append(f"\n{line}", "bold red")
    return text


def _table(model: TopModel, rows: list[Row]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for name in ("ROOM", "SESSION", "NAME", "STATUS", "ACTOR"):
        table.add_column(name, no_wrap=True, overflow="ellipsis")
    for name, order in NUMBERS:
        table.add_column(f"{name}*" if order == model.order else name, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*_cells(row), style="reverse" if row.room_id == model.selected else "")
    return table


def _cells(row: Row) -> list[Text]:
    actor = Text(row.actor, ACTOR_STYLES.get(row.actor, ""))
    restarts = Text(str(row.restarts), "red" if row.restarts else "")
    numbers = [Text(str(row.mailbox)), Text(str(row.mailbox_high_water)), restarts]
    people = Text(f"{row.people}/{row.places}")
    words = [Text(_plain(word)) for word in (row.room_id, row.session_id, row.name, row.status)]
    return [*words, actor, *numbers, people, Text(str(row.late_ms))]


def _plain(text: str) -> str:
    """Control characters in names must not move the cursor."""
    return "".join(c if c.isprintable() else "?" for c in text)
