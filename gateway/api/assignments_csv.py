"""`POST /api/sessions/{id}/assignments.csv`: who goes into which room, from a spreadsheet, with a report row by row."""

from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

from attrs import frozen
from starlette.requests import Request
from starlette.responses import Response

from breakout.contract.commands import ApplyAssignments, PreviewAssignments, Strategy
from breakout.permission import Permission
from gateway.api.assignment_rows import MAX_BYTES, read_rows
from gateway.api.auth import Admitted, SessionGate
from gateway.api.command_call import call
from gateway.api.committed import CommittedSessions
from gateway.api.refused import ApiRefused, flag, json_response
from gateway.api.row_check import CheckedRow, check_outcome, check_rows

MAX_KEY_LENGTH = 64

FULL = "there is no place left in the room"
CHANGED = "the room filled up or closed, or the person moved, while the rows were applied"


@frozen
class ImportEndpoint:
    """Needs manage.

    All rows are one `breakout.assignments.apply` by hand, after a preview of it has shown that every one can be done. With
    `?partial=true` those that cannot are left out. Without any that can, the session is not even loaded.
    """

    gate: SessionGate
    sessions: CommittedSessions

    async def import_csv(self, request: Request) -> Response:
        """`{applied, rows: [{line, userId, room, roomId, status, code, message}]}`; 422 when nothing was applied."""
        asked = await self.gate.session(request, Permission.MANAGE)
        partial = flag(request, "partial")
        key = _idempotency_key(request)
        rows = check_rows(read_rows(await _body(request)), await self.sessions.roster(asked.session_id))
        rows = await self._carry_out(rows, asked, PreviewAssignments, FULL)
        if not partial and any(row.code is not None for row in rows):
            return _report(rows, 0, 422)
        rows = await self._carry_out(rows, asked, ApplyAssignments, CHANGED, key)
        return _report(rows, sum(row.code is None for row in rows), 200)

    async def _carry_out(
        self,
        rows: list[CheckedRow],
        asked: Admitted,
        command: type[PreviewAssignments],
        why_not: str,
        key: str | None = None,
    ) -> list[CheckedRow]:
        """Have the rows that are right so far planned or applied, and mark those that came to nothing."""
        placements = tuple(row.placement for row in rows if row.placement is not None)
        if not placements:
            return rows
        door = self.sessions.root.door(asked.session_id)
        reply = await call(door, asked.caller, command(Strategy.MANUAL, assignments=placements), key=key)
        placed = {placement["userId"]: placement["roomId"] for placement in reply["assignments"]}
        return check_outcome(rows, placed, why_not)


def _report(rows: Sequence[CheckedRow], applied: int, status: int) -> Response:
    body: dict[str, Any] = {"applied": applied, "rows": [row.report() for row in rows]}
    return json_response(body, status)


def _idempotency_key(request: Request) -> str | None:
    key: str | None = request.headers.get("Idempotency-Key")
    if key is not None and not 1 <= len(key) <= MAX_KEY_LENGTH:
        raise ApiRefused(400, "invalid_data", f"Idempotency-Key: must have 1-{MAX_KEY_LENGTH} characters")
    return key


async def _body(request: Request) -> bytes:
    body = bytearray()
    async with aclosing(request.stream()) as pieces:
        async for piece in pieces:
            body += piece
            if len(body) > MAX_BYTES:
                raise ApiRefused(413, "limit_reached", f"the file is larger than {MAX_BYTES // 1024} KiB; split it")
    return bytes(body)
