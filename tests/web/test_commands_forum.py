"""`tashbik forum create`, as the operator types it."""

import shutil

import pytest
from click.testing import CliRunner

from node.errors import Conflict, Invalid, NotFound
from node.network import forums, moderators
from node.people import actors
from node.store import connect
from web.commands.table import tashbik


@pytest.fixture
def folder(world_folder, tmp_path):
    return shutil.copytree(world_folder, tmp_path / "node")


def run(folder, *arguments):
    return CliRunner().invoke(tashbik, ["forum", "create", *arguments, "--data", str(folder)])


def test_a_forum_is_made(folder):
    done = run(folder, "eau", "--title-ar", "الماء", "--title-fr", "L'eau", "--field", "environment", "--moderator", "yto",
               "--association", "tanmia", "--restricted")  # fmt: skip
    assert done.exit_code == 0, done.output
    db = connect(folder)
    eau = actors.ours(db, "eau")
    assert eau is not None and eau["display"] == "الماء" and eau["role"] == "forum"
    assert [row["name"] for row in moderators.of(db, eau["id"])] == ["yto"]
    known = forums.get(db, eau["id"])
    tanmia = actors.ours(db, "tanmia")
    assert known is not None and tanmia is not None
    assert (known.field, known.owner, known.restricted) == ("environment", tanmia["id"], True)
    db.close()


@pytest.mark.parametrize(
    ("arguments", "refused"),
    [
        (["eau", "--moderator", "yto"], Invalid),
        (["eau", "--title-fr", "x", "--moderator", "nobody"], NotFound),
        (["yto", "--title-fr", "x", "--moderator", "yto"], Conflict),
        (["Eau!", "--title-fr", "x", "--moderator", "yto"], Invalid),
        (["eau", "--title-fr", "x", "--moderator", "yto", "--field", "nothing_such"], Invalid),
        (["eau", "--title-fr", "x", "--moderator", "yto", "--association", "amal"], NotFound),
    ],
)
def test_what_makes_no_forum_leaves_nothing(folder, arguments, refused):
    done = run(folder, *arguments)
    assert done.exit_code != 0 and isinstance(done.exception, refused)
    db = connect(folder)
    assert db.value("select count(*) from actors where type = 'Group'") == 0
    db.close()


def test_moderators_are_appointed_and_dismissed_and_one_stays(folder):
    assert run(folder, "eau", "--title-ar", "الماء", "--moderator", "yto").exit_code == 0

    def asked(*words):
        return CliRunner().invoke(tashbik, ["forum", *words, "--data", str(folder)])

    def moderating():
        db = connect(folder)
        found = [row["name"] for row in moderators.of(db, actors.ours(db, "eau")["id"])]
        told = [row[0] for row in db.rows("select type from letters where type in ('Add', 'Remove') order by id")]
        db.close()
        return found, told

    assert isinstance(asked("dismiss", "eau", "yto").exception, Invalid)
    assert asked("appoint", "eau", "@amal").exit_code == 0
    assert moderating() == (["yto", "amal"], ["Add"])
    assert isinstance(asked("appoint", "eau", "amal").exception, Conflict)
    assert asked("dismiss", "eau", "yto").exit_code == 0
    assert moderating() == (["amal"], ["Add", "Remove"])
    assert isinstance(asked("dismiss", "eau", "yto").exception, Conflict)
    for name, who in (("none", "amal"), ("tanmia", "amal"), ("eau", "nobody"), ("eau", "x@far.example")):
        assert isinstance(asked("appoint", name, who).exception, NotFound)
    assert isinstance(asked("appoint", "eau", "tanmia").exception, Invalid)
