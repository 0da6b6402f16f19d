"""The settings of the store."""

from typing import Literal

from attrs import field, frozen, validators

DAY_SECONDS = 86_400
GIB = 1024**3


@frozen
class PersistenceSettings:
    """How the store trades latency, memory and disk.

    Attributes:
        commit_interval_seconds: Least time between the starts of two commits; an idle journal commits at once.
        max_waiting_changes: Changes that may wait for a commit; beyond it `submit` raises `Overloaded`.
        retention_seconds: How long journal rows are kept after a snapshot includes them.
        synchronous: FULL survives a power cut. NORMAL loses the last changes in one and exists for measurements only.
        check_bytes: Files up to this size are checked whole when opened: 0.12 s per 100 MB from memory, 1.2 s from an SSD
            after a boot. Of larger ones the journal, messages, attendance and keys are not; damage there shows when it is read.
    """

    commit_interval_seconds: float = field(default=0.005, validator=validators.ge(0))
    max_waiting_changes: int = field(default=20_000, validator=validators.ge(1))
    retention_seconds: int = field(default=30 * DAY_SECONDS, validator=validators.ge(0))
    synchronous: Literal["FULL", "NORMAL"] = field(default="FULL", validator=validators.in_(("FULL", "NORMAL")))
    check_bytes: int = field(default=GIB, validator=validators.ge(0))
