"""A film whose preparing is cut by kill -9 is prepared after the next start; no ffmpeg stays behind."""

import subprocess
from pathlib import Path

import pytest

from tests.film import made, needs_ffmpeg
from tests.processes import Served, until

pytestmark = [needs_ffmpeg, pytest.mark.slow]


def at_work(folder: Path) -> list[str]:
    """Processes that hold the folder's name in their arguments."""
    found = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True).stdout.splitlines()
    return [one for one in found if "ffmpeg" in one and str(folder) in one]


def test_a_film_survives_a_kill(tmp_path):
    film = made(tmp_path, "long.mov", "-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=20", "-c:v", "mpeg4", "-q:v", "9")
    node = Served(tmp_path / "node").start()
    try:
        token = node.token()
        status, taken = node.upload(token, film.read_bytes(), "video/quicktime")
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
