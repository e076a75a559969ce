"""How often an address may ask: a bucket for each, bounded in number, counted by the connection."""

import ipaddress
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from node.buckets import MOST, Buckets

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Limits:
    """Buckets by (kind, address); IPv6 addresses count by their /64."""

    def __init__(self, unlimited: Sequence[Network] = ()) -> None:
        self._unlimited = unlimited
        self._known: dict[str, bool] = {}
        self._buckets = Buckets()

    def take(self, kind: str, address: str | None, each: int, seconds: float, cost: float = 1) -> int:
        """0 when it may go on, else seconds to wait: `each` requests in so many seconds, refilled steadily."""
        if not address or self._is_unlimited(address):
            return 0
        return self.take_named(kind, _block(address), each, seconds, cost)

    def take_named(self, kind: str, name: str, each: int, seconds: float, cost: float = 1) -> int:
        """The same for whatever has a name: an account, an application.  A negative cost gives back."""
        return self._buckets.take(kind, name, each, seconds, cost)

    def take_shared(self, kind: str, address: str | None, each: int, seconds: float) -> int:
        """The same for one bucket of all addresses together; those never counted do not draw from it."""
        if not address or self._is_unlimited(address):
            return 0
        return self.take_named(kind, "all", each, seconds)

    def is_unlimited(self, address: str | None) -> bool:
        """Whether this address is never counted."""
        return not address or self._is_unlimited(address)

    def _is_unlimited(self, address: str) -> bool:
        known = self._known.get(address)
        if known is None:
            found: Any = ipaddress.ip_address(address.partition("%")[0])
            known = any(found.version == network.version and found in network for network in self._unlimited)
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[address] = known
        return known


def network_of(address: str | None) -> str:
    """The network that an address belongs to, as providers hand them out: /24, or /56 of IPv6; '' for none."""
    found = ipaddress.ip_address((address or "").partition("%")[0] or "0.0.0.0")  # noqa: S104
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return str(ipaddress.ip_network((found, 24 if found.version == 4 else 56), strict=False))


@lru_cache(maxsize=4096)  # reading an address costs as much as the bucket
def _block(address: str) -> str:
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return address
