"""A swarm without sockets whose time passes only where it waits."""

from collections import deque
from collections.abc import Callable
from typing import Any

from attrs import define, field

from bench.client import ignore
from bench.dialect import BreakoutDialect
from bench.wire import TEXT

DIALECT = BreakoutDialect("test:80", b"k" * 48)


@define
class FakeTime:
    """Stands for the module `time` in what is tested."""

    now: float = 100.0

    def perf_counter(self) -> float:
        return self.now

    def process_time(self) -> float:
        return self.now / 10

    def time(self) -> float:
        return self.now


@define(eq=False)
class FakeClient:
    number: int
    send_text: Callable[[bytes], None]


@define
class FakeSwarm:
    """Answers at every poll what it was sent before it, unless it is stalled: then nothing comes until `stalled_until`.

    Attributes:
        pauses: How long the next polls take, whatever they were to take.
        most: Messages that were under way at once.
    """

    time: FakeTime
    people: int = 4
    stalled_until: float = 0.0
    refused: bool = False
    pauses: deque[float] = field(factory=deque)
    most: int = 0
    sent: deque[tuple[FakeClient, bytes]] = field(factory=deque)
    clients: dict[int, FakeClient] = field(factory=dict)
    sink: Any = ignore

    def __attrs_post_init__(self) -> None:
        for number in range(self.people):
            client = FakeClient(number, lambda payload, n=number: self.sent.append((self.clients[n], payload)))  # type: ignore[misc]
            self.clients[number] = client

    def poll(self, seconds: float) -> None:
        self.most = max(self.most, len(self.sent))
        self.time.now += self.pauses.popleft() if self.pauses else max(0.0, seconds)
        if self.time.now < self.stalled_until:
            return
        for _ in range(len(self.sent)):  # and not what is said in answer
            client, payload = self.sent.popleft()
            ident = payload.split(b'"id":"')[1].split(b'"')[0]
            self.sink(client, [(TEXT, self._reply(ident)), *([] if self.refused else [(TEXT, self._delivery(payload))])])

    def run_until(self, over: Callable[[], bool], deadline: float) -> bool:
        while not over():
            if self.time.now >= deadline:
                return False
            self.poll(min(0.01, deadline - self.time.now))
        return True

    def _reply(self, ident: bytes) -> bytes:
        if self.refused:
            return b'{"event":"reply","id":"%b","success":false,"error":{"code":"rate_limited","message":""}}' % ident
        return b'{"event":"reply","id":"%b","success":true,"data":{}}' % ident

    @staticmethod
    def _delivery(payload: bytes) -> bytes:
        text = payload.split(b'"text":"')[1].split(b'"')[0]
        return b'{"event":"breakout.chat.message","topic":"room:r","data":{"message":{"text":"%b"}}}' % text
