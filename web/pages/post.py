"""A post on a page of its own, with what answers it."""

from aiohttp import web

from node.errors import NotFound
from node.people import actors
from node.posts import posts, visibility
from node.store import Database, Row
from web import activitypub, rendering
from web.state import BRIDGE

routes = web.RouteTableDef()


@routes.get(r"/@{name}/{id:\d+}")
async def post(request: web.Request) -> web.Response:
    """The post; asked for ActivityPub, its document."""
    store = request.app[BRIDGE].store
    number = int(request.match_info["id"])
    shown = await store.read(visibility.see, number, None) if number < 2**63 else None
    if shown is None or shown["boost_of"] is not None:
        raise NotFound("There is no such post.")
    if activitypub.wants_activity(request) and shown["local"]:
        return web.Response(body=posts.document(shown), headers=activitypub.JSON_HEADERS)
    author, replies = await store.read(_around, shown)
    return await rendering.page(request, "post.html", "post", post=shown, author=author, replies=replies)


def _around(db: Database, shown: Row) -> tuple[Row, list[Row]]:
    sql = (
        "select posts.* from posts where posts.reply_to = :post and "
        + visibility.POSTS
        + " order by posts.id limit 100"
    )
    return actors.get(db, shown["author"]), db.rows(sql, {"post": shown["id"], "viewer": None}).fetchall()
