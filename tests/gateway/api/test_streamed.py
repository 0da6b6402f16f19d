"""Reports of 100,000 rows: in memory there is a piece at a time, and the loop turns between two."""

import tracemalloc
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, cast

import httpx
import pytest
import trio
from structlog.testing import capture_logs

from breakout.errors import StorageUnavailable
from gateway.api.attendance import ROWS_PER_CHUNK
from gateway.api.streamed import Chunks, streamed
from tests.fakes.changes import NOW
from tests.gateway.api.harness import Api, token
from tests.gateway.transport_harness import start, until

ROWS = 100_000
REPORT = "/api/sessions/demo/attendance"
STAY = "INSERT INTO breakout_attendance VALUES ('demo', ?, ?, 'r1', 'Ana', 'Álvarez', 'PARTICIPANT', ?, ?, 5)"


@pytest.fixture
async def full(api: Api) -> Api:
    """The API of a session with 100,000 stays of a minute."""
    stays = [(n, f"user-{n}", NOW + n, NOW + n + 60_000) for n in range(ROWS)]

    def fill(db: Any) -> None:
        db.conn.execute("BEGIN")
        db.conn.executemany(STAY, stays)
        db.conn.execute("COMMIT")

    await api.persistence.store._lane.run(fill)
    return api


class Discarding:
    """An ASGI server that throws the body away, and counts it."""

    def __init__(self, path: str) -> None:
        bearer = f"Bearer {token(roles=['MODERATOR'])}".encode()
        self.scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": "GET",
            "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
            "headers": [(b"authorization", bearer)], "client": ("x", 1), "server": ("x", 2), "state": {},
        }  # fmt: skip
        self.pieces: list[int] = []
        self.complete = False

    async def receive(self) -> dict[str, Any]:
        await trio.sleep_forever()
        raise AssertionError

    async def send(self, message: Any) -> None:
        await trio.lowlevel.checkpoint()
        self.pieces.append(len(message.get("body", b"")))
        self.complete = message["type"] == "http.response.body" and not message["more_body"]


@pytest.mark.slow
async def test_memory_stays_small_while_a_hundred_thousand_rows_are_sent(full: Api) -> None:
    peer = Discarding(f"{REPORT}.json")
    tracemalloc.start()
    try:
        await full.app(peer.scope, peer.receive, peer.send)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peer.complete
    assert sum(peer.pieces) > 10_000_000
    assert max(peer.pieces) < 64 * 1024
    assert peak < 4_000_000


@pytest.mark.slow
async def test_loop_turns_between_the_pieces_of_a_report(full: Api, nursery: trio.Nursery) -> None:
    turns = 0
    seen: list[int] = []
    largest = 0

    async def spied(scope: Any, receive: Any, send: Any) -> None:
        async def note(message: Any) -> None:
            nonlocal largest
            largest = max(largest, len(message.get("body", b"")))
            seen.append(turns)
            await send(message)

        await full.app(scope, receive, note)

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await trio.lowlevel.checkpoint()

    running = await start(nursery, app=spied)
    nursery.start_soon(turn)
    headers = {"Authorization": f"Bearer {token(roles=['MODERATOR'])}"}
    url = f"http://127.0.0.1:{running.address[1]}{REPORT}.csv"
    async with httpx.AsyncClient(trust_env=False) as client, client.stream("GET", url, headers=headers) as answer:
        count = sum([1 async for _ in answer.aiter_lines()])
    assert count == ROWS + 1
    assert len(seen) >= ROWS // ROWS_PER_CHUNK
    assert largest < 64 * 1024
    # trio runs the tasks of one turn in any order, so that one of two neighbours may see none
    assert all(later > earlier for earlier, later in zip(seen[1:], seen[3:], strict=False))


@pytest.mark.slow
async def test_peer_that_leaves_in_the_middle_ends_the_reading(full: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = 0
    read = full.persistence.store._attendance_page

    async def counted(*arguments: Any) -> Any:
        nonlocal pages
        pages += 1
        return await read(*arguments)

    monkeypatch.setattr(full.persistence.store, "_attendance_page", counted)
    stream = await full.transport.connect()
    request = f"GET {REPORT}.json HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token(roles=['MODERATOR'])}\r\n\r\n"
    with trio.fail_after(10), capture_logs() as logs:
        await stream.send_all(request.encode())
        await stream.receive_some(1000)
        await stream.aclose()
        await until(lambda: full.transport.server.statistics.open == 0)
    assert 0 < pages < ROWS / 1000
    assert not [entry for entry in logs if entry["log_level"] == "error"]


async def chunks(*pieces: bytes | Exception) -> AsyncIterator[bytes]:
    for piece in pieces:
        if isinstance(piece, Exception):
            raise piece
        yield piece


async def send_all(generator: Any) -> tuple[list[bytes], bool]:
    """The pieces that arrive, and whether the response was ended as a whole one."""
    response = await streamed(generator, "text/plain", {})
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    try:
        await response({"type": "http", "method": "GET"}, _no_receive, send)
    except StorageUnavailable:
        return [m["body"] for m in sent[1:]], False
    return [m["body"] for m in sent[1:]], not sent[-1]["more_body"]


async def _no_receive() -> Any:
    await trio.sleep_forever()


async def test_pieces_are_sent_in_order_and_ended() -> None:
    assert await send_all(chunks(b"a", b"b", b"c")) == ([b"a", b"b", b"c", b""], True)


async def test_failure_before_the_first_piece_is_raised_before_a_response_is_begun() -> None:
    with pytest.raises(StorageUnavailable):
        await streamed(cast(Any, chunks(StorageUnavailable())), "text/plain", {})


async def test_failure_in_the_middle_leaves_the_response_without_its_end() -> None:
    assert await send_all(chunks(b"a", b"b", StorageUnavailable())) == ([b"a", b"b"], False)


async def test_report_is_closed_when_its_peer_leaves() -> None:
    closed = trio.Event()

    async def report() -> Chunks:
        try:
            yield b"a"
            yield b"b"
        finally:
            closed.set()

    async def broken(_message: Any) -> None:
        raise ConnectionResetError

    async with aclosing(report()) as pieces:
        response = await streamed(pieces, "text/plain", {})
        with pytest.raises(ConnectionResetError):
            await response({"type": "http", "method": "GET"}, _no_receive, broken)
        assert closed.is_set()


