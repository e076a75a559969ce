"""Whom a member follows and who follows her: every one with the button that ends it."""

from aiohttp import web

from federation.bridge import now
from federation.handlers import follow
from node.people import actors, follows
from node.people.sessions import Member
from node.store import Database
from node.window import Window
from web import guard, rendering
from web.pages import people
from web.pages.people import Who
from web.state import BRIDGE

routes = web.RouteTableDef()

PAGE = 40


@routes.get(r"/me/{side:following|followers}")
async def show(request: web.Request) -> web.StreamResponse:
    """The last first, forty at a time."""
    member = await guard.must_be_member(request)
    await rendering.read_by(request)
    side, before = request.match_info["side"], guard.number(request.query.get("before", ""))
    window = Window(limit=PAGE + 1) if before is None else Window(before=before, limit=PAGE + 1)
    found = await request.app[BRIDGE].store.read(_found, member.actor, side, window)
    return await rendering.page(
        request, "circle.html", "me", side=side, found=[who for who, _ in found[:PAGE]],
        older=found[PAGE - 1][1] if len(found) > PAGE else 0,
    )  # fmt: skip


def _found(db: Database, actor: int, side: str, window: Window) -> list[tuple[Who, int]]:
    rows = follows.following(db, actor, window) if side == "following" else follows.followers(db, actor, window)
    return [(people.who(row), row["place"]) for row in rows]


@routes.post("/me/followers/end")
async def end(request: web.Request) -> web.StreamResponse:
    """This account follows her no more; its server hears of it."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    await request.app[BRIDGE].store.write(_end, member, guard.number(guard.text(sent, "who", 20)) or 0)
    raise guard.to("/me/followers")


def _end(db: Database, member: Member, target: int) -> None:
    if follows.get(db, target, member.actor) is not None:
        follow.reject(db, actors.get(db, member.actor), actors.get(db, target), now())
