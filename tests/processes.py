"""Real `tashbik serve` processes over a data folder: started, killed, stopped, asked."""

import io
import json
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.conftest import free_port
from tests.world import make_node

ROOT = Path(__file__).parents[1]


def tashbik(*arguments: str, check: bool = True, **more: Any) -> subprocess.CompletedProcess[str]:
    """The command, run to its end."""
    done = subprocess.run(
        [sys.executable, "-m", "web", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **more,
    )
    assert not check or done.returncode == 0, done.stderr
    return done


class Served:
    """A node with the named world, served by a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[str]
        make_node(folder, self.origin, development=True)

    def start(self) -> "Served":
        """It runs, and has said that it is ready."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "web", "serve", "--data", str(self.folder), "--bind", f"127.0.0.1:{self.port}",
             "--allow-net", "127.0.0.0/8", "--unlimited-net", "127.0.0.0/8"],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=(self.folder / "log").open("a"), text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert said == f"ready {self.origin}\n", (self.folder / "log").read_text()
        return self

    def fill_disk(self) -> None:
        """No file of the process grows any more, as on a full disk."""
        largest = max(one.stat().st_size for one in self.folder.glob("node.sqlite3*"))
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))

    def empty_disk(self) -> None:
        """The disk has room again, for the process as it runs."""
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def kill(self) -> None:
        """It is gone between two instructions."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def stop(self) -> float:
        """It was asked to stop, and did; the seconds that it took."""
        begun = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(25)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return time.monotonic() - begun

    def token(self, name: str = "amal", *more: str) -> str:
        return tashbik("token", "create", name, "--data", str(self.folder), *more).stdout.strip()

    def queue(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(tashbik("queue", "--data", str(self.folder), "--json").stdout)
        return found

    def upload(self, token: str, data: bytes, kind: str, description: str = "") -> tuple[int, dict[str, Any]]:
        """Status and JSON of the answer to a file handed in."""
        edge = "tashbik-edge"
        body = (
            f'--{edge}\r\nContent-Disposition: form-data; name="description"\r\n\r\n{description}\r\n'
            f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\nContent-Type: {kind}\r\n\r\n'
        ).encode() + data + f"\r\n--{edge}--\r\n".encode()  # fmt: skip
        head = {"Authorization": f"Bearer {token}", "Content-Type": f"multipart/form-data; boundary={edge}"}
        with urlopen(Request(f"{self.origin}/api/v2/media", body, head), timeout=30) as response:
            return response.status, json.loads(response.read())

    def ask(self, method: str, path: str, token: str = "", body: dict[str, Any] | None = None,
            headers: dict[str, str] | None = None) -> tuple[int, Any, dict[str, str]]:  # fmt: skip
        """Status, JSON and headers of an answer of the Mastodon API."""
        sent = json.dumps(body).encode() if body is not None else None
        head = {"Content-Type": "application/json"} | (headers or {})
        if token:
            head["Authorization"] = f"Bearer {token}"
        try:
            with urlopen(Request(self.origin + path, sent, head, method=method), timeout=30) as response:
                return response.status, json.loads(response.read() or b"null"), dict(response.headers)
        except HTTPError as error:
            with error:
                return error.code, json.loads(error.read() or b"null"), dict(error.headers)


def picture() -> bytes:
    """A small PNG."""
    from PIL import Image

    made = io.BytesIO()
    Image.new("RGB", (40, 30), "#2a3990").save(made, "PNG")
    return made.getvalue()


def until(check: Callable[[], Any], seconds: float = 60) -> Any:
    """What check() answers once it answers something true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = check()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it never came to be")
