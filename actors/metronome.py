"""Plays the ticks of all rooms of a process, which beat together: on the whole seconds of the server's clock.

A room's own loop decides when its timer runs, warns and ends, and gives the last tick itself. The ticks before it only show what
was decided, and they are what every room does every second: so they are done here, for all rooms in one go and from as little
memory as can be. The actor, its state and its mailbox have left the processor's cache since the last beat; to ask each of 250
rooms of eight cost a quarter of the whole beat (`breakout-bench run ticks`), what a `Beat` holds costs next to nothing.

Ticks leave one after the other, so that the kernel wakes whoever receives them once and not for each; now and then everybody else
gets a turn of the loop.
"""

from collections.abc import Callable, Iterator
from typing import Final

import trio

from actors.audience import Audience, topic_name
from actors.effects import room_topic
from actors.encoder import Encoder
from actors.flusher import Flusher
from actors.steady_clock import SteadyClock
from breakout.countdown import Countdown

TICK_MS = 1000

TICKS_PER_TURN: Final = 512
"""Sent before everybody else gets a turn: some 4 ms. A larger room is one turn."""


class Beat:
    """One room's ticks for as long as its timer stays as it is.

    Args:
        countdown: A running one.
        fail: Called in the handler of whatever the room's tick raised; the others go on.
    """

    __slots__ = ("audience", "ends_at", "fail", "frame", "inside", "room_id", "stopped")

    def __init__(
        self, room_id: str, countdown: Countdown, encoder: Encoder, audience: Audience, fail: Callable[[], None]
    ) -> None:
        assert countdown.ends_at is not None
        self.room_id = room_id
        self.ends_at = countdown.ends_at
        self.frame = encoder.tick_frames(room_id, topic_name(room_topic(room_id)), self.ends_at, countdown.revision)
        self.audience = audience
        self.inside = audience.inside(room_id)
        self.fail = fail
        self.stopped = False


class Metronome:
    """The beats of one process. A beat that is late is played at once; of several that were missed only the last is."""

    def __init__(self, clock: SteadyClock, flusher: Flusher) -> None:
        self._clock = clock
        self._flusher = flusher
        self._beats: dict[Beat, None] = {}
        self._begun = trio.Event()

    def start(self, beat: Beat) -> None:
        """Tick for this room from the next whole second on, until `stop` is called or its time is over: no tick says 0."""
        self._beats[beat] = None
        self._begun.set()

    def stop(self, beat: Beat) -> None:
        """No tick follows. Harmless where there is none to stop."""
        beat.stopped = True
        self._beats.pop(beat, None)

    def play_last(self, beat: Beat, now: int) -> None:
        """Tick a last time, now: nothing is left."""
        self.stop(beat)
        self._play(beat, 0, now)
        self._flusher.flush()

    async def run(self) -> None:
        """Play until cancelled; asleep for as long as no timer runs."""
        beat_at = self._last_beat_at()
        while True:
            if not self._beats:
                self._begun = trio.Event()
                await self._begun.wait()
                beat_at = self._last_beat_at()
            await trio.sleep_until(self._clock.deadline(beat_at + TICK_MS))
            beat_at, beats = self._last_beat_at(), iter(list(self._beats))
            while self._play_turn(beats, beat_at):
                await trio.lowlevel.checkpoint()

    def _last_beat_at(self) -> int:
        return self._clock.now() // TICK_MS * TICK_MS

    def _play_turn(self, beats: Iterator[Beat], beat_at: int) -> bool:
        """As many of the beats as one turn may have; whether there are more."""
        due, now = TICKS_PER_TURN, self._clock.now()
        for beat in beats:
            remaining = (beat.ends_at - beat_at) // TICK_MS
            if remaining > 0 and not beat.stopped:
                try:
                    self._play(beat, remaining, now)
                except Exception:
                    self.stop(beat)
                    beat.fail()
            due -= 1 + len(beat.inside)
            if due <= 0:
                break
        self._flusher.flush()
        return due <= 0

    def _play(self, beat: Beat, remaining_seconds: int, now: int) -> None:
        """Past the session's queue: a tick is not stored, has no `seq`, and replaces an unsent one."""
        inside = beat.inside
        if inside:
            self._flusher.send_ticks(inside, beat.room_id, beat.frame(remaining_seconds, now))
            beat.audience.frames += len(inside)
