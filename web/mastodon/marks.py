"""What one does with a status for oneself: bookmark, pin, mute its conversation; and the lists of these."""

from aiohttp import web

from federation.bridge import now
from federation.handlers import add
from node.people import actors, mutes
from node.posts import marks
from node.store import Database
from web.mastodon.answers import done_to, marked, must_see, original
from web.mastodon.requests import Page, bearer, params, path_id

routes = web.RouteTableDef()


@routes.post(r"/api/v1/statuses/{id:\d+}/{verb:bookmark|unbookmark}")
async def bookmark(request: web.Request) -> web.Response:
    """Keep it for later, or no more."""
    who = await bearer(request, "write:bookmarks")
    keep = request.match_info["verb"] == "bookmark"

    def act(db: Database) -> int:
        post = original(db, must_see(db, path_id(request), who.actor))
        if keep:
            marks.bookmark(db, who.actor or 0, post["id"], now())
        else:
            marks.unbookmark(db, who.actor or 0, post["id"])
        return int(post["id"])

    return await done_to(request, who.actor, act)


@routes.post(r"/api/v1/statuses/{id:\d+}/{verb:pin|unpin}")
async def pin(request: web.Request) -> web.Response:
    """One's profile begins with it, or no more."""
    who = await bearer(request, "write:accounts")
    keep = request.match_info["verb"] == "pin"

    def act(db: Database) -> int:
        post, actor = must_see(db, path_id(request), who.actor), actors.get(db, who.actor or 0)
        (add.put if keep else add.take_back)(db, actor, post, now())
        return int(post["id"])

    return await done_to(request, who.actor, act)


@routes.post(r"/api/v1/statuses/{id:\d+}/{verb:mute|unmute}")
async def mute(request: web.Request) -> web.Response:
    """Hear no more of its conversation, or again."""
    who = await bearer(request, "write:mutes")
    quiet = request.match_info["verb"] == "mute"

    def act(db: Database) -> int:
        post = must_see(db, path_id(request), who.actor)
        if quiet:
            mutes.keep_thread(db, who.actor or 0, post["thread"], now())
        else:
            mutes.end_thread(db, who.actor or 0, post["thread"])
        return int(post["id"])

    return await done_to(request, who.actor, act)


@routes.get("/api/v1/bookmarks")
async def bookmarks(request: web.Request) -> web.Response:
    """One's bookmarks, the last made first."""
    who = await bearer(request, "read:bookmarks")
    page = Page(await params(request))
    actor = who.actor or 0
    return await marked(request, actor, lambda db: marks.bookmarks(db, actor, page.window))


@routes.get("/api/v1/favourites")
async def favourites(request: web.Request) -> web.Response:
    """What one liked, the last first."""
    who = await bearer(request, "read:favourites")
    page = Page(await params(request))
    actor = who.actor or 0
    return await marked(request, actor, lambda db: marks.favourites(db, actor, page.window))
