"""Timelines: home, public, hashtag."""

from typing import Any

from aiohttp import web

from node.posts import timelines
from node.text import fold
from web.mastodon.answers import statuses
from web.mastodon.requests import Page, bearer, flag, params, several, viewer

routes = web.RouteTableDef()

MOST_TAGS = 4  # beside the one of the path


@routes.get("/api/v1/timelines/home")
async def home(request: web.Request) -> web.Response:
    """What those whom one follows say."""
    who = await bearer(request, "read:statuses")
    actor, page = who.actor or 0, Page(await params(request))
    return await statuses(
        request, actor, lambda db: timelines.home(db, actor, page.before, page.after, page.limit, oldest=page.oldest)
    )


@routes.get("/api/v1/timelines/public")
async def public(request: web.Request) -> web.Response:
    """What everybody may read: of here, of elsewhere, or both."""
    who = await viewer(request, "read:statuses")
    sent = await params(request)
    page = Page(sent)
    return await statuses(
        request, who,
        lambda db: timelines.public(
            db, who, page.before, page.after, page.limit, here=flag(sent, "local"), elsewhere=flag(sent, "remote"),
            media=flag(sent, "only_media"), oldest=page.oldest,
        ),
    )  # fmt: skip


@routes.get("/api/v1/timelines/tag/{name}")
async def tag(request: web.Request) -> web.Response:
    """Public posts with a hashtag."""
    who = await viewer(request, "read:statuses")
    sent = await params(request)
    page = Page(sent)
    return await statuses(
        request, who,
        lambda db: timelines.with_tag(
            db, fold(request.match_info["name"].lstrip("#")), who, page.before, page.after, page.limit,
            here=flag(sent, "local"), elsewhere=flag(sent, "remote"), media=flag(sent, "only_media"),
            oldest=page.oldest, also=_folded(sent, "any"), every=_folded(sent, "all"), none=_folded(sent, "none"),
        ),
    )  # fmt: skip


def _folded(sent: dict[str, Any], name: str) -> list[str]:
    """More hashtags, as they are kept."""
    return [fold(str(one).lstrip("#")) for one in several(sent, name) if str(one).strip("# ")][:MOST_TAGS]
