"""A room's chat is encoded once for all who come to it, and never shown as it was before the last message."""

import json
from typing import Any

import orjson

from actors import chat_rows
from actors.chat_rows import ChatRows
from breakout.chat import Message
from breakout.identity import User
from breakout.room import RoomState
from gateway.wire.encode import WireEncoder

ANN = User("ann", "Ann", "Lee")


def room(room_id: str, *texts: str) -> RoomState:
    messages = tuple(Message(f"m{number}", room_id, ANN, text, number) for number, text in enumerate(texts))
    return RoomState(room_id, "s1", "Blue", ANN, 0, messages=messages)


def texts(row: Any) -> list[str]:
    return [message["text"] for message in json.loads(orjson.dumps(row))]


def test_row_is_the_same_until_the_next_message():
    chats, blue = ChatRows(WireEncoder()), room("blue", "one")
    shown = chats.row(blue)
    assert chats.row(blue) is shown
    assert texts(chats.row(room("blue", "one", "two"))) == ["one", "two"]


def test_rows_of_rooms_not_shown_lately_are_forgotten(monkeypatch):
    monkeypatch.setattr(chat_rows, "KEPT_ROOMS", 2)
    chats = ChatRows(WireEncoder())
    rooms = [room(name, name) for name in ("red", "blue", "green")]
    red, blue = (chats.row(each) for each in rooms[:2])
    assert chats.row(rooms[0]) is red
    chats.row(rooms[2])
    assert chats.row(rooms[0]) is red
    assert chats.row(rooms[1]) is not blue


def test_empty_chat_is_an_empty_list():
    assert list(ChatRows(WireEncoder()).row(room("blue"))) == []
