"""An answer that a reply gave goes with it: deleted or edited, here or elsewhere, in any order, any number of times."""

from typing import Any

import pytest

from federation import attendance, outbox
from federation.bridge import now
from federation.outbox import Draft
from node.network import events
from node.people import actors
from node.posts import notifications, posts
from tests.conftest import Node, Peer, until
from tests.federation.test_events_by_reply import reply
from tests.federation.test_protocol_events import answer_of, received, theirs, workshop
from tests.federation.test_protocol_people import follows_peer, settled
from tests.federation.test_protocol_quotes import publish
from tests.federation.test_two_nodes import follow


def words(node: Node, peer: Peer, number: int, event: Any, text: str, **more: Any) -> dict[str, Any]:
    return peer.note(number, content=f"<p>{text}</p>", inReplyTo=event["uri"], cc=[node.uri("amal")], **more)


def deletion(peer: Peer, note: dict[str, Any]) -> dict[str, Any]:
    return {"id": f"{note['id']}#delete", "type": "Delete", "actor": peer.uri, "to": note["to"], "cc": note["cc"],
            "object": {"id": note["id"], "type": "Tombstone"}}  # fmt: skip


def edition(peer: Peer, note: dict[str, Any], text: str, number: int) -> dict[str, Any]:
    changed = note | {"content": f"<p>{text}</p>", "updated": f"2036-01-01T00:00:{number:02}Z"}
    return {"id": f"{note['id']}#updates/{number}", "type": "Update", "actor": peer.uri, "to": note["to"], "cc": note["cc"],
            "object": changed}  # fmt: skip


async def sends(node: Node, peer: Peer, activity: dict[str, Any]) -> None:
    assert await peer.post(f"{node.origin}/inbox", activity) == 202
    await settled(node)


async def test_a_word_that_is_deleted_elsewhere_lets_nobody_come(node: Node, peer: Peer) -> None:
    event = await publish(node, workshop(capacity=1))
    note = words(node, peer, 1, event, "حاضر")
    await sends(node, peer, peer.create(note))
    assert await answer_of(node, event["id"], peer.uri) == ("yes", "accepted")
    for _ in range(2):
        await sends(node, peer, deletion(peer, note))
        assert await answer_of(node, event["id"], peer.uri) is None
    assert await node.read(events.coming, event["id"]) == 0
    await sends(node, peer, peer.create(words(node, peer, 2, event, "je viens")))
    assert await answer_of(node, event["id"], peer.uri) == ("yes", "accepted")


async def test_a_deletion_that_comes_first_leaves_no_answer(node: Node, peer: Peer) -> None:
    event = await publish(node, workshop())
    note = words(node, peer, 1, event, "+1")
    await sends(node, peer, deletion(peer, note))
    await sends(node, peer, peer.create(note))
    assert await answer_of(node, event["id"], peer.uri) is None


async def test_a_word_that_is_edited_says_what_it_says_now(node: Node, peer: Peer) -> None:
    event = await publish(node, workshop())
    note = words(node, peer, 1, event, "حاضر")
    await sends(node, peer, peer.create(note))
    for number, (text, said) in enumerate((("معتذر", "no"), ("Où est-ce ?", None), ("je viens", "yes"), ("je viens", "yes"),
                                           ("Très bien", None))):  # fmt: skip
        await sends(node, peer, edition(peer, note, text, number))
        assert await answer_of(node, event["id"], peer.uri) == (None if said is None else (said, "accepted"))


async def test_only_the_word_that_stands_for_the_answer_takes_it_back(node: Node, peer: Peer) -> None:
    event = await publish(node, workshop())
    first, second, third = (words(node, peer, n, event, text) for n, text in enumerate(("حاضر", "معتذر", "+1")))
    await sends(node, peer, peer.create(first))
    await sends(node, peer, peer.create(second))
    await sends(node, peer, deletion(peer, first))
    assert await answer_of(node, event["id"], peer.uri) == ("no", "accepted")
    await sends(node, peer, peer.create(third))
    fourth = words(node, peer, 4, event, "je viens")
    await sends(node, peer, peer.create(fourth))
    await sends(node, peer, deletion(peer, fourth))
    assert await answer_of(node, event["id"], peer.uri) == ("yes", "accepted"), "another still says so"
    await sends(node, peer, deletion(peer, third))
    assert await answer_of(node, event["id"], peer.uri) is None


@pytest.mark.parametrize("joins_first", [True, False])
async def test_a_join_stands_by_itself(node: Node, peer: Peer, joins_first: bool) -> None:
    event = await publish(node, workshop())
    note = words(node, peer, 1, event, "je viens")
    joined = {"id": f"{peer.origin}/joins/1", "type": "Join", "actor": peer.uri, "object": event["uri"]}
    for one in (joined, peer.create(note)) if joins_first else (peer.create(note), joined):
        await sends(node, peer, one)
    await sends(node, peer, deletion(peer, note))
    assert await answer_of(node, event["id"], peer.uri) == ("yes", "accepted")
    left = {"id": f"{peer.origin}/leaves/1", "type": "Leave", "actor": peer.uri, "object": event["uri"]}
    for _ in range(2):
        await sends(node, peer, left)
        assert await answer_of(node, event["id"], peer.uri) is None
    await sends(node, peer, edition(peer, note, "+1", 1))
    assert await answer_of(node, event["id"], peer.uri) is None, "what was deleted says nothing"


async def test_an_asked_word_that_is_deleted_takes_its_notice_along(node: Node, peer: Peer) -> None:
    event = await publish(node, workshop(join="restricted"))
    note = words(node, peer, 1, event, "je viens")
    await sends(node, peer, peer.create(note))
    amal = await node.read(actors.ours, "amal")
    told = [one for one in await node.read(notifications.of, amal["id"]) if one["post"] == event["id"]]
    assert len(told) == 1 and await answer_of(node, event["id"], peer.uri) == ("yes", "asked")
    await sends(node, peer, deletion(peer, note))
    assert [one for one in await node.read(notifications.of, amal["id"]) if one["post"] == event["id"]] == []


async def test_who_deletes_her_account_comes_no_more(node: Node, peer: Peer) -> None:
    event = await publish(node, workshop())
    await reply(node, peer, 1, event, "je viens")
    assert await node.read(events.coming, event["id"]) == 1
    await sends(node, peer, {"id": f"{peer.uri}#delete", "type": "Delete", "actor": peer.uri, "object": peer.uri,
                             "to": [peer.uri]})  # fmt: skip
    await until(lambda: node.read(lambda db: events.coming(db, event["id"]) == 0))


async def test_a_member_who_deletes_or_edits_her_word_leaves_the_event_elsewhere(node: Node, peer: Peer) -> None:
    await follows_peer(node, peer)
    event = await received(node, peer, theirs(peer))
    token = node.token("amal")

    async def say(text: str) -> Any:
        return await node.api(
            "POST", "/api/v1/statuses", token, json={"status": text, "in_reply_to_id": str(event["id"])}
        )

    said = await say("حاضر")
    await peer.wait_for(lambda one: one["type"] == "Join")
    await node.api("DELETE", f"/api/v1/statuses/{said['id']}", token)
    await peer.wait_for(lambda one: one["type"] == "Leave")
    assert await answer_of(node, event["id"], node.uri("amal")) is None
    said = await say("+1")
    await node.api("PUT", f"/api/v1/statuses/{said['id']}", token, json={"status": "Comment venir ?"})
    told = ["Join", "Leave"] * 2
    await until(lambda: [one["type"] for one in peer.received if one["type"] in ("Join", "Leave")] == told)


async def test_a_button_pressed_after_the_word_stands_without_it(node: Node, peer: Peer) -> None:
    await follows_peer(node, peer)
    event = await received(node, peer, theirs(peer))

    def say(db: Any) -> int:
        amal = actors.ours(db, "amal")
        assert amal is not None
        post = outbox.publish(db, amal, Draft("حاضر", reply_to=event["id"]), now())
        attendance.answer(db, amal, posts.get(db, event["id"]), "yes", now())
        outbox.delete(db, post, now())
        return int(post["id"])

    await node.write(say)
    assert await answer_of(node, event["id"], node.uri("amal")) == ("yes", "asked")


async def test_a_word_deleted_on_one_node_is_taken_back_on_the_other(node: Node, other: Node) -> None:
    here = node.token()
    await follow(node, here, f"amal@{other.host}")
    event = await publish(other, workshop())
    seen = await until(lambda: node.read(posts.by_uri, event["uri"]))
    for text, said in (("حاضر", "yes"), ("peut-être", "maybe"), ("معتذر", "no")):
        made = await node.api(
            "POST", "/api/v1/statuses", here, json={"status": text, "in_reply_to_id": str(seen["id"])}
        )

        async def known(said: str = said) -> bool:
            return await answer_of(other, event["id"], node.uri("amal")) == (said, "accepted")

        await until(known)
        await settled(node)
        await node.api("DELETE", f"/api/v1/statuses/{made['id']}", here)

        async def forgotten() -> bool:
            return await answer_of(other, event["id"], node.uri("amal")) is None

        await until(forgotten)
        assert await answer_of(node, seen["id"], node.uri("amal")) is None


@pytest.mark.parametrize("undone", [False, True])
async def test_a_leave_that_overtakes_its_join_ends_it_and_no_later_one(node: Node, peer: Peer, undone: bool) -> None:
    event = await publish(node, workshop())

    def said(kind: str, number: int, **more: Any) -> dict[str, Any]:
        named = f"{peer.origin}/{kind.lower()}s/{number}"
        return {"id": named, "type": kind, "actor": peer.uri, "object": event["uri"], **more}

    taken_back = {"type": "Join", "actor": peer.uri, "object": event["uri"]}
    await sends(node, peer, said("Undo", 1, object=taken_back) if undone else said("Leave", 1))
    await sends(node, peer, said("Join", 1))
    assert await answer_of(node, event["id"], peer.uri) is None
    assert not [one for one in peer.received if one["type"] in ("Accept", "Reject")]
    await sends(node, peer, said("Join", 2))
    assert await answer_of(node, event["id"], peer.uri) == ("yes", "accepted")


async def test_a_join_that_was_said_after_the_leave_counts(node: Node, peer: Peer) -> None:
    event = await publish(node, workshop())

    def said(kind: str, number: int, published: str) -> dict[str, Any]:
        named = f"{peer.origin}/{kind.lower()}s/{number}"
        return {"id": named, "type": kind, "actor": peer.uri, "object": event["uri"], "published": published}

    await sends(node, peer, said("Leave", 1, "2026-01-01T10:00:05Z"))
    await sends(node, peer, said("Join", 2, "2026-01-01T10:00:09Z"))
    assert await answer_of(node, event["id"], peer.uri) == ("yes", "accepted")
    await sends(node, peer, said("Leave", 2, "2026-01-01T10:00:20Z"))
    await sends(node, peer, said("Leave", 3, "2026-01-01T10:00:40Z"))
    await sends(node, peer, said("Join", 3, "2026-01-01T10:00:30Z"))
    assert await answer_of(node, event["id"], peer.uri) is None
