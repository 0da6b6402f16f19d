"""The frames that peers send: Breakout's, by its own encoder where one is made once, by hand where each has a stamp."""

import json
import time

from gateway.frame import text_frame

STATE = text_frame(b'{"event":"breakout.session.state","sentAt":0,"data":{}}')


def tick_text(room_id: str, left: int, ends_at: int, now: int) -> bytes:
    data = b'{"roomId":"%b","remainingSeconds":%d,"endsAt":%d,"serverAt":%d,"revision":1}' % (
        room_id.encode(), left, ends_at, now)  # fmt: skip
    return b'{"event":"breakout.timer.tick","topic":"room:%b","sentAt":%d,"data":%b}' % (room_id.encode(), now, data)


def recalled_text(room_id: str) -> bytes:
    data = b'{"recallId":"0123456789abcdef0123","roomId":"%b","reason":"recall","mode":"forced","graceSeconds":0,"returnAt":%d}'
    return b'{"event":"breakout.recalled","topic":"you","seq":1,"sentAt":%d,"data":%b}' % (
        now_ms(), data % (room_id.encode(), now_ms()))  # fmt: skip


def reply_text(ident: str, data: object) -> bytes:
    return b'{"event":"reply","id":"%b","success":true,"data":%b}' % (ident.encode(), compact(data))


def chat_text(room_id: str, seq: int, text: str, user: object) -> bytes:
    message = {"id": f"{seq:020x}", "roomId": room_id, "user": user, "text": text, "sentAt": now_ms()}
    return b'{"event":"breakout.chat.message","topic":"room:%b","seq":%d,"sentAt":%d,"data":%b}' % (
        room_id.encode(), seq, now_ms(), compact({"message": message}))  # fmt: skip


def person(number: int) -> dict[str, object]:
    """Somebody as they stand in a roster."""
    return {"userId": f"p{number}", "firstName": f"Given{number}", "lastName": f"Family{number}", "role": "PARTICIPANT",
            "joinedAt": now_ms(), "connected": True, "speaking": False, "speakingTimeSeconds": 0}  # fmt: skip


def joined_text(room_id: str, seq: int, newcomer: object, count: int) -> bytes:
    data = {"roomId": room_id, "joined": [newcomer], "left": [], "changed": [], "participantCount": count, "revision": seq}
    return b'{"event":"breakout.participants.update","topic":"room:%b","seq":%d,"sentAt":%d,"data":%b}' % (
        room_id.encode(), seq, now_ms(), compact(data))  # fmt: skip


def compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def now_ms() -> int:
    return round(time.time() * 1000)
