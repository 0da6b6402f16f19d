"""The terminal client against a server that does as it is told."""

import contextlib
import json
from functools import partial

import pytest
import trio
import trio_websocket

from gateway.start_refused import StartRefused
from gateway.terminal_client import Target
from gateway.terminal_conversation import hold


class Recorder:
    """A view that remembers."""

    def __init__(self):
        self.messages = []
        self.problems = []
        self.sessions = []

    def connected(self, session):
        self.sessions.append(session)

    def message(self, message, event=None):
        self.messages.append((event, message))

    def problem(self, text):
        self.problems.append(text)


async def typed(*texts):
    for text in texts:
        yield text


async def never_ending(*texts):
    for text in texts:
        yield text
    await trio.sleep_forever()


@pytest.fixture
def view():
    return Recorder()


@pytest.fixture
def requests():
    """The handshakes that the server has seen."""
    return []


@pytest.fixture
def talk(nursery, view, requests):
    """Connects to a server that handles its one connection with `handler`, and gives the exit code."""

    async def talk(handler, lines, *, script=True, session="s1"):
        async def answer(request):
            requests.append(request)
            await handler(await request.accept(subprotocol="breakout.v1"))

        serving = partial(trio_websocket.serve_websocket, answer, "127.0.0.1", 0, ssl_context=None)
        server = await nursery.start(serving)
        with trio.fail_after(5):
            return await hold(Target(f"http://127.0.0.1:{server.port}/", session, "a.b.c"), lines, view, script)

    return talk


async def answering(socket, **reply):
    """Replies to every command; `reply` goes into each."""
    while True:
        command = json.loads(await socket.get_message())
        await socket.send_message(json.dumps({"event": "reply", "id": command["id"], "success": True, **reply}))


async def obedient(socket):
    with contextlib.suppress(trio_websocket.ConnectionClosed):
        await answering(socket)


async def strict(socket):
    with contextlib.suppress(trio_websocket.ConnectionClosed):
        await answering(socket, success=False, error={"code": "forbidden", "message": "no"})


async def test_script_succeeds_when_every_command_does(talk, view):
    assert await talk(obedient, typed("ping", "", "# remark", 'room.join {"roomId": "r"}')) == 0
    assert [event for event, _ in view.messages] == ["breakout.ping", "breakout.room.join"]


async def test_client_names_session_protocol_and_token_as_the_contract_says(talk, requests):
    await talk(obedient, typed("ping"), session="a/b ö")
    assert requests[0].path == "/ws/a%2Fb%20%C3%B6"
    assert dict(requests[0].headers)[b"authorization"] == b"Bearer a.b.c"


async def test_script_fails_when_a_command_is_refused_and_plays_on(talk, view):
    assert await talk(strict, typed("ping", "ping")) == 1
    assert len(view.messages) == 2


async def test_script_fails_when_a_line_is_no_command_and_plays_on(talk, view):
    assert await talk(obedient, typed("room.join r1", "ping")) == 1
    assert len(view.problems) == 1
    assert len(view.messages) == 1


async def test_script_waits_for_each_reply_before_the_next_command(talk, view):
    async def one_at_a_time(socket):
        for number in range(3):
            command = json.loads(await socket.get_message())
            with trio.move_on_after(0.01):
                pytest.fail(f"{await socket.get_message()} came before the reply")
            await socket.send_message(json.dumps({"event": "reply", "id": command["id"], "success": True, "number": number}))
        await obedient(socket)

    assert await talk(one_at_a_time, typed("ping", "ping", "ping")) == 0


async def test_script_ends_and_says_so_when_there_is_no_reply(talk, view, monkeypatch):
    monkeypatch.setattr("gateway.terminal_conversation.REPLY_SECONDS", 0.01)

    async def deaf(socket):
        try:
            while True:
                await socket.get_message()
        except trio_websocket.ConnectionClosed:
            pass

    assert await talk(deaf, typed("ping")) == 2
    assert view.problems == ["no reply to breakout.ping within 0.01 seconds"]


async def test_client_says_why_the_connection_ended(talk, view):
    async def closing(socket):
        await socket.aclose(4001, "token expired")

    assert await talk(closing, never_ending(), script=False) == 2
    assert view.problems[0].startswith("the connection ended: 4001")
    assert view.problems[0].endswith("token expired")


@pytest.mark.parametrize("text", ["hello", "[]", "7"])
async def test_client_ends_when_the_server_speaks_something_else(talk, view, text):
    async def babbling(socket):
        await socket.send_message(text)
        await obedient(socket)

    assert await talk(babbling, never_ending(), script=False) == 2
    assert "not a JSON object" in view.problems[0]


async def test_pushes_are_shown_while_nothing_is_typed(talk, view):
    async def pushing(socket):
        await socket.send_message(json.dumps({"event": "breakout.room.created", "data": {}}))
        await socket.aclose(1012)

    await talk(pushing, never_ending(), script=False)
    assert (view.sessions, [message["event"] for _, message in view.messages]) == (["s1"], ["breakout.room.created"])


async def test_replies_still_out_are_shown_after_the_last_typed_line(talk, view):
    assert await talk(obedient, typed("ping", "ping"), script=False) == 0
    assert len(view.messages) == 2


async def test_connecting_is_refused_with_the_servers_own_words(nursery, view):
    async def reject(request):
        await request.reject(401, body=b'{"error": {"code": "unauthorized", "message": "the token has expired"}}')

    server = await nursery.start(partial(trio_websocket.serve_websocket, reject, "127.0.0.1", 0, ssl_context=None))
    with pytest.raises(StartRefused, match="refused the connection with 401: the token has expired"):
        await hold(Target(f"ws://127.0.0.1:{server.port}", "s1", "a.b.c"), typed(), view, True)


@pytest.mark.parametrize("url", ["ws://127.0.0.1:1", "localhost", "ftp://127.0.0.1", "ws://"])
async def test_connecting_is_refused_when_there_is_no_server(view, url):
    with trio.fail_after(5), pytest.raises(StartRefused, match="cannot connect to"):
        await hold(Target(url, "s1", "a.b.c"), typed(), view, True)
