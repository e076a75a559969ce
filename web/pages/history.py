"""What a post said before it was edited, and who quotes it with its author's consent."""

import json
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from federation.bridge import now
from federation.handlers import quote
from node.care import audit
from node.errors import NotFound
from node.people.sessions import Member
from node.posts import edits, media, posts, quotes
from node.store import Database, Row
from node.window import Window
from web import guard, rendering, viewer
from web.pages import act, cards
from web.pages.cards import Card
from web.state import BRIDGE

routes = web.RouteTableDef()

MOST = 50  # versions, quotes on one page


# ── what it said ──────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Version:
    """content is cleaned HTML, as it was when it was written; pictures are their descriptions."""

    at: int
    content: str
    warning: str
    pictures: list[str]
    options: list[str]


@routes.get(r"/posts/{id:\d+}/history")
async def show(request: web.Request) -> web.StreamResponse:
    """Every version of a post that the reader may see, the newest first."""
    await rendering.read_by(request)
    number = guard.number(request.match_info["id"]) or 0
    card, versions = await request.app[BRIDGE].store.read(_versions, number, viewer.actor_of(request))
    return await rendering.page(request, "history.html", "history", post=card, versions=versions,
                                head=rendering.Head(indexed=False))  # fmt: skip


def _versions(db: Database, number: int, seer: int | None) -> tuple[Card, list[Version]]:
    post = act.must_see(db, number, seer)
    card = cards.card(db, post["id"], seer)
    assert card is not None
    before = [_version(db, row) for row in edits.of(db, post["id"])[-MOST:]]
    pictures = [one.description for one in card.pictures]
    options = [str(row["title"]) for row in card.poll.options] if card.poll else []
    latest = Version(card.edited or card.published, card.content, card.warning, pictures, options)
    return card, [latest, *reversed(before)]


def _version(db: Database, row: Row) -> Version:
    shown = [media.get(db, one) for one in json.loads(row["media"])]
    return Version(row["at"], row["content"], row["warning"], [one["description"] if one is not None else "" for one in shown],
                   [str(one) for one in json.loads(row["options"])])  # fmt: skip


# ── who quotes it ─────────────────────────────────────────────────────────────


@routes.get(r"/posts/{id:\d+}/quotes")
async def quoting(request: web.Request) -> web.StreamResponse:
    """Posts that quote hers; each consent may be taken back."""
    member = await guard.must_be_member(request)
    await rendering.read_by(request)
    number = guard.number(request.match_info["id"]) or 0
    found: dict[str, Any] = await request.app[BRIDGE].store.read(_quoting, member, number)
    return await rendering.page(request, "quotes.html", "quotes", done="ended" in request.query, **found)


def _quoting(db: Database, member: Member, number: int) -> dict[str, Any]:
    post = act.must_own(db, member, number)
    listed = quotes.quoting(db, post["id"], Window(limit=MOST))
    return {"post": cards.card(db, post["id"], member.actor), "quoting": cards.cards(db, listed, member.actor)}


@routes.post(r"/posts/{id:\d+}/quotes/{other:\d+}/end")
async def end(request: web.Request) -> web.StreamResponse:
    """The other post quotes hers no more: its server is told, and shows the quote to nobody."""
    await guard.form(request)
    member = await guard.must_be_member(request)
    number, other = (guard.number(request.match_info[one]) or 0 for one in ("id", "other"))
    await request.app[BRIDGE].store.write(_end, member, number, other)
    raise guard.to(f"/posts/{number}/quotes?ended=1")


def _end(db: Database, member: Member, number: int, other: int) -> None:
    post = act.must_own(db, member, number)
    quoting_post = posts.by_id(db, other)
    if quoting_post is None or not quote.take_back(db, post, quoting_post, now()):
        raise NotFound("There is no such post.")
    if post["author"] != member.person:
        audit.note(db, member.user, post["author"], "quote ended", now(), posts.get(db, other)["uri"])
