"""The Autobahn cases against an echo endpoint on our stream, run by `kosoku`.

Cases 12 and 13 are about compression, which is never negotiated. The runner connects to `/`, echoes binary and sends
messages of 16 MiB, so this test opens what the product keeps shut: every path, binary messages, and the limits.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import trio

from gateway import listener as listener_module
from gateway.endpoint import Receiver
from gateway.frame import text_frame
from gateway.head import RequestHead
from gateway.upgrade import WebSocketConnection
from tests.gateway.transport_harness import Echo, EchoEndpoint, Running, start

NO_LIMIT = 2**40
GOOD = {"OK", "INFORMATIONAL"}
RUN = "import sys; from kosoku._cli import main; sys.exit(main())"


class EchoAnything:
    def admit(self, head: RequestHead, peer: str) -> None:
        return

    def open(self, admission: None, socket: WebSocketConnection) -> Receiver:
        socket.stream.flush()
        return Echo(EchoEndpoint(), "", socket)


def echo_binary(socket: WebSocketConnection, message: str | bytes) -> None:
    """In place of the refusal of a binary message, which the suite does not know."""
    frame = text_frame(message.encode() if isinstance(message, str) else message)
    socket.stream.send_frame(frame if isinstance(message, str) else b"\x82" + frame[1:])
    socket.stream.flush()


def results(reports: Path) -> dict[str, dict[str, str]]:
    (index,) = (path for path in reports.glob("*.json") if "index" in path.name)
    (cases,) = json.loads(index.read_text()).values()
    return dict(cases)


def wrongs(cases: dict[str, dict[str, str]]) -> dict[str, list[str]]:
    """What is not as it should be in each case: how it went, and how it was closed."""
    return {
        case: [f"{part}: {result[part]}" for part in ("behavior", "behaviorClose") if result[part] not in GOOD]
        for case, result in cases.items()
    }


@pytest.mark.slow
async def test_no_autobahn_case_fails(nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(listener_module, "is_websocket_path", lambda _: True)
    monkeypatch.setattr(WebSocketConnection, "_take", echo_binary)
    running: Running = await start(
        nursery,
        endpoint=EchoAnything(),
        max_message_bytes=2**26,
        inbound_bytes_per_second=NO_LIMIT,
        inbound_burst_bytes=NO_LIMIT,
        outbox_max_bytes=NO_LIMIT,
        receive_chunk_bytes=2**16,
    )
    address = "{}:{}".format(*running.address)
    command = [sys.executable, "-c", RUN, "-p", "4", "-x", "12.*", "-x", "13.*", "-o", str(tmp_path), address]
    with trio.fail_after(120):
        await trio.run_process(command, stdout=subprocess.DEVNULL, check=False)
    cases = results(tmp_path)
    assert len(cases) > 290
    assert {name: wrong for name, wrong in wrongs(cases).items() if wrong} == {}
