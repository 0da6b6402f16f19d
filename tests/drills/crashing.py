"""The server with a bug that one chat message sets off: whatever room it is written in crashes.

    python -m tests.drills.crashing serve ...
"""

from typing import Any

import actors.room_actor
from gateway.cli import main

WORD = "a message that this room does not survive"


def crash_at_the_word() -> None:
    decide = actors.room_actor.decide  # type: ignore[attr-defined]  # which it only imports

    def decide_or_crash(state: Any, command: Any, context: Any) -> Any:
        if getattr(command, "text", None) == WORD:
            raise RuntimeError("a bug")
        return decide(state, command, context)

    actors.room_actor.decide = decide_or_crash  # type: ignore[attr-defined]  # as above


if __name__ == "__main__":
    crash_at_the_word()
    main()
