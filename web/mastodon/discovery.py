"""What there is to find: suggestions, the directory, what is read most; all from this node's own data."""

import orjson
from aiohttp import web

from federation.bridge import now
from node import emojis
from node.people import actors, listing, notes
from node.posts import trends
from node.store import Database
from web.mastodon import entities, shelf
from web.mastodon.answers import accounts, done, found, statuses
from web.mastodon.requests import Page, bearer, flag, number, params, path_id, reply, text, viewer
from web.state import BRIDGE

routes = web.RouteTableDef()


@routes.get("/api/v2/suggestions")
async def suggestions(request: web.Request) -> web.Response:
    """Whom one could follow."""
    who = await bearer(request, "read", "read:accounts")
    page = Page(await params(request), 40, 80)
    origin = request.app[BRIDGE].origin

    def read(db: Database) -> bytes:
        made = []
        for row in notes.suggestions(db, who.actor or 0, page.limit):
            source = {"source": "past_interactions", "sources": ["friends_of_friends"]} if row["near"] else {
                "source": "global", "sources": ["most_followed"]}  # fmt: skip
            made.append(orjson.dumps(source)[:-1] + b',"account":' + shelf.account(db, row, origin) + b"}")
        return b"[" + b",".join(made) + b"]"

    return reply(request, await request.app[BRIDGE].store.read(read))


@routes.get("/api/v1/suggestions")
async def suggestions_v1(request: web.Request) -> web.Response:
    """The same, as older apps know it."""
    who = await bearer(request, "read", "read:accounts")
    page = Page(await params(request), 40, 80)
    return await accounts(request, lambda db: notes.suggestions(db, who.actor or 0, page.limit))


@routes.delete(r"/api/v1/suggestions/{id:\d+}")
async def not_this(request: web.Request) -> web.Response:
    """It is suggested no more."""
    who = await bearer(request, "write:accounts", "read")
    return await done(
        request, lambda db: notes.hide_suggestion(db, who.actor or 0, actors.get(db, path_id(request))["id"])
    )


@routes.get("/api/v1/directory")
async def directory(request: web.Request) -> web.Response:
    """Those who wish to be found: the active first, or the new."""
    await viewer(request, "read:accounts")
    sent = await params(request)
    page, offset, new = Page(sent, 40, 80), number(sent, "offset") or 0, text(sent, "order") == "new"
    return await accounts(
        request, lambda db: listing.directory(db, page.limit, offset, new=new, here=flag(sent, "local"))
    )


@routes.get("/api/v1/trends/statuses")
async def statuses_most_read(request: web.Request) -> web.Response:
    """Public posts of the last week that most people liked and passed on."""
    who = await viewer(request, "read:statuses")
    sent = await params(request)
    page, offset = Page(sent), number(sent, "offset") or 0
    return await statuses(request, who, lambda db: trends.posts(db, who, now(), page.limit, offset))


@routes.get("/api/v1/custom_emojis")
async def custom_emojis(request: web.Request) -> web.Response:
    """Those that the operator drew: people here write them as `:shortcode:`."""
    await viewer(request)
    origin = request.app[BRIDGE].origin
    return await found(
        request,
        lambda db: [entities.emoji(row["shortcode"], row["id"], origin, row["category"]) for row in emojis.listed(db)],
    )
