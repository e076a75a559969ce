"""A word in reply to an event is an answer: from here, from another node, from any server; once, and only where one may."""

from typing import Any

import pytest

from federation.bridge import now
from node.network import events
from node.people import actors, blocks
from node.posts import posts
from tests.conftest import Node, Peer, until
from tests.federation.test_protocol_events import answer_of, received, theirs, workshop
from tests.federation.test_protocol_people import follows_peer, settled
from tests.federation.test_protocol_quotes import publish
from tests.federation.test_two_nodes import follow


async def reply(node: Node, peer: Peer, number: int, event: Any, text: str) -> None:
    note = peer.note(number, content=f"<p><span class='h-card'><a href='{node.uri('amal')}'>@amal</a></span> {text}</p>",
                     inReplyTo=event["uri"], cc=[node.uri("amal")],
                     tag=[{"type": "Mention", "href": node.uri("amal"), "name": "@amal"}])  # fmt: skip
    assert await peer.post(f"{node.origin}/inbox", peer.create(note)) == 202
    await until(lambda: node.read(posts.by_uri, note["id"]))


async def test_a_mastodon_user_comes_hesitates_and_stays_away_by_words(node: Node, peer: Peer) -> None:
    event = await publish(node, workshop())
    for number, (text, said) in enumerate((("يبدو جيدا!", None), ("حاضرٌ", "yes"), ("+1", "yes"), ("peut-être", "maybe"),
                                           ("je ne viens pas", "no"))):  # fmt: skip
        await reply(node, peer, number, event, text)
        assert await answer_of(node, event["id"], peer.uri) == (None if said is None else (said, "accepted"))
    assert len(await node.read(events.of, event["id"])) == 1


async def test_words_let_nobody_in_where_a_join_would_not(node: Node, peer: Peer) -> None:
    full, approves = await publish(node, workshop(capacity=0)), await publish(node, workshop(join="restricted"))
    await reply(node, peer, 1, full, "je viens")
    assert await answer_of(node, full["id"], peer.uri) is None
    await reply(node, peer, 2, approves, "je viens")
    assert await answer_of(node, approves["id"], peer.uri) == ("yes", "asked")
    blocked = await publish(node, workshop())

    def block(db: Any) -> None:
        known = actors.by_uri(db, peer.uri)
        assert known is not None
        blocks.keep(db, actors.ours(db, "amal")["id"], known["id"], "", now())  # type: ignore[index]

    await node.write(block)
    await reply(node, peer, 3, blocked, "je viens")
    await settled(node)
    assert await answer_of(node, blocked["id"], peer.uri) is None


async def test_a_member_answers_an_event_elsewhere_by_a_word_and_her_node_says_join(node: Node, peer: Peer) -> None:
    await follows_peer(node, peer)
    event = await received(node, peer, theirs(peer))
    token = node.token("amal")
    await node.api("POST", "/api/v1/statuses", token, json={"status": "حاضر", "in_reply_to_id": str(event["id"])})
    joined = await peer.wait_for(lambda one: one["type"] == "Join")
    assert (joined["actor"], joined["object"]) == (node.uri("amal"), event["uri"])
    await node.api("POST", "/api/v1/statuses", token, json={"status": "je viens", "in_reply_to_id": str(event["id"])})
    await node.api("POST", "/api/v1/statuses", token, json={"status": "معتذر", "in_reply_to_id": str(event["id"])})
    left = await peer.wait_for(lambda one: one["type"] == "Leave")
    assert left["object"] == event["uri"]
    await settled(node)
    assert [one["type"] for one in peer.received if one["type"] in ("Join", "Leave")] == ["Join", "Leave"]
    assert await answer_of(node, event["id"], node.uri("amal")) == ("no", "accepted")


async def test_a_word_crosses_from_node_to_node_and_counts_once(node: Node, other: Node) -> None:
    here = node.token()
    await follow(node, here, f"amal@{other.host}")
    event = await publish(other, workshop())
    seen = await until(lambda: node.read(posts.by_uri, event["uri"]))
    await node.api("POST", "/api/v1/statuses", here, json={"status": "حاضر", "in_reply_to_id": str(seen["id"])})

    async def accepted() -> bool:
        return await answer_of(node, seen["id"], node.uri("amal")) == ("yes", "accepted")

    await until(accepted)
    await settled(node)
    assert await answer_of(other, event["id"], node.uri("amal")) == ("yes", "accepted")
    assert await other.read(events.coming, event["id"]) == 1


@pytest.mark.parametrize(("answer", "word"), [("maybe", "TentativeAccept"), ("no", "")])
async def test_who_takes_her_yes_back_tells_the_organiser(node: Node, other: Node, answer: str, word: str) -> None:
    from federation import attendance

    await follow(node, node.token(), f"amal@{other.host}")
    event = await publish(other, workshop())
    seen = await until(lambda: node.read(posts.by_uri, event["uri"]))

    def say(db: Any, what: str) -> None:
        amal = actors.ours(db, "amal")
        assert amal is not None
        attendance.answer(db, amal, posts.get(db, seen["id"]), what, now())

    await node.write(say, "yes")
    await until(lambda: other.read(lambda db: events.coming(db, event["id"]) == 1))
    await node.write(say, answer)
    await until(lambda: other.read(lambda db: events.coming(db, event["id"]) == 0))
    if word:

        async def known() -> bool:
            return await answer_of(other, event["id"], node.uri("amal")) == (answer, "accepted")

        await until(known)
    assert await answer_of(node, seen["id"], node.uri("amal")) == (answer, "accepted")


async def test_who_has_an_event_from_its_association_hears_that_it_is_called_off(node: Node, other: Node) -> None:
    from federation import meetings
    from federation.outbox import Draft
    from node.network.meetings import Meeting
    from node.people import users

    await follow(node, node.token(), f"tanmia@{other.host}")

    def announce(db: Any) -> Any:
        author, tanmia = actors.ours(db, "amal"), actors.ours(db, "tanmia")
        assert author is not None and tanmia is not None
        user = users.by_name(db, "amal")["id"]
        meeting = Meeting("تنظيف", now() + 86_400_000, place="المحمدية")
        return meetings.publish(db, author, meeting, Draft(text="x", user=user, on_behalf=tanmia["id"]), now())

    event = await other.write(announce)
    seen = await until(lambda: node.read(posts.by_uri, event["uri"]))
    assert posts.details(seen)["status"] == "CONFIRMED"
    await other.write(lambda db: meetings.cancel(db, posts.get(db, event["id"]), now()))

    async def called_off() -> bool:
        return bool(posts.details(await node.read(posts.get, seen["id"]))["status"] == "CANCELLED")

    await until(called_off)
    from federation import outbox

    await other.write(lambda db: outbox.delete(db, posts.get(db, event["id"]), now()))
    await until(lambda: node.read(lambda db: posts.by_uri(db, event["uri"]) is None))
