"""The door for peers: what they post to us, and the documents that we show them.

Source: ActivityPub §4-7; interop §2, §8.1, §10.
"""

import hashlib
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from aiohttp import web
from multidict import CIMultiDict

from federation import (
    activity,
    actors,
    blind,
    companions,
    inbox,
    quoting,
    resolve,
    signatures,
    suspending,
    synchronization,
)
from federation import vocabulary as v
from federation.bridge import now
from federation.kinds import companion, rendering
from federation.kinds.table import KINDS
from node import hosts, ids, letters
from node.errors import Forbidden, Gone, NodeError, NotFound, Unproven
from node.people import actors as people
from node.people import follows
from node.posts import interests, posts, timelines, tombstones, visibility
from node.store import Database, Row
from web import groups, guard
from web.state import BRIDGE, DOCUMENTS, LIMITS

routes = web.RouteTableDef()

LARGEST = 1_048_576  # bytes of an activity
PAGE = 20
OWNERS = "{folder:users|orgs|groups|projects}/{name}"
INBOX_EACH, INBOX_SECONDS = 1200, 60.0  # activities from one address
TYPES = (v.ACTIVITY_JSON, "application/ld+json", "application/json")
PRIVATE = "private, no-store"
PAGES = frozenset(("text/html", "application/xhtml+xml"))
JSON_HEADERS = {"Content-Type": v.ACTIVITY_JSON, "Vary": "Accept, Signature"}
_JSON_HEADERS = CIMultiDict(JSON_HEADERS)  # a copy costs less than one made anew


@routes.post("/inbox")
@routes.post(f"/{OWNERS}/inbox")
@routes.post("/actor/inbox")
async def post_inbox(request: web.Request) -> web.Response:
    """Take one activity from a peer; 202 says that we keep it, not that we agree."""
    bridge = request.app[BRIDGE]
    wait = request.app[LIMITS].take("inbox", request.remote, INBOX_EACH, INBOX_SECONDS)
    if wait:
        raise web.HTTPTooManyRequests(headers={"Retry-After": str(wait)})
    if request.content_type not in TYPES:
        raise web.HTTPUnsupportedMediaType
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise web.HTTPUnsupportedMediaType
    if (request.content_length or 0) > LARGEST:
        raise web.HTTPRequestEntityTooLarge(LARGEST, request.content_length or 0)
    if not signatures.is_signed(request.headers):
        raise Unproven("This must be signed.")
    body = await request.read()
    owner: Row | None = None
    if "name" in request.match_info:
        owner = bridge.store.glance(_owner, request.match_info["folder"], request.match_info["name"])
    outline = activity.hear(body, None, bridge.development)
    if _is_farewell_of_a_stranger(request, outline):
        return web.Response(status=202)
    signer = await signatures.authenticate(
        request.method, request.raw_path, request.headers, body, datetime.now(UTC), bridge.origin,
        lambda key_id, again: resolve.key(bridge, key_id, again),
    )  # fmt: skip
    if bridge.is_ours(signer.actor):
        raise Unproven("We do not write to ourselves.")
    heard = activity.heard_from(outline, signer, body, bridge.development)
    if owner is not None:
        heard, body = blind.named(heard, body, owner, bridge.origin)
    synchronized = request.headers.get(synchronization.HEADER, "")
    await bridge.store.write(_keep, heard, body, signer, synchronized, owner, now())
    return web.Response(status=202)


def _keep(
    db: Database, heard: activity.Heard, body: bytes, signer: signatures.Signer, synchronized: str,
    owner: Row | None, at: int,
) -> bool:  # fmt: skip
    if any(hosts.refuses(db, host) for host in {v.host(signer.actor), v.host(heard.actor)}):
        raise Forbidden("We do not speak with this server.", host=v.host(signer.actor))
    kept = inbox.keep(db, heard, body, signer, at)
    if not kept and owner is not None:
        blind.again(db, heard, owner, at)
    if synchronized:
        synchronization.heard(db, synchronized, signer.actor, at)
    return kept


def _is_farewell_of_a_stranger(request: web.Request, heard: activity.Heard) -> bool:
    """A Delete of an actor by itself that we never knew: nothing to do, and no key to ask for."""
    if heard.type != "Delete" or v.one_id(heard.document.get("object")) != heard.actor:
        return False
    return request.app[BRIDGE].store.glance(people.by_uri, heard.actor) is None


# ── documents ─────────────────────────────────────────────────────────────────


def ready(request: web.Request) -> web.Response | None:
    """The actor's document that is kept as bytes, for whoever asks for one: before anything else is looked at."""
    kept = request.app[DOCUMENTS].get(request.path) if request.method == "GET" else None
    if kept is None or not wants_activity(request):
        return None
    return web.Response(body=kept, headers=_JSON_HEADERS.copy())


@routes.get("/actor")
@routes.get(f"/{OWNERS}")
async def get_actor(request: web.Request) -> web.Response:
    """An actor's document; asked for HTML, the page."""
    store, documents = request.app[BRIDGE].store, request.app[DOCUMENTS]
    turn = documents.turn
    actor = store.glance(_owner, request.match_info.get("folder", ""), request.match_info.get("name", ""))
    if not wants_activity(request):
        raise web.HTTPFound(actor["url"])
    body = v.dump(await store.read(actors.render, actor))
    documents.keep(request.path, body, actor["id"], turn)
    return web.Response(body=body, headers=JSON_HEADERS)


@routes.get(r"/posts/{id:\d+}")
async def get_post(request: web.Request) -> web.Response:
    """A post's document, for those who may see it; for others it does not exist."""
    post = await _see(request)
    if not wants_activity(request):
        raise web.HTTPFound(post["url"])
    body = posts.document(post)
    if body is None:
        raise NotFound("Record not found")
    return web.Response(body=body, headers=_caching(post))


@routes.get(r"/posts/{id:\d+}/activity")
async def get_create(request: web.Request) -> web.Response:
    """The Create of a post, as it was sent; of an edited one with its present words."""
    post = await _see(request)
    letter = await request.app[BRIDGE].store.read(letters.by_uri, f"{post['uri']}/activity")
    if letter is None:
        raise NotFound("Record not found")
    sent = letters.body(letter)
    create = v.read_json(sent)
    today = groups.of_today(create, post)
    return web.Response(body=sent if today is create else v.dump(today), headers=_caching(post))


@routes.get(r"/posts/{id:\d+}/note")
async def get_companion(request: web.Request) -> web.Response:
    """The Note that stands for an event where events are not read; its page is the event's."""
    post = await _see(request)
    if not companions.has_one(post):
        raise NotFound("Record not found")
    if not wants_activity(request):
        raise web.HTTPFound(post["url"])
    body = v.dump(await request.app[BRIDGE].store.read(companion.document, post))
    return web.Response(body=body, headers=_caching(post))


@routes.get(r"/posts/{id:\d+}/note/activity")
async def get_create_of_companion(request: web.Request) -> web.Response:
    """The Create of that Note, likewise with its present words."""
    post, store = await _see(request), request.app[BRIDGE].store
    letter = await store.read(letters.by_uri, companions.create_of(post)) if companions.has_one(post) else None
    if letter is None:
        raise NotFound("Record not found")
    today = await store.read(companion.document, post)
    found = groups.as_it_is(v.read_json(letters.body(letter)), today, local=True)
    return web.Response(body=v.dump(found), headers=_caching(post))


@routes.get(r"/activities/{id:\d+}")
async def get_activity(request: web.Request) -> web.Response:
    """Another activity of ours: one that was for everybody, or that the caller was sent."""
    bridge = request.app[BRIDGE]
    letter = await bridge.store.read(letters.by_uri, f"{bridge.origin}/activities/{request.match_info['id']}")
    if letter is None:
        raise NotFound("Record not found")
    body = letters.body(letter)
    if letter["public"]:
        return web.Response(body=body, headers=JSON_HEADERS)
    caller = await reader(request)
    if caller is None or not _was_told(caller, v.read_json(body)) or bridge.store.glance(hosts.refuses, caller["host"]):
        raise NotFound("Record not found")
    return web.Response(body=body, headers=JSON_HEADERS | {"Cache-Control": PRIVATE})


def _was_told(caller: Row, document: dict[str, Any]) -> bool:
    """Whether a letter was for the caller, or the caller asks for its whole server where somebody was told."""
    named = {v.one_id(one) for part in ("to", "cc") for one in v.as_list(document.get(part))}
    return caller["uri"] in named or (
        caller["type"] in ("Application", "Service") and caller["host"] in {v.host(one) for one in named}
    )


@routes.get(r"/posts/{id:\d+}/{name:replies|likes|shares|context}")
async def get_post_collection(request: web.Request) -> web.Response:
    """What hangs on a post: ids of replies and of the topic, counts of the rest."""
    post = await _see(request)
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
            return _unless_same(request, _json(found))
        case "context":
            return await store.read(groups.context, post, request.headers.get("If-None-Match", ""))
        case name:
            count = post["likes"] if name == "likes" else post["boosts"]
            return _json({"id": uri, "type": "Collection", "totalItems": count})


@routes.get(r"/stamps/{id:\d+}")
async def get_stamp(request: web.Request) -> web.Response:
    """Our leave for somebody to quote a post of ours (FEP-044f)."""
    number = guard.path_id(request, "Record not found")
    return _json(await request.app[BRIDGE].store.read(quoting.stamp, number))


@routes.get(f"/{OWNERS}/{{name_of:followers|following}}")
@routes.get("/actor/{name_of:followers|following}")
async def get_relations(request: web.Request) -> web.Response:
    """How many follow and are followed: who they are is theirs to say."""
    actor = await _actor_of(request)
    which = request.match_info["name_of"]
    return _json({"id": actor[which], "type": "OrderedCollection", "totalItems": actor[f"{which}_count"]})


@routes.get(f"/{OWNERS}/followers_synchronization")
async def get_followers_of_caller(request: web.Request) -> web.Response:
    """Which of the caller's own people follow the actor (FEP-8fcf): for signed requests, and of that server only."""
    actor = await _actor_of(request)
    caller = await reader(request)
    if caller is None:
        raise Unproven("This must be signed.")
    uris = await request.app[BRIDGE].store.read(
        lambda db: sorted(follows.uris_at_host(db, actor["id"], v.host(caller["uri"])))
    )
    answer = _json({
        "id": f"{actor['uri']}/{synchronization.PATH}", "type": "OrderedCollection", "totalItems": len(uris),
        "orderedItems": uris,
    })  # fmt: skip
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@routes.get(f"/{OWNERS}/outbox")
@routes.get("/actor/outbox")
async def get_outbox(request: web.Request) -> web.Response:
    """Public activities, the newest first, twenty a page; of a Group what it passed on, whole."""
    actor = await _actor_of(request)
    if actor["type"] == "Group":
        return await request.app[BRIDGE].store.read(groups.outbox, actor)
    before = request.query.get("before", "")
    if not before:
        return _json({
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
    return _json(page)


@routes.get(f"/{OWNERS}/featured")
@routes.get("/actor/featured")
async def get_featured(request: web.Request) -> web.Response:
    """What is pinned: ids of public posts, of a Group whole topics."""
    actor = await _actor_of(request)
    if actor["type"] == "Group":
        return await request.app[BRIDGE].store.read(groups.featured, actor)
    items = await request.app[BRIDGE].store.read(_pinned, actor["id"])
    return _json(
        {"id": actor["featured"], "type": "OrderedCollection", "totalItems": len(items), "orderedItems": items}
    )


@routes.get(f"/{OWNERS}/tags")
async def get_tags(request: web.Request) -> web.Response:
    """Hashtags that the actor shows on the profile."""
    actor = await _actor_of(request)
    items = await request.app[BRIDGE].store.read(_shown_tags, actor["id"])
    return _json({"id": f"{actor['uri']}/tags", "type": "Collection", "totalItems": len(items), "items": items})


@routes.get("/{folder:groups|projects}/{name}/moderators")
async def get_moderators(request: web.Request) -> web.Response:
    """Who moderates a Group: ids of actors."""
    actor = await _actor_of(request)
    items = await request.app[BRIDGE].store.read(groups.moderating, actor)
    return _json(
        {"id": actor["moderators"], "type": "OrderedCollection", "totalItems": len(items), "orderedItems": items}
    )


def wants_activity(request: web.Request) -> bool:
    """Whether the caller reads ActivityPub rather than pages: what its Accept names with the higher weight.

    Both ActivityPub types with any profile, and plain JSON; a bare `*/*`, or no Accept at all, is a browser's.
    """
    return _wants(request.headers.get("Accept", "")[:2000])


@lru_cache(maxsize=128)  # peers and browsers send the same few
def _wants(accept: str) -> bool:
    weights = {"page": 0.0, "activity": 0.0}
    for part in accept.split(","):
        name, *parameters = (one.strip().lower() for one in part.split(";"))
        kind = "page" if name in PAGES else "activity" if name in TYPES else ""
        if kind:
            weights[kind] = max(weights[kind], _weight(parameters))
    return weights["activity"] > 0 and weights["activity"] >= weights["page"]


def _weight(parameters: list[str]) -> float:
    """The q of a type in Accept: 1 unless it says less."""
    for one in parameters:
        if one.startswith("q="):
            try:
                return min(1.0, max(0.0, float(one[2:])))
            except ValueError:
                return 0.0
    return 1.0


async def reader(request: web.Request, *, ask: bool = True) -> Row | None:
    """The actor who signed this GET; None for one who did not sign, or not well enough to be known.

    ask: an unknown key is asked for; else whoever signed with one stays unknown.
    """
    if not signatures.is_signed(request.headers):
        return None
    bridge = request.app[BRIDGE]
    try:
        signer = await signatures.authenticate(
            request.method, request.raw_path, request.headers, b"", datetime.now(UTC), bridge.origin,
            lambda key_id, again: resolve.key(bridge, key_id, again, ask=ask),
        )  # fmt: skip
    except NodeError:
        return None
    return await bridge.store.read(people.by_uri, signer.actor)


async def _see(request: web.Request) -> Row:
    bridge = request.app[BRIDGE]
    number = guard.path_id(request, "Record not found")
    post = bridge.store.glance(visibility.see, number, None)
    if signatures.is_signed(request.headers):
        viewer = await reader(request, ask=post is None)
        if viewer is not None and bridge.store.glance(hosts.refuses, v.host(viewer["uri"])):
            post = None
        elif viewer is not None or post is None:
            post = await bridge.store.read(visibility.see, number, viewer["id"]) if viewer is not None else None
    if post is None or not post["local"] or post["boost_of"] is not None:
        stone = await bridge.store.read(tombstones.find, f"{bridge.origin}/posts/{number}")
        if stone is not None and stone["type"] and (post is None or post["local"]):
            raise Deleted(stone)
        raise NotFound("Record not found")
    return post


class Deleted(Gone):
    """A post of ours that was deleted; its tombstone is the answer."""

    def __init__(self, stone: Row) -> None:
        super().__init__("This was deleted by its author.")
        self.body = v.dump({
            "@context": v.AS2, "id": stone["uri"], "type": "Tombstone",
            "formerType": KINDS[stone["type"]].type if stone["type"] in KINDS else "Note",
            "deleted": ids.rfc3339(stone["at"]),
        })  # fmt: skip


@web.middleware
async def entomb(request: web.Request, handler: Any) -> web.StreamResponse:
    """410 with a Tombstone for what was ours and is deleted."""
    try:
        found: web.StreamResponse = await handler(request)
        return found
    except (Deleted, GoneActor) as error:
        if not wants_activity(request):
            raise
        return web.Response(status=410, body=error.body, headers=JSON_HEADERS)


class GoneActor(Gone):
    """An actor of ours that was deleted."""

    def __init__(self, actor: Row) -> None:
        super().__init__("This account was deleted.")
        self.body = v.dump(actors.tombstone(actor))


def _owner(db: Database, folder: str, name: str) -> Row:
    if not folder:
        return people.get(db, actors.system(db))
    actor = people.ours(db, name)
    if actor is None or f"/{folder}/{actor['name']}" not in actor["uri"] or actor["name"] != name:
        raise NotFound("Record not found")
    if actor["gone"]:
        if suspending.is_suspended(db, actor):
            raise Forbidden("This account is suspended.")
        raise GoneActor(actor)
    return actor


async def _actor_of(request: web.Request) -> Row:
    folder, name = request.match_info.get("folder", ""), request.match_info.get("name", "")
    actor: Row = request.app[BRIDGE].store.glance(_owner, folder, name)
    return actor


def _caching(post: Row) -> dict[str, str]:
    return JSON_HEADERS | {"Cache-Control": "public, max-age=60" if post["visibility"] in posts.OPEN else PRIVATE}


def _json(document: dict[str, Any]) -> web.Response:
    return web.Response(body=v.dump(v.with_context(document)), headers=JSON_HEADERS)


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
