"""Who does not read is cut with 4008, over real sockets, and everybody else is served as before."""

import trio
import trio.testing

from gateway.frame import text_frame
from tests.gateway.transport_harness import TEXT, EchoEndpoint, start


async def test_what_a_client_does_not_read_waits_in_its_outbox_and_not_in_the_kernel(nursery: trio.Nursery) -> None:
    """Of 3 MB that the kernel would take without a limit, for a client whose own buffer takes 4 KiB."""
    running = await start(nursery)
    await running.open_websocket(receive_buffer_bytes=4096)
    stream = (await running.connection()).stream
    sent = 0
    while len(stream.outbox) < 100_000 and sent < 2_000_000:
        stream.send_frame(text_frame(b"x" * 2000))
        stream.flush()
        sent += 2004
        await trio.lowlevel.checkpoint()
    assert sent - len(stream.outbox) < 128 * 1024


async def test_peer_that_sends_and_never_reads_is_cut_with_4008_while_others_are_served(nursery: trio.Nursery) -> None:
    endpoint = EchoEndpoint()
    running = await start(nursery, endpoint=endpoint, outbox_max_bytes=16 * 1024, close_seconds=5.0)
    bystander = await running.open_websocket()
    client = await running.open_websocket(receive_buffer_bytes=4096)
    deaf = await running.connection(1)
    with trio.fail_after(10):
        for number in range(100):
            if deaf in endpoint.codes:
                break
            await client.send(TEXT, b"x" * 1000)
            await bystander.send(TEXT, b"%d" % number)
            assert await bystander.receive() == (TEXT, b"%d" % number)
        assert endpoint.codes == {deaf: 4008}
        assert await client.close_code() == 4008
        await client.stream.aclose()
        await running.wait_idle(left=1)
        await bystander.send(TEXT, b"still here")
        assert await bystander.receive() == (TEXT, b"still here")


async def test_slow_consumer_is_cut_while_the_other_49_receive_every_frame(nursery: trio.Nursery) -> None:
    endpoint = EchoEndpoint()
    running = await start(nursery, endpoint=endpoint, outbox_max_bytes=64 * 1024, close_seconds=0.2)
    clients = [await running.open_websocket(receive_buffer_bytes=4096 if number == 0 else None) for number in range(50)]
    connections = [await running.connection(number) for number in range(50)]
    frames = 40
    received = [0] * 50

    async def read(number: int) -> None:
        while received[number] < frames:
            assert (await clients[number].receive())[0] == TEXT
            received[number] += 1

    with trio.fail_after(15):
        async with trio.open_nursery() as readers:
            for number in range(1, 50):
                readers.start_soon(read, number)
            for _ in range(frames):
                for connection in connections:
                    connection.stream.send_frame(text_frame(b"x" * 10_000))
                    connection.stream.flush()
                await trio.testing.wait_all_tasks_blocked()
        await running.wait_idle(left=49)
    assert received[1:] == [frames] * 49
    assert endpoint.codes == {connections[0]: 4008}
