"""Whom a member keeps away: accounts that she has muted or blocked, servers that she does not hear."""

from dataclasses import dataclass

from aiohttp import web

from federation.bridge import now
from federation.handlers import block
from node.care import decisions
from node.errors import NodeError
from node.people import actors, blocks, mutes
from node.people.sessions import Member
from node.store import Database, Row
from node.text import mark
from node.window import Window
from web import guard, rendering
from web.pages import act, people
from web.pages.people import Who
from web.state import BRIDGE

routes = web.RouteTableDef()

PAGE = 40
SIDES = {"mutes": mark("Muted accounts"), "blocks": mark("Blocked accounts"), "servers": mark("Servers")}


@dataclass(slots=True)
class Kept:
    """Somebody in the list; until: when a mute ends by itself."""

    who: Who
    place: int
    until: int | None = None


@routes.get("/me/away")
async def show(request: web.Request) -> web.StreamResponse:
    """The muted, the blocked, or the servers, as `show` says."""
    member = await guard.must_be_member(request)
    return await _page(request, member, request.query.get("show", ""), request.query.get("host", "")[:300])


async def _page(request: web.Request, member: Member, asked: str, typed: str = "",
                problem: NodeError | None = None) -> web.Response:  # fmt: skip
    await rendering.read_by(request)
    side, before = asked if asked in SIDES else "mutes", guard.number(request.query.get("before", ""))
    window = Window(limit=PAGE + 1) if before is None else Window(before=before, limit=PAGE + 1)
    store = request.app[BRIDGE].store
    found: list[Kept] = []
    hosts: list[str] = []
    if side == "servers":
        hosts = await store.read(mutes.hosts_blocked, member.actor)
    else:
        found = await store.read(_kept, member.actor, side, window)
    return await rendering.page(
        request, "away.html", "me", 400 if problem else 200, side=side, sides=SIDES, found=found[:PAGE], hosts=hosts,
        older=found[PAGE - 1].place if len(found) > PAGE else 0, typed=typed, problem=problem,
    )  # fmt: skip


def _kept(db: Database, actor: int, side: str, window: Window) -> list[Kept]:
    if side == "blocks":
        return [Kept(people.who(row), row["place"]) for row in blocks.of(db, actor, window)]
    rows = mutes.listed(db, actor, now(), window)
    return [Kept(people.who(row), row["place"], row["mute_expires"]) for row in rows]


@routes.post("/me/away/servers")
async def change(request: web.Request) -> web.StreamResponse:
    """A server is heard no more, or again."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    guard.often(request, "act", member, *act.ACTS)
    typed, store = guard.text(sent, "host", 300).strip(), request.app[BRIDGE].store
    if guard.text(sent, "do", 10) == "end":
        await store.write(mutes.unblock_host, member.actor, typed)
    else:
        try:
            await store.write(_block, member, typed)
        except NodeError as refused:
            return await _page(request, member, "servers", typed, refused)
    raise guard.to("/me/away?show=servers")


def _block(db: Database, member: Member, typed: str) -> None:
    """Raises Invalid for no server's name, and for our own."""
    mine: Row = actors.get(db, member.actor)
    block.put_host(db, mine, decisions.read_host(db, typed.rpartition("@")[2]), now())
