"""backup, check, upgrade and config, as an operator types them."""

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner

from node.errors import Conflict, Invalid
from node.store import FILE
from tests.world import make_node
from web.commands.main import tashbik


@pytest.fixture
def data(tmp_path: Path) -> Path:
    make_node(tmp_path / "node")
    return tmp_path / "node"


def run(*arguments: str) -> str:
    done = CliRunner().invoke(tashbik, list(arguments), catch_exceptions=False, standalone_mode=False)
    if done.exception:
        raise done.exception
    return done.output


def test_a_backup_is_a_node_again(data, tmp_path):
    (data / "media" / "a.webp").write_bytes(b"picture")
    run("backup", str(tmp_path / "copy"), "--data", str(data), "--media")

    copy = tmp_path / "copy"
    assert run("check", "--data", str(copy)) == "All is well.\n"
    assert (copy / "media.txt").read_text() == "7\ta.webp\n"
    assert (copy / "media" / "a.webp").read_bytes() == b"picture"
    assert {one.name for one in (copy / "keys").iterdir()} == {one.name for one in (data / "keys").iterdir()}
    assert (copy / FILE).stat().st_mode & 0o077 == 0


def test_a_backup_overwrites_nothing(data, tmp_path):
    (tmp_path / "copy").mkdir()
    with pytest.raises(Conflict):
        run("backup", str(tmp_path / "copy"), "--data", str(data))


def test_a_missing_key_and_a_broken_reference_are_found(data):
    next((data / "keys").glob("*.rsa.pem")).unlink()
    db = sqlite3.connect(data / FILE)
    db.execute("insert into bookmarks (actor, post, at) values (1, 2, 3)")
    db.commit()
    db.close()
    with pytest.raises(Conflict):
        run("check", "--data", str(data))


def test_an_upgrade_takes_a_copy_only_when_steps_are_missing(data):
    assert run("upgrade", "--data", str(data)) == "Steps taken: 0. All is well.\n"
    assert not (data / "backups").exists()


def test_settings_are_listed_read_and_chosen(data):
    assert json.loads(run("config", "list", "--json", "--data", str(data)))["free_space"] == 209_715_200
    run("config", "set", "registrations", "closed", "--data", str(data))
    run("config", "set", "name", '{"fr": "Réseau"}', "--data", str(data))
    assert run("config", "get", "registrations", "--data", str(data)) == '"closed"\n'
    assert run("config", "get", "name", "--data", str(data)) == '{"fr": "Réseau"}\n'


@pytest.mark.parametrize(
    "typed", [("origin", "https://other.example"), ("nothing", "1"), ("post_length", "long"), ("network", "ajar")]
)
def test_what_cannot_be_chosen_is_refused(data, typed):
    with pytest.raises(Invalid):
        run("config", "set", *typed, "--data", str(data))
