"""Envelopes: what a frame must be before its data is looked at."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakout.contract.commands import CommandEnvelope
from breakout.errors import InvalidData, Malformed, UnknownEvent
from gateway.wire.decode import FrameRefused, decode_command, decode_envelope, digest


def refused(text: str) -> FrameRefused:
    with pytest.raises(FrameRefused) as caught:
        decode_envelope(text)
    return caught.value


def test_envelope_is_read_with_every_field() -> None:
    text = '{"event":"breakout.ping","id":"7","data":{"a":[1]},"idempotencyKey":"k-1"}'
    assert decode_envelope(text) == CommandEnvelope("breakout.ping", "7", {"a": [1]}, "k-1")


def test_envelope_needs_nothing_but_its_event() -> None:
    assert decode_envelope('{"event":"breakout.ping"}') == CommandEnvelope("breakout.ping", None, {}, None)


@pytest.mark.parametrize(
    "text",
    [
        "", "nonsense", "null", "[]", "7", '"text"', "true", "\ufeff{}",
        '{"event":"breakout.ping"} {}',
        '{"event":"breakout.ping",}',
        '{"event":"breakout.ping","data":{"a":NaN}}',
        '{"event":"breakout.ping","data":{"a":Infinity}}',
        '{"event":"breakout.ping","data":{"a":1e999}}',
        '{"event":"breakout.ping","data":{"a":' + "9" * 5000 + "}}",
        '{"event":"breakout.ping","data":{"a":"\\ud800"}}',
        '{"event":"breakout.ping","data":{"a":"\ud800"}}',
        '{"event":"breakout.ping","data":{"a":"\x01"}}',
        "[" * 100_000,
        '{"a":' * 3000,
        '{"event":"breakout.ping","data":{"a":' + "[" * 900 + "]" * 900 + "}}",
        '{"event":"breakout.ping","data":{"a":' + "[" * 900 + "]" * 900 + ',"a":1}}',
        '{"event":"breakout.ping","data":{"a":' + "9" * 300 + ',"a":1}}',
        '{"event":"breakout.ping","event":"breakout.ping"}',
        '{"event":"breakout.ping","data":{"roomId":"a","roomId":"b"}}',
        '{"event":"breakout.ping","data":{"a":1,"\\u0061":2}}',
        '{"event":"breakout.ping","data":[{"a":":","a":":"}]}',
        "{}",
        '{"event":null}', '{"event":7}', '{"event":["breakout.ping"]}',
        '{"event":"breakout.ping","data":null}',
        '{"event":"breakout.ping","data":[]}',
        '{"event":"breakout.ping","data":"{}"}',
    ],
    ids=lambda text: ascii(text[:48]),
)
def test_frame_is_malformed_when_it_is_no_object_of_the_envelopes_form(text: str) -> None:
    assert isinstance(refused(text).refusal, Malformed)


def test_duplicate_key_is_named_when_it_hides_among_colons_in_strings() -> None:
    text = '{"event":"breakout.chat.send","data":{"text":"a:b","text":"https://x"}}'
    assert refused(text).refusal.message == 'the frame has the key "text" twice'


def test_colons_in_strings_are_no_duplicates() -> None:
    text = '{"event":"breakout.chat.send","id":"a:b","data":{"text":"10:30: see https://x \\" : ","a:b":[{":":":"}]}}'
    assert decode_envelope(text).data == {"text": '10:30: see https://x " : ', "a:b": [{":": ":"}]}


@pytest.mark.parametrize("wrong", ['""', '"' + "x" * 65 + '"', "7", "null", "true", '["7"]', "{}"])
def test_id_is_refused_and_not_echoed_when_it_is_no_short_string(wrong: str) -> None:
    error = refused('{"event":"breakout.ping","id":' + wrong + "}")
    assert error.envelope_id is None
    assert error.refusal.details == {"fields": {"id": "must be a string of 1-64 characters"}}


@pytest.mark.parametrize("wrong", ["", "x" * 65, "a\0b", 7, None, True, ["k"]])
def test_idempotency_key_is_refused_when_it_is_no_short_plain_string(wrong: object) -> None:
    error = refused(json.dumps({"event": "breakout.ping", "id": "7", "idempotencyKey": wrong}))
    assert error.envelope_id == "7"
    assert list(error.refusal.details["fields"]) == ["idempotencyKey"]


def test_unknown_envelope_fields_are_named_with_what_was_meant() -> None:
    error = refused('{"event":"breakout.ping","id":"7","idempotenceKey":"k","expectedRevision":3}')
    assert isinstance(error.refusal, InvalidData)
    assert error.refusal.details["fields"] == {
        "expectedRevision": "is not a field here",
        "idempotenceKey": 'is not a field here; did you mean "idempotencyKey"?',
    }


def test_flood_of_unknown_envelope_fields_gives_a_short_refusal() -> None:
    fields = {f"{number:03}{'x' * 200}": 1 for number in range(60)}
    error = refused(json.dumps({"event": "breakout.ping", **fields}))
    assert len(error.refusal.details["fields"]) == 20
    assert all(len(name) == 64 for name in error.refusal.details["fields"])


def test_malformed_data_keeps_the_id_when_it_could_be_read() -> None:
    assert refused('{"event":"breakout.ping","id":"7","data":[]}').envelope_id == "7"


@pytest.mark.parametrize(
    ("event", "hint"),
    [
        ("breakout.room.jion", '; did you mean "breakout.room.join"?'),
        ("room.join", '; did you mean "breakout.room.join"?'),
        ("Breakout.Ping", '; did you mean "breakout.ping"?'),
        ("breakout.timer.Stop", '; did you mean "breakout.timer.stop"?'),
        ("qqqqqqqq", ""),
        ("", ""),
    ],
)
def test_unknown_event_is_refused_with_the_nearest_name(event: str, hint: str) -> None:
    with pytest.raises(UnknownEvent) as caught:
        decode_command(CommandEnvelope(event))
    assert caught.value.message == f'there is no event "{event}"{hint}'


def test_unknown_event_is_cut_when_it_is_long() -> None:
    with pytest.raises(UnknownEvent) as caught:
        decode_command(CommandEnvelope("<script>" * 2000))
    assert len(caught.value.message) < 100


def test_digest_is_the_same_when_only_the_order_of_keys_differs() -> None:
    one, other = {"a": 1, "b": {"c": [1], "d": "x"}}, {"b": {"d": "x", "c": [1]}, "a": 1}
    assert digest("breakout.room.create", one) == digest("breakout.room.create", other)
    assert len(digest("breakout.room.create", one)) == 16


@pytest.mark.parametrize(
    ("event", "data"),
    [("breakout.room.join", {"a": 1}), ("breakout.room.leave", {"a": 2}), ("breakout.room.leave", {"a": "1"}),
     ("breakout.room.leave", {}), ("breakout.room.leave", {"a": 1, "b": None}), ("breakout.room.leave", {"a": [1]})],
)
def test_digest_differs_when_event_or_data_differ(event: str, data: dict[str, object]) -> None:
    assert digest(event, data) != digest("breakout.room.leave", {"a": 1})


@given(st.text())
def test_any_text_gives_an_envelope_or_a_refusal(text: str) -> None:
    with suppress(FrameRefused):
        assert isinstance(decode_envelope(text), CommandEnvelope)
