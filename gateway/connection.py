"""One WebSocket connection: text in, commands to the session's door; ready frames out.

Serving a message never waits for its reply, so the next command is always read. Whatever a client sends ends at most its own
connection.
"""

import math
from collections import deque
from collections.abc import Callable

import structlog
import trio

from actors.request import Request, TickTarget
from actors.session_door import SessionDoor
from breakout.contract.close_code import CloseCode
from breakout.errors import InvalidData, Malformed, RateLimited, Refusal, UnknownEvent
from breakout.identity import Caller
from gateway.logs import LOG_LEVEL
from gateway.message_sink import MESSAGES_PER_TURN
from gateway.outbox import Outbox
from gateway.rate_limit import CommandRate, FaultCount
from gateway.upgrade import WebSocketConnection
from gateway.wire.decode import FrameRefused, decode_command, decode_envelope, digest
from gateway.wire.encode import WireEncoder

log = structlog.get_logger(__name__)

EARLY_SIZE = 128 * 1024
"""Characters of messages that are kept for a client whose session is being loaded: what a connection may send at once."""

EARLY_COST = 64
"""Characters that a message counts for besides its own."""

FAULTS = (Malformed, UnknownEvent, InvalidData)
"""Refusals that say that the client is broken; too many of them end its connection."""


class Connection:
    """A device of a user in a session; implements `actors.request.Subscriber` and `gateway.endpoint.Receiver`.

    Args:
        left: Told once that the connection is over, with its close code.
    """

    __slots__ = (
        "_door",
        "_early",
        "_early_size",
        "_encoder",
        "_faults",
        "_greeted",
        "_left",
        "_now",
        "_rate",
        "_socket",
        "_stream",
        "caller",
    )

    def __init__(
        self,
        socket: WebSocketConnection,
        caller: Caller,
        door: SessionDoor,
        rate: CommandRate,
        encoder: WireEncoder,
        *,
        left: Callable[["Connection", int], None],
    ) -> None:
        self.caller = caller
        self._socket = socket
        self._stream = socket.stream
        self._door = door
        self._rate = rate
        self._faults = FaultCount()
        self._encoder = encoder
        self._now = door.now
        self._left = left
        self._greeted = False
        self._early: deque[str] | None = deque()
        self._early_size = 0

    def open(self) -> None:
        """Come in at the session's door."""
        if not self._door.connect(self):
            self._stream.flush()  # the answer to the handshake, which otherwise leaves with the session's state

    def text(self, text: str) -> None:
        """Serve one message. Nothing is answered before the first frame, `session.state`: until then messages are kept.

        A session is loaded within milliseconds; where it cannot be, the connection is closed with 1013 once too much is kept.
        """
        if self._early is None:
            self._handle(text)
            return
        self._early_size += len(text) + EARLY_COST
        if self._early_size > EARLY_SIZE:
            self.close(CloseCode.TRY_AGAIN_LATER, "the session is not there yet")
        else:
            self._early.append(text)

    def ended(self, code: int, reason: str) -> None:
        if self._early is not None:
            self._early.clear()
        self._door.disconnect(self)
        self._left(self, code)

    def send(self, frame: bytes) -> None:
        self._stream.send_frame(frame)
        if not self._greeted:
            self._greeted = True
            if self._early:
                self._socket.spawn(self._catch_up)
            else:
                self._early = None

    @property
    def tick_target(self) -> TickTarget:
        return self._stream

    @property
    def outbox(self) -> Outbox:
        """What waits to be sent."""
        return self._stream.outbox

    def flush(self) -> None:
        self._stream.flush()

    def close(self, code: int, reason: str) -> None:
        self._socket.request_close(code, reason)

    async def _catch_up(self) -> None:
        """Serve what was kept, in turns like those of the reader; what arrives meanwhile comes behind it."""
        served = 0
        while self._early and not self._socket.closing:
            self._handle(self._early.popleft())
            served += 1
            if served % MESSAGES_PER_TURN == 0:
                await trio.lowlevel.checkpoint()
        self._early = None

    def _handle(self, text: str) -> None:
        verdict = self._rate.take(self._now())
        if verdict.flooding:
            self.close(CloseCode.FLOODING, "flooding")
            return
        envelope_id = None
        try:
            envelope = decode_envelope(text)
            envelope_id = envelope.id
            if verdict.retry_after_ms:
                raise RateLimited(retryAfterSeconds=math.ceil(verdict.retry_after_ms / 1000))
            spec, command = decode_command(envelope)
        except FrameRefused as refused:
            self._refuse(refused.envelope_id, refused.refusal)
        except Refusal as refusal:
            self._refuse(envelope_id, refusal)
        else:
            key = envelope.idempotency_key
            seal = b"" if key is None else digest(envelope.event, envelope.data)
            if LOG_LEVEL.debugging:
                log.debug("command", command=spec.event, id=envelope.id, room=getattr(command, "room_id", None))
            self._door.submit(Request(command, spec, self.caller, self, envelope_id, key, seal))

    def _refuse(self, envelope_id: str | None, refusal: Refusal) -> None:
        self._door.refused_undecoded(refusal)
        self.send(self._encoder.reply_frame(envelope_id, self._encoder.refusal_body(refusal)))
        self.flush()
        if isinstance(refusal, FAULTS) and self._faults.add(self._now()):
            self.close(CloseCode.POLICY, "too many malformed frames")
