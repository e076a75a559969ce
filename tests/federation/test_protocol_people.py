"""Follows, moves, pins and reports across servers: with a peer that truly signs, or between two nodes."""

import hashlib
import json
from typing import Any

from federation import moving, outbox, resolve, synchronization
from federation import vocabulary as v
from federation.bridge import now
from federation.handlers import add, flag
from node.errors import Conflict, Invalid
from node.people import actors, blocks, follows, moves
from node.posts import posts
from tests.conftest import Node, Peer, until
from tests.federation.test_two_nodes import follow


async def follows_peer(node: Node, peer: Peer, name: str = "amal") -> int:
    """Our actor follows the peer's, who accepted; the peer's id here."""
    await follow(node, node.token(name), f"{peer.name}@{peer.host}", accepted=False)
    asked = await peer.wait_for(lambda one: one["type"] == "Follow" and one["actor"] == node.uri(name))
    accept = {"id": f"{peer.origin}/accepts/{name}", "type": "Accept", "actor": peer.uri, "object": asked["id"]}
    assert await peer.post(f"{node.origin}/inbox", {"@context": v.AS2, **accept}) == 202
    await until(lambda: is_following(node, node.uri(name), peer.uri))
    return int((await node.read(actors.by_uri, peer.uri))["id"])


async def is_following(node: Node, follower: str, target: str) -> bool:
    def look(db: Any) -> bool:
        one, other = actors.by_uri(db, follower), actors.by_uri(db, target)
        known = follows.get(db, one["id"], other["id"]) if one and other else None
        return known is not None and known["state"] == "accepted"

    return bool(await node.read(look))


async def settled(node: Node) -> None:
    """Everything received is acted on, every task done."""

    def idle(db: Any) -> bool:
        return not db.value("select 1 from received where due is not null") and not db.value(
            "select 1 from tasks where due <= ?", (now() + 300_000,)
        )

    await until(lambda: node.read(idle))


async def test_an_activity_is_shown_at_its_id_to_those_who_were_sent_it(node: Node, peer: Peer) -> None:
    """A server that was given the id alone in an Accept or Undo can look it up."""
    await follows_peer(node, peer)
    asked = await peer.wait_for(lambda one: one["type"] == "Follow")

    async def fetched(**signing: Any) -> tuple[int, dict[str, Any]]:
        headers = peer.signed(asked["id"], b"", method="GET", **signing) if signing else {}
        async with peer.session.get(asked["id"], headers=headers | {"Accept": v.ACTIVITY_JSON}) as response:
            return response.status, await response.json(content_type=None)

    assert await fetched(key_id=peer.key_id) == (200, asked)
    assert (await fetched())[0] == 404
    async with Peer(name="stranger") as stranger:
        assert (await fetched(key_id=stranger.key_id, private=stranger.private))[0] == 404


# ── Move ──────────────────────────────────────────────────────────────────────


def move(peer: Peer, target: str) -> dict[str, Any]:
    return {"@context": v.AS2, "id": f"{peer.origin}/moves/{hashlib.sha256(target.encode()).hexdigest()[:8]}",
            "type": "Move", "actor": peer.uri, "object": peer.uri, "target": target,
            "to": [f"{peer.uri}/followers"]}  # fmt: skip


async def test_followers_here_go_along_when_the_new_account_knows_the_old_one(node: Node, peer: Peer) -> None:
    async with Peer(name="badr2") as there:
        await follows_peer(node, peer)
        there.documents["/users/badr2"] = there.actor(alsoKnownAs=[peer.uri])
        peer.documents["/users/badr"] = peer.actor(movedTo=there.uri)
        assert await peer.post(f"{node.origin}/inbox", move(peer, there.uri)) == 202
        asked = await there.wait_for(lambda one: one["type"] == "Follow")
        assert (asked["actor"], asked["object"]) == (node.uri("amal"), there.uri)
        undone = await peer.wait_for(lambda one: one["type"] == "Undo")
        assert undone["object"]["type"] == "Follow"
        assert not await is_following(node, node.uri("amal"), peer.uri)
        assert (await node.read(actors.by_uri, peer.uri))["moved_to"] == there.uri


async def test_a_move_to_one_who_does_not_know_the_old_account_moves_nobody(node: Node, peer: Peer) -> None:
    async with Peer(name="badr2") as there:
        await follows_peer(node, peer)
        there.documents["/users/badr2"] = there.actor(alsoKnownAs=["https://else.example/users/x"])
        assert await peer.post(f"{node.origin}/inbox", move(peer, there.uri)) == 202
        await settled(node)
        assert await is_following(node, node.uri("amal"), peer.uri)
        assert not there.received


async def test_a_second_move_within_seven_days_moves_nobody(node: Node, peer: Peer) -> None:
    identifier = await follows_peer(node, peer)
    await node.write(moves.keep, identifier, "https://else.example/users/x", now() - moves.COOLDOWN + 60_000)
    async with Peer(name="badr2") as there:
        there.documents["/users/badr2"] = there.actor(alsoKnownAs=[peer.uri])
        await peer.post(f"{node.origin}/inbox", move(peer, there.uri))
        await settled(node)
        assert await is_following(node, node.uri("amal"), peer.uri)


async def test_nobody_moves_somebody_else(node: Node, peer: Peer) -> None:
    async with Peer(name="eve") as eve:
        await follows_peer(node, peer)
        eve.documents["/users/eve"] = eve.actor(alsoKnownAs=[peer.uri])
        forged = move(peer, eve.uri) | {"id": f"{eve.origin}/moves/1", "actor": eve.uri}
        assert await eve.post(f"{node.origin}/inbox", forged) == 202
        await settled(node)
        assert await is_following(node, node.uri("amal"), peer.uri)
        assert not eve.received


async def test_one_of_ours_moves_and_takes_followers_of_another_node_along(node: Node, other: Node) -> None:
    hers = other.token("yto")
    await follow(other, hers, f"amal@{node.host}")
    await until(lambda: is_following(other, other.uri("yto"), node.uri("amal")))
    amal = (await node.read(actors.by_uri, node.uri("amal")))["id"]
    there = (await other.read(actors.by_uri, other.uri("amal")))["id"]

    try:
        await moving.leave(node.bridge, amal, f"amal@{other.host}")
        raise AssertionError("the other account never said that it is the same")
    except Invalid:
        pass
    await moving.name_alias(other.bridge, there, f"amal@{node.host}")

    async def says_so() -> bool:
        return node.uri("amal") in await (await other.get("/users/amal")).text()

    await until(says_so)
    await moving.leave(node.bridge, amal, f"amal@{other.host}")

    await until(lambda: is_following(other, other.uri("yto"), other.uri("amal")))
    document = json.loads(await (await node.get("/users/amal")).text())
    assert document["movedTo"] == other.uri("amal")
    try:
        await moving.leave(node.bridge, amal, f"amal@{other.host}")
        raise AssertionError("she moved twice")
    except Conflict:
        pass


# ── Flag ──────────────────────────────────────────────────────────────────────


async def test_a_report_of_ours_is_kept_and_what_is_no_matter_of_ours_is_not(node: Node, peer: Peer) -> None:
    said = await node.api("POST", "/api/v1/statuses", node.token(), json={"status": "bad words"})
    report = {"@context": v.AS2, "id": f"{peer.origin}/flags/1", "type": "Flag", "actor": peer.uri,
              "content": "<b>look</b> at this", "object": [node.uri("amal"), said["uri"], "https://x.example/1"],
              "to": node.uri("amal")}  # fmt: skip
    assert await peer.post(f"{node.origin}/inbox", report) == 202
    await until(lambda: node.read(lambda db: db.value("select count(*) from reports")))
    row = await node.read(lambda db: dict(db.row("select * from reports")))
    assert (row["comment"], json.loads(row["posts"])) == ("look at this", [int(said["id"])])
    elsewhere = {**report, "id": f"{peer.origin}/flags/2", "object": ["https://x.example/1", peer.uri]}
    assert await peer.post(f"{node.origin}/inbox", elsewhere) == 202
    await settled(node)
    assert await node.read(lambda db: db.value("select count(*) from reports")) == 1


async def test_a_server_cannot_bury_moderators_in_reports(node: Node, peer: Peer, monkeypatch) -> None:
    monkeypatch.setattr(flag, "MOST_OF_A_HOST", 3)
    for number in range(6):
        report = {"@context": v.AS2, "id": f"{peer.origin}/flags/{number}", "type": "Flag", "actor": peer.uri,
                  "content": "look", "object": node.uri("amal"), "to": node.uri("amal")}  # fmt: skip
        assert await peer.post(f"{node.origin}/inbox", report) == 202
    await settled(node)
    assert await node.read(lambda db: db.value("select count(*) from reports")) == 3


async def test_a_report_leaves_in_the_name_of_the_node(node: Node, peer: Peer) -> None:
    identifier = await follows_peer(node, peer)
    note = peer.note()
    await peer.post(f"{node.origin}/inbox", peer.create(note))
    post = await until(lambda: node.read(posts.by_uri, note["id"]))

    def report(db: Any) -> None:
        flag.put(db, actors.get(db, identifier), [post["id"]], "rude", now())

    await node.write(report)
    told = await peer.wait_for(lambda one: one["type"] == "Flag")
    assert told["actor"] == f"{node.origin}/actor"
    assert told["object"] == [peer.uri, note["id"]]
    assert (told["content"], told["to"]) == ("rude", [peer.uri])

    await node.write(lambda db: db.execute("update hosts set software = 'lemmy' where host = ?", (peer.host,)) and None)
    await node.write(report)
    lemmy = await peer.wait_for(lambda one: one["type"] == "Flag" and one["object"] == note["id"])
    assert (lemmy["summary"], lemmy["to"]) == ("rude", [peer.uri])


# ── Block ─────────────────────────────────────────────────────────────────────


async def test_a_block_and_its_undo_hold_here(node: Node, peer: Peer) -> None:
    await follows_peer(node, peer)
    block = {"@context": v.AS2, "id": f"{peer.origin}/blocks/1", "type": "Block", "actor": peer.uri,
             "object": node.uri("amal")}  # fmt: skip
    await peer.post(f"{node.origin}/inbox", block)

    def blocked(db: Any) -> bool:
        one, two = actors.by_uri(db, peer.uri), actors.by_uri(db, node.uri("amal"))
        assert one is not None and two is not None
        return blocks.between(db, one["id"], two["id"])

    await until(lambda: node.read(blocked))
    assert not await is_following(node, node.uri("amal"), peer.uri)
    undo = {"@context": v.AS2, "id": f"{peer.origin}/undo/1", "type": "Undo", "actor": peer.uri, "object": block["id"]}
    await peer.post(f"{node.origin}/inbox", undo)

    async def free() -> bool:
        return not await node.read(blocked)

    await until(free)


# ── pins ──────────────────────────────────────────────────────────────────────


async def test_a_pin_stands_on_the_profile_and_only_its_author_pins(node: Node, peer: Peer) -> None:
    peer.documents["/users/badr"] = peer.actor(featured=f"{peer.uri}/featured")
    identifier = await follows_peer(node, peer)
    note = peer.note()
    pin = {"@context": v.AS2, "id": f"{peer.origin}/pins/1", "type": "Add", "actor": peer.uri, "object": note["id"],
           "target": f"{peer.uri}/featured"}  # fmt: skip

    async def pinned() -> list[str]:
        path = f"/api/v1/accounts/{identifier}/statuses?pinned=true"
        return [one["uri"] for one in await node.api("GET", path, node.token())]

    await peer.post(f"{node.origin}/inbox", pin)

    async def there() -> bool:
        return await pinned() == [note["id"]]

    await until(there)
    async with Peer(name="eve") as eve:
        forged = pin | {"id": f"{eve.origin}/pins/1", "actor": eve.uri, "type": "Remove"}
        assert await eve.post(f"{node.origin}/inbox", forged) == 202
        await settled(node)
        assert await pinned() == [note["id"]]
    await peer.post(f"{node.origin}/inbox", pin | {"id": f"{peer.origin}/pins/2", "type": "Remove"})

    async def gone() -> bool:
        return await pinned() == []

    await until(gone)


async def test_our_pin_is_told_and_stands_in_featured(node: Node, peer: Peer) -> None:
    await peer.post(f"{node.origin}/inbox", peer.follow(node.uri("amal")))
    said = await node.api("POST", "/api/v1/statuses", node.token(), json={"status": "who we are"})

    def pin(db: Any, undo: bool = False) -> None:
        post = posts.get(db, int(said["id"]))
        actor = actors.get(db, post["author"])
        (add.take_back if undo else add.put)(db, actor, post, now())

    await node.write(pin)
    told = await peer.wait_for(lambda one: one["type"] == "Add")
    assert (told["object"], told["target"]) == (said["uri"], f"{node.uri('amal')}/featured")
    assert json.loads(await (await node.get("/users/amal/featured")).text())["orderedItems"] == [said["uri"]]
    await node.write(pin, undo=True)
    await peer.wait_for(lambda one: one["type"] == "Remove")


# ── FEP-8fcf ──────────────────────────────────────────────────────────────────


def test_the_digest_is_that_of_the_vector(shared) -> None:
    vector = json.loads((shared / "data" / "signature_vectors" / "fep8fcf_followers_digest.json").read_text())
    for case in vector["vectors"]:
        assert synchronization.digest(case["followers"]) == case["digest"]


async def test_what_is_for_followers_says_who_they_are_and_only_their_server_may_look(node: Node, peer: Peer) -> None:
    await peer.post(f"{node.origin}/inbox", peer.follow(node.uri("amal")))
    await peer.wait_for(lambda one: one["type"] == "Accept")
    await node.api("POST", "/api/v1/statuses", node.token(), json={"status": "for you", "visibility": "private"})
    await peer.wait_for(lambda one: one["type"] == "Create")
    sent = peer.headers[-1]["Collection-Synchronization"]
    digest = hashlib.sha256(peer.uri.encode()).hexdigest()
    url = f"{node.uri('amal')}/followers_synchronization"
    assert sent == f'collectionId="{node.uri("amal")}/followers", url="{url}", digest="{digest}"'
    assert (await node.get("/users/amal/followers_synchronization")).status == 401
    async with peer.session.get(url, headers=peer.signed(url, b"", method="GET")) as answer:
        assert (await answer.json(content_type=None))["orderedItems"] == [peer.uri]
    async with Peer(name="eve", host="127.0.0.2") as eve:
        answer = await eve.session.get(url, headers=eve.signed(url, b"", method="GET"))
        assert (await answer.json(content_type=None))["orderedItems"] == []


async def test_a_list_that_differs_is_asked_for_and_agreed_on(node: Node, peer: Peer) -> None:
    await follows_peer(node, peer, "amal")
    peer.documents["/users/badr/sync"] = {
        "@context": v.AS2, "id": f"{peer.uri}/sync", "type": "OrderedCollection", "orderedItems": [node.uri("yto")],
    }  # fmt: skip
    note = peer.note(to=[f"{peer.uri}/followers"], cc=[])
    header = f'collectionId="{peer.uri}/followers", url="{peer.uri}/sync", digest="{"0" * 64}"'
    body = json.dumps(peer.create(note)).encode()
    inbox = f"{node.origin}/inbox"
    signed = peer.signed(inbox, body) | {"Collection-Synchronization": header}
    async with peer.session.post(inbox, data=body, headers=signed) as answer:
        assert answer.status == 202

    async def ended() -> bool:
        return not await is_following(node, node.uri("amal"), peer.uri)

    await until(ended)
    undone = await peer.wait_for(lambda one: one["type"] == "Undo")
    assert (undone["actor"], undone["object"]["object"]) == (node.uri("yto"), peer.uri)


async def test_a_list_that_always_differs_is_asked_for_a_few_times_an_hour(node: Node, peer: Peer) -> None:
    """Each may have us write to its server once for every member here."""
    await follows_peer(node, peer)
    badr = await node.read(actors.by_uri, peer.uri)
    empty = {"@context": v.AS2, "id": f"{peer.uri}/sync", "type": "OrderedCollection", "orderedItems": []}
    peer.documents["/users/badr/sync"] = empty
    for _ in range(7):
        await synchronization.synchronize(node.bridge, {"actor": badr["id"], "url": f"{peer.uri}/sync"})
    assert peer.asked.count("/users/badr/sync") == synchronization.EACH_HOUR


async def test_a_list_of_another_actor_ends_nobodys_follow(node: Node, peer: Peer) -> None:
    async with Peer(name="eve") as eve:
        await follows_peer(node, peer)
        empty = {"@context": v.AS2, "id": f"{eve.uri}/sync", "type": "OrderedCollection", "orderedItems": []}
        eve.documents["/users/eve/sync"] = empty
        body = json.dumps(eve.create(eve.note())).encode()
        inbox = f"{node.origin}/inbox"
        header = f'collectionId="{peer.uri}/followers", url="{eve.uri}/sync", digest="{"0" * 64}"'
        async with eve.session.post(
            inbox, data=body, headers=eve.signed(inbox, body) | {"Collection-Synchronization": header}
        ) as answer:
            assert answer.status == 202
        await settled(node)
        assert await is_following(node, node.uri("amal"), peer.uri)
        assert "/users/eve/sync" not in eve.asked


# ── Delete of our own actor ───────────────────────────────────────────────────


async def test_a_deleted_actor_is_gone_everywhere_and_every_server_hears(node: Node, peer: Peer) -> None:
    await peer.post(f"{node.origin}/inbox", peer.follow(node.uri("yto")))  # known to us, no follower of Amal
    said = await node.api("POST", "/api/v1/statuses", node.token(), json={"status": "my last words"})

    def delete(db: Any) -> None:
        amal = actors.by_uri(db, node.uri("amal"))
        assert amal is not None
        outbox.delete_actor(db, amal, now())

    await until(lambda: node.read(actors.by_uri, peer.uri))
    await node.write(delete)
    told = await peer.wait_for(lambda one: one["type"] == "Delete")
    assert (told["actor"], told["object"]) == (node.uri("amal"), node.uri("amal"))
    assert told["removeData"] is True, "Lemmy keeps what she wrote otherwise"
    assert told["proof"]["verificationMethod"].startswith(node.uri("amal"))
    for path in ("/users/amal", "/users/amal/outbox", "/users/amal/followers", "/users/amal/featured",
                 said["uri"].removeprefix(node.origin)):  # fmt: skip
        answer = await node.get(path)
        assert (path, answer.status) == (path, 410)
        assert (await answer.json(content_type=None))["type"] == "Tombstone"
    assert (await node.get(f"/.well-known/webfinger?resource=acct:amal@{node.host}")).status == 410
    body = json.dumps(peer.follow(node.uri("amal"), 2)).encode()
    assert await peer.post(f"{node.uri('amal')}/inbox", body) == 410


async def test_an_unknown_type_is_taken_and_passed_over(node: Node, peer: Peer) -> None:
    for kind in ("View", "Travel", "ChatRead"):
        strange = {"@context": v.AS2, "id": f"{peer.origin}/x/{kind}", "type": kind, "actor": peer.uri, "object": "x:y"}
        assert await peer.post(f"{node.origin}/inbox", strange) == 202
    await settled(node)
    assert await node.read(lambda db: db.value("select count(*) from received where state = 'done'")) == 3


async def test_an_account_that_moved_is_shown_so_when_the_new_one_says_it_too(node: Node, peer: Peer) -> None:
    """Whoever names a stranger's account as her new one would send her readers there in that one's name."""
    async with Peer(name="badr2") as there:
        victim, token = node.uri("amal"), node.token()
        identifier = await follows_peer(node, peer)
        for target, aliases, shown in (
            (victim, [], ""), (there.uri, ["https://else.example/users/x"], ""), (there.uri, [peer.uri], there.uri)
        ):  # fmt: skip
            there.documents["/users/badr2"] = there.actor(alsoKnownAs=aliases)
            peer.documents["/users/badr"] = peer.actor(movedTo=target)
            await resolve.actor(node.bridge, peer.uri, fresh=True)
            await until(
                lambda: node.read(lambda db: db.value("select count(*) = 0 from tasks where kind = 'moved to'"))
            )
            account = await node.api("GET", f"/api/v1/accounts/{identifier}", token)
            page = await (await node.get(f"/@badr@{peer.host}?lang=en", "text/html")).text()
            assert account.get("moved", {}).get("uri", "") == shown
            assert ("has moved to" in page) is bool(shown) and (not shown or shown in page)
