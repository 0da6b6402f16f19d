"""Clients that break down, break rules or read nothing, at a whole server: what they get, and that nobody else notices."""

import json
from contextlib import suppress
from pathlib import Path

import trio

from tests.gateway.server_harness import running_server
from tests.gateway.test_upgrade_cut_short import break_off, leave, shut_half
from tests.gateway.transport_harness import TEXT, client_frame

FAST = {"commands_per_second": 10_000, "command_burst": 10_000, "inbound_burst_bytes": 10**7, "inbound_bytes_per_second": 10**7}


MALFORMED = [
    (b"[" * 16_000, "malformed"),
    (b'{"event": "breakout.ping", "data": NaN}', "malformed"),
    (b'{"event": "breakout.timer.start", "data": {"roomId": "r", "durationSeconds": 1e999}}', "malformed"),
    (b'{"event": "breakout.timer.start", "data": {"roomId": "r", "durationSeconds": ' + b"9" * 5_000 + b"}}", "malformed"),
    (b'{"event": "breakout.chat.send", "data": {"text": "\\ud800"}}', "malformed"),
    (b'{"event": "breakout.chat.send", "data": {"text": "a", "text": "b"}}', "malformed"),
    (b'["breakout.ping"]', "malformed"),
    (b"null", "malformed"),
    (b"", "malformed"),
    (b'"breakout.ping"', "malformed"),
    (b'{"event": "breakout.chat.send", "data": ["text"]}', "malformed"),
    (b'{"event": "breakout.chat.send", "data": null}', "malformed"),
    (b'{"event": "breakout.chat.send", "data": {"text": "a\\u0000b"}}', "invalid_data"),
    (b'{"event": 7}', "malformed"),
    (b'{"event": "breakout.nothing"}', "unknown_event"),
]


async def test_malformed_frame_gets_an_error_and_the_connection_lives(tmp_path: Path) -> None:
    async with running_server(tmp_path) as world:
        for text, code in MALFORMED:
            ann = await world.connect("ann")
            await ann.socket.send(TEXT, text)
            reply = await ann.next_frame()
            answered = reply["event"], reply["id"], reply["success"], reply["error"]["code"]
            assert answered == ("reply", None, False, code), text[:100]
            assert (await ann.ask("ping"))["success"]


async def test_slow_reader_in_a_room_of_50_is_closed_with_4008_while_the_others_are_shown_everything(tmp_path: Path) -> None:
    async with running_server(tmp_path, outbox_max_bytes=64 * 1024, **FAST) as world:
        olga = await world.connect("olga", "OWNER")
        room_id = (await olga.ask("room.create", name="Blue", maxParticipants=100, durationMinutes=0))["data"]["room"]["id"]
        people = [await world.connect(f"p{n}") for n in range(49)]
        slow = await world.connect("slow", receive_buffer_bytes=4096)
        for person in (*people, slow):
            assert (await person.ask("room.join", roomId=room_id))["success"]
        texts = [f"{n} " + "x" * 1_900 for n in range(80)]
        heard: list[list[str]] = [[] for _ in people]

        async def listen(number: int) -> None:
            while len(heard[number]) < len(texts):
                heard[number].append((await people[number].wait_for("chat.message"))["message"]["text"])

        with trio.fail_after(60):
            async with trio.open_nursery() as nursery:
                for number in range(len(people)):
                    nursery.start_soon(listen, number)
                for text in texts:
                    assert (await olga.ask("chat.send", text=text, roomId=room_id))["success"]
                    with suppress(trio.BrokenResourceError):  # it was cut
                        await slow.socket.stream.receive_some(100)
            while (await world.metrics())['breakout_connections_closed_total{code="4008"}'] != 1:  # noqa: ASYNC110
                await trio.sleep(0.02)
        assert heard == [texts] * len(people)
        state = (await olga.ask("session.get"))["data"]
        assert {seat["userId"]: seat["connected"] for seat in state["participants"][room_id]}["slow"] is False


JOINED = b"".join(
    client_frame(TEXT, json.dumps({"event": f"breakout.{event}", "data": data}).encode())
    for event, data in (("ping", dict[str, str]()), ("speaking.start", {}), ("ping", {}))
)


async def test_seat_is_held_and_then_freed_wherever_and_however_a_connection_breaks(tmp_path: Path) -> None:
    """One person for each way to go after every seventh byte of what they say."""
    async with running_server(tmp_path, seat_hold_seconds=2, **FAST) as world:
        olga = await world.connect("olga", "OWNER")
        room_id = (await olga.ask("room.create", name="Blue", maxParticipants=1_000, durationMinutes=0))["data"]["room"]["id"]
        users: set[str] = set()
        for count in range(0, len(JOINED), 7):
            for go in (shut_half, leave, break_off):
                user = f"{go.__name__}-{count}"
                device = await world.connect(user)
                assert (await device.ask("room.join", roomId=room_id))["success"]
                await device.socket.stream.send_all(JOINED[:count])
                await go(device.socket.stream)
                users.add(user)
        held: set[str] = set()
        freed: set[str] = set()
        with trio.fail_after(30):
            while freed != users:
                update = await olga.wait_for("participants.update")
                held |= {seat["userId"] for seat in (*update["joined"], *update["changed"]) if not seat["connected"]}
                freed |= set(update["left"])
        assert held == users
        assert world.logged("connection_failed") == []
