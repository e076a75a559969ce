"""What an app does in many tests of the Mastodon API."""

import io
from typing import Any

from tests.conftest import Node


def picture(width: int = 64, height: int = 48, kind: str = "JPEG", **more: Any) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (width, height), (10, 120, 90)).save(out, kind, **more)
    return out.getvalue()


async def upload(node: Node, token: str, data: bytes, description: str = "", *, status: int = 200) -> dict[str, Any]:
    import aiohttp

    form = aiohttp.FormData()
    form.add_field("file", data, filename="x.html", content_type="text/html")
    form.add_field("description", description)
    found: dict[str, Any] = await node.api("POST", "/api/v2/media", token, data=form, status=status)
    return found


async def say(node: Node, token: str, words: str, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = await node.api("POST", "/api/v1/statuses", token, json={"status": words, **more})
    return found


async def account_of(node: Node, name: str) -> str:
    found = await node.api("GET", f"/api/v1/accounts/lookup?acct={name}")
    return str(found["id"])


async def follow(node: Node, token: str, name: str) -> str:
    target = await account_of(node, name)
    await node.api("POST", f"/api/v1/accounts/{target}/follow", token)
    return target
