"""Nothing that happens to one room is lost in another; `python -m tests.drills.isolation` gives the delays."""

from pathlib import Path

import pytest

from tests.drills.attacks import ATTACKS
from tests.drills.harness import served
from tests.drills.isolation import LIMITS, set_scene, talk_under


@pytest.mark.slow
@pytest.mark.parametrize("attack", ATTACKS)
async def test_room_loses_nothing_while_another_is_attacked(tmp_path: Path, attack: str) -> None:
    async with served(tmp_path / "breakout.db", LIMITS) as server:
        scene = await set_scene(server, people=5)
        heard = await talk_under(ATTACKS[attack], scene, seconds=2.0)
        assert len(heard.sent) >= 5
        assert list(heard.by_person.values()) == [heard.sent] * 5
        # a restart by an operator ends the actor as a crash does, and is logged like one
        assert server.complaints() == []
