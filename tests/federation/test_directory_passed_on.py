"""A record of the directory holds by its association's own proof, whoever passes it on; and one walk is one chain of tasks."""

import asyncio
from typing import Any

import pytest
from aiohttp import web

from federation import directory
from federation import vocabulary as v
from federation.bridge import now
from node import hosts
from node.network import listed
from node.people import actors
from node.store import Database
from tests.conftest import Node, Peer, until
from tests.federation.network_world import document, with_facts
from tests.federation.test_directory_between_nodes import application, change, record, told


async def shown_by(other: Node) -> dict[str, Any]:
    """Tanmia of `other` as its directory shows it, with its own proof."""
    await other.write(with_facts)
    [found] = (await document(other, "/actor/directory?page=0"))["orderedItems"]
    assert found["proof"]["verificationMethod"] == f"{other.uri('tanmia')}#ed25519-key"
    return dict(found)


async def entry(node: Node, uri: str) -> Any:
    return await node.read(listed.by_uri, uri)


async def test_what_an_association_signed_is_taken_from_another_s_directory(
    node: Node, other: Node, peer: Peer
) -> None:
    passed = await shown_by(other)
    application(peer)
    peer.documents["/directory"]["orderedItems"] = [passed, record(f"{peer.origin}/orgs/own")]
    found = await directory.find(node.bridge, peer.uri)
    await node.write(directory.subscribe, found, now())
    await until(lambda: entry(node, other.uri("tanmia")))
    assert (await entry(node, other.uri("tanmia")))["host"] == other.host
    await until(lambda: entry(node, f"{peer.origin}/orgs/own"))


async def test_it_is_taken_from_an_activity_too_and_goes_with_nobody_s_list(
    node: Node, other: Node, peer: Peer
) -> None:
    passed = await shown_by(other)
    application(peer)
    found = await directory.find(node.bridge, peer.uri)
    await node.write(directory.subscribe, found, now())
    await told(node, peer, change(peer, "Add", passed))
    await until(lambda: entry(node, other.uri("tanmia")))
    await told(node, peer, change(peer, "Remove", passed, 2))
    tombstone = {"id": other.uri("tanmia"), "type": "Tombstone"}
    await told(node, peer, change(peer, "Remove", tombstone, 3))
    assert (await entry(node, other.uri("tanmia")))["gone"] is None


async def test_what_its_own_server_took_back_is_not_brought_back_by_another(
    node: Node, other: Node, peer: Peer
) -> None:
    """The old record's proof still holds; what the association signs after that counts again."""
    passed = await shown_by(other)
    application(peer)
    found = await directory.find(node.bridge, peer.uri)
    await node.write(directory.subscribe, found, now())
    own = record(f"{peer.origin}/orgs/own")
    await told(node, peer, change(peer, "Add", passed))
    await until(lambda: entry(node, other.uri("tanmia")))
    await node.write(listed.forget, other.uri("tanmia"), now())  # as its own directory said
    await told(node, peer, change(peer, "Add", [passed, own], 2))
    await until(lambda: entry(node, own["id"]))
    assert (await entry(node, other.uri("tanmia")))["gone"] is not None
    await other.write(lambda db: listed_again(db, other.uri("tanmia")))
    [newer] = (await document(other, "/actor/directory?page=0"))["orderedItems"]
    await told(node, peer, change(peer, "Add", newer, 3))
    await until(lambda: node.read(lambda db: listed.by_uri(db, other.uri("tanmia"))["gone"] is None))


def listed_again(db: Database, uri: str) -> None:
    """Their entry says something newer, by a clock that shows whole seconds."""
    db.execute("update directory set updated = ? where uri = ?", (now() + 2000, uri))


@pytest.mark.parametrize("lie", ["no proof", "other words", "another's key", "blocked", "renamed"])
async def test_what_it_did_not_sign_is_passed_over(node: Node, other: Node, peer: Peer, lie: str) -> None:
    passed = await shown_by(other)
    match lie:
        case "no proof":
            del passed["proof"]
        case "other words":
            passed["name"] = "مزورة"
        case "another's key":
            passed["proof"] = passed["proof"] | {"verificationMethod": f"{peer.uri}#main-key"}
        case "renamed":
            passed["id"] = other.uri("tanmia") + "2"
        case _:
            await node.write(lambda db: hosts.decide(db, other.host, "block"))
    application(peer)
    found = await directory.find(node.bridge, peer.uri)
    await node.write(directory.subscribe, found, now())
    own = record(f"{peer.origin}/orgs/own")
    await told(node, peer, change(peer, "Add", [passed, own]))
    await until(lambda: entry(node, own["id"]))
    kept = await entry(node, passed["id"])
    assert kept is None or kept["name"] != "مزورة", "asked for at its own server it says its own name"


async def test_our_own_association_is_not_taken_from_elsewhere(node: Node, peer: Peer) -> None:
    passed = await shown_by(node)
    application(peer)
    found = await directory.find(node.bridge, peer.uri)
    await node.write(directory.subscribe, found, now())
    await told(node, peer, change(peer, "Add", passed))
    assert (await entry(node, node.uri("tanmia")))["host"] == ""
    assert await node.read(lambda db: db.value("select count(*) from directory")) == 1


# ── one chain ─────────────────────────────────────────────────────────────────


def waiting(db: Any) -> int:
    return int(db.value("select count(*) from tasks where kind = ?", (directory.READ,)))


async def test_a_directory_that_is_added_twice_is_read_in_one_chain(node: Node, peer: Peer) -> None:
    application(peer)
    found = await directory.find(node.bridge, peer.uri)
    for _ in range(3):
        await node.write(directory.subscribe, found, now())
    await until(lambda: node.read(lambda db: db.value("select checked from directory_peers")))
    await node.write(directory.subscribe, found, now())
    await asyncio.sleep(0.2)
    await until(lambda: node.read(lambda db: waiting(db) == 1))


async def test_two_walks_through_one_directory_are_one(node: Node, peer: Peer) -> None:
    application(peer)
    asked, go = [], asyncio.Event()

    async def slow(request: web.Request) -> web.Response:
        asked.append(request.path)
        await go.wait()
        return web.json_response({"@context": v.AS2, "id": f"{peer.origin}/directory", "type": "OrderedCollection",
                                  "orderedItems": []}, content_type="application/activity+json")  # fmt: skip

    peer.documents["/directory"] = slow
    found = await directory.find(node.bridge, peer.uri)
    await node.write(directory.subscribe, found, now())
    await until(lambda: asked)
    await asyncio.gather(*(directory.read(node.bridge, {"actor": found["id"]}) for _ in range(2)))
    await node.write(directory.subscribe, found, now())
    go.set()
    await until(lambda: node.read(lambda db: db.value("select checked from directory_peers")))
    assert len(asked) == 1 and await node.read(waiting) == 1


async def test_a_walk_that_broke_off_goes_on_at_the_next_start(node: Node, peer: Peer) -> None:
    application(peer)
    found = await directory.find(node.bridge, peer.uri)
    await node.write(directory.subscribe, found, now())
    await until(lambda: node.read(lambda db: db.value("select checked from directory_peers")))
    peer.documents["/directory-2"] = {"@context": v.AS2, "id": f"{peer.origin}/directory-2", "type": "OrderedCollectionPage",
                                      "orderedItems": [record(f"{peer.origin}/orgs/late")]}  # fmt: skip

    def broken(db: Any) -> None:
        db.execute("update directory_peers set next = ?", (f"{peer.origin}/directory-2",))
        db.execute("delete from tasks where kind = ?", (directory.READ,))

    await node.write(broken)
    await node.stop()
    await node.start()
    await until(lambda: entry(node, f"{peer.origin}/orgs/late"))
    await until(lambda: node.read(lambda db: waiting(db) == 1))
    assert await node.read(actors.by_uri, f"{peer.origin}/orgs/late") is None
