from ipaddress import ip_network

import pytest

from gateway.client_address import client_address, counted_address, is_trusted, normal_address
from gateway.head import RequestHead

PROXIES = (ip_network("10.0.0.0/8"), ip_network("::1/128"))


def head(*forwarded: bytes) -> RequestHead:
    return RequestHead("GET", b"/", "1.1", tuple((b"x-forwarded-for", value) for value in forwarded))


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", [b"1.2.3.4"], "203.0.113.9"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [b"1.2.3.4"], "1.2.3.4"),
        ("10.0.0.1", [b"6.6.6.6, 1.2.3.4"], "1.2.3.4"),
        ("10.0.0.1", [b"6.6.6.6, 1.2.3.4, 10.0.0.2"], "1.2.3.4"),
        ("10.0.0.1", [b"6.6.6.6", b"1.2.3.4, 10.0.0.2"], "1.2.3.4"),
        ("10.0.0.1", [b"1.2.3.4:5678"], "1.2.3.4"),
        ("::1", [b"[2001:db8::1]:99"], "2001:db8::1"),
        ("::ffff:10.0.0.1", [b"2001:db8::1"], "2001:db8::1"),
        ("10.0.0.1", [b"1.2.3.4, unknown"], "10.0.0.1"),
        ("10.0.0.1", [b"1.2.3.4, \xff"], "10.0.0.1"),
    ],
)
def test_forwarded_address_is_believed_from_right_to_left_as_far_as_proxies_are_trusted(
    peer: str, forwarded: list[bytes], client: str
) -> None:
    assert client_address(head(*forwarded), peer, PROXIES) == client


def test_forwarded_address_is_never_believed_when_no_proxy_is_configured() -> None:
    assert client_address(head(b"1.2.3.4"), "127.0.0.1", ()) == "127.0.0.1"


def test_text_that_is_no_address_is_never_trusted() -> None:
    assert not is_trusted("localhost", PROXIES)


def test_addresses_of_one_ipv6_site_are_counted_together() -> None:
    assert counted_address("2001:db8::1") == counted_address("2001:db8::ffff:1") != counted_address("2001:db8:0:1::1")
    assert counted_address("1.2.3.4") == "1.2.3.4"
    assert counted_address("unix") == "unix"


def test_address_is_normal_without_its_zone_and_its_mapping() -> None:
    assert normal_address("fe80::1%eth0") == "fe80::1"
    assert normal_address("::ffff:1.2.3.4") == "1.2.3.4"
    assert normal_address("unix") == "unix"
