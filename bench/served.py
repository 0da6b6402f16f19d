"""Breakout's server as the bench runs it: the product's own composition root, with a probe of its event loop beside it.

    python -m bench.served '{"settings": {"db": "/tmp/x.db", ...}}'

Prints `listening on http://...`, then answers each line on stdin with one line of JSON on stdout:

    stats             counts since the last `stats`, and memory
    restart SESSION ROOM   has the room's actor crash; answers at once
    collect           runs the garbage collector, for measurements of memory

Ends with SIGTERM, or when stdin does. Options beside `settings`: `beat_ms` (timers tick so often instead of every second),
`early` (acknowledges before the commit: the control that the kill drill must catch).
"""

import gc
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import trio

import actors.metronome
from actors.messages import RestartRoom
from bench.early import acknowledge_early
from bench.process import usage
from gateway.lateness import Lateness
from gateway.logs import configure_logs
from gateway.server import Server, drain, serve, tune_garbage_collection
from gateway.settings import Settings

LINE_BYTES = 64 * 1024


class Control:
    """Answers the harness."""

    def __init__(self, server: Server, probe: Lateness) -> None:
        self._server = server
        self._probe = probe
        self._lateness = probe.statistics

    async def run(self) -> None:
        """Serve until stdin ends."""
        stdin = trio.lowlevel.FdStream(os.dup(0))
        rest = b""
        while data := await stdin.receive_some(LINE_BYTES):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                print(json.dumps(await self._answer(line.decode().split())), flush=True)

    async def _answer(self, words: list[str]) -> dict[str, Any]:
        match words:
            case ["stats"]:
                return self._stats()
            case ["restart", session_id, room_id]:
                return {"running": await self._restart(session_id, room_id)}
            case ["collect"]:
                return {"collected": gc.collect()}
            case _:
                return {"error": f"no such command: {words}"}

    async def _restart(self, session_id: str, room_id: str) -> bool:
        runner = self._server.root.door(session_id).runner
        return runner is not None and bool(await runner.supervisor.ask(RestartRoom(room_id), block=False))

    def _stats(self) -> dict[str, Any]:
        now = self._probe.statistics
        late = now.since(self._lateness)
        self._lateness = now
        journal = self._server.persistence.journal.statistics
        own = usage(os.getpid())
        return {
            "lateness_ms": {name: round(late.quantile(share) * 1000, 2) for name, share in
                            (("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999), ("max", 1.0))} if late.beats else None,
            "committed": journal.committed,
            "commits": journal.batches,
            "failed_changes": journal.failed_changes,
            "last_commit_ms": round(journal.last_commit_seconds * 1000, 2),
            "connections": len(self._server.endpoint),
            "cpu_seconds": own.cpu_seconds,
            "resident_kib": own.resident_kib,
        }  # fmt: skip


async def main(options: dict[str, Any]) -> None:
    settings = Settings(**{**options["settings"], "db": Path(options["settings"]["db"])})
    configure_logs(settings.log_level, settings.log_format)
    actors.metronome.TICK_MS = options.get("beat_ms", 1000)
    if options.get("early"):
        acknowledge_early()
    probe = Lateness()
    with trio.open_signal_receiver(signal.SIGTERM) as signals:
        async with trio.open_nursery() as nursery:
            server: Server = await nursery.start(serve, settings)
            print(f"listening on {server.url}", flush=True)
            tune_garbage_collection()
            nursery.start_soon(probe.run)
            nursery.start_soon(_control_then_end, Control(server, probe), nursery.cancel_scope)
            async for _ in signals:
                break
            await drain(server, settings.drain_seconds)
            nursery.cancel_scope.cancel()


async def _control_then_end(control: Control, scope: trio.CancelScope) -> None:
    await control.run()
    scope.cancel()


if __name__ == "__main__":
    trio.run(main, json.loads(sys.argv[1]))
