"""Acknowledged changes: how fast, and whether they are there after `kill -9`."""

import time

from bench.arena import Field, histogram_of, total
from bench.generators import generators
from bench.knobs import Knobs
from bench.outcome import Bar, Figure, Outcome
from bench.scenario import Scenario, histograms, latency_figures, lateness_figures
from bench.staff import Staff, StaffRefused
from bench.target import Address, start_breakout
from bench.token import staff_token

KILL_SETTINGS = {"commands_per_second": 10_000, "command_burst": 10_000}
EARLY_INTERVAL_MS = 300
"""The control that acknowledges early commits seldom, so that there is something to lose."""


def run(field: Field, name: str, knobs: Knobs) -> Outcome:
    """`rate` keyed chat messages a second over all rooms, open loop; each is acknowledged when it is stored."""
    with field.arena(name, knobs) as arena:
        arena.enter()
        arena.settle()
        before = arena.contender.server.ask("stats")
        with arena.measured() as span:
            reports = arena.crowd.do("load", seconds=knobs.seconds, rate=knobs.rate / len(arena.crowd.processes), keyed=True)
        after = arena.contender.server.ask("stats")
    acks, sent = histogram_of(reports, "acks"), total(reports, "sent")
    commits = max(1, after["commits"] - before["commits"])
    unanswered = total(reports, "unanswered") + total(reports, "refused")
    figures = [
        Figure("changes_per_second", acks.get_total_count() / knobs.seconds, "1/s", "more"),
        Figure("cpu_us_per_change", span.cpu_seconds / max(1, sent) * 1e6, "us", own=True),
        Figure("changes_per_commit", sent / commits, "", own=True),
        *latency_figures("acknowledged", acks),
        *lateness_figures(span),
    ]
    faults = [f"{unanswered:.0f} changes refused or not answered"] if unanswered else []
    return Outcome(figures, histograms(acknowledged=acks), span.generator_share, faults)


def kill9(field: Field, knobs: Knobs, *, early: bool = False) -> Outcome:
    """Kill the server under that load, `rounds` times on one file, and look for every acknowledged message afterwards.

    `early` runs the control, which acknowledges before it commits: it must lose some, or the drill could not see a loss.
    """
    acknowledged = lost = 0
    with field.arena("breakout", knobs) as arena:
        arena.settle()
        key, db, rooms = arena.contender.server.key.decode(), arena.contender.server.db, arena.contender.rooms
    assert db is not None
    settings = {**KILL_SETTINGS, **({"commit_interval_ms": EARLY_INTERVAL_MS} if early else {})}
    for round_number in range(knobs.rounds):
        server = start_breakout(db, place=field.launch.place, key=key, settings=settings, early=early)
        try:
            with generators("breakout", server.address, server.key, rooms, knobs.people, place=field.generator_place) as crowd:
                crowd.do("prepare")
                crowd.do("enter", in_flight=50, join=True)
                crowd.begin("load", rate=knobs.rate, seconds=knobs.seconds, keyed=True)
                time.sleep(knobs.seconds * (0.3 + 0.6 * (round_number % 7) / 7))
                server.kill()
                report = crowd.finish()[0]
        finally:
            server.stop()
        told = [ident for _, ident in report["acknowledged"]]
        there = _messages(field, db, key, rooms)
        acknowledged += len(told)
        lost += sum(ident not in there for ident in told)
    figures = [Figure("acknowledged", acknowledged, "", "more"), Figure("lost", lost, "")]
    faults = [f"{lost} of {acknowledged} acknowledged changes lost"] if lost and not early else []
    faults += ["the control lost nothing: this drill could not see a loss"] if early and not lost else []
    return Outcome(figures, faults=faults, notes=["control: acknowledges before the commit"] if early else ())


def _messages(field: Field, db: object, key: str, rooms: list[tuple[str, str]]) -> set[str]:
    """The idents of the last 100 messages of every room, as a server started on the file shows them."""
    server = start_breakout(db, place=field.launch.place, key=key, settings=KILL_SETTINGS)  # type: ignore[arg-type]
    try:
        return {ident for session, room in rooms for ident in _shown(server.address, server.key, session, room)}
    finally:
        server.kill()


def _shown(address: Address, key: bytes, session: str, room: str) -> list[str]:
    staff = Staff(address, session, staff_token(key))
    try:
        inside = staff.ask("breakout.room.join", roomId=room)
    except StaffRefused:
        return []  # the room itself was lost
    finally:
        staff.close()
    return [message["text"].rpartition(" ")[2] for message in inside["messages"]]


DURABLE = Scenario(
    "durable",
    "--rate acknowledged changes a second, open loop: how long an acknowledgement takes; --kill9 looks for losses",
    Knobs(sessions=5, rooms=50, people=400, rate=1000, seconds=8),
    run,
    bars=(Bar("acknowledged_p99_ms", 50), Bar("lateness_p99_ms", 10)),
)
