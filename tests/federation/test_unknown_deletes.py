"""Deletions of what we never knew are remembered, within bounds; of what we knew, for ever."""

import pytest

from federation.worker import _tidy
from node.posts import posts, tombstones
from node.store import Database
from tests.conftest import Node, Peer, until


def stones(db: Database, pattern: str = "%") -> int:
    return int(db.value("select count(*) from tombstones where uri like ?", (pattern,)))


def delete(peer: Peer, uri: str, kind: str = "Delete", number: int = 0) -> dict[str, object]:
    return {"@context": "https://www.w3.org/ns/activitystreams", "id": f"{peer.origin}/acts/{kind}{number}", "type": kind,
            "actor": peer.uri, "object": uri}  # fmt: skip


@pytest.mark.parametrize("kind", ["Delete", "Undo"])
async def test_a_flood_of_unknown_ids_fills_no_more_than_its_share(node: Node, peer: Peer, monkeypatch, kind):
    """D23: the newest are remembered; what was known and what others told of is not pushed out."""
    monkeypatch.setattr(tombstones, "MOST_UNKNOWN", 3)
    await node.write(tombstones.lay_unknown, "https://far.example/notes/1", "", "far.example", 1)
    note = peer.note(1)
    assert await peer.post(f"{node.origin}/inbox", peer.create(note)) == 202
    await until(lambda: node.read(posts.by_uri, note["id"]))
    assert await peer.post(f"{node.origin}/inbox", delete(peer, note["id"])) == 202
    await until(lambda: node.read(tombstones.find, note["id"]))
    for number in range(8):
        uri = f"{peer.origin}/unknown/{number}"
        assert await peer.post(f"{node.origin}/inbox", delete(peer, uri, kind, number + 10)) == 202
        await until(lambda uri=uri: node.read(tombstones.find, uri))
    assert await node.read(stones, f"{peer.origin}/unknown/%") == 3
    assert await node.read(tombstones.find, note["id"]) and await node.read(stones, "https://far.example/%") == 1

    newest = peer.note(7)
    newest["id"] = f"{peer.origin}/unknown/7"
    if kind == "Delete":
        assert await peer.post(f"{node.origin}/inbox", peer.create(newest)) == 202
        assert await node.read(posts.by_uri, newest["id"]) is None  # it came too late


async def test_all_domains_together_have_a_bound_too(node, monkeypatch):
    monkeypatch.setattr(tombstones, "MOST_UNKNOWN_IN_ALL", 5)

    def flood(db: Database) -> None:
        tombstones.lay(db, "https://far.example/known", "note", 1)
        for number in range(20):
            uri = f"https://h{number}.example/notes/1"
            tombstones.lay_unknown(db, uri, "", f"h{number}.example", number + 2)

    await node.write(flood)
    await node.write(_tidy, 100)
    assert await node.read(stones) == 6
    assert await node.read(tombstones.find, "https://far.example/known")
    assert await node.read(tombstones.find, "https://h19.example/notes/1")


async def test_hosts_of_one_domain_share_and_those_under_a_public_ending_do_not(node, monkeypatch):
    monkeypatch.setattr(tombstones, "MOST_UNKNOWN", 2)

    def flood(db: Database) -> None:
        tombstones.lay_unknown(db, "https://other.org.ma/1", "", "other.org.ma", 1)
        for number in range(9):
            for domain in ("evil.example", "evil.org.ma"):
                tombstones.lay_unknown(db, f"https://h{number}.{domain}/1", "", f"h{number}.{domain}", number + 2)

    await node.write(flood)
    assert [await node.read(stones, f"%.evil.{end}/%") for end in ("example", "org.ma")] == [2, 2]
    assert await node.read(tombstones.find, "https://other.org.ma/1")


async def test_what_turns_out_to_have_been_known_is_kept_for_ever(node):
    def lay(db: Database) -> None:
        tombstones.lay_unknown(db, "https://far.example/1", "", "far.example", 1)
        tombstones.lay(db, "https://far.example/1", "note", 2)

    await node.write(lay)
    found = await node.read(tombstones.find, "https://far.example/1")
    assert (found["stranger"], found["type"]) == ("", "note")


def test_neither_an_unknown_deletion_nor_that_of_a_post_goes_through_a_whole_table(db):
    """Anybody may send them, a thousand a minute, and nothing else is written meanwhile."""
    asked: list[str] = []
    db.conn.set_trace_callback(asked.append)
    tombstones.lay_unknown(db, "https://far.example/notes/1", "", "far.example", 1)
    db.conn.set_trace_callback(None)
    plans = [row["detail"] for sql in asked for row in db.rows("explain query plan " + sql)]
    assert plans and not [one for one in plans if one.startswith("SCAN tombstones") and "INDEX" not in one]
    plan = [row["detail"] for row in db.rows("explain query plan select * from bookmarks where post = 1")]
    assert all("INDEX" in one for one in plan)
