"""Statuses that wait for their moment."""

import json
from typing import Any

from aiohttp import web

from federation.bridge import now
from node import ids as moments
from node.errors import Invalid
from node.posts import media, scheduled
from node.store import Database, Row
from web.mastodon import entities
from web.mastodon.answers import done, ends, found
from web.mastodon.requests import Page, answer, bearer, params, path_id, text
from web.state import BRIDGE

routes = web.RouteTableDef()


@routes.get("/api/v1/scheduled_statuses")
async def listed(request: web.Request) -> web.Response:
    """What waits, the newest first."""
    who = await bearer(request, "read:statuses")
    page = Page(await params(request))
    origin = request.app[BRIDGE].origin

    def read(db: Database) -> tuple[list[dict[str, Any]], list[int]]:
        rows = scheduled.of(db, who.actor or 0, page.window)
        return [entity(db, row, origin) for row in rows], [row["id"] for row in rows]

    made, numbers = await request.app[BRIDGE].store.read(read)
    return answer(request, made, ends=ends(numbers))


@routes.get(r"/api/v1/scheduled_statuses/{id:\d+}")
async def one(request: web.Request) -> web.Response:
    """One of them."""
    who = await bearer(request, "read:statuses")
    origin = request.app[BRIDGE].origin
    return await found(request, lambda db: entity(db, scheduled.get(db, who.actor or 0, path_id(request)), origin))


@routes.put(r"/api/v1/scheduled_statuses/{id:\d+}")
async def move(request: web.Request) -> web.Response:
    """Another moment."""
    who = await bearer(request, "write:statuses")
    due, origin = moment(await params(request)), request.app[BRIDGE].origin

    def act(db: Database) -> dict[str, Any]:
        row = scheduled.get(db, who.actor or 0, path_id(request))
        if due is not None:
            row = scheduled.move(db, who.actor or 0, row["id"], due, now())
        return entity(db, row, origin)

    return await done(request, act)


@routes.delete(r"/api/v1/scheduled_statuses/{id:\d+}")
async def cancel(request: web.Request) -> web.Response:
    """It is not published."""
    who = await bearer(request, "write:statuses")
    return await done(request, lambda db: scheduled.cancel(db, who.actor or 0, path_id(request)))


def moment(sent: dict[str, Any]) -> int | None:
    """The moment of `scheduled_at`; None where none was sent.  Raises Invalid for what is no date."""
    given = text(sent, "scheduled_at").strip()
    if not given:
        return None
    found_ = moments.read_rfc3339(given)
    if found_ is None:
        raise Invalid("Record invalid")
    return found_


def entity(db: Database, row: Row, origin: str) -> dict[str, Any]:
    """ScheduledStatus, all of its params present."""
    sent = json.loads(row["params"])
    poll = sent.get("poll")
    shown = [media.get(db, int(one)) for one in sent["media_ids"]]
    return {
        "id": str(row["id"]), "scheduled_at": entities.time(row["due"]),
        "params": {
            "text": sent["text"], "poll": poll, "media_ids": sent["media_ids"] or None, "sensitive": sent["sensitive"],
            "spoiler_text": sent["spoiler_text"] or None, "visibility": sent["visibility"],
            "in_reply_to_id": sent["in_reply_to_id"], "language": sent["language"] or None,
            "application_id": row["application"] or 0, "scheduled_at": None, "idempotency": None,
            "with_rate_limit": False,
        },
        "media_attachments": [entities.attachment(one, origin) for one in shown if one is not None],
    }  # fmt: skip
