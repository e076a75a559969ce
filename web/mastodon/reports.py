"""Reports: what a member tells the moderators."""

from typing import Any

from aiohttp import web

from federation import reporting
from federation.bridge import now
from federation.handlers import flag as flags
from node.care import reports
from node.people import actors
from node.posts import posts as kept
from node.posts import visibility
from node.store import Database
from web.mastodon import entities
from web.mastodon.answers import done
from web.mastodon.requests import bearer, flag, ids, number, params, several, text
from web.state import BRIDGE, LIMITS

routes = web.RouteTableDef()

# How many in so many seconds: of one member, of one member to other servers, of all members to one server.
REPORTS = (20, 3600)
FORWARDS = (10, 3600)
FORWARDS_TO_A_SERVER = (60, 86_400)


@routes.post("/api/v1/reports")
async def report(request: web.Request) -> web.Response:
    """Tell the moderators of an account, with statuses; `forward` tells its own server too."""
    who = await bearer(request, "write:reports")
    sent = await params(request)
    _within(request, "report", str(who.user), *REPORTS)
    target = number(sent, "account_id")
    category = text(sent, "category") or ("violation" if several(sent, "rule_ids") else "other")
    origin = request.app[BRIDGE].origin

    account = await request.app[BRIDGE].store.read(actors.get, target or 0)
    if flag(sent, "forward"):
        _within(request, "forward", str(who.user), *FORWARDS)
    if flag(sent, "forward") and not account["local"]:
        _within(request, "forward to", account["host"], *FORWARDS_TO_A_SERVER)

    def act(db: Database) -> dict[str, Any]:
        shown = [visibility.see(db, one, who.actor) for one in ids(sent, "status_ids")]
        posts = [row["id"] for row in shown if row is not None and row["author"] == account["id"]]
        forward = flag(sent, "forward") and (not account["local"] or _stands_elsewhere(db, posts))
        made = reports.keep(
            db, who.actor or 0, account["id"], posts, text(sent, "comment")[:1000], now(), category=category, forward=forward,
            rules=ids(sent, "rule_ids"),
        )  # fmt: skip
        reporting.tell_moderators(db, account["id"], posts, text(sent, "comment"), now())
        if forward:
            flags.put(db, account, posts, text(sent, "comment"), now())
        row = reports.get(db, made or 0)
        assert row is not None
        return entities.report(row, account, origin)

    return await done(request, act)


def _stands_elsewhere(db: Database, identifiers: list[int]) -> bool:
    """Whether any of the posts stands in a forum of another server, whose moderators decide about it."""
    places = {post["place"] for post in (kept.get(db, one) for one in identifiers)} - {None}
    return any(not actors.get(db, one)["local"] for one in places)


def _within(request: web.Request, kind: str, name: str, each: int, seconds: int) -> None:
    """Raises 429 beyond the measure."""
    wait = request.app[LIMITS].take_named(kind, name, each, seconds)
    if wait:
        raise web.HTTPTooManyRequests(headers={"Retry-After": str(wait)})
