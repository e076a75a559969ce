"""What is said under a hashtag."""

from aiohttp import web

from node.posts import timelines
from node.store import Database
from node.text import fold, one_line
from web import rendering, viewer
from web.pages import cards, lists, sifting
from web.pages.cards import Card
from web.rendering import Head
from web.state import BRIDGE

routes = web.RouteTableDef()


@routes.get("/tags/{name}")
async def tag(request: web.Request) -> web.StreamResponse:
    """Public posts with the tag, the newest first."""
    name = one_line(request.match_info["name"], 100)
    await rendering.read_by(request)
    posts, found = await request.app[BRIDGE].store.read(
        _show, fold(name), viewer.actor_of(request), lists.asked(request)
    )
    posts = sifting.sift(sifting.of(request, "public"), posts, viewer.actor_of(request))
    older, newer = lists.ways(request, found)
    origin = request.app[BRIDGE].origin
    return await rendering.page(
        request, "tag.html", "tag", tag_name=name, posts=posts, filtered=bool(found), older=older, newer=newer,
        head=Head(title=f"#{name}", canonical=f"{origin}{request.rel_url.raw_path}",
                  feed=f"{origin}{request.rel_url.raw_path}/feed", indexed=bool(posts)),
    )  # fmt: skip


def _show(db: Database, name: str, seer: int | None, span: lists.Span) -> tuple[list[Card], list[int]]:
    found = timelines.with_tag(db, name, seer, span.before, span.after, lists.PAGE, oldest=span.oldest)
    return cards.cards(db, found, seer), found
