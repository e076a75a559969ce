"""Letters over real HTTP: again when a peer was not there, in order, the same bytes, and never at the cost of others."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from aiohttp import web

from federation import actors as documents
from federation import delivery
from federation.bridge import now
from node import lanes
from node.people import actors, follows
from node.store import Database
from tests.conftest import Node, until
from tests.peer import Peer
from tests.world import AMAL


async def followed_by(peer: Peer, node: Node) -> None:
    assert await peer.post(f"{node.origin}/inbox", peer.follow(node.uri("amal"))) == 202
    await peer.wait_for(lambda one: one["type"] == "Accept")


async def say(node: Node, token: str, words: str) -> dict[str, Any]:
    return await node.api("POST", "/api/v1/statuses", token, json={"status": words})


def creates(peer: Peer) -> list[str]:
    """The words of the posts that arrived, in order, without tags."""
    found = [one["object"]["content"] for one in peer.received if one["type"] == "Create"]
    return [one.replace("<p>", "").replace("</p>", "") for one in found]


async def settled(node: Node) -> bool:
    return (await node.read(lanes.queued, now())).waiting == 0


async def test_a_peer_that_was_down_gets_everything_in_order_once_it_signs_again(node, peer):
    token = node.token()
    await followed_by(peer, node)
    port = int(peer.origin.rpartition(":")[2])
    await peer._runner.cleanup()
    for words in ("one", "two", "three"):
        await say(node, token, words)
    await until(lambda: node.read(lambda db: db.value("select tries from lanes where tries > 0")))

    await peer.listen(port)
    assert creates(peer) == []
    assert await peer.post(f"{node.origin}/inbox", peer.create(peer.note())) == 202
    await peer.wait_for(lambda one: one["type"] == "Create" and "three" in one["object"]["content"])
    assert creates(peer) == ["one", "two", "three"]


async def test_retry_after_is_honoured_with_the_same_bytes(node, peer):
    token = node.token()
    await followed_by(peer, node)
    asked: list[tuple[float, bytes]] = []

    async def not_yet(_request: web.Request, body: bytes) -> web.Response:
        asked.append((asyncio.get_running_loop().time(), body))
        return web.Response(status=202 if len(asked) > 1 else 429, headers={"Retry-After": "1"})

    peer.answers = not_yet
    await say(node, token, "patience")
    await until(lambda: len(asked) == 2)

    assert asked[1][0] - asked[0][0] >= 0.9
    assert asked[0][1] == asked[1][1]


async def test_a_peer_that_reads_only_rfc_9421_is_knocked_at_twice_and_then_at_once(node, peer):
    token = node.token()
    await followed_by(peer, node)
    knocks: list[str] = []

    async def choosy(request: web.Request, _body: bytes) -> web.Response:
        knocks.append("rfc9421" if "Signature-Input" in request.headers else "cavage")
        return web.Response(status=202 if knocks[-1] == "rfc9421" else 401)

    peer.answers = choosy
    await say(node, token, "one")
    await until(lambda: len(creates(peer)) == 1)
    await until(lambda: settled(node))
    await say(node, token, "two")
    await until(lambda: len(creates(peer)) == 2)
    assert knocks == ["cavage", "rfc9421", "rfc9421"]


async def test_one_who_never_lets_us_in_is_asked_three_times_more(node, peer):
    token = node.token()
    await followed_by(peer, node)
    peer.answer = 401
    await say(node, token, "let me in")
    for tries in range(1, 5):
        await until(lambda tries=tries: node.read(_tried, tries))
        await node.write(_make_due)
    await until(lambda: settled(node))

    assert [tuple(row) for row in await node.read(lambda db: db.rows(
        "select state, tries, status from deliveries order by id desc limit 1").fetchall())] == [("failed", 4, 401)]  # fmt: skip


def _tried(db: Database, times: int) -> bool:
    return bool(db.value("select tries >= ? from deliveries order by id desc limit 1", (times,)))


def _make_due(db: Database) -> None:
    db.execute("update deliveries set due = 1 where state = 'retry'")
    db.wake("letters")


async def test_an_inbox_gone_for_good_ends_the_follow_and_a_missing_one_does_not(node, peer):
    token = node.token()
    peer.documents["/users/badr"] = peer.actor(endpoints={})
    await followed_by(peer, node)
    followers = "select count(*) from follows"
    peer.answer = 404
    await say(node, token, "one")
    await until(lambda: settled(node))
    assert await node.read(lambda db: db.value(followers)) == 1

    peer.answer = 410
    await say(node, token, "two")
    await until(lambda: settled(node))
    assert await node.read(lambda db: db.value(followers)) == 0


async def test_a_letter_that_a_peer_chokes_on_holds_back_no_other(node, peer):
    token = node.token()
    await followed_by(peer, node)

    async def choke(_request: web.Request, body: bytes) -> web.Response:
        return web.Response(status=500 if b"poison" in body else 202)

    peer.answers = choke
    for words in ("one", "poison", "two"):
        await say(node, token, words)
    await until(lambda: len(creates(peer)) == 2)
    assert creates(peer) == ["one", "two"]
    await until(lambda: node.read(lambda db: lanes.queued(db, now()).waiting == 1))


async def test_one_who_hangs_keeps_nobody_waiting(node, peer):
    token = node.token()
    await followed_by(peer, node)
    awake = asyncio.Event()
    async with Peer(name="slow") as slow:
        await followed_by(slow, node)

        async def hang(_request: web.Request, _body: bytes) -> web.Response:
            await awake.wait()
            return web.Response(status=202)

        slow.answers = hang
        for words in ("one", "two", "three"):
            await say(node, token, words)
        await until(lambda: creates(peer) == ["one", "two", "three"], 5)
        awake.set()


async def test_more_inboxes_than_places_get_their_letter_all_the_same(node, peer):
    token = node.token()
    count = 150
    await node.write(_give_followers, peer, count)
    await say(node, token, "to all of you")
    await until(lambda: settled(node), 20)

    assert len(peer.received) == count
    assert len({json.loads(body)["id"] for body in peer.bodies}) == 1
    assert len(set(peer.bodies)) == 1


async def test_a_slow_host_with_many_inboxes_keeps_no_other_host_waiting(node, monkeypatch):
    monkeypatch.setattr(delivery, "AHEAD", 20)
    token = node.token()
    awake = asyncio.Event()
    async with Peer(name="slow") as slow, Peer(host="127.0.0.2") as quick:  # whose inbox comes last
        await node.write(_give_followers, slow, 60)
        await followed_by(quick, node)

        async def hang(_request: web.Request, _body: bytes) -> web.Response:
            await awake.wait()
            return web.Response(status=202)

        slow.answers = hang
        await say(node, token, "one")
        await until(lambda: creates(quick) == ["one"], 15)
        awake.set()
        await until(lambda: len(slow.received) == 60)


def _give_followers(db: Database, peer: Peer, count: int) -> None:
    amal = actors.ours(db, AMAL.name)
    assert amal is not None
    for number in range(count):
        uri = f"{peer.origin}/users/f{number}"
        found = peer.actor(id=uri, preferredUsername=f"f{number}", inbox=f"{uri}/inbox", endpoints={}, publicKey=None)
        known = documents.keep(db, found, True, now())
        follows.keep(db, known["id"], amal["id"], f"{uri}/follow", True, now())


@pytest.mark.parametrize(("hours", "told"), [(5, True), (-5, True), (0, False)])
async def test_a_refusal_by_another_clock_is_told(node, peer, caplog, hours, told):
    token = node.token()
    await followed_by(peer, node)

    async def refuse(_request: web.Request, _body: bytes) -> web.Response:
        at = datetime.now(UTC) + timedelta(hours=hours)
        return web.Response(status=401, headers={"Date": format_datetime(at, usegmt=True)})

    peer.answers = refuse
    await say(node, token, "one")
    await until(lambda: len([one for one in peer.bodies if b"Create" in one]) >= 2)
    await until(lambda: node.read(lambda db: db.value("select count(*) from deliveries where tries > 0")))
    if told:
        await until(lambda: "clock differs" in caplog.text)
    assert ("clock differs" in caplog.text) is told
