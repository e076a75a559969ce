"""Small habits of NodeBB, PieFed, Mobilizon and PeerTube in what they write."""

import pytest

from federation import resolve
from federation import vocabulary as v
from federation.bridge import now
from federation.outbox import Draft, publish
from node.people import actors
from node.posts import polls, posts
from tests.conftest import until
from tests.federation import forum_world as w
from tests.federation.test_forums_theirs import accept, done, relay

DAY = 86_400_000


async def seen(node, peer, found):
    """The document, looked for here at its id."""
    peer.documents[found["id"].removeprefix(peer.origin)] = {"@context": v.AS2, **found}
    return await resolve.post(node.bridge, found["id"])


def note(peer, number, **more):
    return {"id": f"{peer.origin}/n/{number}", "type": "Note", "attributedTo": w.actor(peer, "lina"), "to": [v.PUBLIC],
            "content": "<p>Oui</p>", "published": "2026-01-01T00:00:00Z", **more}  # fmt: skip


@pytest.mark.parametrize("title", ["Re: Puits", "RE: Puits"])
async def test_an_answer_is_not_called_re(node, peer, title):
    post = await seen(node, peer, note(peer, 1, name=title, inReplyTo=f"{peer.origin}/n/0"))
    assert post["title"] == ""


@pytest.mark.parametrize("more", [{"name": "Re: Puits"}, {"name": "Réponse", "inReplyTo": "https://a.example/1"}])
async def test_but_other_titles_stay(node, peer, more):
    assert (await seen(node, peer, note(peer, 2, **more)))["title"] == more["name"]


async def test_markdown_is_shown_as_it_is_meant(node, peer):
    found = note(peer, 3, content="**Atelier**\n\nhttps://a.example/x", mediaType="text/markdown")
    said = (await seen(node, peer, found))["content"]
    assert said.startswith("<p><strong>Atelier</strong></p><p><a href=") and "https://a.example/x</a>" in said


@pytest.mark.parametrize(
    ("value", "wanted"), [("https://meet.example/eau", "https://meet.example/eau"), ("javascript:1", ""), (None, "")]
)
async def test_the_video_room_of_an_event(node, peer, value, wanted):
    kept = await seen(node, peer, {
        **note(peer, 4), "type": "Event", "name": "Réunion", "startTime": "2030-05-01T19:00:00Z", "isOnline": True,
        "attachment": [{"type": "PropertyValue", "name": "visio", "propertyID": "mz:visio:jitsi_meet", "value": value}],
    })  # fmt: skip
    assert posts.details(kept)["online"] == wanted


# ── PieFed's votes in polls ──────────────────────────────────────────────────


@pytest.fixture
async def poll(node, peer):
    """A poll in our forum, of which the peer's lina is a member."""
    eau = await w.open_forum(node)
    await w.become_member(node, peer, eau, "piefed")

    def ask(db):
        asked = {"options": [("A", 0), ("B", 0)], "multiple": False, "closes": now() + DAY, "closed": None, "voters": 0}
        return publish(
            db, actors.ours(db, "amal"),
            Draft(text="Quel jour ?", title="Jour", kind="question", place=eau["id"], visibility="public", poll=asked), now()
        )  # fmt: skip

    return await node.write(ask)


def chosen(peer, uri, option, number=1, name="lina"):
    return {"id": f"{peer.origin}/activities/vote/{number}", "type": "PollVote", "actor": w.actor(peer, name),
            "object": uri, "choice_text": option, "to": [v.PUBLIC]}  # fmt: skip


async def counts(node, post):
    return [row["votes"] for row in await node.read(polls.options, post["id"])]


async def test_a_choice_counts_once(node, peer, poll):
    eau = await node.read(actors.get, poll["place"])
    for number, option in enumerate(("C", ["A"], "A", "B")):
        assert await w.say(peer, node, chosen(peer, poll["uri"], option, number), eau["inbox"]) == 202
    await _acted_on(node, 4)
    assert await counts(node, poll) == [1, 0]


async def _acted_on(node, count):
    await until(lambda: node.read(lambda db: db.value(
        "select count(*) = ? from received where state = 'done' and activity like '%/vote/%'", (count,))))  # fmt: skip


async def test_in_a_poll_of_theirs_their_group_is_believed_for_its_own_people(node, other, peer):
    w.says(peer, "piefed")
    main = w.actor(peer, "main", "Group")
    await accept(node, peer, main)
    asked = w.page(peer, 1, w.actor(peer, "lina"), main)
    asked |= {"type": "Question", "oneOf": [
        {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": 2}} for name in ("A", "B")
    ], "endTime": "2030-01-01T00:00:00Z"}  # fmt: skip
    peer.documents["/post/1"] = asked
    await relay(node, peer, main, w.create(peer, 1, asked, main))
    post = await w.has(node, asked["id"])
    await relay(node, peer, main, chosen(peer, asked["id"], "B", 2, "omar"), 2)
    await relay(node, peer, main, chosen(peer, asked["id"], "A", 3) | {"actor": other.uri("amal")}, 3)
    await done(node, count=3)
    assert await counts(node, post) == [2, 3]
    assert await w.say(peer, node, chosen(peer, asked["id"], "A", 4, "sami"), f"{node.origin}/inbox") == 202
    await _acted_on(node, 1)
    assert await counts(node, post) == [2, 3]
