"""The domain: what a virtual session, a room, a seat, a countdown and a recall are.

May import: the standard library and attrs. Nothing here reads a clock, draws a random number, touches a
socket or a file, or knows of trio, pykka, SQL or JSON: state, a command and the instant `now` go in, events or
a `Refusal` come out.

Promises: every decision is a pure function; state and events are frozen; replaying a room's events gives exactly
its state (`tests/breakout/test_room_machine.py`).

Start reading at `room.py` (the state), then `room_decide.py` (what may happen), `room_apply.py` (what it does),
`session.py` (recall and users). `contract/` is the wire contract as classes, `ports.py` what the domain needs of
the outside.
"""
