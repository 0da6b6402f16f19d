"""The derived tables: who was where and for how long, who said what, who was ever here."""

from collections.abc import Sequence
from typing import Any

import pytest
from attrs import evolve

from breakout import room_events as ev
from breakout.identity import User
from breakout.ports import Stay
from breakout.session import UserSeen
from persistence import Persistence, projection
from tests.fakes.changes import ANA, BEN, NOW, change, closed, created, said, seat, store, taken

MINUTE = 60_000


def left(user: User = ANA, at: int = NOW + MINUTE) -> ev.SeatLeft:
    return ev.SeatLeft(user.id, at, ev.LeaveCause.LEFT)


async def attendance(persistence: Persistence, session: str = "s1") -> list[Stay]:
    return [row async for row in persistence.store.attendance_rows(session)]


async def rows(persistence: Persistence, sql: str) -> Sequence[Any]:
    found: Sequence[Any] = await persistence.store._lane.run(lambda db: db.execute(sql).fetchall())
    return found


async def test_stay_is_open_from_the_seat_taken_and_ends_with_the_seat(persistence: Persistence) -> None:
    await store(persistence.journal, [created(), change(taken())])
    stay = Stay(2, "r1", "ana", "Ana", "Álvarez", "PARTICIPANT", NOW, None, 0)
    assert await attendance(persistence) == [stay]
    await store(persistence.journal, [change(left())])
    assert await attendance(persistence) == [evolve(stay, left_at=NOW + MINUTE)]


async def test_each_visit_is_a_stay_of_its_own_with_its_own_speaking_time(persistence: Persistence) -> None:
    again = evolve(seat(number=2, at=NOW + 2 * MINUTE), speaking_seconds=7)
    await store(persistence.journal, [
        created(),
        change(taken(), ev.SpokeFor("ana", 4), ev.SpokeFor("ana", 3), left()),
        change(ev.SeatTaken(again), ev.SpokeFor("ana", 20)),
    ])  # fmt: skip
    found = [(row.joined_at, row.left_at, row.speaking_seconds) for row in await attendance(persistence)]
    assert found == [(NOW, NOW + MINUTE, 7), (NOW + 2 * MINUTE, None, 20)]


async def test_closing_a_room_ends_every_stay_in_it_and_in_no_other(persistence: Persistence) -> None:
    await store(persistence.journal, [
        created("r1"), change(taken(ANA, 1), taken(BEN, 2)), change(left(BEN, NOW + 1)),
        created("r2"), change(taken(BEN, 3), room="r2"),
        created("r1", "s2"), change(taken(), session="s2"),
        change(closed(NOW + MINUTE)),
    ])  # fmt: skip
    ends = {(row.room_id, row.user_id): row.left_at for row in await attendance(persistence)}
    assert ends == {("r1", "ana"): NOW + MINUTE, ("r1", "ben"): NOW + 1, ("r2", "ben"): None}
    assert [row.left_at for row in await attendance(persistence, "s2")] == [None]


async def test_reopening_begins_new_stays_for_the_seats_given_back(persistence: Persistence) -> None:
    back = evolve(seat(ANA, 5), speaking_seconds=30)
    await store(persistence.journal, [
        created(), change(taken()), change(closed(NOW + MINUTE)),
        change(ev.RoomReopened(NOW + 2 * MINUTE, (back, seat(BEN, 6)))),
    ])  # fmt: skip
    found = [(row.user_id, row.joined_at, row.left_at, row.speaking_seconds) for row in await attendance(persistence)]
    assert found == [
        ("ana", NOW, NOW + MINUTE, 0), ("ana", NOW + 2 * MINUTE, None, 0), ("ben", NOW + 2 * MINUTE, None, 0),
    ]  # fmt: skip


async def test_seat_taken_twice_ends_the_former_stay(persistence: Persistence) -> None:
    await store(persistence.journal, [created(), change(taken()), change(taken(ANA, 2, NOW + MINUTE))])
    assert [(row.joined_at, row.left_at) for row in await attendance(persistence)] == [
        (NOW, NOW + MINUTE), (NOW + MINUTE, None),
    ]  # fmt: skip


async def test_messages_are_kept_for_ever_with_their_position(persistence: Persistence) -> None:
    await store(persistence.journal, [created(), *(change(said(f"t{n}", n)) for n in range(150))])
    found = await rows(persistence, "SELECT position, text, user_id, sent_at FROM breakout_messages")
    assert found == [(n + 2, f"t{n}", "ana", NOW + n) for n in range(150)]


async def test_user_seen_under_a_new_name_has_one_row_with_that_name(persistence: Persistence) -> None:
    renamed = evolve(ANA, last_name="Ønnsen")
    await store(persistence.journal, [change(UserSeen(ANA), UserSeen(BEN), UserSeen(renamed), room=None)])
    assert await rows(persistence, "SELECT user_id, last_name, first_seen_at FROM breakout_users") == [
        ("ana", "Ønnsen", NOW), ("ben", "Ødegård", NOW),
    ]  # fmt: skip


async def test_new_room_has_its_row_from_its_first_commit(persistence: Persistence) -> None:
    await store(persistence.journal, [created(), created("r2", event_id="expo")])
    assert await rows(persistence, "SELECT id, event_id, status, position FROM breakout_rooms") == [
        ("r1", None, "WAITING", 1), ("r2", "expo", "WAITING", 2),
    ]  # fmt: skip


async def test_change_whose_derived_rows_fail_is_not_in_the_journal_either(persistence: Persistence) -> None:
    await store(persistence.journal, [created()])
    refuse = "CREATE TEMP TRIGGER refuse BEFORE INSERT ON main.breakout_attendance BEGIN SELECT RAISE(ABORT, 'no'); END"
    await persistence.store._lane.run(lambda db: db.execute(refuse))
    assert await store(persistence.journal, [change(taken())]) == [None]
    assert await rows(persistence, "SELECT position FROM journal") == [(1,)]


@pytest.mark.parametrize("statement", [projection.END_STAY, projection.END_STAYS, projection.ADD_SPEAKING])
async def test_stay_is_found_without_reading_those_that_have_ended(persistence: Persistence, statement: str) -> None:
    """Else a seat in a session of 20,000 stays costs a millisecond and a half."""
    explained = f"EXPLAIN QUERY PLAN {statement}".replace("?", "'x'")
    [(*_, plan)] = await rows(persistence, explained)
    assert "USING INDEX breakout_attendance_open (session_id=? AND room_id=?" in plan
