"""Whom a network address stands for, where limits count by address."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

NETWORK_BITS = 64  # what a provider gives to one customer at least (RFC 6177)

REMEMBERED_MAX = 4_096


@lru_cache(REMEMBERED_MAX)  # reading one takes longer than all else that is done for a connection
def counted_address(address: str) -> str:
    """Return what an address is counted as: an IPv6 one as its network, or one stranger is many."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((found, NETWORK_BITS), strict=False))
