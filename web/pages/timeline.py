"""What is new: a member's home, what was said here, what is said in the whole network; what she liked and saved."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from node.ids import LAST
from node.people import users
from node.people.sessions import Member
from node.posts import drafts, marks, timelines, visits
from node.posts.filters import Sieve
from node.store import Database, Row
from node.window import Window
from web import fresh, guard, rendering, viewer
from web.pages import announced, cards, sifting
from web.pages.cards import Card
from web.state import BRIDGE

routes = web.RouteTableDef()

PAGE = 20
DEEPEST = 5  # pages of a timeline looked through to fill one page of a single kind

# Chips: the word of the address, the kinds that it shows.
KINDS: dict[str, tuple[str, ...]] = {
    "updates": ("update",), "topics": ("topic",), "events": ("event",), "needs": ("need", "offer"),
    "calls": ("call",),
}  # fmt: skip


@dataclass(slots=True)
class Shown:
    """A page of a timeline.  upto: the newest post seen on the visit before; 0 where none is marked."""

    cards: list[Card]
    older: int = 0
    upto: int = 0
    fresh: int = 0
    filtered: bool = False  # her filters hid some of it


@routes.get("/feed")
async def home(request: web.Request) -> web.StreamResponse:
    """Whom she follows, the new marked off from what she saw on her last visit."""
    member = await guard.must_be_member(request)
    reader = await rendering.read_by(request)
    kind, before = _asked(request)
    store = request.app[BRIDGE].store
    sieve = sifting.of(request, "home")
    shown, desk, newest = await fresh.read_by(
        request, member, (before, kind), _feed, member, before, kind, reader.now, sieve
    )
    if newest:  # nobody waits for it: a full disk must not keep her from reading
        store.write_soon(visits.look, member.actor, "feed", newest, reader.now)
    return await rendering.page(
        request, "feed.html", "home", shown=shown, kind=kind, kinds=list(KINDS), first=before == LAST, desk=desk,
        place="/feed",
    )  # fmt: skip


@routes.get("/local")
@routes.get("/all")
async def public(request: web.Request) -> web.StreamResponse:
    """Public posts of this node, or of every node that is known here; visitors read them too."""
    await rendering.read_by(request)
    kind, before = _asked(request)
    here = request.path == "/local"
    sieve = sifting.of(request, "public")
    shown = await fresh.read(
        request, (before, kind, here), _public, viewer.actor_of(request), before, kind, here, sieve
    )
    return await rendering.page(
        request, "public.html", "local" if here else "all", shown=shown, kind=kind, kinds=list(KINDS),
        place=request.path, head=rendering.Head(indexed=False),
    )  # fmt: skip


@routes.get("/bookmarks")
@routes.get("/likes")
async def kept(request: web.Request) -> web.StreamResponse:
    """What she saved, or liked."""
    member = await guard.must_be_member(request)
    await rendering.read_by(request)
    saved = request.path == "/bookmarks"
    before = guard.number(request.query.get("before", "")) or LAST
    shown = await request.app[BRIDGE].store.read(_kept, member.actor, before, saved)
    return await rendering.page(request, "kept.html", "bookmarks" if saved else "likes", shown=shown, saved=saved)


def _asked(request: web.Request) -> tuple[str, int]:
    kind = request.query.get("kind", "")
    return kind if kind in KINDS else "", guard.number(request.query.get("max_id", "")) or LAST


def _feed(
    db: Database, member: Member, before: int, kind: str, now: int, sieve: Sieve | None
) -> "tuple[Shown, Desk, int]":
    """The page, what stands beside it, and the newest post where this look is to be kept."""
    upto = newest = 0
    if before == LAST and not kind:
        newest = int(db.value("select max(post) from home where viewer = ?", (member.actor,)) or 0)
        known = visits.get(db, member.actor, "feed")
        upto = visits.before(known, now)
        newest = newest if visits.is_news(known, newest, now) else 0
    return _home(db, member.actor, before, kind, upto, sieve), _desk(db, member, now), newest


def _home(db: Database, actor: int, before: int, kind: str, upto: int, sieve: Sieve | None) -> Shown:
    shown = page(db, actor, before, kind, sieve, lambda at, n: timelines.home(db, actor, at, 0, n))
    shown.upto = upto
    shown.fresh = sum(1 for card in shown.cards if card.of > upto and card.author.id != actor) if upto else 0
    return shown


def _public(db: Database, actor: int | None, before: int, kind: str, here: bool, sieve: Sieve | None) -> Shown:
    return page(db, actor, before, kind, sieve, lambda at, n: timelines.public(db, actor, at, 0, n, here=here))


def page(db: Database, actor: int | None, before: int, kind: str, sieve: Sieve | None,
         ask: Callable[[int, int], list[int]]) -> Shown:  # fmt: skip
    """One page of a timeline; where filters hide some of it, filled from what stands below."""
    whole = _page(db, actor, before, kind, ask)
    if sieve is None:
        return whole
    cards_, older = sifting.sift(sieve, whole.cards, actor), whole.older
    filtered = len(cards_) < len(whole.cards)
    for _ in range(DEEPEST):
        if len(cards_) >= PAGE or not older:
            break
        part = _page(db, actor, older, kind, ask)
        cards_, older = cards_ + sifting.sift(sieve, part.cards, actor), part.older
    if len(cards_) > PAGE:
        cards_, older = cards_[:PAGE], cards_[PAGE - 1].of
    return Shown(cards_, older, filtered=filtered)


def _page(db: Database, actor: int | None, before: int, kind: str, ask: Callable[[int, int], list[int]]) -> Shown:
    """One page of a timeline; of one kind, what a few of its pages hold."""
    found: list[int] = []
    for _ in range(DEEPEST if kind else 1):
        taken = ask(before, PAGE + 1 if not kind else PAGE * 4)
        found += _of_kind(db, taken, KINDS[kind]) if kind else taken
        if len(found) > PAGE or len(taken) < (PAGE * 4 if kind else PAGE + 1):
            break
        before = taken[-1]
    older = found[PAGE - 1] if len(found) > PAGE else 0
    return Shown(cards.cards(db, found[:PAGE], actor), older)


def _of_kind(db: Database, identifiers: list[int], kinds: tuple[str, ...]) -> list[int]:
    """Those that are of one of the kinds, or pass such a post on, in the same order."""
    rows = db.rows(
        """
        select posts.id from posts left join posts original on original.id = posts.boost_of
         where posts.id in (select value from json_each(:ids))
           and ifnull(original.kind, posts.kind) in (select value from json_each(:kinds))
         order by posts.id desc
        """,
        {"ids": json.dumps(identifiers), "kinds": json.dumps(kinds)},
    )
    return [row[0] for row in rows]


def _kept(db: Database, actor: int, before: int, saved: bool) -> Shown:
    ask = marks.bookmarks if saved else marks.favourites
    found = ask(db, actor, Window(before, limit=PAGE + 1))
    older = found[PAGE - 1]["at"] if len(found) > PAGE else 0
    return Shown(cards.cards(db, [row["post"] for row in found[:PAGE]], actor), older)


@dataclass(slots=True)
class Desk:
    """What stands beside her home: whom she speaks for, and what she began."""

    associations: list[Row]
    drafts: int
    told: list[announced.Shown]  # what the coordinators tell every member, and she has not read


def _desk(db: Database, member: Member, now: int) -> Desk:
    speaks = [row for row in users.actors_of(db, member.user) if row["membership"] != "self"]
    return Desk(speaks, len(drafts.of(db, member.user, now)), announced.unread(db, member.actor, now))
