"""A film whose preparing is cut by kill -9 is prepared after the next start; no ffmpeg stays behind."""

import json
import subprocess
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.film import made, needs_ffmpeg
from tests.processes import Served, until

pytestmark = [needs_ffmpeg, pytest.mark.slow]


def upload(node: Served, token: str, data: bytes) -> tuple[int, dict[str, object]]:
    edge = "tashbik-edge"
    body = (
        f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="a.mov"\r\n'
        "Content-Type: video/quicktime\r\n\r\n"
    ).encode() + data + f"\r\n--{edge}--\r\n".encode()  # fmt: skip
    head = {"Authorization": f"Bearer {token}", "Content-Type": f"multipart/form-data; boundary={edge}"}
    with urlopen(Request(f"{node.origin}/api/v2/media", body, head), timeout=30) as response:
        return response.status, json.loads(response.read())


def at_work(folder: Path) -> list[str]:
    """Processes that hold the folder's name in their arguments."""
    found = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True).stdout.splitlines()
    return [one for one in found if "ffmpeg" in one and str(folder) in one]


def test_a_film_survives_a_kill(tmp_path):
    film = made(tmp_path, "long.mov", "-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=20", "-c:v", "mpeg4", "-q:v", "9")
    node = Served(tmp_path / "node").start()
    try:
        token = node.token()
        status, taken = upload(node, token, film.read_bytes())
        assert (status, taken["url"]) == (202, None)
        until(lambda: at_work(node.folder))
        assert node.ask("GET", f"/api/v1/media/{taken['id']}", token)[0] == 206
        node.kill()
        until(lambda: not at_work(node.folder), 3)  # at once, not when the film is done
        node.start()

        def ready() -> object:
            status, found, _ = node.ask("GET", f"/api/v1/media/{taken['id']}", token)
            assert status in (200, 206), found
            return found["url"] if status == 200 else None

        until(ready, 60)
        said = node.ask("POST", "/api/v1/statuses", token, {"status": "x", "media_ids": [taken["id"]]})
        assert said[1]["media_attachments"][0]["type"] == "gifv"
    finally:
        node.stop()
