"""Nothing that happens to one room is lost in another; `python -m tests.drills.isolation` gives the delays."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from tests.drills.attacks import ATTACKS, CROWD
from tests.drills.harness import ServerProcess, get, served
from tests.drills.isolation import LIMITS, closed_as, set_scene, talk_under


async def slow_ones_were_cut(server: ServerProcess) -> bool:
    """As many as the crowd has people."""
    return await closed_as(server, 4008) >= CROWD


async def room_was_restarted(server: ServerProcess) -> bool:
    return "breakout_room_restarts_ordered_total 0.0" not in (await get(server, "/metrics")).text


async def flooders_were_told(server: ServerProcess) -> bool:
    return 'outcome="rate_limited"' in (await get(server, "/metrics")).text


EFFECTS: dict[str, Callable[[ServerProcess], Awaitable[bool]]] = {
    "restarts": room_was_restarted, "flood": flooders_were_told, "deaf": slow_ones_were_cut, "slow": slow_ones_were_cut,
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("attack", ATTACKS)
async def test_room_loses_nothing_while_another_is_attacked(tmp_path: Path, attack: str) -> None:
    async with served(tmp_path / "breakout.db", LIMITS) as server:
        scene = await set_scene(server, people=5)
        heard = await talk_under(ATTACKS[attack], scene, 1.0, partial(EFFECTS[attack], server))
        assert len(heard.sent) >= 5
        assert list(heard.by_person.values()) == [heard.sent] * 5
        # a restart by an operator ends the actor as a crash does, and is logged like one
        assert server.complaints() == []
