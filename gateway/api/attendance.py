"""`GET /api/sessions/{id}/attendance.json|.csv`: who was in which room, from when to when, as what, and spoke for how long."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any, Final, cast
from urllib.parse import quote

import orjson
from attrs import frozen
from starlette.requests import Request
from starlette.responses import Response

from breakout.permission import Permission
from breakout.ports import Stay
from gateway.api.auth import SessionGate
from gateway.api.committed import CommittedSessions
from gateway.api.csv_cells import Cell, csv_lines
from gateway.api.streamed import Chunks, streamed

ROWS_PER_CHUNK: Final = 100
"""Rows encoded in one go: 20 KB, and as CSV about 2 ms on a busy machine."""

Row = dict[str, str | int | None]

COLUMNS: Final = (
    "userId", "firstName", "lastName", "roomId", "roomName", "role", "joinedAt", "leftAt", "seconds", "speakingSeconds",
    "joined", "left",
)  # fmt: skip
"""The first line of the CSV. `joined` and `left` are `joinedAt` and `leftAt` for people: ISO 8601, UTC."""


@frozen
class Sheet:
    """What the rows of one report need beside the stays.

    Attributes:
        room_names: By room id, as the rooms are called now.
        now: Until when open stays are counted.
    """

    session_id: str
    room_names: Mapping[str, str]
    now: int

    def row(self, stay: Stay) -> Row:
        """One row as JSON has it."""
        return {
            "userId": stay.user_id,
            "firstName": stay.first_name,
            "lastName": stay.last_name,
            "roomId": stay.room_id,
            "roomName": self.room_names.get(stay.room_id, ""),
            "role": stay.role,
            "joinedAt": stay.joined_at,
            "leftAt": stay.left_at,
            "seconds": stay_seconds(stay, self.now),
            "speakingSeconds": stay.speaking_seconds,
        }

    def cells(self, stay: Stay) -> list[Cell]:
        """One row as CSV has it."""
        return [*self.row(stay).values(), _iso(stay.joined_at), _iso(stay.left_at)]


def stay_seconds(stay: Stay, now: int) -> int:
    """How long a stay has lasted, an open one until `now`, rounded to the nearest second."""
    left_at = now if stay.left_at is None else stay.left_at
    return (max(0, left_at - stay.joined_at) + 500) // 1000


@frozen
class AttendanceEndpoint:
    """Needs manage. Rows come in the order in which the stays began; not one instant's picture, since it takes a while."""

    gate: SessionGate
    sessions: CommittedSessions

    async def as_json(self, request: Request) -> Response:
        sheet = await self._sheet(request)
        return await streamed(_json(sheet, self._batches(sheet)), "application/json", _file(sheet.session_id, "json"))

    async def as_csv(self, request: Request) -> Response:
        sheet = await self._sheet(request)
        return await streamed(_csv(sheet, self._batches(sheet)), "text/csv", _file(sheet.session_id, "csv"))

    async def _sheet(self, request: Request) -> Sheet:
        session_id = (await self.gate.session(request, Permission.MANAGE)).session_id
        names = {room.id: room.name for room in await self.sessions.rooms(session_id)}
        return Sheet(session_id, names, self.sessions.root.clock.now())

    async def _batches(self, sheet: Sheet) -> AsyncGenerator[list[Stay], None]:
        rows = cast(AsyncGenerator[Stay, None], self.sessions.store.attendance_rows(sheet.session_id))
        batch: list[Stay] = []
        async with aclosing(rows):
            async for row in rows:
                batch.append(row)
                if len(batch) == ROWS_PER_CHUNK:
                    yield batch
                    batch = []
        if batch:
            yield batch


async def _json(sheet: Sheet, batches: AsyncGenerator[list[Stay], None]) -> Chunks:
    head: dict[str, Any] = {"sessionId": sheet.session_id, "serverAt": sheet.now}
    opening = orjson.dumps(head)[:-1] + b',"rows":['
    async with aclosing(batches):
        async for batch in batches:
            yield opening + orjson.dumps([sheet.row(stay) for stay in batch])[1:-1]
            opening = b","
    yield b"]}" if opening == b"," else opening + b"]}"


async def _csv(sheet: Sheet, batches: AsyncGenerator[list[Stay], None]) -> Chunks:
    opening = csv_lines([COLUMNS])
    async with aclosing(batches):
        async for batch in batches:
            yield opening + csv_lines(sheet.cells(stay) for stay in batch)
            opening = b""
    yield opening


def _file(session_id: str, ending: str) -> dict[str, str]:
    """The name under which browsers save it: in ASCII for the old ones, whole for the others (RFC 6266)."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in session_id)
    whole = quote(f"attendance-{session_id}.{ending}", safe="")
    name = f"filename=\"attendance-{plain}.{ending}\"; filename*=UTF-8''{whole}"
    return {"Content-Disposition": f"attachment; {name}"}


def _iso(at: int | None) -> str | None:
    if at is None:
        return None
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
