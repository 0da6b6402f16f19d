"""How many changes a second the journal acknowledges on this disk, and how long each waits.

    python -m bench.journal_commit [--rate 1000] [--seconds 5] [--synchronous FULL] [--directory DIR]

Open loop: change n is due at n / rate whatever happened to those before it, and its latency is counted from then, so
that a stall is not left out of the figures. Rate 0 is a closed loop with 256 changes in flight. Each change is a chat
message with an idempotency key, in one of 100 rooms of 10 sessions. Prints one JSON object; latencies in milliseconds.
"""

import argparse
import json
import tempfile
import time
from functools import partial
from pathlib import Path

import trio
from attrs import define, field

from breakout import room_events as ev
from breakout.chat import Message
from breakout.identity import User
from breakout.ports import Change, JournalEntry, KeyedReply
from breakout.room import RoomState
from persistence import Persistence, PersistenceSettings, open_persistence

NOW = 1_790_000_000_000
SESSIONS, ROOMS = 10, 10
IN_FLIGHT = 256
USER = User("user-1", "Ana", "Example")
TEXT = "a message of the length that people write in a chat, more or less"


def creation(session: int, room: int) -> Change:
    state = RoomState(id=f"r{room}", session_id=f"s{session}", name=f"Room {room}", creator=USER, created_at=NOW)
    return Change(f"s{session}", "c", NOW, "breakout.room.create", USER, (JournalEntry(f"r{room}", ev.RoomCreated(state)),))


def message(number: int) -> Change:
    session, room = f"s{number % SESSIONS}", f"r{number // SESSIONS % ROOMS}"
    event = ev.MessageSent(Message(f"m{number}", room, USER, TEXT, NOW + number))
    keyed = KeyedReply(USER.id, f"k{number}", bytes(32), b'{"success":true,"data":{}}', NOW + number)
    return Change(session, f"c{number}", NOW, "breakout.chat.send", USER, (JournalEntry(room, event),), keyed)


@define
class Run:
    """One measurement; `latencies` in seconds, None outcomes counted as `failed`."""

    persistence: Persistence
    latencies: list[float] = field(factory=list)
    failed: int = 0
    free: trio.Semaphore = field(factory=lambda: trio.Semaphore(IN_FLIGHT))

    def submit(self, number: int, due: float) -> None:
        self.persistence.journal.submit(message(number), partial(self._done, due))

    def _done(self, due: float, outcome: int | None) -> None:
        self.latencies.append(time.perf_counter() - due)
        self.failed += outcome is None
        self.free.release()

    async def open_loop(self, rate: float, seconds: float) -> None:
        started, sent = time.perf_counter(), 0
        while sent < rate * seconds:
            due_by_now = min(rate * seconds, (time.perf_counter() - started) * rate)
            while sent < due_by_now:
                self.submit(sent, started + sent / rate)
                sent += 1
            await trio.sleep(1 / rate)

    async def closed_loop(self, seconds: float) -> None:
        started, sent = time.perf_counter(), 0
        while time.perf_counter() - started < seconds:
            await self.free.acquire()
            self.submit(sent, time.perf_counter())
            sent += 1


async def measure(path: Path, options: argparse.Namespace) -> dict[str, object]:
    settings = PersistenceSettings(synchronous=options.synchronous)
    async with open_persistence(path, settings, after_batch=lambda: None) as opened:
        for number in range(SESSIONS * ROOMS):
            opened.journal.submit(creation(number % SESSIONS, number // SESSIONS), lambda _: None)
        await opened.journal.settled()
        run, batches = Run(opened), opened.journal.statistics.batches
        started = time.perf_counter()
        await (run.open_loop(options.rate, options.seconds) if options.rate else run.closed_loop(options.seconds))
        await opened.journal.settled()
        elapsed = time.perf_counter() - started
        return _summary(run, elapsed, opened.journal.statistics.batches - batches)


def _summary(run: Run, elapsed: float, batches: int) -> dict[str, object]:
    ordered = sorted(run.latencies)
    at = {name: round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 2) for name, share in
          (("p50", 0.5), ("p99", 0.99), ("max", 1.0))}  # fmt: skip
    return {
        "changes": len(ordered),
        "failed": run.failed,
        "changes_per_second": round(len(ordered) / elapsed),
        "changes_per_commit": round(len(ordered) / batches, 1),
        "latency_ms": at,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=float, default=1000, help="changes a second; 0: as fast as it goes")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--synchronous", choices=("FULL", "NORMAL"), default="FULL")
    parser.add_argument("--directory", help="on the disk to measure; default the system's temporary directory")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.directory) as directory:
        print(json.dumps(trio.run(measure, Path(directory) / "bench.db", options), indent=2))


if __name__ == "__main__":
    main()
