"""What left a peer's directory without a word leaves ours, once the whole was read and never after less."""

import json
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from federation import directory
from federation import vocabulary as v
from federation.bridge import now
from node.network import directory as search
from node.network import listed
from node.network.directory import Query
from tests.conftest import Node, Peer
from tests.federation.test_directory_between_nodes import application, change, record, told

WEEK = 7 * 86_400_000


def lists(peer: Peer, *names: str, per_page: int = 2, **more: Any) -> None:
    """Its directory has these, page after page; what is asked for `since` is nothing new."""
    pages = [names[start : start + per_page] for start in range(0, len(names), per_page)] or [()]

    async def answer(request: web.Request) -> web.Response:
        number = request.query.get("page")
        found: dict[str, Any] = {"id": f"{peer.origin}{request.raw_path}", "type": "OrderedCollectionPage"}
        if "since" in request.query:
            found["orderedItems"] = []
        elif number is None:
            found |= {"type": "OrderedCollection", "totalItems": len(names), "first": f"{peer.origin}/directory?page=0"}
            found |= more
        else:
            found["orderedItems"] = [
                record(f"{peer.origin}/orgs/{name}", name, updated="2026-01-01T00:00:00Z")
                for name in pages[int(number)]
            ]
            if int(number) + 1 < len(pages):
                found["next"] = f"{peer.origin}/directory?page={int(number) + 1}"
        return web.Response(body=json.dumps(found).encode(), content_type=v.ACTIVITY_JSON)

    peer.documents["/directory"] = answer


async def read_twice(node: Node, actor: int) -> None:
    """A walk through the whole, then the short one that follows it."""
    await directory.read(node.bridge, {"actor": actor})
    await directory.read(node.bridge, {"actor": actor})


async def named(node: Node) -> set[str]:
    return {row["name"] for row in await node.read(search.search, Query())}


@pytest.fixture
def week_later(node: Node) -> Any:
    """It is time to read the whole again."""

    async def pass_(actor: int) -> None:
        def begin(db: Any) -> None:
            db.execute("update directory set seen = seen - ? where lister = ?", (WEEK, actor))
            listed.restart(db, actor, now())

        await node.write(begin)

    return pass_


@pytest_asyncio.fixture
async def lister(node: Node, peer: Peer) -> int:
    """The peer, whose directory of three was read whole."""
    application(peer)
    lists(peer, "a", "b", "c")
    row = await directory.find(node.bridge, peer.uri)
    await node.write(listed.read_peer, row["id"], f"{peer.origin}/directory", now())
    await read_twice(node, row["id"])
    assert await named(node) == {"a", "b", "c"}
    return int(row["id"])


async def test_what_vanished_is_listed_no_more(node, peer, lister, week_later):
    lists(peer, "a", "c")
    await week_later(lister)
    await directory.read(node.bridge, {"actor": lister})
    assert await named(node) == {"a", "b", "c"}  # it may have moved to the front meanwhile
    await directory.read(node.bridge, {"actor": lister})
    assert await named(node) == {"a", "c"}
    assert (await node.read(listed.by_uri, f"{peer.origin}/orgs/b"))["gone"]
    lists(peer, "a", "b", "c")
    await week_later(lister)
    await read_twice(node, lister)
    assert await named(node) == {"a", "b", "c"}


async def test_a_short_reading_lets_nothing_go(node, peer, lister):
    lists(peer, "a")
    await node.write(lambda db: db.execute("update directory set seen = seen - ?", (WEEK,)))
    await read_twice(node, lister)
    assert await named(node) == {"a", "b", "c"}


@pytest.mark.parametrize("broken", ["404", "500", "no page", "elsewhere", "circle", "fewer", "empty"])
async def test_after_a_broken_walk_everything_stays(node, peer, lister, week_later, broken):
    count = {"totalItems": 3} if broken == "fewer" else {"totalItems": None} if broken == "empty" else {}
    lists(peer, *([] if broken == "empty" else ["a"] if broken == "fewer" else ["a", "b", "c"]), per_page=1, **count)
    right = peer.documents["/directory"]

    async def answer(request: web.Request) -> web.Response:
        if request.query.get("page") != "1":
            return await right(request)
        if broken in ("404", "500"):
            return web.Response(status=int(broken))
        page: dict[str, Any] = {
            "id": f"{peer.origin}{request.raw_path}",
            "type": "OrderedCollectionPage",
            "orderedItems": [],
        }
        page |= {"type": "Note"} if broken == "no page" else {}
        page |= {"next": "https://far.example/page"} if broken == "elsewhere" else {}
        page |= {"next": page["id"]} if broken == "circle" else {}
        return web.Response(body=json.dumps(page).encode(), content_type=v.ACTIVITY_JSON)

    peer.documents["/directory"] = answer
    await week_later(lister)
    await read_twice(node, lister)
    await read_twice(node, lister)
    assert await named(node) == {"a", "b", "c"}
    waiting = await node.read(lambda db: db.value("select count(*) from tasks where kind = ?", (directory.READ,)))
    assert waiting  # it is read again, whatever happened


async def test_a_peer_that_was_away_is_read_on_where_it_left(node, peer, lister, week_later):
    lists(peer, "a", "c", per_page=1)
    right, away = peer.documents["/directory"], [503]

    async def answer(request: web.Request) -> web.Response:
        if request.query.get("page") == "1" and away:
            return web.Response(status=away.pop())
        return await right(request)

    peer.documents["/directory"] = answer
    await week_later(lister)
    await directory.read(node.bridge, {"actor": lister})
    peer.asked.clear()
    await read_twice(node, lister)
    assert peer.asked[0] == "/directory?page=1"
    assert await named(node) == {"a", "c"}


async def test_what_was_told_meanwhile_and_what_is_anothers_stays(node, peer, lister, week_later):
    other = listed.Record(f"{peer.origin}/orgs/met", peer.host, "met otherwise", 5)
    await node.write(lambda db: listed.keep(db, other, 5))
    await week_later(lister)
    await told(node, peer, change(peer, "Add", record(f"{peer.origin}/orgs/new", "new")))
    lists(peer, "a")
    await read_twice(node, lister)
    assert await named(node) == {"a", "new", "met otherwise"}


async def test_a_walk_without_end_is_ended(node, peer, lister, week_later, monkeypatch):
    monkeypatch.setattr(directory, "MOST_PAGES", 5)

    async def endless(request: web.Request) -> web.Response:
        number = int(request.query.get("page", "0"))
        page = {"id": f"{peer.origin}{request.raw_path}", "type": "OrderedCollectionPage", "orderedItems": [],
                "next": f"{peer.origin}/directory?page={number + 1}"}  # fmt: skip
        return web.Response(body=json.dumps(page).encode(), content_type=v.ACTIVITY_JSON)

    peer.documents["/directory"] = endless
    await week_later(lister)
    peer.asked.clear()
    await directory.read(node.bridge, {"actor": lister})
    assert len(peer.asked) == 6
    assert ((await node.read(listed.peer, lister))["next"], await named(node)) == ("", {"a", "b", "c"})
    assert (await node.read(listed.peer, lister))["since"] == 0  # the next one begins anew
