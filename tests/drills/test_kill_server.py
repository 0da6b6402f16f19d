"""`kill -9` of the whole server under load: what anybody was told or shown is there afterwards, round after round."""

import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import trio

from tests.drills.harness import SERVE, connect, served, token
from tests.drills.load import CHAT, Seen, chat_for, seat_people

ROUNDS = int(os.environ.get("DRILL_KILLS", "20"))
"""`DRILL_KILLS=50 pytest tests/drills/test_kill_server.py` is the long variant."""

EARLY = ("-m", "tests.drills.altered_server", "early", "serve")


def stored(db: Path) -> list[str]:
    with closing(sqlite3.connect(db)) as conn:
        return [row[0] for row in conn.execute("SELECT text FROM breakout_messages")]


async def load_and_kill(db: Path, number: int, *, program: tuple[str, ...] = SERVE) -> Seen:
    """One round on the same file: seat six people, let them chat, kill the server while they do."""
    seen = Seen()
    async with served(db, program=program) as server:
        people = await seat_people(server, 6, prefix=f"r{number}")
        await chat_for(people, random.Random(number).uniform(0.05, 0.4), seen, prefix=f"r{number}-")
        server.kill()
        for device in people:
            device.drop()
    return seen


@pytest.mark.slow
async def test_nothing_that_anybody_knows_of_is_lost_when_the_server_is_killed_under_load(tmp_path: Path) -> None:
    db = tmp_path / "breakout.db"
    known: set[str] = set()
    for number in range(ROUNDS):
        seen = await load_and_kill(db, number)
        known |= seen.known
        texts = stored(db)
        assert known - set(texts) == set(), f"lost in round {number}"
        assert len(texts) == len(set(texts)), "a message was stored twice"
    assert len(known) > 20 * ROUNDS, "too few changes were under way for this to mean anything"
    print(f"{ROUNDS} kills, {len(known)} changes known, none lost")


@pytest.mark.slow
async def test_server_that_acknowledges_early_is_caught_by_a_kill(tmp_path: Path) -> None:
    lost: set[str] = set()
    for number in range(5):
        db = tmp_path / f"{number}.db"
        lost |= (await load_and_kill(db, number, program=EARLY)).acknowledged - set(stored(db))
        if lost:
            return
    pytest.fail("five kills of a server that acknowledges early lost nothing: the drill proves nothing")


async def test_everybody_finds_seat_timer_and_reply_again_after_a_kill(tmp_path: Path) -> None:
    db = tmp_path / "breakout.db"
    async with served(db) as server:
        (ann,) = await seat_people(server, 1, rooms=1)
        host = await connect(server.address, token("host", "OWNER"))
        room_id = host.state["rooms"][0]["id"]
        started = await host.call("breakout.timer.start", {"roomId": room_id, "durationSeconds": 600})
        first = await ann.call(CHAT, {"text": "hello"}, key="once")
        server.kill()
    async with served(db) as server:
        with trio.fail_after(10):
            ann = await connect(server.address, token("p0", "ATTENDEE"))
            assert ann.state["self"]["roomId"] == room_id
            assert ann.state["room"]["timer"]["endsAt"] == started["data"]["timer"]["endsAt"]
            assert [message["text"] for message in ann.state["room"]["messages"]] == ["hello"]
            again = await ann.call(CHAT, {"text": "hello"}, key="once")
            other = await ann.call(CHAT, {"text": "something else"}, key="once")
    assert again["data"] == first["data"]
    assert other["error"]["code"] == "conflict"
    assert stored(db) == ["hello"]
