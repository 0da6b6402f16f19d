"""The routes of the operators' API. No CORS: operators use the command line, and no page of another origin gets an answer."""

from pathlib import Path

import trio
from starlette.routing import Route

from gateway.admin.audit import AuditAdmin
from gateway.admin.desk import Desk
from gateway.admin.process import ProcessAdmin
from gateway.admin.rooms import RoomsAdmin
from gateway.admin.server_report import ServerWatch
from gateway.admin.sessions import SessionsAdmin
from gateway.admin.tree import TreeAdmin
from gateway.api.refused import Handler, answered
from gateway.logs import LOG_LEVEL


def admin_routes(
    desk: Desk, server_desk: Desk, watch: ServerWatch, backup_directory: Path | None, stop: trio.Event
) -> list[Route]:
    """Everything under `/api/admin`; what concerns the whole process leaves its traces by `server_desk`."""
    rooms, sessions = RoomsAdmin(desk), SessionsAdmin(desk)
    process = ProcessAdmin(server_desk, backup_directory, LOG_LEVEL, stop)

    def route(path: str, handler: Handler, method: str = "GET") -> Route:
        return Route(f"/api/admin/{path}", answered(handler), methods=[method])

    return [
        route("actors", TreeAdmin(desk, watch).show),
        route("rooms/{id}", rooms.show),
        route("rooms/{id}/restart", rooms.restart, "POST"),
        route("rooms/{id}/close", rooms.close, "POST"),
        route("sessions", sessions.show_all),
        route("sessions/{id}/evict", sessions.evict, "POST"),
        route("sessions/{id}/readmit", sessions.readmit, "POST"),
        route("drain", process.drain, "POST"),
        route("backup", process.back_up, "POST"),
        route("log-level", process.show_log_level),
        route("log-level", process.set_log_level, "PUT"),
        route("audit", AuditAdmin(desk).show),
    ]
