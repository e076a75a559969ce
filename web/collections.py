"""Lists that peers ask for: what hangs on a post, who follows, what was said, what is pinned.

Source: ActivityPub §5; FEP-8fcf; FEP-1b12; interop §2.
"""

import hashlib
from typing import Any

from aiohttp import web

from federation import synchronization
from federation import vocabulary as v
from federation.kinds import rendering
from node import ids, letters
from node.errors import Unproven
from node.people import follows
from node.posts import interests, posts, timelines, visibility
from node.store import Database, Row
from web import groups
from web.activitypub import PRIVATE, actor_in_path, as_json, of_actors, owner_of, reader, see
from web.state import BRIDGE

routes = web.RouteTableDef()

PAGE = 20


@routes.get(r"/posts/{id:\d+}/{name:replies|likes|shares|context}")
async def get_post_collection(request: web.Request) -> web.Response:
    """What hangs on a post: ids of replies and of the topic, counts of the rest."""
    post = await see(request)
    answer = await _collection(request, post)
    if post["visibility"] not in posts.OPEN:
        answer.headers["Cache-Control"] = PRIVATE
    return answer


async def _collection(request: web.Request, post: Row) -> web.Response:
    store = request.app[BRIDGE].store
    uri = f"{post['uri']}/{request.match_info['name']}"
    match request.match_info["name"]:
        case "replies":
            items = await store.read(_replies, post["id"])
            first = {"type": "CollectionPage", "partOf": uri, "items": items}
            found = {"id": uri, "type": "Collection", "totalItems": len(items), "first": first}
            return _unless_same(request, as_json(found))
        case "context":
            return await store.read(groups.context, post, request.headers.get("If-None-Match", ""))
        case name:
            count = post["likes"] if name == "likes" else post["boosts"]
            return as_json({"id": uri, "type": "Collection", "totalItems": count})


@of_actors(routes.get, "/{name_of:followers|following}")
@routes.get("/actor/{name_of:followers|following}")
async def get_relations(request: web.Request) -> web.Response:
    """How many follow and are followed: who they are is theirs to say."""
    actor = await _actor_of(request)
    which = request.match_info["name_of"]
    return as_json({"id": actor[which], "type": "OrderedCollection", "totalItems": actor[f"{which}_count"]})


@of_actors(routes.get, "/followers_synchronization")
async def get_followers_of_caller(request: web.Request) -> web.Response:
    """Which of the caller's own people follow the actor (FEP-8fcf): for signed requests, and of that server only."""
    actor = await _actor_of(request)
    caller = await reader(request)
    if caller is None:
        raise Unproven("This must be signed.")
    uris = await request.app[BRIDGE].store.read(
        lambda db: sorted(follows.uris_at_host(db, actor["id"], v.host(caller["uri"])))
    )
    answer = as_json(_ordered(f"{actor['uri']}/{synchronization.PATH}", uris))
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@of_actors(routes.get, "/outbox")
@routes.get("/actor/outbox")
async def get_outbox(request: web.Request) -> web.Response:
    """Public activities, the newest first, twenty a page; of a Group what it passed on, whole."""
    actor = await _actor_of(request)
    if actor["type"] == "Group":
        return await request.app[BRIDGE].store.read(groups.outbox, actor)
    before = request.query.get("before", "")
    if not before:
        return as_json({
            "id": actor["outbox"], "type": "OrderedCollection", "totalItems": actor["posts_count"],
            "first": f"{actor['outbox']}?before=0",
        })  # fmt: skip
    number = ids.read(before) or 0
    items, last = await request.app[BRIDGE].store.read(_outbox, actor, number or ids.LAST)
    page: dict[str, Any] = {
        "id": f"{actor['outbox']}?before={number}", "type": "OrderedCollectionPage", "partOf": actor["outbox"],
        "orderedItems": items,
    }  # fmt: skip
    if last:
        page["next"] = f"{actor['outbox']}?before={last}"
    return as_json(page)


@of_actors(routes.get, "/featured")
@routes.get("/actor/featured")
async def get_featured(request: web.Request) -> web.Response:
    """What is pinned: ids of public posts, of a Group whole topics."""
    actor = await _actor_of(request)
    if actor["type"] == "Group":
        return await request.app[BRIDGE].store.read(groups.featured, actor)
    items = await request.app[BRIDGE].store.read(_pinned, actor["id"])
    return as_json(_ordered(actor["featured"], items))


@of_actors(routes.get, "/tags")
async def get_tags(request: web.Request) -> web.Response:
    """Hashtags that the actor shows on the profile."""
    actor = await _actor_of(request)
    items = await request.app[BRIDGE].store.read(_shown_tags, actor["id"])
    return as_json({"id": f"{actor['uri']}/tags", "type": "Collection", "totalItems": len(items), "items": items})


@of_actors(routes.get, "/moderators", ("groups", "projects"))
async def get_moderators(request: web.Request) -> web.Response:
    """Who moderates a Group: ids of actors."""
    actor = await _actor_of(request)
    items = await request.app[BRIDGE].store.read(groups.moderating, actor)
    return as_json(_ordered(actor["moderators"], items))


def _ordered(uri: str, items: list[Any]) -> dict[str, Any]:
    return {"id": uri, "type": "OrderedCollection", "totalItems": len(items), "orderedItems": items}


async def _actor_of(request: web.Request) -> Row:
    actor: Row = request.app[BRIDGE].store.glance(owner_of, *actor_in_path(request))
    return actor


def _unless_same(request: web.Request, answer: web.Response) -> web.Response:
    """The answer with an ETag; 304 for a caller who has it already."""
    assert isinstance(answer.body, bytes)
    tag = f'"{hashlib.sha256(answer.body).hexdigest()[:32]}"'
    asked = [one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")]
    headers = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept, Signature"}
    if tag in asked:
        return web.Response(status=304, headers=headers)
    answer.headers.update(headers)
    return answer


def _replies(db: Database, post: int) -> list[str]:
    sql = (
        "select posts.uri from posts where posts.reply_to = :post and "
        + visibility.POSTS
        + " order by posts.id limit 500"
    )
    return [row[0] for row in db.rows(sql, {"post": post, "viewer": None})]


def _outbox(db: Database, actor: Row, before: int) -> tuple[list[Any], int]:
    if actor["type"] == "Application":
        rows = letters.announced(db, actor["id"], before, PAGE)
        return [v.read_json(letters.body(row)) for row in rows], rows[-1]["id"] if len(rows) == PAGE else 0
    found = timelines.of_author(db, actor["id"], None, before, 0, PAGE)
    items: list[Any] = []
    for identifier in found:
        post = posts.get(db, identifier)
        letter = letters.by_uri(db, post["uri"] if post["boost_of"] else f"{post['uri']}/activity")
        if letter is not None:
            said = v.read_json(letters.body(letter))
            items.append(said if post["boost_of"] else groups.of_today(said, post))
    return items, found[-1] if len(found) == PAGE else 0


def _shown_tags(db: Database, actor: int) -> list[dict[str, Any]]:
    return [rendering.hashtag(db, row["shown"]) for row in interests.featured(db, actor)]


def _pinned(db: Database, actor: int) -> list[str]:
    sql = (
        "select posts.uri from pins join posts on posts.id = pins.post where pins.actor = :actor and "
        + visibility.POSTS + " order by pins.at desc limit 50"
    )  # fmt: skip
    return [row[0] for row in db.rows(sql, {"actor": actor, "viewer": None})]
