"""The codes with which a connection ends."""

from enum import IntEnum


class CloseCode(IntEnum):
    """Codes below 4000 mean what RFC 6455 says; `PROTOCOL.md` says of each what a client should do."""

    NORMAL = 1000
    PROTOCOL_ERROR = 1002
    BINARY = 1003
    NOT_UTF8 = 1007
    POLICY = 1008
    TOO_LARGE = 1009
    INTERNAL = 1011
    RECONNECT = 1012
    TRY_AGAIN_LATER = 1013
    TOKEN_EXPIRED = 4001
    REMOVED = 4002
    SLOW_CONSUMER = 4008
    TOO_MANY_CONNECTIONS = 4009
    FLOODING = 4029
