"""Answers of any length, made while they are sent: in memory there is one piece at a time, and between two the loop turns."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from gateway.api.refused import NO_STORE

Chunks = AsyncGenerator[bytes, None]


class Streamed(StreamingResponse):
    """Sends `first` and the rest at the pace of the peer, and closes the rest also when the peer leaves in the middle.

    When it fails in the middle the connection ends without the end of the body, so that nobody takes a part for the whole.
    """

    def __init__(self, first: bytes, rest: Chunks, media_type: str, headers: Mapping[str, str]) -> None:
        super().__init__((), headers={**NO_STORE, **headers}, media_type=media_type)
        self._first = first
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        pieces = _nothing() if scope["method"] == "HEAD" else self._pieces()
        async with aclosing(self._rest), aclosing(pieces):
            self.body_iterator = pieces
            await self.stream_response(send)

    async def _pieces(self) -> Chunks:
        yield self._first
        async for piece in self._rest:
            yield piece


async def streamed(chunks: Chunks, media_type: str, headers: Mapping[str, str]) -> Streamed:
    """A response that is begun once its first piece is there: a store that fails at once is still an error of its own.

    Raises:
        Whatever the first piece of `chunks` raises.
    """
    first = await anext(chunks, b"")
    return Streamed(first, chunks, media_type, headers)


async def _nothing() -> Chunks:
    yield b""
