"""The one way out: every connection to another server goes through this client.

It judges the address that is really connected to, so that neither a redirect, a DNS
answer nor an odd spelling leads inside; it never follows a redirect by itself, stops
at a size and at a total time, and sends no cookies.
"""

import asyncio
import ipaddress
import socket
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

from federation import vocabulary as v
from node.errors import Invalid, TooLarge, Unreachable

MEBIBYTE = 1_048_576
CONNECT_SECONDS = 5
TOTAL_SECONDS = 10
AT_ONCE = 128  # connections
AT_ONCE_PER_HOST = 4
STREAMS = 16  # films passed on at once

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# is_global lets these pass, though each can lead back inside.
_EMBEDDING = [
    ipaddress.ip_network(one)
    for one in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "::ffff:0:0/96", "fec0::/10")
]
_HANDED_OUT = ipaddress.ip_network("2000::/3")  # all of IPv6 that anybody outside has


def _limits(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)


USUAL = _limits(TOTAL_SECONDS)  # made once, not for each letter


class Refused(OSError):
    """The address is not one that we connect to."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; body is whole and inflated."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").strip()


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer whose body is still to come, as it is sent: nothing is inflated."""

    status: int
    headers: Mapping[str, str]
    _response: aiohttp.ClientResponse

    @property
    def content_type(self) -> str:
        return self._response.content_type.lower()

    @property
    def length(self) -> int | None:
        return self._response.content_length

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body, piece by piece.  Raises Unreachable when it breaks off."""
        try:
            async for chunk in self._response.content.iter_chunked(65_536):
                yield chunk
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unreachable("The other server did not answer.", error=repr(error)) from error


def may_connect(address: Address, networks: Sequence[Network], development: bool) -> bool:
    """Whether an address is outside: global, or of `networks` when any are named.

    development adds this machine's own loopback, unless networks are named.
    """
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if networks:
        return any(address.version == network.version and address in network for network in networks)
    if development and address.is_loopback:
        return True
    if address.is_multicast or address.is_unspecified or not address.is_global:
        return False
    if address.version == 6 and address not in _HANDED_OUT:
        return False
    return not any(address.version == network.version and address in network for network in _EMBEDDING)


class Client:
    """Opened on the running loop with `open`, ended with `close`."""

    def __init__(self, *, user_agent: str, networks: Sequence[Network] = (), development: bool = False) -> None:
        self._networks = networks
        self._development = development
        self._user_agent = user_agent
        self._session: aiohttp.ClientSession
        self._streams: aiohttp.ClientSession

    def open(self) -> None:
        """Call once, on the running loop."""
        connector = aiohttp.TCPConnector(
            limit=AT_ONCE, limit_per_host=AT_ONCE_PER_HOST, ttl_dns_cache=60, keepalive_timeout=20,
            socket_factory=self._socket,
        )  # fmt: skip
        self._session = self._session_of(connector)
        # A film may take half an hour: it must not hold the places that letters need.
        self._streams = self._session_of(
            aiohttp.TCPConnector(
                limit=STREAMS, limit_per_host=STREAMS // 2, force_close=True, socket_factory=self._socket
            )
        )

    async def close(self) -> None:
        """No connection is left."""
        await self._session.close()
        await self._streams.close()

    def check(self, url: str) -> str:
        """The URL itself when it may be asked for: scheme, host, port.  Raises Invalid."""
        return v.check_uri(url, self._development, fragment=False)

    async def get(self, url: str, headers: Mapping[str, str], *, limit: int = MEBIBYTE,
                  seconds: float = TOTAL_SECONDS, cut: bool = False) -> Answer:  # fmt: skip
        """What url answers, a redirect as it stands; cut: of a longer body the first `limit` bytes.

        Raises Invalid for a URL we do not ask, TooLarge past `limit` inflated bytes,
        Unreachable when nothing whole came in time.
        """
        return await self._ask("GET", url, headers, None, limit, seconds, cut=cut)

    @asynccontextmanager
    async def stream(self, url: str, headers: Mapping[str, str], *, seconds: float) -> AsyncIterator[Stream]:
        """What url answers, a redirect as it stands, while it comes; whoever reads counts the bytes.

        Raises Invalid for a URL we do not ask, Unreachable when nothing came.
        """
        self.check(url)
        limits = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS, sock_read=TOTAL_SECONDS)
        try:
            response = await self._streams.get(
                URL(url, encoded=True), headers=headers, allow_redirects=False, timeout=limits
            )
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise Unreachable("The other server did not answer.", url=url, error=repr(error)) from error
        try:
            yield Stream(response.status, response.headers, response)
        finally:
            response.close()

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, *,
                   seconds: float = TOTAL_SECONDS) -> Answer:  # fmt: skip
        """What url answers to body; of the answer at most 64 kB.  Raises as get does."""
        return await self._ask("POST", url, headers, body, 65_536, seconds)

    async def dial(self, host: str, port: int, seconds: float = CONNECT_SECONDS) -> socket.socket:
        """A connected socket to the operator's own mail server, blocking, which the caller closes.

        Unlike a peer, this server is the operator's choice and may stand on this machine or in
        its network; where `serve` names networks, it must lie in one of them all the same.
        Raises Unreachable.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds):
                found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
                for family, kind, protocol, _, sockaddr in found:
                    address = ipaddress.ip_address(str(sockaddr[0]).partition("%")[0])
                    if self._networks and not may_connect(address, self._networks, self._development):
                        continue
                    made = socket.socket(family, kind, protocol)
                    made.setblocking(False)
                    try:
                        await loop.sock_connect(made, sockaddr)
                        return made
                    except BaseException as error:
                        made.close()
                        if not isinstance(error, OSError):
                            raise
        except (OSError, UnicodeError) as error:  # a TimeoutError is one
            raise Unreachable("The mail server does not answer.", host=host, error=repr(error)) from error
        raise Unreachable("The mail server does not answer.", host=host)

    async def _ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, limit: int,
                   seconds: float, *, cut: bool = False) -> Answer:  # fmt: skip
        self.check(url)
        try:
            async with self._session.request(
                method, URL(url, encoded=True), data=body, headers=headers, allow_redirects=False,
                timeout=USUAL if seconds == TOTAL_SECONDS else _limits(seconds),
            ) as response:  # fmt: skip
                content = await _read(response, limit, cut=cut)
                return Answer(response.status, response.headers, content)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, zlib.error) as error:
            raise Unreachable("The other server did not answer.", url=url, error=repr(error)) from error

    def _session_of(self, connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            timeout=USUAL,
            headers={"User-Agent": self._user_agent, "Accept-Encoding": "gzip"},
            skip_auto_headers=("Accept", "Content-Type"),
        )

    def _socket(self, found: Any) -> socket.socket:
        """Called with the very address about to be connected to."""
        family, kind, protocol, _, sockaddr = found
        if not may_connect(ipaddress.ip_address(sockaddr[0].partition("%")[0]), self._networks, self._development):
            raise Refused(f"{sockaddr[0]} is not outside")
        return socket.socket(family, kind, protocol)


async def _read(response: aiohttp.ClientResponse, limit: int, *, cut: bool = False) -> bytes:
    """The inflated body; gzip at the most, once, and never more than limit bytes of it: the first of them, or none."""
    if response.content.at_eof():  # most letters are answered with nothing
        return b""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise Invalid("The other server answered in an encoding that we did not ask for.")
    inflate = zlib.decompressobj(16 + zlib.MAX_WBITS) if "gzip" in encoding else None
    parts: list[bytes] = []
    size = sent = 0
    async for chunk in response.content.iter_chunked(65_536):
        sent += len(chunk)
        part = inflate.decompress(chunk, limit - size + 1) if inflate else chunk
        size += len(part)
        if size > limit or sent > limit:
            response.close()
            if cut:
                return b"".join((*parts, part))[:limit]
            raise TooLarge("The other server sent more than we take.", url=str(response.url))
        parts.append(part)
        if inflate is not None and inflate.eof:
            response.close()  # whatever follows is no part of it
            break
    if inflate is not None and not inflate.eof and size:
        raise aiohttp.ClientPayloadError("the gzip stream is cut")
    return b"".join(parts)


def read_networks(written: Sequence[str]) -> list[Network]:
    """Networks as typed, `127.0.0.11/32`.  Raises Invalid."""
    try:
        return [ipaddress.ip_network(one, strict=False) for one in written]
    except ValueError as error:
        raise Invalid("{network} is no network.", network=", ".join(written)) from error
