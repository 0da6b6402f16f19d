"""`GET /api/admin/audit`: what operators did, newest first."""

from typing import Any, Final

from attrs import frozen
from starlette.requests import Request
from starlette.responses import Response

from breakout.ports import StoredEntry
from breakout.session import OperatorActed
from gateway.admin.desk import Desk
from gateway.admin.journal_view import act_view, user_view
from gateway.admin.trail import Act
from gateway.api.refused import ApiRefused, json_response

PAGE_ENTRIES: Final = 500
"""Read at once; about 5 ms of the store's time, and commits pass between two pages."""

MAX_ENTRIES: Final = 20_000
"""Of the journal looked through in one request; `before` in the answer says where to go on."""

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 1_000


@frozen
class AuditAdmin:
    desk: Desk

    async def show(self, request: Request) -> Response:
        """`{acts: [{at, operator, action, target, outcome}], before}`.

        With `?session=S` what was done to that session, from its journal; `before` is where to go on (`?before=`), or null. Without
        it, what was done or refused since the process started, on the whole server.
        """
        session_id = request.query_params.get("session")
        limit = _number(request, "limit", DEFAULT_LIMIT, MAX_LIMIT)
        if session_id is None:
            self.desk.server_operator(request)
            acts = [memory_view(act) for act in self.desk.trail.newest_first(limit or DEFAULT_LIMIT)]
            return json_response({"acts": acts, "before": None})
        self.desk.session_operator(request, session_id)
        found, before = await self._search(session_id, limit or DEFAULT_LIMIT, _number(request, "before", None, 2**53))
        return json_response({"acts": [act_view(entry) for entry in found], "before": before})

    async def _search(self, session_id: str, limit: int, before: int | None) -> tuple[list[StoredEntry], int | None]:
        """At most `limit` acts in the journal before a position, and where to go on."""
        found: list[StoredEntry] = []
        for _ in range(MAX_ENTRIES // PAGE_ENTRIES):
            page = await self.desk.sessions.store.journal_page(session_id, before, PAGE_ENTRIES)
            for entry in page:
                before = entry.position
                found += [entry] if isinstance(entry.event, OperatorActed) else []
                if len(found) == limit:
                    return found, before
            if len(page) < PAGE_ENTRIES:
                return found, None
        return found, before


def memory_view(act: Act) -> dict[str, Any]:
    """An act that the process remembers."""
    return {
        "at": act.at,
        "operator": user_view(act.operator),
        "action": act.action,
        "target": act.target,
        "outcome": act.outcome,
    }


def _number(request: Request, name: str, default: int | None, maximum: int) -> int | None:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 17 and 1 <= int(text) <= maximum):
        raise ApiRefused(400, "invalid_data", f"{name}: must be a whole number from 1 to {maximum}")
    return int(text)
