"""The routes of the API, each with its method, and CORS for pages of other origins that embed the web elements."""

from collections.abc import Sequence
from typing import Final

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route

from gateway.api.assignments_csv import ImportEndpoint
from gateway.api.attendance import AttendanceEndpoint
from gateway.api.auth import Gate, SessionGate
from gateway.api.committed import CommittedSessions
from gateway.api.events import EventEndpoint
from gateway.api.refused import Handler, answered
from gateway.api.rooms import RoomsEndpoint
from gateway.token import TokenVerifier
from gateway.wire.encode import WireEncoder

PREFLIGHT_SECONDS: Final = 7200
"""How long a browser need not ask again; none remembers it longer."""


def api_routes(
    sessions: CommittedSessions, verifier: TokenVerifier, encoder: WireEncoder, allowed_origins: Sequence[str]
) -> list[Route]:
    """Everything under `/api/sessions` and `/api/events`. No `allowed_origins` means any, as for WebSockets."""
    gate = Gate(verifier, sessions.root.revoked)
    session_gate = SessionGate(gate, sessions)
    rooms = RoomsEndpoint(session_gate, sessions, encoder)
    attendance = AttendanceEndpoint(session_gate, sessions)
    cors = cors_of(allowed_origins)

    def route(path: str, handler: Handler, method: str = "GET") -> Route:
        return Route(f"/api/{path}", answered(handler), methods=[method, "OPTIONS"], middleware=[cors])

    return [
        route("sessions/{id}/rooms", rooms.list_rooms),
        route("sessions/{id}/attendance.json", attendance.as_json),
        route("sessions/{id}/attendance.csv", attendance.as_csv),
        route("sessions/{id}/assignments.csv", ImportEndpoint(session_gate, sessions).import_csv, "POST"),
        route("events/{id}/rooms", EventEndpoint(gate, sessions, encoder).list_rooms),
    ]


def cors_of(allowed_origins: Sequence[str]) -> Middleware:
    """Tokens are no cookies: a page of any origin can only send one that it was given."""
    return Middleware(
        CORSMiddleware,
        allow_origins=list(allowed_origins) or ["*"],
        allow_methods=["GET", "HEAD", "POST"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key"],
        expose_headers=["Content-Disposition", "Date", "Retry-After"],
        max_age=PREFLIGHT_SECONDS,
    )
