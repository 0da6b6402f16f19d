"""What may be wrong with an installation, looked at from the machine it is on: each finding says what, and what to do."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import httpx
from attrs import evolve, frozen

from gateway.host_facts import clock_is_kept, look_at_disk, max_descriptors
from gateway.listening_socket import open_listeners
from gateway.own_server import own_trust, own_url
from gateway.settings import Settings
from gateway.signing_key import checking_keys, key_path, signing_key
from gateway.start_refused import StartRefused
from gateway.workers.files import is_spread, store_files
from persistence.examine import examine, sqlite_version

GOOD, DOUBTFUL, WRONG = "good", "doubtful", "wrong"

SPARE_DESCRIPTORS: Final = 300
"""For the database, the logs, operators and connections that are being refused."""

LOW_SPACE_BYTES: Final = 1024**3
NO_SPACE_BYTES: Final = 64 * 1024**2
"""The WAL alone may grow to this much in a burst."""

SLOW_SYNC_SECONDS: Final = 0.02
"""At 20 ms an acknowledgement takes 50 to 150 ms under load; a good disk takes 1 to 5."""

READY_SECONDS: Final = 2.0
"""For a server to say whether it is ready; it takes milliseconds."""

FIXED_WAL: Final = (3, 51, 3)
"""Older SQLite can damage a WAL that two connections reset at once; the server has one connection, and other tools must too."""


@frozen
class Finding:
    """Attributes: todo: What to do about it; empty where all is well."""

    subject: str
    state: str
    what: str
    todo: str = ""


def examine_installation(settings: Settings) -> list[Finding]:
    """Look at everything. Blocks for a second at most, unless the disk is slow or the database large: it is read whole."""
    return [finding for look in LOOKS for finding in look(settings)]


def _look_at_key(settings: Settings) -> Iterator[Finding]:
    try:
        if settings.hmac_key_file is None and settings.hmac_key is None and signing_key(settings, beside_database=True):
            yield Finding("key", GOOD, f"the key of development, {key_path(settings.db)}")
            return
        keys = checking_keys(settings)
    except StartRefused as refused:
        yield Finding("key", WRONG, str(refused), "make one with: openssl rand -base64 48 > key; chmod 600 key")
        return
    published = settings.jwks_url or settings.jwks_file
    known = ["a secret", "the one before it"][: len(keys)] + ([f"public keys of {published}"] if published else [])
    yield Finding("key", GOOD, ", ".join(known))
    if settings.hmac_key is not None:
        yield Finding("key", DOUBTFUL, "the secret stands in the environment or the settings", "put it into a file: hmac_key_file")
    if settings.hmac_key_file is not None and stat.S_IMODE(settings.hmac_key_file.stat().st_mode) & 0o077:
        yield Finding("key", DOUBTFUL, f"{settings.hmac_key_file} is open to other users", f"chmod 600 {settings.hmac_key_file}")


def _look_at_database(settings: Settings) -> Iterator[Finding]:
    files = store_files(settings.db) if is_spread(settings.db) else [settings.db]
    yield from map(_database_finding, files)
    if settings.workers > 1 and settings.db.is_file():
        yield Finding("database", GOOD, f"{settings.db} becomes a directory at the next start: a file for each worker")
    yield _sqlite_finding()


def _database_finding(path: Path) -> Finding:
    found = examine(path)
    size = f"{found.bytes / 1e6:,.1f} MB and {found.wal_bytes / 1e6:,.1f} MB waiting beside it"
    if found.state == "missing":
        return Finding("database", GOOD, f"{path} will be made at the first start")
    if found.state == "in use":
        return Finding("database", GOOD, f"{path}: a server has it open ({size})")
    if found.state == "refused":
        return Finding("database", WRONG, found.problem, "OPERATIONS.md, Restore")
    upgrade = f"; the next start upgrades it: {', '.join(found.pending)}" if found.pending else ""
    return Finding("database", GOOD, f"{path}: {size}, {found.journal_mode}, synchronous={found.synchronous}{upgrade}")


def _sqlite_finding() -> Finding:
    version = sqlite_version()
    if tuple(int(number) for number in version.split(".")[:3]) >= FIXED_WAL:
        return Finding("sqlite", GOOD, version)
    return Finding("sqlite", GOOD, f"{version}; never open the database of a running server with another program")


def _look_at_disk(settings: Settings) -> Iterator[Finding]:
    directory = settings.db.parent
    if not directory.is_dir():
        state = DOUBTFUL if settings.dev else WRONG
        yield Finding("disk", state, f"there is no directory {directory}", f"mkdir -p {directory}")
        return
    try:
        disk = look_at_disk(directory)
    except OSError as error:
        yield Finding("disk", WRONG, f"nothing can be written to {directory}: {error.strerror}", "correct its owner and its mode")
        return
    yield _space_finding(directory, disk.free_bytes)
    what = f"{disk.sync_seconds * 1000:.1f} ms to have a page on it for good"
    if disk.sync_seconds > SLOW_SYNC_SECONDS:
        yield Finding("disk", DOUBTFUL, what, "every acknowledgement waits for it; use a local SSD")
    else:
        yield Finding("disk", GOOD, what)


def _space_finding(directory: Path, free_bytes: int) -> Finding:
    what = f"{free_bytes / 1e9:,.1f} GB free at {directory}"
    if free_bytes < NO_SPACE_BYTES:
        return Finding("disk", WRONG, what, "make space; commits will fail")
    return Finding("disk", DOUBTFUL, what, "make space") if free_bytes < LOW_SPACE_BYTES else Finding("disk", GOOD, what)


def _look_at_port(settings: Settings) -> Iterator[Finding]:
    try:
        for listener in open_listeners(settings.host, settings.port):
            listener.close()
    except OSError as error:
        yield _taken_port(settings, error)
    else:
        yield Finding("port", GOOD, f"{settings.host}:{settings.port} is free; no server runs there")


def _taken_port(settings: Settings, error: OSError) -> Finding:
    where = f"{settings.host}:{settings.port}"
    found = _readiness(settings)
    if found is None:
        todo = "choose another --port, or stop who has it: ss -ltnp"
        return Finding("port", WRONG, f"{where} cannot be listened on ({error.strerror}), and no server answers there", todo)
    ready, state = found
    if ready:
        return Finding("port", GOOD, f"a server is ready at {where}")
    return Finding("port", WRONG, f"the server at {where} is not ready: {state}", "look at its log and at the disk")


def _readiness(settings: Settings) -> tuple[bool, str] | None:
    """Whether the server that answers at the port is ready, and what it says of itself; None where there is none of ours."""
    public = evolve(settings, admin_listen=None)
    try:
        trust = own_trust(settings) or True
        answer = httpx.get(f"{own_url(public)}/readyz", timeout=READY_SECONDS, trust_env=False, verify=trust)
        body = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, StartRefused):
        return None
    if not isinstance(body, dict) or not {"status", "store"} <= set(body):
        return None
    return answer.status_code == 200, f"{body['status']}, its store is {body['store']}"


def _look_at_cores(settings: Settings) -> Iterator[Finding]:
    cores = len(os.sched_getaffinity(0))
    what = f"{cores} for this user; workers = {settings.workers}"
    if settings.workers > max(cores, 1):
        yield Finding("cores", DOUBTFUL, what, "as many workers as cores at most: more of them only take turns")
    else:
        yield Finding("cores", GOOD, what)


def _look_at_clock(_settings: Settings) -> Iterator[Finding]:
    kept = clock_is_kept()
    if kept is None:
        yield Finding("clock", GOOD, "the kernel does not say whether the clock is kept right")
    elif kept:
        yield Finding("clock", GOOD, "kept right by the system")
    else:
        todo = "run an NTP client: tokens are refused when the clocks of their issuer and this machine differ"
        yield Finding("clock", DOUBTFUL, "nothing keeps the clock right", todo)


def _look_at_descriptors(settings: Settings) -> Iterator[Finding]:
    limit, wanted = max_descriptors(), settings.max_connections + SPARE_DESCRIPTORS
    what = f"{limit:,} for a process; max_connections = {settings.max_connections:,}"
    if limit < wanted:
        todo = f"raise the limit to {wanted:,} (LimitNOFILE= or ulimit -n), or lower max_connections"
        yield Finding("descriptors", DOUBTFUL, what, todo)
    else:
        yield Finding("descriptors", GOOD, what)


def _look_at_backups(settings: Settings) -> Iterator[Finding]:
    directory = settings.backup_directory
    if directory is None:
        yield Finding("backups", DOUBTFUL, "backup_directory is not set", "set it, and run `breakout backup` every night")
    elif not directory.is_dir() or not os.access(directory, os.W_OK):
        yield Finding("backups", WRONG, f"{directory} is no directory that can be written to", f"mkdir -p {directory}")
    elif directory.stat().st_dev == settings.db.parent.stat().st_dev if settings.db.parent.is_dir() else False:
        yield Finding("backups", DOUBTFUL, f"{directory} is on the database's own disk", "have them copied elsewhere")
    else:
        yield Finding("backups", GOOD, str(directory))


def _look_at_exposure(settings: Settings) -> Iterator[Finding]:
    local = settings.host in ("127.0.0.1", "::1", "localhost")
    if not local and settings.dev:
        yield Finding("exposure", WRONG, "with dev everybody may be anybody, and other machines can connect", "leave out dev")
    elif not local and settings.admin_listen is None:
        todo = "set admin_listen = \"unix:/run/breakout/admin.sock\", or block /api/admin in the proxy"
        yield Finding("exposure", DOUBTFUL, "the operators' API is on the public port", todo)
    else:
        yield Finding("exposure", GOOD, "this machine only" if local else f"operators at {settings.admin_listen}")


Look = Callable[[Settings], Iterator[Finding]]

LOOKS: Final[tuple[Look, ...]] = (
    _look_at_key, _look_at_database, _look_at_disk, _look_at_backups, _look_at_port, _look_at_exposure, _look_at_clock,
    _look_at_descriptors, _look_at_cores,
)  # fmt: skip
