"""Processes under measurement: a node that serves, and the peers that take its letters."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from benchmarks import machine

ROOT = Path(__file__).parents[1]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


# Compiled modules are kept, as they are on every node: start-up is measured without their compilation.
KEEPING = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def tashbik(*arguments: str) -> str:
    """What the command prints."""
    done = subprocess.run(
        [sys.executable, "-m", "web", *arguments], cwd=ROOT, check=True, capture_output=True, text=True, timeout=60,
        env=KEEPING,
    )  # fmt: skip
    return done.stdout.strip()


def status(port: int, path: str, accept: str = "*/*", token: str = "") -> int:
    """The status that a fresh connection is answered; 0 when nobody listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"Accept": accept} | ({"Authorization": f"Bearer {token}"} if token else {})
    try:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


class Served:
    """A node that answers; started is the seconds from exec to its first 200."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self.origin = f"http://127.0.0.1:{port}"
        begun = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "web", "serve", "--data", str(folder), "--bind", f"127.0.0.1:{port}",
             "--allow-net", "127.0.0.0/8", "--unlimited-net", "127.0.0.0/8", "--log-level", "error"],
            cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=KEEPING,
        )  # fmt: skip
        while status(port, "/health") != 200:
            if self._process.poll() is not None or time.perf_counter() - begun > 30:
                raise RuntimeError("the node does not answer")
            time.sleep(0.005)
        self.started = time.perf_counter() - begun

    @property
    def cpu(self) -> float:
        return machine.cpu_seconds(self._process.pid)

    @property
    def resident(self) -> int:
        return machine.resident(self._process.pid)

    def settle(self) -> None:
        """What begins with every start is over: the whole file was looked through."""
        end = time.perf_counter() + 60
        while self._condition() != "ok":
            if time.perf_counter() > end:
                raise RuntimeError("the file is not looked through")
            time.sleep(0.1)

    def _condition(self) -> str:
        request = urllib.request.Request(f"{self.origin}/health", headers={"Accept": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as response:
            return str(json.load(response)["database"])

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(25)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextlib.contextmanager
def serving(folder: Path, port: int) -> Iterator[Served]:
    """A node over the folder, its file looked through, so that this counts to no request; stopped at the end."""
    node = Served(folder, port)
    try:
        node.settle()
        yield node
    finally:
        node.stop()


def start(folder: Path, port: int, times: int = 3) -> float:
    """Seconds from exec to the first 200, of so many starts the least: the file lies in memory by then."""
    found = []
    for _ in range(times):
        node = Served(folder, port)
        found.append(node.started)
        node.stop()
    return min(found)


class Sink:
    """Peers at every address of 127.0.0.0/8, on one port."""

    def __init__(self) -> None:
        self.port = free_port()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.sink", str(self.port)], cwd=ROOT, stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        assert self._process.stdout is not None
        self._process.stdout.readline()

    @property
    def cpu(self) -> float:
        return machine.cpu_seconds(self._process.pid)

    def count(self) -> int:
        """How many letters came until now."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/count")
            return int(connection.getresponse().read())
        finally:
            connection.close()

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


@contextlib.contextmanager
def sinking() -> Iterator[Sink]:
    """The peers, ended at the end."""
    sink = Sink()
    try:
        yield sink
    finally:
        sink.stop()
