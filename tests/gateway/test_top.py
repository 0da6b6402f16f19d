"""`breakout top`: what it orders, selects, restarts and shows."""

import io
import os
import pty
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trio
from rich.console import Console

from gateway.admin_client import AdminClient, own_token
from gateway.keyboard import keys_at_once, read_key
from gateway.settings import Settings
from gateway.start_refused import StartRefused
from gateway.top import show_live
from gateway.top_model import TopModel
from gateway.top_view import top_view
from tests.fakes.token_maker import SECRET
from tests.gateway.admin.scenes import room_with_ann
from tests.gateway.server_harness import running_server

SERVER = {
    "phase": "serving", "storeHealthy": True, "uptimeSeconds": 5, "connections": 3, "sessions": 1, "roomCrashes": 0, "reloads": 0,
    "lateP99Ms": 1.5, "lateHighMs": 9.0, "lastCommitMs": 2.0, "journalWaiting": 0,
}  # fmt: skip


def room(room_id: str, mailbox: int = 0, restarts: int = 0, people: int = 0, **more: Any) -> dict[str, Any]:
    plain = {"sessionId": "demo", "name": f"Room {room_id}", "status": "ACTIVE", "actor": "running", "lastFailure": None}
    queue = {"depth": mailbox, "highWater": mailbox, "highLateSeconds": 0.001}
    return {"id": room_id, "mailbox": queue, "restarts": restarts, "people": people, "maxParticipants": 8, **plain, **more}


def model_of(*rooms: dict[str, Any]) -> TopModel:
    restarted: list[str] = []
    model = TopModel(lambda room_id: restarted.append(room_id) or f"{room_id} is restarted")  # type: ignore[func-returns-value]
    model.show({"server": SERVER, "sessions": [{"rooms": list(rooms)}]})
    return model


def ids(model: TopModel) -> list[str]:
    return [row.room_id for row in model.rows]


def text_of(model: TopModel, lines: int = 24, columns: int = 140) -> str:
    console = Console(file=io.StringIO(), width=columns)
    with console.capture() as captured:
        console.print(top_view(model, lines, columns))
    return captured.get()


def test_rooms_are_ordered_by_mailbox_and_then_by_what_s_says() -> None:
    model = model_of(room("a", mailbox=1, restarts=2), room("b", mailbox=5), room("c", people=7))
    assert ids(model) == ["b", "a", "c"]
    model.press("s")
    assert (model.order, ids(model)) == ("restarts", ["a", "b", "c"])
    model.press("s")
    assert (model.order, ids(model)) == ("people", ["c", "a", "b"])


def test_closed_rooms_are_left_out() -> None:
    assert ids(model_of(room("a"), room("b", status="CLOSED"))) == ["a"]


def test_selection_stays_on_its_room_when_the_order_changes() -> None:
    model = model_of(room("a"), room("b"), room("c"))
    model.press("down")
    assert model.selected == "b"
    model.show({"server": SERVER, "sessions": [{"rooms": [room("c", mailbox=9), room("b"), room("a", mailbox=4)]}]})
    assert (model.selected, model.selected_at) == ("b", 2)


def test_selection_stops_at_the_ends_and_falls_back_when_its_room_is_gone() -> None:
    model = model_of(room("a"), room("b"))
    for _ in range(5):
        model.press("down")
    assert model.selected == "b"
    model.show({"server": SERVER, "sessions": [{"rooms": [room("a")]}]})
    assert model.selected == "a"
    model.press("up")
    assert model.selected == "a"


def test_restart_needs_a_yes() -> None:
    model = model_of(room("a"))
    model.press("r")
    assert "restart Room a? y" in model.message
    model.press("n")
    assert model.message == "not restarted"
    model.press("r")
    model.press("y")
    assert model.message == "a is restarted"
    model.press("y")
    assert model.confirming is None


def test_key_after_the_question_only_answers_it() -> None:
    model = model_of(room("a"))
    model.press("r")
    model.press("q")
    assert not model.over
    model.press("q")
    assert model.over


def test_restart_does_nothing_where_there_is_no_room() -> None:
    model = model_of()
    model.press("r")
    model.press("y")
    assert (model.message, model.selected) == ("", None)


def test_screen_has_as_many_rows_as_fit_the_selected_one_among_them() -> None:
    model = model_of(*(room(f"r{n:02}") for n in range(50)))
    for _ in range(40):
        model.press("down")
    shown = text_of(model, lines=16)
    assert "r40" in shown
    assert len([line for line in shown.splitlines() if " demo " in line]) == 10


LONG: dict[str, Any] = {"sessionId": "a-session-with-a-long-name", "name": "A room with a long name", "actor": "restarting"}


@pytest.mark.parametrize("columns", [60, 80, 100, 132])
@pytest.mark.parametrize("pressed", [0, 3])
def test_id_of_a_room_is_never_cut_and_no_line_is_too_long(columns: int, pressed: int) -> None:
    model = model_of(room("c8b45e0271e21a539d36", **LONG))
    for _ in range(pressed):
        model.press("s")
    head, line = text_of(model, columns=columns).splitlines()[2:4]
    assert line.startswith("c8b45e0271e21a539d36  ")
    assert max(map(len, (head.rstrip(), line.rstrip()))) <= columns
    assert "*" in head, "what is ordered by stays"


def test_failing_store_stands_out_and_control_characters_do_not_reach_the_terminal() -> None:
    model = model_of(room("a", name="Blue\x1b[2J"))
    model.server = {**SERVER, "storeHealthy": False}
    shown = text_of(model)
    assert "THE STORE FAILS" in shown
    assert "Blue?[2J" in shown


def test_worker_that_hangs_and_one_that_starts_again_are_told_apart() -> None:
    model = model_of(room("a"))
    workers = [{"worker": n, "state": state, "pid": 10 + n} for n, state in ((1, "up"), (2, "up"), (3, "down"))]
    model.server = {**SERVER, "workers": workers, "missing": [2, 3]}
    assert "worker 2 HANGS, its sessions are not shown: kill -9 12 " in text_of(model)
    assert "worker 3 starts again" in text_of(model)


async def test_room_of_a_real_server_is_restarted_under_a_key(tmp_path: Path) -> None:
    async with running_server(tmp_path) as world:
        room_id, ann = await room_with_ann(world)
        client = AdminClient(world.server.admin_url, own_token(Settings(hmac_key=SECRET.decode())))
        keys = iter(["r", "y", None, "q"])
        screen = io.StringIO()
        console = Console(file=screen, force_terminal=True, width=140, height=20)
        with trio.fail_after(20):
            await trio.to_thread.run_sync(show_live, client, console, lambda _: next(keys), 1.0)
        await ann.wait_for("room.restored")
    assert f"{room_id} is restarted" in screen.getvalue()


def test_server_that_is_gone_is_said_and_asked_again() -> None:
    answers: Iterator[Any] = iter([{"server": SERVER, "sessions": []}, StartRefused("cannot reach the server"), None])

    class Client:
        def get(self, _path: str) -> Any:
            answer = next(answers)
            if isinstance(answer, StartRefused):
                raise answer
            return answer

    keys = iter([None, "q"])
    screen = io.StringIO()
    show_live(Client(), Console(file=screen, force_terminal=True, width=100, height=20), lambda _: next(keys), 1.0)  # type: ignore[arg-type]
    assert "cannot reach the server" in screen.getvalue()


@pytest.mark.parametrize(("pressed", "key"), [(b"q", "q"), (b"\x1b[A", "up"), (b"\x1b[B", "down"), (b"\x1bOB", "down")])
def test_key_is_read_without_enter_and_the_terminal_is_as_before_afterwards(pressed: bytes, key: str) -> None:
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    with keys_at_once(slave):
        os.write(master, pressed)
        assert read_key(slave, 5) == key
        assert read_key(slave, 0) is None
    assert termios.tcgetattr(slave) == before
    os.close(master)
    os.close(slave)
