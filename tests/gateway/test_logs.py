"""What is logged: ids to follow a person and a room by, and never a token, a chat text or a local variable."""

import errno
import io
import json
import logging
from pathlib import Path

import pytest
import structlog

from gateway.logs import configure_logs
from tests.gateway.server_harness import World, captured_log, operator_token, running_server, token
from tests.gateway.transport_harness import read_head

SAID = "swordfish"


async def evening_with_faults(world: World) -> list[str]:
    """Chat, help, broadcasts, refusals, bad tokens, a crash in the middle of a chat, an eviction; gives the tokens used."""
    tokens = [token("olga", roles=["MODERATOR"]), token("ann"), operator_token(), token("eve", exp=1)]
    olga, ann = await world.connect("olga", "MODERATOR"), await world.connect("ann")
    room_id = (await olga.ask("room.create", name="Blue"))["data"]["room"]["id"]
    await ann.ask("room.join", roomId=room_id)
    await ann.ask("chat.send", text=SAID)
    await ann.ask("chat.send", text=SAID * 300)
    await ann.ask("chat.send", text=SAID, surplus=SAID)
    await ann.ask(SAID)
    await ann.ask("help.request", reason=SAID)
    await olga.ask("broadcast.send", text=SAID)
    await crash_at_a_chat(world, ann, room_id)
    for bad in (tokens[3], tokens[0] + "x", SAID):
        await read_head(await world.open(bad))
        await world.http.get(f"/api/sessions/demo/rooms?token={bad}", headers={"Authorization": f"Bearer {bad}"})
    await world.request("POST", "/api/admin/sessions/demo/evict", json={"userId": "ann"})
    assert await ann.close_code() == 4002
    return tokens


async def crash_at_a_chat(world: World, ann, room_id: str) -> None:
    """The room's actor dies while it handles what Ann wrote."""
    runner = world.server.root.door("demo").runner
    assert runner is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("actors.room_actor.decide", _fail)
        reply = await ann.ask("chat.send", text=SAID)
    assert reply["error"]["code"] == "internal"


def _fail(_state: object, command: object, _context: object) -> None:
    local = command  # noqa: F841 - what a traceback with local variables would show
    raise RuntimeError("a bug")


async def test_log_of_an_evening_has_no_token_and_no_chat_text(tmp_path: Path) -> None:
    async with running_server(tmp_path) as world:
        tokens = await evening_with_faults(world)
        text = world.log.getvalue()
        assert "a bug" in text
        assert SAID not in text
        for bearer in tokens:
            assert not any(part in text for part in bearer.split("."))


async def test_lines_of_a_connection_name_its_session_user_and_number(tmp_path: Path) -> None:
    async with running_server(tmp_path) as world:
        ann = await world.connect("ann")
        await ann.ask("room.join", roomId="nowhere")
        (opened,), (command,) = world.logged("connection opened"), world.logged("command")
        ids = {"session": "demo", "user": "ann", "connection": opened["connection"]}
        assert opened.items() >= {**ids, "client": "127.0.0.1"}.items()
        assert command.items() >= {**ids, "command": "breakout.room.join", "id": "1", "room": "nowhere"}.items()


async def test_end_of_a_connection_is_logged_with_its_code(tmp_path: Path) -> None:
    async with running_server(tmp_path) as world:
        ann = await world.connect("ann")
        await ann.socket.send(2, b"binary")
        await ann.close_code()
        (closed,) = world.logged("connection closed")
        assert (closed["code"], closed["user"]) == (1003, "ann")


async def test_crash_of_a_room_is_logged_with_the_command_that_it_died_of(tmp_path: Path) -> None:
    async with running_server(tmp_path) as world:
        await evening_with_faults(world)
        (line,) = world.logged("room failed at a command")
        assert (line["session"], line["user"], line["command"]) == ("demo", "ann", "breakout.chat.send")
        assert line["room"] == world.logged("room failed")[0]["room"]


def test_store_and_libraries_log_as_json_too() -> None:
    log = io.StringIO()
    with captured_log(log):
        logging.getLogger("persistence.journal").error("commit failed: %d changes not stored", 3)
        logging.getLogger("httpx").info("HTTP Request: GET https://example.com")
    assert '"event": "commit failed: 3 changes not stored"' in log.getvalue()
    assert "HTTP Request" not in log.getvalue()


@pytest.mark.parametrize("form", ["console", "json"])
def test_traceback_shows_no_local_variables(form: str) -> None:
    log = io.StringIO()
    with captured_log(io.StringIO()):
        configure_logs("info", form, log)
        try:
            _fail(None, SAID, None)
        except RuntimeError:
            structlog.get_logger("test").exception("failed")
    assert "a bug" in log.getvalue()
    assert SAID not in log.getvalue()


def test_lines_below_the_level_are_left_out_and_audit_lines_never() -> None:
    log = io.StringIO()
    with captured_log(io.StringIO()):
        configure_logs("error", "json", log)
        structlog.get_logger("test").warning("quiet")
        structlog.get_logger("test").info("audit", action="room.close")
    assert "quiet" not in log.getvalue()
    assert "room.close" in log.getvalue()


class FullDisk(io.StringIO):
    """A stream that takes nothing while it is `full`."""

    full = True

    def write(self, text: str) -> int:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(text)

    def flush(self) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")


def test_line_that_cannot_be_written_is_lost_and_stops_nobody() -> None:
    disk = FullDisk()
    with captured_log(disk):
        structlog.get_logger("a").error("lost")
        logging.getLogger("b").error("lost as well")
        disk.full = False
        structlog.get_logger("a").error("there")
        logging.getLogger("b").error("there as well")
    assert [json.loads(line)["event"] for line in disk.getvalue().splitlines()] == ["there", "there as well"]
