"""All looks, one after the other."""

import os
from collections.abc import Iterator
from typing import Final

from gateway.doctor.files import look_at_backups, look_at_database, look_at_disk
from gateway.doctor.finding import DOUBTFUL, GOOD, WRONG, Finding, Look
from gateway.doctor.keys import look_at_certificate, look_at_key, look_at_published_keys
from gateway.doctor.port import look_at_descriptors, look_at_exposure, look_at_port
from gateway.host_facts import clock_is_kept
from gateway.settings import Settings


def examine_installation(settings: Settings) -> list[Finding]:
    """Look at everything. Blocks for a second, unless disk, server or identity provider are slow, or the database is large."""
    return [finding for subject, look in LOOKS.items() for finding in _looked(subject, look, settings)]


def _looked(subject: str, look: Look, settings: Settings) -> list[Finding]:
    try:
        return list(look(settings))
    except OSError as error:
        todo = "look as root or as the server's user; if it is, correct owner and mode"
        return [Finding(subject, WRONG, str(error), todo)]


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


LOOKS: Final[dict[str, Look]] = {
    "key": look_at_key, "jwks": look_at_published_keys, "certificate": look_at_certificate, "database": look_at_database,
    "disk": look_at_disk, "backups": look_at_backups, "port": look_at_port, "exposure": look_at_exposure, "clock": _look_at_clock,
    "descriptors": look_at_descriptors, "cores": _look_at_cores,
}  # fmt: skip
