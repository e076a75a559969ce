"""One node with content for all tests of pages that only read; one behind a proxy."""

import ipaddress
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession, web

from tests import browser as chromium
from tests.conftest import Node, free_port
from tests.web import scene
from tests.world import make_node
from web.app import SERVED, build


class Scene(Node):
    """A node with content, and the ids of what stands on it."""

    ids: dict[str, Any]

    async def page(self, path: str, **headers: str) -> tuple[int, str, Any]:
        """Status, body, headers, as a browser asks."""
        response = await self.get(path, "text/html,application/xhtml+xml", **headers)
        return response.status, await response.text(), response.headers


@pytest.fixture(scope="session")
def scene_folder(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("scene") / "node"
    origin = f"http://127.0.0.1:{free_port()}"
    return folder, origin, scene.make(folder, origin, int(time.time() * 1000))


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def site(scene_folder: tuple[Path, str, dict[str, Any]]) -> AsyncIterator[Scene]:
    """The scene, served; tests only read it."""
    folder, origin, ids = scene_folder
    made = Scene(folder, origin)
    made.ids = ids
    await made.start()
    yield made
    await made.stop()


class Behind(Node):
    """A node behind a proxy on this machine, which counts whoever the proxy names."""

    async def start(self) -> None:
        await super().start()
        await self.stop()
        self.app = build(self.folder, behind=[ipaddress.ip_network("127.0.0.0/8")])
        self._runner = web.AppRunner(self.app, **SERVED, shutdown_timeout=1)
        await self._runner.setup()
        host, _, port = self.host.rpartition(":")
        await web.TCPSite(self._runner, host, int(port), reuse_address=True).start()
        self.session = ClientSession()


@pytest_asyncio.fixture
async def behind(tmp_path: Path) -> AsyncIterator[Behind]:
    """A node whose visitors say by X-Forwarded-For who they are."""
    origin = f"http://127.0.0.1:{free_port()}"
    make_node(tmp_path / "here", origin, development=True)
    made = Behind(tmp_path / "here", origin)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture(scope="module")
def window() -> Iterator[chromium.Browser]:
    """A real browser, one for a file of tests."""
    with chromium.browser() as made:
        yield made
