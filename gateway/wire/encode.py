"""Pushes and replies as ready WebSocket frames, each encoded once.

Functions generated per class turn a view into a dict of wire names, and orjson writes it. A view that stands in several
frames, such as a room's card or a chat message, can be encoded beforehand as a `piece`: orjson then copies its bytes.
"""

from collections.abc import Callable, Sequence
from typing import Any

import attrs
import orjson
from cattrs import Converter
from cattrs.cols import is_sequence, iterable_unstructure_factory
from cattrs.gen import make_dict_unstructure_fn, override

from breakout.contract.pushes import TimerTickPush
from breakout.contract.table import PUSH_EVENTS
from breakout.errors import Refusal
from gateway.frame import text_frame
from gateway.wire.field_name import wire_names
from gateway.wire.tick_frames import NEVER, tick_frames

Unstructure = Callable[[Any], Any]


class WireEncoder:
    """Implements `actors.encoder.Encoder`. Holds nothing but its generated functions; one serves the whole process."""

    def __init__(self) -> None:
        self._converter = Converter()
        self._hooks: dict[type, Unstructure] = {}  # by class: to ask the converter costs as much as a tick's fields
        self._converter.register_unstructure_hook_factory(is_sequence, self._row_hook)
        self._converter.register_unstructure_hook_factory(attrs.has, self._view_hook)

    def push(self, push: object, *, topic: str | None, seq: int | None, sent_at: int | None) -> bytes:
        """A ready frame with the keys event, topic, seq, sentAt, data in that order; those that are None are left out."""
        return text_frame(self._push_json(push, topic, seq, sent_at))

    def tick_frames(self, room_id: str, topic: str, ends_at: int, revision: int) -> Callable[[int, int], bytes]:
        """What makes the frames of one running timer: of the remaining seconds and the present."""
        push = TimerTickPush(room_id, NEVER, ends_at, NEVER, revision)
        return tick_frames(self._push_json(push, topic, None, NEVER))

    def _push_json(self, push: object, topic: str | None, seq: int | None, sent_at: int | None) -> bytes:
        frame: dict[str, object] = {"event": PUSH_EVENTS[type(push)]}
        if topic is not None:
            frame["topic"] = topic
        if seq is not None:
            frame["seq"] = seq
        if sent_at is not None:
            frame["sentAt"] = sent_at
        frame["data"] = self._plain(push)
        return orjson.dumps(frame)

    def reply_body(self, reply: object) -> bytes:
        """`{"success":true,"data":{...}}`."""
        return _kept(orjson.dumps({"success": True, "data": self._plain(reply)}))

    def refusal_body(self, refusal: Refusal) -> bytes:
        """`{"success":false,"error":{...}}`; `details` is always there, empty where there is nothing to say."""
        error = {"code": refusal.code, "message": refusal.message, "details": refusal.details}
        return orjson.dumps({"success": False, "error": error})

    def reply_frame(self, envelope_id: str | None, body: bytes) -> bytes:
        """A ready frame: the body, which may be one from the store, behind `event` and `id`."""
        return text_frame(b'{"event":"reply","id":%b,%b' % (orjson.dumps(envelope_id), body[1:]))

    def piece(self, view: object) -> object:
        """`view` encoded once; it may stand in the view's place in any push or reply, any number of times."""
        return orjson.Fragment(_kept(orjson.dumps(self._plain(view))))

    def row(self, views: Sequence[object]) -> object:
        """Views or pieces one after the other as one piece; it may stand in the place of their sequence, any number of times."""
        return orjson.Fragment(_kept(orjson.dumps([self._plain(view) for view in views])))

    def _plain(self, view: object) -> Any:
        hook = self._hooks.get(view.__class__)
        if hook is None:
            hook = self._hooks[view.__class__] = self._converter.get_unstructure_hook(view.__class__)
        return hook(view)

    def _view_hook(self, kind: type) -> Unstructure:
        renamed: dict[str, Any] = {name: override(rename=on_wire) for name, on_wire in wire_names(kind).items()}
        fields: Unstructure = make_dict_unstructure_fn(kind, self._converter, **renamed)
        omitted = _omitted(kind)

        def whole(view: Any) -> Any:
            return view if view.__class__ is orjson.Fragment else fields(view)

        def sparse(view: Any) -> Any:
            return view if view.__class__ is orjson.Fragment else _without(fields(view), omitted)

        return sparse if omitted else whole

    def _row_hook(self, kind: Any) -> Unstructure:
        views: Unstructure = iterable_unstructure_factory(kind, self._converter, unstructure_to=list)
        return lambda row: row if row.__class__ is orjson.Fragment else views(row)


def _kept(encoded: bytes) -> bytes:
    """A copy for what is kept, as a room's card and the reply to a keyed command are: orjson 3.13 leaves its result in the 4 KiB
    that it was written into.
    """
    return bytes(memoryview(encoded))


def _omitted(kind: type) -> tuple[str, ...]:
    """The wire names of the fields that `OMIT_NONE` marks."""
    names = wire_names(kind)
    return tuple(names[field.name] for field in attrs.fields(kind) if field.metadata.get("omit_none"))


def _without(plain: dict[str, Any], omitted: tuple[str, ...]) -> dict[str, Any]:
    for name in omitted:
        if plain[name] is None or plain[name] is False:
            del plain[name]
    return plain
