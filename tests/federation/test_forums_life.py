"""A Lemmy user through a whole life in a forum of ours, with a member on another node of ours: all three see the same."""

from typing import Any

import pytest

from federation import vocabulary as v
from node.network import topics
from node.people import actors
from tests.conftest import Node, until
from tests.federation import forum_world as w
from tests.federation.forum_world import announced, become_member
from tests.peer import Peer


@pytest.fixture
async def eau(node: Node, other: Node, peer: Peer) -> Any:
    """A forum of node's; members are Yto of other, and Badr of a Lemmy server."""
    forum = await w.open_forum(node)
    await w.join(other, forum["uri"], "yto")
    await become_member(node, peer, forum, "lemmy")
    return forum


async def seen(node: Node, topic: str) -> list[tuple[str, str]]:
    """(URI, or why it was removed; what it says) of each answer, as a visitor of the node reads them."""

    def look(db: Any) -> list[tuple[str, str]]:
        row = db.row("select * from posts where uri = ?", (topic,))
        if row is None:
            return []
        listed = topics.answers(db, row, None)
        return [(f"removed: {one['reason']}" if one["removed"] else one["uri"], one["content"]) for one in listed]

    return await node.read(look)  # type: ignore[no-any-return]


async def both_see(wanted: list[str], topic: str, *nodes: Node) -> None:
    for one in nodes:

        async def same(one: Node = one) -> bool:
            return [first for first, _ in await seen(one, topic)] == wanted

        await until(same)


async def test_a_lemmy_user_lives_in_a_forum_that_two_nodes_show(node: Node, other: Node, peer: Peer, eau: Any) -> None:
    place, nodes = eau["uri"], (node, other)
    topic = w.page(peer, 1, peer.uri, place, "Puits")
    await w.say(peer, node, w.create(peer, 1, topic, place))
    for one in nodes:
        await w.has(one, topic["id"])
        assert await w.titles(one, place) == ["Puits"]

    first = await w.write(other, "yto", "À la main.", reply_to=topic["id"])
    await peer.wait_for(lambda one: announced("Create")(one) and one["object"]["object"]["id"] == first["uri"])
    second = w.comment(peer, 1, peer.uri, place, first["uri"])
    await w.say(peer, node, w.create(peer, 2, second, place))
    await both_see([first["uri"], second["id"]], topic["id"], *nodes)

    peer.documents["/comment/1"] = second = second | {
        "content": "<p>Avec une pompe.</p>",
        "updated": "2026-01-02T00:00:00Z",
    }
    await w.say(peer, node, w.create(peer, 3, second, place, "Update"))
    for one in nodes:

        async def edited(one: Node = one) -> bool:
            return "pompe" in (await seen(one, topic["id"]))[1][1]

        await until(edited)

    await w.moderate(node, "remove", "amal", await w.by_uri(node, second["id"]), "hors sujet")
    await both_see([first["uri"], "removed: hors sujet"], topic["id"], *nodes)
    await w.moderate(node, "restore", "amal", await w.by_uri(node, second["id"]))
    await both_see([first["uri"], second["id"]], topic["id"], *nodes)

    await w.moderate(node, "lock", "amal", await w.by_uri(node, topic["id"]))
    await until(lambda: other.read(lambda db: db.value("select locked from posts where uri = ?", (topic["id"],))))
    late = w.comment(peer, 2, peer.uri, place, topic["id"])
    await w.say(peer, node, w.create(peer, 4, late, place))
    refused = await peer.wait_for(lambda one: one["type"] == "Reject")
    assert refused["object"]["object"] == late["id"]
    await w.moderate(node, "unlock", "amal", await w.by_uri(node, topic["id"]))
    await until(lambda: other.read(lambda db: db.value("select not locked from posts where uri = ?", (topic["id"],))))

    report = {"@context": [v.AS2], "id": f"{peer.origin}/flags/1", "type": "Flag", "actor": peer.uri, "object": first["uri"],
              "summary": "impoli", "to": [place]}  # fmt: skip
    await w.say(peer, node, report)
    row = await until(lambda: node.read(lambda db: db.row("select * from reports")))
    assert row["comment"] == "impoli"

    kept = peer.documents.pop("/comment/1")
    gone = {"@context": [v.AS2], "id": f"{peer.origin}/activities/delete/1", "type": "Delete", "actor": peer.uri,
            "object": second["id"], "to": [v.PUBLIC], "cc": [place], "audience": place}  # fmt: skip
    await w.say(peer, node, gone)
    await both_see([first["uri"]], topic["id"], *nodes)
    peer.documents["/comment/1"] = kept
    back = {key: value for key, value in gone.items() if key != "@context"}
    await w.say(peer, node, gone | {"id": f"{peer.origin}/activities/undo/1", "type": "Undo", "object": back})
    await both_see([first["uri"], second["id"]], topic["id"], *nodes)

    left = {"@context": [v.AS2], "id": f"{peer.origin}/undo/follow", "type": "Undo", "actor": peer.uri,
            "object": {key: value for key, value in peer.follow(place).items() if key != "@context"}}  # fmt: skip
    await w.say(peer, node, left)
    members = "select count(*) from follows join actors on actors.id = follower where not local and state = 'accepted'"
    await until(lambda: node.read(lambda db: db.value(members) == 1))
    unheard = await w.write(node, "amal", "Sans lui.", title="Réunion", place=place)
    await w.has(other, unheard["uri"])
    await w.say(peer, node, peer.follow(place) | {"id": f"{peer.origin}/follows/2"})
    await until(lambda: node.read(lambda db: db.value(members) == 2))
    heard = await w.write(node, "amal", "Avec lui.", title="Retour", place=place)
    await peer.wait_for(lambda one: announced("Create")(one) and one["object"]["object"]["id"] == heard["uri"])
    assert not any(unheard["uri"] in str(one) for one in peer.received)

    await w.moderate(node, "ban", "amal", eau, await node.read(actors.by_uri, peer.uri), "insultes")
    await until(lambda: other.read(lambda db: db.value("select count(*) = 1 from bans")))
    await w.say(peer, node, w.create(peer, 9, w.page(peer, 9, peer.uri, place, "Encore"), place))
    await peer.wait_for(lambda one: one["type"] == "Reject" and one["object"]["object"].endswith("/post/9"))
    assert "Encore" not in await w.titles(node, place)
