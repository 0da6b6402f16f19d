"""`breakout top` as rich shows it."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet

from rich.console import Group, JustifyMethod, RenderableType
from rich.table import Table
from rich.text import Text

from gateway.top_model import Row, TopModel, silent_workers

OTHER_LINES = 6
"""Beside the rows: the server's two lines, the table's head and rule, the message, the keys."""

KEYS = "up/down select   r restart   s order   q end"

WORDS = ("ROOM", "SESSION", "NAME", "STATUS", "ACTOR")

NUMBERS = {"MAILBOX": "mailbox", "PEAK": "", "RESTARTS": "restarts", "PEOPLE": "people", "LATE ms": "lateness"}
"""The columns on the right, each with the order that puts the most of it first."""

SHORTENED = ("NAME", "SESSION")
"""Where the screen is narrow, what they hold is cut; an id that is cut is no use to any command."""

SHORT = 8

LEFT_OUT = ("PEAK", "LATE ms", "STATUS", "SESSION", "PEOPLE", "RESTARTS", "ACTOR", "MAILBOX")
"""Where it is narrower still, one after the other, but for the one that is ordered by."""

GAP = 2

ACTOR_STYLES = {"restarting": "bold red", "dormant": "dim"}


def top_view(model: TopModel, lines: int, columns: int) -> RenderableType:
    """The screen of so many lines and columns: as many rows as fit, the selected one among them, and no room's id is cut."""
    place = max(1, lines - OTHER_LINES - len(silent_workers(model.server)))
    first = max(0, min(model.selected_at - place // 2, len(model.rows) - place))
    parts: list[RenderableType] = [_server(model), _table(model, model.rows[first : first + place], columns)]
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


def _table(model: TopModel, rows: list[Row], columns: int) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False, padding=(0, GAP, 0, 0))
    headings = {name: f"{name}*" if NUMBERS.get(name) == model.order else name for name in (*WORDS, *NUMBERS)}
    cells = {name: [_cell(row, name) for row in rows] for name in headings}
    natural = {name: max([len(heading), *map(len, cells[name])]) for name, heading in headings.items()}
    widths = fitting(natural, {name for name, order in NUMBERS.items() if order == model.order}, columns)
    for name, width in widths.items():
        justify: JustifyMethod = "right" if name in NUMBERS else "left"
        table.add_column(headings[name], justify=justify, no_wrap=True, overflow="ellipsis", width=width)
    for number, row in enumerate(rows):
        style = "reverse" if row.room_id == model.selected else ""
        table.add_row(*(cells[name][number] for name in widths), style=style)
    return table


def fitting(natural: Mapping[str, int], wanted: AbstractSet[str], columns: int) -> dict[str, int]:
    """The widths of those columns that fit, by name; `wanted` ones stay, and no other is cut but `SHORTENED`."""
    least = {name: min(width, SHORT) if name in SHORTENED else width for name, width in natural.items()}
    for name in LEFT_OUT:
        if _needed(least) > columns and name not in wanted:
            del least[name]
    for name in SHORTENED:
        if name in least:
            least[name] = min(natural[name], least[name] + max(0, columns - _needed(least)))
    return least


def _needed(widths: Mapping[str, int]) -> int:
    return sum(widths.values()) + GAP * (len(widths) - 1)


def _cell(row: Row, name: str) -> Text:
    match name:
        case "ACTOR":
            return Text(row.actor, ACTOR_STYLES.get(row.actor, ""))
        case "RESTARTS":
            return Text(str(row.restarts), "red" if row.restarts else "")
        case _:
            return Text(_plain(CELLS[name](row)))


CELLS: Mapping[str, Callable[[Row], str]] = {
    "ROOM": lambda row: row.room_id,
    "SESSION": lambda row: row.session_id,
    "NAME": lambda row: row.name,
    "STATUS": lambda row: row.status,
    "MAILBOX": lambda row: str(row.mailbox),
    "PEAK": lambda row: str(row.mailbox_high_water),
    "PEOPLE": lambda row: f"{row.people}/{row.places}",
    "LATE ms": lambda row: str(row.late_ms),
}


def _plain(text: str) -> str:
    """Control characters in names must not move the cursor."""
    return "".join(c if c.isprintable() else "?" for c in text)
