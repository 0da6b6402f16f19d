"""What the actors need of the wire: turning pushes and replies into ready frames. The gateway implements it."""

from collections.abc import Callable, Sequence
from typing import Protocol

from breakout.errors import Refusal


class Encoder(Protocol):
    """Encodes once; the same bytes go to every recipient."""

    def push(self, push: object, *, topic: str | None, seq: int | None, sent_at: int | None) -> bytes:
        """A ready frame for one of the classes in `breakout.contract.pushes` (or a `SessionSnapshot`)."""

    def tick_frames(self, room_id: str, topic: str, ends_at: int, revision: int) -> Callable[[int, int], bytes]:
        """What makes the ready frames of one running timer, each of the remaining seconds and the present."""

    def reply_body(self, reply: object) -> bytes:
        """`{"success": true, "data": ...}` for one of the reply classes."""

    def refusal_body(self, refusal: Refusal) -> bytes:
        """`{"success": false, "error": ...}`."""

    def reply_frame(self, envelope_id: str | None, body: bytes) -> bytes:
        """A ready reply frame around a body."""

    def piece(self, view: object) -> object:
        """`view` encoded once, to stand in its place inside other pushes and replies."""

    def row(self, views: Sequence[object]) -> object:
        """Views or pieces one after the other as one piece, to stand in the place of their sequence."""
