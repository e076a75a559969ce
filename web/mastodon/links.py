"""Pages that public posts link to: what many link to this week, and who does."""

from typing import Any

from aiohttp import web

from federation.bridge import now
from node.care import audit
from node.errors import NotFound
from node.posts import link_cards
from node.store import Database
from web.mastodon import entities
from web.mastodon.admin import moderator
from web.mastodon.answers import done, found, statuses
from web.mastodon.requests import Page, number, params, path_id, text, viewer
from web.state import BRIDGE

routes = web.RouteTableDef()


@routes.get("/api/v1/timelines/link")
async def with_link(request: web.Request) -> web.Response:
    """Public posts whose first link is `url`; 404 where no card of it is known."""
    who = await viewer(request, "read:statuses")
    sent = await params(request)
    page, url = Page(sent), text(sent, "url")

    def find(db: Database) -> list[int]:
        numbers = link_cards.with_card(db, url, who, page.before, page.after, page.limit, oldest=page.oldest)
        if numbers is None:
            raise NotFound("Record not found")
        return numbers

    return await statuses(request, who, find)


@routes.get("/api/v1/trends/links")
async def many_link_to(request: web.Request) -> web.Response:
    """Pages that two people or more linked to in public posts of this week."""
    await viewer(request, "read:statuses")
    sent = await params(request)
    page, offset, origin = Page(sent, 10, 20), number(sent, "offset") or 0, request.app[BRIDGE].origin
    return await found(request, lambda db: _listed(db, page.limit, offset, origin))


@routes.get("/api/v1/admin/trends/links")
async def many_link_to_for_moderators(request: web.Request) -> web.Response:
    """The same, with those that were rejected too"""
    await moderator(request, "admin:read")
    sent = await params(request)
    page, offset, origin = Page(sent, 10, 20), number(sent, "offset") or 0, request.app[BRIDGE].origin
    return await found(request, lambda db: _listed(db, page.limit, offset, origin, refused=True))


@routes.post(r"/api/v1/admin/trends/links/{id:\d+}/{verb:approve|reject}")
async def judge(request: web.Request) -> web.Response:
    """It is shown among what many link to, or is not"""
    who = await moderator(request, "admin:write")
    refused = request.match_info["verb"] == "reject"

    def act(db: Database) -> dict[str, Any]:
        if not link_cards.judge(db, path_id(request), now(), refused=refused):
            raise NotFound("Record not found")
        audit.note(
            db, who.user, who.actor, f"link {'rejected' if refused else 'approved'}", now(), str(path_id(request))
        )
        return {}

    return await done(request, act)


def _listed(db: Database, limit: int, offset: int, origin: str, *, refused: bool = False) -> list[dict[str, Any]]:
    """Trends::Link of each; for moderators with its id."""
    rows = link_cards.rising(db, now(), limit, offset, refused=refused)
    used = link_cards.history(db, [row["id"] for row in rows], now())
    return [
        entities.card(row, origin)
        | {"history": [{"day": str(day), "accounts": str(people), "uses": str(uses)} for day, uses, people in used[row["id"]]]}
        | ({"id": str(row["id"]), "requires_review": False} if refused else {})
        for row in rows
    ]  # fmt: skip
