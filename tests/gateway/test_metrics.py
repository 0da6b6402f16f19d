"""What /metrics says after an evening in small, and that the dashboard and the alerts ask for nothing else."""

import re
from pathlib import Path

import pytest

from breakout.contract.table import COMMANDS
from tests.gateway.server_harness import World, operator_token, running_server, token

ROOT = Path(__file__).parents[2]


async def evening(world: World, *, ticks: int = 0) -> str:
    """Two people, a room, a timer that ticks so often, a chat, some refusals; gives the room's id."""
    olga, ann = await world.connect("olga", "MODERATOR"), await world.connect("ann")
    room_id: str = (await olga.ask("room.create", name="Blue", durationMinutes=10))["data"]["room"]["id"]
    await ann.ask("room.join", roomId=room_id)
    await ann.ask("chat.send", text="hello")
    await ann.ask("room.join", roomId="nowhere")
    await ann.ask("no.such.thing")
    await olga.ask("timer.start", roomId=room_id)
    for _ in range(ticks):
        await ann.wait_for("timer.tick")
    return room_id


async def test_commands_are_counted_by_event_and_outcome(tmp_path: Path) -> None:
    async with running_server(tmp_path) as world:
        await evening(world)
        found = await world.metrics()
    assert found['breakout_commands_total{event="breakout.room.join",outcome="success"}'] == 1
    assert found['breakout_commands_total{event="breakout.room.join",outcome="room_not_found"}'] == 1
    assert found['breakout_commands_total{event="undecoded",outcome="unknown_event"}'] == 1
    assert found['breakout_answer_seconds_count{event="breakout.room.join"}'] == 2


async def test_load_connections_commits_and_ticks_are_shown(tmp_path: Path) -> None:
    async with running_server(tmp_path) as world:
        await evening(world, ticks=1)
        found = await world.metrics()
    assert [found[f"breakout_{name}"] for name in ("connections", "people", "seats", "rooms_open", "sessions")] == [2, 2, 1, 1, 1]
    assert (found["breakout_ready"], found["breakout_store_healthy"], found["breakout_seatings_total"]) == (1, 1, 1)
    assert found["breakout_ticks_total"] >= 1
    assert found["breakout_journal_changes_total"] >= 5
    assert 0 < found["breakout_commit_sync_seconds_sum"] < found["breakout_commit_seconds_sum"]
    assert found["breakout_loop_lateness_seconds_count"] > 0
    assert found["breakout_outbox_high_water_bytes"] > 100
    assert found["process_resident_memory_bytes"] > 0


async def test_buckets_of_a_histogram_contain_those_below_and_end_with_the_count(tmp_path: Path) -> None:
    async with running_server(tmp_path) as world:
        await evening(world)
        found = await world.metrics()
    buckets = [value for name, value in found.items() if name.startswith("breakout_commit_seconds_bucket")]
    assert buckets == sorted(buckets)
    assert buckets[-1] == found["breakout_commit_seconds_count"] > 0


async def test_closed_connections_are_counted_by_code(tmp_path: Path) -> None:
    async with running_server(tmp_path) as world:
        ann = await world.connect("ann")
        await ann.socket.send(8, (4321).to_bytes(2, "big"))
        assert await ann.close_code() == 4321
        ben = await world.connect("ben")
        await ben.socket.send(2, b"binary")
        assert await ben.close_code() == 1003
        found = await world.metrics()
    assert found['breakout_connections_closed_total{code="other"}'] == 1
    assert found['breakout_connections_closed_total{code="1003"}'] == 1


async def test_crash_and_ordered_restart_are_counted_apart(tmp_path: Path) -> None:
    async with running_server(tmp_path) as world:
        room_id = await evening(world)
        olga = await world.connect("olga", "MODERATOR")
        runner = world.server.root.door("demo").runner
        assert runner is not None
        runner.children.tell(room_id, "a message no room understands")
        await olga.wait_for("room.restored")
        await world.request("POST", f"/api/admin/rooms/{room_id}/restart")
        await olga.wait_for("room.restored")
        found = await world.metrics()
    assert (found["breakout_room_crashes_total"], found["breakout_room_restarts_ordered_total"]) == (1, 1)


async def test_no_label_grows_with_rooms_sessions_or_people(tmp_path: Path) -> None:
    async with running_server(tmp_path) as world:
        await evening(world)
        before = set(await world.metrics())
        olga = await world.connect("olga2", "MODERATOR", session="zwei")
        for n in range(5):
            await olga.ask("room.create", name=f"Room {n}")
        after = set(await world.metrics())
        text = (await world.http.get("/metrics")).text
    assert after == before
    assert not any(word in text for word in ("demo", "zwei", "olga", "ann\"", "Blue"))


async def test_events_in_labels_are_those_of_the_table(tmp_path: Path) -> None:
    known = {spec.event for spec in COMMANDS} | {"undecoded", "operator.room.restart"}
    async with running_server(tmp_path) as world:
        room_id = await evening(world)
        await world.request("POST", f"/api/admin/rooms/{room_id}/restart")
        text = (await world.http.get("/metrics")).text
    assert set(re.findall(r'event="([^"]+)"', text)) <= known


@pytest.mark.parametrize(("bearer", "status"), [(None, 401), (token("olga", roles=["OWNER"]), 403), (operator_token(), 200)])
async def test_metrics_are_for_operators_where_they_are_not_open(tmp_path: Path, bearer: str | None, status: int) -> None:
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    async with running_server(tmp_path, metrics_open=False) as world:
        assert (await world.http.get("/metrics", headers=headers)).status_code == status


@pytest.mark.parametrize("path", ["ops/grafana-dashboard.json", "ops/alerts.yml"])
async def test_every_metric_that_is_asked_for_is_exported(tmp_path: Path, path: str) -> None:
    async with running_server(tmp_path) as world:
        await evening(world)
        exported = {re.split(r"[{ ]", name)[0] for name in await world.metrics()}
    asked = set(re.findall(r"\b(?:breakout|process)_[a-z_]+\b", (ROOT / path).read_text(encoding="utf-8")))
    assert len(asked) > 8
    assert asked - exported == set()


async def test_operators_page_describes_every_metric_and_no_other(tmp_path: Path) -> None:
    async with running_server(tmp_path) as world:
        await evening(world)
        text = (await world.http.get("/metrics")).text
    exported = {name for name in re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE) if name.startswith("breakout_")}
    described = set(re.findall(r"^\| `(breakout_\w+)", (ROOT / "OPERATIONS.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert described == exported
