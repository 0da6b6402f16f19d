"""The floor: a loop over raw sockets that does as little as can be done, and nothing durable.

It does not know WebSocket beyond what the bench sends: short masked text frames whose mask is zero. A delivery is one `send`
of bytes that were made once per room: one `send` for each message and person, so a server that puts several messages into one
can be faster than this floor.
"""

import base64
import hashlib
import json
import select
import socket
import sys
import time
from typing import Any

from attrs import define, field

from bench.peers import frames
from gateway.frame import text_frame

KEY_SUFFIX = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
RECEIVE_BYTES = 64 * 1024
LASTS_SECONDS = 12 * 3600


@define(eq=False)
class Person:
    plain: socket.socket
    number: int
    upgraded: bool = False
    rest: bytes = b""
    room: str = ""


@define(eq=False)
class Floor:
    """The whole server."""

    listener: socket.socket
    epoll: select.epoll = field(factory=select.epoll)
    people: dict[int, Person] = field(factory=dict)
    rooms: dict[str, list[Person]] = field(factory=dict)
    seq: int = 0
    beat_ms: int = 0
    ends_at: int = 0
    next_left: int = 0

    def run(self) -> None:
        """Serve until stdin ends."""
        self.listener.setblocking(False)
        self.epoll.register(self.listener.fileno(), select.EPOLLIN)
        self.epoll.register(0, select.EPOLLIN)
        while True:
            for fd, _ in self.epoll.poll(self._wait(), 512):
                if fd == 0:
                    if not self._ordered():
                        return
                elif fd == self.listener.fileno():
                    self._accept()
                else:
                    self._read(self.people[fd])
            if self.beat_ms and self._wait() == 0:
                self._tick()

    def _wait(self) -> float:
        """Seconds until the next beat."""
        if not self.beat_ms:
            return 60.0
        return max(0.0, (self.ends_at - self.next_left * self.beat_ms) / 1000 - time.time())

    def _ordered(self) -> bool:
        words = sys.stdin.readline().split()
        if not words:
            return False
        if words[0] == "tick":
            self.beat_ms = int(words[1])
            self.ends_at = (frames.now_ms() // 1000 + LASTS_SECONDS) * 1000
            self.next_left = (self.ends_at - frames.now_ms()) // self.beat_ms
        elif words[0] == "recall":
            self._each_room(frames.recalled_text)
        print("{}", flush=True)
        return True

    def _tick(self) -> None:
        left, now = self.next_left, frames.now_ms()
        self._each_room(lambda room: frames.tick_text(room, left, self.ends_at, now))
        self.next_left -= 1

    def _each_room(self, text: Any) -> None:
        for room, people in self.rooms.items():
            frame = text_frame(text(room))
            for person in people:
                person.plain.send(frame)

    def _accept(self) -> None:
        try:
            while True:
                plain, _ = self.listener.accept()
                plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                plain.setblocking(False)
                self.people[plain.fileno()] = Person(plain, len(self.people))
                self.epoll.register(plain.fileno(), select.EPOLLIN)
        except BlockingIOError:
            return

    def _read(self, person: Person) -> None:
        try:
            data = person.plain.recv(RECEIVE_BYTES)
        except OSError:
            data = b""
        if not data:
            self._leave(person)
            return
        person.rest += data
        if not person.upgraded:
            self._upgrade(person)
        while person.upgraded and (payload := _take_frame(person)) is not None:
            self._handle(person, json.loads(payload))

    def _upgrade(self, person: Person) -> None:
        head, separator, rest = person.rest.partition(b"\r\n\r\n")
        if not separator:
            return
        key = next(line.split(b":", 1)[1].strip() for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key"))
        accept = base64.b64encode(hashlib.sha1(key + KEY_SUFFIX).digest())  # noqa: S324 - RFC 6455 wants it
        person.plain.send(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Protocol: breakout.v1\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n" + frames.STATE
        )
        person.upgraded, person.rest = True, rest

    def _handle(self, person: Person, message: dict[str, Any]) -> None:
        if message["event"] == "breakout.room.join":
            person.room = message["data"]["roomId"]
            self.rooms.setdefault(person.room, []).append(person)
        elif message["event"] == "breakout.chat.send":
            self.seq += 1
            user = {"id": f"p{person.number}", "firstName": f"Given{person.number}", "lastName": "Family"}
            frame = text_frame(frames.chat_text(person.room, self.seq, message["data"]["text"], user))
            for other in self.rooms[person.room]:
                other.plain.send(frame)
        person.plain.send(text_frame(frames.reply_text(message["id"], {})))

    def _leave(self, person: Person) -> None:
        del self.people[person.plain.fileno()]
        if person.room:
            self.rooms[person.room].remove(person)
        person.plain.close()


def _take_frame(person: Person) -> bytes | None:
    """The payload of the next frame, whose mask is zero; None while it is not all there."""
    data = person.rest
    if len(data) < 6:
        return None
    length, start = data[1] & 0x7F, 6
    if length == 126:
        length, start = int.from_bytes(data[2:4], "big"), 8
    if len(data) < start + length:
        return None
    person.rest = data[start + length :]
    return data[start : start + length]


def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    Floor(listener).run()


if __name__ == "__main__":
    main()
