"""Everybody is called back at once.

Somebody has a receipt when the kernel of the clients' machine has the last byte of the notice for them (`bench.receipt`): from
there on it is the client that takes its time, and not the server. With `--grace 0` the closing of the rooms follows at once, and
what of it comes within 30 ms may count with the notice.
"""

import time
from collections.abc import Sequence
from statistics import median

from attrs import frozen

from bench.arena import Arena, Field
from bench.histogram import new_histogram, note
from bench.knobs import Knobs
from bench.outcome import Bar, Figure, Outcome
from bench.scenario import Scenario, histograms, latency_figures

MARKER = '"breakout.recalled"'
SECONDS = 20.0


@frozen
class Recalled:
    """One recall: seconds from the command until each client had it, and what it cost.

    Attributes:
        stamped: Whether the kernel said so; else it is when a generator came to read it.
    """

    delays: Sequence[float]
    server_cpu_seconds: float
    generator_share: float
    stamped: bool


def run(field: Field, name: str, knobs: Knobs) -> Outcome:
    """From the organizer's command to the last client's receipt; `rounds` times, each on a fresh stage."""
    rounds, whole, faults = [], new_histogram(), []
    for _ in range(knobs.rounds):
        with field.arena(name, knobs) as arena:
            arena.enter()
            arena.settle()
            rounds.append(_recall(arena))
        if len(rounds[-1].delays) < knobs.people:
            faults.append(f"{knobs.people - len(rounds[-1].delays)} people were not called back")
        for delay in rounds[-1].delays:
            note(whole, delay)
    cpu_seconds = median(recalled.server_cpu_seconds for recalled in rounds)
    figures = [
        Figure("last_receipt_ms", median(max(recalled.delays, default=SECONDS) for recalled in rounds) * 1000, "ms"),
        Figure("cpu_us_per_person", cpu_seconds / max(1, knobs.people) * 1e6, "us", own=True),
        *latency_figures("receipt", whole),
    ]
    notes = [] if all(recalled.stamped for recalled in rounds) else ["no stamps of the kernel: a receipt is when it was read here"]
    return Outcome(figures, histograms(receipt=whole), max(recalled.generator_share for recalled in rounds), faults, notes)


def _recall(arena: Arena) -> Recalled:
    contender = arena.contender
    organizers = [contender.staff(name) for name in contender.sessions] if contender.name == "breakout" else []
    arena.crowd.begin("expect", marker=MARKER, seconds=SECONDS, receipts=True)
    arena.crowd.finish()
    cpu, begun = contender.server.usage.cpu_seconds, time.perf_counter()
    for staff in organizers:
        staff.send("breakout.all.recall", graceSeconds=arena.knobs.grace)
    if contender.name != "breakout":
        contender.server.ask("recall")
    reports = arena.crowd.finish()
    cpu = contender.server.usage.cpu_seconds - cpu
    for staff in organizers:
        staff.close()
    delays = [at - begun for report in reports for at in report["times"]]
    busiest = arena.crowd.busiest([report["cpu_seconds"] for report in reports])
    share, stamped = busiest / max(delays, default=SECONDS), all(report["stamped"] for report in reports)
    return Recalled(delays, cpu, share, stamped)


RECALL = Scenario(
    "recall",
    "one command calls everybody back: until the last client has it",
    Knobs(sessions=1, rounds=3),
    run,
    heeds=("sessions", "rooms", "people", "rounds", "grace"),
    peers=("floor", "websockets", "socketio"),
    bars=(Bar("last_receipt_ms", 1.0, "socketio", given="{grace} s of grace"),),
)
