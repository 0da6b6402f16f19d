"""One process that makes load: told what to do by a line of JSON on stdin, answers each with a line of JSON on stdout.

The first line says who its clients are:

    {"dialect": "breakout", "host": ..., "port": ..., "authority": ..., "key": ..., "tokens": null, "rooms": [[session, room], ...],
     "numbers": [first, beyond], "people": 2000}

Client n of all `people` sits in room n modulo the number of rooms; this process has those from `first` to `beyond`.
Every operation is bounded in time and count, and the process ends when its stdin does. All times are seconds.
"""

import errno
import json
import os
import resource
import select
import sys
import time
from collections import deque
from typing import Any

from bench.client import Client, LoadFailed, ignore
from bench.delivery import Delivery, Sequence
from bench.dialect import JOIN, make_dialect
from bench.expected import Expected, Speech
from bench.histogram import new_histogram, note, to_text
from bench.load import Load, Window
from bench.process import busy_seconds
from bench.receipt import Receipts, kernel_stamps
from bench.stamp import TICK_MARK, since_tick_was_due
from bench.swarm import Swarm

Options = dict[str, Any]
ENTER_SECONDS = 120.0
BACK_SECONDS = 10.0
LINE_BYTES = 64 * 1024

LATE_SECONDS = 3.0
"""How long ticks that were due are waited for; later ones are lost."""


def session_after_session(numbers: list[int], session_of_room: list[str], at_once: int) -> list[int]:
    """Clients in the order in which they come where `at_once` sessions fill up before the next ones do."""
    rank = {session: at // at_once for at, session in enumerate(dict.fromkeys(session_of_room))}
    return sorted(numbers, key=lambda number: rank[session_of_room[number % len(session_of_room)]])


class Generator:
    """The clients of one process and what may be asked of them: every public method is an operation."""

    def __init__(self, config: Options) -> None:
        self._numbers = range(*config["numbers"])
        self._people: int = config["people"]
        tokens = dict(zip(self._numbers, config.get("tokens") or (), strict=False))
        self._dialect = make_dialect(config["dialect"], config["authority"], config["key"].encode(), tokens)
        self._rooms = [(session, room) for session, room in config["rooms"]]
        self._swarm = Swarm(config["host"], config["port"], self._dialect.pong)
        self._lost: dict[str, int] = {}
        self._swarm.lost = self._note_lost

    def prepare(self, _options: Options) -> Options:
        """Make what can be made beforehand: tokens."""
        for number in self._numbers:
            self._dialect.head(number, self._room(number))
        return {}

    def enter(self, options: Options) -> Options:
        """Connect everybody who is not, `in_flight` at a time, `how` as `dialect.py` has it; a latency per client.

        With `sessions_at_once` so many sessions fill up before the next ones do; otherwise all do together.
        """
        outside = [number for number in self._numbers if number not in self._swarm.clients]
        if at_once := options.get("sessions_at_once"):
            outside = session_after_session(outside, [session for session, _ in self._rooms], at_once)
        waiting = deque(outside)
        total, entered, failed, latencies = len(waiting), 0, 0, new_histogram()
        started = time.perf_counter()

        def begin() -> None:
            if waiting:
                self._open(waiting.popleft(), options["how"])

        def done(client: Client) -> None:
            nonlocal entered
            entered += 1
            note(latencies, time.perf_counter() - client.started_at)
            begin()

        def lost(client: Client) -> None:
            nonlocal failed
            self._note_lost(client)
            if client.entry is not None:
                failed += 1
                begin()

        self._swarm.entered, self._swarm.lost = done, lost
        for _ in range(options["in_flight"]):
            begin()
        self._swarm.run_until(lambda: entered + failed >= total, started + options.get("seconds", ENTER_SECONDS))
        self._swarm.lost = self._note_lost
        return {"entered": entered, "wanted": total, "ended_at": time.perf_counter(), "started_at": started,
                "latency": to_text(latencies)}  # fmt: skip

    def listen(self, options: Options) -> Options:
        """Follow ticks for `seconds`, and on until everybody has heard `due` of them; one read in `sample` is measured."""
        stamp = since_tick_was_due(options["beat_ms"], options.get("ahead", 0.0))
        delivery = Delivery(TICK_MARK, stamp, options["sample"], Sequence())
        started, used = time.perf_counter(), busy_seconds()
        self._swarm.sink = delivery.sink
        self._swarm.run_until(lambda: False, started + options["seconds"])
        due, heard = options["due"], delivery.heard
        self._swarm.run_until(
            lambda: all(heard.get(number, 0) >= due for number in self._swarm.clients), time.perf_counter() + LATE_SECONDS
        )
        delivery.seconds = time.perf_counter() - started
        return {**delivery.report(), "busy_share": (busy_seconds() - used) / delivery.seconds}

    def load(self, options: Options) -> Options:
        """Send chat at `rate` a second for `seconds`, client after client, whatever the server does; see `load.Load`."""
        load = Load(self._swarm, self._dialect, options)
        load.run()
        return load.report()

    def window(self, options: Options) -> Options:
        """Keep `window` chat messages under way for `seconds`, each from another client."""
        window = Window(self._swarm, self._dialect, options)
        window.run()
        return window.report()

    def expect(self, options: Options) -> Options:
        """Answer at once, then wait until all clients have had a frame with `marker`.

        `receipts` has the kernel tell when they had it; `stamped` says whether it could.
        """
        marker = options["marker"].encode()
        receipts = Receipts(self._swarm, marker) if options.get("receipts") else None
        stamped = receipts is not None and kernel_stamps()
        expected = receipts if receipts is not None and stamped else Expected(self._swarm, marker)
        _say({"ready": True})
        return {**expected.wait(options["seconds"]), "stamped": stamped}

    def say(self, options: Options) -> Options:
        """Have one in `one_in` clients send a command, with `data` or that of their session, and wait for the replies."""
        speech = Speech(self._swarm, self._dialect, options)
        by_session = options.get("by_session")
        for client in list(self._swarm.clients.values())[:: options["one_in"]]:
            data = options["data"] if by_session is None else by_session[self._room(client.number)[0]]
            speech.say(client, options["event"], data)
        return speech.wait(options["seconds"])

    def drop(self, _options: Options) -> Options:
        """Cut every connection at once."""
        count = len(self._swarm.clients)
        self._swarm.close_all()
        return {"dropped": count}

    def churn(self, options: Options) -> Options:
        """For `seconds`, cut those who are in longest and enter them again, `rate` a second; latencies count from when it was due.

        Who is still on the way in is left alone. `absent` did not come back.
        """
        started, used, rate, cut = time.perf_counter(), busy_seconds(), options["rate"], 0
        latencies, due, inside = new_histogram(), dict[int, float](), deque(self._swarm.clients)

        def entered(client: Client) -> None:
            note(latencies, time.perf_counter() - due[client.number])
            inside.append(client.number)

        self._swarm.entered = entered
        while (elapsed := time.perf_counter() - started) < options["seconds"]:
            while cut < elapsed * rate and inside:
                number = inside.popleft()
                due[number] = started + cut / rate
                cut += 1
                if number in self._swarm.clients:
                    self._swarm.close(self._swarm.clients[number])
                self._open(number, JOIN)
            self._swarm.poll(0.005)
        share = (busy_seconds() - used) / (time.perf_counter() - started)
        self._swarm.run_until(lambda: not self._entering(), time.perf_counter() + BACK_SECONDS)
        absent = len(self._numbers) - len(self._swarm.clients) + self._entering()
        return {"cut": cut, "absent": absent, "busy_share": share, "latency": to_text(latencies)}

    def status(self, _options: Options) -> Options:
        return {"clients": len(self._swarm.clients), "lost": self._lost, "cpu_seconds": time.process_time()}

    def _open(self, number: int, how: str) -> None:
        room = self._room(number)
        self._swarm.open(number, self._dialect.head(number, room), lambda c: self._dialect.enter(c, room, how))

    def _entering(self) -> int:
        return sum(client.entry is not None for client in self._swarm.clients.values())

    def _room(self, number: int) -> tuple[str, str]:
        return self._rooms[number % len(self._rooms)]

    def _note_lost(self, client: Client) -> None:
        self._lost[str(client.lost)] = self._lost.get(str(client.lost), 0) + 1

    def read_line_or_idle(self) -> bytes:
        """What comes on stdin next; meanwhile pings are answered and deliveries forgotten. Empty at its end."""
        self._swarm.sink = ignore
        while True:
            ready, _, _ = select.select([0, self._swarm.fileno()], [], [])
            if self._swarm.fileno() in ready:
                self._swarm.poll(0.0)
            if 0 in ready:
                return os.read(0, LINE_BYTES)


def _say(answer: Options) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


OPERATIONS = ("prepare", "enter", "listen", "load", "window", "expect", "say", "drop", "churn", "status")


def main() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    first, _, rest = _first_line().partition(b"\n")
    generator = Generator(json.loads(first))
    while True:
        *lines, rest = rest.split(b"\n")
        for line in lines:
            options = json.loads(line)
            answer = _do(generator, options.pop("do"), options)
            _say(answer)
            if "failed" in answer:
                return
        data = generator.read_line_or_idle()
        if not data:
            return
        rest += data


def _do(generator: Generator, name: str, options: Options) -> Options:
    """The operation's answer, or why it failed."""
    if name not in OPERATIONS:
        raise SystemExit(f"no such operation: {name}")
    try:
        answer: Options = getattr(generator, name)(options)
    except LoadFailed as failure:
        return {"failed": str(failure)}
    except OSError as failure:
        advice = "; raise the limit of open files (ulimit -n)" if failure.errno == errno.EMFILE else ""
        return {"failed": f"{failure.strerror or failure}{advice}"}
    return answer


def _first_line() -> bytes:
    """The line about the clients, and whatever came behind it."""
    data = b""
    while b"\n" not in data:
        more = os.read(0, LINE_BYTES)
        if not more:
            raise SystemExit("stdin ended before the first line")
        data += more
    return data


if __name__ == "__main__":
    main()
