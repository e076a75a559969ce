"""masto.js and megalodon, the libraries of web and desktop apps, over real HTTP by the full code flow."""

import asyncio
import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests import packages
from tests.conftest import Node
from tests.web.apps import picture
from tests.web.test_oauth import BACK, Browser, code_for, register

CLIENTS = Path(__file__).parents[1] / "clients"

pytestmark = pytest.mark.slow


async def use(node: Node, client: str) -> dict[str, Any]:
    """What the client says it did; its own assertions hold."""
    try:
        await asyncio.to_thread(packages.install)
    except OSError:
        pytest.skip("the node packages are not installed")
    app = await register(node)
    browser = Browser(node)
    await browser.log_in()
    code = await code_for(browser, app)
    await browser.close()
    process = await asyncio.create_subprocess_exec(
        packages.node(), str(CLIENTS / client), node.origin, app["client_id"], app["client_secret"], code, BACK,
        node.token("yto"), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={"PATH": os.environ.get("PATH", ""), "PICTURE": base64.b64encode(picture()).decode()},
    )  # fmt: skip
    out, problems = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, problems.decode()[-3000:]
    found: dict[str, Any] = json.loads(out.decode().strip().splitlines()[-1])
    return found


async def test_masto_js(node):
    assert (await use(node, "masto.mjs"))["heard"]


async def test_megalodon(node):
    heard = (await use(node, "megalodon.mjs"))["heard"]
    assert {"update", "notification", "delete"} <= set(heard)
