"""The parts of the settings that each layer takes."""

from actors.session_runner import ActorSettings
from gateway.settings import Settings
from gateway.transport_settings import TransportSettings
from persistence.settings import DAY_SECONDS, PersistenceSettings


def actor_settings(settings: Settings) -> ActorSettings:
    return ActorSettings(
        max_open_rooms=settings.max_open_rooms,
        max_rooms_per_session=settings.max_rooms_per_session,
        max_people_per_session=settings.max_people_per_session,
        seat_hold_seconds=settings.seat_hold_seconds,
        session_idle_seconds=settings.session_idle_seconds,
        max_connections_per_user=settings.max_connections_per_user,
        max_mailbox_messages=settings.max_mailbox_messages,
        max_waiting_changes=settings.max_waiting_changes,
        restart_intensity=settings.restart_intensity,
        restart_window_seconds=settings.restart_window_seconds,
        heartbeat_seconds=settings.heartbeat_seconds,
        snapshot_seconds=settings.snapshot_seconds,
    )


def persistence_settings(settings: Settings) -> PersistenceSettings:
    """The journal takes twice what one session may have waiting, so that a session is refused before the journal is full."""
    return PersistenceSettings(
        commit_interval_seconds=settings.commit_interval_ms / 1000,
        max_waiting_changes=2 * settings.max_waiting_changes,
        retention_seconds=settings.journal_retention_days * DAY_SECONDS,
    )


def transport_settings(settings: Settings) -> TransportSettings:
    """With workers a connection carries one request: the next could be another worker's."""
    return TransportSettings(
        keep_alive=settings.workers == 1,
        max_connections=settings.max_connections,
        max_connections_per_address=settings.max_connections_per_address,
        trusted_proxies=settings.trusted_proxies,
        max_message_bytes=settings.max_message_bytes,
        inbound_bytes_per_second=settings.inbound_bytes_per_second,
        inbound_burst_bytes=settings.inbound_burst_bytes,
        outbox_max_bytes=settings.outbox_max_bytes,
        slow_consumer_seconds=settings.slow_consumer_seconds,
        heartbeat_seconds=settings.heartbeat_seconds,
    )
