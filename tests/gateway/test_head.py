import pytest

from gateway.head import RequestHead, RequestRefused


def head(target: bytes, *headers: tuple[bytes, bytes]) -> RequestHead:
    return RequestHead("GET", target, "1.1", headers)


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        (b"/", "/", b""),
        (b"/ws/caf%C3%A9?a=%20b", "/ws/café", b"a=%20b"),
        (b"http://host:8/x?y", "/x", b"y"),
        (b"HTTPS://host", "/", b""),
        (b"/a?b?c", "/a", b"b?c"),
    ],
)
def test_target_is_split_and_decoded(target: bytes, path: str, query: bytes) -> None:
    parsed = head(target)
    assert (parsed.path, parsed.query) == (path, query)


@pytest.mark.parametrize("target", [b"*", b"x", b"/%00", b"/ws/%0a", b"/%7f", b"/%ff", b"/%c3"])
def test_target_is_refused_with_400_when_it_is_no_path(target: bytes) -> None:
    with pytest.raises(RequestRefused) as refused:
        head(target)
    assert refused.value.status == 400


def test_headers_are_found_in_lower_case_and_in_order() -> None:
    parsed = head(b"/", (b"X-Thing", b"a, b"), (b"x-thing", b" c ,"))
    assert parsed.value(b"x-thing") == b"a, b"
    assert parsed.values(b"x-thing") == [b"a, b", b" c ,"]
    assert parsed.elements(b"x-thing") == [b"a", b"b", b"c"]
    assert parsed.value(b"other") is None
