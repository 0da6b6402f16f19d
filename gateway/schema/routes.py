"""`GET /docs` and `GET /asyncapi.json`, made once at the start."""

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.assets import Asset, asset, respond
from gateway.schema.asyncapi import VERSION, document
from gateway.schema.docs_page import docs_page
from gateway.schema.words import load_words


def schema_routes() -> list[Route]:
    """The two routes; neither asks for a token."""
    words = load_words()
    described = orjson.dumps(document(words), option=orjson.OPT_INDENT_2)
    return [
        _route("/docs", asset(docs_page(words, VERSION).encode(), ".html", shared=False)),
        _route("/asyncapi.json", asset(described, ".json")),
    ]


def _route(path: str, served: Asset) -> Route:
    async def serve(request: Request) -> Response:
        return respond(request, served)

    return Route(path, serve)
