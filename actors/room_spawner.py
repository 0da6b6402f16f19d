"""How the rooms of a session get their actors: in its nursery, and after a failure from the store."""

import structlog
import trio
from attrs import frozen

from actors._runtime import ActorHandle
from actors.messages import RoomLoaded
from actors.room_actor import RoomActor
from actors.room_tools import RoomTools
from breakout.ports import Store
from breakout.room import RoomState

log = structlog.get_logger(__name__)

RETRY_SECONDS = 1.0
"""How long to wait before the store is asked again after it failed."""


@frozen(eq=False)
class RoomSpawner:
    """Starts actors of rooms and reads failed rooms back; both end with `nursery`."""

    session_id: str
    tools: RoomTools
    store: Store
    nursery: trio.Nursery
    max_mailbox_messages: int

    def start(self, state: RoomState) -> ActorHandle:
        """Start an actor that goes on from `state`."""
        return RoomActor.start(
            state, self.tools, nursery=self.nursery, max_mailbox_messages=self.max_mailbox_messages
        )

    def begin_load(self, room_id: str) -> None:
        """Read a room from the store, however often it takes, and report it as `RoomLoaded`."""
        self.nursery.start_soon(self._load, room_id)

    async def _load(self, room_id: str) -> None:
        while True:
            try:
                stored = await self.store.load_room(self.session_id, room_id)
            except Exception:
                log.exception("room could not be read", session=self.session_id, room=room_id)
                await trio.sleep(RETRY_SECONDS)
            else:
                break
        if stored is None:
            log.error("failed room is not in the store", session=self.session_id, room=room_id)
        else:
            self.tools.report(RoomLoaded(stored))
