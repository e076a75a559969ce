"""backup, check, upgrade and config, as an operator types them."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from node.care import copied
from node.errors import Conflict, Forbidden, Invalid
from node.migrations.table import migrations
from node.store import FILE, connect
from tests.processes import ROOT
from tests.processes import tashbik as process
from tests.world import make_node
from web.commands.table import reason, tashbik


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
    with closing(connect(data)) as db:
        assert copied.last(db) is not None, "the desk of the node tells of it"


def test_a_backup_overwrites_nothing(data, tmp_path):
    (tmp_path / "copy").mkdir()
    with pytest.raises(Conflict):
        run("backup", str(tmp_path / "copy"), "--data", str(data))


def test_a_backup_that_fails_leaves_nothing_on_the_disk(data, tmp_path):
    (data / "keys" / "gone.pem").symlink_to(tmp_path / "nowhere")
    done = process("backup", str(tmp_path / "copy"), "--data", str(data), check=False)

    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "No such file" in done.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["node"]


def test_a_backup_is_made_of_a_file_that_still_has_to_be_upgraded(data, tmp_path):
    older(tmp_path / "old")
    run("backup", str(tmp_path / "copy"), "--data", str(tmp_path / "old"))

    assert (tmp_path / "copy" / FILE).exists()
    with pytest.raises(Conflict, match="tashbik upgrade"):
        run("config", "list", "--data", str(tmp_path / "old"))


# ── whose the folder is ───────────────────────────────────────────────────────

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
NOBODY = 65534


@as_root
@pytest.mark.parametrize("which", [".", FILE, "keys", "keys/of one"])
def test_a_folder_of_another_user_is_refused_before_anything_is_done(which):
    base = Path(tempfile.mkdtemp())  # below pytest's own folder nobody else finds anything
    base.chmod(0o755)
    data = base / "node"
    try:
        make_node(data)
        for path in (data, *data.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        path = next((data / "keys").glob("*.pem")) if which == "keys/of one" else data / which
        os.chown(path, 0, 0)
        os.seteuid(NOBODY)
        for typed in (["queue"], ["check"], ["upgrade"], ["serve", "--bind", "127.0.0.1:0"]):
            with pytest.raises(Forbidden, match=r"belongs to root.*chown -R"):
                run(*typed, "--data", str(data))
    finally:
        os.seteuid(0)
        shutil.rmtree(base)


@as_root
def test_what_root_makes_belongs_to_whose_the_folder_is(data):
    for path in (data, *data.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    run("user", "create", "nur", "--password", "correct horse", "--data", str(data))
    run("upgrade", "--data", str(data))

    assert {one.stat().st_uid for one in (*(data / "keys").iterdir(), data / "lock")} == {NOBODY}


@pytest.mark.parametrize("said", ["database or disk is full", "attempt to write a readonly database"])
def test_what_sqlite_objects_to_is_said_with_what_to_do(said):
    sentence = reason(sqlite3.OperationalError(said))

    assert "put a backup in its place" not in sentence and "\n" not in sentence
    assert "put a backup in its place" in reason(sqlite3.DatabaseError("file is not a database"))


def test_a_reader_who_leaves_early_is_no_error(data):
    command = f"{sys.executable} -m web config list --data {data} | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=20, cwd=ROOT)

    assert done.stdout.startswith("origin") and done.stderr == ""


def test_a_missing_key_and_a_broken_reference_are_found(data):
    next((data / "keys").glob("*.rsa.pem")).unlink()
    db = sqlite3.connect(data / FILE)
    db.execute("insert into bookmarks (actor, post, at) values (1, 2, 3)")
    db.commit()
    db.close()
    with pytest.raises(Conflict):
        run("check", "--data", str(data))


def test_a_key_that_others_may_read_or_nobody_can_is_found(data):
    one, other = sorted((data / "keys").glob("*.pem"))[:2]
    one.chmod(0o644)
    other.write_bytes(b"half a k")

    with pytest.raises(Conflict, match="2 complaints"):
        run("check", "--data", str(data))


def test_without_its_keys_a_node_does_not_serve(data):
    (data / "keys").rename(data / "left behind")

    done = process("serve", "--data", str(data), "--bind", "127.0.0.1:0", check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"The keys of this node are not in {data / 'keys'}" in done.stderr


def test_an_upgrade_takes_a_copy_only_when_steps_are_missing(data):
    assert run("upgrade", "--data", str(data)) == "Steps taken: 0. All is well.\n"
    assert not (data / "backups").exists()


def test_settings_are_listed_read_and_chosen(data):
    assert json.loads(run("config", "list", "--json", "--data", str(data)))["free_space"] == 209_715_200
    run("config", "set", "registrations", "closed", "--data", str(data))
    run("config", "set", "name", '{"fr": "Réseau"}', "--data", str(data))
    assert run("config", "get", "registrations", "--data", str(data)) == '"closed"\n'
    assert run("config", "get", "name", "--data", str(data)) == '{"fr": "Réseau"}\n'
    run("config", "set", "name", "شبكتنا", "--data", str(data))
    assert json.loads(run("config", "get", "name", "--data", str(data))) == {"fr": "Réseau", "ar": "شبكتنا"}


@pytest.mark.parametrize(
    "typed", [("origin", "https://other.example"), ("nothing", "1"), ("post_length", "long"), ("network", "ajar")]
)
def test_what_cannot_be_chosen_is_refused(data, typed):
    with pytest.raises(Invalid):
        run("config", "set", *typed, "--data", str(data))


def test_a_picture_that_is_gone_is_named_and_does_not_spoil_an_upgrade(data):
    db = sqlite3.connect(data / FILE)
    actor = db.execute("select id from actors where name = 'amal'").fetchone()[0]
    db.execute(
        "insert into media (id, owner, kind, type, file, created) values (7, ?, 'image', 'image/webp', 'ab/x.webp', 1)",
        (actor,),
    )
    db.commit()
    db.close()
    with pytest.raises(Conflict):
        run("check", "--data", str(data))
    assert run("upgrade", "--data", str(data)) == "Steps taken: 0. All is well.\n"

    (data / "media" / "ab").mkdir(parents=True)
    (data / "media" / "ab" / "x.webp").write_bytes(b"picture")
    assert run("check", "--data", str(data)) == "All is well.\n"


def test_a_damaged_page_is_found(data):
    size = (data / FILE).stat().st_size
    db = sqlite3.connect(data / FILE)
    db.execute("pragma journal_mode = delete")
    root = db.execute("select rootpage from sqlite_master where name = 'names_used'").fetchone()[0]
    page = db.execute("pragma page_size").fetchone()[0]
    db.close()
    with (data / FILE).open("r+b") as file:
        file.seek((root - 1) * page)
        file.write(b"\xff" * page)
    assert (data / FILE).stat().st_size == size

    with pytest.raises((Conflict, sqlite3.DatabaseError)):
        run("check", "--data", str(data))


# ── steps of the schema ───────────────────────────────────────────────────────


def older(folder: Path, name: str = "m0007_apps") -> None:
    """A node's file as a release had it whose last step was the named one."""
    folder.mkdir()
    (folder / "keys").mkdir()
    db = connect(folder)
    migrations.apply(db, stop_before=next(one.name for one in migrations.pending(db) if one.name > name))
    db.close()


def shape(folder: Path) -> set[tuple[str, ...]]:
    """Tables and indexes; not SQLite's own figures about them, which `pragma optimize` writes when it likes."""
    db = sqlite3.connect(folder / FILE)
    try:
        return set(
            db.execute(
                "select type, name, tbl_name, coalesce(sql, '') from sqlite_master where name not like 'sqlite_stat%'"
            ).fetchall()
        )
    finally:
        db.close()


def test_an_older_file_is_copied_and_gets_the_shape_of_a_new_one(data, tmp_path):
    older(tmp_path / "old")
    done = run("upgrade", "--data", str(tmp_path / "old"))

    assert "A copy is in" in done and "All is well." in done
    assert shape(tmp_path / "old") == shape(data)
    [copy] = (tmp_path / "old" / "backups").iterdir()
    older(tmp_path / "same")
    assert shape(copy) == shape(tmp_path / "same")


def test_commands_leave_an_older_file_alone(tmp_path):
    older(tmp_path / "old")
    before = shape(tmp_path / "old")
    with pytest.raises(Conflict):
        run("queue", "--data", str(tmp_path / "old"))
    assert shape(tmp_path / "old") == before


KILLED = """
import os, sys
from pathlib import Path
from node.migrations.table import migrations
from node.store import connect

db = connect(Path(sys.argv[1]))
step = next(one for one in migrations._migrations if one.name == sys.argv[2])
done = step.fn

def killed(db):
    done(db)
    os.kill(os.getpid(), 9)

step.fn = killed
migrations.apply(db)
"""


def steps_after(name: str) -> list[str]:
    return [one.name for one in migrations._migrations if one.name > name]


@pytest.mark.parametrize("step", steps_after("m0007_apps"))
def test_killed_in_a_step_the_file_is_as_before_it_and_the_next_start_goes_on(data, tmp_path, step):
    older(tmp_path / "old")
    older(tmp_path / "before", max(one.name for one in migrations._migrations if one.name < step))
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "old"), step], cwd=Path(__file__).parents[2])
    assert killed.returncode == -9
    assert shape(tmp_path / "old") == shape(tmp_path / "before")

    run("upgrade", "--data", str(tmp_path / "old"))
    assert shape(tmp_path / "old") == shape(data)


# ── who may ───────────────────────────────────────────────────────────────────


def test_only_admins_are_given_admin_scopes(data):
    run("user", "create", "mod", "--data", str(data), "--password", "correct horse", "--role", "moderator")
    run("user", "create", "chief", "--data", str(data), "--password", "correct horse", "--role", "admin")
    with pytest.raises(Forbidden):
        run("token", "create", "mod", "--data", str(data), "--scopes", "read admin:read")
    assert len(run("token", "create", "chief", "--data", str(data), "--scopes", "read admin:read").split()) == 1


@pytest.mark.parametrize(("typed", "kept"), [("fr-TN", "fr"), ("ar_tn", "ar-TN"), ("zgh", "zgh"), ("en-GB", "en")])
def test_a_locale_may_name_a_country(tmp_path, typed, kept):
    run("init", "--data", str(tmp_path / "n"), "--origin", "https://reseau.example", "--locale", typed)
    assert run("config", "get", "locale", "--data", str(tmp_path / "n")) == f'"{kept}"\n'


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://Reseau.Example/", "https://reseau.example"),
        ("https://جمعيات.المغرب", "https://xn--mgbge6c1c5a.xn--mgbc0a9azcg"),
    ],
)
def test_an_origin_is_kept_as_browsers_send_it(tmp_path, typed, kept):
    run("init", "--data", str(tmp_path / "n"), "--origin", typed)
    assert (tmp_path / "n" / FILE).stat().st_mode & 0o077 == 0
    assert json.loads(run("config", "get", "origin", "--data", str(tmp_path / "n"))) == kept


def test_a_language_that_we_do_not_have_is_refused(tmp_path):
    with pytest.raises(Invalid):
        run("init", "--data", str(tmp_path / "n"), "--origin", "https://reseau.example", "--locale", "de-DE")
    assert not (tmp_path / "n").exists()
