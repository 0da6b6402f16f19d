"""One readable line for everything that arrives, and nothing that acts on the terminal."""

import io

import pytest
from rich.console import Console

from gateway.terminal_view import TerminalView, brief

ROOM = {"id": "r1", "name": "Group 1", "status": "ACTIVE", "participantCount": 2, "maxParticipants": 8, "revision": 4}


def shown(message, event=None, **console):
    text = io.StringIO()
    TerminalView(Console(file=text, highlight=False, color_system=None, **console)).message(message, event)
    return text.getvalue()


def test_push_is_shown_by_its_name_and_its_data():
    line = shown({"event": "breakout.room.created", "topic": "session", "seq": 1, "data": {"room": ROOM}})
    assert line == "room.created  room=Group 1 (r1) ACTIVE 2/8\n"


def test_reply_is_shown_whole_so_that_ids_can_be_copied():
    line = shown({"event": "reply", "id": "1", "success": True, "data": {"room": ROOM}}, "breakout.room.create")
    assert line.startswith('ok      room.create  {"room": {"id": "r1", "name": "Group 1"')


def test_refusal_is_shown_with_code_message_and_details():
    error = {"code": "conflict", "message": "look again", "details": {"revision": 5}}
    line = shown({"event": "reply", "id": "1", "success": False, "error": error}, "breakout.room.update")
    assert line == 'refused room.update  conflict: look again  {"revision": 5}\n'


def test_refusal_of_nothing_in_particular_is_shown_too():
    error = {"code": "malformed", "message": "no JSON"}
    assert shown({"event": "reply", "id": None, "success": False, "error": error}) == "refused a command  malformed: no JSON\n"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"id": "ada", "firstName": "Ada", "lastName": ""}, "Ada (ada)"),
        ({"userId": "ben", "firstName": "Ben", "lastName": "Lee", "role": "PARTICIPANT"}, "Ben Lee (ben)"),
        ({"id": "m1", "text": "hello", "user": {"id": "ada", "firstName": "Ada", "lastName": ""}}, "Ada: hello"),
        ({"state": "running", "remainingSeconds": 299, "endsAt": 1}, "running 4:59"),
        ({"state": "running", "remainingSeconds": "299"}, "{state=running, remainingSeconds=299}"),
        ({"a": None, "b": True}, "{a=null, b=true}"),
        ([], "[]"),
        (list(range(7)), "[0, 1, 2, 3, 4, 2 more]"),
        ("text", "text"),
        (1.5, "1.5"),
    ],
)
def test_value_is_shown_in_a_few_words(value, text):
    assert brief(value) == text


def test_text_of_others_cannot_act_on_the_terminal():
    line = shown({"event": "breakout.chat.message", "data": {"text": "\x1b[2Ja\x9bb\r\u202ec [red]d[/red]"}})
    assert line == "chat.message  text=\\x1b[2Ja\\x9bb\\r\\u202ec [red]d[/red]\n"


def test_line_is_cut_at_the_width_of_a_terminal_and_whole_in_a_pipe():
    push = {"event": "breakout.chat.message", "data": {"text": "x" * 500}}
    assert len(shown(push, force_terminal=True, width=60).rstrip("\n")) == 60
    assert len(shown(push, width=60).rstrip("\n")) == len("chat.message  text=") + 500


@pytest.mark.parametrize(
    "message",
    [{}, {"event": 5}, {"event": "reply"}, {"event": "x", "data": [1], "sentAt": "now"}, {"sentAt": 10**30}],
)
def test_anything_a_server_may_send_is_shown(message):
    assert shown(message).endswith("\n")
