"""The stream over memory and over real sockets, without trio-websocket above it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio
import trio.testing
from trio.testing import MockClock

from gateway.frame import close_frame
from gateway.stream import ConnectionStream
from gateway.transport_settings import TransportSettings
from tests.gateway.stream_harness import SETTINGS, over_memory, over_socket, receive_exactly
from tests.gateway.transport_harness import PING, TEXT, client_frame, read_to_end

# --- writing


async def test_everything_queued_leaves_in_one_send_at_once() -> None:
    async with over_socket() as pair:
        for frame in (b"one", b"two", b"three"):
            pair.stream.send_frame(frame)
        pair.stream.flush()
        assert pair.socket is not None
        assert pair.socket.batches == [b"onetwothree"]
        assert await receive_exactly(pair.peer, 11) == b"onetwothree"


async def test_idle_stream_has_no_task_of_its_own() -> None:
    async with over_socket() as pair:
        before = trio.lowlevel.current_statistics().tasks_living
        pair.stream.send_frame(b"frame")
        pair.stream.flush()
        assert trio.lowlevel.current_statistics().tasks_living == before


async def test_backlog_leaves_whole_and_in_order_in_few_sends() -> None:
    async with over_socket(buffer_bytes=4096) as pair:
        expected = b""
        for number in range(400):
            frame = b"%08d" % number * 50
            pair.stream.send_frame(frame)
            pair.stream.flush()
            expected += frame
        assert await receive_exactly(pair.peer, len(expected)) == expected
        assert pair.socket is not None
        assert len(pair.socket.batches) < 100


async def test_control_frame_never_lands_inside_a_half_sent_frame() -> None:
    async with over_socket(buffer_bytes=4096) as pair:
        big = b"B" * 60_000
        pair.stream.send_frame(big)
        pair.stream.flush()
        await pair.stream.send_all(b"pong")
        pair.stream.send_frame(b"after")
        pair.stream.flush()
        assert await receive_exactly(pair.peer, len(big) + 9) == big + b"pongafter"


async def test_ticks_are_coalesced_only_while_they_wait() -> None:
    async with over_socket(buffer_bytes=4096) as pair:
        pair.stream.send_frame(b"B" * 60_000)
        pair.stream.flush()
        for number in range(10):
            pair.stream.send_tick("room", b"tick%d" % number)
            pair.stream.flush()
        assert (await receive_exactly(pair.peer, 60_005))[60_000:] == b"tick9"


async def test_tick_is_sent_at_once_where_nothing_waits() -> None:
    async with over_socket() as pair:
        assert pair.stream.send_tick("room", b"tick1") is False
        assert await receive_exactly(pair.peer, 5) == b"tick1"
        assert pair.socket is not None
        assert pair.socket.batches == [b"tick1"]


async def test_ticks_leave_at_once_again_when_what_waited_has_left() -> None:
    async with over_socket(buffer_bytes=4096) as pair:
        pair.stream.send_tick("room", b"T" * 200_000)
        assert pair.stream.send_tick("room", b"later") is True
        pair.stream.flush()
        assert (await receive_exactly(pair.peer, 200_005)).endswith(b"Tlater")
        await trio.testing.wait_all_tasks_blocked()
        assert pair.stream.send_tick("room", b"at once") is False
        assert await receive_exactly(pair.peer, 7) == b"at once"


async def test_tick_does_not_follow_a_close_frame() -> None:
    async with over_socket() as pair:
        pair.stream.send_tick("room", b"tick")
        pair.stream.send_close(close_frame(1000))
        assert pair.stream.send_tick("room", b"late") is False
        pair.stream.flush()
        await pair.stream.close_forcefully()
        assert pair.socket is not None
        assert pair.socket.batches == [b"tick", close_frame(1000)]


async def test_tick_to_a_peer_that_left_marks_the_stream_dead_and_raises_nothing() -> None:
    async with over_socket() as pair:
        await pair.peer.aclose()
        for _ in range(3):
            pair.stream.send_tick("room", b"tick")
        assert pair.stream.dead


async def test_tick_stays_behind_frames_that_wait_for_a_flush() -> None:
    async with over_socket() as pair:
        pair.stream.send_frame(b"first")
        assert pair.stream.send_tick("room", b"tick1") is True
        pair.stream.flush()
        assert await receive_exactly(pair.peer, 10) == b"firsttick1"


async def test_tick_that_the_kernel_takes_in_part_goes_on_before_what_follows() -> None:
    async with over_socket(buffer_bytes=4096) as pair:
        big = b"T" * 200_000
        pair.stream.send_tick("room", big)
        assert len(pair.stream.outbox) > 0
        pair.stream.send_frame(b"after")
        pair.stream.flush()
        assert await receive_exactly(pair.peer, len(big) + 5) == big + b"after"


async def test_stream_without_a_socket_sends_through_its_writer_task() -> None:
    async with over_memory() as pair:
        for frame in (b"one", b"two"):
            pair.stream.send_frame(frame)
            pair.stream.flush()
        assert await receive_exactly(pair.peer, 6) == b"onetwo"


async def test_sending_to_a_peer_that_left_marks_the_stream_dead_and_raises_nothing() -> None:
    async with over_socket() as pair:
        await pair.peer.aclose()
        for _ in range(3):
            pair.stream.send_frame(b"frame")
            pair.stream.flush()
        assert pair.stream.dead
        with pytest.raises(trio.BrokenResourceError):
            await pair.stream.send_all(b"pong")


async def test_nothing_follows_a_close_frame() -> None:
    async with over_socket() as pair:
        pair.stream.send_frame(b"last")
        pair.stream.send_close(close_frame(1000))
        pair.stream.send_frame(b"too late")
        pair.stream.send_close(close_frame(1001))
        pair.stream.flush()
        with trio.fail_after(5):
            await pair.stream.finish()
            assert await read_to_end(pair.peer) == b"last" + close_frame(1000)
        assert pair.owner.closes == 1


# --- slow consumers


async def test_consumer_is_slow_once_more_than_its_bytes_wait_and_the_rest_is_dropped() -> None:
    async with over_socket(TransportSettings(outbox_max_bytes=100_000), buffer_bytes=4096) as pair:
        for _ in range(20):
            pair.stream.send_frame(b"x" * 10_000)
        assert pair.owner.slow == 1
        assert pair.stream.outbox.high_water <= 100_000
        pair.stream.send_frame(b"refused")
        assert pair.owner.slow == 1


async def test_single_frame_longer_than_the_limit_reaches_a_peer_that_reads() -> None:
    async with over_socket(TransportSettings(outbox_max_bytes=4096), buffer_bytes=4096) as pair:
        pair.stream.send_frame(b"x" * 500_000)
        pair.stream.flush()
        assert await receive_exactly(pair.peer, 500_000) == b"x" * 500_000
        pair.stream.send_frame(b"next")
        pair.stream.flush()
        assert await receive_exactly(pair.peer, 4) == b"next"
        assert pair.owner.slow == 0


async def test_burst_is_given_to_the_kernel_before_a_consumer_is_called_slow() -> None:
    async with over_socket(TransportSettings(outbox_max_bytes=4096)) as pair:
        for _ in range(20):
            pair.stream.send_frame(b"x" * 1000)
        assert pair.owner.slow == 0


@pytest.mark.parametrize("open_pair", [over_memory, over_socket])
async def test_consumer_is_slow_when_nothing_could_be_sent_for_its_time(
    autojump_clock: MockClock, open_pair: Callable[..., Any]
) -> None:
    async with open_pair() as pair:
        pair.stream.send_frame(b"x" * 900_000)
        pair.stream.flush()
        await trio.sleep(9.9)
        assert pair.owner.slow == 0
        await trio.sleep(0.2)
        assert pair.owner.slow == 1


async def test_consumer_that_reads_slowly_but_steadily_is_not_slow(autojump_clock: MockClock) -> None:
    async with over_socket(buffer_bytes=4096) as pair:
        pair.stream.send_frame(b"x" * 300_000)
        pair.stream.flush()
        received = 0
        while received < 300_000:
            await trio.sleep(5.0)
            received += len(await pair.peer.receive_some(30_000))
        assert pair.owner.slow == 0


# --- reading


async def test_what_came_behind_the_head_is_read_first() -> None:
    async with over_socket() as pair:
        pair.stream.replay(b"early")
        await pair.peer.send_all(b"late")
        assert [await pair.stream.receive_some(3) for _ in range(3)] == [b"ear", b"ly", b"lat"]


@pytest.mark.parametrize(
    "flood",
    [
        client_frame(PING),
        client_frame(0, final=False),
        client_frame(0, b"x", final=False),
        client_frame(TEXT, b"x" * 9000),
    ],
    ids=["pings", "empty fragments", "one-byte fragments", "large messages"],
)
async def test_flood_is_cut_by_the_byte_budget(flood: bytes) -> None:
    async with over_socket() as pair:
        with trio.fail_after(5):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_send_until_refused, pair.peer, flood * (60_000 // len(flood)))
                received = await _read_until_broken(pair.stream)
                nursery.cancel_scope.cancel()
        assert received <= SETTINGS.inbound_burst_bytes
        assert pair.stream.failure is not None
        assert pair.stream.failure[0] == 4029


async def test_single_bytes_in_reads_of_their_own_are_charged_for_the_reads() -> None:
    async with over_memory(TransportSettings(inbound_burst_bytes=650, inbound_bytes_per_second=1)) as pair:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_send_singly, pair.peer)
            received = await _read_until_broken(pair.stream)
            nursery.cancel_scope.cancel()
        assert received < 10


async def _send_singly(stream: trio.abc.SendStream) -> None:
    while True:
        await stream.send_all(b"\x81")


async def _send_until_refused(stream: trio.abc.SendStream, data: bytes) -> None:
    try:
        while True:
            await stream.send_all(data)
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        return


async def _read_until_broken(stream: ConnectionStream) -> int:
    """How many bytes were handed over until the stream broke."""
    received = 0
    try:
        while data := await stream.receive_some(1024):
            received += len(data)
    except trio.BrokenResourceError:
        return received
    pytest.fail("the peer left before the stream broke")


# --- ending


async def test_finish_delivers_the_backlog_then_waits_for_the_peer_to_leave() -> None:
    async with over_socket(buffer_bytes=4096) as pair:
        pair.stream.send_frame(b"x" * 50_000)
        pair.stream.send_close(close_frame(1000, "bye"))
        received: list[bytes] = []

        async def peer() -> None:
            received.append(await read_to_end(pair.peer))
            await pair.peer.aclose()

        with trio.fail_after(5):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(peer)
                await pair.stream.finish()
        assert received == [b"x" * 50_000 + close_frame(1000, "bye")]


@pytest.mark.parametrize("reading", [True, False])
async def test_finish_gives_up_on_a_peer_that_stays_silent(autojump_clock: MockClock, reading: bool) -> None:
    async with over_socket() as pair, trio.open_nursery() as nursery:
        if reading:
            nursery.start_soon(_expect, trio.ClosedResourceError, pair.stream.receive_some)
            await trio.testing.wait_all_tasks_blocked()
        began = trio.current_time()
        await pair.stream.finish()
        assert trio.current_time() - began == pytest.approx(SETTINGS.linger_seconds)
        assert pair.stream.closed


async def test_finish_discards_what_still_arrives_while_a_read_is_under_way() -> None:
    async with over_socket() as pair:
        with trio.fail_after(5):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_expect, trio.ClosedResourceError, pair.stream.receive_some)
                await trio.testing.wait_all_tasks_blocked()
                nursery.start_soon(pair.stream.finish)
                assert await pair.peer.receive_some() == b""
                await pair.peer.send_all(b"late" * 10_000)
                await pair.peer.send_eof()


async def test_finish_is_bounded_when_the_peer_takes_nothing(autojump_clock: MockClock) -> None:
    async with over_socket(buffer_bytes=4096) as pair:
        pair.stream.send_frame(b"x" * 900_000)
        pair.stream.flush()
        began = trio.current_time()
        await pair.stream.finish()
        assert trio.current_time() - began <= SETTINGS.close_seconds + SETTINGS.linger_seconds


async def test_cut_wakes_a_pending_read_and_sends_nothing_more() -> None:
    async with over_socket() as pair:
        with trio.fail_after(5):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_expect, trio.ClosedResourceError, pair.stream.receive_some)
                await trio.testing.wait_all_tasks_blocked()
                pair.stream.send_frame(b"never")
                pair.stream.cut("test")
                pair.stream.cut("twice")
            assert await read_to_end(pair.peer) == b""
        assert pair.stream.failure == (1006, "test")


async def _expect(error: type[BaseException], call: Callable[[], Awaitable[object]]) -> None:
    with pytest.raises(error):
        await call()
