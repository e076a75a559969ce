"""Notifications: what one is told of."""

from aiohttp import web

from node.errors import NotFound
from node.people import actors
from node.posts import notifications, visibility
from node.store import Database, Row
from web.mastodon import entities, shelf
from web.mastodon.requests import Page, answer, bearer, params, path_id, reply, several
from web.state import BRIDGE

routes = web.RouteTableDef()


@routes.get("/api/v1/notifications")
async def listed(request: web.Request) -> web.Response:
    """One's notifications, the newest first."""
    who = await bearer(request, "read:notifications")
    sent = await params(request)
    page = Page(sent, 40, 80)
    origin = request.app[BRIDGE].origin

    def read(db: Database) -> tuple[bytes, list[int]]:
        rows = notifications.of(
            db, who.actor or 0, before=page.before, after=page.after if page.oldest else None,
            since=page.after, kinds=[str(one) for one in several(sent, "types")] or None,
            without=[str(one) for one in several(sent, "exclude_types")], limit=page.limit,
        )  # fmt: skip
        return b"[" + b",".join(_entity(db, row, who.actor, origin) for row in rows) + b"]", [r["id"] for r in rows]

    body, found = await request.app[BRIDGE].store.read(read)
    return reply(request, body, found[0] if found else None, found[-1] if found else None)


@routes.get(r"/api/v1/notifications/{id:\d+}")
async def one(request: web.Request) -> web.Response:
    """One of them."""
    who = await bearer(request, "read:notifications")
    origin = request.app[BRIDGE].origin

    def read(db: Database) -> bytes:
        row = notifications.get(db, who.actor or 0, path_id(request))
        if row is None:
            raise NotFound("Record not found")
        return _entity(db, row, who.actor, origin)

    return reply(request, await request.app[BRIDGE].store.read(read))


@routes.post("/api/v1/notifications/clear")
async def clear(request: web.Request) -> web.Response:
    """All are read."""
    who = await bearer(request, "write:notifications")
    await request.app[BRIDGE].store.write(notifications.dismiss, who.actor or 0)
    return answer(request, {})


@routes.post(r"/api/v1/notifications/{id:\d+}/dismiss")
async def dismiss(request: web.Request) -> web.Response:
    """This one is read."""
    who = await bearer(request, "write:notifications")
    await request.app[BRIDGE].store.write(notifications.dismiss, who.actor or 0, path_id(request))
    return answer(request, {})


def _entity(db: Database, row: Row, viewer: int | None, origin: str) -> bytes:
    """Notification; a post that may no longer be seen is left out."""
    shown = b""
    if row["post"] is not None and visibility.see(db, row["post"], viewer) is not None:
        shown = b',"status":' + shelf.status(db, row["post"], viewer, origin)
    account = shelf.account(db, actors.get(db, row["origin"]), origin)
    return (
        f'{{"id":"{row["id"]}","type":"{row["kind"]}","created_at":"{entities.time(row["at"])}",'
        f'"group_key":"ungrouped-{row["id"]}","account":'.encode() + account + shown + b"}"
    )  # fmt: skip
