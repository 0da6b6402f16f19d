"""Reports of several workers as one."""

from typing import Any

from attrs import fields

from gateway.admin.server_report import ServerReport
from gateway.wire.field_name import wire_names
from gateway.workers.merged_reports import JOINED, joined_event, joined_sessions, joined_tree


def tree(sessions: list[str], **server: Any) -> dict[str, Any]:
    report = dict.fromkeys(wire_names(ServerReport).values(), 1) | {"phase": "serving", "storeHealthy": True} | server
    return {"server": report, "sessions": [{"id": name} for name in sessions]}


def test_sessions_of_all_are_listed_and_amounts_added_up() -> None:
    found = joined_tree([tree(["a"], connections=3), tree(["b", "c"], connections=4)])
    assert [session["id"] for session in found["sessions"]] == ["a", "b", "c"]
    assert found["server"]["connections"] == 7


def test_state_of_the_server_is_that_of_its_worst_worker() -> None:
    found = joined_tree([tree([], lateP99Ms=2), tree([], phase="starting", storeHealthy=False, lateP99Ms=9), tree([])])["server"]
    assert (found["phase"], found["storeHealthy"], found["lateP99Ms"]) == ("starting", False, 9)


def test_age_of_the_server_is_that_of_its_oldest_worker() -> None:
    found = joined_tree([tree([], startedAt=10, uptimeSeconds=90), tree([], startedAt=70, uptimeSeconds=30)])["server"]
    assert (found["startedAt"], found["uptimeSeconds"]) == (10, 90)


def test_every_field_that_is_no_amount_has_a_rule() -> None:
    amounts = {
        "connections", "connectionsFailed", "sessions", "loading", "reloads", "roomCrashes", "roomsGivenUp", "journalWaiting",
        "journalFailures",
    }  # fmt: skip
    assert {wire_names(ServerReport)[field.name] for field in fields(ServerReport)} - set(JOINED) == amounts


def test_tree_without_any_worker_is_empty() -> None:
    assert joined_tree([]) == {"server": {}, "sessions": []}


def test_event_has_the_sessions_of_all_sorted() -> None:
    reports = [
        {"eventId": "e", "serverAt": 5, "sessions": [{"sessionId": "b"}]},
        {"eventId": "e", "serverAt": 7, "sessions": [{"sessionId": "c"}, {"sessionId": "a"}]},
    ]
    sessions = [{"sessionId": name} for name in "abc"]
    assert joined_event(reports) == {"eventId": "e", "serverAt": 7, "sessions": sessions}


def test_page_of_all_sessions_is_the_first_of_all_workers_and_says_where_to_go_on() -> None:
    pages = [{"sessions": [{"id": name} for name in names], "after": None} for names in ("ad", "bc", "")]
    first = joined_sessions(pages, 3)
    assert ([each["id"] for each in first["sessions"]], first["after"]) == (["a", "b", "c"], "c")
    assert joined_sessions(pages, 5)["after"] is None
