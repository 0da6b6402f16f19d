"""The floor with one mistake in it: what the bench's counts must notice.

    python -m tests.bench.careless_peer lose|double|stop chat|tick|recall
"""

import socket
import sys

from attrs import define

from bench.peers.floor_peer import Floor


@define(eq=False)
class CarelessSocket:
    """Loses or doubles one frame of a kind, the `at`th that is sent through any of them, or loses all from there on."""

    plain: socket.socket
    how: str
    mark: bytes
    at: int
    seen: list[int]

    def send(self, data):
        if self.mark in data:
            self.seen[0] += 1
            if self.how == "stop" and self.seen[0] >= self.at:
                return len(data)
            if self.seen[0] == self.at:
                return self.plain.send(data + data) if self.how == "double" else len(data)
        return self.plain.send(data)

    def __getattr__(self, name):
        return getattr(self.plain, name)


class CarelessFloor(Floor):
    def __init__(self, listener, how, mark, at):
        super().__init__(listener)
        self.mistake = how, mark, at, [0]

    def _accept(self):
        before = set(self.people)
        super()._accept()
        for number in set(self.people) - before:
            person = self.people[number]
            person.plain = CarelessSocket(person.plain, *self.mistake)  # type: ignore[assignment]


MARKS = {"chat": b"breakout.chat.message", "tick": b"breakout.timer.tick", "recall": b"breakout.recalled"}
AT = {"chat": 3, "tick": 90, "recall": 3}
"""Of ticks one that comes when somebody listens: there are twenty people, and ten beats a second."""

if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0), backlog=100)
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    CarelessFloor(listener, sys.argv[1], MARKS[sys.argv[2]], AT[sys.argv[2]]).run()
