"""Accounts are found and listed along indexes: any visitor may ask, and most accounts of a node live elsewhere."""

from typing import Any

import pytest

from node.network import forums, found
from node.people import actors, listing
from node.posts import publishing
from node.posts.posts import New
from node.store import Database
from tests.world import NOW


def somebody(db: Database, number: int, name: str, display: str, **more: Any) -> None:
    """An account of another server."""
    values = {"type": "Person", "last_post": None, "discoverable": 1} | more
    db.execute(
        "insert into actors (id, uri, type, name, host, local, display, last_post, discoverable)"
        " values (?, ?, ?, ?, 'peer.example', 0, ?, ?, ?)",
        (number, f"https://peer.example/users/{name}", values["type"], name, display, values["last_post"],
         values["discoverable"]),
    )  # fmt: skip


def names(rows: list[Any]) -> list[str]:
    return [row["name"] for row in rows]


def test_accounts_are_found_by_the_beginning_of_a_handle_and_by_any_part_of_a_name(db):
    for number, (name, display) in enumerate((("Tanirt", "X"), ("other", "Nom de Tanirt 100%"), ("zed", "_")), 1):
        somebody(db, number, name, display)
    assert names(listing.find(db, "TANIRT")) == ["Tanirt", "other"]
    assert names(listing.find(db, "@tanirt@peer")) == ["Tanirt", "other"]
    assert names(listing.find(db, "100%")) == ["other"] and names(listing.find(db, "_")) == ["zed"]
    assert names(listing.find(db, "nirt")) == ["other"]
    assert listing.find(db, "tanirt@else") == []
    assert "amal" in names(listing.find(db, "أمل"))


def test_of_what_very_many_are_called_some_are_looked_at_and_all_of_ours(db, monkeypatch):
    monkeypatch.setattr(listing, "MOST_NAMED", 2)
    for number in range(1, 6):
        somebody(db, number, f"n{number}", "أمل")
    found_here = names(listing.find(db, "أمل"))
    assert found_here[0] == "amal" and len(found_here) <= 3
    assert names(listing.find(db, "n5")) == ["n5"]


def test_the_profile_directory_shows_who_spoke_last(db):
    for number, last in ((1, NOW - 5000), (2, NOW - 1000), (3, None)):
        somebody(db, number, f"n{number}", "X", last_post=last)
        if last is not None:
            publishing.keep(db, New(uri=f"https://peer.example/notes/{number}", kind="note", author=number,
                                    visibility="public", published=last, content="x"), NOW)  # fmt: skip
    here = {"amal", "yto", "tanmia"}
    listed = names(listing.directory(db, 40, 0))
    assert listed[:2] == ["n2", "n1"] and {*listed[2:]} == here
    assert {*names(listing.directory(db, 40, 0, here=True))} == here
    newest = names(listing.directory(db, 40, 0, new=True))
    assert {*newest} == here | {"n1", "n2"} and newest[-2:] == ["n2", "n1"]
    assert names(listing.directory(db, 1, 1)) == ["n1"] and listing.directory(db, 40, 40) == []


@pytest.mark.parametrize("ask", [
    lambda db: listing.find(db, "x"), lambda db: listing.directory(db, 40, 0), lambda db: found.actors_of_ours(db),
    lambda db: listing.directory(db, 40, 0, here=True), lambda db: forums.every(db, None),
    lambda db: listing.directory(db, 40, 0, new=True, here=True),
], ids=["find", "directory", "sitemap", "here", "forums", "newest here"])  # fmt: skip
def test_nobody_has_all_accounts_read_by_asking(db, ask):
    """With fifty thousand of them a visitor's request took up to seven tenths of a second of one reader."""
    asked: list[str] = []
    db.conn.set_trace_callback(asked.append)
    ask(db)
    db.conn.set_trace_callback(None)
    plans = [row["detail"] for sql in asked for row in db.rows("explain query plan " + sql)]
    scans = [one for one in plans if one.startswith(("SCAN actors", "SCAN posts")) and "INDEX" not in one]
    assert plans and not scans, scans
    assert actors.ours(db, "amal") is not None
