"""Forums: the list of all, and one with its topics."""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from federation import groups, resolve
from federation.bridge import now
from node import ids
from node.care import reports
from node.errors import Gone, NodeError, NotFound
from node.network import bans, fields, forums, moderators, topics
from node.people import actors, away, follows
from node.people.sessions import Member
from node.store import Database, Row
from node.text import mark
from web import activitypub, guard, rendering, viewer, words
from web.pages import accounts, cards, closing, moderating, people, sifting
from web.pages.cards import Card
from web.pages.people import Who
from web.rendering import Head
from web.state import BRIDGE, LIMITS

routes = web.RouteTableDef()
PAGE = 30
LATEST = 12
NO_RIGHTS = {"moderates": False, "waiting": 0, "edits": False, "deletes": False, "ban": None}
CLOSED = mark("The server of this forum has closed it. What was written in it stays with its authors.")
CLOSED_BECAUSE = mark(
    "The server of this forum has closed it: {reason}. What was written in it stays with its authors."
)


@dataclass(slots=True)
class Entry:
    """A forum in a list."""

    who: Who
    aim: str
    topics: int
    last: int | None
    field: str = ""


@dataclass(slots=True)
class Shown:
    """A forum as its page shows it."""

    row: Row
    who: Who
    summary: str  # cleaned HTML
    rules_html: str  # cleaned
    topics: list[Card]
    moderators: list[Who]
    older: str = ""
    owner: Who | None = None
    joined: bool = False
    facts: dict[str, Any] = field(default_factory=dict)


@routes.get("/forums")
async def every(request: web.Request) -> web.StreamResponse:
    """All forums that are known here, and the topics that were answered last."""
    await rendering.read_by(request)
    wanted = request.query.get("show", "")
    latest, here, elsewhere = await request.app[BRIDGE].store.read(_every, viewer.actor_of(request), wanted)
    latest = sifting.sift(sifting.of(request, "public"), latest, viewer.actor_of(request))
    origin = request.app[BRIDGE].origin
    return await rendering.page(
        request, "forums.html", "forums",
        head=Head(title=words.say("Forums"), description=words.say("Rooms by field of interest, open to members of every node"), canonical=f"{origin}/forums", feed=f"{origin}/forums/feed"),
        latest=latest, here=here, elsewhere=elsewhere, wanted=wanted,
    )  # fmt: skip


def _every(db: Database, seer: int | None, wanted: str) -> tuple[list[Card], list[Entry], list[Entry]]:
    rows = topics.latest(db, seer, limit=100)
    if wanted == "open":
        rows = [row for row in rows if not row["answers"]]
    elif wanted == "solved":
        rows = [row for row in rows if row["solved"]]
    known = forums.every(db, seer)
    return (
        titles(db, rows[: LATEST * 5], seer, LATEST),
        [_entry(row) for row in known if row["local"]],
        [_entry(row) for row in known if not row["local"]],
    )


@routes.get("/f/{name}")
async def forum(request: web.Request) -> web.StreamResponse:
    """A forum; asked for ActivityPub, its document."""
    store = request.app[BRIDGE].store
    await _ask(request, request.match_info["name"])
    actor = await store.read(find, request.match_info["name"])
    if activitypub.wants_activity(request):
        return await accounts.document(request, actor)
    await rendering.read_by(request)
    if people.address(actor) not in (request.path, request.rel_url.raw_path):
        raise guard.moved(request, people.address(actor))
    shown = await store.read(_show, actor["id"], viewer.actor_of(request), _before(request))
    shown.topics = sifting.sift(sifting.of(request, "public"), shown.topics, viewer.actor_of(request))
    member = await guard.member(request)
    shown.facts |= await store.read(_rights, member, actor) if member is not None else NO_RIGHTS
    return await rendering.page(
        request, "forum.html", "forum", head=accounts.head(request, actor, shown.who), forum=shown, actor=actor,
        known=guard.shown(request, "home"), newer=request.path if _before(request) else "",
    )  # fmt: skip


async def _ask(request: web.Request, name: str) -> None:
    """A forum elsewhere whose address a member was given is asked for at its own server; not for a link on another site."""
    bridge, host = request.app[BRIDGE], name.partition("@")[2]
    if not host or await guard.member(request) is None or guard.was_sent_here(request):
        return
    if await bridge.store.read(accounts.named, name) is not None:
        return
    if not request.app[LIMITS].take("open", request.remote, *accounts.OPENED):
        with suppress(NodeError):
            await resolve.handle(bridge, name)


def _rights(db: Database, member: Member, actor: Row) -> dict[str, Any]:
    """What of the forum itself is hers to do, and why she opens no topic there, where that is so."""
    moderates = moderating.as_whom(db, actor["id"], (member.actor, member.person)) is not None
    waiting = len(reports.waiting_in(db, actor["id"])) if moderates else 0
    closed = moderating.closed_to(db, actor, member)
    ban = bans.get(db, actor["id"], member.actor, now()) if closed == groups.BANNED else None
    return {"moderates": moderates, "waiting": waiting, "edits": moderates and bool(actor["local"]),
            "deletes": closing.may(db, member, actor, "f"), "closed": closed, "ban": ban}  # fmt: skip


def find(db: Database, name: str) -> Row:
    """The forum of this name, or name@host.  Raises NotFound."""
    actor = accounts.named(db, name)
    if (
        actor is not None
        and actor["local"]
        and actor["gone"]
        and actor["type"] == "Group"
        and not people.is_project(actor)
    ):
        raise Gone(closing.DELETED)
    if actor is not None and actor["gone"] == away.CLOSED and not people.is_project(actor):
        why = away.reason_of(actor)
        raise Gone(CLOSED_BECAUSE if why else CLOSED, reason=why.rstrip(". "))
    if actor is None or not forums.is_forum(actor) or people.is_project(actor):
        raise NotFound("There is no such forum.")
    return actor


def titles(db: Database, rows: list[Row], seer: int | None, most: int = 100) -> list[Card]:
    """Topics as rows of a list, from rows of `topics.of`; at most so many."""
    rows = [row for row in rows if row["kind"] == "topic"][:most]  # updates of projects are filed likewise
    known = {one.id: one for one in cards.cards(db, [row["id"] for row in rows], seer)}
    made = []
    for row in rows:
        card = known.get(row["id"])
        if card is not None:
            card.pinned, card.solved, card.last = bool(row["pinned"]), bool(row["solved"]), row["bumped"]
            card.replies = row["answers"]
            made.append(card)
    return made


def _show(db: Database, number: int, seer: int | None, before: tuple[int, int] | None) -> Shown:
    row = forums.one(db, number, seer)
    known = forums.get(db, number)
    rows = topics.of(db, number, seer, before=before, limit=PAGE + 1)
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return Shown(
        row, people.who(row), _aim(row), words.pick(known.rules) if known else "", titles(db, rows[:PAGE], seer),
        [people.who(one) for one in moderators.of(db, number)],
        f"?before={last['bumped']}-{last['id']}" if last is not None else "",
        people.who(actors.get(db, known.owner)) if known and known.owner else None, bool(row["joined"]),
        {"field": words.listed(fields.label("fields", row["field"], words.tag())) if row["field"] else "", "topics": row["topics"],
         "members": row["followers_count"], "last": row["last_activity"],
         "unread": not row["local"] and not row["topics"] and not follows.followed_here(db, number), "closed": groups.RESTRICTED if forums.restricted(db, row) else ""},
    )  # fmt: skip


def _entry(row: Row) -> Entry:
    label = words.listed(fields.label("fields", row["field"], words.tag())) if row["field"] else ""
    return Entry(people.who(row), _aim(row), row["topics"], row["last_activity"], label)


def _aim(row: Row) -> str:
    return words.pick(json.loads(row["summaries"]), row["summary"])


def _before(request: web.Request) -> tuple[int, int] | None:
    bumped, _, last = request.query.get("before", "").partition("-")
    at, topic = ids.read(bumped), ids.read(last)
    return None if at is None or topic is None else (at, topic)
