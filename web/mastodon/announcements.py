"""Announcements of the coordinators, read and answered with emoji."""

import json
from typing import Any

from aiohttp import web

from federation.bridge import Bridge, now
from federation.worker import Task
from node import emojis
from node.posts import announcements
from node.store import Database, Row
from web.mastodon import entities
from web.mastodon.answers import done, found
from web.mastodon.requests import bearer, path_id
from web.state import BRIDGE

routes = web.RouteTableDef()


@routes.get("/api/v1/announcements")
async def listed(request: web.Request) -> web.Response:
    """What is announced now."""
    who = await bearer(request, "read")
    actor, origin = who.actor or 0, request.app[BRIDGE].origin
    return await found(
        request, lambda db: [entity(db, row, actor, origin) for row in announcements.current(db, actor, now())]
    )


@routes.post(r"/api/v1/announcements/{id:\d+}/dismiss")
async def dismiss(request: web.Request) -> web.Response:
    """One has read it."""
    who = await bearer(request, "write:accounts")
    return await done(request, lambda db: announcements.read(db, who.actor or 0, path_id(request)))


@routes.put(r"/api/v1/announcements/{id:\d+}/reactions/{name}")
@routes.delete(r"/api/v1/announcements/{id:\d+}/reactions/{name}")
async def react(request: web.Request) -> web.Response:
    """An emoji more, or taken back."""
    who = await bearer(request, "write:favourites")
    name = request.match_info["name"]

    def act(db: Database) -> None:
        if request.method == "PUT":
            announcements.react(db, who.actor or 0, path_id(request), name, now())
        else:
            announcements.unreact(db, who.actor or 0, path_id(request), name)

    return await done(request, act)


async def begin(bridge: Bridge, body: dict[str, Any]) -> None:
    """A task: the moment of an announcement has come, and apps that listen hear of it."""
    await bridge.store.write(announcements.begin, body["announcement"], now())


TASKS: dict[str, Task] = {announcements.BEGINS: begin}


def entity(db: Database, row: Row, actor: int, origin: str) -> dict[str, Any]:
    """Announcement."""
    answers = announcements.reactions(db, row["id"], actor)
    drawn = emojis.ours(db, "".join(f":{one['name']}: " for one in answers))
    inside = entities.emojis(json.dumps(emojis.ours(db, row["content"])), origin)
    return {
        "id": str(row["id"]), "content": row["content"],
        "starts_at": entities.time(row["starts"]) if row["starts"] else None,
        "ends_at": entities.time(row["ends"]) if row["ends"] else None, "all_day": bool(row["all_day"]),
        "published_at": entities.time(row["published"]), "updated_at": entities.time(row["updated"]),
        "read": bool(row["seen"]), "mentions": [], "statuses": [], "tags": [], "emojis": inside,
        "reactions": [_reaction(one, drawn.get(one["name"]), origin) for one in answers],
    }  # fmt: skip


def _reaction(row: Row, number: int | None, origin: str) -> dict[str, Any]:
    """Reaction; number: of an emoji that our operator drew."""
    found: dict[str, Any] = {"name": row["name"], "count": row["count"], "me": bool(row["mine"])}
    if number is None:
        return found
    drawn = entities.emoji(row["name"], number, origin)
    return found | {"url": drawn["url"], "static_url": drawn["static_url"]}
