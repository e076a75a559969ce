"""The way out: which addresses are connected to, and how much of an answer is taken."""

import asyncio
import gzip
import ipaddress
import zlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from federation import fetch
from federation import vocabulary as v
from federation.client import Client, may_connect, read_networks
from node.errors import Invalid, NodeError, TooLarge, Unreachable

INSIDE = [
    "127.0.0.1", "127.0.0.99", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "0.1.2.3",
    "192.0.0.1", "192.0.2.1", "198.18.0.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::1", "::", "fe80::1", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1",
    "2002:7f00:1::", "2002:a00:1::1", "2001:0:7f00:1::1", "::ffff:0:127.0.0.1", "5f00::1", "4000::1", "400::1",
]  # fmt: skip
OUTSIDE = ["93.184.215.14", "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1"]


@pytest.mark.parametrize("address", INSIDE)
def test_nothing_inside_is_connected_to(address):
    assert not may_connect(ipaddress.ip_address(address), [], False)


@pytest.mark.parametrize("address", OUTSIDE)
def test_the_internet_is_connected_to(address):
    assert may_connect(ipaddress.ip_address(address), [], False)
    assert may_connect(ipaddress.ip_address(address), [], True)


def test_a_development_node_reaches_itself_and_the_internet():
    for address, right in (("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("10.0.0.1", False), ("169.254.169.254", False),
                           ("0.0.0.0", False), ("::", False), ("192.168.0.1", False)):  # fmt: skip
        assert may_connect(ipaddress.ip_address(address), [], True) is right, address


def test_named_networks_are_reached_and_nothing_else():
    networks = read_networks(["127.0.0.11/32", "10.1.0.0/16"])
    for address, right in (("127.0.0.11", True), ("10.1.2.3", True), ("::ffff:127.0.0.11", True), ("127.0.0.1", False), ("::1", False),
                           ("1.1.1.1", False), ("10.2.0.1", False), ("64:ff9b::a01:203", False)):  # fmt: skip
        for development in (True, False):
            assert may_connect(ipaddress.ip_address(address), networks, development) is right, address


def test_what_is_no_network_is_said():
    with pytest.raises(Invalid):
        read_networks(["127.0.0.1/33"])


BAD = [
    "http://peer.example/x", "ftp://peer.example/x", "file:///etc/passwd", "gopher://peer.example/", "data:text/plain,x", "unix:/x",
    "//peer.example/x", "https://peer.example:22/x", "https://peer.example:443/x", "https://user@peer.example/x",
    "https://user:p@peer.example/x", "https://peer.example\\@evil.example/x", "https://peer.example/a b", "https://peer.example/a\r\nX: y",
    "https://peer.example/\x00", "https://PEER.example/x", "HTTPS://peer.example/x", "https://peer.example./x", "https://peer..example/x", "https://peer/x",
    "https://127.0.0.1/x", "https://2130706433/x", "https://0x7f000001/x", "https://0x7f.1/x", "https://0177.0.0.1/x", "https://127.1/x",
    "https://[::1]/x", "https://[::ffff:7f00:1]/x", "https://localhost/x", "https://peer。example/x", "https://pe\u0435r.example/x",
    "https://peer.example/../x", "https://peer.example/./x", "https://peer.example/x#y", "https://", "", "https://" + "a" * 3000 + ".example/",
]  # fmt: skip


@pytest.mark.parametrize("url", BAD, ids=range(len(BAD)))
def test_an_odd_address_is_not_asked(url):
    with pytest.raises(Invalid):
        v.check_uri(url, False)


def test_development_alone_allows_http_ports_and_addresses():
    for url in (
        "http://127.0.0.11:9411/x",
        "http://localhost:8001/x",
        "http://[::1]:80/x",
        "https://peer.example:8443/x",
    ):
        assert v.check_uri(url, True) == url
    for url in (
        "http://user@127.0.0.1/x",
        "http://127.0.0.1:x/",
        "ftp://127.0.0.1/x",
        "http://127.0.0.1/\n",
        "http://LOCALHOST/x",
    ):
        with pytest.raises(Invalid):
            v.check_uri(url, True)


class Far:
    """A server with one answer: whatever `reply` does."""

    def __init__(self) -> None:
        self.asked = 0
        self.reply: Any = None
        self.headers: Any = None

    async def start(self, host: str = "127.0.0.1") -> None:
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        self.port, self.url = port, f"http://{host}:{port}/x"

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked += 1
        self.headers = request.headers.copy()
        found: web.StreamResponse = await self.reply(request)
        return found


@pytest_asyncio.fixture
async def far() -> AsyncIterator[Far]:
    made = Far()
    await made.start()
    yield made
    await made.stop()


async def client(networks: list[str] | None = None, *, development: bool = True) -> Client:
    made = Client(user_agent="test", networks=read_networks(networks or []), development=development)
    made.open()
    return made


async def ok(request: web.Request) -> web.Response:
    return web.Response(body=b"{}")


async def test_the_address_connected_to_decides_and_not_the_name(far):
    """`localhost` is a fine name, in development, and still leads nowhere when its address is not among those named."""
    far.reply = ok
    for networks, right in (([], True), (["127.0.0.0/8"], True), (["127.0.0.2/32"], False), (["10.0.0.0/8"], False)):
        one = await client(networks)
        for host in ("127.0.0.1", "localhost"):
            if right:
                assert (await one.get(f"http://{host}:{far.port}/x", {})).status == 200
            else:
                with pytest.raises(Unreachable):
                    await one.get(f"http://{host}:{far.port}/x", {})
        await one.close()
    assert far.asked == 4


async def test_a_name_that_resolves_inside_is_not_reached_outside_development(far):
    """As a rebinding DNS answers: the name is good, its address is ours."""
    far.reply = ok
    for host in ("localhost", "127.0.0.1"):
        with pytest.raises(Unreachable):
            await _unchecked(f"http://{host}:{far.port}/x")
    assert far.asked == 0


async def _unchecked(url: str) -> Any:
    """Ask with a client that would take any spelling, so that only the filter of addresses is left."""

    class Trusting(Client):
        def check(self, url: str) -> str:
            return url

    trusting = Trusting(user_agent="test")
    trusting.open()
    try:
        return await trusting.get(url, {})
    finally:
        await trusting.close()


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0.0.0.0", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"]
)
async def test_another_spelling_of_the_same_address_is_the_same_address(far, host):
    far.reply = ok
    with pytest.raises(Unreachable):
        await _unchecked(f"http://{host}:{far.port}/x")
    assert far.asked == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_post_follows_no_redirect(far, status):
    async def reply(request: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": far.url + "/elsewhere"})

    far.reply = reply
    one = await client()
    assert (await one.post(far.url, {}, b"x")).status == status
    assert far.asked == 1
    await one.close()


async def stream(
    request: web.Request, parts: Any, headers: dict[str, str] | None = None, wait: float = 0
) -> web.StreamResponse:
    response = web.StreamResponse(headers=headers or {})
    await response.prepare(request)
    try:
        for part in parts:
            await response.write(part)
            await asyncio.sleep(wait)
    except (ConnectionError, RuntimeError):
        pass
    return response


async def test_an_endless_body_is_cut(far):
    async def reply(request: web.Request) -> web.StreamResponse:
        return await stream(request, (b"x" * 65_536 for _ in range(4096)))

    far.reply = reply
    one = await client()
    with pytest.raises(TooLarge):
        await one.get(far.url, {}, limit=300_000)
    await one.close()


async def test_a_drip_ends_with_the_total_time(far):
    async def reply(request: web.Request) -> web.StreamResponse:
        return await stream(request, (b"x" for _ in range(100)), wait=0.05)

    far.reply = reply
    one = await client()
    before = asyncio.get_running_loop().time()
    with pytest.raises(Unreachable):
        await one.get(far.url, {}, seconds=0.3)
    assert asyncio.get_running_loop().time() - before < 2
    await one.close()


BOMB = gzip.compress(b"\0" * 20_000_000, 9)


@pytest.mark.parametrize(
    ("headers", "body", "error"),
    [
        ({"Content-Encoding": "gzip"}, BOMB, TooLarge),
        ({"Content-Encoding": "gzip, gzip"}, gzip.compress(BOMB), Invalid),
        ({"Content-Encoding": "deflate"}, zlib.compress(b"{}"), Invalid),
        ({"Content-Encoding": "br"}, b"x", Invalid),
        ({"Content-Encoding": "gzip"}, b"not gzip at all", Unreachable),
        ({"Content-Encoding": "gzip"}, gzip.compress(b"x" * 5000)[:-9], Unreachable),
    ],
    ids=["bomb", "stacked", "deflate", "br", "no gzip", "cut"],
)
async def test_what_is_compressed_is_counted_inflated(far, headers, body, error):
    async def reply(request: web.Request) -> web.Response:
        return web.Response(body=body, headers=headers)

    far.reply = reply
    one = await client()
    with pytest.raises(error):
        await one.get(far.url, {}, limit=100_000)
    await one.close()


async def test_gzip_is_read_and_what_follows_it_is_not(far):
    async def reply(request: web.Request) -> web.StreamResponse:
        head = [gzip.compress(b'{"a":1}')]
        return await stream(request, [*head, *[b"x" * 65_536] * 200], {"Content-Encoding": "gzip"})

    far.reply = reply
    one = await client()
    assert (await one.get(far.url, {}, limit=100_000)).body == b'{"a":1}'
    assert far.headers["Accept-Encoding"] == "gzip"
    await one.close()


async def test_no_cookie_is_kept_and_none_sent(far):
    async def reply(request: web.Request) -> web.Response:
        answer = web.Response(body=b"{}")
        answer.set_cookie("who", "are you")
        return answer

    far.reply = reply
    one = await client()
    await one.get(far.url, {})
    await one.get(far.url, {})
    assert "Cookie" not in far.headers
    await one.close()


@pytest.mark.parametrize(
    "content_type",
    ["application/activity+json", "application/activity+json; charset=utf-8", 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
     'application/ld+json; charset=utf-8; profile="https://www.w3.org/ns/activitystreams"'],
)  # fmt: skip
def test_activitypub_is_known_by_its_type(content_type):
    assert fetch.is_activity_json(content_type)


@pytest.mark.parametrize(
    "content_type",
    ["", "application/json", "text/plain", "image/png", "text/html", "application/ld+json", "application/octet-stream",
     'application/ld+json; profile="https://evil.example/"', "application/activity+jsonx", "x/application/activity+json"],
)  # fmt: skip
def test_an_uploaded_file_is_no_document(content_type):
    assert not fetch.is_activity_json(content_type)


async def test_whatever_a_server_answers_is_a_refusal_of_ours(far):
    """Nonsense on the wire is Unreachable or Invalid, never an error of another kind."""

    async def hang_up(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    far.reply = hang_up
    one = await client()
    with pytest.raises(NodeError):
        await one.get(far.url, {})
    await one.close()
