"""All workers of a server: started together, each watched by itself, told to leave together."""

import itertools
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Final

import trio

from gateway.settings import Settings
from gateway.workers.ownership import owner
from gateway.workers.worker import State, Worker

OVERTIME_SECONDS: Final = 1.0
"""For a file to be closed after the drain. Killed before, nothing is lost, and a stop ends within the 10 s that container managers
give, also where a worker hangs."""


class Crew:
    """Attributes: workers: By number, from 1 on."""

    def __init__(self, settings: Settings, directory: Path, lock: int, revoked: AbstractSet[str] = frozenset()) -> None:
        """`settings` hold the keys themselves; in `directory` are the private sockets, `lock` is the directory's of the files.

        `revoked` is a live view of who is shut out, which every worker is kept informed of.
        """
        numbers = range(1, settings.workers + 1)
        self.workers: Sequence[Worker] = [Worker(number, settings, directory, lock, revoked) for number in numbers]
        self._turns = itertools.cycle(self.workers)
        self._gone = trio.Event()

    @property
    def restarts(self) -> int:
        return sum(worker.restarts for worker in self.workers)

    @property
    def all_up(self) -> bool:
        return all(worker.state is State.UP for worker in self.workers)

    def up(self) -> Iterator[Worker]:
        return (worker for worker in self.workers if worker.state is State.UP)

    def owner(self, session_id: str) -> Worker:
        return self.workers[owner(session_id, len(self.workers)) - 1]

    def anybody(self) -> Worker:
        """The next one in turn that is up; any where none is."""
        for _ in self.workers:
            worker = next(self._turns)
            if worker.state is State.UP:
                return worker
        return self.workers[0]

    async def run(self, task_status: trio.TaskStatus[None]) -> None:
        """Keep all alive until `leave`; ready when each was up once.

        Raises:
            StartRefused, WorkerLost: One cannot start.
        """
        async with trio.open_nursery() as nursery:
            for worker in self.workers:
                nursery.start_soon(worker.run)
            for worker in self.workers:
                await worker.was_up.wait()
            task_status.started()
        self._gone.set()

    async def set_log_level(self, name: str) -> None:
        """Have all log from this level on, also those that are started later."""
        async with trio.open_nursery() as nursery:
            for worker in self.workers:
                nursery.start_soon(worker.set_log_level, name)

    async def wait_informed(self) -> None:
        """Return once all that have people act by who is revoked now."""
        async with trio.open_nursery() as nursery:
            for worker in self.workers:
                nursery.start_soon(worker.wait_informed)

    async def leave(self, seconds: float) -> None:
        """Have all drain, and wait until they are gone; those that take longer than `seconds` and a little are killed."""
        with trio.move_on_after(seconds + OVERTIME_SECONDS):
            async with trio.open_nursery() as nursery:
                for worker in self.workers:
                    nursery.start_soon(worker.leave)
            await self._gone.wait()
        for worker in self.workers:
            worker.kill()
        await self._gone.wait()
