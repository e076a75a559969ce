"""The two nodes as processes: `tashbik serve` twice, started, waited for, stopped."""

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from node.errors import Busy

READY_SECONDS = 30
STOP_SECONDS = 25


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens on."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


@contextmanager
def serving(folders: list[tuple[Path, int]]) -> Iterator[list["subprocess.Popen[str]"]]:
    """The nodes answer; afterwards they are stopped.  Raises Busy when one does not start."""
    started = [_start(folder, port) for folder, port in folders]
    try:
        for process in started:
            _wait_until_ready(process)
        yield started
    finally:
        for process in started:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        for process in started:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _start(folder: Path, port: int) -> "subprocess.Popen[str]":
    """Its own process group: Ctrl-C reaches us alone, and we stop it."""
    return subprocess.Popen(
        [sys.executable, "-m", "web", "serve", "--data", str(folder), "--bind", f"127.0.0.1:{port}",
         "--unlimited-net", "127.0.0.0/8"],
        stdout=subprocess.PIPE, stderr=(folder / "serve.log").open("a"), text=True, start_new_session=True,
    )  # fmt: skip


def _wait_until_ready(process: "subprocess.Popen[str]") -> None:
    timer = threading.Timer(READY_SECONDS, process.kill)
    timer.start()
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
    finally:
        timer.cancel()
    if not line.startswith("ready "):
        raise Busy("A node of the demonstration did not start; see its serve.log.")
