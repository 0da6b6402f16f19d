"""Who hears what: the connections of a session by topic, and the `seq` of each topic.

The audience lives on the released side of the session's queue: it knows of a seat only once the seat is committed, so nobody
is on a room's topic before the store has them there.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from attrs import frozen

from actors.effects import SESSION_TOPIC, STAFF_TOPIC, Topic, room_topic, user_topic
from actors.encoder import Encoder
from actors.flusher import Flusher
from actors.request import Subscriber, TickTarget
from breakout.identity import Caller


@frozen
class AudienceStatistics:
    """Connections in the session, and frames handed to them since it was loaded."""

    connections: int
    frames: int


class Audience:
    """The connections of one session.

    Args:
        epoch: Names this life of the session in memory.
    """

    def __init__(self, epoch: str, encoder: Encoder, flusher: Flusher) -> None:
        self.epoch = epoch
        self.frames = 0
        self._encoder = encoder
        self._flusher = flusher
        self._everybody: dict[Subscriber, None] = {}
        self._staff: dict[Subscriber, None] = {}
        self._by_user: dict[str, dict[Subscriber, TickTarget]] = {}
        self._inside: defaultdict[str, dict[Subscriber, TickTarget]] = defaultdict(dict)  # never removed, as its `seq` is not
        self._seats: dict[str, str] = {}
        self._seqs: dict[Topic, int] = {}
        self._last: tuple[object, str, int, int, bytes] | None = None

    def attach(self, subscriber: Subscriber) -> None:
        user_id = subscriber.caller.user.id
        self._flusher.joins(self._everybody, subscriber)
        self._everybody[subscriber] = None
        self._by_user.setdefault(user_id, {})[subscriber] = subscriber.tick_target
        if subscriber.caller.staff:
            self._staff[subscriber] = None
        if user_id in self._seats:
            self._inside[self._seats[user_id]][subscriber] = self._by_user[user_id][subscriber]

    def detach(self, subscriber: Subscriber) -> None:
        user_id = subscriber.caller.user.id
        self._everybody.pop(subscriber, None)
        self._staff.pop(subscriber, None)
        mine = self._by_user.get(user_id, {})
        mine.pop(subscriber, None)
        if not mine:
            self._by_user.pop(user_id, None)
        if user_id in self._seats:
            self._inside[self._seats[user_id]].pop(subscriber, None)

    def seat(self, user_id: str, room_id: str | None) -> None:
        """Move the user's connections to the topic of `room_id`, off any other room's."""
        connections = self._by_user.get(user_id, {})
        former = self._seats.pop(user_id, None)
        if former is not None:
            for subscriber in connections:
                self._inside[former].pop(subscriber, None)
        if room_id is None:
            return
        self._seats[user_id] = room_id
        if connections:
            self._inside[room_id].update(connections)

    def unseated(self, user_id: str) -> Caller | None:
        """The user, if they are connected and sit in no room."""
        if user_id in self._seats:
            return None
        return next((subscriber.caller for subscriber in self._by_user.get(user_id, ())), None)

    def broadcast(self, room_ids: Iterable[str], push: object, now: int) -> None:
        """Send `push` once to everybody in these rooms and to staff."""
        recipients = dict(self._staff)
        for room_id in room_ids:
            recipients.update(dict.fromkeys(self._inside.get(room_id, ())))
        if recipients:
            self._send(list(recipients), self._encoder.push(push, topic=None, seq=None, sent_at=now))

    def publish(self, topic: Topic, push: object, now: int) -> None:
        """Send `push` as the topic's next one; it is encoded once, and not at all when nobody listens."""
        seq = self._seqs[topic] = self._seqs.get(topic, 0) + 1
        recipients = list(self.recipients(topic)) if topic != SESSION_TOPIC else []
        if not (recipients or (topic == SESSION_TOPIC and self._everybody)):
            return
        frame = self._encoded(push, topic_name(topic), seq, now)
        if topic == SESSION_TOPIC:
            self._flusher.share(self._everybody, frame)
            self.frames += len(self._everybody)
        else:
            self._send(recipients, frame)

    def call_back(self, user_ids: Iterable[str], key: str, push: object, now: int) -> None:
        """Publish `push` to each of these users, without waiting for the flush: thousands may be called back at once.

        `key` names this push among all others that may wait for a connection.
        """
        frames: dict[int, bytes] = {}  # whoever was sent as many frames is sent the same bytes
        for user_id in user_ids:
            topic = user_topic(user_id)
            seq = self._seqs[topic] = self._seqs.get(topic, 0) + 1
            members = self._by_user.get(user_id)
            if not members:
                continue
            frame = frames.get(seq)
            if frame is None:
                frame = frames[seq] = self._encoder.push(push, topic=topic_name(topic), seq=seq, sent_at=now)
            self._flusher.send_at_once(members, key, frame)
            self.frames += len(members)

    def _encoded(self, push: object, topic: str, seq: int, now: int) -> bytes:
        """The frame; when it would be the same as the last one, that: a recall says the same to one user after the other."""
        if self._last is None or self._last[0] is not push or self._last[1:4] != (topic, seq, now):
            self._last = (push, topic, seq, now, self._encoder.push(push, topic=topic, seq=seq, sent_at=now))
        return self._last[4]

    def inside(self, room_id: str) -> Mapping[Subscriber, TickTarget]:
        """The connections of the people in the room: a live view, for as long as the session is in memory."""
        return self._inside[room_id]

    def show(self, subscriber: Subscriber, push: object, now: int) -> None:
        """Send `push` to one connection, outside every topic."""
        self._send([subscriber], self._encoder.push(push, topic=None, seq=None, sent_at=now))

    def recipients(self, topic: Topic) -> Iterator[Subscriber]:
        """The connections on `topic`, each once."""
        kind, key = topic
        if kind == "session":
            yield from self._everybody
        elif kind == "staff":
            yield from self._staff
        elif kind == "user":
            yield from self._by_user.get(key, ())
        else:
            inside = self._inside.get(key, {})
            yield from inside
            yield from (s for s in self._staff if s not in inside)

    def seqs_for(self, subscriber: Subscriber) -> dict[str, int]:
        """The last `seq` of every topic this connection is on, by the topic's name."""
        user_id = subscriber.caller.user.id
        topics = [SESSION_TOPIC, user_topic(user_id)]
        if subscriber.caller.staff:
            topics += [STAFF_TOPIC, *(topic for topic in self._seqs if topic[0] == "room")]
        elif user_id in self._seats:
            topics.append(room_topic(self._seats[user_id]))
        return {topic_name(topic): self._seqs.get(topic, 0) for topic in topics}

    def statistics(self) -> AudienceStatistics:
        return AudienceStatistics(len(self._everybody), self.frames)

    def _send(self, recipients: list[Subscriber], frame: bytes) -> None:
        for subscriber in recipients:
            self._flusher.send(subscriber, frame)
        self.frames += len(recipients)


def topic_name(topic: Topic) -> str:
    """The topic as frames name it. A user's own topic is called "you", whoever it is."""
    kind, key = topic
    if kind == "room":
        return f"room:{key}"
    return "you" if kind == "user" else kind
