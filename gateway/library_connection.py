"""trio-websocket's connection, as far as a server needs it whose handshake is done: the only place that looks into it.

Its constructor makes ready for both sides of a handshake, for pings of ours and for a channel of messages. None of that is used
here, and together it is 3 % of what a join costs and 15 objects a connection. So the constructor is replaced, and what it would
set to the same for every connection is an attribute of the class.
"""

from types import MappingProxyType
from typing import Any, cast

import trio
import wsproto
from trio_websocket import CloseReason
from trio_websocket import WebSocketConnection as LibraryConnection

from gateway.message_sink import MessageSink
from gateway.open_protocol import OpenProtocol


class ServerConnection(LibraryConnection):
    """One open WebSocket, read by `read` in the task that calls it.

    Args:
        stream: Ready for the first byte behind the handshake.
        sink: Takes the messages.
        max_message_size: In characters; a longer message closes the connection with 1009.
        receive_buffer_size: Read at once, in bytes.
    """

    _close_reason: CloseReason | None = None
    _message_size = 0
    _reader_running = True
    _initial_request = None
    _path = _subprotocol = None
    _handshake_headers = ()
    _connection_proposal = None
    _pings = cast(Any, MappingProxyType({}))  # the heartbeat's are not its
    _open_handshake = _for_testing_peer_closed_connection = trio.Event()  # nobody waits for them

    def __init__(  # without super's: see the module's text
        self, stream: trio.abc.Stream, sink: MessageSink, *, max_message_size: int, receive_buffer_size: int
    ) -> None:
        self._id = next(self.CONNECTION_ID)
        self._stream = stream
        self._stream_lock = trio.StrictFIFOLock()
        self._wsproto = cast("wsproto.WSConnection", OpenProtocol())
        self._message_parts = []
        self._max_message_size = max_message_size
        self._receive_buffer_size = receive_buffer_size
        self._send_channel = self._recv_channel = cast(Any, sink)
        self._close_handshake = trio.Event()

    async def read(self) -> None:
        """Read, answer what the protocol answers by itself and give messages on, until the connection ends.

        Raises:
            wsproto.utilities.ProtocolError: In some orders of events, such as a ping that crosses our Close frame.
            MessageFailed: A message could not be served.
        """
        await self._reader_task()
