"""The files of the web app and the client library, from memory: compressed once, revalidated by ETag, pages under a strict policy.

Everything under `gateway/web/` but its pages is served at the same path; pages have paths of their own (`page`).
A file is read once or, for development, at every request.
"""

import gzip
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Final

from attrs import frozen
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.script_text import without_comments

WEB: Final = Path(__file__).parent / "web"
PAGES: Final = "pages"

CONTENT_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ts": "text/plain; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
"""By suffix; a file of another kind is not served."""

COMPRESSED: Final = frozenset({".ico", ".png", ".woff2"})
"""Kinds that compression makes no smaller."""

HEADERS: Final = {
    "Cache-Control": "no-cache",  # asks every time, and is answered with 304: names carry no hashes, there being no build
    "Vary": "Accept-Encoding",
}

POLICY: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; "
        "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),  # ws: and wss: because the elements may be told of a server elsewhere
}
"""Of pages. Everything else has the policy of `security_headers.py`, which is stricter and shorter."""

SHARED: Final = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
"""Besides, for what other people's pages load: modules come by CORS. Pages are not among it."""


@frozen
class Asset:
    """One file, ready to be sent.

    Attributes:
        compressed: With gzip; None where that would not make it smaller.
        tag: Of the plain body; the compressed one's has `-gzip` behind it.
        shared: Pages of other origins may load it.
    """

    body: bytes
    compressed: bytes | None
    tag: str
    content_type: str
    shared: bool = True


def asset(body: bytes, suffix: str, *, shared: bool = True) -> Asset:
    """A file of the kind that `suffix`, such as ".js", stands for. Compresses: some ms for 100 KB."""
    smaller = None if suffix in COMPRESSED else gzip.compress(body, mtime=0)
    if smaller is not None and len(smaller) >= len(body):
        smaller = None
    return Asset(body, smaller, blake2b(body, digest_size=12).hexdigest(), CONTENT_TYPES[suffix], shared)


def respond(request: Request, served: Asset) -> Response:
    """200 with the body as the client takes it, or 304 where it has it already."""
    compressed = served.compressed if served.compressed is not None and _takes_gzip(request) else None
    tag = f'"{served.tag}{"" if compressed is None else "-gzip"}"'
    policy = POLICY if served.content_type == CONTENT_TYPES[".html"] else {}
    headers = HEADERS | policy | (SHARED if served.shared else {}) | {"ETag": tag}
    if _has(request, tag):
        return Response(status_code=304, headers=headers)
    if compressed is None:
        return Response(served.body, headers=headers, media_type=served.content_type)
    return Response(compressed, headers=headers | {"Content-Encoding": "gzip"}, media_type=served.content_type)


def page(request: Request, name: str, *, reload: bool = False) -> Response:
    """The page `gateway/web/pages/{name}.html`, at whatever path the caller gives it."""
    return respond(request, _load(WEB / PAGES / f"{name}.html", shared=False, reload=reload))


def asset_routes(*, reload: bool = False) -> list[Route]:
    """Routes to every folder under `gateway/web/` but the pages. With `reload`, files may change while the server runs."""
    if not reload:
        for path in _found().values():
            _load(path, shared=True, reload=False)

    async def serve(request: Request) -> Response:
        path = (_find() if reload else _found()).get(request.url.path)
        if path is None:
            raise HTTPException(404, "there is no such file")
        return respond(request, _load(path, shared=True, reload=reload))

    folders = sorted({address.split("/")[1] for address in _found()})
    return [Route(f"/{folder}/{{path:path}}", serve) for folder in folders]


def _find() -> dict[str, Path]:
    """Exactly these are served, by the path of the request: that is looked up here and never opened."""
    found = (path for path in WEB.glob("*/**/*") if path.suffix in CONTENT_TYPES and path.is_file())
    addresses = {f"/{path.relative_to(WEB).as_posix()}": path for path in found}
    return {address: path for address, path in addresses.items() if not address.startswith(f"/{PAGES}/")}


_found = cache(_find)


def _load(path: Path, *, shared: bool, reload: bool) -> Asset:
    return (_read if reload else _remembered)(path, shared)


@cache
def _remembered(path: Path, shared: bool) -> Asset:
    return _read(path, shared)


def _read(path: Path, shared: bool) -> Asset:
    body = path.read_bytes()
    if path.suffix == ".js" and path.parent != WEB / "vendor":  # what is not ours is handed on as it is
        body = without_comments(body)
    return asset(body, path.suffix, shared=shared)


def _takes_gzip(request: Request) -> bool:
    for offer in request.headers.get("accept-encoding", "").split(","):
        coding, _, quality = offer.partition(";")
        if coding.strip().lower() in {"gzip", "*"}:
            return quality.replace(" ", "").lower() not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def _has(request: Request, tag: str) -> bool:
    known = [entry.strip().removeprefix("W/") for entry in request.headers.get("if-none-match", "").split(",")]
    return tag in known or known == ["*"]
