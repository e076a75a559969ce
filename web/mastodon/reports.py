"""Reports: what a member tells the moderators."""

from typing import Any

from aiohttp import web

from federation.bridge import now
from federation.handlers import flag as flags
from node.care import reports
from node.errors import NotFound
from node.people import actors
from node.posts import visibility
from node.store import Database
from web.mastodon import entities
from web.mastodon.answers import done
from web.mastodon.requests import bearer, flag, ids, number, params, several, text
from web.state import BRIDGE

routes = web.RouteTableDef()


@routes.post("/api/v1/reports")
async def report(request: web.Request) -> web.Response:
    """Tell the moderators of an account, with statuses; `forward` tells its own server too."""
    who = await bearer(request, "write:reports")
    sent = await params(request)
    target = number(sent, "account_id")
    category = text(sent, "category") or ("violation" if several(sent, "rule_ids") else "other")
    origin = request.app[BRIDGE].origin

    def act(db: Database) -> dict[str, Any]:
        if target is None:
            raise NotFound("Record not found")
        account = actors.get(db, target)
        shown = [visibility.see(db, one, who.actor) for one in ids(sent, "status_ids")]
        posts = [row["id"] for row in shown if row is not None and row["author"] == target]
        forward = flag(sent, "forward") and not account["local"]
        made = reports.keep(
            db, who.actor or 0, target, posts, text(sent, "comment")[:1000], now(), category=category, forward=forward,
            rules=ids(sent, "rule_ids"),
        )  # fmt: skip
        if forward:
            flags.put(db, account, posts, text(sent, "comment"), now())
        row = reports.get(db, made or 0)
        assert row is not None
        return entities.report(row, account, origin)

    return await done(request, act)
