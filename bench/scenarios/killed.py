"""Acknowledged changes and `kill -9`: is everything there afterwards that was acknowledged?

The rooms are made by an honest server. Then, round after round on the same file, a server is put under load and killed, and one
that is honest again is asked for every message that was acknowledged. The control is the same with a server that acknowledges
before it commits: it must lose some, or the drill could not see a loss.
"""

import time
from pathlib import Path

from attrs import evolve, frozen

from bench.arena import Field
from bench.contender import STAGE_SETTINGS, Rooms, limits
from bench.generators import Clients, generators
from bench.knobs import KnobRefused, Knobs
from bench.outcome import Figure, Outcome
from bench.scenario import Scenario
from bench.scenarios.durable import DURABLE
from bench.staff import Staff
from bench.target import OwnServer, start_breakout

EARLY_SETTINGS = {"commit_interval_ms": 1000}
"""The control commits as seldom as may be set, so that there is something to lose."""

CONTROL_ROUNDS = 3
SHOWN_MESSAGES = 100
"""A room shows so many: the drill cannot look for more."""

EARLIEST, LATEST = 0.3, 0.9
"""When the kill comes, as shares of `--seconds`."""


@frozen
class Stage:
    """A file with rooms in it, and what servers on it have in common."""

    field: Field
    knobs: Knobs
    db: Path
    key: str
    rooms: Rooms

    def server(self, *, early: bool = False) -> OwnServer:
        """Start one. Raises: TargetFailed."""
        settings = {**STAGE_SETTINGS, **limits(self.knobs), **(EARLY_SETTINGS if early else {})}
        return start_breakout(self.db, place=self.field.launch.place, key=self.key, settings=settings, early=early)


def drill(field: Field, _name: str, knobs: Knobs) -> Outcome:
    """The drill, then its control. Raises: KnobRefused: More messages than a room shows."""
    if knobs.rate * knobs.seconds > SHOWN_MESSAGES * knobs.rooms:
        raise KnobRefused(
            f"at most {SHOWN_MESSAGES} messages of a room can be looked for: --rate x --seconds must be at most "
            f"{SHOWN_MESSAGES * knobs.rooms:,} with {knobs.rooms} rooms"
        )
    acknowledged, lost = _rounds(field, knobs, early=False)
    told, caught = _rounds(field, evolve(knobs, rounds=min(CONTROL_ROUNDS, knobs.rounds)), early=True)
    faults = [f"{lost} of {acknowledged} acknowledged changes lost"] if lost else []
    faults += [] if acknowledged else ["nothing was acknowledged: there was nothing to lose"]
    faults += [] if caught else ["the control lost nothing: this drill could not see a loss"]
    figures = [
        Figure("acknowledged", acknowledged, "", "more"),
        Figure("lost", lost, ""),
        Figure("control_acknowledged", told, "", "more"),
        Figure("control_lost", caught, "", "more"),
    ]
    return Outcome(figures, faults=faults, notes=["the control acknowledges before it commits"])


def _rounds(field: Field, knobs: Knobs, *, early: bool) -> tuple[int, int]:
    """How much was acknowledged, and how much of it was lost."""
    acknowledged = lost = 0
    stage = _stage(field, knobs)
    for number in range(knobs.rounds):
        share = EARLIEST + (LATEST - EARLIEST) * (number % 7) / 6
        told = _killed(stage, knobs.seconds * share, early=early)
        there = _messages(stage)
        acknowledged += len(told)
        lost += sum(ident not in there for ident in told)
    return acknowledged, lost


def _stage(field: Field, knobs: Knobs) -> Stage:
    with field.arena("breakout", knobs) as arena:
        arena.settle()
        server, rooms = arena.contender.server, arena.contender.rooms
    assert server.db is not None
    return Stage(field, knobs, server.db, server.tokens.key.decode(), rooms)


def _killed(stage: Stage, after_seconds: float, *, early: bool) -> list[str]:
    """Load a server and kill it. Returns the idents of what it acknowledged."""
    knobs, server = stage.knobs, stage.server(early=early)
    try:
        clients = Clients("breakout", server.address, server.tokens, stage.rooms, knobs.people)
        with generators(clients, stage.field.generator_places) as crowd:
            crowd.do("prepare")
            crowd.do("enter", in_flight=crowd.slots(50), how="join")
            crowd.begin("load", rate=crowd.share(knobs.rate), seconds=knobs.seconds, keyed=True)
            time.sleep(after_seconds)
            server.kill()
            return [ident for report in crowd.finish() for _, ident in report["acknowledged"]]
    finally:
        server.stop()


def _messages(stage: Stage) -> set[str]:
    """The idents of the last messages of every room, as a server started on the file shows them."""
    server = stage.server()
    try:
        return {ident for session, room in stage.rooms for ident in _shown(server, session, room)}
    finally:
        server.kill()


def _shown(server: OwnServer, session: str, room: str) -> list[str]:
    staff = Staff(server.address, session, server.tokens.organizer(session))
    try:
        inside = staff.ask("breakout.room.join", roomId=room)
    finally:
        staff.close()
    return [message["text"].rpartition(" ")[2] for message in inside["messages"]]


KILLED: Scenario = evolve(
    DURABLE,
    run=drill,
    heeds=(*DURABLE.heeds, "rounds"),
    defaults=evolve(DURABLE.defaults, rounds=20, seconds=2.0, people=200),
    bars=(),
    remote=False,
)
"""What `--kill9` makes of the scenario durable."""
