"""The door for addresses on the network: those that get no answer, and those that may not simply join;
and for servers that we do not speak with.

Behind a proxy of the operator's own (`serve --behind`) the address is the one that the
proxy names in X-Forwarded-For; from anybody else that header is not believed.
"""

import ipaddress
from collections.abc import Sequence

from aiohttp import web

from federation import signatures
from federation import vocabulary as v
from federation.bridge import now
from node import hosts
from node.care import gates
from web.errors import Handler
from web.state import BRIDGE

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Rule = tuple[Network, str, int | None]
STRICTEST = {"no_access": 3, "sign_up_block": 2, "sign_up_requires_approval": 1}


class Gates:
    """The blocks that hold, read once until one changes."""

    def __init__(self, behind: Sequence[Network] = ()) -> None:
        self._behind = behind
        self._rules: list[Rule] | None = None

    def forget(self) -> None:
        self._rules = None

    @property
    def open(self) -> bool:
        """Whether no block is known to hold, for nobody: the state of nearly every node."""
        return self._rules is not None and not self._rules

    async def severity(self, request: web.Request) -> str:
        """The strictest that holds for who asks; '' for nearly everybody."""
        if self._rules is None:
            store = request.app[BRIDGE].store
            found = await store.read(gates.holding, now())
            self._rules = [(ipaddress.ip_network(network), severity, until) for network, severity, until in found]
        return self._of(request.remote) if self._rules else ""

    def _of(self, remote: str | None) -> str:
        address = _read(remote or "")
        if address is None:
            return ""
        at = now()
        held = [
            severity
            for network, severity, until in self._rules or []
            if _within(address, [network]) and (until is None or until > at)
        ]
        return max(held, key=STRICTEST.__getitem__, default="")

    def seen_from(self, request: web.Request) -> web.Request:
        """The request with the address of who really asks."""
        remote = _read(request.remote or "") if self._behind else None
        if remote is None or not _within(remote, self._behind):
            return request
        named = ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")
        for one in reversed(named[-20:]):  # the last is what our own proxy saw
            address = _read(one.strip())
            if address is None:
                break
            if not _within(address, self._behind):
                return request.clone(remote=str(address))
        return request


def _read(written: str) -> Address | None:
    try:
        address = ipaddress.ip_address(written.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, ipaddress.IPv6Address) else address


def _within(address: Address, networks: Sequence[Network]) -> bool:
    return any(network.version == address.version and address in network for network in networks)


GATES: web.AppKey[Gates] = web.AppKey("gates", Gates)


def prepare(app: web.Application, behind: Sequence[Network] = ()) -> None:
    """The application has its door, behind proxies with these addresses."""
    app[GATES] = Gates(behind)
    app.on_startup.append(_listen)


async def _listen(app: web.Application) -> None:
    app[BRIDGE].store.on("gates", app[GATES].forget)


@web.middleware
async def keep_out(request: web.Request, handler: Handler) -> web.StreamResponse:
    """403 for an address that has no access, whatever it asks for; for the others, who asks is known from here on."""
    gates_ = request.app[GATES]
    request = gates_.seen_from(request)
    if not gates_.open and await gates_.severity(request) == "no_access":
        return web.json_response({"error": "This action is not allowed"}, status=403)
    if request.method in ("GET", "HEAD") and _refused(request):
        return web.json_response({"error": "Record not found"}, status=404)
    return await handler(request)


def _refused(request: web.Request) -> bool:
    """Whether a server that we do not speak with says that it asks: what it says against itself needs no proof."""
    key = signatures.claimed_key(request.headers)
    return bool(key) and request.app[BRIDGE].store.glance(hosts.refuses, v.host(key))
