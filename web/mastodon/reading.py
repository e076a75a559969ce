"""How far one has read: markers; and conversations, which are read or not."""

from typing import Any

import orjson
from aiohttp import web

from federation.bridge import now
from node.people import actors
from node.posts import conversations, markers, talks
from node.store import Database, Row
from web.mastodon import entities, shelf
from web.mastodon.answers import done, ends, found, statuses
from web.mastodon.requests import Page, bearer, number, params, path_id, reply, several
from web.state import BRIDGE

routes = web.RouteTableDef()


@routes.get("/api/v1/markers")
async def read_markers(request: web.Request) -> web.Response:
    """The markers of `timeline[]`."""
    who = await bearer(request, "read:statuses")
    wanted = [str(one) for one in several(await params(request), "timeline")]
    return await found(
        request, lambda db: {row["timeline"]: entities.marker(row) for row in markers.of(db, who.actor or 0, wanted)}
    )


@routes.post("/api/v1/markers")
async def move_markers(request: web.Request) -> web.Response:
    """`home[last_read_id]`, `notifications[last_read_id]`."""
    who = await bearer(request, "write:statuses")
    sent = await params(request)

    def act(db: Database) -> dict[str, Any]:
        made = {}
        for timeline in markers.TIMELINES:
            inner = sent.get(timeline)
            last = number(inner, "last_read_id") if isinstance(inner, dict) else None
            if last is not None:
                made[timeline] = entities.marker(markers.move(db, who.actor or 0, timeline, last, now()))
        return made

    return await done(request, act)


@routes.get("/api/v1/timelines/direct")
async def direct(request: web.Request) -> web.Response:
    """Direct messages one by one, as older apps read them."""
    who = await bearer(request, "read:statuses")
    actor, page = who.actor or 0, Page(await params(request))
    return await statuses(
        request, actor, lambda db: talks.messages(db, actor, page.before, page.after, page.limit, oldest=page.oldest)
    )


@routes.get("/api/v1/conversations")
async def listed(request: web.Request) -> web.Response:
    """Direct messages, a conversation each, the last spoken in first."""
    who = await bearer(request, "read:statuses")
    page = Page(await params(request))
    actor, origin = who.actor or 0, request.app[BRIDGE].origin

    def read(db: Database) -> tuple[bytes, list[int]]:
        rows = conversations.of(db, actor, page.window)
        return b"[" + b",".join(conversation(db, row, actor, origin) for row in rows) + b"]", [r["last"] for r in rows]

    body, numbers = await request.app[BRIDGE].store.read(read)
    return reply(request, body, *ends(numbers))


@routes.post(r"/api/v1/conversations/{id:\d+}/{verb:read|unread}")
async def mark(request: web.Request) -> web.Response:
    """It is read, or wants to be read again."""
    who = await bearer(request, "write:conversations")
    actor, origin, unread = who.actor or 0, request.app[BRIDGE].origin, request.match_info["verb"] == "unread"

    def act(db: Database) -> bytes:
        row = conversations.read(db, actor, path_id(request), unread=unread)
        return conversation(db, row, actor, origin)

    return reply(request, await request.app[BRIDGE].store.write(act))


@routes.delete(r"/api/v1/conversations/{id:\d+}")
async def delete(request: web.Request) -> web.Response:
    """It is out of one's list."""
    who = await bearer(request, "write:conversations")
    return await done(request, lambda db: conversations.delete(db, who.actor or 0, path_id(request)))


def conversation(db: Database, row: Row, actor: int, origin: str) -> bytes:
    """Conversation."""
    others = conversations.others(db, actor, row["last"]) or [actors.get(db, actor)]  # a note to oneself
    people = b",".join(shelf.account(db, one, origin) for one in others)
    head = orjson.dumps({"id": str(row["id"]), "unread": bool(row["unread"])})[:-1]
    return head + b',"accounts":[' + people + b'],"last_status":' + shelf.status(db, row["last"], actor, origin) + b"}"
