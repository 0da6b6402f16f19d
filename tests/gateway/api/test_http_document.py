"""PROTOCOL.md says of the API what the code knows."""

import re
from unittest.mock import Mock

from breakout.errors import REFUSALS
from gateway.admin.routes import admin_routes
from gateway.admin.users import UsersAdmin
from gateway.api.assignment_rows import MAX_BYTES, MAX_LINES, MAX_ROWS
from gateway.api.attendance import COLUMNS
from gateway.api.refused import STATUSES
from gateway.api.routes import api_routes
from tests.protocol_reader import PARTS, table


def test_every_route_of_the_api_is_described_and_no_other() -> None:
    said = [request for (request, *_) in table("HTTP with a token", 1)]
    routes = api_routes(Mock(), Mock(), Mock(), ())
    known = [
        f"`{'POST' if 'POST' in (route.methods or ()) else 'GET'} {re.sub('{id}', name_of(route.path), route.path)}`"
        for route in routes
    ]
    assert said == known


def name_of(path: str) -> str:
    return "{eventId}" if path.startswith("/api/events") else "{sessionId}"


def test_columns_of_the_attendance_are_those_of_the_code() -> None:
    assert tuple(name.strip("`") for (name,) in table("Attendance", 1)) == COLUMNS


def test_limits_of_an_import_are_those_of_the_code() -> None:
    text = " ".join(PARTS["Assignments from CSV"])
    said = [int(number.replace(",", "")) for number in re.findall(r"at most ([\d,]+) (?:rows|lines|bytes)", text)]
    assert said == [MAX_ROWS, MAX_LINES, MAX_BYTES]


def test_statuses_of_refusals_are_those_of_the_code() -> None:
    rows = table("HTTP errors", 2)
    said = {code.strip("` "): int(status) for status, codes in rows for code in codes.split(",")}
    assert {code: said.get(code) for code in REFUSALS} == STATUSES
    assert {"unauthorized": 401, "not_found": 404, "method_not_allowed": 405, "no_reply": 504}.items() <= said.items()


def test_every_route_of_operators_is_described_and_no_other() -> None:
    said = [request for (request, *_) in table("Operators", 1)]
    known = []
    users = UsersAdmin(Mock(), Mock())
    for route in (*admin_routes(Mock(), Mock(), Mock(), None, Mock()), *users.routes()):
        (method,) = (route.methods or set()) - {"HEAD"}
        name = "{roomId}" if "/rooms/" in route.path else "{sessionId}"
        known.append(f"`{method} {route.path.replace('{id}', name)}`")
    assert said == known
