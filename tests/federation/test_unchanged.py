"""What a peer says is as it was need not be sent again; what we remember for that has bounds."""

import hashlib
import json
from typing import Any

import pytest
from aiohttp import web
from multidict import CIMultiDict

from federation import backfill, fetch, peer_keys, remembered, resolve
from federation import vocabulary as v
from federation.client import Answer
from federation.remembered import Remembered
from node.errors import Gone, NotFound, Unreachable
from node.people import actors
from node.posts import posts
from tests.conftest import Node, Peer


class Served:
    """A document with validators: what it was asked with, and the status that it gave."""

    def __init__(self, document: dict[str, Any], *, etag: bool = True, modified: str = "", reader: str = "",
                 **headers: str) -> None:  # fmt: skip
        self.document, self.etag, self.modified, self.headers = document, etag, modified, headers
        self.reader = reader  # to whom alone it is shown
        self.asked: list[tuple[str, str]] = []
        self.gave: list[int] = []
        self.status = 0  # what it gives whatever is asked; 0: what is right

    async def __call__(self, request: web.Request) -> web.Response:
        if self.reader not in request.headers["Signature"]:
            return web.Response(status=404)
        body = json.dumps(self.document).encode()
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"' if self.etag else ""
        asked = (request.headers.get("If-None-Match", ""), request.headers.get("If-Modified-Since", ""))
        self.asked.append(asked)
        same = asked[0] == etag if etag else bool(self.modified) and asked[1] == self.modified
        self.gave.append(self.status or (304 if same else 200))
        if self.gave[-1] != 200:
            return web.Response(status=self.gave[-1])
        sent = {"ETag": etag, "Last-Modified": self.modified, **self.headers, "Content-Type": v.ACTIVITY_JSON}
        return web.Response(body=body, headers={key: value for key, value in sent.items() if value})


async def known_since(node: Node, peer: Peer) -> Any:
    return (await node.read(actors.by_uri, peer.uri))["fetched"]


async def test_an_actor_that_is_as_it_was_is_not_sent_again(node, peer):
    served = peer.documents[f"/users/{peer.name}"] = Served(peer.actor())
    await resolve.actor(node.bridge, peer.uri)
    await node.write(lambda db: db.execute("update actors set fetched = 5 where uri = ?", (peer.uri,)))
    await resolve.actor(node.bridge, peer.uri, fresh=True)
    assert served.gave == [200, 304]
    assert await known_since(node, peer) > 5  # it counts as asked for

    served.document = peer.actor(name="New")
    assert (await resolve.actor(node.bridge, peer.uri, fresh=True))["display"] == "New"
    await resolve.actor(node.bridge, peer.uri, fresh=True)
    assert served.gave == [200, 304, 200, 304]


async def test_a_date_is_a_validator_too(node, peer):
    served = peer.documents["/c"] = Served(
        {"id": f"{peer.origin}/c"}, etag=False, modified="Sat, 01 Aug 2026 10:00:00 GMT"
    )
    first = await fetch.json_object(node.bridge, f"{peer.origin}/c")
    assert await fetch.json_object(node.bridge, f"{peer.origin}/c") == first
    assert (served.gave, served.asked[1]) == ([200, 304], ("", "Sat, 01 Aug 2026 10:00:00 GMT"))


async def test_a_thread_is_looked_at_again_without_being_sent_again(node, peer):
    top = peer.note(
        1, replies={"type": "Collection", "id": f"{peer.origin}/replies", "first": f"{peer.origin}/replies"}
    )
    served = peer.documents["/notes/1"] = Served(top)
    replies: dict[str, Any] = {"id": f"{peer.origin}/replies", "type": "CollectionPage", "items": []}
    listed = peer.documents["/replies"] = Served(replies)
    row = await resolve.post(node.bridge, top["id"])
    await backfill.thread(node.bridge, {"post": row["id"]})
    later = peer.note(2, inReplyTo=top["id"])
    listed.document = {**replies, "items": [later["id"]]}
    await backfill.thread(node.bridge, {"post": row["id"]})
    assert await node.read(posts.by_uri, later["id"])  # the note was as it was, its list was not
    await backfill.thread(node.bridge, {"post": row["id"]})
    assert served.gave == [200, 304, 304, 304]
    assert listed.gave == [200, 200, 304]


async def test_what_one_person_sees_is_not_remembered(node, peer):
    """Our Application asks first, and is shown nothing; whatever she is shown comes whole each time."""
    amal = await node.read(actors.by_uri, node.uri("amal"))
    served = peer.documents["/c"] = Served({"id": f"{peer.origin}/c", "for": "amal"}, reader=f'"{amal["uri"]}#')
    for _ in range(2):
        await fetch.json_object(node.bridge, f"{peer.origin}/c", actor=amal["id"])
    with pytest.raises(NotFound):
        await fetch.json_object(node.bridge, f"{peer.origin}/c")
    assert (served.gave, served.asked) == ([200, 200], [("", ""), ("", "")])


async def test_a_key_is_asked_for_whole(node, peer):
    """A cache that says too long that nothing changed must not keep a new key from us."""
    served = peer.documents[f"/users/{peer.name}"] = Served(peer.actor())
    await resolve.actor(node.bridge, peer.uri)
    await node.write(lambda db: db.execute("update actor_keys set since = 0"))
    await peer_keys.find(node.bridge, peer.key_id, True)
    assert (served.gave, served.asked[1]) == ([200, 200], ("", ""))


async def test_what_is_gone_is_forgotten(node, peer):
    served = peer.documents["/c"] = Served({"id": f"{peer.origin}/c"})
    await fetch.json_object(node.bridge, f"{peer.origin}/c")
    served.status = 410
    with pytest.raises(Gone):
        await fetch.json_object(node.bridge, f"{peer.origin}/c")
    assert len(node.bridge.remembered) == 0


@pytest.mark.parametrize("headers", [{"Cache-Control": "private, no-store"}, {"ETag": "x" * 300}])
async def test_what_may_or_can_not_be_kept_is_asked_for_whole(node, peer, headers):
    served = peer.documents["/c"] = Served({"id": f"{peer.origin}/c"}, etag="Cache-Control" in headers, **headers)
    for _ in range(2):
        await fetch.json_object(node.bridge, f"{peer.origin}/c")
    assert served.asked == [("", ""), ("", "")]


async def test_an_unchanged_that_nobody_asked_for_is_no_answer(node, peer):
    served = peer.documents["/c"] = Served({"id": f"{peer.origin}/c"})
    served.status = 304
    with pytest.raises(Unreachable):
        await fetch.json_object(node.bridge, f"{peer.origin}/c")


def answer(body: bytes, etag: str = '"1"') -> Answer:
    return Answer(200, CIMultiDict({"ETag": etag, "Content-Type": v.ACTIVITY_JSON}), body)


def test_it_has_bounds_and_the_least_used_goes_first(monkeypatch):
    monkeypatch.setattr(remembered, "MOST", 3)
    kept = Remembered()
    for name in "abc":
        kept.keep(name, answer(name.encode()))
    assert kept.unchanged("a") == Answer(200, {"content-type": v.ACTIVITY_JSON}, b"a")
    kept.keep("d", answer(b"d"))
    assert [bool(kept.conditions(name)) for name in "abcd"] == [True, False, True, True]
    kept.keep("large", answer(b"x" * (remembered.LARGEST + 1)))
    assert kept.conditions("large") == {} and len(kept) == 3

    monkeypatch.setattr(remembered, "MOST", 1000)
    monkeypatch.setattr(remembered, "MOST_BYTES", 5000)
    for number in range(1000):
        kept.keep(f"https://far.example/{number}", answer(b"%d" % number))
    assert 0 < len(kept) < 5000 / len("https://far.example/1")


def test_the_word_is_believed_for_a_week(monkeypatch):
    kept = Remembered()
    kept.keep("a", answer(b"a"))
    monkeypatch.setattr(remembered, "BELIEVED", -1)
    assert kept.conditions("a") == {} and len(kept) == 0
