"""Pushes and replies: the exact bytes of the contract."""

import json
import sys
import tracemalloc
from typing import Any

import pytest

from breakout.chat import Message
from breakout.contract import objects as o
from breakout.contract import pushes as p
from breakout.contract import replies as r
from breakout.contract.commands import Placement
from breakout.errors import InvalidData, RoomFull
from breakout.identity import User
from breakout.room import Role, Status
from gateway.wire.encode import WireEncoder

ADA = User("ada", "Ada", "Lovelace")
TIMER = o.Timer("running", 900, 1_790_000_000_000, 1_790_000_900_000, 812, 3)
ROOM = o.Room(
    "r1", "s1", None, "Blue </script> \u2028 \u202e", None, 8, 15, auto_assign=False, locked=True, status=Status.ACTIVE,
    created_at=1, started_at=2, ended_at=None, creator=ADA, facilitator=None, participant_count=1,
    help_requested=False, timer=TIMER, revision=17,
)
SEATED = o.Participant("ada", "Ada", "Lovelace", Role.FACILITATOR, 5, True, False, 9)
MESSAGE = Message("m1", "r1", ADA, 'say "hi"\n\t\\', 6)
INSIDE = o.RoomInside(ROOM, [SEATED], (MESSAGE,), TIMER)


@pytest.fixture
def encoder() -> WireEncoder:
    return WireEncoder()


def payload(frame: bytes) -> bytes:
    """The payload of an unmasked text frame."""
    assert frame[0] == 0x81
    length_bytes = {126: 2, 127: 8}.get(frame[1], 0)
    length = int.from_bytes(frame[2 : 2 + length_bytes]) if length_bytes else frame[1]
    assert len(frame) == 2 + length_bytes + length
    return frame[2 + length_bytes :]


def snapshot(*, staff: bool) -> o.SessionSnapshot:
    return o.SessionSnapshot(
        "s1", 7, "e1", {"session": 3, "room:some_room": 0}, o.Myself("ada", "Ada", "Lovelace", ["breakout:join"], None),
        [ROOM], None, {"some_room": [SEATED]} if staff else None, [] if staff else None, [] if staff else None, None,
        o.SettingsNotice(1, 20, (300, 60), 120),
    )


def pieced_snapshot(piece: Any) -> o.SessionSnapshot:
    plain = snapshot(staff=True)
    return o.SessionSnapshot(
        "s1", 7, "e1", plain.seqs, piece(plain.self_), [piece(ROOM)], None, {"some_room": [piece(SEATED)]}, [], [], None,
        piece(plain.settings),
    )


def test_push_has_its_keys_in_the_order_of_the_contract(encoder: WireEncoder) -> None:
    frame = encoder.push(p.RoomUnavailablePush("r1"), topic="room:r1", seq=118, sent_at=9)
    assert payload(frame) == (
        b'{"event":"breakout.room.unavailable","topic":"room:r1","seq":118,"sentAt":9,"data":{"roomId":"r1"}}'
    )


def test_push_leaves_out_what_it_has_not(encoder: WireEncoder) -> None:
    frame = encoder.push(p.TimerTickPush("r1", 5, 9000, 4001, 2), topic=None, seq=None, sent_at=None)
    assert payload(frame) == (
        b'{"event":"breakout.timer.tick","data":'
        b'{"roomId":"r1","remainingSeconds":5,"endsAt":9000,"serverAt":4001,"revision":2}}'
    )


def test_first_number_of_a_topic_is_written_although_it_is_zero(encoder: WireEncoder) -> None:
    frame = encoder.push(p.RoomRestoredPush("r1"), topic="staff", seq=0, sent_at=0)
    assert b'"seq":0,"sentAt":0,' in frame


def test_room_is_written_with_every_field(encoder: WireEncoder) -> None:
    assert json.loads(encoder.reply_body(r.RoomReply(ROOM)))["data"]["room"] == {
        "id": "r1", "sessionId": "s1", "eventId": None, "name": "Blue </script> \u2028 \u202e", "topic": None,
        "maxParticipants": 8, "durationMinutes": 15, "autoAssign": False, "locked": True, "status": "ACTIVE",
        "createdAt": 1, "startedAt": 2, "endedAt": None,
        "creator": {"id": "ada", "firstName": "Ada", "lastName": "Lovelace"}, "facilitator": None,
        "participantCount": 1, "helpRequested": False,
        "timer": {"state": "running", "durationSeconds": 900, "startedAt": 1_790_000_000_000,
                  "endsAt": 1_790_000_900_000, "remainingSeconds": 812, "revision": 3},
        "revision": 17,
    }  # fmt: skip


def test_join_reply_is_written_with_its_lists(encoder: WireEncoder) -> None:
    data = json.loads(encoder.reply_body(INSIDE))["data"]
    assert list(data) == ["room", "participants", "messages", "timer"]
    assert data["participants"][0]["role"] == "FACILITATOR"
    assert data["messages"][0] == {
        "id": "m1", "roomId": "r1", "user": {"id": "ada", "firstName": "Ada", "lastName": "Lovelace"},
        "text": 'say "hi"\n\t\\', "sentAt": 6,
    }  # fmt: skip


def test_state_push_has_the_staff_fields_only_for_staff(encoder: WireEncoder) -> None:
    def keys(*, staff: bool) -> set[str]:
        return set(json.loads(encoder.reply_body(snapshot(staff=staff)))["data"])

    common = {"sessionId", "serverAt", "epoch", "seqs", "self", "rooms", "room", "recall", "settings"}
    assert keys(staff=False) == common
    assert keys(staff=True) == common | {"participants", "lobby", "help"}


def test_keys_that_are_ids_stay_as_they_are(encoder: WireEncoder) -> None:
    data = json.loads(encoder.reply_body(snapshot(staff=True)))["data"]
    assert list(data["seqs"]) == ["session", "room:some_room"]
    assert list(data["participants"]) == ["some_room"]


def test_recall_progress_leaves_out_its_end_until_it_ends(encoder: WireEncoder) -> None:
    def data(push: object) -> Any:
        return json.loads(payload(encoder.push(push, topic=None, seq=None, sent_at=None)))["data"]

    running = {"recallId": "c1", "expected": 3, "acknowledged": 1, "missing": ["bob"]}
    assert data(p.RecallProgressPush("c1", 3, 1, ["bob"])) == running
    ended = data(p.RecallProgressPush("c1", 3, 1, ["bob"], 99, True, 0, 10, 10))
    assert ended == running | {
        "completedAt": 99, "cancelled": True, "delayP50Ms": 0, "delayP99Ms": 10, "delayMaxMs": 10,
    }  # fmt: skip


def test_reply_frame_echoes_the_id_in_front_of_the_body(encoder: WireEncoder) -> None:
    body = encoder.reply_body(r.Done())
    assert body == b'{"success":true,"data":{}}'
    assert payload(encoder.reply_frame('"7"\n', body)) == (
        b'{"event":"reply","id":"\\"7\\"\\n","success":true,"data":{}}'
    )


def test_refusal_names_code_message_and_details(encoder: WireEncoder) -> None:
    body = encoder.refusal_body(InvalidData({"rooms[3].name": "is required"}))
    assert json.loads(payload(encoder.reply_frame(None, body))) == {
        "event": "reply", "id": None, "success": False,
        "error": {"code": "invalid_data", "message": "rooms[3].name: is required",
                  "details": {"fields": {"rooms[3].name": "is required"}}},
    }  # fmt: skip
    assert json.loads(encoder.refusal_body(RoomFull()))["error"]["details"] == {}


@pytest.mark.parametrize(
    ("whole", "pieced"),
    [
        (lambda _: r.RoomReply(ROOM), lambda piece: r.RoomReply(piece(ROOM))),
        (lambda _: INSIDE, lambda piece: o.RoomInside(piece(ROOM), [piece(SEATED)], [piece(MESSAGE)] * 1, piece(TIMER))),
        (lambda _: p.ParticipantSeatedPush("r1", "self", INSIDE),
         lambda piece: p.ParticipantSeatedPush("r1", "self", piece(INSIDE))),
        (lambda _: snapshot(staff=True), pieced_snapshot),
        (lambda _: r.AssignmentsReply([Placement("ada", "r1")], [], ["x"]),
         lambda piece: r.AssignmentsReply([piece(Placement("ada", "r1"))], [], ["x"])),
    ],
    ids=["room", "inside", "nested", "snapshot", "placement"],
)
def test_piece_gives_the_same_bytes_as_the_view_it_stands_for(encoder: WireEncoder, whole: Any, pieced: Any) -> None:
    assert encoder.reply_body(pieced(encoder.piece)) == encoder.reply_body(whole(None))


def test_piece_is_spliced_without_encoding_it_again(encoder: WireEncoder) -> None:
    piece = encoder.piece(ROOM)
    object.__setattr__(ROOM, "revision", 18)
    try:
        assert b'"revision":17' in encoder.reply_body(r.RoomReply(piece))  # type: ignore[arg-type]
    finally:
        object.__setattr__(ROOM, "revision", 17)


def test_what_may_be_kept_takes_no_more_memory_than_its_bytes(encoder: WireEncoder) -> None:
    encoder.reply_body(r.Done())  # makes the functions of its class
    tracemalloc.start()
    try:
        kept = [encoder.reply_body(r.Done()) for _ in range(100)]
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert taken < 2 * sum(map(sys.getsizeof, kept)) + 4096
