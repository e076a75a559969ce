"""What members here hear of forums: answers that name nobody, no news of their own topics, nothing to wait for."""

import pytest

from federation import closing, groups
from federation import vocabulary as v
from federation.bridge import now
from federation.outbox import Draft, publish
from node.network import submissions
from node.people import actors
from tests.conftest import until
from tests.federation import forum_world as w
from tests.federation.test_forums_theirs import accept


async def told(node, who):
    return [one["type"] for one in await node.api("GET", "/api/v1/notifications", node.token(who))]


@pytest.fixture
async def eau(node, peer):
    forum = await w.open_forum(node)
    await w.become_member(node, peer, forum, "nodebb")
    return forum


async def test_an_answer_in_a_forum_is_told_though_it_names_nobody(node, peer, eau):
    """NodeBB and Discourse write no Mention of whom they answer."""
    topic = await w.write(node, "yto", "Qui sait ?", title="Puits", place=eau["uri"])
    answer = w.comment(peer, 1, peer.uri, eau["uri"], topic["uri"], name="Re: Puits")
    await w.say(peer, node, w.create(peer, 1, answer, eau["uri"]), eau["inbox"])
    await w.has(node, answer["id"])
    assert "mention" in await told(node, "yto")


async def test_that_a_forum_shows_ones_topic_is_no_news(node, eau):
    await w.write(node, "yto", "Qui sait ?", title="Puits", place=eau["uri"])
    assert "reblog" not in await told(node, "yto")


@pytest.mark.parametrize(("to", "wanted"), [([], []), (["yto"], ["mention"])], ids=["left out", "addressed"])
async def test_outside_forums_it_is_told_where_she_is_addressed(node, peer, to, wanted):
    """Who takes the name out of an answer on a microblog spares her; who addresses her does not."""

    def write(db):
        return publish(db, actors.ours(db, "yto"), Draft(text="Bonjour", visibility="public"), now())

    said = await node.write(write)
    note = peer.note(5, inReplyTo=said["uri"], to=[v.PUBLIC, *(node.uri(name) for name in to)])
    await peer.post(f"{node.origin}/inbox", peer.create(note))
    await until(lambda: w.by_uri(node, note["id"]))
    assert await told(node, "yto") == wanted


@pytest.mark.parametrize(("software", "state"), [("piefed", "accepted"), ("lemmy", "waiting")])
async def test_what_piefed_took_is_not_shown_as_waiting(node, peer, software, state):
    """It passes on what a member wrote to everybody but her own server."""
    w.says(peer, software)
    main = w.group(peer, "main", [w.actor(peer, "mod")])
    await accept(node, peer, main)
    await w.known_software(node, peer)
    topic = await w.write(node, "amal", "Qui sait ?", title="Puits", place=main)
    assert await node.read(submissions.state, topic["id"], now()) == state
    refused = {"@context": v.AS2, "id": f"{peer.origin}/reject/1", "type": "Reject", "actor": main,
               "object": {"type": "Create", "object": topic["uri"]}}  # fmt: skip
    await w.say(peer, node, refused)
    await until(lambda: node.read(lambda db: submissions.state(db, topic["id"], now()) == "refused"))


async def test_hubzilla_hands_answers_round(node, peer):
    """The owner of a conversation adds what others answered: it is asked for where they wrote it."""
    note = peer.note(1, context=f"{peer.origin}/conversation/1")
    await peer.post(f"{node.origin}/inbox", peer.create(note, to=[v.PUBLIC, node.uri("amal")]))
    await until(lambda: w.by_uri(node, note["id"]))
    guest = w.actor(peer, "guest")
    answer = {"@context": v.AS2, "id": f"{peer.origin}/item/2", "type": "Note", "attributedTo": guest, "to": [v.PUBLIC],
              "inReplyTo": note["id"], "content": "<p>Vrai</p>", "published": "2026-01-01T00:01:00Z"}  # fmt: skip
    peer.documents["/item/2"] = answer
    create = {"id": f"{peer.origin}/activity/2", "type": "Create", "actor": guest,
              "object": answer | {"content": "<p>Faux</p>"}}  # fmt: skip
    add = {"@context": v.AS2, "id": f"{peer.origin}/add/2", "type": "Add", "actor": peer.uri, "object": create,
           "target": {"id": f"{peer.origin}/conversation/1", "type": "Collection", "attributedTo": peer.uri}}  # fmt: skip
    await peer.post(f"{node.origin}/inbox", add)
    kept = await until(lambda: w.by_uri(node, answer["id"]))
    assert kept["content"] == "<p>Vrai</p>" and kept["reply_to_uri"] == note["id"]


@pytest.mark.parametrize("software", ["lemmy", "piefed", "mastodon"])
async def test_what_happens_to_a_forum_is_said_by_a_person_where_groups_are_not_heard(node, peer, software):
    """Lemmy and PieFed read an Update or a Delete of a community by a moderator alone, passed on by it."""
    eau = await w.open_forum(node)
    await w.become_member(node, peer, eau, software)
    amal = await node.read(actors.ours, "amal")

    def rename(db):
        return groups.change_forum(db, amal, actors.get(db, eau["id"]), now(), display="Les eaux")

    await node.write(rename)
    whole = await peer.wait_for(lambda one: one["type"] == "Update" and one["actor"] == eau["uri"])
    await node.write(lambda db: closing.place(db, actors.get(db, eau["id"]), now()))
    await peer.wait_for(lambda one: one["type"] == "Delete")
    passed = [one["object"] for one in peer.received if one["type"] == "Announce"]
    if software == "mastodon":
        assert passed == []
        return
    update, delete = passed
    for one in (update, delete):
        assert (one["actor"], one["cc"], one["audience"]) == (node.uri("amal"), [eau["uri"]], eau["uri"])
        assert one["to"] == [v.PUBLIC, eau["uri"]] and v.host(one["id"]) == node.host and "@context" not in one
    assert (update["type"], delete["type"], delete["object"]) == ("Update", "Delete", eau["uri"])
    assert update["object"]["name"] == "Les eaux" and "@context" not in update["object"]
    assert update["object"] == {key: value for key, value in whole["object"].items() if key != "@context"}
