"""What is deleted and brought back, or deleted by a neighbour of its author: its own server is asked."""

import pytest
from aiohttp import web

from federation import vocabulary as v
from node.network import topics
from node.posts import posts, tombstones
from tests.conftest import until
from tests.federation import forum_world as w
from tests.federation.test_forums_theirs import accept, done, relay


@pytest.fixture
async def eau(node, peer):
    """Our forum; Badr is a member, on Lemmy, with a topic and an answer to it, and Amal has answered both."""
    forum, *written = await w.open_with_an_answer(node, peer)
    for one in written:
        await w.write(node, "amal", "moi aussi", reply_to=one["id"])
    return forum


def delete(peer, uri, number=1):
    return {"@context": v.AS2, "id": f"{peer.origin}/delete/{number}", "type": "Delete", "actor": peer.uri,
            "object": uri, "to": [v.PUBLIC]}  # fmt: skip


def undo(peer, said):
    return {"@context": v.AS2, "id": f"{said['id']}/undo", "type": "Undo", "actor": peer.uri, "object": said,
            "to": [v.PUBLIC]}  # fmt: skip


async def gone(node, uri):
    await until(lambda: node.read(lambda db: tombstones.find(db, uri) is not None))


async def shown(node, topic):
    post = await w.has(node, topic)
    return [(row["uri"], row["level"]) for row in await node.read(topics.answers, post, None)]


@pytest.mark.parametrize("path", ["/post/1", "/comment/1"], ids=["topic", "answer"])
async def test_what_its_author_brings_back_stands_where_it_stood(node, peer, eau, path):
    topic, uri = f"{peer.origin}/post/1", f"{peer.origin}{path}"
    before = await shown(node, topic)
    said, document = delete(peer, uri), peer.documents.pop(path)
    await w.say(peer, node, said, eau["inbox"])
    await gone(node, uri)
    peer.documents[path] = document
    await w.say(peer, node, undo(peer, said), eau["inbox"])
    await w.has(node, uri)
    assert await shown(node, topic) == before
    assert await w.titles(node, eau["uri"]) == ["Puits"]
    passed_on = await peer.wait_for(w.announced("Undo"))
    assert passed_on["object"]["object"] == said


async def test_what_its_server_does_not_show_stays_deleted(node, peer, eau):
    uri = f"{peer.origin}/post/1"
    said = delete(peer, uri)
    del peer.documents["/post/1"]
    await w.say(peer, node, said, eau["inbox"])
    await gone(node, uri)
    await w.say(peer, node, undo(peer, said), eau["inbox"])
    await until(
        lambda: node.read(lambda db: db.value("select not exists (select 1 from tasks where kind = 'restored')"))
    )
    assert await w.by_uri(node, uri) is None
    assert await node.read(tombstones.find, uri) is not None


async def test_nodebb_brings_back_by_an_update(node, peer):
    """Where its server shows it again; an Update of anybody else's brings nothing back (test_ownership)."""
    w.says(peer, "nodebb")
    general = w.actor(peer, "general", "Group")
    await accept(node, peer, general)
    await w.known_software(node, peer)
    lina = w.actor(peer, "lina")
    topic = w.page(peer, 1, lina, general)
    await relay(node, peer, general, w.create(peer, 1, topic, general))
    await w.has(node, topic["id"])
    del peer.documents["/post/1"]
    await relay(node, peer, general, delete(peer, topic["id"]) | {"actor": lina}, 2)
    await gone(node, topic["id"])
    peer.documents["/post/1"] = topic
    await relay(node, peer, general, w.create(peer, 9, topic, general, "Update"), 3)
    await until(lambda: _are(node, general, ["Puits"]))


async def test_an_update_to_a_tombstone_is_a_deletion(node, peer, eau):
    uri = f"{peer.origin}/post/1"
    said = delete(peer, uri) | {"type": "Update", "object": {"id": uri, "type": "Tombstone", "formerType": "Note"}}
    await w.say(peer, node, said, eau["inbox"])
    await gone(node, uri)


async def test_a_group_passes_on_that_it_is_back(node, peer):
    w.says(peer, "lemmy")
    main = w.group(peer, "main", [w.actor(peer, "mod")])
    await accept(node, peer, main)
    lina = w.actor(peer, "lina")
    topic = w.page(peer, 1, lina, main)
    await relay(node, peer, main, w.create(peer, 1, topic, main))
    await w.has(node, topic["id"])

    async def stone(_request):
        body = {"@context": v.AS2, "id": topic["id"], "type": "Tombstone"}
        return web.json_response(body, status=410, content_type=v.ACTIVITY_JSON)

    peer.documents["/post/1"] = stone
    said = {"id": f"{peer.origin}/delete/1", "type": "Delete", "actor": lina, "object": topic["id"], "to": [v.PUBLIC]}
    await relay(node, peer, main, said, 2)
    await gone(node, topic["id"])
    peer.documents["/post/1"] = topic
    await relay(node, peer, main, undo(peer, said) | {"actor": lina}, 3)
    await until(lambda: _are(node, main, ["Puits"]))


async def _are(node, place, wanted):
    return await w.titles(node, place) == wanted


async def test_a_group_on_another_server_brings_nothing_back(node, other, peer):
    """The deletion of a post is its author's to take back: the Undo names her, and her server is asked."""
    w.says(peer, "lemmy")
    main = w.group(peer, "main", [w.actor(peer, "mod")])
    await accept(node, peer, main)
    theirs = f"{other.origin}/posts/1"
    await node.write(lambda db: tombstones.lay(db, theirs, "Note", 1))
    said = {"id": f"{peer.origin}/delete/1", "type": "Delete", "actor": f"{peer.origin}/users/mod", "object": theirs}
    await relay(node, peer, main, undo(peer, said) | {"actor": f"{peer.origin}/users/mod"}, 1)
    await done(node)
    assert await node.read(lambda db: db.value("select count(*) from tasks where kind = 'restored'")) == 0


# ── a neighbour of its author ─────────────────────────────────────────────────


@pytest.fixture
async def event(node, peer):
    """An event of a group of Mobilizon, written by `lina`, who leads it with `omar`; our Amal follows the group."""
    w.says(peer, "mobilizon")
    group = w.actor(peer, "collectif", "Group")
    await accept(node, peer, group)
    made = {"@context": v.AS2, "id": f"{peer.origin}/events/1", "type": "Event", "actor": w.actor(peer, "lina"),
            "attributedTo": group, "name": "Atelier", "content": "<p>Venez</p>", "startTime": "2030-05-01T19:00:00Z",
            "published": "2026-01-01T00:00:00Z", "updated": "2026-01-01T00:00:00Z", "to": [v.PUBLIC],
            "cc": [f"{group}/followers"]}  # fmt: skip
    peer.documents["/events/1"] = made
    await say(node, peer, made["actor"], "Create", made)
    await until(lambda: w.by_uri(node, made["id"]))
    return made


async def say(node, peer, actor, kind, obj):
    said = {"@context": v.AS2, "id": f"{peer.origin}/{kind}/{len(peer.asked)}", "type": kind, "actor": actor,
            "object": obj, "to": [v.PUBLIC]}  # fmt: skip
    assert await w.say(peer, node, said) == 202


async def test_who_leads_a_group_with_her_changes_and_deletes_its_event(node, peer, event):
    omar = w.actor(peer, "omar")
    edited = event | {"actor": omar, "name": "Atelier déplacé", "updated": "2026-02-01T00:00:00Z"}
    peer.documents["/events/1"] = edited
    await say(node, peer, omar, "Update", edited | {"name": "Autre chose"})
    await until(lambda: _is_called(node, event, "Atelier déplacé"))
    kept = await w.by_uri(node, event["id"])
    assert (await node.read(lambda db: posts.get(db, kept["id"])["author"])) == kept["author"]
    del peer.documents["/events/1"]
    await say(node, peer, omar, "Delete", {"id": event["id"], "type": "Tombstone"})
    await gone(node, event["id"])


async def _is_called(node, event, title):
    return (await w.by_uri(node, event["id"]))["title"] == title


async def test_a_neighbour_alone_changes_and_deletes_nothing(node, peer, event):
    """What its server still shows is not gone, and words come from there."""
    omar = w.actor(peer, "omar")
    for kind, obj in (("Update", event | {"actor": omar, "name": "Faux"}), ("Delete", event["id"])):
        await say(node, peer, omar, kind, obj)
    await until(lambda: node.read(lambda db: db.value(
        "select count(*) = 0 from tasks where kind in ('changed', 'doubted')")))  # fmt: skip
    await until(lambda: node.read(lambda db: db.value("select count(*) >= 4 from received where state = 'done'")))
    assert await _is_called(node, event, "Atelier")
