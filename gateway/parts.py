"""The parts of a running server that those look at who report on it."""

from collections.abc import Callable

from attrs import frozen

from actors.root import Root
from gateway.health import Health
from gateway.jwks import PublishedKeys
from gateway.lateness import Lateness
from gateway.listener import ListenerStatistics
from gateway.session_endpoint import SessionEndpoint
from persistence.persistence import Persistence


@frozen
class Parts:
    """Attributes: transport: The statistics of the port for people. published: Keys of an identity provider, where there is one."""

    root: Root
    persistence: Persistence
    endpoint: SessionEndpoint
    transport: Callable[[], ListenerStatistics]
    lateness: Lateness
    health: Health
    published: PublishedKeys | None
