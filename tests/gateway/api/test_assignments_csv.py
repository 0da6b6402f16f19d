"""People are seated from a spreadsheet: all of them, or, when a row is wrong, nobody, unless part of it is asked for."""

from typing import Any

import pytest
import trio

from breakout.contract import commands as c
from gateway.api.assignment_rows import MAX_BYTES
from gateway.api.command_call import CALL_SECONDS
from tests.gateway.api.harness import Api


@pytest.fixture
async def rooms(api: Api) -> dict[str, str]:
    """Blue for eight and Green for two, and four people who sit nowhere."""
    found = {"Blue": await api.room("Blue"), "Green": await api.room("Green", max_participants=2)}
    await api.come("ana", "ben", "eva", "ida")
    return found


def outcomes(answer: Any) -> list[tuple[int, str, str | None]]:
    """Line, status and code of each row."""
    return [(row["line"], row["status"], row["code"]) for row in answer.json()["rows"]]


async def test_people_are_seated_where_the_file_says(api: Api, rooms: dict[str, str]) -> None:
    answer = await api.upload(f"userId,room\nana,Blue\nben, green \neva,{rooms['Green']}\n")
    assert (answer.status_code, answer.json()["applied"]) == (200, 3)
    assert answer.json()["rows"][1] == {
        "line": 3, "userId": "ben", "room": "green", "roomId": rooms["Green"], "status": "ok", "code": None, "message": None,
    }  # fmt: skip
    assert await api.seats() == {"Blue": {"ana"}, "Green": {"ben", "eva"}}


async def test_import_is_one_change_by_the_person_who_asked(api: Api, rooms: dict[str, str]) -> None:
    await api.upload("ana,Blue\nben,Green\n")
    entries = await api.persistence.store.journal_page("demo", None, 2)
    assert {(entry.cause, entry.by and entry.by.id) for entry in entries} == {("breakout.assignments.apply", "olga")}
    assert len({entry.change_id for entry in entries}) == 1


async def test_nothing_is_applied_when_a_row_is_wrong(api: Api, rooms: dict[str, str]) -> None:
    answer = await api.upload("ana,Blue\nzoe,Blue\nben,Purple\n")
    assert (answer.status_code, answer.json()["applied"]) == (422, 0)
    assert outcomes(answer) == [(1, "ok", None), (2, "error", "user_not_found"), (3, "error", "room_not_found")]
    assert await api.seats() == {"Blue": set(), "Green": set()}


async def test_rows_that_are_right_are_applied_when_part_is_asked_for(api: Api, rooms: dict[str, str]) -> None:
    answer = await api.upload("ana,Blue\nzoe,Blue\nben,Purple\neva,Green\n", "?partial=true")
    assert (answer.status_code, answer.json()["applied"]) == (200, 2)
    assert [status for _, status, _ in outcomes(answer)] == ["ok", "error", "error", "ok"]
    assert await api.seats() == {"Blue": {"ana"}, "Green": {"eva"}}


async def test_file_in_which_no_row_is_right_changes_nothing_and_loads_no_session(api: Api) -> None:
    for query, status in (("", 422), ("?partial=true", 200)):
        answer = await api.upload("ana,Blue\n", query)
        assert (answer.status_code, answer.json()["applied"]) == (status, 0)
        assert outcomes(answer) == [(1, "error", "user_not_found")]
    assert api.root.doors() == []


async def test_row_for_which_there_is_no_place_is_wrong(api: Api, rooms: dict[str, str]) -> None:
    text = "ana,Green\nben,Green\neva,Green\nida,Blue\n"
    answer = await api.upload(text)
    assert answer.status_code == 422
    assert outcomes(answer)[2] == (3, "error", "room_full")
    assert await api.seats() == {"Blue": set(), "Green": set()}
    assert (await api.upload(text, "?partial=true")).json()["applied"] == 3
    assert await api.seats() == {"Blue": {"ida"}, "Green": {"ana", "ben"}}


async def test_people_trade_places_of_full_rooms(api: Api, rooms: dict[str, str]) -> None:
    await api.room("Red", max_participants=1)
    await api.upload("ana,Green\nben,Green\neva,Red\n")
    assert (await api.upload("eva,Green\nana,Red\n")).status_code == 200
    assert await api.seats() == {"Blue": set(), "Green": {"ben", "eva"}, "Red": {"ana"}}


async def test_person_in_two_rows_is_wrong_in_the_second(api: Api, rooms: dict[str, str]) -> None:
    answer = await api.upload("ana,Blue\nana,Green\n")
    assert outcomes(answer) == [(1, "ok", None), (2, "error", "conflict")]
    assert "line 1" in answer.json()["rows"][1]["message"]


async def test_name_of_two_rooms_is_ambiguous_and_an_id_is_not(api: Api, rooms: dict[str, str]) -> None:
    twin = await api.room("BLUE")
    answer = await api.upload("ana,blue\n")
    assert outcomes(answer) == [(1, "error", "conflict")]
    assert twin in answer.json()["rows"][0]["message"]
    assert (await api.upload(f"ana,{twin}\n")).status_code == 200


async def test_closed_room_is_not_filled_and_gives_way_to_an_open_one_of_its_name(api: Api, rooms: dict[str, str]) -> None:
    await api.do(c.CloseRoom(rooms["Blue"]))
    assert outcomes(await api.upload(f"ana,Blue\nben,{rooms['Blue']}\n")) == [
        (1, "error", "room_closed"), (2, "error", "room_closed"),
    ]  # fmt: skip
    again = await api.room("blue")
    answer = await api.upload("ana,Blue\n")
    assert answer.json()["rows"][0]["roomId"] == again


async def test_staff_facilitators_and_companions_are_not_placed_and_the_row_says_why(
    api: Api, rooms: dict[str, str]
) -> None:
    await api.come("mod", role="MODERATOR")
    await api.do(c.UpdateRoom(rooms["Blue"], facilitator_id="ana"))
    await api.do(c.SetCompanion("ben", "eva"))
    answer = await api.upload("mod,Blue\nana,Green\nben,Green\neva,Green\n")
    assert outcomes(answer) == [*((n, "error", "forbidden") for n in (1, 2, 3)), (4, "ok", None)]
    said = [row["message"] for row in answer.json()["rows"]]
    assert ["staff" in said[0], "Blue" in said[1], "accompanies" in said[2]] == [True, True, True]


async def test_row_with_a_wrong_number_of_cells_is_wrong(api: Api, rooms: dict[str, str]) -> None:
    assert outcomes(await api.upload("ana\nben,Blue,Green\n")) == [
        (1, "error", "invalid_data"), (2, "error", "invalid_data"),
    ]  # fmt: skip


async def test_names_are_the_same_in_any_case_and_encoding_of_accents(api: Api) -> None:
    await api.room("Straße Ü")
    await api.come("ana")
    assert (await api.upload("ana,STRASSE U\u0308\n")).status_code == 200


async def test_cells_that_were_made_harmless_for_a_spreadsheet_are_found(api: Api) -> None:
    await api.room("=Blue")
    await api.come("@ana", "'=ben")
    answer = await api.upload("'@ana,'=Blue\n'=ben,=Blue\n")
    assert (answer.status_code, [row["userId"] for row in answer.json()["rows"]]) == (200, ["@ana", "'=ben"])


async def test_session_out_of_memory_is_loaded_when_there_is_something_to_apply(
    api: Api, rooms: dict[str, str]
) -> None:
    await api.put_to_sleep()
    assert (await api.upload("zoe,Blue\n")).status_code == 422
    assert api.root.doors() == []
    assert (await api.upload("ana,Blue\n")).status_code == 200
    assert await api.seats() == {"Blue": {"ana"}, "Green": set()}


async def test_import_sent_again_with_its_key_is_not_applied_again(api: Api, rooms: dict[str, str]) -> None:
    key = {"Idempotency-Key": "once"}
    assert (await api.upload("ana,Blue\n", headers=key)).json()["applied"] == 1
    await api.do(c.MoveParticipant("ana", None))
    assert (await api.upload("ana,Blue\n", headers=key)).json()["applied"] == 1
    assert await api.seats() == {"Blue": set(), "Green": set()}
    other = await api.upload("ana,Green\n", headers=key)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "conflict")


@pytest.mark.parametrize("key", ["", "x" * 65])
async def test_key_of_a_wrong_length_is_refused(api: Api, key: str) -> None:
    answer = await api.upload("ana,Blue\n", headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_data")


async def test_file_that_is_too_large_is_refused(api: Api) -> None:
    answer = await api.upload(b"x" * (MAX_BYTES + 1))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "limit_reached")


async def test_row_that_came_to_nothing_while_it_was_applied_is_reported(
    api: Api, rooms: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    async def call(door: Any, caller: Any, command: Any, *, key: str | None) -> Any:
        seen.append(command)
        placed = command.assignments if len(seen) == 1 else command.assignments[:1]
        return {"assignments": [{"userId": one.user_id, "roomId": one.room_id} for one in placed]}

    monkeypatch.setattr("gateway.api.assignments_csv.call", call)
    answer = await api.upload("ana,Blue\nben,Blue\n")
    assert [type(command) for command in seen] == [c.PreviewAssignments, c.ApplyAssignments]
    assert (answer.status_code, answer.json()["applied"]) == (200, 1)
    assert outcomes(answer) == [(1, "ok", None), (2, "error", "room_full")]


async def test_import_is_unavailable_while_the_store_fails(api: Api, rooms: dict[str, str]) -> None:
    refuse = "CREATE TEMP TRIGGER refuse BEFORE INSERT ON main.journal BEGIN SELECT RAISE(ABORT, 'no'); END"
    await api.persistence.store._lane.run(lambda db: db.execute(refuse))
    answer = await api.upload("ana,Blue\n")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "storage_unavailable")
    await api.persistence.store._lane.run(lambda db: db.execute("DROP TRIGGER temp.refuse"))
    assert await api.seats() == {"Blue": set(), "Green": set()}


async def test_import_without_a_reply_says_that_it_may_have_taken_effect(
    api: Api, rooms: dict[str, str], monkeypatch: pytest.MonkeyPatch, nursery: trio.Nursery
) -> None:
    monkeypatch.setattr("gateway.api.command_call.CALL_SECONDS", 0.05)
    runner = api.root.door("demo").runner
    assert runner is not None
    runner.feed.hold()
    answer = await api.upload("ana,Blue\n")
    runner.feed.let_go()
    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "no_reply")
    assert CALL_SECONDS == 10


async def test_session_that_cannot_be_loaded_is_unavailable(
    api: Api, rooms: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.api.command_call.CALL_SECONDS", 0.05)
    await api.put_to_sleep()
    door = api.root.door("demo")
    await door.loaded.wait()
    door.loaded = trio.Event()
    answer = await api.upload("ana,Blue\n")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "storage_unavailable")
