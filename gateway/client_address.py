"""Who is at the other end, as far as it can be believed."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from gateway.head import RequestHead
from gateway.transport_settings import Network

_IPV6_SITE_BITS = 64


def is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    """Whether `address` belongs to a configured proxy; text that is no address never does."""
    if not trusted:
        return False
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in trusted)


def client_address(head: RequestHead, peer: str, trusted: Sequence[Network]) -> str:
    """The address nearest to the client that a trusted party vouches for.

    X-Forwarded-For is read from right to left: every entry was added by the machine to its left's right neighbour, so
    the first one that is not a proxy of ours is the client, and whatever stands further left is the client's own word.
    """
    address = normal_address(peer)
    for entry in reversed(head.elements(b"x-forwarded-for")):
        if not is_trusted(address, trusted):
            break
        claimed = _without_port(entry.decode("latin-1"))
        if claimed is None:
            break
        address = claimed
    return address


@lru_cache(maxsize=1024)
def normal_address(address: str) -> str:
    """`address` without a zone, and an IPv4 address that arrived on an IPv6 socket as IPv4."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return str(mapped or parsed)


@lru_cache(maxsize=1024)
def counted_address(address: str) -> str:
    """What connections are counted by: an IPv4 address, or an IPv6 /64, which is what one site has to itself."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    return str(IPv6Address(int(parsed) >> _IPV6_SITE_BITS << _IPV6_SITE_BITS))


def _without_port(entry: str) -> str | None:
    """An entry of X-Forwarded-For as an address: `1.2.3.4`, `1.2.3.4:5`, `::1`, `[::1]:5`; None when it is none."""
    text = entry[1:].partition("]")[0] if entry.startswith("[") else entry
    if text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return normal_address(str(ip_address(text)))
    except ValueError:
        return None
