"""`GET /api/admin/audit`: what operators did, newest first."""

from collections.abc import Sequence
from typing import Any, Final

from attrs import frozen
from starlette.requests import Request
from starlette.responses import Response

from breakout.ports import StoredEntry
from breakout.session import OperatorActed
from gateway.admin.desk import Desk
from gateway.admin.journal_view import act_view, user_view
from gateway.api.refused import ApiRefused, json_response
from persistence.acts import Act

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

        `before` is where to go on (`?before=`), or null. With `?session=S` what was done to that session, from its journal; without
        it, what was done or refused on the whole server.
        """
        session_id = request.query_params.get("session")
        limit, before = limit_asked(request), before_asked(request)
        if session_id is None:
            self.desk.server_operator(request)
            return json_response(acts_page(await self.desk.trail.newest_first(before, limit), limit))
        self.desk.session_operator(request, session_id)
        found, before = await self._search(session_id, limit, before)
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


def limit_asked(request: Request) -> int:
    """How many acts to answer with. Raises: ApiRefused: 400, no number that is allowed."""
    return _number(request, "limit", DEFAULT_LIMIT, MAX_LIMIT) or DEFAULT_LIMIT


def before_asked(request: Request) -> int | None:
    """Where to go on; None for the newest. Raises: ApiRefused: As `limit_asked`."""
    return _number(request, "before", None, 2**53)


def acts_page(acts: Sequence[Act], limit: int) -> dict[str, Any]:
    """The answer that shows them; there may be more where there are `limit`."""
    return {"acts": [_kept_view(act) for act in acts], "before": acts[-1].at if len(acts) == limit else None}


def _kept_view(act: Act) -> dict[str, Any]:
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
