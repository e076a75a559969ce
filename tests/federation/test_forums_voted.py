"""Votes in forums of other servers, as each software tells them."""

import pytest

from federation import vocabulary as v
from node.network import topics
from tests.conftest import until
from tests.federation import forum_world as w
from tests.federation.test_forums_theirs import accept, done, relay


@pytest.fixture
async def general(node, peer):
    """A category of NodeBB, which lists no moderators, with one topic by `lina`."""
    w.says(peer, "nodebb")
    uri = w.actor(peer, "general", "Group")
    await accept(node, peer, uri)
    await relay(node, peer, uri, w.create(peer, 1, w.page(peer, 1, w.actor(peer, "lina"), uri), uri))
    await w.has(node, f"{peer.origin}/post/1")
    return uri


async def votes(node, peer):
    post = await w.by_uri(node, f"{peer.origin}/post/1")
    return post["likes"], post["dislikes"]


def like(peer, name, kind="Like"):
    """A vote as NodeBB writes it: at its id nothing is served, the object comes whole."""
    return {"id": f"{peer.origin}/users/{name}#activity/{kind.lower()}/1", "type": kind, "actor": w.actor(peer, name),
            "object": peer.documents["/post/1"]}  # fmt: skip


async def test_a_vote_by_the_groups_own_people_counts_on_its_word(node, peer, general):
    await relay(node, peer, general, like(peer, "omar"), 2)
    await done(node, count=2)
    assert await votes(node, peer) == (1, 0)
    undo = {"id": f"{peer.origin}/users/omar#activity/undo", "type": "Undo", "actor": f"{peer.origin}/users/omar",
            "object": like(peer, "omar")}  # fmt: skip
    await relay(node, peer, general, undo, 3)
    await done(node, count=3)
    assert await votes(node, peer) == (0, 0)


async def test_but_not_one_by_people_elsewhere(node, other, peer, general):
    forged = like(peer, "omar") | {"actor": other.uri("amal"), "id": f"{other.origin}/activities/1"}
    await relay(node, peer, general, forged, 2)
    await done(node, count=2)
    assert await votes(node, peer) == (0, 0)


async def test_nor_what_they_are_said_to_have_written(node, peer, general):
    """A vote is little; words are asked for at their own address, also where the Group's server could have them."""
    said = w.comment(peer, 1, f"{peer.origin}/users/lina", general, f"{peer.origin}/post/1")
    del peer.documents["/comment/1"]
    await relay(node, peer, general, w.create(peer, 2, said, general), 2)
    await done(node, count=2)
    topic = await w.by_uri(node, f"{peer.origin}/post/1")
    assert await node.read(topics.answers, topic, None) == []


async def test_who_changes_her_mind_has_one_vote(node, peer):
    """Lemmy sends the new vote alone, and takes back either in the words of a Like."""
    eau = await w.open_forum(node)
    await w.become_member(node, peer, eau, "lemmy")
    topic = w.page(peer, 1, peer.uri, eau["uri"])
    await w.say(peer, node, w.create(peer, 1, topic, eau["uri"]), eau["inbox"])
    await w.has(node, topic["id"])
    said = [{"id": f"{peer.origin}/vote/{number}", "type": kind, "actor": peer.uri, "object": topic["id"]}
            for number, kind in enumerate(("Like", "Dislike", "Like", "Dislike"))]  # fmt: skip
    for vote, counted in zip(said, [(1, 0), (0, 1), (1, 0), (0, 1)], strict=True):
        await w.say(peer, node, {"@context": v.AS2, **vote}, eau["inbox"])
        await until(lambda counted=counted: _are(node, peer, counted))
    undo = {"@context": v.AS2, "id": f"{peer.origin}/undo/1", "type": "Undo", "actor": peer.uri,
            "object": said[0] | {"id": f"{peer.origin}/vote/none"}}  # fmt: skip
    await w.say(peer, node, undo, eau["inbox"])
    await until(lambda: _are(node, peer, (0, 0)))


async def _are(node, peer, wanted):
    return await votes(node, peer) == wanted
