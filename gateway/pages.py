"""The pages of the web app, and what only development has: a start page, an example host page, and tokens for the asking.

A page is the same file for everybody: the session's name stands in its address, the user's token in the browser tab's own storage.
"""

import re
import time
from hashlib import blake2b
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.assets import page
from gateway.settings import Settings
from gateway.signing_key import signing_key
from gateway.start_refused import StartRefused
from gateway.token_issue import DEFAULT_LIFETIME_SECONDS, Person, issue_token

ROLES: Final = frozenset({"ATTENDEE", "MODERATOR"})
DEMO_EVENT: Final = "demo"
MAX_BODY_BYTES: Final = 4096
MAX_NAME_LENGTH: Final = 100
MAX_SESSION_LENGTH: Final = 64


def page_routes(settings: Settings) -> list[Route]:
    """The pages; with `settings.dev` the start page, `/example` and `POST /dev/token` as well."""
    dev = settings.dev
    routes = [
        _page("/", "start" if dev else "entry", dev),
        _page("/s/{session}", "attendee", dev),
        _page("/s/{session}/manage", "manage", dev),
        _page("/e/{event}/producer", "producer", dev),
    ]
    if dev:
        routes += [_page("/example", "example", dev), Route("/dev/token", _token_endpoint(settings), methods=["POST"])]
    return routes


def _page(path: str, name: str, dev: bool) -> Route:
    async def serve(request: Request) -> Response:
        return page(request, name, reload=dev)

    return Route(path, serve)


def _token_endpoint(settings: Settings) -> Any:
    """Gives a token to whoever asks from a page of this server: development only, where everybody may be anybody."""

    async def give(request: Request) -> Response:
        _require_own_page(request)
        person = _person(await _json_body(request))
        key = signing_key(settings)
        if key is None:
            raise HTTPException(404, "this server has no key of its own to sign with")
        try:
            token = issue_token(person, settings, key, now=time.time(), lifetime_seconds=DEFAULT_LIFETIME_SECONDS)
        except StartRefused as refused:
            raise HTTPException(400, str(refused)) from None
        return JSONResponse({"token": token, "userId": person.user_id}, headers={"Cache-Control": "no-store"})

    return give


def _require_own_page(request: Request) -> None:
    """Pages of other origins get nothing, and do not learn that there is something.

    A browser always names the page's origin with a POST, and asks first when the content is JSON; the host it names is where it
    connected to.
    """
    origin = request.headers.get("origin")
    same = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if not same or request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise HTTPException(404, "not found")


async def _json_body(request: Request) -> dict[str, Any]:
    body = b""
    async for piece in request.stream():  # what is too much is read and dropped
        body += piece[: MAX_BODY_BYTES + 1 - len(body)]
    if len(body) > MAX_BODY_BYTES:
        raise HTTPException(413, "that is too long")
    try:
        value = orjson.loads(body)
    except ValueError:
        raise HTTPException(400, "the body is not JSON") from None
    if not isinstance(value, dict):
        raise HTTPException(400, "the body is not a JSON object")
    return value


def _person(wish: dict[str, Any]) -> Person:
    """Whom the body asks for. The same name is the same user, so that two tabs can be two devices of one person."""
    name = _text(wish, "name", MAX_NAME_LENGTH)
    session = _text(wish, "session", MAX_SESSION_LENGTH)
    role = wish.get("role", "ATTENDEE")
    if role not in ROLES:
        raise HTTPException(400, f"role must be one of {', '.join(sorted(ROLES))}")
    first, _, last = name.partition(" ")
    event = DEMO_EVENT if role != "ATTENDEE" else None
    sessions = () if event else (session,)
    return Person(user_id=user_id(name), given_name=first, family_name=last, roles=[role], sessions=sessions, event_id=event)


def _text(wish: dict[str, Any], field: str, max_length: int) -> str:
    value = wish.get(field)
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if not 1 <= len(text) <= max_length:
        raise HTTPException(400, f"{field} must have 1 to {max_length} characters")
    return text


def user_id(name: str) -> str:
    """An id for a name: readable where it is of plain letters, and different for different names in any case."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if plain.replace("-", " ") == name.lower():
        return plain
    return f"{plain or 'person'}-{blake2b(name.encode(), digest_size=4).hexdigest()}"
