"""An event of several associations over real HTTP: asked, shown by their own word alone, and parted from."""

from typing import Any

import pytest

from federation import meetings, organising, resolve
from federation.bridge import now
from federation.handlers import organise
from federation.outbox import Draft
from node.errors import Conflict, Forbidden, Invalid, NotFound
from node.network import agenda, organisers
from node.network.meetings import Meeting
from node.people import actors, memberships
from node.posts import notifications, posts
from node.store import Database, Row
from tests.conftest import Node, Peer, started, until
from tests.federation import test_wire
from tests.federation.network_world import document, row_of, user
from tests.federation.test_events_words_taken_back import sends
from tests.federation.test_protocol_events import received, theirs
from tests.federation.test_protocol_people import follows_peer, settled

DAY = 86_400_000


def announced(db: Database, co: list[str] | None = None, title: str = "تنظيف الشاطئ", days: int = 1) -> Row:
    """Amal announces it for Tanmia."""
    amal, tanmia = actors.ours(db, "amal"), actors.ours(db, "tanmia")
    assert amal is not None and tanmia is not None
    meeting = Meeting(title, now() + days * DAY, place="المحمدية", co=co or [])
    return meetings.publish(db, amal, meeting, Draft(text="نلتقي", user=user(db), on_behalf=tanmia["id"]), now())


def of(db: Database, event: int) -> list[str]:
    return [one["uri"] for one in organisers.confirmed(db, event)]


async def asked_between(node: Node, other: Node, **more: Any) -> tuple[Row, Row]:
    """An event of `node` that asks Tanmia of `other`; (there, here)."""
    await resolve.actor(node.bridge, other.uri("tanmia"))
    event = await node.write(announced, [other.uri("tanmia")], **more)
    seen = await until(lambda: other.read(posts.by_uri, event["uri"]))
    await until(lambda: other.read(lambda db: organisers.asked(db, row_of(db, other.uri("tanmia"))["id"])))
    return event, seen


async def agreed_between(node: Node, other: Node) -> tuple[Row, Row]:
    event, seen = await asked_between(node, other)
    await other.write(
        lambda db: organise.accept(db, user(db), row_of(db, other.uri("tanmia")), posts.get(db, seen["id"]), now())
    )
    await until(lambda: node.read(lambda db: of(db, event["id"]) == [other.uri("tanmia")]))
    return event, seen


async def test_who_organises_it_too_stands_there_once_it_agreed(node: Node, other: Node) -> None:
    event, seen = await asked_between(node, other)
    found = await document(node, f"/posts/{event['id']}")
    assert "asso:partner" not in found and found["schema:organizer"] == [node.uri("tanmia")]
    assert await other.read(of, seen["id"]) == []
    told = await other.read(lambda db: notifications.of(db, row_of(db, other.uri("amal"))["id"]))
    assert [one["kind"] for one in told] == ["partner"]

    tanmia = await other.read(row_of, other.uri("tanmia"))
    await other.write(lambda db: organise.accept(db, user(db), tanmia, posts.get(db, seen["id"]), now()))
    await until(lambda: node.read(lambda db: of(db, event["id"]) == [other.uri("tanmia")]))
    found = await document(node, f"/posts/{event['id']}")
    assert found["schema:organizer"] == [node.uri("tanmia"), other.uri("tanmia")]
    assert set(test_wire.EVENT_KEYS.split()) <= found.keys() and found["attributedTo"] == found["actor"] == node.uri(
        "amal"
    )
    [partner] = found["asso:partner"]
    assert (partner["actor"], partner["asso:role"], partner["asso:state"]) == (
        other.uri("tanmia"),
        "organising",
        "accepted",
    )
    accept = await document(other, partner["asso:agreement"].removeprefix(other.origin))
    assert (accept["type"], accept["object"]["object"]["asso:event"]) == ("Accept", event["uri"])
    assert await other.read(posts.boost_by, tanmia["id"], seen["id"]), "it passes the event on"
    await until(
        lambda: other.read(
            lambda db: posts.details(posts.get(db, seen["id"]))["organizers"] == found["schema:organizer"]
        )
    )
    await until(lambda: other.read(lambda db: of(db, seen["id"]) == [other.uri("tanmia")]))
    assert (await other.read(posts.get, seen["id"]))["edited"] is None, "that is no edit"
    listed = await other.read(lambda db: agenda.of_organiser(db, tanmia["id"], None, 0, 10))
    assert listed == [seen["id"]]


async def test_a_third_node_asks_before_it_believes(node: Node, other: Node, tmp_path: Any) -> None:
    event, _ = await agreed_between(node, other)
    third = await started(tmp_path / "third")
    try:
        await resolve.post(third.bridge, event["uri"])
        seen = await third.read(posts.by_uri, event["uri"])
        await until(lambda: third.read(lambda db: of(db, seen["id"]) == [other.uri("tanmia")]))
    finally:
        await third.stop()


async def test_a_refusal_is_a_refusal_and_may_be_asked_again(node: Node, other: Node) -> None:
    event, seen = await asked_between(node, other)
    tanmia = await other.read(row_of, other.uri("tanmia"))
    await other.write(lambda db: organise.reject(db, user(db), tanmia, posts.get(db, seen["id"]), now()))
    await until(lambda: node.read(lambda db: organisers.get(db, event["id"], tanmia["uri"])["state"] == "rejected"))
    assert "asso:partner" not in await document(node, f"/posts/{event['id']}")
    with pytest.raises(NotFound):
        await other.write(lambda db: organise.accept(db, user(db), tanmia, posts.get(db, seen["id"]), now()))
    await node.write(lambda db: organise.ask(db, posts.get(db, event["id"]), row_of(db, tanmia["uri"]), now()))
    await until(lambda: other.read(lambda db: organisers.asked(db, tanmia["id"])))


@pytest.mark.parametrize("who", ["owner", "partner"])
async def test_either_side_ends_it_everywhere(node: Node, other: Node, who: str, tmp_path: Any) -> None:
    event, seen = await agreed_between(node, other)
    await until(lambda: other.read(lambda db: of(db, seen["id"])))
    third = await started(tmp_path / "third")
    try:
        await resolve.post(third.bridge, event["uri"])
        there = await third.read(posts.by_uri, event["uri"])
        await until(lambda: third.read(lambda db: of(db, there["id"])))
        agreement = (await document(node, f"/posts/{event['id']}"))["asso:partner"][0]["asso:agreement"]
        tanmia = await other.read(row_of, other.uri("tanmia"))
        if who == "owner":
            await node.write(lambda db: organise.end(db, posts.get(db, event["id"]), row_of(db, tanmia["uri"]), now()))
        else:
            await other.write(lambda db: organise.leave(db, user(db), tanmia, posts.get(db, seen["id"]), now()))
        await until(lambda: node.read(lambda db: of(db, event["id"]) == []))
        await until(lambda: other.read(lambda db: of(db, seen["id"]) == []))
        await until(lambda: other.read(lambda db: posts.boost_by(db, tanmia["id"], seen["id"]) is None))
        assert "asso:partner" not in await document(node, f"/posts/{event['id']}")
        assert (await other.get(agreement.removeprefix(other.origin))).status in (404, 410)
        await resolve.again(third.bridge, event["uri"])
        assert await third.read(of, there["id"]) == []
    finally:
        await third.stop()


async def test_dates_of_one_meeting_are_agreed_to_together(node: Node, other: Node) -> None:
    await asked_between(node, other)
    await node.write(announced, [other.uri("tanmia")], days=8)
    await node.write(announced, [other.uri("tanmia")], title="شيء آخر")
    tanmia = await other.read(row_of, other.uri("tanmia"))
    await until(lambda: other.read(lambda db: len(organisers.asked(db, tanmia["id"])) == 3))
    first = await other.read(lambda db: organisers.asked(db, tanmia["id"])[-1])
    await other.write(lambda db: organise.accept(db, user(db), tanmia, first, now()))
    assert [one["title"] for one in await other.read(organisers.asked, tanmia["id"])] == ["شيء آخر"]


def offered(peer: Peer, node: Node, event: str, number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "id": f"{peer.origin}/offers/{number}", "type": "Offer", "actor": peer.uri, "target": node.uri("tanmia"),
        "to": [node.uri("tanmia")], "object": {"type": "asso:Partnership", "actor": node.uri("tanmia"),
                                               "asso:role": "organising", "asso:event": event}, **more,
    }  # fmt: skip


async def test_only_who_made_an_event_asks_for_it(node: Node, peer: Peer, other: Node) -> None:
    await follows_peer(node, peer)
    event = await received(node, peer, theirs(peer))
    stranger = await other.write(announced)
    await resolve.post(node.bridge, stranger["uri"])
    ours = await node.write(announced)
    await sends(node, peer, offered(peer, node, stranger["uri"]))
    await sends(node, peer, offered(peer, node, ours["uri"], 2))
    tanmia = await node.read(row_of, node.uri("tanmia"))
    assert await node.read(organisers.asked, tanmia["id"]) == []
    await sends(node, peer, offered(peer, node, event["uri"], 3))
    assert [one["uri"] for one in await node.read(organisers.asked, tanmia["id"])] == [event["uri"]]
    removed = {"id": f"{peer.origin}/removes/1", "type": "Remove", "actor": peer.uri, "object": node.uri("tanmia"),
               "origin": event["uri"], "to": [node.uri("tanmia")]}  # fmt: skip
    await sends(node, peer, removed)
    assert await node.read(organisers.asked, tanmia["id"]) == []


async def test_nobody_answers_for_another(node: Node, other: Node, peer: Peer) -> None:
    event, _ = await asked_between(node, other)
    known = await node.read(organisers.get, event["id"], other.uri("tanmia"))
    forged = {
        "id": f"{peer.origin}/accepts/1",
        "type": "Accept",
        "actor": peer.uri,
        "object": known["offer"],
        "to": [node.uri("tanmia")],
    }
    await sends(node, peer, forged)
    assert await node.read(of, event["id"]) == []
    lied = theirs(peer, 7, **{"asso:partner": [{"type": "asso:Partnership", "actor": node.uri("tanmia"), "asso:role": "organising",
                                                "asso:state": "accepted", "asso:agreement": f"{node.origin}/activities/1"},
                                               {"type": "asso:Partnership", "actor": other.uri("tanmia"), "asso:role": "organising",
                                                "asso:state": "accepted", "asso:agreement": f"{peer.origin}/activities/1"}]})  # fmt: skip
    await follows_peer(node, peer)
    seen = await received(node, peer, lied)
    await settled(node)
    assert await node.read(of, seen["id"]) == [], "named by the event alone"
    assert await node.read(organisers.get, seen["id"], other.uri("tanmia")) is None, (
        "an agreement on another host is none"
    )


def test_who_may_be_asked(db: Database) -> None:
    amal, yto, tanmia = (actors.ours(db, name) for name in ("amal", "yto", "tanmia"))
    assert amal is not None and yto is not None and tanmia is not None
    event = announced(db)
    for one in (yto, tanmia):
        with pytest.raises(Invalid):
            organise.ask(db, event, one, now())
    with pytest.raises(NotFound):
        organise.accept(db, user(db), tanmia, event, now())
    assert organising.owners(db, event) == {amal["uri"], tanmia["uri"]}
    memberships.take(db, user(db, "yto"), tanmia["id"])
    with pytest.raises(Forbidden):
        organise.leave(db, user(db, "yto"), tanmia, event, now())


def test_an_association_here_is_asked_once_and_agrees(db: Database) -> None:
    from federation import associations
    from node.network.associations import Facts

    second = actors.get(
        db, associations.create(db, user(db, "yto"), "badil", {"ar": "بديل"}, Facts("water", "MA-TIZ", "s"), now())
    )
    event = announced(db, [second["uri"]])
    with pytest.raises(Conflict):
        organise.ask(db, event, second, now())
    assert [one["uri"] for one in organisers.named(db, event["id"])] == [second["uri"]] and of(db, event["id"]) == []
    assert [one["id"] for one in organisers.asked(db, second["id"])] == [event["id"]]
    posts.change(db, event["id"], removed=now())
    assert organisers.asked(db, second["id"]) == []  # what moderators removed asks nobody any more
    posts.change(db, event["id"], removed=None)
    organise.accept(db, user(db, "yto"), second, event, now())
    assert of(db, event["id"]) == [second["uri"]]
    day = 86_400_000
    assert [one["id"] for one in organisers.of_others(db, second["id"], now() - 400 * day)] == [event["id"]]
    posts.change(db, event["id"], removed=now())
    assert organisers.of_others(db, second["id"], now() - 400 * day) == []
    posts.change(db, event["id"], removed=None)
    meetings.organise_with(db, posts.get(db, event["id"]), [], now())
    assert organisers.named(db, event["id"]) == []
    assert posts.details(posts.get(db, event["id"]))["organizers"] == []
