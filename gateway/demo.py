"""Life for the demo session: simulated people, and a host who opens rooms where there are none."""

import random
import time
from typing import Final

import trio
from attrs import frozen

from gateway.demo_person import DemoPerson
from gateway.demo_words import ROOMS, full_name
from gateway.settings import Settings
from gateway.start_refused import StartRefused
from gateway.terminal_client import Target, connected
from gateway.token_issue import Person, issue_token

DEMO_EVENT: Final = "demo"
ROOM_MINUTES: Final = 12

HELP_PATIENCE_SECONDS: Final = 45
"""The host leaves a call for help to the people at the screens for so long."""


@frozen
class DemoPlan:
    """How much life.

    Attributes:
        pace: How many times faster than life.
        seconds: Ends by itself after so long; None: when it is interrupted.
        seed: The same seed, the same whims.
    """

    url: str
    session: str
    people: int = 40
    pace: float = 1.0
    seconds: float | None = None
    seed: int = 1


def run_demo(plan: DemoPlan, settings: Settings, key: bytes) -> None:
    """Fill the session until the time is up or the process is interrupted.

    Args:
        plan: How much, and where.
        settings: Of the server: its tokens' issuer and audience.
        key: The server's key, to make the people's tokens with.

    Raises:
        StartRefused: There is no server, or it does not let them in. Nobody came.
    """
    trio.run(_run, plan, settings, key)


async def _run(plan: DemoPlan, settings: Settings, key: bytes) -> None:
    host = _Host(_target(plan, _host(), settings, key), _chance(plan, 0), plan.pace)
    async with connected(_target(plan, _host(), settings, key)):
        pass  # a wrong address or key is told once, here, and not by every person
    with trio.move_on_after(plan.seconds if plan.seconds is not None else float("inf")):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(host.run)
            for number in range(plan.people):
                target = _target(plan, _attendee(number), settings, key)
                nursery.start_soon(DemoPerson(target, _chance(plan, number + 1), plan.pace).run)


class _Host(DemoPerson):
    """Opens rooms and starts their timers where there are none, and comes to help nobody else comes to."""

    async def act(self) -> None:
        if not self.rooms:
            await self._open_rooms_anew()
        for room in list(self.rooms.values()):
            if room["status"] == "WAITING" and room["participantCount"] and room["durationMinutes"]:
                await self.send("timer.start", roomId=room["id"])
        overdue = time.time() * 1000 - HELP_PATIENCE_SECONDS * 1000 / self._pace
        for call in [call for call in self.help if call["requestedAt"] < overdue]:
            await self.send("help.resolve" if call["claimedBy"] else "help.claim", helpId=call["helpId"])

    async def _open_rooms_anew(self) -> None:
        rooms = [{"name": name, "topic": topic, "maxParticipants": 8, "durationMinutes": ROOM_MINUTES} for name, topic in ROOMS]
        await self.send("rooms.create", rooms=rooms)


def _chance(plan: DemoPlan, number: int) -> random.Random:
    return random.Random(f"{plan.seed}/{number}")  # noqa: S311 - whims, no secrets


def _target(plan: DemoPlan, person: Person, settings: Settings, key: bytes) -> Target:
    return Target(plan.url, plan.session, issue_token(person, settings, key, now=time.time()))


def _host() -> Person:
    return Person(user_id="demo-host", given_name="Hanna", family_name="Host", roles=["MODERATOR"], event_id=DEMO_EVENT)


def _attendee(number: int) -> Person:
    first, last = full_name(number)
    return Person(user_id=f"demo-{number + 1}", given_name=first, family_name=last, roles=["ATTENDEE"])


def demo_key_missing(path: object) -> StartRefused:
    """What to say where there is no key to make the people's tokens with."""
    return StartRefused(
        f"there is no key to make the people's tokens with: {path} is missing; "
        "start `breakout serve --dev` first, or name its database with --db"
    )
