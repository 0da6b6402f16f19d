import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto.frame_protocol import FrameProtocol, Opcode

from gateway.frame import close_frame, ping_frame, text_frame


def decoded(frame: bytes) -> tuple[Opcode, object]:
    protocol = FrameProtocol(client=True, extensions=[])
    protocol.receive_bytes(frame)
    pieces = list(protocol.received_frames())
    payload = pieces[0].payload if len(pieces) == 1 else "".join(str(piece.payload) for piece in pieces)
    return pieces[0].opcode, payload


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, 70000])
def test_text_frame_is_what_an_independent_decoder_reads_at_every_length_form(size: int) -> None:
    assert decoded(text_frame(b"x" * size)) == (Opcode.TEXT, "x" * size)


@pytest.mark.parametrize(("size", "header"), [(125, 2), (126, 4), (65535, 4), (65536, 10)])
def test_text_frame_uses_the_shortest_length_form(size: int, header: int) -> None:
    assert len(text_frame(b"x" * size)) == header + size


@given(code=st.sampled_from([1000, 1003, 1008, 1009, 1011, 1012, 4001, 4008]), reason=st.text(max_size=200))
def test_close_frame_is_valid_whatever_the_reason(code: int, reason: str) -> None:
    opcode, payload = decoded(close_frame(code, reason))
    assert opcode is Opcode.CLOSE
    assert isinstance(payload, tuple)
    assert payload[0] == code
    assert reason.startswith(payload[1])


def test_close_reason_is_cut_at_the_end_of_a_character_when_it_is_too_long() -> None:
    assert decoded(close_frame(1000, "ä" * 100)) == (Opcode.CLOSE, (1000, "ä" * 61))


def test_ping_carries_its_payload() -> None:
    assert decoded(ping_frame(b"abc")) == (Opcode.PING, b"abc")


def test_ping_is_refused_when_its_payload_is_longer_than_a_control_frame() -> None:
    with pytest.raises(ValueError, match="at most 125"):
        ping_frame(b"x" * 126)
