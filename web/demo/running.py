"""The two nodes as processes: `tashbik serve` twice, started, waited for, stopped."""

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from node.errors import Busy, Conflict

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
def making(missing: list[tuple[Path, int]]) -> Iterator[list[tuple[Path, "subprocess.Popen[str]"]]]:
    """Each folder is being filled by a process, which prints a line for each thing made; none outlives the block.

    In sessions of their own, since Ctrl-C is for us: they end when we say so.
    """
    made = []
    try:
        for folder, port in missing:
            origin = f"http://127.0.0.1:{port}"
            process = subprocess.Popen(
                [sys.executable, "-m", "web.demo.seeding", str(folder), folder.name, origin],
                stdout=subprocess.PIPE, text=True, start_new_session=True,
            )  # fmt: skip
            made.append((folder, process))
        yield made
    except BaseException:
        for _, process in made:
            process.kill()
        raise
    finally:
        for _, process in made:
            process.wait()


def check_free(ports: list[int]) -> None:
    """Raises Conflict where something listens on one of the ports already."""
    for port in ports:
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError as error:
            raise Conflict("Port {port} is taken: stop what listens there, or choose others: "
                           "`.venv/bin/tashbik demo --data ANOTHER --ports A,B`.", port=port) from error  # fmt: skip


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
         "--allow-net", "127.0.0.0/8", "--unlimited-net", "127.0.0.0/8"],
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
