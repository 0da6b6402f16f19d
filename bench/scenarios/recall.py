"""Everybody is called back at once."""

import time

from bench.arena import Arena, Field
from bench.histogram import new_histogram, note
from bench.knobs import Knobs
from bench.outcome import Bar, Figure, Outcome
from bench.scenario import Scenario, histograms, latency_figures

MARKER = '"breakout.recalled"'
SECONDS = 20.0


def run(field: Field, name: str, knobs: Knobs) -> Outcome:
    """From the organizer's command to the last client's receipt; `rounds` times, each on a fresh stage."""
    lasts, whole, faults = [], new_histogram(), []
    cpu_seconds, share = 0.0, 0.0
    for _ in range(knobs.rounds):
        with field.arena(name, knobs) as arena:
            arena.enter()
            arena.settle()
            with arena.measured() as span:
                begun, times = _recall(arena)
        cpu_seconds, share = cpu_seconds + span.cpu_seconds, max(share, span.generator_share)
        if len(times) < knobs.people:
            faults.append(f"{knobs.people - len(times)} people were not called back")
        lasts.append(max(times, default=begun) - begun)
        for at in times:
            note(whole, at - begun)
    figures = [
        Figure("last_receipt_ms", sorted(lasts)[len(lasts) // 2] * 1000, "ms"),
        Figure("cpu_us_per_person", cpu_seconds / knobs.rounds / max(1, knobs.people) * 1e6, "us"),
        *latency_figures("receipt", whole),
    ]
    return Outcome(figures, histograms(receipt=whole), share, faults)


def _recall(arena: Arena) -> tuple[float, list[float]]:
    """When the recall was ordered, and when each client had it."""
    contender = arena.contender
    organizers = [] if contender.name != "breakout" else [
        contender.staff(f"s{n}") for n in range(arena.knobs.sessions)
    ]
    arena.crowd.begin("expect", marker=MARKER, seconds=SECONDS)
    arena.crowd.finish()
    begun = time.perf_counter()
    for staff in organizers:
        staff.send("breakout.all.recall", graceSeconds=0)
    if contender.name != "breakout":
        contender.server.ask("recall")
    times = [at for report in arena.crowd.finish() for at in report["times"]]
    for staff in organizers:
        staff.close()
    return begun, times


RECALL = Scenario(
    "recall",
    "one command calls everybody back: until the last client has it",
    Knobs(sessions=1, rounds=3),
    run,
    peers=("floor", "websockets", "socketio"),
    bars=(Bar("last_receipt_ms", 1.0, "socketio"),),
)
