"""Random commands of many people at once: what each client pieces together equals what the session says."""

from collections.abc import Callable
from random import Random
from typing import Any, cast

import pytest
import trio

from breakout.room import RoomState
from breakout.room_apply import apply
from breakout.room_events import RoomEvent
from tests.actors.harness import Client, World
from tests.actors.mirror import Mirror, comparable, differences
from tests.fakes.memory_store import MemoryStore

STEPS = 120
PEOPLE = ("ann", "ben", "cleo", "dan", "eve")


class Storm:
    """Sends random commands, lets random time pass, and keeps a mirror for every connection."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.random = Random(seed)
        self.clients: list[Client] = []
        self.mirrors: dict[Client, Mirror] = {}
        self.commands: list[Callable[[Client], object]] = [
            self.join, self.join, self.join, self.leave, self.move, self.swap, self.chat, self.chat_from_outside, self.create,
            self.close, self.reopen, self.start, self.extend, self.pause, self.resume, self.stop, self.update, self.facilitate,
            self.ask_help, self.cancel_help, self.claim, self.resolve, self.speak, self.be_silent,
        ]  # fmt: skip

    async def connect(self, user_id: str, role: str = "ATTENDEE") -> None:
        client = await self.world.connect(user_id, role=role)
        self.clients.append(client)
        self.mirrors[client] = Mirror(client)

    async def disconnect(self, client: Client) -> None:
        self.clients.remove(client)
        del self.mirrors[client]
        await client.leave()

    def rooms(self) -> list[str]:
        return list(self.world.runner.feed.rooms)

    def room(self) -> str:
        return self.random.choice(self.rooms())

    def user(self) -> str:
        return self.random.choice((*PEOPLE, "olga"))

    async def step(self) -> None:
        """One command, or somebody comes or goes, or a room crashes, or time passes."""
        kind = self.random.random()
        if kind < 0.8:
            self.random.choice(self.commands)(self.random.choice(self.clients))
        elif kind < 0.86:
            await self.world.pass_seconds(self.random.choice((0.01, 0.06, 0.3, 2.0)))
        elif kind < 0.90:
            await self.world.settle()
        elif kind < 0.94:
            await self.connect(self.random.choice(PEOPLE))
        elif kind < 0.98 and len(self.clients) > 3:
            await self.disconnect(self.random.choice(self.clients[1:]))
        else:
            self.world.break_room(self.room()) if self.alive(self.room()) else None

    def alive(self, room_id: str) -> bool:
        return bool(self.world.runner.children.running(room_id))

    def join(self, client: Client) -> None:
        client.send("room.join", roomId=self.room())

    def leave(self, client: Client) -> None:
        client.send("room.leave")

    def move(self, client: Client) -> None:
        client.send("participant.move", userId=self.user(), roomId=self.random.choice([*self.rooms(), None]))

    def swap(self, client: Client) -> None:
        client.send("participants.swap", userIds=self.random.sample(PEOPLE, 2))

    def chat(self, client: Client) -> None:
        client.send("chat.send", text=f"text {self.random.random()}")

    def chat_from_outside(self, client: Client) -> None:
        client.send("chat.send", text=f"text {self.random.random()}", roomId=self.room())

    def create(self, client: Client) -> None:
        auto = self.random.random() < 0.5
        client.send("room.create", name="More", maxParticipants=self.random.randint(1, 3), autoAssign=auto)

    def close(self, client: Client) -> None:
        if self.random.random() < 0.5:
            client.send("room.close", roomId=self.room(), graceSeconds=self.random.choice((0, 1)))

    def reopen(self, client: Client) -> None:
        client.send("room.reopen", roomId=self.room())

    def start(self, client: Client) -> None:
        client.send("timer.start", roomId=self.room(), durationSeconds=self.random.choice((2, 62, 302)))

    def extend(self, client: Client) -> None:
        client.send("timer.extend", roomId=self.room(), seconds=self.random.choice((-30, 30)))

    def pause(self, client: Client) -> None:
        client.send("timer.pause", roomId=self.room())

    def resume(self, client: Client) -> None:
        client.send("timer.resume", roomId=self.room())

    def stop(self, client: Client) -> None:
        client.send("timer.stop", roomId=self.room())

    def update(self, client: Client) -> None:
        capacity = self.random.randint(1, 4)
        client.send("room.update", roomId=self.room(), name=f"Room {capacity}", maxParticipants=capacity)

    def facilitate(self, client: Client) -> None:
        client.send("room.update", roomId=self.room(), facilitatorId=self.user())

    def ask_help(self, client: Client) -> None:
        client.send("help.request", reason="please")

    def cancel_help(self, client: Client) -> None:
        client.send("help.cancel")

    def claim(self, client: Client) -> None:
        client.send("help.claim", helpId=self.help_id())

    def resolve(self, client: Client) -> None:
        client.send("help.resolve", helpId=self.help_id())

    def help_id(self) -> str:
        open_calls: list[str] = [room.help.id for room in self.world.runner.feed.rooms.values() if room.help is not None]
        return self.random.choice([*open_calls, "none"])

    def speak(self, client: Client) -> None:
        client.send("speaking.start")

    def be_silent(self, client: Client) -> None:
        client.send("speaking.stop")


@pytest.fixture(autouse=True)
def repeatable(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let trio shuffle its tasks in the same way in every run of a seed, as pytest-trio does under hypothesis."""
    monkeypatch.setattr(trio._core._run, "_ALLOW_DETERMINISTIC_SCHEDULING", True)
    trio._core._run._r.seed(seed)


async def _gathered(world: World, seed: int) -> Storm:
    storm = Storm(world, seed)
    await storm.connect("olga", role="MODERATOR")
    for user_id in PEOPLE[:3]:
        await storm.connect(user_id)
    for name in ("Blue", "Red"):
        await world.room(storm.clients[0], name, maxParticipants=2)
    return storm


async def _fresh(client: Client) -> Any:
    return comparable(await client.state())


@pytest.mark.parametrize("seed", range(25))
async def test_every_clients_picture_equals_a_fresh_snapshot_after_random_commands(world: World, seed: int) -> None:
    storm = await _gathered(world, seed)
    for _ in range(STEPS):
        await storm.step()
    await world.windows()
    for client, mirror in storm.mirrors.items():
        fresh = await _fresh(client)
        mirror.catch_up()
        assert differences(mirror.picture(), fresh) == []


def overfull(store: MemoryStore) -> list[str]:
    """The rooms that some change of the journal filled beyond their capacity; shrinking a room sends nobody away."""
    rooms: dict[str, RoomState] = {}
    faults = []
    for change in (change for batch in store.batches for change in batch):
        before = {entry.room_id: rooms.get(entry.room_id) for entry in change.entries if entry.room_id is not None}
        for entry in change.entries:
            if entry.room_id is not None:
                rooms[entry.room_id] = apply(rooms.get(entry.room_id), cast(RoomEvent, entry.event))
        for room_id, former in before.items():
            room = rooms[room_id]
            if room.participant_count > max(room.max_participants, former.participant_count if former else 0):
                faults.append(f"{change.cause}: {room.participant_count} of {room.max_participants}")
    return faults


@pytest.mark.parametrize("seed", range(25, 35))
async def test_one_seat_no_overfull_room_and_store_equal_to_memory_after_random_commands(world: World, seed: int) -> None:
    storm = await _gathered(world, seed)
    for _ in range(STEPS):
        await storm.step()
        rooms = world.runner.feed.rooms.values()
        seated = [user_id for room in rooms for user_id in room.seats]
        if not world.runner.feed._holds:
            assert len(seated) == len(set(seated))
    await world.windows()
    stored = await world.store.load_session("demo", now=world.root.clock.now())
    assert {room_id: room.state for room_id, room in stored.rooms.items()} == world.runner.feed.rooms
    assert stored.state == world.runner.feed.session
    assert world.runner.feed.seat_of == {
        user_id: room.id for room in world.runner.feed.rooms.values() for user_id in room.seats
    }
    assert world.root.statistics().reloads == 0
    assert overfull(world.store) == []


@pytest.mark.parametrize("seed", range(35, 40))
async def test_every_command_gets_exactly_one_reply_over_random_commands(world: World, seed: int) -> None:
    storm = await _gathered(world, seed)
    sent: list[tuple[Client, str]] = []
    plain_send = Client.send

    def counted(client: Client, event: str, /, key: str | None = None, **data: Any) -> str:
        envelope_id = plain_send(client, event, key, **data)
        sent.append((client, envelope_id))
        return envelope_id

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Client, "send", counted)
        for _ in range(STEPS):
            await storm.step()
    await world.windows()
    unanswered = [envelope_id for client, envelope_id in sent if client.reply(envelope_id) is None]
    assert unanswered == []
    assert len(sent) > STEPS / 2
