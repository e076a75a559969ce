"""Whole forums and accounts that end at another server: closed there and opened again, and what stays of them here."""

import pytest
from aiohttp import web

from federation import resolve
from federation import vocabulary as v
from federation.closed_there import LOOK
from node.errors import Forbidden, Gone
from node.people import actors, away, follows
from node.posts import tombstones
from tests.conftest import until
from tests.federation import forum_world as w
from tests.federation.test_forums_theirs import done, main, relay  # noqa: F401


def deleted(peer, actor, number=1, **more):
    place = f"{peer.origin}/users/main"
    return {"id": f"{peer.origin}/delete/{number}", "type": "Delete", "actor": actor, "object": place,
            "to": [v.PUBLIC, place], "cc": [place], **more}  # fmt: skip


def back(peer, said):
    return {"id": f"{said['id']}/undo", "type": "Undo", "actor": said["actor"], "object": said, "to": said["to"],
            "cc": said["cc"]}  # fmt: skip


async def is_closed(node, uri):
    return (await node.read(actors.by_uri, uri))["gone"] == away.CLOSED


async def closed(node, uri, wanted=True):
    async def look():
        return await is_closed(node, uri) is wanted

    await until(look)


async def heard(node, ending):
    """The activity with such an id was acted on."""
    await until(lambda: node.read(lambda db: db.value(
        "select 1 from received where state = 'done' and activity || ' ' like ?", (f"%{ending} %",))))  # fmt: skip


async def idle(node):
    """No server is to be asked for a forum."""
    await until(
        lambda: node.read(lambda db: db.value("select not exists (select 1 from tasks where kind = ?)", (LOOK,)))
    )


@pytest.fixture
async def topic(node, peer, main):  # noqa: F811
    """A topic of the community by Lina, of its server."""
    made = w.page(peer, 1, w.actor(peer, "lina"), main)
    await relay(node, peer, main, w.create(peer, 1, made, main))
    return await w.has(node, made["id"])


async def gone(_request):
    """As Lemmy answers for what is deleted."""
    return web.json_response({"type": "Tombstone"}, status=410, content_type=v.ACTIVITY_JSON)


@pytest.mark.parametrize("reason", [None, "", "Spam partout."], ids=["its owner", "staff", "staff, and why"])
async def test_a_community_is_closed_as_a_whole_and_opened_again(node, peer, main, topic, reason):  # noqa: F811
    """Lemmy and PieFed: by its owner without `summary`, by staff with one; the Group answers 410 meanwhile."""
    mod = f"{peer.origin}/users/mod" if reason is None else w.actor(peer, "admin")
    said = deleted(peer, mod, **({} if reason is None else {"summary": reason}))
    served = peer.documents["/users/main"]
    peer.documents["/users/main"] = gone
    await relay(node, peer, main, said, 2)
    await closed(node, main)
    page = await node.get(f"/f/main@{peer.host}?lang=fr", "text/html")
    assert page.status == 410 and ("Spam partout" in await page.text()) is bool(reason)
    shown = await node.get(f"/t/{topic['id']}?lang=fr", "text/html")
    text = await shown.text()
    assert shown.status == 200 and "Qui sait ?" in text and "Ce forum est fermé" in text
    with pytest.raises(Forbidden):
        await w.write(node, "amal", "trop tard", reply_to=topic["uri"])
    home = await node.api("GET", "/api/v1/timelines/home", node.token())
    assert home == [], "what the community passed on is shown no more"

    peer.documents["/users/main"] = served
    await relay(node, peer, main, back(peer, said), 3)
    await closed(node, main, wanted=False)
    assert (await node.get(f"/f/main@{peer.host}", "text/html")).status == 200
    await w.write(node, "amal", "encore là", reply_to=topic["uri"])
    amal, place = await node.read(actors.ours, "amal"), await node.read(actors.by_uri, main)
    assert (await node.read(follows.get, amal["id"], place["id"]))["state"] == "accepted", "she is a member as before"
    assert away.reason_of(place) == ""


async def test_it_stays_closed_while_its_server_says_that_it_is_gone(node, peer, main):  # noqa: F811
    """The owner takes her own deletion back, the staff of her server had removed it besides."""
    said = deleted(peer, f"{peer.origin}/users/mod")
    await relay(node, peer, main, said, 2)
    await closed(node, main)
    served = peer.documents.pop("/users/main")
    await relay(node, peer, main, back(peer, said), 3)
    await done(node, count=2)
    await idle(node)
    assert await is_closed(node, main)
    peer.documents["/users/main"] = served
    made = w.page(peer, 2, w.actor(peer, "omar"), main, "Encore")
    await relay(node, peer, main, w.create(peer, 2, made, main), 4)
    await closed(node, main, wanted=False)


async def test_nobody_of_another_server_closes_it(node, peer, other, main):  # noqa: F811
    """Neither passed on by the Group, nor straight, nor through another Group of the same server."""
    forged = deleted(peer, other.uri("yto")) | {"id": f"{other.origin}/activities/9"}
    await relay(node, peer, main, forged, 2)
    await done(node, count=1)
    assert not await is_closed(node, main)
    two = w.group(peer, "two", [])
    straight = deleted(peer, w.actor(peer, "omar"), 3)
    await w.say(peer, node, {"@context": v.AS2, **straight})
    await heard(node, "/delete/3")
    await idle(node)
    assert not await is_closed(node, main), "its own server shows it"
    assert await node.read(tombstones.find, main) is None
    await w.say(peer, node, w.announce(peer, 4, two, deleted(peer, f"{peer.origin}/users/mod", 4)))
    await heard(node, "/announce/4")
    assert not await is_closed(node, main)


async def test_said_without_the_group_its_server_is_asked(node, peer, main):  # noqa: F811
    said = {"@context": v.AS2, **deleted(peer, f"{peer.origin}/users/mod")}
    served = peer.documents.pop("/users/main")
    await w.say(peer, node, said)
    await closed(node, main)
    peer.documents["/users/main"] = served
    await w.say(peer, node, {"@context": v.AS2, **back(peer, said)})
    await closed(node, main, wanted=False)


async def test_a_deletion_that_never_reached_us_is_found_by_looking(node, peer, main):  # noqa: F811
    peer.documents["/users/main"] = gone
    with pytest.raises(Gone):
        await resolve.actor(node.bridge, main, fresh=True)
    assert await is_closed(node, main)


async def test_a_forum_of_ours_is_closed_by_nobody_elsewhere(node, peer):
    """Not even by one who moderates it: here its owner deletes it, with the password."""
    forum, _topic, _answer = await w.open_with_an_answer(node, peer)
    await w.moderate(node, "appoint", "amal", forum, await node.read(actors.by_uri, peer.uri))
    said = deleted(peer, peer.uri) | {"object": forum["uri"], "cc": [forum["uri"]], "@context": v.AS2}
    assert await w.say(peer, node, said, forum["inbox"]) == 202
    await heard(node, "/delete/1")
    assert (await node.read(actors.by_uri, forum["uri"]))["gone"] is None
    assert (await node.get("/f/eau", "text/html")).status == 200


# ── accounts ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kept", [True, False])
async def test_an_account_that_ends_leaves_its_posts_where_it_says_so(node, peer, main, topic, kept):  # noqa: F811
    """Lemmy: `removeData` says whether what she wrote goes with her."""
    lina = f"{peer.origin}/users/lina"
    before = await node.read(actors.by_uri, lina)
    assert before["display"] == "Lina"
    said = {"@context": v.AS2, "id": f"{peer.origin}/delete/9", "type": "Delete", "actor": lina, "object": lina,
            "to": [v.PUBLIC], "removeData": not kept}  # fmt: skip
    await w.say(peer, node, said)
    await until(lambda: node.read(lambda db: actors.by_uri(db, lina)["display"] == ""))
    assert await w.titles(node, main) == (["Puits"] if kept else [])
    page = await node.get(f"/t/{topic['id']}", "text/html")
    assert page.status == (200 if kept else 404)
    after = await node.read(actors.by_uri, lina)
    assert (after["gone"] is None) is kept and (after["summary"], after["icon"]) == ("", "")
