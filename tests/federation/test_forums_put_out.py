"""A server of Lemmy or PieFed puts out somebody of its own: what she wrote in forums goes and comes with her."""

import pytest

from federation import vocabulary as v
from node.network import moderation
from tests.conftest import until
from tests.federation import forum_world as w


@pytest.fixture
async def eau(node, peer):
    """Our forum, with a topic by `lina` of Badr's server, which runs Lemmy."""
    forum = await w.open_forum(node)
    await w.become_member(node, peer, forum, "lemmy")
    topic = w.page(peer, 1, w.actor(peer, "lina"), forum["uri"])
    await w.say(peer, node, w.create(peer, 1, topic, forum["uri"]), forum["inbox"])
    await w.has(node, topic["id"])
    return forum


def block(peer, **more):
    return {"@context": v.AS2, "id": f"{peer.origin}/block/1", "type": "Block", "actor": w.actor(peer, "admin"),
            "object": f"{peer.origin}/users/lina", "target": f"{peer.origin}/", "summary": "pourriel", "removeData": True,
            "to": [v.PUBLIC], **more}  # fmt: skip


async def settled(node, activity):
    await until(lambda: node.read(lambda db: db.value(
        "select count(*) from received where state <> 'waiting' and activity like '%' || ?", (activity["id"],))))  # fmt: skip


async def test_her_words_go_with_her_and_come_back(node, peer, eau):
    said = block(peer)
    await w.say(peer, node, said)
    await until(lambda: _are(node, eau, []))
    [noted] = await node.read(moderation.log, eau["id"])
    assert (noted["act"], noted["reason"]) == ("remove", "pourriel")
    undo = {"@context": v.AS2, "id": f"{peer.origin}/undo/1", "type": "Undo", "actor": said["actor"], "object": said,
            "to": [v.PUBLIC]}  # fmt: skip
    await w.say(peer, node, undo)
    await settled(node, undo)
    assert await w.titles(node, eau["uri"]) == []  # let in again is not yet cleared
    await w.say(peer, node, undo | {"id": f"{peer.origin}/undo/2", "restoreData": True})
    await until(lambda: _are(node, eau, ["Puits"]))


async def _are(node, place, wanted):
    return await w.titles(node, place["uri"]) == wanted


@pytest.mark.parametrize(
    "more",
    [{"removeData": False}, {"target": "https://elsewhere.example/"}, {"target": "OTHER/"}, {"target": "PEER/c/main"},
     {"object": "OTHER/users/amal"}, {"actor": "OTHER/users/amal", "id": "OTHER/activities/1"}],
    ids=["words stay", "elsewhere", "another server", "a forum", "anothers member", "anothers administrator"],
)  # fmt: skip
async def test_nobody_else_and_nothing_else_goes(node, peer, other, eau, more):
    theirs = w.page(peer, 2, peer.uri, eau["uri"], "Autre")
    await w.say(peer, node, w.create(peer, 2, theirs, eau["uri"]), eau["inbox"])
    await w.has(node, theirs["id"])
    more = {k: x.replace("OTHER", other.origin).replace("PEER", peer.origin) if isinstance(x, str) else x
            for k, x in more.items()}  # fmt: skip
    said = block(peer, **more)
    await peer.post(f"{node.origin}/inbox", said, key_id=f"{peer.origin}/users/admin#main-key")
    await w.say(peer, node, block(peer, id=f"{peer.origin}/block/2", object=f"{peer.origin}/users/none"))
    await settled(node, {"id": "/block/2"})
    assert set(await w.titles(node, eau["uri"])) == {"Puits", "Autre"}


async def test_other_software_means_nothing_by_it(node, peer, eau):
    await node.write(lambda db: db.execute("update hosts set software = 'mastodon'"))
    said = block(peer)
    await w.say(peer, node, said)
    await settled(node, said)
    assert await w.titles(node, eau["uri"]) == ["Puits"]
