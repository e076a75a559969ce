"""The demonstration: two real nodes are filled, federate over HTTP, and everything that must hold holds."""

import subprocess
import sys

import pytest


@pytest.mark.slow
def test_the_whole_story_holds(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "web", "demo", "--data", str(tmp_path / "demo"), "--check"],
        capture_output=True, text=True, timeout=180,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert "✗" not in done.stdout
