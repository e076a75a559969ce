"""Polls, threads, forwarding and proofs across servers."""

import json
import re
from typing import Any

import pytest

from federation import backfill, proofs, resolve, voting
from federation import vocabulary as v
from federation.bridge import now
from federation.outbox import Draft
from keys import pair
from node.people import actors, blocks
from node.posts import polls, posts
from tests.conftest import Node, Peer, until
from tests.federation.test_protocol_people import follows_peer, settled
from tests.federation.test_protocol_quotes import publish
from tests.federation.test_two_nodes import follow

# ── polls ─────────────────────────────────────────────────────────────────────


def poll(closes: int | None = None, multiple: bool = False) -> dict[str, Any]:
    return {"options": [("نعم", 0), ("لا", 0)], "multiple": multiple, "closes": closes, "closed": None, "voters": 0}


async def task_now(node: Node, kind: str) -> None:
    """A task that would wait is due at once."""
    await until(lambda: node.read(lambda db: db.value("select 1 from tasks where kind = ?", (kind,))))

    def hurry(db: Any) -> None:
        db.execute("update tasks set due = 0 where kind = ?", (kind,))
        db.wake("tasks")

    await node.write(hurry)


async def test_votes_go_out_one_by_one_and_counts_come_back(node: Node, other: Node) -> None:
    token = node.token()
    await follow(node, token, f"amal@{other.host}")
    asked = await publish(other, Draft("?", kind="question", poll=poll(now() + 3_600_000, multiple=True)))
    seen = await until(lambda: node.read(posts.by_uri, asked["uri"]))

    def vote(db: Any) -> None:
        amal = actors.by_uri(db, node.uri("amal"))
        assert amal is not None
        voting.vote(db, amal, posts.get(db, seen["id"]), [0, 1], now())

    await node.write(vote)

    def counted(db: Any) -> bool:
        return [row["votes"] for row in polls.options(db, asked["id"])] == [1, 1]

    await until(lambda: other.read(counted))
    assert (await other.read(polls.get, asked["id"]))["voters"] == 1
    await task_now(other, "poll counts")
    await settled(other)
    document = json.loads(await (await other.get(f"/posts/{asked['id']}")).text())
    assert [one["replies"]["totalItems"] for one in document["anyOf"]] == [1, 1]
    assert document["votersCount"] == 1

    # the end: those who took part are told, on both nodes
    def over(db: Any) -> None:
        db.execute("update polls set closes = ?", (now() - 1000,))

    await other.write(over)
    await task_now(other, "poll end")
    await until(lambda: node.read(lambda db: db.value("select closed from polls")))  # the asker said so
    await task_now(node, "poll end")

    async def told() -> bool:
        heard = [await one.api("GET", "/api/v1/notifications?types[]=poll", one.token()) for one in (node, other)]
        return all(len(one) == 1 for one in heard)

    await until(told)
    assert json.loads(await (await other.get(f"/posts/{asked['id']}")).text())["closed"]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("multiple", [True, False])
async def test_of_several_votes_the_first_counts_where_one_may_be_given(
    node: Node, peer: Peer, together: bool, multiple: bool
) -> None:
    """GoToSocial sends all of them in one Create; others one Create each, and forget that one was given."""
    asked = await publish(node, Draft("?", kind="question", poll=poll(now() + 3_600_000, multiple=multiple)))
    votes = [
        {"type": "Note", "id": f"{peer.origin}/votes/{name}", "attributedTo": peer.uri, "to": [node.uri("amal")],
         "name": name, "inReplyTo": asked["uri"]} for name in ("none of these", "لا", "نعم")
    ]  # fmt: skip
    for number, obj in enumerate([votes] if together else votes):
        said = {"id": f"{peer.origin}/creates/{number}", "type": "Create", "actor": peer.uri, "object": obj}
        assert await peer.post(f"{node.origin}/inbox", said | {"to": [node.uri("amal")]}) == 202
    await task_now(node, "poll counts")
    await settled(node)
    counted = await node.read(lambda db: [row["votes"] for row in polls.options(db, asked["id"])])
    assert counted == ([1, 1] if multiple else [0, 1])
    assert (await node.read(polls.get, asked["id"]))["voters"] == 1


async def test_a_peers_update_brings_counts_and_a_stranger_brings_none(node: Node, peer: Peer) -> None:
    await follows_peer(node, peer)

    def options(first: int) -> list[dict[str, Any]]:
        return [{"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": count}}
                for name, count in (("a", first), ("b", 0))]  # fmt: skip

    question = peer.note(5, type="Question", oneOf=options(0))
    await peer.post(f"{node.origin}/inbox", peer.create(question))
    kept = await until(lambda: node.read(posts.by_uri, question["id"]))
    newer = {**question, "oneOf": options(4)}
    update = {"@context": v.AS2, "id": f"{question['id']}#u1", "type": "Update", "actor": peer.uri, "object": newer}
    async with Peer(name="eve") as eve:
        await eve.post(f"{node.origin}/inbox", update | {"id": f"{eve.origin}/u1", "actor": eve.uri})
        await settled(node)
        assert await node.read(lambda db: [row["votes"] for row in polls.options(db, kept["id"])]) == [0, 0]
    await peer.post(f"{node.origin}/inbox", update)
    await until(lambda: node.read(lambda db: [row["votes"] for row in polls.options(db, kept["id"])] == [4, 0]))


async def test_of_two_signs_the_one_that_is_taken_back_goes(node: Node, peer: Peer) -> None:
    post = await publish(node, Draft("x"))
    signs = [{"@context": v.AS2, "id": f"{peer.origin}/signs/{number}", "type": "EmojiReact", "actor": peer.uri,
              "object": post["uri"], "content": sign} for number, sign in enumerate("🔥👍")]  # fmt: skip

    async def take_back(number: int) -> int:
        undo = {"@context": v.AS2, "id": f"{peer.origin}/undo/{number}", "type": "Undo", "actor": peer.uri}
        await peer.post(f"{node.origin}/inbox", undo | {"object": signs[number]})
        await settled(node)
        return int((await node.read(posts.get, post["id"]))["likes"])

    for sign in signs:
        await peer.post(f"{node.origin}/inbox", sign)
    assert [await take_back(1), await take_back(0)] == [1, 0]


# ── threads ───────────────────────────────────────────────────────────────────


async def test_an_opened_thread_is_filled_from_its_context_and_replies(node: Node, peer: Peer) -> None:
    await follows_peer(node, peer)
    first = peer.note(1, context=f"{peer.origin}/ctx", replies=f"{peer.origin}/notes/1/replies")
    for number in (2, 3, 4):
        peer.note(number, inReplyTo=f"{peer.origin}/notes/{1 if number < 4 else 3}", context=f"{peer.origin}/ctx")
    peer.documents["/ctx"] = {"@context": v.AS2, "id": f"{peer.origin}/ctx", "type": "OrderedCollection",
                              "orderedItems": [first["id"], f"{peer.origin}/notes/2"]}  # fmt: skip
    peer.documents["/notes/1/replies"] = {
        "@context": v.AS2, "id": f"{peer.origin}/notes/1/replies", "type": "Collection",
        "first": {"type": "CollectionPage", "items": f"{peer.origin}/notes/3", "next": f"{peer.origin}/page2"},
    }  # fmt: skip
    peer.documents["/page2"] = {"@context": v.AS2, "id": f"{peer.origin}/page2", "type": "CollectionPage",
                                "items": [f"{peer.origin}/notes/4"], "next": f"{peer.origin}/page2"}  # fmt: skip
    await peer.post(f"{node.origin}/inbox", peer.create(first))
    post = await until(lambda: node.read(posts.by_uri, first["id"]))
    await backfill.opened(node.bridge, post)
    await until(lambda: node.read(lambda db: db.value("select count(*) = 4 from posts")))
    threads = await node.read(lambda db: [row[0] for row in db.rows("select distinct thread from posts")])
    assert threads == [post["id"]]
    asked = len(peer.asked)
    await backfill.opened(node.bridge, post)  # again at once: nothing is asked for
    await settled(node)
    assert len(peer.asked) == asked


async def test_our_context_and_replies_are_answered_unchanged_with_304(node: Node, peer: Peer) -> None:
    post = await publish(node, Draft("topic"))
    await publish(node, Draft("answer", reply_to=post["id"]))
    for name in ("context", "replies"):
        path = f"/posts/{post['id']}/{name}"
        answer = await node.get(path)
        tag = answer.headers["ETag"]
        again = await node.get(path, **{"If-None-Match": tag})
        assert (name, again.status, await again.text()) == (name, 304, "")
    await publish(node, Draft("one more", reply_to=post["id"]))
    changed = await node.get(f"/posts/{post['id']}/context", **{"If-None-Match": tag})
    assert changed.status == 200
    assert len(json.loads(await changed.text())["orderedItems"]) == 3


async def test_what_a_peer_pinned_is_asked_for_when_its_profile_is_opened(node: Node, peer: Peer) -> None:
    peer.documents["/users/badr"] = peer.actor(featured=f"{peer.uri}/featured")
    identifier = await follows_peer(node, peer)
    note = peer.note(1)
    peer.documents["/users/badr/featured"] = {
        "@context": v.AS2, "id": f"{peer.uri}/featured", "type": "OrderedCollection",
        "orderedItems": [note["id"], "https://else.example/notes/1"],
    }  # fmt: skip
    await backfill.opened_actor(node.bridge, await node.read(actors.get, identifier))
    pinned = await until(
        lambda: node.read(
            lambda db: [row[0] for row in db.rows("select post from pins where actor = ?", (identifier,))]
        )
    )
    assert pinned == [(await node.read(posts.by_uri, note["id"]))["id"]]


async def test_what_was_said_of_late_stands_on_a_profile_and_in_the_home_of_a_new_follower(
    node: Node, peer: Peer
) -> None:
    outbox = f"{peer.uri}/outbox"
    peer.documents["/users/badr"] = peer.actor(followers=f"{peer.uri}/followers")
    whole, named = peer.note(1, "<p>first</p>"), peer.note(2, "<p>second</p>", published="2026-01-02T00:00:00Z")
    hidden = peer.note(3, "<p>hidden</p>", to=[f"{peer.uri}/followers"], cc=[])
    answer = peer.note(4, "<p>answer</p>", inReplyTo="https://elsewhere.example/1")
    forged = peer.note(5, "<p>forged</p>", attributedTo=f"{peer.origin}/users/eve")
    told = [peer.create(note) for note in (whole, hidden, answer, forged)]
    told += [
        peer.create(named) | {"object": named["id"]},
        {"type": "Announce", "actor": peer.uri, "object": "https://elsewhere.example/2"},
    ]
    peer.documents["/users/badr/outbox"] = {
        "id": outbox, "type": "OrderedCollection", "totalItems": 99, "first": f"{outbox}/1"
    }  # fmt: skip
    page = {"id": f"{outbox}/1", "type": "OrderedCollectionPage", "orderedItems": told}
    peer.documents["/users/badr/outbox/1"] = page
    peer.documents["/users/badr/followers"] = {"type": "OrderedCollection", "totalItems": 1234}
    peer.documents["/users/badr/following"] = {"type": "OrderedCollection", "totalItems": "many"}
    await follow(node, node.token(), f"badr@{peer.host}", accepted=False)
    await node.write(lambda db: db.execute("update follows set notify = 1"))
    await follows_peer(node, peer)
    await until(lambda: node.read(posts.by_uri, named["id"]))
    await settled(node)
    home = await node.api("GET", "/api/v1/timelines/home", node.token())
    assert [one["uri"] for one in home] == [named["id"], whole["id"]]
    for note in (hidden, answer, forged):
        assert await node.read(posts.by_uri, note["id"]) is None
    assert await node.api("GET", "/api/v1/notifications", node.token()) == []  # old words are no news, bell or not
    account = await node.api("GET", f"/api/v1/accounts/lookup?acct=badr@{peer.host}", node.token())
    assert (account["statuses_count"], account["followers_count"], account["following_count"]) == (99, 1234, 0)
    assert peer.asked.count("/users/badr/outbox") == 1
    update = {
        "@context": v.AS2,
        "id": f"{peer.origin}/u",
        "type": "Update",
        "actor": peer.uri,
        "object": peer.actor(name="B"),
    }
    await peer.post(f"{node.origin}/inbox", update)
    await until(lambda: node.read(lambda db: actors.by_uri(db, peer.uri)["display"] == "B"))
    page = await (await node.get(f"/@badr@{peer.host}", "text/html")).text()
    assert re.search(r"1\D?234", page)  # her document says nothing of it, and takes nothing back
    asked = peer.asked.count("/users/badr/outbox/1")
    await backfill.opened_actor(node.bridge, await node.read(actors.by_uri, peer.uri))
    await settled(node)
    assert peer.asked.count("/users/badr/outbox/1") == asked == 1  # every six hours, whoever looks


# ── forwarding and proofs ─────────────────────────────────────────────────────


async def test_an_answer_for_our_followers_is_passed_on_byte_for_byte(node: Node, other: Node, peer: Peer) -> None:
    await follow(other, other.token(), f"amal@{node.host}")
    async with Peer(name="eve") as eve:
        await eve.post(f"{node.origin}/inbox", eve.follow(node.uri("amal")))
        await eve.wait_for(lambda one: one["type"] == "Accept")
        said = await publish(node, Draft("topic"))
        note = peer.note(9, inReplyTo=said["uri"], cc=[f"{node.uri('amal')}/followers"])
        create = peer.create(note, strange={"kept": True})
        await peer.post(f"{node.origin}/inbox", create)
        passed = await eve.wait_for(lambda one: one["type"] == "Create" and one["actor"] == peer.uri)
        assert passed == create
        await until(lambda: other.read(posts.by_uri, note["id"]))  # asked for at the peer's: nobody proved it
        assert f"/notes/{9}" in peer.asked

        gone = {"@context": v.AS2, "id": f"{note['id']}#delete", "type": "Delete", "actor": peer.uri,
                "object": note["id"], "to": [v.PUBLIC]}  # fmt: skip
        del peer.documents["/notes/9"]
        await peer.post(f"{node.origin}/inbox", gone)
        await eve.wait_for(lambda one: one["type"] == "Delete" and one["actor"] == peer.uri)
        await until(lambda: other.read(lambda db: posts.by_uri(db, note["id"]) is None))


async def test_an_answer_that_names_nobodys_followers_stays_here(node: Node, peer: Peer) -> None:
    async with Peer(name="eve") as eve:
        await eve.post(f"{node.origin}/inbox", eve.follow(node.uri("amal")))
        await eve.wait_for(lambda one: one["type"] == "Accept")
        said = await publish(node, Draft("topic"))
        await peer.post(f"{node.origin}/inbox", peer.create(peer.note(9, inReplyTo=said["uri"])))
        stranger = peer.note(10, inReplyTo="https://x.invalid/1", cc=[f"{node.uri('amal')}/followers"])
        await peer.post(f"{node.origin}/inbox", peer.create(stranger))
        await settled(node)
        assert await node.read(lambda db: db.value("select count(*) from letters where passed_on")) == 0


async def test_our_followers_hear_nothing_through_us_from_somebody_we_block(node: Node, peer: Peer) -> None:
    async with Peer(name="eve") as eve:
        await eve.post(f"{node.origin}/inbox", eve.follow(node.uri("amal")))
        await eve.wait_for(lambda one: one["type"] == "Accept")
        said = await publish(node, Draft("topic"))
        badr = await resolve.actor(node.bridge, peer.uri)

        def block(db):
            blocks.keep(db, actors.ours(db, "amal")["id"], badr["id"], "", now())

        await node.write(block)
        note = peer.note(9, inReplyTo=said["uri"], cc=[f"{node.uri('amal')}/followers"])
        assert await peer.post(f"{node.origin}/inbox", peer.create(note)) == 202
        await settled(node)
        assert await node.read(lambda db: db.value("select count(*) from letters where passed_on")) == 0


async def test_what_another_brings_counts_with_the_authors_proof_and_not_with_a_broken_one(
    node: Node, peer: Peer
) -> None:
    await follows_peer(node, peer)
    private = pair.load(pair.new_ed25519())
    method = f"{peer.uri}#ed25519-key"
    multikey = {"id": method, "type": "Multikey", "controller": peer.uri, "publicKeyMultibase": pair.public_of(private)}
    peer.documents["/users/badr"] = peer.actor(assertionMethod=[multikey])
    async with Peer(name="eve") as eve:
        good, bad = (peer.create(peer.note(number, to=[v.PUBLIC])) for number in (1, 2))
        del peer.documents["/notes/1"], peer.documents["/notes/2"]  # its own server does not answer for them
        proved = [proofs.attach(one, method, lambda m: pair.sign(private, m), now()) for one in (good, bad)]
        proved[1] = {**proved[1], "object": {**proved[1]["object"], "content": "<p>forged</p>"}}
        for one in proved:
            assert await eve.post(f"{node.origin}/inbox", one) == 202
        await until(lambda: node.read(posts.by_uri, good["object"]["id"]))
        await settled(node)
        assert await node.read(posts.by_uri, bad["object"]["id"]) is None


async def test_what_another_brings_without_proof_is_taken_from_its_origin(node: Node, peer: Peer) -> None:
    await follows_peer(node, peer)
    async with Peer(name="eve") as eve:
        create = peer.create(peer.note(1, "<p>the truth</p>"))
        forged = {**create, "object": {**create["object"], "content": "<p>a lie</p>"}}
        await eve.post(f"{node.origin}/inbox", forged)
        kept = await until(lambda: node.read(posts.by_uri, create["object"]["id"]))
        assert kept["content"] == "<p>the truth</p>"
