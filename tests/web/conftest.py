"""One node with content for all tests of pages that only read."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.conftest import Node, free_port
from tests.web import scene


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
