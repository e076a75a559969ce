"""A person's page; an association's is in web/pages/association."""

import json
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from federation import actors as documents
from federation import vocabulary as v
from node import html
from node.errors import Gone, NotFound
from node.people import actors, follows
from node.posts import timelines
from node.store import Database, Row
from web import activitypub, rendering, viewer, words
from web.pages import cards, lists, people, post
from web.pages.cards import Card
from web.rendering import Head
from web.state import BRIDGE

routes = web.RouteTableDef()


@dataclass(slots=True)
class Shown:
    """An actor and a page of what it says."""

    who: people.Who
    posts: list[Card]
    ids: list[int]
    followed: bool


@routes.get("/@{name}")
async def profile(request: web.Request) -> web.StreamResponse:
    """Who she is and what she says; asked for ActivityPub, the document itself."""
    store = request.app[BRIDGE].store
    actor = await store.read(find, request.match_info["name"])
    if activitypub.wants_activity(request):
        return await document(request, actor)
    await rendering.read_by(request)
    own = people.address(actor)
    if request.path != own and request.rel_url.raw_path != own:
        raise web.HTTPFound(own)
    shown = await store.read(show, actor, viewer.actor_of(request), lists.asked(request))
    older, newer = lists.ways(request, shown.ids)
    summary = words.pick(json.loads(actor["summaries"]), actor["summary"])
    return await rendering.page(
        request, "profile.html", "member", head=head(request, actor, shown.who), actor=actor, who=shown.who,
        posts=shown.posts, older=older, newer=newer, summary=summary, followed=shown.followed,
        facts=[(name, value) for name, value, *_ in json.loads(actor["fields"])], moved=actor["moved_to"],
        known=request.cookies.get("home", ""),
    )  # fmt: skip


@routes.get("/assoc/@{name}")
async def assoc(request: web.Request) -> web.StreamResponse:
    """The address that people guess."""
    raise web.HTTPMovedPermanently("/@" + request.match_info["name"])


async def document(request: web.Request, actor: Row) -> web.Response:
    """The actor's document: ours as it stands, a peer's at its own server."""
    if not actor["local"]:
        raise web.HTTPFound(actor["uri"])
    body = v.dump(await request.app[BRIDGE].store.read(documents.render, actor))
    return web.Response(body=body, headers=activitypub.JSON_HEADERS)


def find(db: Database, name: str) -> Row:
    """The actor of `name` or `name@host`.  Raises NotFound; Gone for one of ours that was deleted."""
    plain, _, host = name.partition("@")
    actor = actors.by_handle(db, plain, host)
    if actor is not None and actor["gone"] and actor["local"]:
        raise Gone("This account was deleted.")
    if actor is None or actor["gone"]:
        raise NotFound("There is no such account here.")
    return actor


def show(db: Database, actor: Row, seer: int | None, span: lists.Span) -> Shown:
    """To be called once the reader is known."""
    found = timelines.of_author(
        db, actor["id"], seer, span.before, span.after, lists.PAGE, replies=False, oldest=span.oldest
    )
    followed = seer is not None and follows.get(db, seer, actor["id"]) is not None
    return Shown(people.who(actor), cards.cards(db, found, seer), found, followed)


def head(request: web.Request, actor: Row, who: people.Who) -> Head:
    """What search engines and other sites' previews read."""
    origin = request.app[BRIDGE].origin
    summary: Any = words.pick(json.loads(actor["summaries"]), actor["summary"])
    return Head(
        title=who.name, description=post.shorten(html.plain(summary).replace("\n", " ").strip(), 200),
        canonical=actor["url"] or actor["uri"], activity=actor["uri"] if actor["local"] else "",
        feed=f"{origin}{who.url}/feed" if actor["local"] else "", image=origin + who.icon if who.icon else "",
        creator=f"@{actor['name']}@{actor['host'] or origin.partition('://')[2]}", type="profile",
        indexed=bool(actor["local"] and actor["indexable"]),
    )  # fmt: skip
