"""Every number of the transport, with the reason for it."""

from ipaddress import IPv4Network, IPv6Network, ip_network

from attrs import field, frozen, validators

KIB = 1024
MIB = 1024 * KIB

Network = IPv4Network | IPv6Network


def _networks(values: tuple[str | Network, ...] | list[str]) -> tuple[Network, ...]:
    return tuple(ip_network(value, strict=False) if isinstance(value, str) else value for value in values)


@frozen(kw_only=True)
class TransportSettings:
    """Limits of sockets, HTTP and WebSocket framing.

    Attributes:
        max_connections: Of the process, HTTP and WebSocket together. Beyond it a connection gets 503 and is closed. Keep
            it some hundreds below the descriptor limit, so that the database and the logs never lack one.
        max_connections_per_address: Of one address (one /64 for IPv6). Generous, since a company's whole floor may sit
            behind one address; low enough that one machine cannot take every place.
        retry_after_seconds: What a refused client is told to wait.
        trusted_proxies: Addresses or networks whose X-Forwarded-For is believed. Empty: nobody's.
        max_head_bytes: Of a request's head. A token takes up to 2 KiB; 8 KiB is what servers commonly allow.
        head_seconds: From the accept to the end of the first head, and from the first byte of a later one to its end.
        keep_alive: Whether a connection may carry more than one request. Not where the next one may be another process's.
        keep_alive_seconds: An idle HTTP connection is closed after it.
        max_body_bytes: Of a request's body; the largest that the API has is a few hundred bytes.
        body_seconds: From the first read of a body to its end.
        send_seconds: A response of which the client takes nothing for so long is given up.
        max_message_bytes: Of one inbound WebSocket message (wire contract).
        inbound_bytes_per_second: What one WebSocket may send on average; 20 commands a second come to about 4 KiB.
        inbound_burst_bytes: What it may send at once: seven messages of the largest size, or 40 of 3,000 bytes.
        inbound_frame_cost_bytes: Charged for every frame and every read on top of its bytes, because an empty frame
            costs as much work as a full one: 128 KiB at 70 bytes are 1,870 empty frames, about 0.1 s of CPU.
        receive_chunk_bytes: Of one read. Small, so that a chunk full of empty frames holds the loop for a few
            milliseconds at most; nearly every command fits in one.
        outbox_max_bytes: Waiting for one WebSocket; more makes it a slow consumer (wire contract). One frame alone may be longer.
        slow_consumer_seconds: Without progress while something waits; likewise.
        heartbeat_seconds: A WebSocket that sent nothing for so long is pinged, and given up after as long again.
        close_seconds: For the peer to answer a Close frame and for the last frames to leave.
        linger_seconds: How long to read and discard after the last byte was sent. Closing with unread input makes the
            kernel send a reset, which can overtake the Close frame or the error response.
        accept_pause_seconds: Before the next accept once the process is out of descriptors.
    """

    max_connections: int = field(default=10_000, validator=validators.ge(1))
    max_connections_per_address: int = field(default=2_000, validator=validators.ge(1))
    retry_after_seconds: int = field(default=5, validator=validators.ge(1))
    trusted_proxies: tuple[Network, ...] = field(default=(), converter=_networks)
    max_head_bytes: int = field(default=8 * KIB, validator=validators.ge(KIB))
    head_seconds: float = field(default=5.0, validator=validators.gt(0))
    keep_alive: bool = True
    keep_alive_seconds: float = field(default=30.0, validator=validators.gt(0))
    max_body_bytes: int = field(default=MIB, validator=validators.ge(0))
    body_seconds: float = field(default=30.0, validator=validators.gt(0))
    send_seconds: float = field(default=10.0, validator=validators.gt(0))
    max_message_bytes: int = field(default=16 * KIB, validator=validators.ge(1))
    inbound_bytes_per_second: int = field(default=16 * KIB, validator=validators.ge(1))
    inbound_burst_bytes: int = field(default=128 * KIB, validator=validators.ge(1))
    inbound_frame_cost_bytes: int = field(default=64, validator=validators.ge(0))
    receive_chunk_bytes: int = field(default=KIB, validator=validators.ge(64))
    outbox_max_bytes: int = field(default=MIB, validator=validators.ge(KIB))
    slow_consumer_seconds: float = field(default=10.0, validator=validators.gt(0))
    heartbeat_seconds: float = field(default=20.0, validator=validators.gt(0))
    close_seconds: float = field(default=2.0, validator=validators.gt(0))
    linger_seconds: float = field(default=0.5, validator=validators.ge(0))
    accept_pause_seconds: float = field(default=0.1, validator=validators.gt(0))
