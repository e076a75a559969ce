"""Events: read in every shape, written in one, answered both ways, announced by the node."""

import json
import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from federation import outbox
from federation import vocabulary as v
from federation.bridge import now
from federation.handlers import join
from federation.outbox import Draft
from node import ids
from node.errors import Conflict, Invalid
from node.network import events
from node.people import actors
from node.posts import posts
from tests.conftest import Node, Peer, until
from tests.federation.test_protocol_people import follows_peer, settled
from tests.federation.test_protocol_quotes import publish
from tests.federation.test_two_nodes import follow

SOON = 86_400_000


def workshop(**more: Any) -> Draft:
    """A workshop tomorrow."""
    start = (now() + SOON) // 1000 * 1000
    place = {
        "name": "دار الشباب",
        "locality": "تيزنيت",
        "code": "85000",
        "country": "MA",
        "latitude": 29,
        "longitude": -9.7,
    }
    details = {"start": start, "end": start + 3_600_000, "timezone": "Africa/Casablanca", "place": place,
               "category": "LEARNING", "capacity": 2, **more}  # fmt: skip
    return Draft("نتعلم معا", kind="event", title="ورشة الماء", language="ar", details=details)


def theirs(peer: Peer, number: int = 1, **more: Any) -> dict[str, Any]:
    """A peer's event."""
    said = {"type": "Event", "name": "Workshop", "startTime": "2036-11-12T15:00:00+01:00", **more}
    return peer.note(number, **said)


async def received(node: Node, peer: Peer, document: dict[str, Any]) -> Any:
    await peer.post(f"{node.origin}/inbox", peer.create(document))
    return await until(lambda: node.read(posts.by_uri, document["id"]))


async def answer_of(node: Node, event: int, uri: str) -> tuple[str, str] | None:
    def look(db: Any) -> tuple[str, str] | None:
        actor = actors.by_uri(db, uri)
        found = events.get(db, event, actor["id"]) if actor is not None else None
        return (found["answer"], found["state"]) if found is not None else None

    return await node.read(look)  # type: ignore[no-any-return]


async def test_our_event_has_the_shape_that_every_reader_takes(node: Node) -> None:
    post = await publish(node, workshop())
    found = json.loads(await (await node.get(f"/posts/{post['id']}")).text())
    assert (found["type"], found["name"], found["actor"]) == ("Event", "ورشة الماء", node.uri("amal"))
    assert found["attributedTo"] == node.uri("amal")
    at = datetime.fromtimestamp(posts.details(post)["start"] / 1000, ZoneInfo("Africa/Casablanca"))
    assert re.fullmatch(rf"<p>\w+ {at.day} \w+ {at.year} · {at:%H:%M} · دار الشباب</p>", found["summary"])
    place = found["location"]
    assert isinstance(place, dict) and place["type"] == "Place"
    assert '"latitude":29.0' in await (await node.get(f"/posts/{post['id']}")).text()
    assert place["address"]["addressLocality"] == "تيزنيت"
    piefed = ("startTime", "endTime", "timezone", "maximumAttendeeCapacity", "participantCount", "onlineLink", "joinMode",
              "externalParticipationUrl", "anonymousParticipation", "isOnline", "buyTicketsLink", "feeCurrency",
              "feeAmount")  # fmt: skip
    assert set(piefed) <= set(found)
    assert (found["status"], found["ical:status"]) == ("CONFIRMED", "CONFIRMED")
    assert found["attachment"][0] == {"type": "Link", "href": post["url"], "mediaType": "text/html", "name": "Website"}
    terms = next(one for one in found["@context"] if isinstance(one, dict))
    assert {"timezone", "joinMode", "participantCount", "maximumAttendeeCapacity"} <= set(terms)


async def test_the_node_announces_public_events_and_its_outbox_lists_them(node: Node, peer: Peer) -> None:
    await peer.post(f"{node.origin}/inbox", peer.follow(f"{node.origin}/actor"))
    await peer.wait_for(lambda one: one["type"] == "Accept" and one["actor"] == f"{node.origin}/actor")
    post = await publish(node, workshop())
    told = await peer.wait_for(lambda one: one["type"] == "Announce")
    assert (told["actor"], told["object"]) == (f"{node.origin}/actor", post["uri"])
    hidden = workshop()
    hidden.visibility = "followers"
    await publish(node, hidden)
    page = json.loads(await (await node.get("/actor/outbox?before=0")).text())
    assert [one["object"] for one in page["orderedItems"]] == [post["uri"]]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"location": {"name": "Colosseo"}}, {"place": {"name": "Colosseo"}, "status": "CONFIRMED", "join": "free"}),
        ({"location": "Maison des jeunes", "status": "CANCELLED"}, {"place": {"name": "Maison des jeunes"}, "status": "CANCELLED"}),
        ({"location": [{"type": "VirtualLocation", "url": "https://meet.example/1"},
                       {"type": "Place", "name": "دار", "latitude": 34, "longitude": 10, "address": None}]},
         {"place": {"name": "دار", "latitude": 34.0, "longitude": 10.0}, "online": "https://meet.example/1"}),
        ({"location": {"name": "x", "address": {"addressLocality": "Sfax"}, "geo": {"latitude": 1.5, "longitude": 2.5}}},
         {"place": {"name": "x", "locality": "Sfax", "latitude": 1.5, "longitude": 2.5}}),
        ({"joinMode": "external", "externalParticipationUrl": "mailto:a@example.org", "status": None, "endTime": None},
         {"join": "external", "outside": "mailto:a@example.org", "end": None}),
        ({"eventStatus": "https://schema.org/EventCancelled", "externalParticipationUrl": "javascript:alert(1)"},
         {"status": "CANCELLED", "outside": ""}),
        ({"maximumAttendeeCapacity": 40, "participantCount": 3, "endTime": "2036-11-12T18:00:00+01:00",
          "displayEndTime": False}, {"capacity": 40, "coming": 3, "end": None}),
    ],
    ids=["gancio", "text place", "fep8a8e list", "geo nested", "external", "schema status", "mobilizon"],
)  # fmt: skip
async def test_every_shape_of_event_is_read(node: Node, peer: Peer, more: Any, expected: dict[str, Any]) -> None:
    await follows_peer(node, peer)
    post = await received(node, peer, theirs(peer, **more))
    assert post["kind"] == "event"
    facts = posts.details(post)
    assert facts["start"] == 2_110_111_200_000
    assert {key: facts[key] for key in expected} == expected


async def test_an_event_without_a_date_is_shown_as_a_card(node: Node, peer: Peer) -> None:
    await follows_peer(node, peer)
    assert (await received(node, peer, theirs(peer, startTime=None)))["kind"] == "card"


async def test_a_member_of_another_node_comes_and_leaves(node: Node, other: Node) -> None:
    await follow(node, node.token(), f"amal@{other.host}")
    event = await publish(other, workshop())
    seen = await until(lambda: node.read(posts.by_uri, event["uri"]))
    assert posts.details(seen)["place"]["locality"] == "تيزنيت"

    def act(db: Any, coming: bool) -> None:
        amal, post = actors.by_uri(db, node.uri("amal")), posts.get(db, seen["id"])
        assert amal is not None
        if coming:
            join.ask(db, amal, post, now(), message="with two friends")
        else:
            join.leave(db, amal, post, now())

    await node.write(act, True)

    async def accepted() -> bool:
        return await answer_of(node, seen["id"], node.uri("amal")) == ("yes", "accepted")

    await until(accepted)
    assert await answer_of(other, event["id"], node.uri("amal")) == ("yes", "accepted")
    [row] = await other.read(events.of, event["id"])
    assert row["message"] == "with two friends"
    await other.write(outbox.tell_again, event, now())

    async def counted() -> bool:
        return int(posts.details(await node.read(posts.get, seen["id"]))["coming"]) == 1

    await until(counted)
    await node.write(act, False)
    await until(lambda: other.read(lambda db: events.of(db, event["id"]) == []))


async def test_who_comes_too_late_or_uninvited_is_refused(node: Node, peer: Peer) -> None:
    full, closed = await publish(node, workshop(capacity=0)), await publish(node, workshop(join="invite"))
    for number, event in enumerate((full, closed)):
        asked = {"@context": v.AS2, "id": f"{peer.origin}/join/{number}", "type": "Join", "actor": peer.uri,
                 "object": event["uri"]}  # fmt: skip
        assert await peer.post(f"{node.origin}/inbox", asked) == 202
        refused = await peer.wait_for(
            lambda one, asked=asked: one["type"] == "Reject" and one["object"]["id"] == asked["id"]
        )
        assert refused["actor"] == node.uri("amal")
        assert await answer_of(node, event["id"], peer.uri) == ("yes", "rejected")


async def test_the_organiser_decides_where_she_wants_to(node: Node, peer: Peer) -> None:
    event = await publish(node, workshop(join="restricted"))
    asked = {"@context": v.AS2, "id": f"{peer.origin}/join/1", "type": "Join", "actor": peer.uri, "object": event["uri"],
             "participationMessage": "please"}  # fmt: skip
    await peer.post(f"{node.origin}/inbox", asked)

    async def waits() -> bool:
        return await answer_of(node, event["id"], peer.uri) == ("yes", "asked")

    await until(waits)

    def decide(db: Any) -> bool:
        actor = actors.by_uri(db, peer.uri)
        assert actor is not None
        return join.decide(db, posts.get(db, event["id"]), actor, True, now())

    assert await node.write(decide)
    accept = await peer.wait_for(lambda one: one["type"] == "Accept")
    assert accept["object"] == {"id": asked["id"], "type": "Join", "actor": peer.uri, "object": event["uri"]}
    undo = {"@context": v.AS2, "id": f"{peer.origin}/undo/1", "type": "Undo", "actor": peer.uri, "object": asked}
    await peer.post(f"{node.origin}/inbox", undo)

    async def gone() -> bool:
        return await answer_of(node, event["id"], peer.uri) is None

    await until(gone)


async def test_friendica_answers_with_accept_of_the_event_itself(node: Node, peer: Peer) -> None:
    event = await publish(node, workshop())
    for number, (kind, answer) in enumerate((("TentativeAccept", "maybe"), ("Accept", "yes"), ("Reject", "no"))):
        said = {"@context": v.AS2, "id": f"{peer.origin}/rsvp/{number}", "type": kind, "actor": peer.uri,
                "object": event["uri"]}  # fmt: skip
        await peer.post(f"{node.origin}/inbox", said)

        async def says(answer: str = answer) -> bool:
            return await answer_of(node, event["id"], peer.uri) == (answer, "accepted")

        await until(says)


async def test_only_the_organiser_answers_our_join(node: Node, peer: Peer) -> None:
    await follows_peer(node, peer)
    post = await received(node, peer, theirs(peer))

    def ask(db: Any) -> str:
        amal = actors.by_uri(db, node.uri("amal"))
        assert amal is not None
        return str(join.ask(db, amal, posts.get(db, post["id"]), now())["activity"])

    uri = await node.write(ask)
    joined = await peer.wait_for(lambda one: one["type"] == "Join")
    assert (joined["id"], joined["object"]) == (uri, post["uri"])
    answer = {"@context": v.AS2, "type": "Accept", "object": uri}
    async with Peer(name="eve") as eve:
        await eve.post(f"{node.origin}/inbox", {**answer, "id": f"{eve.origin}/a/1", "actor": eve.uri})
        await settled(node)
        assert await answer_of(node, post["id"], node.uri("amal")) == ("yes", "asked")
    ignore = {**answer, "id": f"{peer.origin}/a/0", "actor": peer.uri, "type": "Ignore"}
    for activity, state in (
        (ignore, "ignored"),
        ({**ignore, "id": f"{peer.origin}/a/1", "type": "Accept"}, "accepted"),
    ):
        await peer.post(f"{node.origin}/inbox", activity)

        async def is_so(state: str = state) -> bool:
            return await answer_of(node, post["id"], node.uri("amal")) == ("yes", state)

        await until(is_so)


async def test_an_invitation_is_told_and_lets_in(node: Node, peer: Peer) -> None:
    await follows_peer(node, peer)
    post = await received(node, peer, theirs(peer, joinMode="invite"))
    invite = {"@context": v.AS2, "id": f"{peer.origin}/invite/1", "type": "Invite", "actor": peer.uri,
              "object": post["uri"], "target": node.uri("yto")}  # fmt: skip
    async with Peer(name="eve") as eve:
        await eve.post(f"{node.origin}/inbox", {**invite, "id": f"{eve.origin}/invite/1", "actor": eve.uri})
        await settled(node)
        assert await answer_of(node, post["id"], node.uri("yto")) is None
    await peer.post(f"{node.origin}/inbox", invite)
    [told] = await until(lambda: node.api("GET", "/api/v1/notifications", node.token("yto")))
    assert (told["type"], told["status"]["id"]) == ("mention", str(post["id"]))


async def test_nobody_joins_what_is_full_or_elsewhere(node: Node, peer: Peer) -> None:
    full, away = await publish(node, workshop(capacity=0)), await publish(node, workshop(join="external"))

    def ask(db: Any, event: int) -> None:
        yto = actors.by_uri(db, node.uri("yto"))
        assert yto is not None
        join.ask(db, yto, posts.get(db, event), now())

    with pytest.raises(Conflict):
        await node.write(ask, full["id"])
    with pytest.raises(Invalid):
        await node.write(ask, away["id"])


async def test_a_mobilizon_member_joins_and_leaves_a_group(node: Node, peer: Peer) -> None:
    from federation import actors as documents

    await node.write(lambda db: documents.create(db, "Group", "eau", now(), role="forum"))
    asked = {"@context": v.AS2, "id": f"{peer.origin}/join/1", "type": "Join", "actor": peer.uri,
             "object": f"{node.origin}/groups/eau"}  # fmt: skip
    await peer.post(f"{node.origin}/inbox", asked)
    accept = await peer.wait_for(lambda one: one["type"] == "Accept")
    assert (accept["object"]["type"], accept["object"]["id"]) == ("Join", asked["id"])
    leave = {"@context": v.AS2, "id": f"{peer.origin}/leave/1", "type": "Leave", "actor": peer.uri,
             "object": f"{node.origin}/groups/eau"}  # fmt: skip
    await peer.post(f"{node.origin}/inbox", leave)
    await until(lambda: node.read(lambda db: db.value("select count(*) = 0 from follows")))


async def test_a_note_that_only_announces_an_event_is_not_shown_beside_it(node: Node, peer: Peer) -> None:
    await follows_peer(node, peer)
    event = await received(node, peer, theirs(peer))
    note = peer.note(2, **{"asso:companionOf": event["uri"]})
    elsewhere = peer.note(3, **{"asso:companionOf": f"{node.origin}/posts/1"})
    for one in (note, elsewhere):
        await peer.post(f"{node.origin}/inbox", peer.create(one))
    await until(lambda: node.read(posts.by_uri, elsewhere["id"]))
    await settled(node)
    assert await node.read(posts.by_uri, note["id"]) is None


@pytest.mark.parametrize(
    "odd",
    [
        {"startTime": "9999-12-31T23:59:59Z", "timezone": "Pacific/Pago_Pago"},
        {"startTime": "0001-01-01T00:00:00Z", "timezone": "Pacific/Kiritimati"},
        {"timezone": "../../../etc/passwd"}, {"timezone": "\x00"}, {"timezone": "Africa"}, {"timezone": ["Africa/Tunis"]},
        {"endTime": "9999-12-31T23:59:59Z"}, {"schema:organizer": [{"id": 7}, 7, None, "x", "https://peer.example/none"]},
        {"asso:region": [None, 7, "../x", "XX-99"], "asso:fieldOfActivity": "water"}, {"maximumAttendeeCapacity": 0},
        {"location": {"name": "x", "latitude": 0, "longitude": 0}}, {"updated": "9999-12-31T23:59:59Z"},
        {"published": "0001-01-01T00:00:00Z", "updated": "9999-12-31T23:59:59Z"},
    ],
)  # fmt: skip
async def test_an_odd_event_breaks_no_page(node: Node, peer: Peer, odd: dict[str, Any]) -> None:
    await follows_peer(node, peer)
    post = await received(node, peer, theirs(peer, **odd))
    for path in (f"/e/{post['id']}", f"/e/{post['id']}.ics", "/agenda", "/agenda?view=month&month=2036-11", "/agenda.ics",
                 "/agenda?view=past", "/agenda/feed", "/"):  # fmt: skip
        for language in ("ar", "fr"):
            answer = await node.get(path, accept="text/html", **{"Accept-Language": language})
            assert answer.status == 200, (path, await answer.text())
    await node.api("GET", "/api/v1/timelines/list/11", node.token())


async def test_a_post_whose_last_edit_lies_in_the_future_is_edited_all_the_same(node: Node, peer: Peer) -> None:
    await follows_peer(node, peer)
    event = theirs(peer, updated="9999-12-31T23:59:59Z", startTime=ids.rfc3339(now() + SOON))
    post = await received(node, peer, event)
    assert post["edited"] <= now()
    await until(lambda: node.read(lambda _: now() > post["edited"] + 1))
    again = {**event, "name": "Autre", "updated": ids.precise(now())}
    update = {**peer.create(again), "id": f"{event['id']}#updates/2", "type": "Update"}
    await peer.post(f"{node.origin}/inbox", update)
    await until(lambda: node.read(lambda db: posts.get(db, post["id"])["title"] == "Autre"))


async def test_a_calendar_holds_an_event_with_an_edit_that_no_calendar_counts(node: Node, peer: Peer) -> None:
    await follows_peer(node, peer)
    post = await received(node, peer, theirs(peer, startTime=ids.rfc3339(now() + SOON)))
    await node.write(lambda db: posts.change(db, post["id"], published=0, edited=253_402_300_799_000))
    answered = await node.get("/agenda.ics", accept="text/html")
    assert answered.status == 200 and "SEQUENCE:2147483647" in await answered.text()
