"""`tashbik user create`: who may be named what, and where the password comes from."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT, tashbik
from tests.world import make_node


@pytest.fixture
def data(tmp_path: Path) -> Path:
    make_node(tmp_path / "node", "http://127.0.0.1:1", development=True)
    return tmp_path / "node"


@pytest.mark.parametrize("options", [[], ["--password", "-"]])
def test_without_a_terminal_the_password_is_the_first_line(data, options):
    tashbik("user", "create", "nour", "--data", str(data), *options, input="correct horse\ncorrect horse\n")
    done = tashbik("user", "create", "other", "--data", str(data), *options, input="", check=False)
    assert (done.returncode, done.stderr.count("\n"), done.stdout) == (1, 1, "")
    assert "--password" in done.stderr


def test_a_password_from_a_standard_input_that_is_closed_is_none(data):
    typed = [sys.executable, "-m", "web", "user", "create", "nour", "--data", str(data)]
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *typed], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "--password" in done.stderr


def test_the_operator_may_call_somebody_admin(data):
    tashbik("user", "create", "admin", "--data", str(data), "--password", "correct horse", "--role", "admin")
