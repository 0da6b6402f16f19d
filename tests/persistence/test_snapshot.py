"""What tools that read the file see of rooms, seats and sessions."""

import pytest
from attrs import evolve

from breakout import room_events as ev
from breakout.contract import objects
from breakout.countdown import pause
from breakout.errors import StorageUnavailable
from breakout.ports import Snapshot, StoredRoom
from breakout.room import HelpRequest, RoomState, Status
from breakout.session import SessionState
from persistence import Persistence
from persistence.schema import SNAPSHOTS
from persistence.snapshot import ROOM_COLUMNS
from tests.fakes.changes import ANA, BEN, NOW, change, created, recall, room, running, seat, store

REFUSE_SECOND = """
    CREATE TEMP TRIGGER refuse BEFORE UPDATE ON main.breakout_rooms WHEN new.id = 'r2'
    BEGIN SELECT RAISE(ABORT, 'no'); END
"""
VOLATILE = {"connected", "speaking"}


def columns_of(table: str) -> set[str]:
    [statement] = [text for text in SNAPSHOTS if f"TABLE {table} " in text]
    return {line.split()[0] for line in statement.splitlines() if line.startswith("        ")}


async def saved(persistence: Persistence, state: RoomState, table: str = "breakout_rooms") -> list[dict[str, object]]:
    """The rows of `table` after a snapshot of `state`."""
    await store(persistence.journal, [created(state.id, state.session_id)])
    await persistence.store.save_snapshots([Snapshot(None, state.session_id, 1, (StoredRoom(state, 1),))])
    found: list[dict[str, object]] = await persistence.store._lane.run(lambda db: list(db.query(f"SELECT * FROM {table}")))
    return found


def test_room_table_has_every_field_of_the_wire_room() -> None:
    flat = {
        "creator": {"creator_id", "creator_first_name", "creator_last_name"},
        "facilitator": {"facilitator_id", "facilitator_first_name", "facilitator_last_name"},
        "timer": {f"timer_{field.name}" for field in objects.Timer.__attrs_attrs__},
    }
    fields = [flat.get(field.name, {field.name}) for field in objects.Room.__attrs_attrs__]
    assert set().union(*fields) <= columns_of("breakout_rooms")
    assert columns_of("breakout_rooms") - set(ROOM_COLUMNS) == {"video_room_id", "video_room_url", "PRIMARY"}


def test_participant_table_has_every_stored_field_of_the_wire_participant() -> None:
    stored = {field.name for field in objects.Participant.__attrs_attrs__} - VOLATILE
    assert columns_of("breakout_participants") - {"PRIMARY"} == stored | {"session_id", "room_id"}


async def test_room_row_follows_the_room(persistence: Persistence) -> None:
    state = room(
        topic="Why", locked=True, status=Status.ACTIVE, started_at=NOW, facilitator=BEN, countdown=running(900),
        seats={"ana": seat()}, help=HelpRequest("h1", ANA, None, NOW), revision=7,
    )  # fmt: skip
    [row] = await saved(persistence, state)
    expected = {
        "session_id": "s1", "id": "r1", "topic": "Why", "locked": 1, "auto_assign": 0, "status": "ACTIVE",
        "creator_first_name": "Ana", "facilitator_id": "ben", "participant_count": 1, "help_requested": 1,
        "timer_state": "running", "timer_ends_at": NOW + 900_000, "timer_remaining_seconds": None, "revision": 7,
        "position": 1, "active": 1, "video_room_url": None,
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected


async def test_paused_timer_keeps_what_is_left_in_its_row(persistence: Persistence) -> None:
    [row] = await saved(persistence, room(countdown=pause(running(900), NOW + 100_500)))
    assert (row["timer_state"], row["timer_ends_at"], row["timer_remaining_seconds"]) == ("paused", None, 800)


async def test_participant_rows_are_those_of_the_last_snapshot(persistence: Persistence) -> None:
    both = {"ana": evolve(seat(), speaking_seconds=12), "ben": seat(BEN, 2)}
    assert len(await saved(persistence, room(seats=both), "breakout_participants")) == 2
    alone = StoredRoom(room(seats={"ana": both["ana"]}), 2)
    await persistence.store.save_snapshots([Snapshot(None, "s1", 2, (alone,))])
    found = await persistence.store._lane.run(lambda db: list(db.query("SELECT * FROM breakout_participants")))
    assert [(row["user_id"], row["role"], row["speaking_time_seconds"]) for row in found] == [("ana", "PARTICIPANT", 12)]


async def test_seats_of_an_older_snapshot_do_not_come_back(persistence: Persistence) -> None:
    await saved(persistence, room())
    stale, newer = StoredRoom(room(seats={"ana": seat()}), 3), StoredRoom(room(), 4)
    await persistence.store.save_snapshots([Snapshot(None, "s1", 4, (newer,))])
    await persistence.store.save_snapshots([Snapshot(None, "s1", 3, (stale,))])
    found = await persistence.store._lane.run(lambda db: list(db.query("SELECT * FROM breakout_participants")))
    assert found == []


async def test_session_of_an_older_snapshot_does_not_come_back(persistence: Persistence) -> None:
    newer, older = SessionState("s1", users={"ana": ANA}), SessionState("s1", users={"ben": BEN})
    await persistence.store.save_snapshots([Snapshot(newer, "s1", 4, ())])
    await persistence.store.save_snapshots([Snapshot(older, "s1", 3, ())])
    assert (await persistence.store.load_session("s1", now=NOW)).state == newer


async def test_snapshots_are_written_all_or_none(persistence: Persistence) -> None:
    await store(persistence.journal, [created(), created("r2")])
    await persistence.store._lane.run(lambda db: db.execute(REFUSE_SECOND))
    both = tuple(StoredRoom(room(name), 9) for name in ("r1", "r2"))
    with pytest.raises(StorageUnavailable):
        await persistence.store.save_snapshots([Snapshot(SessionState("s1"), "s1", 9, both)])
    loaded = await persistence.store.load_session("s1", now=NOW)
    assert [stored.position for stored in loaded.rooms.values()] == [1, 2]


async def test_session_and_rooms_with_work_only_in_their_snapshot_are_active(persistence: Persistence) -> None:
    await store(persistence.journal, [created(), created("r1", "s2"), change(ev.ClosingCancelled(), session="s3")])
    await persistence.store.save_snapshots([
        Snapshot(None, "s1", 9, (StoredRoom(room(seats={"ana": seat()}), 9),)),
        Snapshot(None, "s2", 9, (StoredRoom(room(session="s2"), 9),)),
        Snapshot(SessionState("s4", recall=recall()), "s4", 9, ()),
    ])  # fmt: skip
    assert await persistence.store.active_session_ids() == ["s1", "s4"]
