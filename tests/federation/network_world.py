"""Associations with facts, projects and partners on two real nodes, for tests."""

from typing import Any

from federation import actors as documents
from federation import associations, projects, resolve
from federation.bridge import now
from federation.handlers import partnership
from node.network import associations as kept
from node.network import partners
from node.network.associations import Facts
from node.network.projects import Facts as ProjectFacts
from node.network.projects import Stage
from node.people import actors, users
from node.store import Database, Row
from tests.conftest import Node, until

FACTS = Facts(
    field="water", region="MA-TIZ", size="s", other_fields=["youth"], legal_form="ma-association", founded="2011",
    languages=["ar", "zgh", "fr"],
    contacts=[
        {"kind": "phone", "value": "05 22 00 00 01", "shown": "public"},
        {"kind": "email", "value": "bureau@tanmia.example", "shown": "network"},
        {"kind": "phone", "value": "0661 00 00 02", "shown": "local"},
        {"kind": "site", "value": "https://tanmia.example/", "shown": "public"},
    ],
    governance={"board": "9"},
)  # fmt: skip


def user(db: Database, name: str = "amal") -> int:
    return int(users.by_name(db, name)["id"])


def with_facts(db: Database, facts: Facts = FACTS) -> Row:
    """Tanmia of the world, an association with facts."""
    found = actors.ours(db, "tanmia")
    assert found is not None
    kept.describe(db, found["id"], now(), names={"ar": "جمعية التنمية", "fr": "Association Tanmia"},
                  texts={"ar": "<p>ماء للجميع</p>"})  # fmt: skip
    kept.save(db, found["id"], facts, now())
    return actors.get(db, found["id"])


def with_project(db: Database, name: str = "oasis") -> Row:
    """A project that Tanmia leads, with two stages."""
    owner = with_facts(db)
    made = projects.create(
        db, user(db), name, owner, {"ar": "الواحة الخضراء", "fr": "Oasis verte"}, now(), status="active",
        texts={"ar": "<p>ماء</p>"}, facts=ProjectFacts(places=["MA-TIZ"], fields=["water"], target=100, reached=40),
        stages=[Stage({"ar": "دراسة", "fr": "Étude"}, done=True), Stage({"fr": "Bassins"}, progress=20)],
    )  # fmt: skip
    return actors.get(db, made)


def row_of(db: Database, uri: str) -> Row:
    found = actors.by_uri(db, uri)
    assert found is not None, uri
    return found


async def partners_of_two(node: Node, other: Node) -> str:
    """Tanmia of `other` is asked and has accepted to be partner of oasis, Tanmia's project on `node`; the project's URI."""
    project = await node.write(with_project)
    await other.write(with_facts)
    partner = await resolve.actor(node.bridge, other.uri("tanmia"))
    await node.write(lambda db: partnership.ask(db, user(db), actors.get(db, project["id"]), partner, now()))
    await until(lambda: other.read(lambda db: db.value("select count(*) from partners where state = 'asked'")))
    await other.write(
        lambda db: partnership.accept(db, user(db), row_of(db, other.uri("tanmia")), row_of(db, project["uri"]), now())
    )
    await until(lambda: node.read(partners.is_partner, project["id"], partner["id"]))
    return str(project["uri"])


async def document(node: Node, path: str) -> dict[str, Any]:
    answer = await node.get(path)
    assert answer.status == 200, answer.status
    found: dict[str, Any] = await answer.json(content_type=None)
    return found


__all__ = ["FACTS", "associations", "documents", "partners_of_two", "row_of", "user", "with_facts", "with_project"]
