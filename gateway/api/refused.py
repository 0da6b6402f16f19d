"""How the API says no: `{"error": {"code", "message"}}` with the fitting status, the codes of commands among them."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from breakout.errors import Refusal

NO_STORE: Final = {"Cache-Control": "no-store"}
"""Answers name people, so no proxy and no browser keeps them."""

RETRY_AFTER_SECONDS: Final = "5"

STATUSES: Final[Mapping[str, int]] = {
    **dict.fromkeys(("malformed", "unknown_event", "invalid_data"), 400),
    "forbidden": 403,
    **dict.fromkeys(("room_not_found", "user_not_found", "recall_not_found", "help_not_found"), 404),
    **dict.fromkeys(("room_closed", "room_full", "room_locked", "not_in_room", "limit_reached", "conflict"), 409),
    **dict.fromkeys(("timer_running", "timer_not_running"), 409),
    "rate_limited": 429,
    "internal": 500,
    **dict.fromkeys(("room_unavailable", "overloaded", "storage_unavailable"), 503),
}
"""The status of a refused command by its code."""

Handler = Callable[[Request], Awaitable[Response]]


class ApiRefused(Exception):
    """The request is answered with an error; it had no effect unless the message says otherwise."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})

    def response(self) -> Response:
        retry = {"Retry-After": RETRY_AFTER_SECONDS} if self.status == 503 else {}
        body = {"error": {"code": self.code, "message": self.message}}
        return json_response(body, self.status, {**retry, **self.headers})


def refused_command(code: str, message: str) -> ApiRefused:
    """A command's refusal as an answer of the API."""
    return ApiRefused(STATUSES[code], code, message)


def json_response(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, {**NO_STORE, **(headers or {})}, "application/json")


def answered(handler: Handler) -> Handler:
    """`handler` with its refusals turned into answers."""

    async def answer(request: Request) -> Response:
        if request.method == "OPTIONS":  # one that is no preflight: those never come this far
            return ApiRefused(405, "method_not_allowed", "Method Not Allowed").response()
        try:
            return await handler(request)
        except ApiRefused as refused:
            return refused.response()
        except Refusal as refusal:
            return refused_command(refusal.code, refusal.message).response()

    return answer


def flag(request: Request, name: str) -> bool:
    """A query parameter that is `true` or `false`; false without it. Raises: ApiRefused: 400, it is neither."""
    value = request.query_params.get(name, "false")
    if value not in ("true", "false"):
        raise ApiRefused(400, "invalid_data", f"{name}: must be true or false")
    return value == "true"
