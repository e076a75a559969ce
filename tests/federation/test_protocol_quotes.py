"""Quotes with consent (FEP-044f), both directions."""

import json
from typing import Any

from federation import outbox
from federation import vocabulary as v
from federation.bridge import now
from federation.handlers import quote as handler
from federation.outbox import Draft
from node.people import actors, blocks
from node.posts import posts, quotes
from tests.conftest import Node, Peer, until
from tests.federation.test_protocol_people import follows_peer, settled


async def publish(node: Node, draft: Draft) -> Any:
    def write(db: Any) -> Any:
        amal = actors.by_uri(db, node.uri("amal"))
        assert amal is not None
        return outbox.publish(db, amal, draft, now())

    return await node.write(write)


def request(peer: Peer, quoted: str, number: int = 7) -> dict[str, Any]:
    return {"@context": v.AS2, "id": f"{peer.origin}/quotes/{number}", "type": "QuoteRequest", "actor": peer.uri,
            "object": quoted, "instrument": f"{peer.origin}/notes/{number}"}  # fmt: skip


async def state(node: Node, uri: str) -> str:
    def look(db: Any) -> str:
        post = posts.by_uri(db, uri)
        quote = quotes.of(db, post["id"]) if post is not None else None
        return str(quote["state"]) if quote is not None else ""

    return str(await node.read(look))


async def becomes(node: Node, uri: str, wanted: str) -> None:
    async def look() -> bool:
        return await state(node, uri) == wanted

    await until(look)


async def test_a_public_post_may_be_quoted_and_the_stamp_says_so(node: Node, peer: Peer) -> None:
    post = await publish(node, Draft("quote me"))
    document = json.loads(await (await node.get(f"/posts/{post['id']}")).text())
    assert document["interactionPolicy"] == {"canQuote": {"automaticApproval": [v.PUBLIC]}}
    await peer.post(f"{node.origin}/inbox", request(peer, post["uri"]))
    accept = await peer.wait_for(lambda one: one["type"] == "Accept")
    assert accept["object"]["id"] == f"{peer.origin}/quotes/7"
    stamp = json.loads(await (await node.get(accept["result"].removeprefix(node.origin))).text())
    assert stamp["type"] == "QuoteAuthorization"
    assert stamp["attributedTo"] == node.uri("amal")
    assert (stamp["interactingObject"], stamp["interactionTarget"]) == (f"{peer.origin}/notes/7", post["uri"])

    note = peer.note(7, quote=post["uri"], quoteAuthorization=accept["result"])
    await peer.post(f"{node.origin}/inbox", peer.create(note))
    await becomes(node, note["id"], "accepted")

    def revoke(db: Any) -> bool:
        quoting_post = posts.by_uri(db, note["id"])
        assert quoting_post is not None
        return handler.take_back(db, posts.get(db, post["id"]), quoting_post, now())

    assert await node.write(revoke)
    assert (await peer.wait_for(lambda one: one["type"] == "Delete"))["object"] == accept["result"]
    assert (await node.get(accept["result"].removeprefix(node.origin))).status == 404


async def test_what_is_for_followers_or_whom_she_blocks_may_not_be_quoted(node: Node, peer: Peer) -> None:
    await peer.post(f"{node.origin}/inbox", peer.follow(node.uri("amal")))
    hidden = await publish(node, Draft("for you", visibility="followers"))
    await peer.post(f"{node.origin}/inbox", request(peer, hidden["uri"]))
    await peer.wait_for(lambda one: one["type"] == "Reject" and one["object"]["object"] == hidden["uri"])
    shown = await publish(node, Draft("for all"))

    def block(db: Any) -> None:
        one, other = actors.by_uri(db, node.uri("amal")), actors.by_uri(db, peer.uri)
        assert one is not None and other is not None
        blocks.keep(db, one["id"], other["id"], "", now())

    await node.write(block)
    await peer.post(f"{node.origin}/inbox", request(peer, shown["uri"], 8))
    await peer.wait_for(lambda one: one["type"] == "Reject" and one["object"]["object"] == shown["uri"])
    assert not [one for one in peer.received if one["type"] == "Accept" and "result" in one]


async def test_a_stamp_for_another_post_allows_nothing(node: Node, peer: Peer) -> None:
    first, second = await publish(node, Draft("one")), await publish(node, Draft("two"))
    await peer.post(f"{node.origin}/inbox", request(peer, first["uri"]))
    accept = await peer.wait_for(lambda one: one["type"] == "Accept")
    note = peer.note(7, quote=second["uri"], quoteAuthorization=accept["result"])
    await peer.post(f"{node.origin}/inbox", peer.create(note))
    await until(lambda: node.read(posts.by_uri, note["id"]))
    await settled(node)
    assert await state(node, note["id"]) == "pending"


async def test_who_cannot_ask_quotes_what_everybody_may_quote(node: Node, peer: Peer) -> None:
    """Misskey and Akkoma know of no leave to quote; the author's own word is enough, also when it is no."""
    free = await publish(node, Draft("quote me"))
    kept = await publish(node, Draft("not me", details={"quotes": "nobody"}))
    first = peer.note(7, _misskey_quote=free["uri"], quoteUrl=free["uri"])
    second = peer.note(8, quoteUri=kept["uri"])
    for note in (first, second):
        await peer.post(f"{node.origin}/inbox", peer.create(note))
    await becomes(node, first["id"], "accepted")
    [told] = await until(lambda: node.api("GET", "/api/v1/notifications?types[]=quote", node.token()))
    assert told["status"]["uri"] == first["id"]
    await settled(node)
    assert await state(node, second["id"]) == "pending"

    def revoke(db: Any) -> bool:
        quoting_post = posts.by_uri(db, first["id"])
        assert quoting_post is not None
        return handler.take_back(db, posts.get(db, free["id"]), quoting_post, now())

    assert await node.write(revoke)
    await peer.post(f"{node.origin}/inbox", peer.create(first) | {"type": "Update", "id": f"{first['id']}#2"})
    await settled(node)
    assert await state(node, first["id"]) == "revoked"


async def test_our_quote_is_asked_for_and_shown_with_the_stamp(node: Node, peer: Peer) -> None:
    await follows_peer(node, peer)
    note = peer.note()
    await peer.post(f"{node.origin}/inbox", peer.create(note))
    quoted = await until(lambda: node.read(posts.by_uri, note["id"]))
    post = await publish(node, Draft(f"@badr@{peer.host} see", quote=quoted["id"]))
    asked = await peer.wait_for(lambda one: one["type"] == "QuoteRequest")
    assert (asked["object"], asked["instrument"]["id"]) == (note["id"], post["uri"])
    create = await peer.wait_for(lambda one: one["type"] == "Create")
    assert create["object"]["quote"] == note["id"]
    assert "RE: <a" in create["object"]["content"]
    assert "quoteAuthorization" not in create["object"]

    accept = {"@context": v.AS2, "id": f"{peer.origin}/accepts/q", "type": "Accept", "actor": peer.uri,
              "object": asked["id"], "result": f"{peer.origin}/stamps/1"}  # fmt: skip
    async with Peer(name="eve") as eve:
        forged = accept | {"id": f"{eve.origin}/accepts/q", "actor": eve.uri, "result": f"{eve.origin}/stamps/1"}
        await eve.post(f"{node.origin}/inbox", forged)
        await settled(node)
        assert await state(node, post["uri"]) == "pending"
    await peer.post(f"{node.origin}/inbox", accept)
    update = await peer.wait_for(lambda one: one["type"] == "Update")
    assert update["object"]["quoteAuthorization"] == f"{peer.origin}/stamps/1"
    assert await state(node, post["uri"]) == "accepted"

    gone = {"@context": v.AS2, "id": f"{peer.origin}/stamps/1#delete", "type": "Delete", "actor": peer.uri,
            "object": f"{peer.origin}/stamps/1"}  # fmt: skip
    await peer.post(f"{node.origin}/inbox", gone)
    await becomes(node, post["uri"], "revoked")
    last = await peer.wait_for(lambda one: one["type"] == "Update" and "quote" not in one["object"])
    assert "RE:" not in last["object"]["content"]


async def test_a_quote_between_others_needs_a_stamp_of_the_quoted_author(node: Node, peer: Peer) -> None:
    await follows_peer(node, peer)
    async with Peer(name="eve") as eve:
        said = eve.note(3)
        stamp = {"@context": v.AS2, "id": f"{eve.origin}/stamps/9", "type": "QuoteAuthorization",
                 "attributedTo": eve.uri, "interactingObject": f"{peer.origin}/notes/1",
                 "interactionTarget": said["id"]}  # fmt: skip
        eve.documents["/stamps/9"] = stamp
        good = peer.note(1, quote=said["id"], quoteAuthorization=stamp["id"])
        bad = peer.note(2, quote=said["id"], quoteAuthorization=stamp["id"])
        for note in (good, bad):
            await peer.post(f"{node.origin}/inbox", peer.create(note))
        await becomes(node, good["id"], "accepted")
        await settled(node)
        assert await state(node, bad["id"]) == "pending"


async def test_whoever_may_not_quote_a_post_does_not_quote_a_boost_of_it_either(node: Node, peer: Peer) -> None:
    """A boost is its sender's own; the words in it are not."""
    post = await publish(node, Draft("words that are not to be quoted"))
    boost = {"@context": v.AS2, "id": f"{peer.origin}/boosts/1", "type": "Announce", "actor": peer.uri,
             "object": post["uri"], "to": [v.PUBLIC], "cc": [f"{peer.uri}/followers"]}  # fmt: skip
    peer.documents["/boosts/1"] = boost
    await peer.post(f"{node.origin}/inbox", boost)
    await until(lambda: node.read(lambda db: posts.by_uri(db, boost["id"])))
    await peer.post(f"{node.origin}/inbox", peer.create(peer.note(8, quote=boost["id"])))
    await settled(node)
    assert await state(node, f"{peer.origin}/notes/8") == "pending"
    own = peer.note(9)
    await peer.post(f"{node.origin}/inbox", peer.create(own))
    await peer.post(f"{node.origin}/inbox", peer.create(peer.note(10, quote=own["id"])))
    await becomes(node, f"{peer.origin}/notes/10", "accepted")
