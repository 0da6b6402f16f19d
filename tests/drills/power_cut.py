"""Simulated power cuts: the file operations of a real run, replayed up to a random moment, without what was not synced.

    python -m tests.drills.power_cut --images 600 --kind honest|early|normal

A server runs under `disk_shim.c`, which records every write, truncation, sync and every byte it sends, in order. An image is
what a disk may hold after a cut: everything synced, and of what was not, each 512-byte sector or not. Each image is
opened by the store, and whatever the server had sent by then must be in it. The controls, `early` and `normal`, must lose.
"""

import argparse
import random
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import trio
from attrs import define, field, frozen

from persistence import PersistenceSettings, open_persistence
from tests.drills.disk_shim import preload
from tests.drills.harness import SERVE, WIDE, served
from tests.drills.load import Seen, chat_for, seat_people

SECTOR = 512
PROGRAMS = {kind: ("-m", "tests.drills.altered_server", kind, "serve") for kind in ("early", "normal")} | {"honest": SERVE}
TEXT = re.compile(rb'"text":"([a-z0-9-]+)"')


@frozen
class Operation:
    """One entry of a recording; the kinds are those of `disk_shim.c`."""

    kind: str
    path: str
    offset: int
    data: bytes


def read_recording(path: Path) -> list[Operation]:
    """Every whole entry; the kill may have cut the last one."""
    data, at, operations = path.read_bytes(), 0, []
    while (end := data.find(b"\n", at)) >= 0:
        head, offset, length = data[at:end].decode().rsplit(" ", 2)
        at = end + 1 + int(length)
        if at > len(data):
            break
        operations.append(Operation(head[0], head[2:], int(offset), data[end + 1 : at]))
    return operations


@define
class DiskFile:
    """What is surely on the disk, and what was asked for since."""

    durable: bytearray = field(factory=bytearray)
    pending: list[Operation] = field(factory=list)

    def sync(self) -> None:
        for operation in self.pending:
            _apply(self.durable, operation)
        self.pending.clear()

    def after_cut(self, draw: random.Random, kept: float) -> bytes | None:
        """What is found afterwards, `kept` being the share of unsynced sectors that made it; None where there is no file."""
        content: bytearray | None = bytearray(self.durable)
        for operation in self.pending:
            if operation.kind == "w":
                content = bytearray() if content is None else content
                for part in _sectors(operation):
                    if draw.random() < kept:
                        _apply(content, part)
            elif draw.random() < kept:
                content = None if operation.kind == "u" else content
                if content is not None:
                    _apply(content, operation)
        return None if content is None else bytes(content)


def _sectors(write: Operation) -> Iterator[Operation]:
    at = 0
    while at < len(write.data):
        size = SECTOR - (write.offset + at) % SECTOR
        yield Operation("w", write.path, write.offset + at, write.data[at : at + size])
        at += size


def _apply(content: bytearray, operation: Operation) -> None:
    if operation.kind == "w":
        end = operation.offset + len(operation.data)
        content.extend(bytes(max(0, end - len(content))))
        content[operation.offset : end] = operation.data
    elif operation.kind == "t":
        content.extend(bytes(max(0, operation.offset - len(content))))
        del content[operation.offset :]
    elif operation.kind == "u":
        content.clear()


@define
class Disk:
    """The disk at one moment of a recording.

    Attributes:
        files: By path.
        known: Texts that the server has told somebody of.
    """

    files: dict[str, DiskFile] = field(factory=dict)
    known: set[str] = field(factory=set)

    def take(self, operation: Operation) -> None:
        if operation.kind == "a":
            self.known.update(text.decode() for text in TEXT.findall(operation.data))
            return
        file = self.files.setdefault(operation.path, DiskFile())
        if operation.kind == "s":
            file.sync()
            self._keep_names()
        else:
            file.pending.append(operation)

    def _keep_names(self) -> None:
        """A sync of any file makes earlier removals last: file systems with a journal write it in order."""
        for file in self.files.values():
            removals = [at for at, operation in enumerate(file.pending) if operation.kind == "u"]
            if removals:
                file.durable.clear()
                del file.pending[: removals[-1] + 1]

    def write_image(self, directory: Path, draw: random.Random) -> None:
        """One disk out of all that a cut at this moment may leave."""
        kept = draw.choice((0.0, 0.1, 0.5, 0.9, 1.0))
        for path, file in self.files.items():
            content = file.after_cut(draw, kept)
            if content is not None and Path(path).suffix != "":
                (directory / Path(path).name).write_bytes(content)


@frozen
class Outcome:
    """Attributes: images: Cuts simulated. losing: Those that lost something. known: Changes known at the last moment."""

    images: int
    losing: int
    known: int


async def record_run(directory: Path, kind: str, seconds: float) -> list[Operation]:
    """Load a server of this kind for so long, kill it, and give its file operations."""
    watched, recording = directory / "watched", directory / "recording"
    watched.mkdir()
    variables = preload(watched, DRILL_RECORD=str(recording))
    settings = {**WIDE, "BREAKOUT_SNAPSHOT_SECONDS": "1"}
    async with served(watched / "breakout.db", settings, program=PROGRAMS[kind], preload=variables) as server:
        people = await seat_people(server, 4)
        await chat_for(people, seconds, Seen(), prefix="c", window=4)
        server.kill()
    return read_recording(recording)


async def cut_power(operations: list[Operation], directory: Path, images: int, seed: int) -> Outcome:
    """Cut at `images` random moments and look what is lost."""
    draw = random.Random(seed)
    moments = sorted(draw.randrange(1, len(operations) + 1) for _ in range(images))
    disk, at, losing = Disk(), 0, 0
    for number, moment in enumerate(moments):
        for operation in operations[at:moment]:
            disk.take(operation)
        at = moment
        place = directory / f"image-{number}"
        place.mkdir()
        disk.write_image(place, draw)
        losing += bool(disk.known - await opened_texts(place / "breakout.db"))
        for path in place.iterdir():
            path.unlink()
    return Outcome(images, losing, len(disk.known))


async def opened_texts(db: Path) -> set[str]:
    """What the store finds, after it opened the file as a server does at its start. Raises: StoreRefused."""
    async with open_persistence(db, PersistenceSettings(), after_batch=lambda: None) as opened:
        await opened.store.load_session("s1", now=0)
    with closing(sqlite3.connect(db)) as conn:
        return {row[0] for row in conn.execute("SELECT text FROM breakout_messages")}


async def drill(kind: str, images: int, seconds: float, seed: int = 1) -> Outcome:
    """Record one run and cut it."""
    with tempfile.TemporaryDirectory(prefix="breakout-cut-") as name:
        operations = await record_run(Path(name), kind, seconds)
        return await cut_power(operations, Path(name), images, seed)


def main() -> None:
    parser = argparse.ArgumentParser(description="Simulated power cuts.")
    parser.add_argument("--images", type=int, default=600)
    parser.add_argument("--kind", choices=sorted(PROGRAMS), default="honest")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    found = trio.run(drill, options.kind, options.images, options.seconds, options.seed)
    print(f"{options.kind}: {found.losing} of {found.images} cuts lost something; {found.known} changes known at the end")


if __name__ == "__main__":
    main()
