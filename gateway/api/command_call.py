"""A command from HTTP: submitted as a connection would, and its reply waited for."""

from typing import Any, Final, Self

import orjson
import trio
from attrs import AttrsInstance, asdict, define, field

from actors.request import Request
from actors.session_door import SessionDoor
from breakout.contract.operations import OPERATIONS
from breakout.contract.table import COMMAND_BY_CLASS
from breakout.errors import StorageUnavailable
from breakout.identity import Caller
from gateway.api.refused import ApiRefused, refused_command
from gateway.wire.decode import digest

CALL_SECONDS: Final = 10.0
"""How long loading the session and the reply may take together; a commit takes milliseconds."""

_HEADER_BYTES: Final = {126: 4, 127: 10}


@define(eq=False)
class _ReplyTaker:
    """A subscriber that is no connection: it takes the one reply and is never sent anything else."""

    caller: Caller
    arrived: trio.Event = field(factory=trio.Event)
    frame: bytes = b""

    def send(self, frame: bytes) -> None:
        self.frame = frame

    @property
    def tick_target(self) -> Self:
        return self

    def send_tick(self, key: str, frame: bytes) -> bool:
        """Ticks go to the people of a room."""
        return False

    def flush(self) -> None:
        self.arrived.set()

    def close(self, code: int, reason: str) -> None:
        """There is nothing to end."""

    @property
    def reply(self) -> dict[str, Any]:
        header = _HEADER_BYTES.get(self.frame[1], 2)
        decoded: dict[str, Any] = orjson.loads(self.frame[header:])
        return decoded


async def call(door: SessionDoor, caller: Caller, command: AttrsInstance, *, key: str | None = None) -> dict[str, Any]:
    """Have the session carry out `command`, once it is loaded; the data of its success. Always a checkpoint.

    `key` is an idempotency key, as in an envelope.

    Raises:
        ApiRefused: The command was refused; or 504, no reply in `CALL_SECONDS`, and it may still take effect.
        StorageUnavailable: The session could not be loaded in that time. Nothing was done.
    """
    spec = OPERATIONS.get(type(command)) or COMMAND_BY_CLASS[type(command)]
    taker = _ReplyTaker(caller)
    seal = b"" if key is None else digest(spec.event, asdict(command))
    with trio.move_on_after(CALL_SECONDS):
        await door.loaded.wait()
        door.submit(Request(command, spec, caller, taker, "http", key, seal))
        await taker.arrived.wait()
    if not door.loaded.is_set():
        raise StorageUnavailable("the session could not be loaded; try again")
    if not taker.arrived.is_set():
        raise ApiRefused(504, "no_reply", f"no reply in {CALL_SECONDS:g} s; it may still take effect")
    return _data(taker.reply)


def _data(reply: dict[str, Any]) -> dict[str, Any]:
    if not reply["success"]:
        raise refused_command(reply["error"]["code"], reply["error"]["message"])
    data: dict[str, Any] = reply["data"]
    return data
