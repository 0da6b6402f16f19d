"""What a terminal or a script says to a server, and what comes back."""

import signal
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Protocol

import orjson
import trio
from attrs import frozen

from gateway.terminal_client import ConnectionOver, Target, TerminalConnection, connected
from gateway.terminal_input import Line, LineRefused, parse_line

REPLY_SECONDS = 30
LAST_REPLIES_SECONDS = 5

EXIT_OK, EXIT_COMMAND_REFUSED, EXIT_CONNECTION, EXIT_INTERRUPTED = 0, 1, 2, 130


class View(Protocol):
    """Where messages are shown; `terminal_view.TerminalView` is one."""

    def connected(self, session: str) -> None: ...
    def message(self, message: dict[str, Any], event: str | None = None) -> None: ...
    def problem(self, text: str) -> None: ...


def converse(target: Target, lines: AsyncGenerator[str, None], view: View, *, script: bool) -> int:
    """Connect, send `lines`, show what arrives, until the lines or the connection end. Returns the exit code.

    Args:
        target: The server, the session and the token.
        lines: What to send.
        view: Where everything is shown.
        script: Send a line only after the reply to the one before, and let refusals decide the exit code.

    Raises:
        StartRefused: The connection cannot be made.
    """
    return trio.run(hold, target, lines, view, script)


async def hold(target: Target, lines: AsyncGenerator[str, None], view: View, script: bool) -> int:
    """`converse` for callers that run trio already."""
    async with connected(target) as connection:
        if not script:
            view.connected(target.session)
        return await _until_the_end(Conversation(connection, view), lines, script)


async def _until_the_end(conversation: "Conversation", lines: AsyncGenerator[str, None], script: bool) -> int:
    """Whatever comes first: the lines end, the connection ends, somebody presses Ctrl-C."""
    codes: list[int] = []
    async with trio.open_nursery() as nursery:

        async def first(work: Any, *args: Any) -> None:
            codes.append(await work(*args))
            nursery.cancel_scope.cancel()

        nursery.start_soon(first, conversation.receive)
        nursery.start_soon(first, conversation.play if script else conversation.follow, lines)
        nursery.start_soon(first, _interrupted, script)
    return codes[0]


async def _interrupted(script: bool) -> int:
    with trio.open_signal_receiver(signal.SIGINT) as signals:
        async for _ in signals:
            break
    return EXIT_INTERRUPTED if script else EXIT_OK


class Conversation:
    """Commands out, replies and pushes in."""

    def __init__(self, connection: TerminalConnection, view: View) -> None:
        self._connection = connection
        self._view = view
        self._sent = 0
        self._open: dict[str, _Question] = {}
        self._refused = 0

    async def receive(self) -> int:
        """Show what arrives until the connection ends, and say why it did."""
        try:
            while True:
                self._show(_message(await self._connection.receive()))
        except ConnectionOver as over:
            self._view.problem(f"the connection ended: {over}")
        except ValueError:
            self._view.problem("the server sent something that is not a JSON object; is it a breakout server?")
        return EXIT_CONNECTION

    async def play(self, lines: AsyncGenerator[str, None]) -> int:
        """A script: one command at a time; a line that is no command counts as refused."""
        async with aclosing(lines):
            async for text in lines:
                question = await self._send_line(text)
                if question is not None and not await self._answered(question):
                    return EXIT_CONNECTION
        return EXIT_COMMAND_REFUSED if self._refused else EXIT_OK

    async def follow(self, lines: AsyncGenerator[str, None]) -> int:
        """A person: lines leave as they are typed; after the last one the replies still out may arrive."""
        async with aclosing(lines):
            async for text in lines:
                await self._send_line(text)
        with trio.move_on_after(LAST_REPLIES_SECONDS):
            for question in list(self._open.values()):
                await question.answered.wait()
        return EXIT_OK

    async def _answered(self, question: "_Question") -> bool:
        with trio.move_on_after(REPLY_SECONDS):
            await question.answered.wait()
            return True
        self._view.problem(f"no reply to {question.event} within {REPLY_SECONDS} seconds")
        return False

    async def _send_line(self, text: str) -> "_Question | None":
        try:
            line = parse_line(text)
        except LineRefused as refused:
            self._refused += 1
            self._view.problem(str(refused))
            return None
        return None if line is None else await self._send(line)

    async def _send(self, line: Line) -> "_Question":
        self._sent += 1
        key = str(self._sent)
        question = self._open[key] = _Question(line.event, trio.Event())
        frame = orjson.dumps({"event": line.event, "id": key, "data": line.data})
        try:
            await self._connection.send(frame.decode())
        except ConnectionOver:
            await trio.sleep_forever()  # `receive` knows why it ended, says so, and ends this
        return question

    def _show(self, message: dict[str, Any]) -> None:
        reply = message.get("event") == "reply"
        question = self._open.pop(str(message.get("id")), None) if reply else None
        self._view.message(message, question.event if question is not None else None)
        self._refused += 1 if reply and not message.get("success") else 0
        if question is not None:
            question.answered.set()


@frozen
class _Question:
    """A command without its reply yet."""

    event: str
    answered: trio.Event


def _message(text: str | bytes) -> dict[str, Any]:
    message = orjson.loads(text)
    if not isinstance(message, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - the same as text that is no JSON at all
    return message
