"""Real films and sounds, made by ffmpeg when a test wants them."""

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.conftest import Node, until

needs_ffmpeg = pytest.mark.skipif(
    not (shutil.which("ffmpeg") and shutil.which("ffprobe")), reason="ffmpeg is not installed"
)
PICTURE = ("-f", "lavfi", "-i", "testsrc=s=320x180:r=12:d=1")
SOUND = ("-f", "lavfi", "-i", "sine=d=1")
SPOKEN = ("-metadata", "title=SECRET", "-metadata", "location=+30.4202-009.5982/", "-metadata", "make=SECRET PHONE")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


def made(folder: Path, name: str, *arguments: str) -> Path:
    """The file that ffmpeg wrote into the folder; its name says of which sort."""
    path = folder / name
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-nostdin", *arguments, str(path)], check=True, timeout=60, capture_output=True
    )
    return path


@cache
def _small(folder: Path) -> bytes:
    return made(folder, "small.mp4", *PICTURE, *SOUND, *H264, "-c:a", "aac", *SPOKEN).read_bytes()


def small(folder: Path) -> bytes:
    """A film of one second with sound, which tells where it was made."""
    return _small(folder)


def probe(path: Path) -> str:
    """What ffprobe says of a file, all of it."""
    asked = ["ffprobe", "-v", "error", "-show_format", "-show_streams", "-show_chapters", "-of", "json", str(path)]
    return subprocess.run(asked, check=True, timeout=30, capture_output=True, text=True).stdout


async def send(node: Node, token: str, data: bytes, *, status: int = 202, version: str = "v2", **more: str) -> Any:
    """What the node answers to an app that sends this as a film."""
    form = aiohttp.FormData()
    form.add_field("file", data, filename="film.mp4", content_type="video/mp4")
    for name, value in more.items():
        form.add_field(name, value)
    return await node.api("POST", f"/api/{version}/media", token, data=form, status=status)


async def ready(node: Node, token: str, identifier: str) -> Any:
    """The attachment once it can be shown."""

    async def ask() -> Any:
        async with node.session.get(
            f"{node.origin}/api/v1/media/{identifier}", headers={"Authorization": f"Bearer {token}"}
        ) as response:
            found = await response.json()
            assert response.status in (200, 206), found
            assert (found["url"] is not None) == (response.status == 200)
            return found if response.status == 200 else None

    return await until(ask, 30)


async def fetched(node: Node, url: str, **headers: str) -> tuple[int, bytes, Any]:
    """(status, body, headers) of an address."""
    async with node.session.get(url, headers=headers) as response:
        return response.status, await response.read(), response.headers


async def from_elsewhere(node: Node, other: Node, folder: Path) -> tuple[Any, Any]:
    """(the attachment at the other node, the status as this one shows it) of a film that somebody followed there posts."""
    here, there = node.token(), other.token()
    found = await node.api("GET", f"/api/v2/search?resolve=true&q=@amal@{other.host}", here)
    await node.api("POST", f"/api/v1/accounts/{found['accounts'][0]['id']}/follow", here)
    await until(lambda: other.read(lambda db: db.value("select count(*) from follows where state = 'accepted'")))
    film = await send(other, there, small(folder), status=200, version="v1", description="البئر الجديد")
    await other.api("POST", "/api/v1/statuses", there, json={"status": "look", "media_ids": [film["id"]]})
    [seen] = await until(lambda: node.api("GET", "/api/v1/timelines/home", here))
    return film, seen
