"""The HTTP application on the same port: everything that is not a WebSocket."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from gateway.security_headers import SecurityHeaders

CODES = {400: "malformed", 401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "method_not_allowed"}
"""The `code` of an HTTP error; the status says the rest."""


def make_app(routes: Sequence[BaseRoute]) -> Starlette:
    """The application; its errors are `{"error": {"code", "message"}}` with the fitting status."""
    middleware = [Middleware(SecurityHeaders)]
    return Starlette(routes=routes, middleware=middleware, exception_handlers={HTTPException: _error, Exception: _bug})


async def _error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = CODES.get(error.status_code, "error")
    body = {"error": {"code": code, "message": error.detail}}
    return JSONResponse(body, error.status_code, headers=dict(error.headers or {}))


async def _bug(_request: Request, _error: Exception) -> Response:
    """Whatever it was is raised again behind this answer, logged and counted."""
    body = {"error": {"code": "internal", "message": "the server failed at this"}}
    return JSONResponse(body, 500)
