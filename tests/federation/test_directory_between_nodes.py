"""The directory between nodes: read whole, then told of changes; a record counts from its own host alone."""

from datetime import UTC, datetime
from typing import Any

import pytest

from federation import associations, directory, proofs, resolve
from federation import vocabulary as v
from federation.bridge import now
from keys import pair
from keys.ring import Ring
from node import ids
from node.errors import NotFound
from node.network import associations as kept
from node.network import directory as search
from node.network import listed
from node.network.associations import Facts
from node.network.directory import Query
from node.people import actor_keys, actors
from node.store import Database
from tests.conftest import Node, until
from tests.federation.network_world import document, row_of, user, with_facts
from tests.web.visitor import Visitor


def many(db: Database, count: int) -> None:
    for number in range(count):
        db.execute("insert into actors (id, uri, type, name, host, local) values (?, ?, 'Organization', ?, '', 1)",
                   (number + 1, f"{_origin(db)}/orgs/n{number}", f"n{number}"))  # fmt: skip
        listed.keep(db, listed.Record(f"{_origin(db)}/orgs/n{number}", "", f"جمعية {number}", 1000 * number + 1000,
                                      fields=["sport"], path="MA/MA-06/", size="s"), 1000 * number + 1000)  # fmt: skip


def _origin(db: Database) -> str:
    from node import settings

    return str(settings.get(db, "origin"))


async def subscribed(node: Node, other: Node) -> Any:
    """`other` reads the directory of `node`."""
    application = await directory.find(other.bridge, node.host)
    await other.write(directory.subscribe, application, now())
    return application


async def test_it_is_paged_newest_first_and_narrowed_by_since(node):
    await node.write(many, 120)
    whole = await document(node, "/actor/directory")
    assert (whole["type"], whole["totalItems"]) == ("OrderedCollection", 120)
    assert (await document(node, "/actor"))["asso:directory"] == whole["id"]

    found, following = [], whole["first"]
    while following:
        page = await document(node, following.removeprefix(node.origin))
        assert len(page["orderedItems"]) <= 50
        found += [one["id"].rpartition("/n")[2] for one in page["orderedItems"]]
        following = page.get("next")
    assert found == [str(number) for number in range(119, -1, -1)]

    since = await document(node, f"/actor/directory?since={ids.rfc3339(118_000)}&page=0")
    assert [one["id"].rpartition("/n")[2] for one in since["orderedItems"]] == ["119", "118"]
    answer = await node.get("/actor/directory")
    assert (await node.get("/actor/directory", **{"If-None-Match": answer.headers["ETag"]})).status == 304
    assert (await node.get("/actor/directory?since=yesterday&page=0")).status in (400, 422)


async def test_a_peers_directory_is_read_whole_without_making_actors(node, other):
    await node.write(many, 120)
    await node.write(with_facts)
    before = await other.read(lambda db: db.value("select count(*) from actors where type = 'Organization'"))
    await subscribed(node, other)

    await until(
        lambda: other.read(lambda db: db.value("select count(*) = 121 from directory where host = ?", (node.host,)))
    )
    [found] = await other.read(search.search, Query(text="تنمية", region="MA-09"))
    assert (found["uri"], found["actor"]) == (node.uri("tanmia"), None)
    assert await other.read(lambda db: db.value("select count(*) from actors where type = 'Organization'")) == before
    await until(lambda: node.read(lambda db: db.value("select count(*) from follows where state = 'accepted'")))


async def test_changes_are_told_and_a_departure_too(node, other):
    await node.write(with_facts)
    await subscribed(node, other)
    await until(lambda: other.read(listed.by_uri, node.uri("tanmia")))
    await until(lambda: node.read(lambda db: db.value("select count(*) from follows where state = 'accepted'")))
    started = now()
    facts = Facts("sport", "MA-06", "m")
    await node.write(
        lambda db: associations.edit(db, user(db), row_of(db, node.uri("tanmia"))["id"], now() + 2000, facts=facts)
    )
    made = await node.write(
        lambda db: associations.create(db, user(db), "second", {"ar": "ثانية"}, facts, now() + 2000)
    )
    [(since, due)] = await node.read(
        lambda db: db.rows(
            "select json_extract(body, '$.since'), due from tasks where kind = ?", (listed.CHANGED,)
        ).fetchall()
    )
    assert due > since + 9 * 60_000
    await node.write(directory.say_changes, started, now())

    await until(lambda: other.read(listed.by_uri, f"{node.origin}/orgs/second"))
    await until(lambda: other.read(lambda db: listed.by_uri(db, node.uri("tanmia"))["size"] == "m"))

    def leave(db: Database) -> None:
        actors.change(db, made, now() + 4000, discoverable=0)
        from node.network import associations as kept

        kept.list_one(db, made, now() + 4000)

    await node.write(leave)
    await node.write(directory.say_changes, started + 3000, now())
    await until(lambda: other.read(lambda db: listed.by_uri(db, f"{node.origin}/orgs/second")["gone"]))
    assert await other.read(search.search, Query(text="ثانية")) == []


async def test_an_entry_that_somebody_opens_gets_its_actor(node, other):
    await node.write(with_facts)
    await subscribed(node, other)
    await until(lambda: other.read(listed.by_uri, node.uri("tanmia")))
    known = await resolve.actor(other.bridge, node.uri("tanmia"))
    assert (await other.read(listed.by_uri, node.uri("tanmia")))["actor"] == known["id"]


async def test_its_page_is_found_from_the_list_of_the_other_node(node, other):
    await node.write(with_facts)
    await subscribed(node, other)
    await until(lambda: other.read(listed.by_uri, node.uri("tanmia")))
    async with Visitor(other) as visitor:
        listing = await visitor.get("/assoc")
        path = f"/@tanmia@{v.host(node.origin)}"
        assert f'href="{path}"' in listing.text
        page = await visitor.get(path)
        assert page.status == 200 and page.url.endswith(path)
    assert (await other.read(listed.by_uri, node.uri("tanmia")))["actor"] is not None


# ── forged ────────────────────────────────────────────────────────────────────


def application(peer: Any) -> None:
    """Badr's server has a directory of its own."""
    peer.documents[f"/users/{peer.name}"] = peer.actor(
        **{"type": "Application", "asso:directory": f"{peer.origin}/directory"}
    )
    peer.documents["/directory"] = {
        "@context": v.AS2,
        "id": f"{peer.origin}/directory",
        "type": "OrderedCollection",
        "orderedItems": [],
    }


def record(uri: str, name: str = "مزورة", **more: Any) -> dict[str, Any]:
    return {"id": uri, "type": "Organization", "name": name, "asso:fieldOfActivity": ["water"], "asso:region": ["MA-06"],
            "updated": ids.rfc3339(now()), **more}  # fmt: skip


def change(peer: Any, kind: str, obj: Any, number: int = 1, **more: Any) -> dict[str, Any]:
    return {"@context": v.AS2, "id": f"{peer.origin}/changes/{number}", "type": kind, "actor": peer.uri, "object": obj,
            "target": f"{peer.origin}/directory", "to": [v.PUBLIC], **more}  # fmt: skip


async def told(node: Node, peer: Any, *activities: dict[str, Any]) -> None:
    for one in activities:
        assert await peer.post(f"{node.origin}/inbox", one) == 202
    await until(
        lambda: node.read(
            lambda db: db.value("select count(*) >= ? from received where state <> 'waiting'", (len(activities),))
        )
    )


async def test_a_node_says_nothing_of_another_hosts_association(node, peer):
    application(peer)
    row = await directory.find(node.bridge, peer.uri)
    await node.write(directory.subscribe, row, now())
    await node.write(
        lambda db: listed.keep(db, listed.Record("https://far.example/orgs/a", "far.example", "بعيدة", 5), 5)
    )
    await node.write(with_facts)
    await told(
        node, peer, change(peer, "Add", record(f"{peer.origin}/orgs/own", "خاصة")),
        change(peer, "Update", record("https://far.example/orgs/a"), 2),
        change(peer, "Update", record(node.uri("tanmia")), 3),
        change(peer, "Remove", {"id": "https://far.example/orgs/a", "type": "Tombstone"}, 4),
        change(peer, "Remove", {"id": node.uri("tanmia"), "type": "Tombstone"}, 5),
    )  # fmt: skip
    names = {one["name"] for one in await node.read(search.search, Query())}
    assert names == {"خاصة", "بعيدة", "جمعية التنمية"}


@pytest.mark.parametrize("case", ["not subscribed", "another target", "a person"])
async def test_only_the_directories_we_read_are_heard(node, peer, case):
    application(peer)
    if case == "a person":
        peer.documents[f"/users/{peer.name}"] = peer.actor()
        await resolve.actor(node.bridge, peer.uri)
    else:
        row = await directory.find(node.bridge, peer.uri)
        if case == "another target":
            await node.write(directory.subscribe, row, now())
    more = {"target": f"{peer.origin}/elsewhere"} if case == "another target" else {}
    await told(node, peer, change(peer, "Add", record(f"{peer.origin}/orgs/own"), **more))
    assert await node.read(search.search, Query()) == []


async def test_a_collection_that_leads_elsewhere_or_in_circles_is_left(node, peer):
    application(peer)
    peer.documents["/directory"] |= {
        "orderedItems": [record(f"{peer.origin}/orgs/own"), record("https://far.example/orgs/a"), "x", {"type": 5}],
        "next": f"{peer.origin}/directory",
    }  # fmt: skip
    row = await directory.find(node.bridge, peer.uri)
    await node.write(directory.subscribe, row, now())
    await until(lambda: node.read(lambda db: db.value("select count(*) from directory where gone is null")))
    await until(lambda: node.read(lambda db: listed.peer(db, row["id"])["checked"]))
    assert peer.asked.count("/directory") == 1
    assert [one["uri"] for one in await node.read(search.search, Query())] == [f"{peer.origin}/orgs/own"]


async def test_a_person_has_no_directory(node, peer):
    application(peer)
    peer.documents[f"/users/{peer.name}"]["type"] = "Person"
    with pytest.raises(NotFound):
        await directory.find(node.bridge, peer.uri)


async def test_a_page_costs_no_signature_when_nothing_changed(node, monkeypatch):
    """Any stranger may ask for it, and each page holds fifty."""
    signed: list[int] = []
    sign = Ring.sign

    def counted(ring: Ring, actor: int, kind: str, message: bytes) -> bytes:
        signed.append(actor)
        return sign(ring, actor, kind, message)

    monkeypatch.setattr(Ring, "sign", counted)
    await node.write(with_facts)
    pages = [await document(node, "/actor/directory?page=0") for _ in range(3)]
    assert len(signed) == 1 and pages[0] == pages[1] == pages[2]
    [entry] = pages[0]["orderedItems"]
    row = await node.read(actors.by_uri, entry["id"])
    await node.write(lambda db: kept.describe(db, row["id"], now(), names={"fr": "Autre"}, texts={}))
    [changed] = (await document(node, "/actor/directory?page=0"))["orderedItems"]
    assert changed["name"] == "Autre" and changed["proof"]["proofValue"] != entry["proof"]["proofValue"]
    method = f"{entry['id']}#ed25519-key"
    public = await node.write(lambda db: node.bridge.ring.make(row["id"], "ed25519"))
    await node.write(lambda db: actor_keys.keep(db, method, row["id"], "ed25519", public, now()))
    [rotated] = (await document(node, "/actor/directory?page=0"))["orderedItems"]
    assert proofs.holds(rotated, pair.read_public(public), datetime.now(UTC)) and len(signed) == 3
