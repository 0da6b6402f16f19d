"""Messages and descriptors between front and worker: whole, in order, bounded."""

import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from gateway.workers import channel as channel_module
from gateway.workers.channel import (
    CONNECTION,
    OVER,
    READY,
    Channel,
    ChannelClosed,
    ChannelFull,
    Message,
    channel_pair,
    numbered,
)


@pytest.fixture
async def ends() -> AsyncIterator[tuple[Channel, Channel]]:
    one, other = map(Channel, channel_pair())
    yield one, other
    one.close()
    other.close()


async def fill(channel: Channel) -> int:
    """Send until there is no room. Returns how many messages fit."""
    sent = 0
    with trio.move_on_after(0.05):
        while True:
            await channel.send(Message(READY, b"x" * 1_000))
            sent += 1
    return sent


async def test_messages_arrive_whole_and_in_order(ends: tuple[Channel, Channel]) -> None:
    front, worker = ends
    sent = [Message(READY), numbered(OVER, range(1_000)), Message(READY, b"why")]
    for message in sent:
        await worker.send(message)
    assert [await front.receive() for _ in sent] == sent
    assert list(sent[1].numbers()) == list(range(1_000))


async def test_descriptor_arrives_and_is_the_same_connection(ends: tuple[Channel, Channel]) -> None:
    front, worker = ends
    near, far = socket.socketpair()
    with near, far:
        await front.send(numbered(CONNECTION, [7], (far.fileno(),)))
        far.close()
        message = await worker.receive()
        assert list(message.numbers()) == [7]
        with socket.socket(fileno=message.descriptors[0]) as passed:
            near.sendall(b"hello")
            assert passed.recv(10) == b"hello"


async def test_connection_under_way_is_closed_when_the_other_end_dies(ends: tuple[Channel, Channel]) -> None:
    front, worker = ends
    near, far = socket.socketpair()
    with near:
        await front.send(numbered(CONNECTION, [7], (far.fileno(),)))
        far.close()
        worker.close()
        assert near.recv(10) == b""


async def test_sender_waits_for_room_and_keeps_the_order(ends: tuple[Channel, Channel]) -> None:
    front, worker = ends
    fitted = await fill(front)
    assert fitted >= 100
    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            for number in range(3):
                nursery.start_soon(front.send, numbered(OVER, [number]))
                await wait_all_tasks_blocked()
            for _ in range(fitted):
                assert (await worker.receive()).kind == READY
            assert [list((await worker.receive()).numbers()) for _ in range(3)] == [[0], [1], [2]]


async def test_sender_that_is_cancelled_has_sent_nothing(ends: tuple[Channel, Channel]) -> None:
    front, worker = ends
    fitted = await fill(front)
    with trio.move_on_after(0.01) as scope:
        await front.send(Message(OVER))
    assert scope.cancelled_caught
    kinds = [(await worker.receive()).kind for _ in range(fitted)]
    front.close()
    assert set(kinds) == {READY}
    with pytest.raises(ChannelClosed):
        await worker.receive()


async def test_no_more_than_a_bounded_number_waits(ends: tuple[Channel, Channel], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_module, "MAX_WAITING", 2)
    front, _ = ends
    await fill(front)
    async with trio.open_nursery() as nursery:
        for _ in range(3):  # one has its turn, two wait for theirs
            nursery.start_soon(front.send, Message(OVER))
            await wait_all_tasks_blocked()
        with pytest.raises(ChannelFull):
            await front.send(Message(OVER))
        nursery.cancel_scope.cancel()


async def test_end_of_the_other_side_is_told_to_receivers_and_senders(ends: tuple[Channel, Channel]) -> None:
    front, worker = ends
    worker.close()
    with pytest.raises(ChannelClosed):
        await front.receive()
    with pytest.raises(ChannelClosed):
        await front.send(Message(READY))


async def test_closing_wakes_who_waits(ends: tuple[Channel, Channel]) -> None:
    front, _ = ends
    outcomes: list[str] = []

    async def receive() -> None:
        try:
            await front.receive()
        except ChannelClosed:
            outcomes.append("closed")

    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(receive)
            await wait_all_tasks_blocked()
            front.close()
    front.close()
    assert outcomes == ["closed"]


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_pair_leaves_no_descriptor_open() -> None:
    before = open_descriptors()
    for end in channel_pair():
        Channel(end).close()
    assert open_descriptors() == before


async def test_message_is_sent_now_only_where_there_is_room_and_nobody_waits(ends: tuple[Channel, Channel]) -> None:
    front, worker = ends
    assert front.send_now(Message(READY))
    fitted = await fill(front)
    assert not front.send_now(Message(READY))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(front.send, Message(OVER))
        await wait_all_tasks_blocked()
        assert (await worker.receive()).kind == READY
        assert not front.send_now(Message(READY)), "it overtook one that waits"
        kinds = [(await worker.receive()).kind for _ in range(fitted + 1)]
    assert kinds == [READY] * fitted + [OVER]
    worker.close()
    with pytest.raises(ChannelClosed):
        front.send_now(Message(READY))
