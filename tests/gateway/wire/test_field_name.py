import pytest

from breakout.chat import Message
from gateway.wire.field_name import wire_name, wire_names


@pytest.mark.parametrize(
    ("name", "on_wire"),
    [("id", "id"), ("room_id", "roomId"), ("speaking_time_seconds", "speakingTimeSeconds"), ("delay_p50_ms", "delayP50Ms"),
     ("self_", "self")],
)
def test_wire_name_is_camel_case(name: str, on_wire: str) -> None:
    assert wire_name(name) == on_wire


def test_wire_names_keep_the_order_of_the_class() -> None:
    assert list(wire_names(Message).values()) == ["id", "roomId", "user", "text", "sentAt"]
