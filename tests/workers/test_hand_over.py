"""What becomes of connections on their way to a worker: no descriptor and no place is kept for one that is gone."""

import os
import signal
import socket
import struct
from pathlib import Path

import trio

from tests.drills.harness import ServerProcess
from tests.gateway.transport_harness import handshake
from tests.workers.harness import crew_served, metrics_of, pid_of, session_of, wait_ready, wait_until, workers_of

ONE, TWO = session_of(1), session_of(2)
AT_ONCE_RESET = struct.pack("ii", 1, 0)


def descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


async def wait_alone(server: ServerProcess) -> None:
    """Until no connection is open but that of the question."""
    with trio.fail_after(10):
        while (await metrics_of(server))["breakout_sockets_open"] > 1:  # noqa: ASYNC110 - as in `until`
            await trio.sleep(0.02)


async def test_clients_that_leave_while_they_are_handed_over_leave_nothing_behind(tmp_path: Path) -> None:
    async with crew_served(tmp_path / "breakout.db") as server:
        pids = [server.process.pid, *(worker["pid"] for worker in await workers_of(server))]
        await wait_alone(server)
        before = [descriptors(pid) for pid in pids]
        for number in range(300):
            with socket.create_connection(server.address) as client:
                client.sendall(handshake(f"/ws/{(ONE, TWO)[number % 2]}") if number % 3 else b"GET /ws/x HT")
                if number % 4 < 2:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE_RESET)
        await wait_alone(server)
        await wait_until(lambda: [descriptors(pid) for pid in pids] <= before)
        assert [worker["connections"] for worker in await workers_of(server)] == [0, 0]
        assert server.complaints() == []


async def test_places_of_connections_on_the_way_to_a_worker_that_dies_are_given_back(tmp_path: Path) -> None:
    async with crew_served(tmp_path / "breakout.db") as server:
        victim = await pid_of(server, 1)
        before = descriptors(server.process.pid)
        os.kill(victim, signal.SIGSTOP)
        clients = [socket.create_connection(server.address) for _ in range(300)]
        for client in clients:
            client.sendall(handshake(f"/ws/{ONE}"))
        with trio.fail_after(15):
            while (await metrics_of(server))["breakout_sockets_open"] <= 300:  # noqa: ASYNC110 - as in `until`
                await trio.sleep(0.02)
        os.kill(victim, signal.SIGKILL)
        await wait_ready(server)
        await wait_alone(server)
        await wait_until(lambda: descriptors(server.process.pid) <= before)
        for client in clients:
            client.close()
