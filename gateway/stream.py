"""The stream under one WebSocket: what trio-websocket reads from and writes control frames to, and what takes ready frames.

Writing. Everything goes through one outbox, in order. `flush` gives a plain socket all that waits in one non-blocking
`send`, at once and without a task switch. Only when the kernel does not take it all - or when there is no plain socket,
as under TLS - a writer task is started, and it ends when the outbox is empty: an idle connection has none. Control frames
of trio-websocket join the same queue, so none can land in the middle of a half-sent frame.

Reading. What came behind the handshake's head is replayed first, and each read is charged to the byte budget; see `inbound.py`.

Ending. Three ways, from mild to wild, and all of them may be called at any time and more than once:

    finish              everything queued leaves, our side is shut, what still arrives is discarded until the peer is gone
    cut                 nothing more is sent or read; the socket is closed in the next turn of the loop
    close_forcefully    at once

trio-websocket's own `aclose` only says that it is done with the stream: its idea of an end loses the last frames.
"""

import socket
from collections.abc import Callable
from typing import Protocol

import trio

from breakout.contract.close_code import CloseCode
from gateway.frame import CLOSE_FIRST_BYTE
from gateway.inbound import Inbound
from gateway.outbox import Outbox
from gateway.transport_settings import TransportSettings

_DISCARD_BYTES = 64 * 1024
_MAX_DISCARDED_BYTES = 1024 * 1024


Spawn = Callable[..., None]
"""Starts a task, as a nursery's `start_soon` does; the nursery outlives the stream."""


class StreamOwner(Protocol):
    """Who is told what happened; each is called at most once."""

    def close_frame_queued(self) -> None: ...

    def slow_consumer(self) -> None: ...


class ConnectionStream(trio.abc.Stream):
    """See the module's text.

    Attributes:
        last_received_at: When the last bytes arrived, in trio seconds.
        failure: The close code and the reason, once this layer has given the connection up.
        owner: Told about the end; None until the upgrade is complete.
        spawn: Starts a task that ends once the socket is closed.
    """

    __slots__ = (
        "_clear_socket",
        "_close_queued",
        "_closed",
        "_dead",
        "_drained",
        "_finishing",
        "_inbound",
        "_read_end",
        "_reading",
        "_refusing",
        "_settings",
        "_socket",
        "_transport",
        "_writing",
        "failure",
        "last_received_at",
        "outbox",
        "owner",
        "spawn",
    )

    def __init__(
        self,
        transport: trio.abc.Stream,
        plain_socket: socket.socket | None,
        settings: TransportSettings,
        spawn: Spawn,
    ) -> None:
        self.outbox = Outbox()
        self.last_received_at = trio.current_time()
        self.failure: tuple[int, str] | None = None
        self.owner: StreamOwner | None = None
        self._transport = transport
        self._socket = plain_socket
        self._clear_socket: socket.socket | None = None  # while nothing waits and nothing is in the way of a `send`
        self._settings = settings
        self.spawn = spawn
        self._inbound = Inbound(settings)
        self._drained: trio.Event | None = None
        self._read_end: trio.Event | None = None
        self._dead = self._closed = self._refusing = self._close_queued = False
        self._reading = self._writing = self._finishing = False

    def replay(self, trailing: bytes) -> None:
        """Let the next reads return `trailing`, before what the socket has."""
        self._inbound.replay(trailing)

    @property
    def dead(self) -> bool:
        """Nothing can be sent any more."""
        return self._dead

    @property
    def closed(self) -> bool:
        """The socket is closed, or being closed."""
        return self._closed

    # --- writing

    def send_frame(self, frame: bytes) -> None:
        """Queue one ready frame; it leaves with the next `flush`. Never blocks and never fails: a connection that is
        closing, dead or too slow takes the frame and forgets it.
        """
        outbox, size = self.outbox, len(frame)
        crowded = outbox.queued + size > self._settings.outbox_max_bytes
        if (crowded or self._dead or self._refusing or self._close_queued) and not self._takes(size):
            return
        self._clear_socket = None
        outbox.append(frame)

    def send_tick(self, key: str, frame: bytes) -> bool:
        """Send a frame that makes an earlier one of the same `key` pointless: at once where nothing waits, else it is queued
        and, while both wait, only this one is sent. Never blocks and never fails. Returns whether it waits for a `flush`.

        This is all that a beat of the rooms does to each of their people, and what it looks at has left the processor's cache
        since the last one: so it looks at little.
        """
        plain = self._clear_socket or self._becomes_clear()
        if plain is not None:
            try:
                sent = plain.send(frame)
            except OSError as error:
                sent = self._sent_nothing(error)
            if sent < len(frame) and not self._dead:
                self._go_on_after(frame, sent)
            return False
        if self._takes(len(frame)):
            self.outbox.append_tick(key, frame)
            return True
        return False

    def send_close(self, frame: bytes) -> None:
        """Queue a Close frame behind what waits and flush; only the first one counts."""
        if self._close_queued or self._dead:
            return
        self.outbox.append(frame)
        self._close_queued = True
        self._clear_socket = None
        self.flush()
        if self.owner is not None:
            self.owner.close_frame_queued()

    def flush(self) -> None:
        """Send what waits: in one `send` where the kernel takes it, else the writer task goes on. Never blocks or fails."""
        if self._writing or self._dead or not self.outbox.queued:
            return
        if not self._send_now():
            self._start_writing()

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """What trio-websocket sends: pongs, a Close frame. Queued like any frame; it may not have left yet.

        Raises:
            trio.BrokenResourceError: The connection is dead or being ended.
        """
        if self._dead or self._finishing:
            raise trio.BrokenResourceError("the connection is closed")
        frame = bytes(data)
        if frame[:1] == bytes((CLOSE_FIRST_BYTE,)):
            self.send_close(frame)
        else:
            self.send_frame(frame)
            self.flush()
        await trio.lowlevel.checkpoint()

    async def wait_send_all_might_not_block(self) -> None:
        """A checkpoint: sending never blocks."""
        await trio.lowlevel.checkpoint()

    def _takes(self, size: int) -> bool:
        if self._dead or self._refusing or self._close_queued:
            return False
        if len(self.outbox) + size > self._settings.outbox_max_bytes:
            self.flush()
            # where nothing waits the limit does not count: a reply that is longer than it says nothing of its reader
            if self.outbox and len(self.outbox) + size > self._settings.outbox_max_bytes:
                self._give_up_slow()
                return False
        return not self._dead

    def _give_up_slow(self) -> None:
        if self._refusing:
            return
        self._refusing = True
        self._clear_socket = None
        self.outbox.drop_waiting()
        if self.owner is not None:
            self.owner.slow_consumer()

    def _becomes_clear(self) -> socket.socket | None:
        """The socket if nothing waits and nothing is in the way of a `send`; remembered until something is."""
        blocked = self.outbox.queued or self._writing or self._refusing or self._close_queued or self._dead
        self._clear_socket = None if blocked else self._socket
        return self._clear_socket

    def _sent_nothing(self, error: OSError) -> int:
        if not isinstance(error, BlockingIOError | InterruptedError):
            self._die()
        return 0

    def _go_on_after(self, frame: bytes, count: int) -> None:
        self.outbox.keep(frame, count)
        self._start_writing()

    def _start_writing(self) -> None:
        self._writing, self._clear_socket = True, None
        self.spawn(self._write_waiting)

    def _send_now(self) -> bool:
        """One `send`, where there is a plain socket; True when nothing is left to do."""
        if self._socket is None:
            return False
        outbox = self.outbox
        try:
            sent = self._socket.send(outbox.take())
        except OSError as error:
            sent = self._sent_nothing(error)
        if sent:
            outbox.sent(sent)
        return self._dead or not outbox.queued

    async def _write_waiting(self) -> None:
        try:
            while self.outbox and not self._dead:
                with trio.move_on_after(self._settings.slow_consumer_seconds) as patience:
                    await self._write_once()
                if patience.cancelled_caught:
                    self._write_stalled()
        except (trio.BrokenResourceError, trio.ClosedResourceError, OSError):
            self._die()
        finally:
            self._writing = False
            if self._drained is not None:
                self._drained.set()

    async def _write_once(self) -> None:
        if self._socket is not None:
            await trio.lowlevel.wait_writable(self._socket)
            self._send_now()
            return
        batch = self.outbox.take()
        await self._transport.send_all(batch)
        self.outbox.sent(len(batch))

    def _write_stalled(self) -> None:
        self._give_up_slow()
        if self._socket is None:  # nobody knows how much of the batch is on the wire
            self.cut("nothing could be sent")

    # --- reading

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """What the peer sends, at most `max_bytes`; empty at its end.

        Raises:
            trio.BrokenResourceError: Lost, or over the byte budget (then `failure` is set).
            trio.ClosedResourceError: Ended from this side.
        """
        if self._dead or self._finishing:
            raise trio.ClosedResourceError
        data = await self._read(max_bytes or self._settings.receive_chunk_bytes)
        if data and not self._inbound.afford(data, self.last_received_at):
            self.failure = (CloseCode.FLOODING, "more than the byte budget allows")
            raise trio.BrokenResourceError("over the byte budget")
        return data

    async def _read(self, max_bytes: int) -> bytes:
        self._reading = True
        try:
            data = self._inbound.trailing(max_bytes) or await self._receive(max_bytes)
            self.last_received_at = trio.current_time()
            if self._finishing:
                await self._discard_input()
                raise trio.ClosedResourceError
        finally:
            self._reading = False
            if self._read_end is not None:
                self._read_end.set()
        return data

    async def _receive(self, max_bytes: int) -> bytes:
        """From a plain socket without trio's: a read that has to wait, as nearly all do, is one `recv` instead of two.

        Always a checkpoint, so that no flood keeps the loop.
        """
        if self._socket is None:
            return bytes(await self._transport.receive_some(max_bytes))
        while True:
            await trio.lowlevel.wait_readable(self._socket)
            try:
                return self._socket.recv(max_bytes)
            except (BlockingIOError, InterruptedError):
                continue
            except OSError as error:
                raise trio.BrokenResourceError("the connection is lost") from error

    async def _discard_input(self) -> None:
        discarded = 0
        while discarded < _MAX_DISCARDED_BYTES:
            data = await self._transport.receive_some(_DISCARD_BYTES)
            if not data:
                return
            discarded += len(data)

    # --- ending

    async def aclose(self) -> None:
        """trio-websocket is done with the stream; its owner ends the connection."""
        await trio.lowlevel.checkpoint()

    async def finish(self) -> None:
        """Let what is queued leave, shut our side and wait for the peer's end; then close.

        Takes at most `close_seconds` + `linger_seconds`. Frames queued after this call are not sent.
        """
        try:
            with trio.move_on_after(self._settings.close_seconds):
                await self._wait_drained()
            self._finishing = True
            if not self._dead and not self.outbox:
                with trio.move_on_after(self._settings.linger_seconds):
                    await self._shut_and_linger()
        finally:
            await self.close_forcefully()

    def cut(self, reason: str) -> None:
        """Give the connection up from anywhere, without a Close frame; `reason` is for the log."""
        if self._dead:
            return
        if self.failure is None:
            self.failure = (1006, reason)
        self._die()
        self.spawn(self.close_forcefully)

    async def close_forcefully(self) -> None:
        """Close the socket at once; what waits is lost. A pending read ends with `trio.ClosedResourceError`."""
        if self._closed:
            return
        self._closed = True
        self._die()
        await trio.aclose_forcefully(self._transport)

    def _die(self) -> None:
        self._dead = True
        self._clear_socket = None
        self.outbox.drop_waiting()

    async def _wait_drained(self) -> None:
        while self._writing and not self._dead:
            self._drained = trio.Event()
            await self._drained.wait()

    async def _shut_and_linger(self) -> None:
        try:
            if isinstance(self._transport, trio.abc.HalfCloseableStream):
                await self._transport.send_eof()
            if self._reading:
                self._read_end = trio.Event()
                await self._read_end.wait()
            else:
                await self._discard_input()
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return
