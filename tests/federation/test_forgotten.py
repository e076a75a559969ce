"""Somebody who said very much deletes her account: all of it goes, and nobody waits for that."""

import pytest

from federation import vocabulary as v
from node.people import actors
from node.posts import posts, publishing, tombstones
from node.store import Database
from tests.conftest import until

MANY = 11


@pytest.fixture
async def said(node, peer, monkeypatch):
    """Badr is known with many posts; their URIs."""
    monkeypatch.setattr(publishing, "AT_ONCE", 3)
    notes = [peer.note(number) for number in range(1, MANY + 1)]
    for note in notes:
        assert await peer.post(f"{node.origin}/inbox", peer.create(note)) == 202
    await until(lambda: node.read(lambda db: left(db) == MANY))
    return [note["id"] for note in notes]


def left(db: Database) -> int:
    return int(db.value("select count(*) from posts where not local"))


def delete(peer):
    return {"@context": v.AS2, "id": f"{peer.uri}#delete", "type": "Delete", "actor": peer.uri, "object": peer.uri,
            "to": [v.PUBLIC]}  # fmt: skip


async def test_all_that_somebody_said_goes_piece_by_piece(node, peer, said):
    assert len(await node.api("GET", "/api/v1/timelines/public")) == MANY
    assert await peer.post(f"{node.origin}/inbox", delete(peer)) == 202
    await until(lambda: node.read(lambda db: actors.by_uri(db, peer.uri)["gone"]))
    assert await node.api("GET", "/api/v1/timelines/public") == []  # at once, whatever is still in the file
    await until(lambda: node.read(lambda db: left(db) == 0))
    for uri in said:
        assert await node.read(tombstones.find, uri) is not None
    actor = await node.read(actors.by_uri, peer.uri)
    assert (actor["posts_count"], await node.read(lambda db: db.value("select count(*) from search"))) == (0, 0)


def test_one_piece_is_a_few_posts_and_nothing_of_who_is_there(db, monkeypatch):
    monkeypatch.setattr(publishing, "AT_ONCE", 2)
    profile = actors.Profile(uri="https://peer.example/users/badr", type="Person", name="badr", host="peer.example")
    badr = actors.keep_remote(db, profile, 1)
    for number in range(5):
        new = posts.New(f"https://peer.example/{number}", "note", badr, "public", number + 1)
        assert publishing.keep(db, new, 9) is not None
    assert publishing.forget_more(db, badr, 9) is False and left(db) == 5  # she is there
    publishing.forget_author(db, badr, 9)
    assert left(db) == 3 and db.value("select count(*) from tasks where kind = ?", (publishing.FORGET,)) == 1
    actors.forget(db, badr, 9)
    assert [publishing.forget_more(db, badr, 9), left(db)] == [True, 1]
    assert [publishing.forget_more(db, badr, 9), left(db)] == [False, 0]
