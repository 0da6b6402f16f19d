"""A connection whose own code fails at its end: it alone is over, and the log has it once, in its own name."""

from typing import Any

import pytest
import trio
from attrs import define
from structlog.contextvars import bind_contextvars, merge_contextvars
from structlog.testing import capture_logs

from gateway.upgrade import WebSocketConnection
from tests.gateway.transport_harness import BINARY, CLOSE, TEXT, EchoEndpoint, client_frame, start, until


@define
class Mourner(EchoEndpoint):
    """Fails when it is told of an end; the log knows its connections by their numbers. Whatever one says closes the first."""

    number: int = 0

    def open(self, admission: str, socket: WebSocketConnection) -> Any:
        self.number += 1
        bind_contextvars(number=self.number)
        super().open(admission, socket)
        return self

    def text(self, text: str) -> None:
        self.connections[0].request_close(1000)

    def ended(self, code: int, reason: str) -> None:
        raise LookupError("a bug")


@pytest.mark.parametrize("frame", [b"", client_frame(CLOSE, b"\x03\xe8"), client_frame(BINARY)])
async def test_receiver_that_fails_at_the_end_leaves_nothing_open_and_is_logged_once_in_its_own_name(
    nursery: trio.Nursery, frame: bytes
) -> None:
    """However it ends: lost, by the peer, by us on behalf of another connection's task."""
    running = await start(nursery, endpoint=Mourner())
    with capture_logs(processors=[merge_contextvars]) as logs, trio.fail_after(5):
        client = await running.open_websocket()
        await client.stream.send_all(frame)
        await client.stream.aclose()
        await running.wait_idle()
        await running.server.wait_no_websockets()
        await until(lambda: running.server.statistics.failed > 0)
    assert running.server.statistics.failed == 1
    errors = [(entry["event"], entry["number"]) for entry in logs if entry["log_level"] == "error"]
    assert errors == [("connection_failed", 1)]


async def test_failure_is_logged_in_the_name_of_the_connection_that_somebody_else_closed(nursery: trio.Nursery) -> None:
    running = await start(nursery, endpoint=Mourner())
    with capture_logs(processors=[merge_contextvars]) as logs, trio.fail_after(5):
        first, second = await running.open_websocket(), await running.open_websocket()
        await second.send(TEXT, b"close the first")
        assert await first.close_code() in {1000, 1006}
        await running.wait_idle(left=1)
        await until(lambda: running.server.statistics.failed > 0)
    errors = [(entry["event"], entry["number"]) for entry in logs if entry["log_level"] == "error"]
    assert errors == [("connection_failed", 1)]
