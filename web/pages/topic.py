"""A topic of a forum: its first post, its answers on two levels, and the forum beside it."""

import json
from dataclasses import dataclass

from aiohttp import web

from node.errors import NotFound
from node.network import forums, moderation, topics
from node.people import actors
from node.store import Database, Row
from web import activitypub, fresh, guard, rendering, viewer, words
from web.pages import cards, moderating, people, pinning, post, removed, threads
from web.pages.cards import Card

routes = web.RouteTableDef()
NEAR = 5


@dataclass(slots=True)
class Forum:
    """The forum that a topic lies in."""

    who: people.Who
    summary: str
    topics: int


@dataclass(slots=True)
class Shown:
    """A topic as its page shows it."""

    card: Card
    under: threads.Thread
    author: Row
    solution: Card | None = None
    forum: Forum | None = None
    near: list[Row] | None = None
    tools: moderating.Tools = moderating.NONE
    sync: threads.Sync | None = None
    closed: str = ""  # why the reader may not answer: a moderator shut her out, or the forum is closed
    why: str = ""  # a moderator locked it


@routes.get(r"/t/{id:\d+}")
async def topic(request: web.Request) -> web.StreamResponse:
    """The topic; asked for ActivityPub, its document."""
    try:
        number = await post.find(request)
    except NotFound as missing:
        return await removed.page(request, missing)
    if activitypub.wants_activity(request):
        return await post.document(request, number)
    await rendering.read_by(request)
    page = post.page_asked(request)
    shown = await fresh.read(request, ("topic", number, page), show, number, viewer.of(request), page)
    card = shown.card
    if request.path != card.url:
        raise guard.moved(request, card.url)
    post.sift(request, card, shown.under)
    return await rendering.page(
        request, "topic.html", "topic", head=post.head(request, card, shown.author), post=card, under=shown.under,
        solution=shown.solution, tools=shown.tools, sync=shown.sync, closed=shown.closed, why=shown.why, forum=shown.forum, near=shown.near, original="" if card.local else card.uri,
        pins=await pinning.offered(request, card), steps=[("/forums", words.say("Forums")), *post.steps(card)], address=post.addresses(request),
    )  # fmt: skip


def show(db: Database, number: int, reader: viewer.Viewer | None, page: int) -> Shown:
    """To be called once the reader is known.  Raises NotFound."""
    seer = reader.actor if reader is not None else None
    card = cards.card(db, number, seer)
    if card is None:
        raise NotFound("There is no such topic.")
    author = actors.get(db, card.author.id)
    try:
        row = topics.one(db, number, seer)
    except NotFound:  # it lies in no forum that we know
        return Shown(card, threads.below(db, number, seer, page), author)
    card.pinned, card.solved, card.replies = bool(row["pinned"]), bool(row["solved"]), row["answers"]
    solution = cards.card(db, row["solution"], seer) if row["solution"] else None
    forum = _forum(db, row["place"], seer)
    near = topics.of(db, row["place"], seer, limit=NEAR + 1) if forum is not None else []
    return Shown(
        card, threads.answers(db, row, seer, page), author, solution, forum,
        [one for one in near if one["id"] != number][:NEAR],
        moderating.tools(db, reader, row), threads.sync(db, row),
        moderating.shut_out(db, row["place"], reader) if not row["locked"] else "",
        _why(db, row),
    )  # fmt: skip


def _why(db: Database, topic: Row) -> str:
    noted = moderation.last(db, "lock", post=topic["id"]) if topic["locked"] == moderation.BY_MODERATOR else None
    return noted["reason"] if noted is not None else ""


def _forum(db: Database, place: int, seer: int | None) -> Forum | None:
    """None for one that was deleted: its topics stay."""
    if actors.get(db, place)["gone"]:
        return None
    row = forums.one(db, place, seer)
    return Forum(people.who(row), words.pick(json.loads(row["summaries"]), row["summary"]), row["topics"])
