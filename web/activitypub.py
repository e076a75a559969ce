"""The documents that peers ask for: who asks, whether for a document or a page, and the answer.

What they post to us is in web/inbox, lists of theirs in web/collections.
Source: ActivityPub §3.2, §4, §6.11; interop §2, §8.1, §10.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

from aiohttp import web
from multidict import CIMultiDict

from federation import (
    actors,
    companions,
    features,
    peer_keys,
    quoting,
    signatures,
    suspending,
)
from federation import vocabulary as v
from federation.kinds import companion
from federation.kinds.table import KINDS
from node import hosts, ids, letters
from node.errors import Forbidden, Gone, NodeError, NotFound
from node.people import actors as people
from node.posts import posts, tombstones, visibility
from node.store import Database, Row
from web import groups, guard
from web.state import BRIDGE, DOCUMENTS

Door = TypeVar("Door", bound=Callable[..., Any])
Register = Callable[[str], Callable[[Any], Any]]

routes = web.RouteTableDef()

FOLDERS = ("users", "orgs", "groups", "projects")
TYPES = (v.ACTIVITY_JSON, "application/ld+json", "application/json")
PRIVATE = "private, no-store"
PAGES = frozenset(("text/html", "application/xhtml+xml"))
JSON_HEADERS = {"Content-Type": v.ACTIVITY_JSON, "Vary": "Accept, Signature"}
TO_THE_PAGE = {"Vary": "Accept, Signature"}  # of a redirect: no cache in between sends peers where a browser was sent
_JSON_HEADERS = CIMultiDict(JSON_HEADERS)  # a copy costs less than one made anew


def ready(request: web.Request) -> web.Response | None:
    """The actor's document that is kept as bytes, for whoever asks for one: before anything else is looked at."""
    kept = request.app[DOCUMENTS].get(request.path) if request.method == "GET" else None
    if kept is None or not wants_activity(request):
        return None
    return web.Response(body=kept, headers=_JSON_HEADERS.copy())


def of_actors(register: Register, rest: str = "", folders: Sequence[str] = FOLDERS) -> Callable[[Door], Door]:
    """The door below the address of each actor: a path of its own for each folder, since such are found quickest."""

    def decorate(door: Door) -> Door:
        for folder in folders:
            register(f"/{folder}/{{name}}{rest}")(door)
        return door

    return decorate


def actor_in_path(request: web.Request) -> tuple[str, str]:
    """(folder, name) of the actor at whose address something is asked; ('', '') for the node itself."""
    name = request.match_info.get("name", "")
    return (request.path.split("/", 2)[1] if name else "", name)


@routes.get("/actor")
@of_actors(routes.get)
async def get_actor(request: web.Request) -> web.Response:
    """An actor's document; asked for HTML, the page."""
    store, documents = request.app[BRIDGE].store, request.app[DOCUMENTS]
    turn = documents.turn
    actor = store.glance(owner_of, *actor_in_path(request))
    if not wants_activity(request):
        raise web.HTTPFound(actor["url"], headers=TO_THE_PAGE)
    body = v.dump(await store.read(actors.render, actor))
    documents.keep(request.path, body, actor["id"], turn)
    return web.Response(body=body, headers=JSON_HEADERS)


@routes.get(r"/posts/{id:\d+}")
async def get_post(request: web.Request) -> web.Response:
    """A post's document, for those who may see it; for others it does not exist."""
    post = await see(request)
    if not wants_activity(request):
        raise web.HTTPFound(post["url"], headers=TO_THE_PAGE)
    body = posts.document(post)
    if body is None:
        raise NotFound("Record not found")
    return web.Response(body=body, headers=_caching(post))


@routes.get(r"/posts/{id:\d+}/activity")
async def get_create(request: web.Request) -> web.Response:
    """The Create of a post, as it was sent; of an edited one with its present words."""
    post = await see(request)
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
    post = await see(request)
    if not companions.has_one(post):
        raise NotFound("Record not found")
    if not wants_activity(request):
        raise web.HTTPFound(post["url"], headers=TO_THE_PAGE)
    body = v.dump(await request.app[BRIDGE].store.read(companion.document, post))
    return web.Response(body=body, headers=_caching(post))


@routes.get(r"/posts/{id:\d+}/note/activity")
async def get_create_of_companion(request: web.Request) -> web.Response:
    """The Create of that Note, likewise with its present words."""
    post, store = await see(request), request.app[BRIDGE].store
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


@routes.get(r"/stamps/{id:\d+}")
async def get_stamp(request: web.Request) -> web.Response:
    """Our leave for somebody to quote a post of ours (FEP-044f)."""
    number = guard.path_id(request, "Record not found")
    return as_json(await request.app[BRIDGE].store.read(quoting.stamp, number))


@of_actors(routes.get, f"/{features.PATH}/{{leave}}")
async def get_leave_to_feature(request: web.Request) -> web.Response:
    """Our leave for somebody to recommend an actor of ours (FEP-7aa9)."""
    bridge = request.app[BRIDGE]
    actor = bridge.store.glance(owner_of, *actor_in_path(request))
    return as_json(features.leave(actor, request.match_info["leave"], bridge.development))


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
            lambda key_id, again: peer_keys.find(bridge, key_id, again, ask=ask),
        )  # fmt: skip
    except NodeError:
        return None
    return await bridge.store.read(people.by_uri, signer.actor)


async def see(request: web.Request) -> Row:
    """Our post in the path, for who may see it.  Raises NotFound for others; Deleted where it was."""
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


def owner_of(db: Database, folder: str, name: str) -> Row:
    """Our actor at this address; folder '' is the node itself.  Raises NotFound, Forbidden, GoneActor."""
    if not folder:
        return people.get(db, people.system(db))
    actor = people.ours(db, name)
    if actor is None or f"/{folder}/{actor['name']}" not in actor["uri"] or actor["name"] != name:
        raise NotFound("Record not found")
    if actor["gone"]:
        if suspending.is_suspended(db, actor):
            raise Forbidden("This account is suspended.")
        raise GoneActor(actor)
    return actor


def _caching(post: Row) -> dict[str, str]:
    return JSON_HEADERS | {"Cache-Control": "public, max-age=60" if post["visibility"] in posts.OPEN else PRIVATE}


def as_json(document: dict[str, Any]) -> web.Response:
    """The document as an answer, under its context."""
    return web.Response(body=v.dump(v.with_context(document)), headers=JSON_HEADERS)
