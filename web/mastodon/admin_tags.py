"""The moderators' side: hashtags, and which of them may be shown among what is read most."""

from typing import Any

from aiohttp import web

from federation.bridge import now
from node.care import audit
from node.errors import Invalid, NotFound
from node.posts import tags as known
from node.posts import trends
from node.store import Database, Row
from node.text import fold
from web.mastodon import tags
from web.mastodon.admin import moderator
from web.mastodon.answers import done, ends, found
from web.mastodon.requests import Page, answer, flag, params, path_id, text
from web.state import BRIDGE

routes = web.RouteTableDef()


@routes.get("/api/v1/admin/tags")
async def every_tag(request: web.Request) -> web.Response:
    """Every hashtag that is known here, the newest first"""
    who = await moderator(request, "admin:read")
    page, origin = Page(await params(request), 100, 200), request.app[BRIDGE].origin

    def read(db: Database) -> tuple[list[dict[str, Any]], list[int]]:
        rows = known.listed(db, page.before, page.after, page.limit)
        return [entity(db, row, who.actor, origin) for row in rows], [row["id"] for row in rows]

    body, numbers = await request.app[BRIDGE].store.read(read)
    return answer(request, body, ends=ends(numbers))


@routes.get(r"/api/v1/admin/tags/{id:\d+}")
async def one_tag(request: web.Request) -> web.Response:
    """One of them"""
    who = await moderator(request, "admin:read")
    origin = request.app[BRIDGE].origin
    return await found(request, lambda db: entity(db, _tag(db, path_id(request)), who.actor, origin))


@routes.put(r"/api/v1/admin/tags/{id:\d+}")
async def change_tag(request: web.Request) -> web.Response:
    """`trendable`: whether it may be shown among what is read most. Nobody is kept from using a hashtag here"""
    who = await moderator(request, "admin:write")
    sent, origin = await params(request), request.app[BRIDGE].origin

    def act(db: Database) -> dict[str, Any]:
        row = _tag(db, path_id(request))
        if fold(text(sent, "display_name", row["name"])) != row["name"]:
            raise Invalid("Validation failed: Display name only the letter casing can be changed")
        for name in ("usable", "listable"):
            if not flag(sent, name, True):
                raise Invalid(f"Validation failed: {name.title()} is always true on this server")
        if sent.get("trendable") is not None:
            refused = not flag(sent, "trendable")
            trends.judge(db, "tag", row["id"], now(), refused=refused)
            audit.note(db, who.user, who.actor, f"trend {'rejected' if refused else 'approved'}", now(), str(row["id"]))
        return entity(db, row, who.actor, origin)

    return await done(request, act)


def entity(db: Database, row: Row, viewer: int | None, origin: str) -> dict[str, Any]:
    """Admin::Tag."""
    return tags.entity(db, row, viewer, origin) | {
        "trendable": not trends.is_refused(db, "tag", row["id"]), "usable": True, "listable": True, "requires_review": False,
    }  # fmt: skip


def _tag(db: Database, number: int) -> Row:
    found = known.get(db, number)
    if found is None:
        raise NotFound("Record not found")
    return found
