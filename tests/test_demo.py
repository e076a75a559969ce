"""The demonstration: two real nodes are filled, federate over HTTP, and everything that must hold holds."""

import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from node.store import FILE
from tests.processes import until
from web.demo.running import free_ports

pytestmark = pytest.mark.slow


def command(folder: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "web", "demo", "--data", str(folder), *options]


def demo(folder: Path, *options: str) -> Any:
    return subprocess.run(command(folder, *options), capture_output=True, text=True, timeout=180)


def test_the_whole_story_holds_and_a_row_fails_once_something_does_not(tmp_path):
    done = demo(tmp_path / "demo", "--check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✗" not in done.stdout

    db = sqlite3.connect(tmp_path / "demo" / "casa" / FILE)
    db.execute("update actors set gone = 1 where name = 'chati' and local")
    db.commit()
    db.close()
    again = demo(tmp_path / "demo", "--check")
    assert again.returncode == 1
    assert "✗ pages in Arabic and French answer" in again.stdout
    assert "✓ people are found across nodes" in again.stdout


def test_stopped_while_it_fills_it_leaves_no_half_node(tmp_path):
    folder = tmp_path / "demo"
    ports = ",".join(map(str, free_ports(2)))
    process = subprocess.Popen(
        command(folder, "--ports", ports), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    until(lambda: all((folder / name / FILE).exists() for name in ("casa.part", "sfax.part")))
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=20)

    assert process.returncode == 0
    assert "Traceback" not in errors
    assert not (folder / "casa").exists() and not (folder / "sfax").exists()


def as_in_a_terminal() -> None:
    """The command hears Ctrl-C and a closed terminal, even where the tests themselves run under `nohup` or behind `&`."""
    for one in (signal.SIGINT, signal.SIGHUP):
        signal.signal(one, signal.SIG_DFL)


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_stopped_twice_it_leaves_no_node_behind(tmp_path, sent):
    ports = free_ports(2)
    with subprocess.Popen(
        command(tmp_path / "demo", "--ports", ",".join(map(str, ports))), stdout=subprocess.PIPE, text=True,
        preexec_fn=as_in_a_terminal,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if "Ctrl-C" in line:
                    break
            process.send_signal(sent)
            time.sleep(0.2)
            process.send_signal(sent)
            process.wait(timeout=30)
        finally:
            process.terminate()  # so that a test that fails ends too

    for port in ports:
        socket.create_server(("127.0.0.1", port)).close()  # nobody listens any more


def test_a_port_that_is_taken_is_named_before_anything_is_made(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as held:
        taken = held.getsockname()[1]
        done = demo(tmp_path / "demo", "--ports", f"{free_ports(1)[0]},{taken}")

    assert done.returncode == 1
    assert str(taken) in done.stderr and done.stderr.count("\n") == 1
    assert list((tmp_path / "demo").iterdir()) == []
