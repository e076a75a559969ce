"""Our forums refuse the banned and what is closed, and are moderated from here and from elsewhere."""

import json
from typing import Any

import pytest

from federation import vocabulary as v
from federation.bridge import now
from node import hosts, ids
from node.errors import Forbidden
from node.network import bans, moderation, moderators, topics
from node.people import actors
from node.posts import posts
from tests.conftest import until
from tests.federation import forum_world as w
from tests.federation.forum_world import announced, become_member
from tests.peer import Peer


async def refused(node: Any, peer: Peer, eau: Any, sent: dict[str, Any]) -> None:
    before = await node.read(lambda db: db.value("select count(*) from relayed"))
    assert await w.say(peer, node, sent) == 202
    answer = await peer.wait_for(lambda one: one["type"] == "Reject" and one["object"]["id"] == sent["id"])
    assert answer["actor"] == eau["uri"]
    assert await w.by_uri(node, sent["object"]["id"]) is None
    assert await node.read(lambda db: db.value("select count(*) from relayed")) == before


async def test_the_banned_are_refused(node, eau, peer):
    author = w.actor(peer, "lina")
    topic = w.page(peer, 1, author, eau["uri"])
    await w.say(peer, node, w.create(peer, 1, topic, eau["uri"]))
    await w.has(node, topic["id"])
    who = await node.read(actors.by_uri, author)
    await w.moderate(node, "ban", "amal", eau, who, "insultes")

    await refused(node, peer, eau, w.create(peer, 2, w.page(peer, 2, author, eau["uri"]), eau["uri"]))
    await refused(node, peer, eau, w.create(peer, 3, w.comment(peer, 3, author, eau["uri"], topic["id"]), eau["uri"]))
    await w.say(peer, node, {"@context": v.AS2, "id": f"{peer.origin}/f/9", "type": "Follow", "actor": author,
                             "object": eau["uri"]})  # fmt: skip
    await peer.wait_for(lambda one: one["type"] == "Reject" and one["object"]["type"] == "Follow")
    edited = topic | {"name": "Autre", "updated": "2026-02-02T00:00:00Z"}
    await w.say(peer, node, w.create(peer, 4, edited, eau["uri"], "Update"))
    await peer.wait_for(lambda one: one["type"] == "Reject" and one["object"]["type"] == "Update")
    assert await w.titles(node, eau["uri"]) == ["Puits"]

    await w.moderate(node, "unban", "amal", eau, who)
    welcome = w.page(peer, 5, author, eau["uri"])
    await w.say(peer, node, w.create(peer, 5, welcome, eau["uri"]))
    await w.has(node, welcome["id"])


async def test_a_ban_ends_when_it_says(node, eau):
    yto = await node.read(actors.ours, "yto")

    def ban(db):
        amal = actors.ours(db, "amal")
        from federation import moderation as verbs

        verbs.ban(db, amal, actors.get(db, eau["id"]), yto, "pause", now(), until=now() + 60_000)

    await node.write(ban)
    with pytest.raises(Forbidden):
        await w.write(node, "yto", "x", title="x", place=eau["uri"])
    assert await node.read(bans.get, eau["id"], yto["id"], now() + 60_001) is None


async def test_a_closed_topic_takes_no_answers(node, eau, peer):
    await become_member(node, peer, eau, "lemmy")
    topic = await w.write(node, "yto", "Comment creuser ?", title="Un puits", place=eau["uri"])
    await w.moderate(node, "lock", "amal", topic)
    assert (await peer.wait_for(announced("Lock")))["object"]["object"] == topic["uri"]
    served = json.loads(await (await node.get(f"/posts/{topic['id']}")).read())
    assert served["commentsEnabled"] is False

    await refused(
        node, peer, eau, w.create(peer, 1, w.comment(peer, 1, peer.uri, eau["uri"], topic["uri"]), eau["uri"])
    )
    with pytest.raises(Forbidden):
        await w.write(node, "yto", "encore", reply_to=topic["uri"])

    await w.moderate(node, "unlock", "amal", await w.has(node, topic["uri"]))
    undone = (await peer.wait_for(announced("Undo")))["object"]
    assert undone["object"]["type"] == "Lock" and undone["object"]["actor"] == undone["actor"]
    answer = w.comment(peer, 2, peer.uri, eau["uri"], topic["uri"])
    await w.say(peer, node, w.create(peer, 2, answer, eau["uri"]))
    await w.has(node, answer["id"])


async def test_where_only_moderators_open_topics_all_may_answer(node, peer):
    place = await w.open_forum(node, "avis", restricted=True)
    with pytest.raises(Forbidden):
        await w.write(node, "yto", "x", title="x", place=place["uri"])
    topic = await w.write(node, "amal", "Réunion lundi", title="Avis", place=place["uri"])
    await w.write(node, "yto", "Merci", reply_to=topic["uri"])
    await refused(node, peer, place, w.create(peer, 1, w.page(peer, 1, peer.uri, place["uri"]), place["uri"]))
    answer = w.comment(peer, 1, peer.uri, place["uri"], topic["uri"])
    await w.say(peer, node, w.create(peer, 2, answer, place["uri"]))
    await w.has(node, answer["id"])
    document = json.loads(await (await node.get("/groups/avis")).read())
    assert document["postingRestrictedToMods"] is True


async def test_a_blocked_server_says_nothing_here(node, eau, peer):
    await node.write(hosts.decide, peer.host, "block")
    topic = w.page(peer, 1, peer.uri, eau["uri"])
    assert await w.say(peer, node, w.create(peer, 1, topic, eau["uri"])) in (401, 403)
    assert await w.titles(node, eau["uri"]) == []


async def test_a_removed_post_is_hidden_its_reason_shown_and_it_may_come_back(node, eau, peer):
    await become_member(node, peer, eau, "lemmy")
    topic = await w.write(node, "amal", "Comment creuser ?", title="Un puits", place=eau["uri"])
    answer = w.comment(peer, 1, peer.uri, eau["uri"], topic["uri"])
    await w.say(peer, node, w.create(peer, 1, answer, eau["uri"]))
    kept = await w.has(node, answer["id"])
    passed = await peer.wait_for(lambda one: announced("Create")(one) and one["object"]["object"]["id"] == answer["id"])

    await w.moderate(node, "remove", "amal", kept, "hors sujet")

    sent = (await peer.wait_for(announced("Delete")))["object"]
    assert sent["summary"] == "hors sujet" and sent["object"] == answer["id"]
    [shown] = await node.read(topics.answers, topic, None)
    assert shown["removed"] and shown["content"] == "" and shown["reason"] == "hors sujet"
    assert (await node.get(passed["id"].removeprefix(node.origin))).status == 404
    await node.api("GET", f"/api/v1/statuses/{kept['id']}", status=404)
    assert answer["id"] not in await (await node.get("/groups/eau/outbox")).text()
    await w.moderate(node, "restore", "amal", await w.has(node, answer["id"]))
    back = (await peer.wait_for(announced("Undo")))["object"]["object"]
    assert (back["id"], back["summary"]) == (sent["id"], "hors sujet"), (
        "Lemmy restores what was removed with a reason alone"
    )
    assert (await peer.wait_for(announced("Undo")))["object"]["object"]["object"] == answer["id"]
    [shown] = await node.read(topics.answers, topic, None)
    assert not shown["removed"] and "Moi." in shown["content"]
    assert [row["act"] for row in await node.read(moderation.log, eau["id"])] == ["restore", "remove"]


async def test_a_removed_topic_takes_no_answers_and_comes_back_by_no_edit(node, eau, peer):
    author, other = w.actor(peer, "lina"), w.actor(peer, "sami")
    topic = w.page(peer, 1, author, eau["uri"])
    await w.say(peer, node, w.create(peer, 1, topic, eau["uri"]))
    kept = await w.has(node, topic["id"])
    below = w.comment(peer, 2, other, eau["uri"], topic["id"])
    await w.say(peer, node, w.create(peer, 2, below, eau["uri"]))
    await w.has(node, below["id"])
    await w.moderate(node, "remove", "amal", kept, "hors sujet")

    for number, parent in ((3, topic), (4, below)):
        await refused(
            node,
            peer,
            eau,
            w.create(peer, number, w.comment(peer, number, other, eau["uri"], parent["id"]), eau["uri"]),
        )
    with pytest.raises(Forbidden):
        await w.write(node, "yto", "Et moi ?", reply_to=below["id"])
    before = await node.read(lambda db: db.value("select count(*) from relayed"))
    edited = topic | {"content": "<p>encore</p>", "updated": ids.rfc3339(now())}
    await w.say(peer, node, w.create(peer, 5, edited, eau["uri"], "Update"))
    await until(lambda: node.read(lambda db: "encore" in posts.get(db, kept["id"])["content"]))
    assert await node.read(lambda db: db.value("select count(*) from relayed")) == before

    answer = w.comment(peer, 6, other, eau["uri"], topic["id"])
    await w.moderate(node, "restore", "amal", await node.read(lambda db: posts.get(db, kept["id"])))
    await w.say(peer, node, w.create(peer, 6, answer, eau["uri"]))
    await w.has(node, answer["id"])


@pytest.mark.parametrize("verb", ["pin", "lock", "remove"])
async def test_only_moderators_moderate(node, eau, verb):
    topic = await w.write(node, "amal", "Comment creuser ?", title="Un puits", place=eau["uri"])
    with pytest.raises(Forbidden):
        await w.moderate(node, verb, "yto", topic, *(["parce que"] if verb == "remove" else []))


def acts(peer: Peer, actor: str, eau: Any, topic: str, person: str) -> list[dict[str, Any]]:
    """One of each act of moderation, said by the actor."""
    common = {"@context": [v.AS2], "actor": actor, "to": [v.PUBLIC], "cc": [eau["uri"]], "audience": eau["uri"]}
    made = [
        {"type": "Add", "object": topic, "target": eau["featured"]},
        {"type": "Lock", "object": topic, "summary": "fini"},
        {"type": "Block", "object": person, "target": eau["uri"], "summary": "insultes", "removeData": False},
        {"type": "Add", "object": person, "target": eau["moderators"]},
        {"type": "Delete", "object": topic, "summary": "hors sujet"},
    ]
    return [common | {"id": f"{peer.origin}/acts/{number}"} | one for number, one in enumerate(made)]


async def test_a_moderator_of_another_server_moderates(node, eau, peer):
    await become_member(node, peer, eau, "lemmy")
    topic = await w.write(node, "yto", "Comment creuser ?", title="Un puits", place=eau["uri"])
    person = w.actor(peer, "lina")
    badr = await node.read(actors.by_uri, peer.uri)
    await w.moderate(node, "appoint", "amal", eau, badr)
    assert (await peer.wait_for(announced("Add")))["object"]["object"] == peer.uri
    assert json.loads(await (await node.get("/groups/eau/moderators")).read())["orderedItems"][1] == peer.uri

    pin, lock, ban, appoint, remove = acts(peer, peer.uri, eau, topic["uri"], person)
    for act in (pin, lock, ban, remove):
        await w.say(peer, node, act)
        passed = await peer.wait_for(lambda one, act=act: one["type"] == "Announce" and one["object"] == act)
        assert passed["actor"] == eau["uri"]
    kept = await w.by_uri(node, topic["uri"])
    assert kept["locked"] and kept["removed"]
    log = [(row["act"], row["reason"]) for row in await node.read(moderation.log, eau["id"])]
    assert log == [("remove", "hors sujet"), ("ban", "insultes"), ("lock", "fini"), ("pin", ""), ("appoint", "")]
    undo = {"@context": [v.AS2], "id": f"{peer.origin}/undo/5", "type": "Undo", "actor": peer.uri, "to": [v.PUBLIC],
            "cc": [eau["uri"]], "object": {key: value for key, value in remove.items() if key != "@context"}}  # fmt: skip
    await w.say(peer, node, undo)
    await peer.wait_for(announced("Undo"))
    assert (await w.by_uri(node, topic["uri"]))["removed"] is None
    await w.say(peer, node, appoint)
    lina = await node.read(actors.by_uri, person)
    await until(lambda: node.read(moderators.is_one, eau["id"], lina["id"]))


async def test_a_stranger_moderates_nothing(node, eau, peer):
    topic = await w.write(node, "yto", "Comment creuser ?", title="Un puits", place=eau["uri"])
    person = w.actor(peer, "lina")
    for act in acts(peer, peer.uri, eau, topic["uri"], person):
        assert await w.say(peer, node, act) == 202
    await until(lambda: node.read(lambda db: db.value("select count(*) = 5 from received where state = 'failed'")))
    kept = await w.by_uri(node, topic["uri"])
    assert not kept["locked"] and not kept["removed"]
    assert await node.read(moderation.log, eau["id"]) == []
    assert await node.read(lambda db: db.value("select count(*) from pins")) == 0
    assert await node.read(lambda db: db.value("select count(*) from bans")) == 0
