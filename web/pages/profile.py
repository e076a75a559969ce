"""A person's page; an association's is in web/pages/association."""

import json
from dataclasses import dataclass

from aiohttp import web

from federation import backfill
from federation.bridge import now
from node.people import actors, blocks, follows, mutes
from node.posts import marks, timelines
from node.store import Database, Row
from web import activitypub, fresh, guard, rendering, viewer, words
from web.pages import accounts, association, cards, lists, people, sifting
from web.pages.cards import Card
from web.state import BRIDGE

routes = web.RouteTableDef()


@dataclass(slots=True)
class Shown:
    """An actor and a page of what it says."""

    who: people.Who
    posts: list[Card]
    ids: list[int]
    followed: str = ""  # by who looks: 'accepted', 'pending' until it is approved, or ''
    blocked: bool = False
    muted: bool = False


@routes.get("/@{name}")
async def profile(request: web.Request) -> web.StreamResponse:
    """Who she is and what she says; asked for ActivityPub, the document itself."""
    actor = await accounts.found(request, request.match_info["name"])
    if activitypub.wants_activity(request):
        return await accounts.document(request, actor)
    if viewer.actor_of(request) is not None:  # a visitor makes us ask nobody
        await backfill.opened_actor(request.app[BRIDGE], actor)
    if actor["type"] == "Organization":
        return await association.page(request, actor)
    await rendering.read_by(request)
    if not accounts.at_home(request, people.address(actor)):
        raise guard.moved(request, people.address(actor))
    span = lists.asked(request)
    asked = ("profile", actor["id"], actor["version"], span)
    shown = await fresh.read(request, asked, show, actor, viewer.actor_of(request), span)
    older, newer = lists.ways(request, shown.ids)
    posts = sifting.sift(sifting.of(request, "account"), shown.posts, viewer.actor_of(request))
    summary = words.pick(json.loads(actor["summaries"]), actor["summary"])
    return await rendering.page(
        request, "profile.html", "member", head=accounts.head(request, actor, shown.who), actor=actor, who=shown.who,
        posts=posts, older=older, newer=newer, summary=summary, stand=shown,
        facts=[(name, value) for name, value, *_ in json.loads(actor["fields"])], moved=await accounts.moved_to(request, actor),
        counts=actors.counted(actor), banner=people.whole(actor, "image"), known=guard.shown(request, "home"),
    )  # fmt: skip


@routes.get(rf"/@{{name}}/{{tab:{'|'.join(association.TABS)}}}")
async def tab(request: web.Request) -> web.StreamResponse:
    """One part of an association's site, whole."""
    actor = await accounts.found(request, request.match_info["name"])
    if actor["type"] != "Organization":
        raise guard.moved(request, people.address(actor))
    return await association.page(request, actor, request.match_info["tab"])


@routes.get("/assoc/@{name}")
async def assoc(request: web.Request) -> web.StreamResponse:
    """The address that people guess."""
    raise web.HTTPMovedPermanently("/@" + request.match_info["name"])


def show(db: Database, actor: Row, seer: int | None, span: lists.Span) -> Shown:
    """To be called once the reader is known."""
    found = timelines.of_author(
        db, actor["id"], seer, span.before, span.after, lists.PAGE, replies=False, oldest=span.oldest
    )
    first = marks.pinned(db, actor["id"], seer) if span.first else []
    shown = Shown(people.who(actor), cards.led(db, first, found, seer), found)
    if seer is not None and seer != actor["id"]:
        known = follows.get(db, seer, actor["id"])
        shown.followed = known["state"] if known is not None else ""
        shown.blocked = blocks.has(db, seer, actor["id"])
        shown.muted = mutes.get(db, seer, actor["id"], now()) is not None
    return shown
