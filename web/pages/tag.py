"""What is said under a hashtag; hashtags that a member follows."""

from dataclasses import dataclass

from aiohttp import web

from federation.bridge import now
from node.errors import NotFound
from node.posts import interests, tags, timelines
from node.posts.compose import is_hashtag
from node.store import Database
from node.text import fold, one_line
from node.window import Window
from web import guard, rendering, viewer
from web.pages import act, cards, lists, sifting
from web.pages.cards import Card
from web.rendering import Head
from web.state import BRIDGE

routes = web.RouteTableDef()

FOLLOWED = 200  # of one member on one page


@dataclass(slots=True)
class Shown:
    """A page of posts; followed: by who looks."""

    posts: list[Card]
    ids: list[int]
    followed: bool = False


@routes.get("/tags/{name}")
async def tag(request: web.Request) -> web.StreamResponse:
    """Public posts with the tag, the newest first."""
    name = one_line(request.match_info["name"], 100)
    await rendering.read_by(request)
    shown = await request.app[BRIDGE].store.read(_show, name, viewer.actor_of(request), lists.asked(request))
    posts = sifting.sift(sifting.of(request, "public"), shown.posts, viewer.actor_of(request))
    older, newer = lists.ways(request, shown.ids)
    origin = request.app[BRIDGE].origin
    return await rendering.page(
        request, "tag.html", "tag", tag_name=name, posts=posts, filtered=bool(shown.ids), older=older, newer=newer,
        followed=shown.followed, may_follow=is_hashtag(name),
        head=Head(title=f"#{name}", canonical=f"{origin}{request.rel_url.raw_path}",
                  feed=f"{origin}{request.rel_url.raw_path}/feed", indexed=bool(posts)),
    )  # fmt: skip


def _show(db: Database, name: str, seer: int | None, span: lists.Span) -> Shown:
    found = timelines.with_tag(db, fold(name), seer, span.before, span.after, lists.PAGE, oldest=span.oldest)
    known = tags.find(db, name) if seer is not None else None
    followed = known is not None and seer is not None and interests.follows(db, seer, known["id"])
    return Shown(cards.cards(db, found, seer), found, followed)


@routes.post(r"/tags/{name}/{verb:follow|unfollow}")
async def follow(request: web.Request) -> web.StreamResponse:
    """Public posts with the tag come home from now on, or no more."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    guard.often(request, "act", member, *act.ACTS)
    name = one_line(request.match_info["name"], 100)
    if not is_hashtag(name):
        raise NotFound("There is no page at this address.")
    store = request.app[BRIDGE].store
    if request.match_info["verb"] == "follow":
        await store.write(interests.follow, member.actor, name, now())
    else:
        await store.write(interests.unfollow, member.actor, name)
    raise guard.to(guard.back(request, sent, "/me/tags"))


@routes.get("/me/tags")
async def mine(request: web.Request) -> web.StreamResponse:
    """Hashtags that she follows, every one with the button that ends it."""
    member = await guard.must_be_member(request)
    await rendering.read_by(request)
    found = await request.app[BRIDGE].store.read(_followed, member.actor)
    return await rendering.page(request, "tags.html", "me", found=found)


def _followed(db: Database, actor: int) -> list[str]:
    return [tags.shown(db, row) for row in interests.followed(db, actor, Window(limit=FOLLOWED))]
