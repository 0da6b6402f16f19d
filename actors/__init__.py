"""The actors: one per room, one supervisor per session, and what they share to speak to journal and audience.

May import: `breakout`, trio, pykka (in `_runtime.py` alone), attrs, structlog. Not the gateway, not persistence: both come in
as ports (`breakout/ports.py`, `encoder.py`, `request.py`).

Promises: a handler is one atomic, synchronous step; what a step emits leaves through the session's one ordered queue
(`session_feed.py`) and only after its change is committed; a crash ends one room and the supervisor restores it.

Start reading at `_runtime.py` (how a pykka actor runs under trio), then `room_actor.py`, `session_supervisor.py`,
`session_feed.py`, and `root.py`, which keeps the sessions.
"""
