"""How long to wait before a process that died is started again."""

from typing import Final

SHORT_LIFE_SECONDS: Final = 5.0
FREE_STARTS: Final = 3
"""Short lives in a row after which it is plain that the next one will be short too."""

FIRST_PAUSE_SECONDS: Final = 0.5
MAX_PAUSE_SECONDS: Final = 10.0


class Patience:
    """Grows with every short life, and is forgotten after a long one."""

    def __init__(self) -> None:
        self._short_lives = 0

    def pause_after(self, life_seconds: float) -> float:
        """The pause after a life of so long."""
        self._short_lives = self._short_lives + 1 if life_seconds < SHORT_LIFE_SECONDS else 0
        beyond = self._short_lives - FREE_STARTS
        return 0.0 if beyond < 0 else min(MAX_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0**beyond)
