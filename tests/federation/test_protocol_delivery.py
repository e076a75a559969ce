"""Who gets what, in which form; and who may look."""

import json
from typing import Any

import pytest

from federation import audience
from federation import vocabulary as v
from federation.bridge import now
from federation.outbox import Draft
from node import hosts
from node.people import actors
from node.posts import posts
from tests.conftest import Node, Peer, until
from tests.federation.test_protocol_people import follows_peer, settled
from tests.federation.test_protocol_quotes import publish


async def test_a_shared_inbox_on_another_host_is_not_written_to(node: Node, peer: Peer) -> None:
    async with Peer(name="eve") as eve:
        peer.documents["/users/badr"] = peer.actor(endpoints={"sharedInbox": f"{eve.origin}/inbox"})
        await peer.post(f"{node.origin}/inbox", peer.follow(node.uri("amal")))
        await peer.wait_for(lambda one: one["type"] == "Accept")
        await publish(node, Draft("for all"))
        await peer.wait_for(lambda one: one["type"] == "Create")
        assert not eve.received


async def test_a_direct_message_to_several_goes_to_each_on_lemmy_alone(node: Node, peer: Peer) -> None:
    async with Peer(name="eve") as eve:
        await node.write(hosts.describe, eve.host, "lemmy", "1.0", now())
        for one in (peer, eve):
            await one.post(f"{node.origin}/inbox", one.follow(node.uri("amal")))
            await one.wait_for(lambda activity: activity["type"] == "Accept")
        words = f"@badr@{peer.host} @eve@{eve.host} hello"
        post = await publish(node, Draft(words, visibility="direct"))
        alone = await eve.wait_for(lambda activity: activity["type"] == "Create")
        assert (alone["to"], alone["cc"]) == ([eve.uri], [])
        assert (alone["object"]["to"], alone["object"]["cc"]) == ([eve.uri], [])
        both = await peer.wait_for(lambda activity: activity["type"] == "Create")
        assert set(both["to"]) == {peer.uri, eve.uri}
        assert (alone["object"]["id"], both["object"]["id"]) == (post["uri"], post["uri"])
        assert alone["id"] != both["id"]


async def test_a_deletion_reaches_who_had_it_and_follows_no_more_and_who_passed_it_on(node: Node, peer: Peer) -> None:
    async with Peer(name="eve") as eve:
        await peer.post(f"{node.origin}/inbox", peer.follow(node.uri("amal")))
        await peer.wait_for(lambda one: one["type"] == "Accept")
        said = await node.api("POST", "/api/v1/statuses", node.token(), json={"status": "soon gone"})
        await peer.wait_for(lambda one: one["type"] == "Create")
        undo = {"@context": v.AS2, "id": f"{peer.origin}/undo/1", "type": "Undo", "actor": peer.uri,
                "object": peer.follow(node.uri("amal"))}  # fmt: skip
        await peer.post(f"{node.origin}/inbox", undo)
        boost = {"@context": v.AS2, "id": f"{eve.origin}/boosts/1", "type": "Announce", "actor": eve.uri,
                 "object": said["uri"], "to": [v.PUBLIC]}  # fmt: skip
        await eve.post(f"{node.origin}/inbox", boost)
        await until(lambda: node.read(lambda db: db.value("select boosts from posts where uri = ?", (said["uri"],))))
        await settled(node)
        await node.api("DELETE", f"/api/v1/statuses/{said['id']}", node.token())
        for one in (peer, eve):
            gone = await one.wait_for(lambda activity: activity["type"] == "Delete")
            assert gone["object"] == {"id": said["uri"], "type": "Tombstone"}


async def test_nothing_goes_to_a_blocked_server_nor_out_of_a_closed_network(node: Node, peer: Peer) -> None:
    await follows_peer(node, peer)

    def reach(db: Any) -> set[tuple[str, str]]:
        badr = actors.by_uri(db, peer.uri)
        assert badr is not None
        return audience.inbox_of(db, badr) | audience.everywhere(db)

    assert await node.read(reach)
    await node.write(hosts.decide, peer.host, "block")
    assert await node.read(reach) == set()


async def test_no_letter_names_hidden_recipients(node: Node, peer: Peer) -> None:
    await peer.post(f"{node.origin}/inbox", peer.follow(node.uri("amal")))
    await peer.wait_for(lambda one: one["type"] == "Accept")
    await publish(node, Draft("for all"))
    create = await peer.wait_for(lambda one: one["type"] == "Create")
    assert not {"bto", "bcc"} & (set(create) | set(create["object"]))


async def test_what_is_for_followers_is_shown_to_those_who_sign_and_follow(node: Node, peer: Peer) -> None:
    await peer.post(f"{node.origin}/inbox", peer.follow(node.uri("amal")))
    await peer.wait_for(lambda one: one["type"] == "Accept")
    post = await publish(node, Draft("for followers", visibility="followers"))
    path = f"/posts/{post['id']}"
    for one in (path, f"{path}/replies", f"{path}/activity", f"{path}/context"):
        assert (one, (await node.get(one)).status) == (one, 404)
        url = node.origin + one
        async with peer.session.get(url, headers=peer.signed(url, b"", method="GET")) as answer:
            assert (one, answer.status) == (one, 200)
        async with (
            Peer(name="eve") as eve,
            eve.session.get(url, headers=eve.signed(url, b"", method="GET")) as stranger,
        ):
            assert (one, stranger.status) == (one, 404)


@pytest.mark.parametrize(
    ("accept", "document"),
    [
        ("application/activity+json", True),
        ('application/ld+json; profile="https://www.w3.org/ns/activitystreams"', True),
        ("application/ld+json", True),
        ("application/json", True),
        ("application/activity+json, text/html;q=0.5", True),
        ("text/html, application/activity+json;q=0.9", False),
        ("text/html;q=0.2, application/ld+json;q=0.9", True),
        ("application/activity+json;q=0", False),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False),
        ("*/*", False),
        ("", False),
        ("application/activity+json;q=x", False),
    ],
)
async def test_documents_are_for_who_asks_for_them(node: Node, accept: str, document: bool) -> None:
    answer = await node.get("/users/amal", accept)
    assert answer.status == (200 if document else 302)
    if document:
        assert answer.headers["Content-Type"].startswith("application/activity+json")
        assert "Accept" in answer.headers["Vary"]


async def test_a_host_is_asked_what_it_runs_at_the_first_contact_and_not_again(node: Node, peer: Peer) -> None:
    schema = "http://nodeinfo.diaspora.software/ns/schema/"
    plain = {"links": [{"rel": f"{schema}2.0", "href": f"{peer.origin}/nodeinfo/2.0"}]}
    peer.documents["/.well-known/nodeinfo"] = plain
    peer.documents["/nodeinfo/2.0"] = {"version": "2.0", "software": {"name": "GoToSocial", "version": "0.20"}}
    for number in (1, 2):
        await peer.post(f"{node.origin}/inbox", peer.follow(node.uri("amal"), number))
    await until(lambda: node.read(hosts.software, peer.host))
    await settled(node)
    assert await node.read(hosts.software, peer.host) == "gotosocial"
    assert peer.asked.count("/.well-known/nodeinfo") == 1


async def test_an_answer_to_a_dead_servers_post_is_kept_at_once(node: Node, peer: Peer) -> None:
    await follows_peer(node, peer)
    note = peer.note(4, inReplyTo="https://gone.invalid/notes/1")
    await peer.post(f"{node.origin}/inbox", peer.create(note))
    post = await until(lambda: node.read(posts.by_uri, note["id"]))
    assert (post["reply_to"], post["reply_to_uri"]) == (None, "https://gone.invalid/notes/1")
    assert json.loads(post["details"]) == {}
