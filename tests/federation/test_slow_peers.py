"""Peers that answer slowly, or never, keep nobody else waiting."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from aiohttp import web

from federation import inbox, peer_keys
from federation import vocabulary as v
from node import queue
from node.people import mutes
from node.posts import posts
from node.store import Database
from tests.conftest import Peer, until


class Silence:
    """No answer to whoever asks, until it is broken; how many have asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.broken = asyncio.Event()

    async def __call__(self, _request: web.Request) -> web.StreamResponse:
        self.asked += 1
        await self.broken.wait()
        raise web.HTTPNotFound


def again(db: Database) -> list[tuple[str, int]]:
    """What waits for another try: why, and how often it was tried."""
    return [(row["error"], row["tries"]) for row in db.rows("select error, tries from received where error <> ''")]


async def test_what_one_activity_asks_for_ends_after_a_time_and_is_tried_again(node, peer, monkeypatch):
    """Twenty documents of ten seconds each, and a place that others wait for all the while."""
    monkeypatch.setattr(inbox, "OUTSIDE_SECONDS", 0.3)
    silence = peer.documents["/notes/7"] = Silence()
    note = peer.note(1, inReplyTo=f"{peer.origin}/notes/7")
    assert await peer.post(f"{node.origin}/inbox", peer.create(note)) == 202
    await until(lambda: node.read(lambda db: again(db) == [("too slow", 1)]), 4)
    silence.broken.set()

    def due(db: Database) -> None:
        db.execute("update received set due = 0 where state = 'waiting'")
        db.wake("received")

    peer.note(7)
    await node.write(due)
    kept = await until(lambda: node.read(posts.by_uri, note["id"]))
    assert kept["reply_to"] is not None


async def test_one_domain_holds_three_places_in_whosever_name_it_speaks(node, peer):
    """What it brought claimed to be of many servers, each of which has three places of its own."""
    silence = Silence()
    async with AsyncExitStack() as held:
        eve = await held.enter_async_context(Peer(name="eve"))
        others = [await held.enter_async_context(Peer(name=f"victim{number}")) for number in range(6)]
        for number in range(18):
            victim = others[number % 6]
            victim.documents["/notes/1"] = silence
            note = {"id": f"{victim.origin}/notes/1", "type": "Note", "attributedTo": victim.uri, "content": "x"}
            said: dict[str, Any] = {"@context": v.AS2, "id": f"{victim.origin}/create/{number}", "type": "Create",
                                    "actor": victim.uri, "object": note, "to": [v.PUBLIC]}  # fmt: skip
            assert await eve.post(f"{node.origin}/inbox", said) == 202
        await until(lambda: silence.asked == 3)
        answer = peer.note(6, inReplyTo=peer.note(5)["id"])
        assert await peer.post(f"{node.origin}/inbox", peer.create(answer)) == 202
        await until(lambda: node.read(posts.by_uri, answer["id"]), 4)
        assert silence.asked == 3
        silence.broken.set()


async def test_what_is_scheduled_comes_in_time_while_tasks_wait_for_slow_peers(node, peer):
    """Peers bring forth tasks without number: to ask what they run, who they are, whether they moved."""
    silence = Silence()
    for name in ("nodeinfo", "users/x"):
        peer.documents[f"/{name}"] = peer.documents[f"/.well-known/{name}"] = silence

    def many(db: Database) -> None:
        for number in range(12):
            queue.enqueue(db, "software", {"host": peer.host}, 1, name=f"software {number}")
            queue.enqueue(db, "changed", {"uri": f"{peer.origin}/users/x"}, 1, name=f"changed {number}")

    await node.write(many)
    await until(lambda: silence.asked >= 2)
    token = node.token()
    yto = int((await node.api("GET", "/api/v1/accounts/lookup?acct=yto"))["id"])
    await node.api("POST", f"/api/v1/accounts/{yto}/mute", token, json={"duration": 3600})

    def over(db: Database) -> None:
        db.execute("update tasks set due = 1 where kind = ?", (mutes.TASK,))
        db.execute("update mutes set expires = 1")
        db.wake("tasks")

    await node.write(over)
    await until(lambda: node.read(lambda db: db.value("select count(*) = 0 from mutes")), 4)
    silence.broken.set()


async def test_keys_that_nobody_serves_hold_so_many_connections(node, peer, monkeypatch):
    """Who owns a domain names hosts and keys without end, and asking for each takes five seconds."""
    monkeypatch.setattr(peer_keys, "MOST_ASKED_OF_DOMAIN", 2)
    silence = Silence()
    async with Peer(name="eve") as eve:
        eve.documents |= {f"/users/{number}": silence for number in range(4)}

        async def knock(number: int) -> int:
            key = f"{eve.origin}/users/{number}#main-key"
            return await eve.post(f"{node.origin}/inbox", eve.follow(node.uri("amal"), number), key_id=key)

        first = [asyncio.create_task(knock(number)) for number in (0, 1)]
        await until(lambda: silence.asked == 2)
        assert await knock(2) == 503
        assert await peer.post(f"{node.origin}/inbox", peer.follow(node.uri("amal"))) == 202
        monkeypatch.setattr(peer_keys, "MOST_ASKED", 2)
        async with Peer(name="zoe") as zoe:
            assert await zoe.post(f"{node.origin}/inbox", zoe.follow(node.uri("amal"))) == 503
            silence.broken.set()
            assert [await one for one in first] == [401, 401]
            assert await zoe.post(f"{node.origin}/inbox", zoe.follow(node.uri("amal"))) == 202
