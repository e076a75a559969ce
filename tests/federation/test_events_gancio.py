"""Events of Gancio: a key named by its owner, one id for all that is said of an event, rooms online as an address."""

import pytest

from federation import resolve
from federation import vocabulary as v
from federation.bridge import now
from federation.handlers import follow
from federation.kinds import table
from federation.outbox import Draft, publish
from node.people import actors
from node.posts import media, posts
from tests.conftest import until
from tests.federation import forum_world as w


@pytest.fixture
async def gancio(node, peer):
    """The one actor of a Gancio server; our Amal follows it."""
    uri = w.actor(peer, "agenda", "Application")
    found = await resolve.actor(node.bridge, uri)
    await node.write(lambda db: follow.ask(db, actors.ours(db, "amal"), found, now()))
    asked = await peer.wait_for(lambda one: one["type"] == "Follow")
    await say(node, peer, {"id": f"{peer.origin}/federation/1", "type": "Accept", "actor": uri, "object": asked})
    return uri


async def say(node, peer, activity):
    """As Gancio signs: the key is named by the id of its owner alone."""
    assert await peer.post(f"{node.origin}/inbox", {"@context": v.AS2, **activity}, key_id=activity["actor"]) == 202


def event(peer, uri, **more):
    return {"id": f"{peer.origin}/federation/m/1", "type": "Event", "name": "Concert", "attributedTo": uri,
            "startTime": "2030-05-01T19:00:00+02:00", "endTime": None, "content": "<p>Venez</p>", "to": [v.PUBLIC],
            "cc": [f"{uri}/followers"], "published": "2026-01-01T10:00:00+01:00",
            "location": {"id": f"{peer.origin}/federation/p/1", "type": "Place", "name": "La Cave", "address": "rue 1"},
            "attachment": [], "tag": [], **more}  # fmt: skip


def said(uri, found, kind="Create"):
    return {"id": f"{found['id']}#create", "type": kind, "actor": uri, "to": [v.PUBLIC], "object": found}


async def test_all_that_is_said_of_an_event_is_heard_under_one_id(node, peer, gancio):
    found = event(peer, gancio)
    await say(node, peer, said(gancio, found))
    kept = await until(lambda: w.by_uri(node, found["id"]))
    assert posts.details(kept)["place"] == {"name": "La Cave", "street": "rue 1"}
    for title in ("Concert déplacé", "Concert encore déplacé"):
        await say(node, peer, said(gancio, found | {"name": title}, "Update"))
        await until(lambda title=title: _is_called(node, found, title))
    await say(node, peer, said(gancio, found, "Delete"))
    await until(lambda: _is_gone(node, found))


async def _is_called(node, found, title):
    return (await w.by_uri(node, found["id"]))["title"] == title


async def _is_gone(node, found):
    return await w.by_uri(node, found["id"]) is None


async def test_the_same_update_twice_is_one(node, peer, gancio):
    found = event(peer, gancio)
    for activity in (said(gancio, found), said(gancio, found, "Update"), said(gancio, found, "Update")):
        await say(node, peer, activity)
    await until(lambda: w.by_uri(node, found["id"]))
    assert await node.read(lambda db: db.value("select count(*) from received where activity like '%#create%'")) == 2


async def test_the_id_of_an_actor_names_no_key_of_another(node, peer, other, gancio):
    forged = said(other.uri("amal"), event(peer, gancio)) | {"id": f"{other.origin}/activities/1"}
    assert await peer.post(f"{node.origin}/inbox", forged, key_id=other.uri("amal")) == 401


ROOM = {"type": "VirtualLocation", "url": "https://visio.example/salle"}


@pytest.mark.parametrize(
    "location",
    [{"type": "Place", "name": "online", "address": ROOM}, ROOM,
     [{"type": "Place", "name": "La Cave"}, {"type": "Place", "name": "Visio", "address": ROOM}]],
    ids=["an address", "a location", "one of several"],
)  # fmt: skip
async def test_rooms_online_are_found(node, peer, gancio, location):
    await say(node, peer, said(gancio, event(peer, gancio, location=location)))
    kept = await until(lambda: w.by_uri(node, f"{peer.origin}/federation/m/1"))
    facts = posts.details(kept)
    assert facts["online"] == ROOM["url"]
    assert facts["place"].get("name") == ("La Cave" if isinstance(location, list) else None)


async def test_ours_begins_with_its_picture(node):
    """Gancio takes the first attachment for one, Mobilizon looks for both by their names."""

    def make(db):
        amal = actors.ours(db, "amal")
        draft = Draft(text="تعالوا", title="ورشة", kind="event", details={"start": now() + 86_400_000})
        post = publish(db, amal, draft, now())
        found = {"url": "https://peer.example/a.png", "type": "image/png", "description": ""}
        media.keep_remote(db, amal["id"], post["id"], [found], now())
        return table.document(db, posts.get(db, post["id"]))["attachment"]

    first, last = await node.write(make)
    assert first["name"] == "Banner" and first["url"] and (last["type"], last["name"]) == ("Link", "Website")
