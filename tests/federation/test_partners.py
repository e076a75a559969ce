"""Partners of a project over real HTTP: asked, confirmed by their own word alone, and parted from."""

from typing import Any

import pytest

from federation import projects, resolve
from federation import vocabulary as v
from federation.bridge import now
from federation.handlers import partnership
from node.errors import Conflict, Forbidden
from node.network import partners
from node.network import projects as kept
from node.people import actors
from node.posts import notifications
from tests.conftest import until
from tests.federation.network_world import document, partners_of_two, row_of, user, with_facts, with_project


async def test_a_partner_is_asked_sees_it_waiting_and_is_shown_once_it_accepted(node, other):
    project = await node.write(with_project)
    await other.write(with_facts)
    partner = await resolve.actor(node.bridge, other.uri("tanmia"))
    await node.write(
        lambda db: partnership.ask(db, user(db), actors.get(db, project["id"]), partner, now(), role="hosting")
    )
    assert "asso:partner" not in (await document(node, "/projects/oasis"))["asso:project"]

    [asked] = await until(lambda: other.read(lambda db: partners.asked(db, row_of(db, other.uri("tanmia"))["id"])))
    assert (asked["uri"], asked["partnership"]) == (project["uri"], "hosting")
    told = await other.read(lambda db: notifications.of(db, row_of(db, other.uri("amal"))["id"]))
    assert [one["kind"] for one in told] == ["partner"]

    agreement = await other.write(
        lambda db: partnership.accept(db, user(db), row_of(db, other.uri("tanmia")), row_of(db, project["uri"]), now())
    )
    await until(lambda: node.read(partners.is_partner, project["id"], partner["id"]))
    [listed] = (await document(node, "/projects/oasis"))["asso:project"]["asso:partner"]
    assert listed == {"type": "asso:Partnership", "actor": other.uri("tanmia"), "asso:role": "hosting",
                      "asso:state": "accepted", "asso:agreement": agreement}  # fmt: skip
    accept = await document(other, agreement.removeprefix(other.origin))
    assert (accept["type"], accept["actor"], accept["object"]["type"]) == ("Accept", other.uri("tanmia"), "Offer")


async def test_the_partner_follows_the_project_and_confirms_itself_when_the_document_comes(node, other):
    uri = await partners_of_two(node, other)
    await until(lambda: node.read(lambda db: db.value("select count(*) from follows where state = 'accepted'")))
    await node.write(lambda db: projects.say_changed(db, row_of(db, uri)["id"], now()))

    def confirmed(db: Any) -> Any:
        row = row_of(db, uri)
        return row["role"] == "project" and partners.is_partner(db, row["id"], row_of(db, other.uri("tanmia"))["id"])

    await until(lambda: other.read(confirmed))
    assert [
        one["uri"] for one in await other.read(lambda db: kept.with_partner(db, row_of(db, other.uri("tanmia"))["id"]))
    ] == [uri]


async def test_a_third_node_asks_the_partner_before_it_believes(node, other, tmp_path):
    from tests.conftest import started

    uri = await partners_of_two(node, other)
    third = await started(tmp_path / "third")
    try:
        project = await resolve.actor(third.bridge, uri)
        await until(lambda: third.read(lambda db: partners.get(db, project["id"], other.uri("tanmia"))["confirmed"]))
    finally:
        await third.stop()


async def test_a_refusal_is_a_refusal(node, other):
    project = await node.write(with_project)
    partner = await resolve.actor(node.bridge, other.uri("tanmia"))
    await node.write(lambda db: partnership.ask(db, user(db), actors.get(db, project["id"]), partner, now()))
    await until(lambda: other.read(lambda db: db.value("select count(*) from partners")))
    await other.write(
        lambda db: partnership.reject(db, user(db), row_of(db, other.uri("tanmia")), row_of(db, project["uri"]), now())
    )
    await until(lambda: node.read(lambda db: db.value("select state = 'rejected' from partners")))
    assert not await node.read(partners.is_partner, project["id"], partner["id"])


@pytest.mark.parametrize("side", ["partner", "owner"])
async def test_either_side_ends_it_and_its_word_is_withdrawn(node, other, side):
    uri = await partners_of_two(node, other)
    agreement = await other.read(lambda db: db.value("select agreement from partners"))
    mine = node if side == "owner" else other
    await mine.write(
        lambda db: partnership.end(
            db, user(db), row_of(db, mine.uri("tanmia")), row_of(db, uri), other.uri("tanmia"), now()
        )
    )

    for one in (node, other):
        await until(lambda one=one: one.read(lambda db: db.value("select state = 'ended' from partners")))
    assert "asso:partner" not in (await document(node, "/projects/oasis"))["asso:project"]
    assert (await other.get(agreement.removeprefix(other.origin))).status == 404


# ── forged ────────────────────────────────────────────────────────────────────


def offered(peer: Any, project: str, target: str, owner: str = "") -> dict[str, Any]:
    return {
        "@context": v.AS2, "id": f"{peer.origin}/offers/1", "type": "Offer", "actor": owner or peer.uri, "target": target,
        "object": {"type": "asso:Partnership", "actor": target, "asso:role": "", "asso:project": project}, "to": [target],
    }  # fmt: skip


async def test_an_accept_by_anybody_else_makes_nobody_a_partner(node, other, peer):
    project = await node.write(with_project)
    partner = await resolve.actor(node.bridge, other.uri("tanmia"))
    await resolve.actor(node.bridge, peer.uri)
    uri = await node.write(lambda db: partnership.ask(db, user(db), actors.get(db, project["id"]), partner, now()))
    forged = {"@context": v.AS2, "id": f"{peer.origin}/accepts/1", "type": "Accept", "actor": peer.uri,
              "object": {"id": uri, "type": "Offer", "actor": node.uri("tanmia"), "target": peer.uri}}  # fmt: skip
    assert await peer.post(f"{node.origin}/inbox", forged) == 202
    assert await peer.post(f"{node.origin}/inbox", {**forged, "id": f"{peer.origin}/accepts/2", "object": uri}) == 202
    await until(lambda: node.read(lambda db: db.value("select count(*) = 2 from received where state = 'done'")))
    assert await node.read(lambda db: db.value("select state from partners")) == "asked"


async def test_an_answer_to_an_offer_that_never_was_changes_nothing(node, peer):
    await node.write(with_project)
    await resolve.actor(node.bridge, peer.uri)
    forged = {"@context": v.AS2, "id": f"{peer.origin}/accepts/1", "type": "Accept", "actor": peer.uri,
              "object": offered(peer, f"{node.origin}/projects/oasis", peer.uri, node.uri("tanmia"))}  # fmt: skip
    forged["object"]["id"] = f"{node.origin}/activities/1"
    await peer.post(f"{node.origin}/inbox", forged)
    await until(lambda: node.read(lambda db: db.value("select count(*) from received where state = 'done'")))
    assert await node.read(lambda db: db.value("select count(*) from partners")) == 0


def serve_project(peer: Any, owner: str, **more: Any) -> str:
    uri = f"{peer.origin}/projects/p"
    peer.documents["/projects/p"] = {
        **peer.actor(), "id": uri, "type": "Group", "preferredUsername": "p", "inbox": f"{uri}/inbox",
        "publicKey": {}, "asso:project": {"id": f"{uri}#project", "type": "Project", "asso:owner": owner, **more},
    }  # fmt: skip
    return uri


async def test_only_the_owner_of_a_project_asks_for_partners(node, peer):
    await node.write(with_facts)
    stranger = serve_project(peer, f"{peer.origin}/orgs/other")
    await peer.post(f"{node.origin}/inbox", offered(peer, stranger, node.uri("tanmia")))
    await until(lambda: node.read(lambda db: db.value("select count(*) from received where state = 'failed'")))
    assert await node.read(lambda db: db.value("select count(*) from partners")) == 0
    assert await node.read(lambda db: db.value("select count(*) from notifications where kind = 'partner'")) == 0


async def test_an_owner_that_signs_is_heard(node, peer):
    await node.write(with_facts)
    own = serve_project(peer, peer.uri)
    await peer.post(f"{node.origin}/inbox", offered(peer, own, node.uri("tanmia")))
    await until(lambda: node.read(lambda db: db.value("select count(*) from partners where state = 'asked'")))


@pytest.mark.parametrize(
    "lie",
    [
        lambda accept: accept | {"actor": "https://elsewhere.example/orgs/x"},
        lambda accept: accept | {"actor": accept["actor"] + "2"},
        lambda accept: accept | {"type": "Like"},
        lambda accept: accept | {"object": accept["object"] | {"target": "https://elsewhere.example/orgs/x"}},
        lambda accept: accept | {"object": accept["object"] | {"actor": "https://elsewhere.example/orgs/x"}},
        lambda accept: accept | {"object": accept["object"] | {"object": {"type": "asso:Partnership", "asso:project": "https://elsewhere.example/p"}}},
        lambda accept: accept | {"object": accept["object"]["id"]},
        lambda accept: accept | {"id": accept["id"] + "0"},
        lambda accept: accept,
    ],
    ids=["an actor elsewhere", "another actor", "no Accept", "another target", "another owner", "another project", "no offer", "another id", "true"],
)  # fmt: skip
async def test_a_partner_is_confirmed_by_its_very_accept_alone(node, peer, lie, request):
    """A project of a peer names a partner; what its agreement says decides."""
    partner = f"{peer.origin}/orgs/friend"
    agreement = f"{peer.origin}/accepts/9"
    owner = f"{peer.origin}/orgs/lead"
    named = {"type": "asso:Partnership", "actor": partner, "asso:state": "accepted", "asso:agreement": agreement}
    uri = serve_project(peer, owner, **{"asso:partner": [named]})
    offer_ = offered(peer, uri, partner, owner)
    peer.documents["/accepts/9"] = lie(
        {"@context": v.AS2, "id": agreement, "type": "Accept", "actor": partner, "object": offer_}
    )
    project = await resolve.actor(node.bridge, uri)
    await until(lambda: "/accepts/9" in peer.asked)
    true = request.node.callspec.id == "true"
    if true:
        await until(lambda: node.read(lambda db: db.value("select confirmed from partners")))
    else:
        sql = "select count(*) = 0 from tasks where kind = 'check agreement' and (tries = 0 or due > ?)"
        await until(lambda: node.read(lambda db: db.value(sql, (now() + 200_000,))))  # done, or put off: not under way
    assert bool((await node.read(partners.get, project["id"], partner))["confirmed"]) is true


async def test_an_agreement_on_another_host_than_the_partners_is_not_asked_for(node, peer):
    named = {
        "type": "asso:Partnership",
        "actor": "https://far.example/orgs/x",
        "asso:agreement": f"{peer.origin}/accepts/9",
    }
    uri = serve_project(peer, peer.uri, **{"asso:partner": [named]})
    project = await resolve.actor(node.bridge, uri)
    kept_ = await node.read(partners.get, project["id"], "https://far.example/orgs/x")
    assert (kept_["agreement"], kept_["confirmed"]) == ("", None)
    assert await node.read(lambda db: db.value("select count(*) from tasks where kind = 'check agreement'")) == 0


async def test_a_stranger_ends_no_partnership(node, other, peer):
    uri = await partners_of_two(node, other)
    agreement = await other.read(lambda db: db.value("select agreement from partners"))
    await resolve.actor(node.bridge, peer.uri)
    undo = {"@context": v.AS2, "id": f"{peer.origin}/undos/1", "type": "Undo", "actor": peer.uri,
            "object": {"id": agreement, "type": "Accept"}}  # fmt: skip
    remove = {"@context": v.AS2, "id": f"{peer.origin}/removes/1", "type": "Remove", "actor": peer.uri,
              "object": other.uri("tanmia"), "origin": uri}  # fmt: skip
    for one in (undo, remove):
        assert await peer.post(f"{node.origin}/inbox", one) == 202
    name = f"{peer.origin}%"
    await until(
        lambda: node.read(
            lambda db: db.value(
                "select count(*) = 2 from received where activity like ? and state <> 'waiting'", (name,)
            )
        )
    )
    assert await node.read(lambda db: db.value("select state from partners")) == "accepted"


def test_only_one_who_manages_asks_answers_and_ends(db):
    project = with_project(db)
    other = actors.ours(db, "tanmia")
    from federation import actors as documents

    partner = actors.get(db, documents.create(db, "Organization", "second", now(), display="ثانية"))
    with pytest.raises(Forbidden):
        partnership.ask(db, user(db, "yto"), project, partner, now())
    partnership.ask(db, user(db), project, partner, now())
    with pytest.raises(Conflict):
        partnership.ask(db, user(db), project, partner, now())
    with pytest.raises(Forbidden):
        partnership.accept(db, user(db), partner, project, now())
    with pytest.raises(Forbidden):
        partnership.end(db, user(db, "yto"), other, project, partner["uri"], now())
