"""The encoded chats of a session's rooms: whoever comes, or comes back, is shown the last hundred messages of their room."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, cast

from actors.encoder import Encoder
from breakout.chat import Message
from breakout.room import RoomState

KEPT_ROOMS: Final = 64
"""Chats that are kept encoded, those shown last; a hundred messages of the usual length have 30 KB."""


class ChatRows:
    """One session's. A row is good until the next message: where many come at once, it is encoded once for all of them."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._rows: OrderedDict[str, tuple[Sequence[Message], object]] = OrderedDict()

    def row(self, state: RoomState) -> Sequence[Message]:
        """The room's messages, encoded; it stands for them in any push or reply, and nothing can be read from it."""
        if not state.messages:
            return ()
        known = self._rows.pop(state.id, None)
        if known is None or known[0] is not state.messages:
            known = (state.messages, self._encoder.row(state.messages))
        self._rows[state.id] = known
        if len(self._rows) > KEPT_ROOMS:
            self._rows.popitem(last=False)
        return cast("Sequence[Message]", known[1])
