"""A forum of ours, for the tests of what it passes on and of who moderates it."""

import pytest_asyncio

from node.store import Row
from tests.conftest import Node
from tests.federation import forum_world as w


@pytest_asyncio.fixture
async def eau(node: Node) -> Row:
    return await w.open_forum(node)
