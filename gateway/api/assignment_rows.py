"""The rows of a CSV file that says who goes into which room."""

import csv
import io
import re
from collections.abc import Iterator
from typing import Final

from attrs import frozen

from gateway.api.refused import ApiRefused

MAX_BYTES: Final = 256 * 1024
"""Of the file. A thousand rows of two UUIDs come to 75 KB."""

MAX_LINES: Final = 10_000
"""Empty ones included, so that a file of nothing but line ends is not read to its end."""

MAX_ROWS: Final = 1_000
"""What one `breakout.assignments.apply` takes. Beyond that a file could not be applied as one step."""

USER_HEADERS: Final = frozenset({"userid", "user"})
ROOM_HEADERS: Final = frozenset({"room", "roomid", "roomname", "roomnameorid"})


@frozen
class AssignmentRow:
    """One row. `line` is where it begins, from 1; `cells` are trimmed, two where the row is as it should be."""

    line: int
    cells: tuple[str, ...]

    @property
    def user(self) -> str:
        return self.cells[0]

    @property
    def room(self) -> str:
        return self.cells[1] if len(self.cells) > 1 else ""


def read_rows(body: bytes) -> list[AssignmentRow]:
    """The rows without the header and without empty ones: UTF-8, with `,` or `;` between the cells.

    Raises:
        ApiRefused: 400, it is not UTF-8 or not CSV; 422, there is no row; 413, there are too many.
    """
    rows = list(_rows(_text(body)))
    if rows and _is_header(rows[0]):
        del rows[0]
    if not rows:
        raise ApiRefused(422, "invalid_data", "the file has no rows; each has a user id and a room's name or id")
    if len(rows) > MAX_ROWS:
        raise ApiRefused(413, "limit_reached", f"the file has more than {MAX_ROWS} rows; split it")
    return rows


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise ApiRefused(400, "malformed", f"line {line} is not UTF-8; save the file as CSV UTF-8") from None


def _rows(text: str) -> Iterator[AssignmentRow]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    line, found = 1, 0
    try:
        for record in reader:
            if line > MAX_LINES:
                raise ApiRefused(413, "limit_reached", f"the file has more than {MAX_LINES:,} lines; split it")
            cells = tuple(cell.strip() for cell in record)
            if any(cells):
                yield AssignmentRow(line, _without_empty_end(cells))
                found += 1
            line = reader.line_num + 1
            if found > MAX_ROWS + 1:
                return
    except csv.Error as error:
        raise ApiRefused(400, "malformed", f"line {line} is not CSV: {error}") from None


def _delimiter(text: str) -> str:
    """Whichever of the two comes first outside quotes; spreadsheets of half the world write a semicolon."""
    found = re.match(r'\s*(?:"(?:[^"]|"")*"|[^",;\r\n])*([,;])', text)
    return found.group(1) if found else ","


def _without_empty_end(cells: tuple[str, ...]) -> tuple[str, ...]:
    """Spreadsheets write empty cells behind a row when another row is longer."""
    while len(cells) > 2 and not cells[-1]:
        cells = cells[:-1]
    return cells


def _is_header(row: AssignmentRow) -> bool:
    names = [re.sub(r"[\W_]", "", cell).casefold() for cell in row.cells]
    return len(names) == 2 and names[0] in USER_HEADERS and names[1] in ROOM_HEADERS
