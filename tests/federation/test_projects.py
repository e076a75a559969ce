"""Projects over real HTTP: their document, their news from here and from partners, whose figures count."""

import json
from typing import Any

import pytest

from federation import actors as documents
from federation import projects, resolve, updates
from federation.bridge import now
from federation.handlers import follow
from federation.kinds.update import dots
from federation.updates import News
from node.errors import Forbidden, Invalid
from node.network import partners
from node.network import projects as kept
from node.network.projects import Stage
from node.people import actors, users
from node.posts import posts
from node.store import Database, Row
from tests.conftest import Node, until
from tests.federation.network_world import document, partners_of_two, row_of, user, with_project

OLD = 1_767_225_600_000


async def test_the_document_says_how_the_project_stands(node):
    await node.write(with_project)

    found = await document(node, "/projects/oasis")

    inner = found["asso:project"]
    assert (found["type"], found["name"]) == ("Group", "الواحة الخضراء")
    assert inner["id"] == f"{node.origin}/projects/oasis#project"
    assert inner["asso:owner"] == node.uri("tanmia")
    assert (inner["asso:status"], inner["asso:progress"]) == ("active", 60)
    assert (inner["asso:target"], inner["asso:reached"]) == (100, 40)
    assert [(one["id"][-3:], one["isResolved"], one["asso:progress"]) for one in inner["asso:milestones"]] == [
        ("#m1", True, 100), ("#m2", False, 20)]  # fmt: skip
    assert found["attachment"][0]["value"] == "قيد الإنجاز · En cours, 60 %"
    assert (await document(node, "/orgs/tanmia/projects"))["orderedItems"] == [found["id"]]


async def test_another_node_reads_the_whole_structure(node, other):
    project = await node.write(with_project)
    known = await resolve.actor(other.bridge, project["uri"])

    assert known["role"] == "project"
    read = await other.read(kept.get, known["id"])
    assert (read.status, read.owner_uri, read.facts.places) == ("active", node.uri("tanmia"), ["MA-TIZ"])
    stages = await other.read(kept.stages, known["id"])
    assert [(one.number, one.done, one.progress) for one in stages] == [(1, True, 100), (2, False, 20)]
    assert stages[0].titles == {"ar": "دراسة", "fr": "Étude"}


async def test_changes_of_ten_minutes_go_out_together(node, other):
    project = await node.write(with_project)
    known = await resolve.actor(other.bridge, project["uri"])
    await other.write(lambda db: follow.ask(db, row_of(db, other.uri("amal")), known, now()))
    await until(lambda: node.read(lambda db: db.value("select count(*) from follows where state = 'accepted'")))
    for status in ("paused", "active", "completed"):
        await node.write(
            lambda db, status=status: projects.edit(db, user(db), row_of(db, project["uri"]), now(), status=status)
        )
    [(due,)] = await node.read(lambda db: db.rows("select due from tasks where kind = ?", (projects.TELL,)).fetchall())
    assert due > now() + 9 * 60_000

    await projects.tell(node.bridge, {"project": project["id"]})
    await until(lambda: other.read(lambda db: kept.get(db, known["id"]).status == "completed"))


# ── news ──────────────────────────────────────────────────────────────────────


def news(db: Database, node: Node, **more: Any) -> Row:
    """Amal's update of oasis in Tanmia's name."""
    return updates.publish(
        db, row_of(db, node.uri("amal")), user(db), row_of(db, f"{node.origin}/projects/oasis"),
        News(**{"text": "وصل الماء #ماء", "language": "ar", "progress": 45, "on_behalf": row_of(db, node.uri("tanmia"))["id"],
                **more}), now(),
    )  # fmt: skip


async def test_an_update_is_a_note_that_anybody_can_read_and_moves_the_project(node):
    await node.write(with_project)
    post = await node.write(lambda db: news(db, node, stage=2, stage_progress=30))

    found = await document(node, post["uri"].removeprefix(node.origin))

    assert (found["type"], "name" in found) == ("Note", False)
    assert found["content"].startswith("<p><strong>الواحة الخضراء · 45 %</strong></p>")
    assert f"<p>{dots(45)} 45 %</p>" in found["content"]
    assert found["contentMap"]["ar"] == found["content"]
    assert found["asso:onBehalfOf"] == node.uri("tanmia")
    assert found["asso:project"] == {
        "id": f"{node.origin}/projects/oasis#project", "asso:progress": 45,
        "asso:milestone": f"{node.origin}/projects/oasis#m2", "asso:milestoneProgress": 30,
    }  # fmt: skip
    inner = (await document(node, "/projects/oasis"))["asso:project"]
    assert (inner["asso:progress"], inner["asso:milestones"][1]["asso:progress"]) == (45, 30)


@pytest.mark.parametrize("followed", ["users/amal", "projects/oasis", "orgs/tanmia"])
async def test_followers_of_person_project_and_association_all_receive_it(node, other, followed):
    await node.write(with_project)
    known = await resolve.actor(other.bridge, f"{node.origin}/{followed}")
    await other.write(lambda db: follow.ask(db, row_of(db, other.uri("amal")), known, now()))
    await until(lambda: node.read(lambda db: db.value("select count(*) from follows where state = 'accepted'")))
    post = await node.write(lambda db: news(db, node))

    def seen(db: Database) -> Row | None:
        return db.row(
            """
            select posts.* from home join posts shown on shown.id = home.post
              join posts on posts.id = ifnull(shown.boost_of, shown.id)
             where posts.uri = ? and home.viewer = ?
            """,
            (post["uri"], row_of(db, other.uri("amal"))["id"]),
        )

    read = await until(lambda: other.read(seen))
    assert read["title"] == "الواحة الخضراء"
    assert "●" not in read["content"]
    assert "<strong>" not in read["content"]


async def test_a_mastodon_server_gets_the_boost_of_the_association(node, peer):
    await node.write(with_project)
    await peer.post(f"{node.origin}/inbox", peer.follow(node.uri("tanmia")))
    await peer.wait_for(lambda one: one["type"] == "Accept")
    post = await node.write(lambda db: news(db, node))
    boost = await peer.wait_for(lambda one: one["type"] == "Announce")
    assert (boost["actor"], boost["object"]) == (node.uri("tanmia"), post["uri"])


async def test_a_partners_member_writes_from_her_own_node_and_her_figures_count(node, other):
    uri = await partners_of_two(node, other)
    project = await node.read(lambda db: row_of(db, uri))
    await node.write(lambda db: projects.say_changed(db, project["id"], now()))
    await until(
        lambda: other.read(
            lambda db: partners.is_partner(db, row_of(db, uri)["id"], row_of(db, other.uri("tanmia"))["id"])
        )
    )
    post = await other.write(
        lambda db: updates.publish(
            db,
            row_of(db, other.uri("amal")),
            user(db),
            row_of(db, uri),
            News("من صفاقس", progress=70, on_behalf=row_of(db, other.uri("tanmia"))["id"]),
            now(),
        )
    )

    received = await until(lambda: node.read(posts.by_uri, post["uri"]))
    assert (received["place"], received["kind"]) == (project["id"], "update")
    await until(lambda: node.read(lambda db: kept.progress(db, project["id"]) == 70))
    await until(lambda: node.read(lambda db: posts.get(db, received["id"])["on_behalf"]))
    boosted = await until(
        lambda: node.read(lambda db: posts.boost_by(db, row_of(db, node.uri("tanmia"))["id"], received["id"]))
    )
    assert boosted["local"]
    await until(lambda: node.read(lambda db: db.value("select count(*) from relayed")))


async def test_figures_of_a_stranger_are_ignored_and_her_words_kept(node, other):
    project = await node.write(with_project)
    known = await resolve.actor(other.bridge, project["uri"])
    with pytest.raises(Forbidden):
        await other.write(
            lambda db: updates.publish(
                db,
                row_of(db, other.uri("amal")),
                user(db),
                row_of(db, known["uri"]),
                News("انتهى!", progress=100),
                now(),
            )
        )
    from federation import outbox

    forged = {"id": f"{project['uri']}#project", "asso:progress": 100}
    post = await other.write(
        lambda db: outbox.publish(
            db,
            row_of(db, other.uri("amal")),
            outbox.Draft(text="انتهى!", kind="update", place=known["id"], details={"asso:project": forged}),
            now(),
        )
    )
    received = await until(lambda: node.read(posts.by_uri, post["uri"]))
    assert "انتهى" in received["content"]
    assert received["place"] == project["id"]
    assert "asso:project" not in json.loads((await node.read(posts.get, received["id"]))["details"])
    assert await node.read(kept.progress, project["id"]) == 60
    assert await node.read(lambda db: posts.boost_by(db, row_of(db, node.uri("tanmia"))["id"], received["id"])) is None


async def test_figures_that_name_another_project_move_nothing(node, other):
    uri = await partners_of_two(node, other)
    project = await node.read(lambda db: row_of(db, uri))
    await resolve.actor(other.bridge, uri)
    from federation import outbox

    claim = {"id": f"{node.origin}/projects/another#project", "asso:progress": 99}
    post = await other.write(
        lambda db: outbox.publish(
            db,
            row_of(db, other.uri("amal")),
            outbox.Draft(text="خبر", kind="update", place=row_of(db, uri)["id"], details={"asso:project": claim}),
            now(),
        )
    )
    received = await until(lambda: node.read(posts.by_uri, post["uri"]))
    await until(lambda: node.read(lambda db: db.value("select count(*) from profiles_asked")))
    assert await node.read(kept.progress, project["id"]) == 60
    assert received["place"] == project["id"]


async def test_a_project_that_speaks_of_another_host_is_none(node, peer):
    peer.documents["/projects/p"] = {
        **peer.actor(), "id": f"{peer.origin}/projects/p", "type": "Group", "preferredUsername": "p", "publicKey": {},
        "asso:project": {"id": f"{node.origin}/projects/oasis#project", "asso:owner": node.uri("tanmia")},
    }  # fmt: skip
    known = await resolve.actor(node.bridge, f"{peer.origin}/projects/p")
    assert known["role"] == ""
    assert await node.read(kept.find, known["id"]) is None


async def test_odd_figures_are_read_with_patience(node, peer):
    uri = f"{peer.origin}/projects/p"
    peer.documents["/projects/p"] = {
        **peer.actor(), "id": uri, "type": "Group", "preferredUsername": "p", "publicKey": {},
        "asso:project": {
            "id": f"{uri}#project", "asso:owner": "https://far.example/orgs/x", "asso:progress": 900, "asso:status": "حلم",
            "asso:milestones": ["x", {"name": 5}, {"id": f"{uri}#m7", "name": "Sept", "asso:progress": "many"}] + [{"name": "n"}] * 80,
            "asso:partner": "nobody", "funding": {"type": "MonetaryGrant", "amount": {"value": 1.5}}, "startTime": "soon",
            "asso:region": {"a": 1}, "asso:target": True,
        },
    }  # fmt: skip
    known = await resolve.actor(node.bridge, uri)
    read = await node.read(kept.get, known["id"])
    assert (read.owner_uri, read.progress, read.status, read.starts, read.facts.target) == ("", 100, "حلم", None, None)
    stages = await node.read(kept.stages, known["id"])
    assert (stages[0].number, stages[0].titles) == (7, {"": "Sept"})
    assert len(stages) <= kept.MOST


# ── here ──────────────────────────────────────────────────────────────────────


def test_stages_keep_their_numbers_when_they_are_edited(db):
    project = with_project(db)
    first, second = kept.stages(db, project["id"])
    projects.edit(db, user(db), project, now(), stages=[second, Stage({"fr": "Fin"}), first])
    assert [one.number for one in kept.stages(db, project["id"])] == [2, 3, 1]


def test_a_stage_that_is_past_its_date_is_late(db):
    assert kept.state_of(Stage({"fr": "x"}, ends=OLD), OLD + 1) == "late"
    assert kept.state_of(Stage({"fr": "x"}, ends=OLD, done=True), OLD + 1) == "done"
    assert kept.state_of(Stage({"fr": "x"}, progress=5), OLD) == "started"
    assert kept.state_of(Stage({"fr": "x"}), OLD) == "planned"


@pytest.mark.parametrize("wrong", [{"status": "maybe"}, {"changed": kept.Project("x", status="active", progress=101)},
                                   {"stages": [Stage({})]}, {"stages": [Stage({"fr": "x"})] * 60}])  # fmt: skip
def test_what_makes_no_sense_is_refused(db, wrong):
    project = with_project(db)
    with pytest.raises(Invalid):
        projects.edit(db, user(db), project, now(), **wrong)


def test_only_the_owners_people_edit(db):
    project = with_project(db)
    stranger = users.create(db, documents.create(db, "Person", "nora", now()), None, "a long password", "member", now())
    with pytest.raises(Forbidden):
        projects.edit(db, stranger, project, now(), status="paused")
    with pytest.raises(Forbidden):
        projects.create(db, stranger, "other", row_of(db, "https://node.example/orgs/tanmia"), {"fr": "x"}, now())


def test_nobody_says_news_in_the_name_of_an_association_that_is_not_hers(db):
    """Neither with figures nor without: the name alone would make her of the team."""
    project = with_project(db)
    nora = documents.create(db, "Person", "nora", now())
    stranger = users.create(db, nora, None, "a long password", "member", now())
    owner = row_of(db, "https://node.example/orgs/tanmia")
    for progress in (None, 99):
        with pytest.raises(Forbidden):
            updates.publish(db, actors.get(db, nora), stranger, project,
                            News("x", progress=progress, on_behalf=owner["id"]), now())  # fmt: skip


def test_a_bar_of_dots_is_full_only_at_the_end():
    assert [dots(share) for share in (0, 1, 45, 99, 100)] == [
        "○" * 10,
        "●" + "○" * 9,
        "●●●●●○○○○○",
        "●" * 9 + "○",
        "●" * 10,
    ]
