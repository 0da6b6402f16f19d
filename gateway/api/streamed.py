"""Answers of any length, made while they are sent: in memory there is one piece at a time, and between two the loop turns."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from gateway.api.refused import NO_STORE

Chunks = AsyncGenerator[bytes, None]


class Streamed(StreamingResponse):
    """Sends `chunks` at the pace of the peer, and closes them also when the peer leaves in the middle.

    When they fail in the middle the connection ends without the end of the body, so that nobody takes a part for the whole.
    """

    def __init__(self, chunks: Chunks, media_type: str, headers: Mapping[str, str]) -> None:
        super().__init__(chunks, headers={**NO_STORE, **headers}, media_type=media_type)
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._chunks):
            if scope["method"] == "HEAD":
                self.body_iterator = _nothing()
            await self.stream_response(send)


async def streamed(chunks: Chunks, media_type: str, headers: Mapping[str, str]) -> Streamed:
    """A response that is begun once its first piece is there: a store that fails at once is still an error of its own.

    Raises:
        Whatever the first piece of `chunks` raises.
    """
    first = await anext(chunks, b"")
    return Streamed(_joined(first, chunks), media_type, headers)


async def _joined(first: bytes, rest: Chunks) -> Chunks:
    async with aclosing(rest):
        yield first
        async for chunk in rest:
            yield chunk


async def _nothing() -> Chunks:
    yield b""
