import pytest

from bench.wire import PING, TEXT, client_frame, refusal, split_frames, upgrade_request
from gateway.frame import text_frame


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
def test_frames_are_split_where_servers_end_them(size):
    frame = text_frame(b"x" * size)
    assert split_frames(frame + frame + b"\x81") == ([(TEXT, b"x" * size)] * 2, b"\x81")


def test_half_a_frame_waits_for_the_rest():
    frame = text_frame(b"x" * 300)
    for cut in range(len(frame)):
        assert split_frames(frame[:cut]) == ([], frame[:cut])


@pytest.mark.parametrize(("size", "head"), [(5, b"\x85"), (126, b"\xfe\x00\x7e"), (65_535, b"\xfe\xff\xff")])
def test_client_frames_are_masked_with_zeros(size, head):
    assert client_frame(b"y" * size, PING) == b"\x89" + head + bytes(4) + b"y" * size


def test_client_frame_beyond_its_format_is_refused():
    with pytest.raises(ValueError, match=r"65,535"):
        client_frame(b"y" * 65_536)


def test_token_is_in_the_head_and_never_in_the_path():
    lines = upgrade_request("h:1", "/ws/s0", "breakout.v1", "secret").decode().split("\r\n")
    assert lines[0] == "GET /ws/s0 HTTP/1.1"
    assert "Authorization: Bearer secret" in lines
    assert lines[-2:] == ["", ""]


def test_refused_handshake_is_one_line_for_people():
    said = refusal(b"HTTP/1.1 503 Full\r\nRetry-After: 5", b'{"error":{"code":"full"}}')
    assert said == 'the server refused a connection: 503 Full {"error":{"code":"full"}}'
