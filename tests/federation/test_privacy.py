"""What is not for everybody shows to nobody else: every door is tried, whoever stands before it."""

import re
from typing import Any

import pytest

from federation import vocabulary as v
from keys import pair
from node.people import actors, blocks, follows
from node.posts import posts
from tests.conftest import Node, Peer, until

SECRET = "zanzibarsecret"
FILLED = {
    "name": "amal",
    "folder": "users",
    "which": "favourited_by",
    "name_of": "followers",
    "acct": "amal",
    "tag": SECRET,
    "kind": "like",
}


async def private_posts(node: Node, peer: Peer | None = None) -> dict[str, dict[str, Any]]:
    """One public post of Amal's, and under it one for followers and one for nobody but herself."""
    token = node.token()
    public = await node.api("POST", "/api/v1/statuses", token, json={"status": "for everybody"})
    made = {"public": public}
    for seen in ("private", "direct"):
        words = {"status": f"{SECRET} #{SECRET} {seen}", "visibility": seen, "in_reply_to_id": public["id"]}
        made[seen] = await node.api("POST", "/api/v1/statuses", token, json=words)
    return made


def paths(node: Node, number: str) -> list[str]:
    """Every address of the node that is read with GET, filled in with Amal and the post."""
    found = set()
    for route in node.app.router.routes():
        if route.method != "GET" or route.resource is None:
            continue
        canonical = route.resource.canonical
        if canonical.startswith("/static"):
            continue
        filled = re.sub(r"\{(\w+)[^}]*\}", lambda one: FILLED.get(one.group(1), number), canonical)
        found.add(filled)
    found |= {f"/api/v2/search?q={SECRET}", f"/search?q={SECRET}", f"/api/v1/timelines/tag/{SECRET}", f"/tags/{SECRET}", "/@amal?replies=1",
              "/users/amal/outbox?before=0", f"/api/v1/accounts/search?q={SECRET}"}  # fmt: skip
    return sorted(found)


async def ask(node: Node, path: str, accept: str, token: str = "") -> tuple[int, str]:
    headers = {"Accept": accept} | ({"Authorization": f"Bearer {token}"} if token else {})
    async with node.session.get(
        node.origin + path, headers=headers, allow_redirects=False, timeout=__import__("aiohttp").ClientTimeout(5)
    ) as response:
        if "event-stream" in response.content_type:
            return response.status, ""
        return response.status, (await response.content.read(2_000_000)).decode("utf-8", "replace")


@pytest.mark.slow
@pytest.mark.parametrize("who", ["nobody", "a stranger"])
async def test_no_address_shows_what_is_not_for_everybody(node, who):
    """G1-G5, G19: the whole table of routes, as a page, as an app, as a peer."""
    made = await private_posts(node)
    token = node.token("yto") if who == "a stranger" else ""
    author = made["public"]["account"]["id"]
    tried = 0
    for seen in ("private", "direct"):
        for number in (made[seen]["id"], author):
            for path in paths(node, number):
                if "streaming" in path:
                    continue
                for accept in ("text/html", v.ACTIVITY_JSON, "application/json"):
                    status, body = await ask(node, path, accept, token)
                    assert status < 500 or status == 503, (path, status, body[:300])
                    echoed = f"q={SECRET}" in path or f"/{SECRET}" in path  # what one typed is said again
                    words = f"{SECRET} " if not echoed else f"{SECRET}</a> {seen}"
                    assert words not in re.sub(r"<[^>]*>", " ", body) and made[seen]["uri"] not in body, (
                        path,
                        accept,
                        status,
                    )
                    tried += 1
    assert tried > 200


async def test_the_same_walk_shows_it_to_its_author(node):
    """So the walk above would have found it."""
    made = await private_posts(node)
    token, found = node.token("amal"), 0
    for path in paths(node, made["private"]["id"]):
        if "streaming" not in path and path.startswith("/api/"):
            found += made["private"]["uri"] in (await ask(node, path, "application/json", token))[1]
    assert found >= 3


async def test_counts_say_nothing_of_what_one_may_not_see(node):
    made = await private_posts(node)
    seen = await node.api("GET", f"/api/v1/statuses/{made['public']['id']}")
    assert seen["replies_count"] == 0 and seen["account"]["statuses_count"] == 1
    outbox = await (await node.get("/users/amal/outbox")).json(content_type=None)
    assert outbox["totalItems"] == 1
    for name in ("replies", "context"):
        listed = await (await node.get(f"{made['public']['uri'].removeprefix(node.origin)}/{name}")).text()
        assert made["private"]["uri"] not in listed and made["direct"]["uri"] not in listed


async def test_a_deleted_private_post_was_never_there(node):
    made = await private_posts(node)
    token = node.token()
    for seen in ("private", "public"):
        await node.api("DELETE", f"/api/v1/statuses/{made[seen]['id']}", token)
    assert (await node.get(made["private"]["uri"].removeprefix(node.origin))).status == 404
    assert (await node.get(made["public"]["uri"].removeprefix(node.origin))).status == 410


async def signed_get(node: Node, peer: Peer, uri: str, **signing: Any) -> Any:
    headers = peer.signed(uri, b"", method="GET", **signing)
    response = await peer.session.get(uri, headers={**headers, "Accept": v.ACTIVITY_JSON})
    await response.read()
    return response


async def test_a_follower_sees_what_is_for_followers_and_a_stranger_does_not(node, peer):
    """G1, G15: signed, accepted, in her own name; and no cache keeps it."""
    made = await private_posts(node)
    uri = made["private"]["uri"]
    assert (await signed_get(node, peer, uri)).status == 404
    await peer.post(f"{node.origin}/inbox", peer.follow(node.uri("amal")))
    await peer.wait_for(lambda one: one["type"] == "Accept")
    for path in ("", "/activity", "/replies", "/likes", "/shares", "/context"):
        answer = await signed_get(node, peer, uri + path)
        assert answer.status == 200, path
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert {"Accept", "Signature"} <= {one.strip() for one in answer.headers["Vary"].split(",")}
    assert (await signed_get(node, peer, made["direct"]["uri"])).status == 404
    assert (await signed_get(node, peer, uri, private=pair.load(pair.new_rsa()))).status == 404
    assert (await node.get(uri.removeprefix(node.origin))).status == 404


async def test_who_waits_for_approval_sees_nothing_yet(node, peer):
    """G15."""
    said = await node.api(
        "POST", "/api/v1/statuses", node.token("yto"), json={"status": SECRET, "visibility": "private"}
    )
    await peer.post(f"{node.origin}/inbox", peer.follow(node.uri("yto")))
    await until(lambda: node.read(lambda db: db.value("select count(*) from follows where state = 'pending'")))
    assert (await signed_get(node, peer, said["uri"])).status == 404


async def test_side_doors_are_closed_too(node):
    """G3: none of the verbs tells a stranger that the post is there."""
    made = await private_posts(node)
    token = node.token("yto")
    for seen in ("private", "direct"):
        for verb in ("favourite", "reblog", "bookmark", "pin", "mute"):
            await node.api("POST", f"/api/v1/statuses/{made[seen]['id']}/{verb}", token, status=404)
        for path in ("", "/context", "/favourited_by", "/reblogged_by", "/source", "/history"):
            await node.api("GET", f"/api/v1/statuses/{made[seen]['id']}{path}", token, status=404)


async def test_a_blocked_peer_finds_nothing_and_is_not_heard(node, peer):
    """G11: both directions."""
    said = await node.api("POST", "/api/v1/statuses", node.token(), json={"status": "hello"})
    await peer.post(f"{node.origin}/inbox", peer.create(peer.note()))
    await until(lambda: node.read(posts.by_uri, f"{peer.origin}/notes/1"))
    badr = await node.read(actors.by_uri, peer.uri)
    amal = await node.read(actors.by_uri, node.uri("amal"))
    assert (await signed_get(node, peer, said["uri"])).status == 200
    await node.write(blocks.keep, amal["id"], badr["id"], "", 1)
    assert (await signed_get(node, peer, said["uri"])).status == 404
    mention = peer.note(
        2, to=[v.PUBLIC, node.uri("amal")], tag=[{"type": "Mention", "href": node.uri("amal")}], inReplyTo=said["uri"]
    )
    inbox = f"{node.origin}/inbox"
    await peer.post(inbox, peer.create(mention))
    for number, (kind, obj) in enumerate((("Like", said["uri"]), ("Announce", said["uri"]))):
        await peer.post(
            inbox,
            {
                "@context": v.AS2,
                "id": f"{peer.origin}/a/{number}",
                "type": kind,
                "actor": peer.uri,
                "object": obj,
                "to": [v.PUBLIC],
            },
        )
    await peer.post(inbox, peer.follow(node.uri("amal"), 7))
    await peer.wait_for(lambda one: one["type"] == "Reject")
    await until(lambda: node.read(posts.by_uri, mention["id"]))
    seen = await node.read(posts.by_uri, said["uri"])
    assert (seen["likes"], seen["boosts"]) == (0, 0)
    assert await node.read(follows.get, badr["id"], amal["id"]) is None
    assert await node.api("GET", "/api/v1/notifications", node.token()) == []


async def test_who_is_tagged_but_not_addressed_is_not_told(node, peer):
    """G16."""
    note = peer.note(1, tag=[{"type": "Mention", "href": node.uri("amal"), "name": "@amal"}])
    await peer.post(f"{node.origin}/inbox", peer.create(note))
    await until(lambda: node.read(posts.by_uri, note["id"]))
    assert await node.api("GET", "/api/v1/notifications", node.token()) == []
    told = peer.note(2, tag=note["tag"], cc=[node.uri("amal")])
    await peer.post(f"{node.origin}/inbox", peer.create(told))
    await until(lambda: node.read(lambda db: db.value("select count(*) from notifications")))


async def test_a_boost_of_what_is_private_is_nothing(node, peer):
    """G10."""
    made = await private_posts(node)
    for number, seen in enumerate(("private", "direct")):
        boost = {
            "@context": v.AS2,
            "id": f"{peer.origin}/a/{number}",
            "type": "Announce",
            "actor": peer.uri,
            "object": made[seen]["uri"],
            "to": [v.PUBLIC],
        }
        await peer.post(f"{node.origin}/inbox", boost)
    await until(lambda: node.read(lambda db: db.value("select count(*) = 2 from received where state <> 'waiting'")))
    assert await node.read(lambda db: db.value("select count(*) from posts where boost_of is not null")) == 0
    await node.api("POST", f"/api/v1/statuses/{made['direct']['id']}/reblog", node.token(), status=403)


async def test_what_a_peer_says_to_one_of_us_is_for_her_alone(node, peer):
    """G6, G7, G9: bto and bcc are read and never shown; the others of us see nothing."""
    note = peer.note(1, content=f"<p>{SECRET}</p>", to=[node.uri("yto")], cc=[], bto=[node.uri("amal")])
    await peer.post(f"{node.origin}/inbox", peer.create(note))
    row = await until(lambda: node.read(posts.by_uri, note["id"]))
    await node.api("GET", f"/api/v1/statuses/{row['id']}", status=404)
    assert (await node.api("GET", f"/api/v1/statuses/{row['id']}", node.token("yto")))["visibility"] == "direct"
    assert "bto" not in str(await node.api("GET", f"/api/v1/statuses/{row['id']}", node.token("yto")))


async def test_followers_are_counted_and_not_listed(node, peer):
    """G14."""
    await peer.post(f"{node.origin}/inbox", peer.follow(node.uri("amal")))
    await peer.wait_for(lambda one: one["type"] == "Accept")
    answer = await node.get("/users/amal/followers")
    assert peer.uri not in await answer.text()
    assert (await node.get("/users/amal/followers_synchronization")).status == 401
    listed = await signed_get(node, peer, f"{node.uri('amal')}/followers_synchronization")
    assert (await listed.json(content_type=None))["orderedItems"] == [peer.uri]


async def test_a_list_asked_for_without_end_is_clamped(node):
    """D20."""
    token = node.token()
    for number in range(3):
        await node.api("POST", "/api/v1/statuses", token, json={"status": f"{number}"})
    for limit in ("1000000", "-1", "0", "x", "99999999999999999999", "1e9", ""):
        found = await ask(node, f"/api/v1/timelines/public?limit={limit}", "application/json", token)
        assert found[0] in (200, 400, 422), limit


@pytest.mark.parametrize("to", [[], ["{peer}/users/badr/lists/1"], ["{peer}/users/badr/followers"]])
async def test_what_comes_to_ones_own_inbox_is_ones_own_to_read(node: Node, peer: Peer, to: list[str]) -> None:
    """bto and bcc are taken out on the way: nobody is named, and only those whose inboxes had it may read it."""
    note = peer.note(content="<p>entre nous</p>", to=[one.format(peer=peer.origin) for one in to], cc=[])
    create = peer.create(note)
    for _ in range(2):
        assert await peer.post(f"{node.uri('amal')}/inbox", create) == 202
    kept = await until(lambda: node.read(posts.by_uri, note["id"]))
    assert kept["visibility"] == ("followers" if "followers" in str(to) else "direct")

    path = f"/api/v1/statuses/{kept['id']}"
    assert (await node.api("GET", path, node.token()))["content"] == "<p>entre nous</p>"
    await node.api("GET", path, node.token("yto"), status=404)
    await node.api("GET", path, status=404)
    if kept["visibility"] == "followers":
        return
    assert await peer.post(f"{node.uri('yto')}/inbox", create) == 202
    assert (await node.api("GET", path, node.token("yto")))["content"] == "<p>entre nous</p>"
    told = await node.api("GET", "/api/v1/notifications", node.token("yto"))
    assert [one["status"]["id"] for one in told] == [str(kept["id"])]


async def test_nobody_reads_along_because_she_puts_it_into_her_inbox(node: Node, peer: Peer) -> None:
    """What names its readers is for them, whichever inbox it comes to; and only its author opens it to more."""
    note = peer.note(to=[node.uri("amal")], cc=[])
    for name in ("amal", "yto"):
        await peer.post(f"{node.uri(name)}/inbox", peer.create(note))
    kept = await until(lambda: node.read(posts.by_uri, note["id"]))
    await node.api("GET", f"/api/v1/statuses/{kept['id']}", node.token("yto"), status=404)


async def test_a_hashtag_of_private_words_is_no_hashtag_to_others(node):
    """Whoever typed its first letters was told that somebody had written it, to whomever it was."""
    made, hers, other = await private_posts(node), node.token(), node.token("yto")
    assert made["direct"]["tags"][0]["name"] == SECRET
    for token, seen in ((None, 0), (other, 0), (hers, 1)):
        found = await node.api("GET", f"/api/v2/search?q={SECRET[:4]}&type=hashtags", token)
        assert len(found["hashtags"]) == seen
        one = await node.api("GET", f"/api/v1/tags/{SECRET}", token)
        unknown = await node.api("GET", "/api/v1/tags/neverwritten", token)
        assert (one["id"] == unknown["id"]) is (seen == 0)
    words = {"status": f"now in the open #{SECRET}"}
    await node.api("POST", "/api/v1/statuses", hers, json=words)
    found = await node.api("GET", f"/api/v2/search?q={SECRET[:4]}&type=hashtags")
    assert [one["name"] for one in found["hashtags"]] == [SECRET]
