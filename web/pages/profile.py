"""A person's or an association's page."""

from aiohttp import web

from federation import actors as documents
from federation import vocabulary as v
from node.errors import NotFound
from node.people import actors
from node.posts import posts, timelines
from node.store import Database, Row
from web import activitypub, rendering
from web.state import BRIDGE

routes = web.RouteTableDef()
PAGE = 20


@routes.get("/@{name}")
async def profile(request: web.Request) -> web.Response:
    """Who she is and what she says; asked for ActivityPub, the document itself."""
    store = request.app[BRIDGE].store
    actor = await store.read(find, request.match_info["name"])
    if activitypub.wants_activity(request) and actor["local"]:
        body = v.dump(await store.read(documents.render, actor))
        return web.Response(body=body, headers=activitypub.JSON_HEADERS)
    shown = await store.read(_shown, actor["id"])
    return await rendering.page(request, "profile.html", "member", actor=actor, posts=shown)


def find(db: Database, name: str) -> Row:
    """The actor of `name` or `name@host`.  Raises NotFound."""
    plain, _, host = name.partition("@")
    actor = actors.by_handle(db, plain, host)
    if actor is None or actor["gone"]:
        raise NotFound("There is no such account here.")
    return actor


def _shown(db: Database, author: int) -> list[Row]:
    found = timelines.of_author(db, author, None, 2**63 - 1, 0, PAGE, boosts=False)
    return [posts.get(db, one) for one in found]
