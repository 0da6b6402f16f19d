"""What operators are told of a crash, and what not."""

import json
import re
from typing import Any

import pytest

from actors.failure import failure_text
from actors.messages import RestartRoom
from breakout.room_apply import apply
from tests.actors.harness import World

SAID = "swordfish"


def test_failure_names_kind_and_innermost_place_of_our_own_code() -> None:
    broken: Any = None
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever it is
        apply(broken, broken)
    assert re.fullmatch(r"\w+ at breakout/room_apply\.py:\d+", failure_text(caught.value))


def test_failure_outside_our_code_names_where_it_was_raised() -> None:
    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads(SAID)
    assert re.fullmatch(r"JSONDecodeError at json/decoder\.py:\d+", failure_text(caught.value))


def test_failure_that_was_never_raised_is_named_by_its_kind() -> None:
    assert failure_text(KeyError(SAID)) == "KeyError"


async def test_crash_that_quotes_a_chat_text_is_told_without_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    staff, ann = await world.staff(), await world.connect("ann")
    room_id = await world.room(staff)
    await ann.ask("room.join", roomId=room_id)

    def quote(_state: object, command: Any, _context: object) -> None:
        raise ValueError(command.text)

    with monkeypatch.context() as patch:
        patch.setattr("actors.room_actor.decide", quote)
        assert (await ann.refused("chat.send", text=SAID))["code"] == "internal"
    (child,) = world.runner.children.statistics()
    assert re.fullmatch(r"ValueError at actors/room_actor\.py:\d+", child.last_failure or "")


async def test_restart_by_an_operator_leaves_the_last_failure_to_be_read(world: World) -> None:
    staff = await world.staff()
    room_id = await world.room(staff)
    await world.crash(room_id)
    (before,) = world.runner.children.statistics()
    assert await world.runner.supervisor.ask(RestartRoom(room_id), block=False)
    await world.settle()
    (after,) = world.runner.children.statistics()
    assert after.last_failure == before.last_failure is not None
    assert after.restarts == before.restarts + 1
