"""An evening with everything in it, and many of them on end."""

import time
from typing import Any

from bench.arena import Arena, Field, Span, histogram_of, total
from bench.contender import make_rooms
from bench.dialect import CONNECT
from bench.histogram import new_histogram
from bench.knobs import Knobs
from bench.missing import missing_messages, not_acknowledged
from bench.outcome import Bar, Figure, Outcome
from bench.scenario import Scenario, histograms, latency_figures, server_figures
from bench.scenarios.arriving import not_back
from bench.staff import Staff, listening

STEP_SECONDS = 30.0
TALK_SHARE = 0.6
"""Of `--seconds`, spent talking; the rest is arriving, helping and going."""

ONE_IN = 50
"""Every fiftieth person asks for help or for time."""

CYCLE_SECONDS = 5.0
"""Of the soak: people come and go for so long, then talk for so long; less where that would be too few cycles."""

LEAST_CYCLES = 5

WARM_CYCLES = 2
"""The first cycles fill what stays filled: caches, the allocator's arenas, users who were seen."""

FLAT_WITHIN = 5.0


class Evening:
    """One organizer per session, and the steps of an evening.

    The server chooses who sits where, so it is not known here who must hear what: deliveries are not counted.

    Attributes:
        faults: What should not have happened.
        share: Of a core, that making the talk took.
    """

    def __init__(self, arena: Arena) -> None:
        self._arena = arena
        self._sessions = list(arena.contender.sessions)
        self.staff: list[Staff] = [arena.contender.staff(session) for session in self._sessions]
        self.steps: dict[str, float] = {}
        self.deliveries = new_histogram()
        self.acks = new_histogram()
        self.faults: list[str] = []
        self.share = 0.0

    def run(self) -> None:
        """Assign, start, talk, help, extend, recall."""
        self._timed("assign_ms", self._assign)
        self._timed("start_timers_ms", lambda: self._each_room("breakout.timer.start", durationSeconds=3600))
        self._talk()
        self._timed("help_ms", lambda: self._say("breakout.help.request", {"reason": "which file?"}, one_in=ONE_IN))
        self._timed("claim_ms", self._claim)
        self._timed("time_ms", lambda: self._say("breakout.time.request", {"seconds": 300}, one_in=ONE_IN))
        self._timed("extend_all_ms", lambda: self._each("breakout.timer.extendAll", seconds=300))
        self._timed("recall_ms", self._recall)

    def close(self) -> None:
        for staff in self.staff:
            staff.close()

    def _timed(self, name: str, step: Any) -> None:
        begun = time.perf_counter()
        step()
        self.steps[name] = (time.perf_counter() - begun) * 1000

    def _each(self, event: str, **data: Any) -> list[dict[str, Any]]:
        return [staff.ask(event, **data) for staff in self.staff]

    def _each_room(self, event: str, **data: Any) -> None:
        for session, room in self._arena.contender.rooms:
            self.staff[self._sessions.index(session)].ask(event, roomId=room, **data)

    def _assign(self) -> None:
        for reply in self._each("breakout.assignments.apply", strategy="even"):
            if reply["unplaced"]:
                self.faults.append(f"{len(reply['unplaced'])} people found no room")

    def _talk(self) -> None:
        knobs, crowd = self._arena.knobs, self._arena.crowd
        with listening(self.staff):
            reports = crowd.talk("load", seconds=knobs.seconds * TALK_SHARE, rate=crowd.share(knobs.rate), keyed=True)
        self.deliveries.add(histogram_of(reports, "latency"))
        self.acks.add(histogram_of(reports, "acks"))
        self.faults += not_acknowledged(reports, knobs)
        self.share = crowd.busiest_share(reports)

    def _say(self, event: str, data: dict[str, Any], *, one_in: int = 1) -> None:
        with listening(self.staff):
            reports = self._arena.crowd.do("say", event=event, data=data, one_in=one_in, seconds=STEP_SECONDS)
        unanswered = total(reports, "unanswered")
        if unanswered:
            self.faults.append(f"{event}: {unanswered:.0f} of {total(reports, 'sent'):.0f} not answered")

    def _claim(self) -> None:
        for staff in self.staff:
            for item in staff.ask("breakout.session.get")["help"]:
                staff.ask("breakout.help.claim", helpId=item["helpId"])
                staff.ask("breakout.help.resolve", helpId=item["helpId"])

    def _recall(self) -> None:
        crowd = self._arena.crowd
        crowd.begin("expect", marker='"breakout.recalled"', seconds=STEP_SECONDS)
        crowd.finish()
        replies = self._each("breakout.all.recall", graceSeconds=0)
        missing = total(crowd.finish(), "missing")
        if missing:
            self.faults.append(f"{missing:.0f} people were not called back")
        recalls = {name: reply["recallId"] for name, reply in zip(self._sessions, replies, strict=True)}
        reports = crowd.do("say", event="breakout.recall.ack", by_session={s: {"recallId": i} for s, i in recalls.items()},
                           one_in=1, seconds=STEP_SECONDS)  # fmt: skip
        for staff in self.staff:
            if "completedAt" not in _last_progress(staff):
                self.faults.append("a recall was not completed although everybody acknowledged")
        if total(reports, "unanswered"):
            self.faults.append(f"{total(reports, 'unanswered'):.0f} receipts not answered")


def _last_progress(staff: Staff) -> dict[str, Any]:
    """The progress that says that the recall is complete, or the last one that came."""
    data: dict[str, Any] = {}
    try:
        while "completedAt" not in data:
            data = staff.next_push("breakout.recall.progress", seconds=5.0)["data"]
    except TimeoutError:
        pass
    return data


def mixed(field: Field, name: str, knobs: Knobs) -> Outcome:
    """`rounds` evenings of the same people, with fresh rooms each time."""
    arrived, faults, steps = new_histogram(), [], {}
    deliveries, acks, shares = new_histogram(), new_histogram(), list[float]()
    with field.arena(name, knobs) as arena, arena.measured() as span:
        with arena.measured() as arriving:
            arrived.add(histogram_of(arena.enter(CONNECT), "latency"))
        for number in range(knobs.rounds):
            evening = _evening(arena, fresh=number > 0)
            shares += [arriving.generator_share, evening.share]
            deliveries.add(evening.deliveries)
            acks.add(evening.acks)
            faults += evening.faults
            steps = evening.steps
        span_status = arena.crowd.do("status")
    lost = [report["lost"] for report in span_status if report["lost"]]
    faults += [f"connections lost: {lost}"] if lost else []
    return Outcome(_mixed_figures(span, knobs, steps, deliveries, acks), histograms(arrival=arrived, delivery=deliveries,
                   acknowledged=acks), max(shares), faults)  # fmt: skip


def _evening(arena: Arena, *, fresh: bool) -> Evening:
    if fresh:
        arena.contender.rooms[:] = make_rooms(arena.contender, arena.knobs)
    evening = Evening(arena)
    try:
        evening.run()
    finally:
        evening.close()
    return evening


def _mixed_figures(span: Span, knobs: Knobs, steps: dict[str, float], deliveries: Any, acks: Any) -> list[Figure]:
    return [
        Figure("cpu_ms_per_person", span.cpu_seconds / max(1, knobs.people * knobs.rounds) * 1000, "ms", own=True),
        *(Figure(step, value, "ms") for step, value in steps.items()),
        *latency_figures("delivery", deliveries),
        *latency_figures("acknowledged", acks),
        *server_figures(span),
    ]


def soak(field: Field, name: str, knobs: Knobs) -> Outcome:
    """People vanish, come back and talk, cycle after cycle until `seconds` are over; nothing may grow."""
    samples: list[tuple[int, int]] = []
    late, faults, shares = new_histogram(), list[str](), list[float]()
    cycle = min(CYCLE_SECONDS, knobs.seconds / (2 * LEAST_CYCLES))
    with field.arena(name, knobs) as arena:
        arena.enter()
        begun = time.perf_counter()
        with arena.measured() as span:
            while len(samples) < LEAST_CYCLES or time.perf_counter() - begun < knobs.seconds:
                gone = arena.crowd.do("churn", seconds=cycle, rate=arena.crowd.share(knobs.rate))
                reports = arena.crowd.talk("load", seconds=cycle, rate=arena.crowd.share(knobs.rate))
                faults += [*missing_messages(reports, knobs), *not_back(gone)]
                shares += [arena.crowd.busiest_share(gone, reports)]
                late.add(histogram_of(reports, "latency"))
                samples.append(_sample(arena))
    grown = [100 * (samples[-1][at] / samples[WARM_CYCLES][at] - 1) for at in (0, 1)]
    figures = [
        Figure("memory_grown_percent", grown[0], "%"),
        Figure("descriptors_grown_percent", grown[1], "%"),
        Figure("cycles", len(samples), "", "more"),
        *latency_figures("delivery", late),
        *server_figures(span),
    ]
    return Outcome(figures, histograms(delivery=late), max(shares), faults)


def _sample(arena: Arena) -> tuple[int, int]:
    """Resident KiB after rubbish was taken out, and open descriptors."""
    server = arena.contender.server
    if arena.contender.name == "breakout":
        server.ask("collect")
    return server.usage.resident_kib, server.open_files


MIXED = Scenario(
    "mixed",
    "an evening: people arrive, are assigned, talk, ask for help and time, are recalled; --rounds of them",
    Knobs(sessions=4, rooms=40, people=400, rate=200, seconds=8),
    mixed,
    heeds=("sessions", "rooms", "people", "seconds", "rate", "rounds"),
    bars=(Bar("acknowledged_p99_ms", 50), Bar("lateness_p99_ms", 10)),
)
SOAK = Scenario(
    "soak",
    "people vanish, come back and talk for --seconds: memory and descriptors must not grow",
    Knobs(sessions=4, rooms=40, people=400, rate=100, seconds=120),
    soak,
    heeds=("sessions", "rooms", "people", "seconds", "rate"),
    bars=(Bar("memory_grown_percent", FLAT_WITHIN), Bar("descriptors_grown_percent", FLAT_WITHIN)),
    remote=False,
)
