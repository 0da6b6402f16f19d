"""From the text of a frame to a command: first the envelope, then its data.

The two steps are apart because an error about the data still needs the envelope's id, and because the connection may
refuse (too fast, no permission) without looking at the data.
"""

from difflib import get_close_matches
from hashlib import blake2b
from typing import Any

import orjson
from cattrs.errors import BaseValidationError, CattrsError

from breakout.contract.commands import CommandEnvelope
from breakout.contract.constraint import Text
from breakout.contract.table import COMMAND_BY_EVENT, CommandSpec
from breakout.errors import InvalidData, Malformed, Refusal, UnknownEvent
from gateway.wire.command_converter import command_converter
from gateway.wire.fault import MAX_NAME, faults, unknown_field
from gateway.wire.field_check import WrongValue, text_check
from gateway.wire.json_object import read_object

MAX_ID_LENGTH = 64
"""Characters of an envelope's `id`; any characters, it is only echoed."""

DIGEST_BYTES = 16
"""128 bits tell the commands under one key of one user apart; nobody gains by forging their own."""

_ENVELOPE_FIELDS = ("event", "id", "data", "idempotencyKey")
_check_key = text_check(Text(64))
_FAST = command_converter(detailed=False)
_DETAILED = command_converter(detailed=True)
_BUILD = {spec.command: _FAST.get_structure_hook(spec.command) for spec in COMMAND_BY_EVENT.values()}


class FrameRefused(Exception):
    """A frame has no valid envelope. Nothing was done.

    Attributes:
        envelope_id: The frame's `id` where a valid one could be read, else None: the error reply echoes it.
        refusal: `Malformed` or `InvalidData`.
    """

    def __init__(self, envelope_id: str | None, refusal: Refusal) -> None:
        self.envelope_id = envelope_id
        self.refusal = refusal
        super().__init__(refusal.message)


def decode_envelope(text: str) -> CommandEnvelope:
    """The envelope of one text frame; its data is any JSON object so far.

    Raises:
        FrameRefused: Not a JSON object of the envelope's form (`Malformed`), or with an unknown field or a wrong `id` or
            `idempotencyKey` (`InvalidData`).
    """
    envelope_id = None
    try:
        frame = read_object(text)
        envelope_id = _readable_id(frame)
        return _envelope(frame)
    except Refusal as refusal:
        raise FrameRefused(envelope_id, refusal) from None


def decode_command(envelope: CommandEnvelope) -> tuple[CommandSpec, Any]:
    """The command that an envelope carries, with its row of the table.

    Raises:
        UnknownEvent: No such command; the message names the nearest one.
        InvalidData: `details.fields` says per path what is wrong, for the first 20 faults.
    """
    spec = COMMAND_BY_EVENT.get(envelope.event)
    if spec is None:
        raise UnknownEvent(_unknown_event(envelope.event))
    try:
        return spec, _BUILD[spec.command](envelope.data, spec.command)
    except (KeyError, WrongValue, CattrsError):
        raise _explain(spec, envelope) from None


def digest(event: str, data: object) -> bytes:
    """What tells two commands under one idempotency key apart: 16 bytes over the event and its data.

    The order of the keys in `data` does not matter; a field given with its default differs from one left out.
    """
    canonical = orjson.dumps([event, data], option=orjson.OPT_SORT_KEYS)
    return blake2b(canonical, digest_size=DIGEST_BYTES).digest()


def _readable_id(frame: dict[str, Any]) -> str | None:
    given = frame.get("id")
    return given if type(given) is str and 1 <= len(given) <= MAX_ID_LENGTH else None


def _envelope(frame: dict[str, Any]) -> CommandEnvelope:
    event, data = frame.get("event"), frame.get("data", {})
    if type(event) is not str or type(data) is not dict:
        raise Malformed
    wrong = _envelope_faults(frame)
    if wrong:
        raise InvalidData(wrong)
    return CommandEnvelope(event, frame.get("id"), data, frame.get("idempotencyKey"))


def _envelope_faults(frame: dict[str, Any]) -> dict[str, str]:
    unknown = sorted(frame.keys() - set(_ENVELOPE_FIELDS))[:20]
    wrong = {name[:MAX_NAME]: unknown_field(name, list(_ENVELOPE_FIELDS)) for name in unknown}
    if "id" in frame and _readable_id(frame) is None:
        wrong["id"] = f"must be a string of 1-{MAX_ID_LENGTH} characters"
    if "idempotencyKey" in frame:
        try:
            _check_key(frame["idempotencyKey"], str)
        except WrongValue as error:
            wrong["idempotencyKey"] = str(error)
    return wrong


def _unknown_event(event: str) -> str:
    known = {name.removeprefix("breakout."): name for name in COMMAND_BY_EVENT}
    near = get_close_matches(event[:MAX_NAME].lower().removeprefix("breakout."), known, n=1)
    hint = f'; did you mean "{known[near[0]]}"?' if near else ""
    return f'there is no event "{event[:MAX_NAME]}"{hint}'


def _explain(spec: CommandSpec, envelope: CommandEnvelope) -> InvalidData:
    try:
        _DETAILED.structure(envelope.data, spec.command)
    except BaseValidationError as error:
        return InvalidData(faults(error))
    raise AssertionError(f"{spec.command.__name__} was refused by one converter and accepted by the other")
