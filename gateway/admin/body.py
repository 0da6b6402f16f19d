"""Small JSON bodies of operators' requests: an object with the strings that are asked for and nothing else."""

from contextlib import aclosing
from typing import Final

import orjson
from starlette.requests import Request

from gateway.api.refused import ApiRefused
from gateway.claims import MAX_ID_LENGTH

MAX_BYTES: Final = 4096
"""A path of 1,000 characters, escaped, and some room."""

MAX_LENGTH: Final = 1_000


async def string_field(request: Request, name: str) -> str:
    """The string `name` of the body, which has no other field.

    Raises:
        ApiRefused: 413 too long; 400 it is no such object, or the string is empty or longer than `MAX_LENGTH`.
    """
    try:
        body = orjson.loads(await _read(request))
    except orjson.JSONDecodeError:
        raise ApiRefused(400, "malformed", "the body is not JSON") from None
    if not isinstance(body, dict) or set(body) != {name}:
        raise ApiRefused(400, "invalid_data", f'the body must be an object with "{name}" and nothing else')
    value = body[name]
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_LENGTH or "\0" in value:
        raise ApiRefused(400, "invalid_data", f"{name}: must be a string of 1-{MAX_LENGTH} characters")
    return value


async def user_id_field(request: Request) -> str:
    """The user's id in the body, `{"userId"}`. Raises: ApiRefused: As `string_field`; 400 also where no token can name it."""
    user_id = await string_field(request, "userId")
    if len(user_id) > MAX_ID_LENGTH:
        raise ApiRefused(400, "invalid_data", f"userId: must be a string of 1-{MAX_ID_LENGTH} characters")
    return user_id


async def _read(request: Request) -> bytes:
    body = bytearray()
    async with aclosing(request.stream()) as pieces:
        async for piece in pieces:
            body += piece
            if len(body) > MAX_BYTES:
                raise ApiRefused(413, "limit_reached", f"the body is larger than {MAX_BYTES} bytes")
    return bytes(body)
