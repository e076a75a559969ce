"""`tashbik association create` and `tashbik project create`, as an operator types them beside a running node."""

import json

import pytest
from click.testing import CliRunner

from node.errors import NodeError
from node.network import associations, directory, forums, projects
from node.people import actors
from node.store import connect
from tests.conftest import until
from web.commands.table import tashbik

ASSOCIATION = ["--owner", "amal", "--name-ar", "جمعية الواحة", "--name-fr", "Association Oasis"]
CODES = ["--field", "water", "--region", "casa-3", "--size", "s"]


def run(folder, *words):
    result = CliRunner().invoke(tashbik, [*words, "--data", str(folder)], catch_exceptions=True)
    if isinstance(result.exception, NodeError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def folder(db):
    db.conn.execute("rollback")
    return db.folder


def test_an_association_with_its_forum_and_a_project(folder):
    run(folder, "association", "create", "oasis", *ASSOCIATION, *CODES, "--forum")
    run(
        folder,
        "project",
        "create",
        "khadra",
        "--association",
        "oasis",
        "--title-ar",
        "الواحة الخضراء",
        "--title-fr",
        "Oasis verte",
    )

    db = connect(folder)
    row = actors.ours(db, "oasis")
    assert (row["type"], row["display"], json.loads(row["displays"])["fr"]) == (
        "Organization",
        "جمعية الواحة",
        "Association Oasis",
    )
    facts = associations.get(db, row["id"])
    assert (facts.field, facts.region, facts.size) == ("water", "casa-3", "s")
    assert [one["name"] for one in forums.of_owner(db, row["id"])] == ["oasis_forum"]
    assert [one["name"] for one in projects.of_owner(db, row["id"])] == ["khadra"]
    assert [one["uri"] for one in directory.search(db, directory.Query(region="MA-06"))] == [row["uri"]]
    [told] = db.rows("select content from posts where author = ? and kind = 'note'", (row["id"],))
    assert "الواحة الخضراء" in told["content"] and "/p/khadra" in told["content"], "its followers read of it"
    db.close()


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (["--field", "watr", "--region", "casa-3", "--size", "s"], "education, literacy"),
        (["--field", "water", "--region", "casa-33", "--size", "s"], "MA-01, MA-02"),
        (["--field", "water", "--region", "casa-3", "--size", "z"], "xs, s, m, l, xl"),
    ],
)
def test_an_unknown_code_fails_in_one_line_that_names_the_possible_ones(folder, wrong, named):
    with pytest.raises(NodeError) as refused:
        run(folder, "association", "create", "oasis", *ASSOCIATION, *wrong)
    assert named in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["amal", "AMAL", "directory", "a b"])
def test_a_name_that_cannot_be_given_is_refused(folder, name):
    with pytest.raises(NodeError):
        run(folder, "association", "create", name, *ASSOCIATION, *CODES)


def test_a_project_needs_an_association_that_is_there(folder):
    with pytest.raises(NodeError, match="There is no association called amal"):
        run(folder, "project", "create", "khadra", "--association", "amal", "--title-fr", "Oasis")


async def test_what_a_command_makes_is_live_at_once(node):
    run(node.folder, "association", "create", "oasis", *ASSOCIATION, *CODES)

    async def answers() -> bool:
        return (await node.get("/orgs/oasis")).status == 200

    await until(answers, 2)
    found = await (await node.get("/orgs/oasis")).json(content_type=None)
    assert found["asso:fieldOfActivity"] == ["water"]


async def test_a_directory_is_added_listed_and_removed(node, other):
    run(other.folder, "association", "create", "oasis", *ASSOCIATION, *CODES)
    run(node.folder, "directory", "add", other.host)

    def known() -> bool:
        [*found] = json.loads(run(node.folder, "directory", "list", "--json"))
        return bool(found) and found[0]["associations"] == 1 and found[0]["host"] == other.host

    await until(known)
    run(node.folder, "directory", "remove", other.host)
    assert json.loads(run(node.folder, "directory", "list", "--json")) == []
    with pytest.raises(NodeError):
        run(node.folder, "directory", "remove", other.host)
