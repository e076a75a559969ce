"""Fixtures: a database with the named world, real nodes on loopback, a real peer."""

import asyncio
import ipaddress
import itertools
import json
import shutil
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from federation.bridge import Bridge, now
from keys import pair, ring
from node.people import tokens
from node.store import Database, connect, write_now
from tests.peer import Peer
from tests.schemas import validate
from tests.world import make_node
from web.app import SERVED, build
from web.state import BRIDGE

SHARED = Path(__file__).parents[2] / "shared"
KEYS_IN_POOL = 12


@pytest.fixture(scope="session", autouse=True)
def _pool_of_keys() -> Iterator[None]:
    """Actors of the tests share a dozen real RSA keys: making one takes a tenth of a second, a test a hundredth."""
    made = itertools.cycle([pair.new_rsa() for _ in range(KEYS_IN_POOL)])
    maker, ring.MAKERS["rsa"] = ring.MAKERS["rsa"], lambda: next(made)
    yield
    ring.MAKERS["rsa"] = maker


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data; tests that need it skip where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the reference data is not beside the checkout")
    return SHARED


@pytest.fixture(scope="session")
def world_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    make_node(folder)
    return folder


@pytest.fixture
def db(world_folder: Path, tmp_path: Path) -> Iterator[Database]:
    """A database with Amal, Yto and Tanmia, in the middle of a transaction that is never committed."""
    folder = tmp_path / "node"
    shutil.copytree(world_folder, folder)
    opened = connect(folder)
    opened.conn.execute("begin immediate")
    yield opened
    opened.close()


LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]  # nothing that a test's post links to is ever asked for


class Node:
    """A node of ours that answers on loopback."""

    def __init__(self, folder: Path, origin: str) -> None:
        self.folder, self.origin = folder, origin
        self.app: web.Application
        self.session: aiohttp.ClientSession

    @property
    def bridge(self) -> Bridge:
        return self.app[BRIDGE]

    @property
    def host(self) -> str:
        return self.origin.partition("://")[2]

    def uri(self, name: str) -> str:
        return f"{self.origin}/{'orgs' if name == 'tanmia' else 'users'}/{name}"

    async def start(self) -> None:
        self.app = build(self.folder, networks=LOOPBACK, unlimited=LOOPBACK)
        self._runner = web.AppRunner(self.app, **SERVED, shutdown_timeout=1)
        await self._runner.setup()
        host, _, port = self.host.rpartition(":")
        await web.TCPSite(self._runner, host, int(port), reuse_address=True).start()
        self.session = aiohttp.ClientSession()

    async def stop(self) -> None:
        await self.session.close()
        await self._runner.cleanup()

    async def read(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return await self.bridge.store.read(fn, *args, **kwargs)

    async def write(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return await self.bridge.store.write(fn, *args, **kwargs)

    def token(self, name: str = "amal", scopes: str = "read write follow push", actor: str | None = None) -> str:
        """An access token, made as `tashbik token create` makes it."""
        from web.commands.people import _make_token

        opened = connect(self.folder)
        try:
            return write_now(opened, _make_token, name, scopes, actor)
        finally:
            opened.close()

    async def api(self, method: str, path: str, token: str | None = None, *, status: int = 200, **kwargs: Any) -> Any:
        """What the Mastodon API answers, as JSON."""
        headers = kwargs.pop("headers", {})
        if token:
            headers["Authorization"] = f"Bearer {token}"
        async with self.session.request(method, self.origin + path, headers=headers, **kwargs) as response:
            body = await response.read()
            assert response.status == status, (response.status, body[:500])
            found = json.loads(body) if body else None
            if status == 200:
                validate(method, path, found)
            return found

    async def get(self, path: str, accept: str = "application/activity+json", **headers: str) -> aiohttp.ClientResponse:
        """An answer, read whole, redirects not followed."""
        response = await self.session.get(
            self.origin + path, headers={"Accept": accept, **headers}, allow_redirects=False
        )
        await response.read()
        return response


def free_port(host: str = "127.0.0.1") -> int:
    with socket.socket() as one:
        one.bind((host, 0))
        return int(one.getsockname()[1])


async def started(folder: Path) -> Node:
    origin = f"http://127.0.0.1:{free_port()}"
    make_node(folder, origin, development=True)
    node = Node(folder, origin)
    await node.start()
    return node


@pytest_asyncio.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    """One node with the named world."""
    made = await started(tmp_path / "here")
    yield made
    await made.stop()


@pytest_asyncio.fixture
async def other(tmp_path: Path) -> AsyncIterator[Node]:
    """Another node with people of the same names."""
    made = await started(tmp_path / "there")
    yield made
    await made.stop()


@pytest_asyncio.fixture
async def peer() -> AsyncIterator[Peer]:
    """Badr's server, not ours."""
    async with Peer() as made:
        yield made


async def until(check: Callable[[], Any], seconds: float = 30) -> Any:
    """What check() answers once it answers something true; it may be a coroutine function."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = check()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError("it never came to be")


__all__ = ["Node", "Peer", "now", "tokens", "until"]
