"""What solved a topic, said as PieFed says it: by who asked and by moderators, to forums and by our own to their members."""

from typing import Any

import pytest

from federation import vocabulary as v
from node.network import topics
from node.people import actors
from tests.conftest import until
from tests.federation import forum_world as w
from tests.federation.forum_world import announced, become_member
from tests.federation.test_forums_acts import chosen, solution, undo
from tests.federation.test_forums_theirs import accept, relay


@pytest.fixture
async def eau(node: Any, other: Any, peer: Any) -> Any:
    """Our forum, with members on another node of ours and on PieFed."""
    made = await w.open_forum(node)
    await become_member(node, peer, made, "piefed")
    await w.join(other, made["uri"])
    return made


async def agree(nodes, topic, wanted):
    for one in nodes:

        async def same(one=one):
            return await solution(one, topic) == wanted

        await until(same)


async def solve(node, name, topic, answer):
    reply = await w.by_uri(node, answer) if answer else None
    return await w.moderate(node, "solve", name, await w.by_uri(node, topic), reply)


def take_down(peer):
    """What came so far is set aside."""
    peer.received.clear()


@pytest.mark.parametrize("there", [False, True], ids=["asked here", "asked on another node"])
async def test_who_asked_chooses_and_every_member_hears(node, other, peer, eau, there):
    asker, home = (other, "yto") if there else (node, "yto")
    topic = await w.write(asker, home, "Comment creuser ?", title="Puits", place=eau["uri"])
    await w.has(node, topic["uri"])
    first = await w.write(node, "amal", "À la main.", reply_to=topic["uri"])
    second = await w.write(node, "amal", "Avec une pompe.", reply_to=topic["uri"])
    for one in (node, other):
        await w.has(one, first["uri"])
        await w.has(one, second["uri"])
    await solve(asker, home, topic["uri"], first["uri"])
    await agree((node, other), topic["uri"], first["uri"])
    told = (await peer.wait_for(announced("ChooseAnswer")))["object"]
    said = chosen(peer, 1, asker.uri(home), first["uri"], eau["uri"])
    for key in ("type", "actor", "object", "audience", "to", "cc"):
        assert told[key] == said[key], key
    assert told["proof"] and told["id"].startswith(f"{asker.origin}/activities/")

    await solve(asker, home, topic["uri"], second["uri"])
    await agree((node, other), topic["uri"], second["uri"])
    again = await peer.wait_for(lambda one: announced("ChooseAnswer")(one) and one["object"]["object"] == second["uri"])
    take_down(peer)
    await solve(asker, home, topic["uri"], None)
    await agree((node, other), topic["uri"], None)
    chosen_last = again["object"]["id"]  # an Undo of the first choice may still come
    back = await peer.wait_for(lambda one: announced("Undo")(one) and one["object"]["object"]["id"] == chosen_last)
    back = back["object"]
    assert back["actor"] == asker.uri(home) and back["audience"] == eau["uri"]
    kept = {key: again["object"][key] for key in ("id", "type", "actor", "object", "audience", "to", "cc")}
    assert back["object"] == kept, "what was said is taken back by its own id"


async def test_a_topic_whose_solution_is_removed_waits_for_another(node, other, eau):
    topic = await w.write(node, "yto", "Comment creuser ?", title="Puits", place=eau["uri"])
    await w.has(other, topic["uri"])
    answer = await w.write(other, "yto", "À la main.", reply_to=topic["uri"])
    await w.has(node, answer["uri"])
    await solve(node, "yto", topic["uri"], answer["uri"])
    await agree((node, other), topic["uri"], answer["uri"])
    await w.moderate(node, "remove", "amal", await w.by_uri(node, answer["uri"]), "faux")
    for one in (node, other):
        known = await w.by_uri(one, topic["uri"])
        await until(lambda one=one, known=known: one.read(lambda db: not topics.solved(db, [known["id"]])))
    async with node.session.get(topic["uri"], headers={"Accept": v.ACTIVITY_JSON}) as served:
        assert "asso:solution" not in await served.json(content_type=None)


async def test_a_moderator_chooses_in_her_own_name_and_so_does_staff(node, other, peer, eau):
    topic = await w.write(other, "yto", "Comment creuser ?", title="Puits", place=eau["uri"])
    await w.has(node, topic["uri"])
    answer = await w.write(node, "yto", "À la main.", reply_to=topic["uri"])
    await w.has(other, answer["uri"])
    await solve(node, "amal", topic["uri"], answer["uri"])
    await agree((node, other), topic["uri"], answer["uri"])
    assert (await peer.wait_for(announced("ChooseAnswer")))["object"]["actor"] == node.uri("amal")
    take_down(peer)
    await node.write(lambda db: db.execute("update users set role = 'moderator' where actor = (select id from actors where name = 'yto' and local)"))  # fmt: skip
    await solve(node, "yto", topic["uri"], None)
    await agree((node, other), topic["uri"], None)
    back = (await peer.wait_for(announced("Undo")))["object"]
    assert back["actor"] == back["object"]["actor"] == node.uri("yto") and back["object"]["type"] == "ChooseAnswer"
    assert back["object"]["id"].startswith(node.uri("yto")), "another's choice, taken back as one of her own"


@pytest.mark.parametrize(("software", "reads"), [("piefed", True), ("lemmy", False)])
async def test_a_forum_elsewhere_hears_it_where_it_knows_such_a_thing(node, peer, software, reads):
    w.says(peer, software)
    place = w.group(peer, "main", [w.actor(peer, "mod")])
    await accept(node, peer, place)
    await w.known_software(node, peer)
    topic = await w.write(node, "amal", "Qui sait ?", title="Puits", place=place)
    sent = await peer.wait_for(lambda one: one["type"] == "Create")
    await relay(node, peer, place, sent)
    answer = w.comment(peer, 1, w.actor(peer, "lina"), place, topic["uri"])
    await relay(node, peer, place, w.create(peer, 2, answer, place), 2)
    await w.has(node, answer["id"])
    await solve(node, "amal", topic["uri"], answer["id"])
    update = await peer.wait_for(lambda one: one["type"] == "Update" and one["object"]["id"] == topic["uri"])
    assert update["object"]["asso:solution"] == answer["id"]
    heard = [one for one in peer.received if one["type"] == "ChooseAnswer"]
    assert [one["object"] for one in heard] == ([answer["id"]] if reads else [])
    if reads:
        assert heard[0]["cc"] == [place] and heard[0]["actor"] == node.uri("amal")
        await solve(node, "amal", topic["uri"], None)
        back = await peer.wait_for(lambda one: one["type"] == "Undo" and one["object"]["type"] == "ChooseAnswer")
        assert back["object"]["id"] == heard[0]["id"]


async def test_nobody_else_chooses(node, other, peer, eau):
    """Signed rightly, by one who neither asked nor moderates: nothing is marked, nothing is passed on."""
    topic = await w.write(node, "amal", "Qui sait ?", title="Puits", place=eau["uri"])
    answer = await w.write(node, "yto", "Moi.", reply_to=topic["uri"])
    stranger = w.actor(peer, "stranger")
    choice = chosen(peer, 1, stranger, answer["uri"], eau["uri"])
    await w.say(peer, node, choice)
    await w.say(peer, node, undo(peer, 1, choice))
    await until(lambda: node.read(lambda db: db.value("select 1 from received where state <> 'waiting' and activity like '%/undo/1%'")))  # fmt: skip
    assert await solution(node, topic["uri"]) is None
    await solve(node, "amal", topic["uri"], answer["uri"])
    assert (await peer.wait_for(announced("ChooseAnswer")))["object"]["actor"] == node.uri("amal")
    assert await node.read(actors.by_uri, stranger) is not None
