"""A chat message in a room."""

from attrs import frozen

from breakout.identity import User

KEPT_MESSAGES = 100
"""How many of the latest messages a room remembers and shows to those who join."""


@frozen
class Message:
    id: str
    room_id: str
    user: User
    text: str
    sent_at: int
