"""Forums, projects, associations and accounts that are deleted, on two nodes: what goes, what stays, who is told."""

import json
from typing import Any

import pytest

from federation import closing, resolve
from federation import vocabulary as v
from federation.bridge import now
from node.errors import Forbidden, Unproven
from node.network import listed, organisers, partners
from node.people import actors, memberships, tokens
from node.posts import drafts, posts
from tests.conftest import Node, Peer, until
from tests.federation.forum_world import group, has, join, open_forum, write
from tests.federation.network_world import partners_of_two, row_of, user, with_facts, with_project
from tests.federation.test_events_together import agreed_between, of
from tests.federation.test_events_words_taken_back import sends
from tests.federation.test_protocol_people import settled
from tests.federation.test_two_nodes import follow


async def gone(node: Node, uri: str) -> None:
    def look(db: Any) -> bool:
        row = actors.by_uri(db, uri)
        return row is not None and bool(row["gone"])

    await until(lambda: node.read(look))


async def test_a_forum_that_is_deleted_leaves_its_topics_closed_on_both_nodes(node: Node, other: Node) -> None:
    forum = await open_forum(node)
    await join(other, forum["uri"])
    topic = await write(other, "amal", "Où creuser ?", title="Un puits", place=forum["uri"])
    here = await has(node, topic["uri"])
    ours = await write(node, "amal", "Ici", reply_to=topic["uri"])
    await has(other, ours["uri"])
    await node.write(lambda db: closing.place(db, actors.get(db, forum["id"]), now()))
    answer = await node.get("/groups/eau")
    assert answer.status == 410
    assert json.loads(await answer.text())["formerType"] == "Group"
    assert (await node.get("/f/eau", accept="text/html")).status == 410
    await gone(other, forum["uri"])
    for one, row in ((node, here), (other, topic)):
        assert (await one.read(posts.get, row["id"]))["locked"], "closed"
        page = await one.get(f"/t/{row['id']}", accept="text/html")
        assert page.status == 200 and "Où creuser" in await page.text()
        with pytest.raises(Forbidden):
            await write(one, "amal", "Trop tard", reply_to=topic["uri"])
        with pytest.raises(Forbidden):
            await write(one, "amal", "Encore", title="Encore", place=forum["uri"])
    assert (
        await other.read(
            lambda db: db.value("select count(*) from follows where target = ?", (row_of(db, forum["uri"])["id"],))
        )
        == 0
    )


async def test_a_deleted_group_takes_nothing_more(node: Node, peer: Peer) -> None:
    forum = await open_forum(node)
    await sends(node, peer, peer.follow(forum["uri"]))
    await peer.wait_for(lambda one: one["type"] == "Accept")
    await node.write(lambda db: closing.place(db, actors.get(db, forum["id"]), now()))
    told = await peer.wait_for(lambda one: one["type"] == "Delete")
    assert (told["actor"], told["object"]["id"], told["object"]["type"]) == (forum["uri"], forum["uri"], "Tombstone")
    before = len(peer.received)
    note = peer.note(4, content="<p>Trop tard</p>", to=[v.PUBLIC, forum["uri"]], audience=forum["uri"])
    await sends(node, peer, peer.create(note))
    row = await node.read(posts.by_uri, note["id"])
    assert row is None or row["place"] is None
    assert not [one for one in peer.received[before:] if one["type"] == "Announce"]


async def test_a_peer_s_group_that_is_deleted_closes_its_topics_here(node: Node, peer: Peer) -> None:
    uri = group(peer, "club", [peer.uri])
    await resolve.actor(node.bridge, uri)

    def stands_there(db: Any) -> int:
        from federation import outbox
        from federation.outbox import Draft

        amal, club = row_of(db, node.uri("amal")), row_of(db, uri)
        return int(
            outbox.publish(db, amal, Draft("Bonjour", kind="topic", title="Bonjour", place=club["id"]), now())["id"]
        )

    number = await node.write(stands_there)
    deleted = {"id": f"{uri}#delete", "type": "Delete", "actor": uri, "to": [v.PUBLIC],
               "object": {"id": uri, "type": "Tombstone", "formerType": "Group"}}  # fmt: skip
    stolen = deleted | {"id": f"{uri}#stolen", "actor": peer.uri}
    await sends(node, peer, stolen)
    assert not (await node.read(row_of, uri))["gone"], "only the Group says so"
    assert await peer.post(f"{node.origin}/inbox", deleted, key_id=f"{uri}#main-key") == 202
    await gone(node, uri)
    assert (await node.read(posts.get, number))["locked"]


async def test_a_project_goes_and_its_news_stay(node: Node, other: Node) -> None:
    uri = await partners_of_two(node, other)
    await node.write(lambda db: closing.place(db, row_of(db, uri), now()))
    await gone(other, uri)
    assert (await node.get("/projects/oasis")).status == 410
    assert (await node.get("/p/oasis", accept="text/html")).status == 410
    page = await node.get("/projects", accept="text/html")
    assert "/p/oasis" not in await page.text()


async def test_an_association_goes_with_its_projects_forum_roles_and_partnerships(node: Node, other: Node) -> None:
    project = await partners_of_two(node, other)
    event, _ = await agreed_between(node, other)
    token = other.token("amal", actor="tanmia")
    await other.api("POST", "/api/v1/statuses", token, json={"status": "مرحبا"})
    led = await other.write(with_project)
    await other.write(lambda db: closing.association(db, row_of(db, other.uri("tanmia")), now()))
    for path in ("/orgs/tanmia", "/projects/oasis"):
        assert (await other.get(path)).status == 410
    assert (await other.read(actors.get, led["id"]))["gone"]
    assert await other.read(memberships.role, await other.read(user), row_of_now(other, other.uri("tanmia"))) is None
    with pytest.raises(Unproven):
        await other.read(tokens.bearer, token)
    assert (await other.read(listed.by_uri, other.uri("tanmia")))["gone"]
    await gone(node, other.uri("tanmia"))
    assert (await node.read(lambda db: partners.get(db, row_of(db, project)["id"], other.uri("tanmia"))))[
        "state"
    ] == "ended"
    assert await node.read(of, event["id"]) == []
    served = await (await node.get(f"/posts/{event['id']}")).json(content_type=None)
    assert "asso:partner" not in served
    assert (await node.read(organisers.get, event["id"], other.uri("tanmia")))["state"] == "ended"


def row_of_now(node: Node, uri: str) -> int:
    found = node.bridge.store.glance(actors.by_uri, uri)
    assert found is not None
    return int(found["id"])


async def test_who_follows_an_association_loses_it_and_the_directory_too(node: Node, other: Node) -> None:
    await other.write(with_facts)
    here = node.token()
    await follow(node, here, f"tanmia@{other.host}")
    said = await other.api("POST", "/api/v1/statuses", other.token("amal", actor="tanmia"), json={"status": "مرحبا"})
    await until(lambda: node.read(posts.by_uri, said["uri"]))
    await other.write(lambda db: closing.association(db, row_of(db, other.uri("tanmia")), now()))
    await gone(node, other.uri("tanmia"))
    assert await node.read(posts.by_uri, said["uri"]) is None
    entry = await node.read(listed.by_uri, other.uri("tanmia"))
    assert entry is None or entry["gone"]


async def test_an_account_takes_along_all_that_it_kept(node: Node, other: Node) -> None:
    here = other.token()
    await follow(other, here, f"yto@{node.host}", accepted=False)
    await until(lambda: node.read(lambda db: db.value("select count(*) from follows where state = 'pending'")))
    token = node.token("yto")
    said = await node.api("POST", "/api/v1/statuses", token, json={"status": "À demain"})
    number = await node.read(user, "yto")

    def leave(db: Any) -> None:
        drafts.keep(db, number, "/new", {"text": "un secret"}, now())
        closing.member(db, number, row_of(db, node.uri("yto")), now())

    await node.write(leave)
    assert await node.read(lambda db: db.value("select count(*) from drafts")) == 0
    assert await node.read(memberships.role, number, row_of_now(node, node.uri("tanmia"))) is None
    assert (await node.get("/users/yto")).status == 410 and (
        await node.get(said["uri"].removeprefix(node.origin))
    ).status == 410
    assert await node.api("GET", "/api/v1/accounts/verify_credentials", token, status=401)
    await gone(other, node.uri("yto"))
    await settled(other)
