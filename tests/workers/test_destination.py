"""Where a connection goes by its first bytes, and that the owner is found as the worker reads the same bytes."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.workers.destination import Role, complete, destination, session_of
from tests.gateway.transport_harness import handshake


def head(target: str, *lines: str) -> bytes:
    return "\r\n".join((f"GET {target} HTTP/1.1", "Host: x", *lines, "", "")).encode("latin-1")


@pytest.mark.parametrize(
    ("target", "to"),
    [
        ("/ws/demo", "demo"),
        ("/ws/demo?x=1", "demo"),
        ("/ws/d%65mo", "demo"),
        ("/ws/a%20b", "a b"),
        ("/ws/Gr%C3%B6%C3%9Fe", "Größe"),
        ("http://host/ws/demo", "demo"),
        ("/ws/demo/", "demo"),
        ("/api/sessions/demo/rooms", "demo"),
        ("/api/sessions/d%65mo/attendance.csv?x", "demo"),
        ("/ws/", Role.ANYBODY),
        ("/ws/a%2Fb/c", "a"),
        ("/ws/%00", Role.ANYBODY),
        ("/ws/%ff", Role.ANYBODY),
        ("/ws/" + "x" * 65, Role.ANYBODY),
        ("/wsx/demo", Role.ANYBODY),
        ("/", Role.ANYBODY),
        ("/s/demo/manage", Role.ANYBODY),
        ("/docs", Role.ANYBODY),
        ("/dev/token", Role.ANYBODY),
        ("*", Role.ANYBODY),
        ("/healthz", Role.FRONT),
        ("/readyz?x", Role.FRONT),
        ("/metrics", Role.FRONT),
        ("/metricsx", Role.ANYBODY),
        ("/api/events/e1/rooms", Role.FRONT),
        ("/api/admin/actors", Role.FRONT),
        ("/api/admin/sessions/demo/evict", Role.FRONT),
        ("/api/other", Role.ANYBODY),
    ],
)
def test_connection_goes_to_whom_its_path_belongs(target: str, to: str | Role) -> None:
    assert destination(head(target)).to == to


@pytest.mark.parametrize(
    "data",
    [b"\r\n\r\n", b"nonsense\r\n\r\n", b"GET  /ws/demo HTTP/1.1\r\n\r\n", b"GET /ws/demo\r\n\r\n", b"\x16\x03\x01\x02",
     b"x" * 9_000, b"GET /ws/demo HTTP/1.1\r\nno colon\r\n\r\n",
     b"G\xffT /ws/demo HTTP/1.1\r\n\r\n", b"GET /ws/demo X/1.1\r\n\r\n"],
)  # fmt: skip
def test_malformed_head_goes_to_any_worker_which_refuses_it(data: bytes) -> None:
    assert destination(data).to is Role.ANYBODY
    assert destination(data).head is None


@pytest.mark.parametrize(
    ("data", "whole"),
    [
        (b"", False), (b"GET", False), (b"GET / HTTP/1.1\r\nHost: x\r\n", False), (b"GET / HTTP/1.1\r\nHost: x\r\n\r", False),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", True), (b"GET / HTTP/1.1\nHost: x\n\n", True), (b"\x16\x03", True),
        (b"\r\n", True), (b"G" * 8_192, True), (b"G" * 8_191, False), (b"GET / HTTP/1.1\r\nX: \xff\r\n", False),
    ],
)  # fmt: skip
def test_head_is_waited_for_until_it_is_whole_or_no_more_can_make_it_one(data: bytes, whole: bool) -> None:
    assert complete(data, 8_192) is whole


@given(st.text(st.characters(codec="utf-8", exclude_characters="/", min_codepoint=0x20), min_size=1, max_size=64))
def test_every_session_is_found_under_its_percent_encoded_name(name: str) -> None:
    expected: str | Role = Role.ANYBODY if "\x7f" in name else name
    assert destination(handshake("/ws/" + quote(name, safe=""))).to == expected


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    found = destination(b"GET /ws/" + data)
    assert found.to is Role.ANYBODY or found.head is not None


def test_headers_are_kept_for_the_count_of_clients() -> None:
    found = destination(head("/ws/demo", "X-Forwarded-For: 10.0.0.1 ,  10.0.0.2"))
    assert found.head is not None
    assert found.head.elements(b"x-forwarded-for") == [b"10.0.0.1", b"10.0.0.2"]


def test_path_of_nobody_belongs_to_no_session() -> None:
    assert [session_of(path) for path in ("/", "/ws", "/ws/", "/api/sessions/")] == [None] * 4
