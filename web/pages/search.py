"""One box for everything: associations, people and forums, what was said."""

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from federation import resolve
from node.errors import NodeError
from node.network import directory as entries
from node.network import topics
from node.network.directory import Query
from node.people import listing
from node.posts import search as index
from node.store import Database
from web import guard, rendering, viewer, words
from web.pages import cards, directory, people, sifting
from web.pages.cards import Card
from web.rendering import Head
from web.state import BRIDGE, LIMITS

routes = web.RouteTableDef()
EACH = 8
POSTS = 20
FETCHES = (30, 300)  # addresses of other servers that one member may have looked up in so many seconds


@dataclass(slots=True)
class Found:
    """What fits the words."""

    associations: list[people.Who]
    people: list[people.Who]
    posts: list[Card]

    @property
    def any(self) -> bool:
        return bool(self.associations or self.people or self.posts)


@routes.get("/search")
async def search(request: web.Request) -> web.StreamResponse:
    """What fits; for a member, an address of another server leads to our page of it."""
    typed = request.query.get("q", "").strip()[:300]
    await rendering.read_by(request)
    where = await _elsewhere(request, typed)
    if where:
        raise web.HTTPFound(where)
    sieve = sifting.of(request, "public")
    found = await request.app[BRIDGE].store.read(_find, typed, viewer.actor_of(request)) if typed else None
    for card in found.posts if found is not None else ():
        sifting.fold(sieve, card, viewer.actor_of(request))
    return await rendering.page(
        request, "search.html", "search", typed=typed, found=found, head=Head(title=words.say("Search"), indexed=False)
    )


async def _elsewhere(request: web.Request, typed: str) -> str:
    """Our page of the address or handle that was typed; '' for words, for visitors, for what cannot be had."""
    seen = viewer.of(request)
    if seen is None or not (
        typed.startswith(("https://", "http://")) or typed.count("@") == (2 if typed[0:1] == "@" else 1)
    ):
        return ""
    if " " in typed or request.app[LIMITS].take("search", request.remote, *FETCHES):
        return ""
    bridge = request.app[BRIDGE]
    try:
        if typed.startswith("http"):
            seer = None if guard.was_sent_here(request) else seen.actor
            _, row = await resolve.anything(bridge, typed, actor_id=seer)
            if row is None:
                return ""
        else:
            row = await resolve.handle(bridge, typed)
    except NodeError:
        return ""
    if "inbox" in row.keys():
        return people.address(row)
    card: Any = await bridge.store.read(cards.card, row["id"], seen.actor)
    return card.url if card is not None else ""


def _find(db: Database, typed: str, seer: int | None) -> Found:
    listed = entries.search(db, Query(text=typed, limit=EACH * 4))  # more than is shown: they are no people either
    known = {row["actor"] for row in listed}
    others = [
        row for row in listing.find(db, typed, EACH * 3)
        if row["id"] not in known and row["discoverable"] and not row["silenced"]
    ][:EACH]  # fmt: skip
    ids = [row["id"] for row in index.ids(db, typed, (), POSTS * 2)]
    said = [one for one in cards.cards(db, ids, seer) if one.public or seer is not None]
    answered = topics.solved(db, [one.id for one in said])
    said.sort(key=lambda one: one.id not in answered)  # what was solved first, else as found
    for one in said:
        one.solved = one.id in answered and one.board is None
    return Found([directory.entry(row) for row in listed[:EACH]], [people.who(row) for row in others], said[:POSTS])
