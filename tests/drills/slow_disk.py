"""A disk whose every sync takes 20 ms longer: how long acknowledgements take, and how late the loop is meanwhile.

    python -m tests.drills.slow_disk [--seconds 20] [--sync-ms 20] [--people 50] [--messages-per-second 100]

Promised, on a machine that does nothing else: acknowledged within 150 ms at p99, the loop at most 10 ms late at p99. Beside what
the people measure stands what the server does, which does not contain the time they take themselves.
"""

import argparse
import re
import tempfile
from pathlib import Path

import httpx
import trio

from tests.drills import disk_shim
from tests.drills.harness import ServerProcess, get, served, token
from tests.drills.load import Seen, chat_for, seat_people

WARM_UP_SECONDS = 2.0


async def late_p99_ms(server: ServerProcess) -> float:
    """Of the server's loop since the question before."""
    headers = {"Authorization": f"Bearer {token('operator', permissions=['breakout:operate'])}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers) as client:
        late: float = (await client.get("/api/admin/actors")).json()["server"]["lateP99Ms"]
    return late


async def answered_p99_ms(server: ServerProcess) -> float:
    """Upper end of the bucket in which the 99th of 100 messages was answered, since the server started."""
    line = re.compile(r'breakout_answer_seconds_bucket\{event="breakout.chat.send",le="([^"]+)"\} (\S+)')
    buckets = [(float(bound), float(count)) for bound, count in line.findall((await get(server, "/metrics")).text)]
    return next(bound * 1000 for bound, count in buckets if count >= buckets[-1][1] * 0.99)


async def measure(directory: Path, options: argparse.Namespace) -> None:
    preload = disk_shim.preload(directory, DRILL_SYNC_MS=str(options.sync_ms))
    async with served(directory / "breakout.db", preload=preload) as server:
        people = await seat_people(server, options.people, rooms=max(1, options.people // 10))
        pace = {"window": 1, "pause_seconds": options.people / options.messages_per_second}
        await chat_for(people, WARM_UP_SECONDS, Seen(), prefix="warm-", **pace)
        await late_p99_ms(server)
        seen = Seen()
        await chat_for(people, options.seconds, seen, **pace)
        late, answered = await late_p99_ms(server), await answered_p99_ms(server)
    ranked = sorted(seconds * 1000 for seconds in seen.latencies)
    p50, p99 = ranked[len(ranked) // 2], ranked[int(len(ranked) * 0.99)]
    print(
        f"{len(ranked)} changes at {len(ranked) / options.seconds:.0f}/s, syncs {options.sync_ms} ms slower: "
        f"acknowledged p50 {p50:.0f} ms, p99 {p99:.0f} ms; by the server p99 <= {answered:.0f} ms; the loop late p99 {late:.1f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="What a slow disk does to acknowledgements and to the loop.")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--sync-ms", type=int, default=20)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--messages-per-second", type=float, default=100)
    with tempfile.TemporaryDirectory(prefix="breakout-slow-disk-") as name:
        (Path(name) / "data").mkdir()
        trio.run(measure, Path(name) / "data", parser.parse_args())


if __name__ == "__main__":
    main()
