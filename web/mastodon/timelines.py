"""Timelines: home, public, hashtag."""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from node.posts import timelines
from node.store import Database
from node.text import fold
from web.mastodon import shelf
from web.mastodon.requests import Page, bearer, flag, params, reply, several, viewer
from web.state import BRIDGE

routes = web.RouteTableDef()

MOST_TAGS = 4  # beside the one of the path

Find = Callable[[Database], list[int]]


@routes.get("/api/v1/timelines/home")
async def home(request: web.Request) -> web.Response:
    """What those whom one follows say."""
    who = await bearer(request, "read:statuses")
    actor = who.actor or 0
    page = Page(await params(request))
    read = _reading(
        request, actor, lambda db: timelines.home(db, actor, page.before, page.after, page.limit, oldest=page.oldest)
    )
    return _page(request, *await request.app[BRIDGE].store.browse(read))


@routes.get("/api/v1/timelines/public")
async def public(request: web.Request) -> web.Response:
    """What everybody may read: of here, of elsewhere, or both."""
    who = await viewer(request, "read:statuses")
    sent = await params(request)
    page = Page(sent)
    read = _reading(
        request, who,
        lambda db: timelines.public(
            db, who, page.before, page.after, page.limit, here=flag(sent, "local"), elsewhere=flag(sent, "remote"),
            media=flag(sent, "only_media"), oldest=page.oldest,
        ),
    )  # fmt: skip
    return _page(request, *await request.app[BRIDGE].store.browse(read))


@routes.get("/api/v1/timelines/tag/{name}")
async def tag(request: web.Request) -> web.Response:
    """Public posts with a hashtag."""
    who = await viewer(request, "read:statuses")
    sent = await params(request)
    page = Page(sent)
    return await _show(
        request, who,
        lambda db: timelines.with_tag(
            db, fold(request.match_info["name"]), who, page.before, page.after, page.limit,
            here=flag(sent, "local"), elsewhere=flag(sent, "remote"), media=flag(sent, "only_media"),
            oldest=page.oldest, also=_folded(sent, "any"), every=_folded(sent, "all"), none=_folded(sent, "none"),
        ),
    )  # fmt: skip


def _folded(sent: dict[str, Any], name: str) -> list[str]:
    """More hashtags, as they are kept."""
    return [fold(str(one).lstrip("#")) for one in several(sent, name) if str(one).strip("# ")][:MOST_TAGS]


async def _show(request: web.Request, who: int | None, find: Find) -> web.Response:
    return _page(request, *await request.app[BRIDGE].store.read(_reading(request, who, find)))


def _reading(request: web.Request, who: int | None, find: Find) -> Callable[[Database], tuple[bytes, list[int]]]:
    """What reads the statuses that `find` names, as JSON for the viewer, and their ids."""
    origin = request.app[BRIDGE].origin

    def read(db: Database) -> tuple[bytes, list[int]]:
        found = find(db)
        return shelf.statuses(db, found, who, origin), found

    return read


def _page(request: web.Request, body: bytes, found: list[int]) -> web.Response:
    return reply(request, body, found[0] if found else None, found[-1] if found else None)
