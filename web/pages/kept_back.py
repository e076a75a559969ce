"""Notifications that are kept back: by whom, and the member's own rules for it."""

from contextlib import suppress
from dataclasses import dataclass

from aiohttp import web

from node.errors import Invalid, NotFound
from node.html import plain
from node.people import actors
from node.posts import notifications, policies, visibility
from node.store import Database
from node.text import mark
from node.window import Window
from web import guard, rendering
from web.directions import unaddressed
from web.pages import act, people
from web.pages.people import Who
from web.state import BRIDGE

routes = web.RouteTableDef()

PAGE = 40
RULES = {
    "not_following": mark("From whom you do not follow"), "not_followers": mark("From who does not follow you"),
    "new_accounts": mark("From accounts younger than thirty days"),
    "private_mentions": mark("Messages of people to whom you never wrote"),
    "limited_accounts": mark("From accounts that the moderators have limited"),
}  # fmt: skip
CHOICES = {"accept": mark("shown"), "filter": mark("kept back"), "drop": mark("not kept at all")}


@dataclass(slots=True)
class Request:
    """Somebody of whom notifications are kept back; words: of the newest post among them."""

    who: Who
    count: int
    last: int
    words: str
    place: int


@routes.get("/notifications/kept")
async def show(request: web.Request) -> web.StreamResponse:
    """Who is kept back, and the rules."""
    member = await guard.must_be_member(request)
    await rendering.read_by(request)
    before = guard.number(request.query.get("before", ""))
    window = Window(limit=PAGE + 1) if before is None else Window(before=before, limit=PAGE + 1)
    store = request.app[BRIDGE].store
    found = await store.read(_waiting, member.actor, window)
    chosen = await store.read(policies.of, member.actor)
    return await rendering.page(
        request, "kept_back.html", "notifications", found=found[:PAGE], chosen=chosen, rules=RULES, choices=CHOICES,
        older=found[PAGE - 1].place if len(found) > PAGE else 0, done=bool(request.query.get("done")),
    )  # fmt: skip


def _waiting(db: Database, actor: int, window: Window) -> list[Request]:
    return [
        Request(people.who(actors.get(db, row["origin"])), row["count"], row["last"], _words(db, row["post"], actor), row["id"])
        for row in notifications.requests(db, actor, window)
    ]  # fmt: skip


def _words(db: Database, post: int | None, actor: int) -> str:
    row = visibility.see(db, post, actor) if post is not None else None
    if row is None:
        return ""
    return str(row["title"] or row["warning"] or unaddressed(" ".join(plain(row["content"]).split()))[:140])


@routes.post("/notifications/kept")
async def decide(request: web.Request) -> web.StreamResponse:
    """What was kept back of one account is shown, now and later; or it is gone."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    guard.often(request, "act", member, *act.ACTS)
    who = guard.number(guard.text(sent, "who", 20)) or 0
    decided = notifications.release if guard.text(sent, "do", 10) == "accept" else notifications.discard
    with suppress(NotFound):  # sent twice: nothing is kept back any more
        await request.app[BRIDGE].store.write(decided, member.actor, who)
    raise guard.to("/notifications/kept")


@routes.post("/notifications/rules")
async def change(request: web.Request) -> web.StreamResponse:
    """From now on it is kept back, or shown, as she says."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    chosen = {name: guard.text(sent, name, 10) for name in RULES if name in sent}
    if not set(chosen.values()) <= set(CHOICES):
        raise Invalid("This request makes no sense as it stands")
    await request.app[BRIDGE].store.write(policies.choose, member.actor, chosen)
    raise guard.to("/notifications/kept?done=1")
