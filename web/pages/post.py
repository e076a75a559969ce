"""A post on a page of its own, with what answers it: every kind, under the prefix that its kind has."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from federation import backfill
from federation.bridge import now
from federation.kinds.table import KINDS
from node.errors import Gone, NotFound
from node.html import plain
from node.people import actors
from node.posts import posts, tombstones, visibility
from node.store import Database, Row
from web import activitypub, guard, rendering, tongues, viewer, words
from web.pages import board, cards, pinning, removed, sifting, threads
from web.pages.cards import Card
from web.rendering import Head
from web.state import BRIDGE

routes = web.RouteTableDef()
PAGES = {"n": "need", "c": "call"}  # `data-page` by the prefix of the kind
PREFIXES = "|".join(sorted({kind.path for kind in KINDS.values() if kind.path} - {"t", "e"})) or "post"


@dataclass(slots=True)
class Shown:
    """A post as its page shows it."""

    card: Card
    under: threads.Thread
    above: Card | None
    author: Row


@routes.get(rf"/{{prefix:{PREFIXES}}}/{{id:\d+}}")
@routes.get(r"/@{name}/{id:\d+}")
async def post(request: web.Request) -> web.StreamResponse:
    """The post; asked for ActivityPub, its document; at another address than its own, a redirect."""
    try:
        number = await find(request)
    except NotFound as missing:
        return await removed.page(request, missing)
    if activitypub.wants_activity(request):
        return await document(request, number)
    await rendering.read_by(request)
    shown = await request.app[BRIDGE].store.read(show, number, viewer.actor_of(request), page_asked(request))
    if request.path != shown.card.url:
        raise guard.moved(request, shown.card.url)
    card = shown.card
    sift(request, shown.card, shown.under)
    beside = None
    if card.board is not None:
        member = await guard.member(request)
        beside = await request.app[BRIDGE].store.read(
            board.beside, card, member, viewer.actor_of(request), now()
        )  # fmt: skip
    return await rendering.page(
        request, "post.html", PAGES.get(card.kind.path, "post"), beside=beside, head=head(request, card, shown.author),
        post=card, under=shown.under, above=shown.above, original="" if card.local else card.uri,
        pins=await pinning.offered(request, card), steps=steps(card), address=addresses(request),
    )  # fmt: skip


def sift(request: web.Request, card: Card, under: threads.Thread) -> None:
    """The viewer's filters hold for the post and for what answers it."""
    sieve, seer = sifting.of(request, "thread"), viewer.actor_of(request)
    sifting.fold(sieve, card, seer)
    sifting.thread(sieve, under, seer)


async def find(request: web.Request) -> int:
    """The id in the path, of a post that the viewer may see.

    Raises Gone for what was deleted here, NotFound for whatever else is not to be seen.
    """
    bridge = request.app[BRIDGE]
    number = guard.path_id(request)
    row = await bridge.store.read(visibility.see, number, viewer.actor_of(request))
    if row is None or row["boost_of"] is not None:
        if await bridge.store.read(tombstones.find, f"{bridge.origin}/posts/{number}") is not None:
            raise Gone("This was deleted by its author.")
        raise NotFound("There is no such post.")
    if viewer.actor_of(request) is not None:
        await backfill.opened(bridge, row)
    return number


async def document(request: web.Request, number: int) -> web.Response:
    """The document of a public post of ours; a peer's is at its own server."""
    row = await request.app[BRIDGE].store.read(visibility.see, number, None)
    if row is None:
        raise NotFound("There is no such post.")
    if not row["local"]:
        raise web.HTTPFound(row["uri"])
    return web.Response(body=posts.document(row), headers=activitypub.JSON_HEADERS)


def show(db: Database, number: int, seer: int | None, page: int) -> Shown:
    """The post, what it answers, a page of what answers it.  To be called once the reader is known."""
    card = cards.card(db, number, seer)
    if card is None:
        raise NotFound("There is no such post.")
    above = cards.card(db, card.reply_to, seer) if card.reply_to else None
    if card.place is not None and not card.locked:
        first = posts.by_id(db, posts.get(db, number)["thread"])  # gone, when its author deleted it
        card.locked = first is not None and bool(first["locked"])
    return Shown(card, threads.below(db, number, seer, page), above, actors.get(db, card.author.id))


def head(request: web.Request, card: Card, author: Row) -> Head:
    """What search engines and other sites' previews read."""
    origin = request.app[BRIDGE].origin
    words = plain(card.content).strip().replace("\n", " ")
    picture = next((one.preview for one in card.pictures if one.kind == "image" and not card.sensitive), "")
    return Head(
        title=card.title or f"{card.author.name}: {shorten(card.warning or words, 70)}",
        description="" if card.warning else shorten(words, 200),
        canonical=origin + card.url if card.local else card.uri,
        activity=card.uri if card.local else "",
        feed=f"{origin}{card.author.url}/feed" if card.local else "",
        image=origin + picture if picture.startswith("/") else "",
        creator=f"@{author['name']}@{author['host'] or origin.partition('://')[2]}",
        type="article", indexed=bool(author["indexable"] and author["local"] and card.shareable),
    )  # fmt: skip


def shorten(words: str, most: int) -> str:
    """At most so many characters, ended by an ellipsis where some are missing."""
    words = tongues.bare(words)
    return words if len(words) <= most else words[: most - 1].rsplit(" ", 1)[0] + "…"


def steps(card: Card) -> list[tuple[str, str]]:
    """Where the post lies."""
    if card.board is not None:
        calls, offers = card.board.kind == "call", card.board.kind == "offer"
        if calls:
            return [("/calls", words.say("Calls for projects"))]
        return [("/board?kind=offer", words.say("Offers")) if offers else ("/board", words.say("Needs"))]
    if card.place is not None:
        return [(card.place.url, card.place.name)]
    return [(card.author.url, card.author.name)]


def addresses(request: web.Request) -> Callable[[int], str]:
    """The address of another page of the same list."""

    def address(number: int) -> str:
        return str(request.rel_url.update_query({"page": str(number)}))

    return address


def page_asked(request: web.Request) -> int:
    """`?page=`, from 1."""
    asked: Any = request.query.get("page", "1")
    return max(1, min(int(asked), 10_000)) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
