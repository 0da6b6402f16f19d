"""Every setting of the server, with its default and the reason for it.

A setting has one name everywhere: `port` in the TOML file is `BREAKOUT_PORT` in the environment. Its unit is part of the
name. `settings_source.py` says where values come from and which source wins.
"""

from pathlib import Path

from attrs import frozen

from gateway.setting import SettingRefused, each, not_empty, one_of, setting, whole
from gateway.setting_checks import admin_address, key_url, network, origin, secret

KIB = 1024
MIB = 1024 * KIB


@frozen(kw_only=True)
class Settings:
    """What an operator may choose. Always within bounds: one that is not cannot be made.

    Raises:
        SettingRefused: A value is out of bounds, or two do not go together.
    """

    # Where to listen and what to keep

    host: str = setting("127.0.0.1", "Address to listen on. This machine only, until somebody decides otherwise.", check=not_empty)
    port: int = setting(8765, "TCP port for WebSockets, HTTP and the web app; 0 takes a free one.", check=whole(0, 65_535))
    db: Path = setting(Path("data/breakout.db"), "SQLite file that holds everything; its directory is made with --dev only.")
    workers: int = setting(
        1, "Processes, each with whole sessions of its own. From 2 on db is a directory with a file for each.", check=whole(1, 64),
    )
    tls_certificate: Path | None = setting(
        None, "File with the certificate and its chain (PEM), where no proxy in front speaks TLS. Read again at SIGHUP.",
    )
    tls_key: Path | None = setting(None, "File with the certificate's private key (PEM, without a password).")
    dev: bool = setting(False, "For trying it out: makes the database's directory and a signing key beside it.")

    # Who may come in

    hmac_key: str | None = setting(
        None, "Secret of at least 32 bytes that signs tokens (HS256). A file is better: environments leak.",
        check=secret, secret=True,
    )
    hmac_key_file: Path | None = setting(None, "File with that secret; white space at its ends does not count.")
    previous_hmac_key: str | None = setting(
        None, "The secret before the present one, still believed while its tokens run out.", check=secret, secret=True,
    )
    previous_hmac_key_file: Path | None = setting(None, "File with the secret before, which is better for the same reason.")
    jwks_url: str | None = setting(
        None, "Where an identity provider publishes its public keys; read at start, hourly, and for unknown key ids.",
        check=key_url,
    )
    jwks_file: Path | None = setting(None, "File with such keys, where the server may not reach the provider.")
    token_issuer: str | None = setting(None, "What a token's `iss` must be. Not looked at where this is not set.", check=not_empty)
    token_audience: str | None = setting(
        None, "What a token's `aud` must be or contain. Not looked at where this is not set.", check=not_empty,
    )
    allowed_origins: tuple[str, ...] = setting(
        (), "Origins whose pages may connect. Empty: any, since a page cannot take another's token.", check=each(origin),
    )
    trusted_proxies: tuple[str, ...] = setting(
        (), "Addresses or networks whose X-Forwarded-For is believed. Empty: nobody's.", check=each(network),
    )

    # How many, how much, how fast

    max_connections: int = setting(
        10_000, "Connections of the whole process; keep it some hundreds below its descriptor limit (ulimit -n).",
        check=whole(1, 1_000_000),
    )
    max_connections_per_address: int = setting(
        2_000, "Connections of one address; a company's whole floor may sit behind one.", check=whole(1, 1_000_000),
    )
    max_connections_per_user: int = setting(
        10, "Connections of one user in one session: tabs and devices. One more ends the oldest.", check=whole(1, 1_000),
    )
    commands_per_second: int = setting(
        20, "Commands of one connection on average; a person clicks some five times a second.", check=whole(1, 10_000),
    )
    command_burst: int = setting(40, "Commands of one connection at once, after a pause.", check=whole(1, 100_000))
    max_open_rooms: int = setting(200, "Open rooms of one session; what a host can oversee.", check=whole(1, 5_000))
    max_rooms_per_session: int = setting(
        2_000, "Rooms of one session, closed ones included: ten rounds of 200; each costs some 10 KiB of memory.",
        check=whole(1, 100_000),
    )
    max_people_per_session: int = setting(
        2_000, "People connected to one session, staff aside, who always get in. One more is refused with 503.",
        check=whole(1, 100_000),
    )
    max_message_bytes: int = setting(
        16 * KIB, "Size of one inbound message; 200 rooms in one command with short names fit.", check=whole(KIB, MIB),
    )
    inbound_bytes_per_second: int = setting(
        16 * KIB, "What one connection may send on average; 20 commands come to about 4 KiB.", check=whole(KIB, 100 * MIB),
    )
    inbound_burst_bytes: int = setting(
        128 * KIB, "What one connection may send at once: eight messages of the largest size.", check=whole(KIB, 100 * MIB),
    )
    outbox_max_bytes: int = setting(
        MIB, "Waiting to be sent to one connection; more makes it a slow consumer.", check=whole(64 * KIB, 64 * MIB),
    )
    slow_consumer_seconds: int = setting(
        10, "A connection that takes nothing for so long while something waits is closed.", check=whole(1, 300),
    )
    max_mailbox_messages: int = setting(
        1_000, "Unhandled messages of one room or session; at 20 us each they are done in 20 ms.", check=whole(10, 1_000_000),
    )

    # How long

    seat_hold_seconds: int = setting(
        120, "How long a seat is kept for somebody whose connection dropped: a laptop's restart.", check=whole(1, 86_400),
    )
    session_idle_seconds: int = setting(
        300, "A session without connections and timers leaves memory after it; nothing is lost.", check=whole(1, 86_400),
    )
    heartbeat_seconds: int = setting(
        20, "A silent connection is pinged, and given up after as long again; proxies give up at 60.", check=whole(1, 300),
    )
    drain_seconds: int = setting(
        8, "Time to finish at SIGTERM; container managers kill after 10.", check=whole(1, 300),
    )

    # Storage and supervision

    commit_interval_ms: int = setting(
        5, "At most one commit is begun in this time under load; an idle server commits at once.", check=whole(0, 1_000),
    )
    max_waiting_changes: int = setting(
        20_000, "Changes not committed yet; beyond it commands are refused with `overloaded`.", check=whole(100, 1_000_000),
    )
    snapshot_seconds: int = setting(
        5, "How often changed rooms are written to the tables that other tools read.", check=whole(1, 3_600),
    )
    journal_retention_days: int = setting(
        30, "How long the journal behind a snapshot is kept for history and attendance.", check=whole(1, 3_650),
    )
    restart_intensity: int = setting(
        3, "Restarts of one room within `restart_window_seconds` before it is closed as failed.", check=whole(0, 100),
    )
    restart_window_seconds: int = setting(
        5, "The time within which `restart_intensity` counts: a room that crashes at once crashes always.", check=whole(1, 3_600),
    )

    backup_directory: Path | None = setting(
        None, "The only directory into which operators may have backups written. Not set: nowhere.",
    )

    # Operators

    admin_listen: str | None = setting(
        None, "Own address of the operators' API: 127.0.0.1:8766 or unix:/run/breakout/admin.sock. Not set: the public port.",
        check=admin_address,
    )
    metrics_open: bool = setting(
        True, "/metrics without a token; it names nobody. false: needs breakout:operate, as the rest of the operators' API.",
    )

    # Logs

    log_level: str = setting("info", "The least that is logged.", check=one_of(("debug", "info", "warning", "error")))
    log_format: str = setting(
        "auto", "console for people, json for machines; auto: console on a terminal.", check=one_of(("auto", "console", "json")),
    )

    def __attrs_post_init__(self) -> None:
        """Refuse what contradicts itself."""
        if self.hmac_key is not None and self.hmac_key_file is not None:
            raise SettingRefused("hmac_key_file", "and hmac_key are both set; keep one")
        if (self.tls_certificate is None) != (self.tls_key is None):
            missing, present = ("tls_key", "tls_certificate") if self.tls_key is None else ("tls_certificate", "tls_key")
            raise SettingRefused(present, f"is set without {missing}; set both")
        if self.workers > 1 and self.tls_certificate is not None:
            raise SettingRefused("workers", "above 1 and tls_certificate do not go together; have a proxy in front end TLS")
        if self.jwks_url is not None and self.jwks_file is not None:
            raise SettingRefused("jwks_file", "and jwks_url are both set; keep one")
        if self.previous_hmac_key is not None and self.previous_hmac_key_file is not None:
            raise SettingRefused("previous_hmac_key_file", "and previous_hmac_key are both set; keep one")
        previous = "previous_hmac_key" if self.previous_hmac_key_file is None else "previous_hmac_key_file"
        if getattr(self, previous) is not None and self.hmac_key is None and self.hmac_key_file is None:
            raise SettingRefused(previous, "is set without a present one; set hmac_key or hmac_key_file")
        if self.inbound_burst_bytes < self.max_message_bytes:
            raise SettingRefused("inbound_burst_bytes", f"must allow one message of max_message_bytes ({self.max_message_bytes})")
