"""Search: people, posts and hashtags; an address pasted whole is asked for."""

import re
from typing import Any

import orjson
from aiohttp import web

from federation import resolve
from node.errors import NodeError, Unproven
from node.people import follows
from node.posts import posts, searching, tags, timelines, visibility
from node.posts import search as index
from node.store import Database, Row
from node.text import fold
from web.mastodon import entities, shelf, told
from web.mastodon.accounts import find
from web.mastodon.requests import Page, flag, number, params, reply, text, viewer
from web.state import BRIDGE

routes = web.RouteTableDef()

# Each along an index, for any visitor may paste an address: the one of the pages of posts holds those of peers.
KNOWN = (
    ("actor", "select * from actors where uri = ?"),
    ("actor", "select * from actors where url = ?"),
    ("post", "select * from posts where uri = ?"),
    ("post", "select * from posts where url = ? and not local and boost_of is null"),
)


@routes.get("/api/v1/search")
@routes.get("/api/v2/search")
async def search(request: web.Request) -> web.Response:
    """Search."""
    actor = await viewer(request, "read:search")
    sent = await params(request)
    typed, wanted = text(sent, "q").strip(), text(sent, "type")
    ask, offset = flag(sent, "resolve"), number(sent, "offset") or 0
    if (ask or offset) and actor is None:
        raise Unproven("This method requires an authenticated user")
    limit = Page(sent).limit
    bridge = request.app[BRIDGE]
    people: list[Row] = []
    found_post: int | None = None
    if typed.startswith(("http://", "https://")):
        kind, row = await _address(request, typed, ask, actor)
        if row is not None and kind == "actor" and wanted in ("", "accounts"):
            people = [row]
        if row is not None and kind == "post" and wanted in ("", "statuses"):
            found_post = row["id"]
    elif wanted in ("", "accounts"):
        people = (await find(bridge, typed, ask, limit + offset, actor))[offset : offset + limit]
        if flag(sent, "following") and actor is not None:
            people = [one for one in people if await bridge.store.read(follows.get, actor, one["id"]) is not None]

    def read(db: Database) -> bytes:
        numbers = [] if found_post is None else [found_post]
        if found_post is None and wanted in ("", "statuses") and not _names_somebody(typed):
            numbers = _posts(db, typed, actor, limit, offset, sent, bridge.host)
        visible = visibility.seen(db, numbers, actor)
        seen = [one for one in numbers if one in visible]
        named = wanted in ("", "hashtags") and not offset and not _names_somebody(typed)
        named_so = _tags(db, typed, actor, bridge.origin, limit) if named else []
        accounts = b",".join(shelf.account(db, row, bridge.origin) for row in people)
        return (
            b'{"accounts":[' + accounts + b'],"statuses":' + shelf.statuses(db, seen, actor, bridge.origin)
            + b',"hashtags":' + orjson.dumps(named_so) + b"}"
        )  # fmt: skip

    return reply(request, await told.read(request, actor, read))


def _names_somebody(typed: str) -> bool:
    """An address or a handle, whole: no word of a post, no hashtag."""
    return typed.startswith(("http://", "https://")) or re.fullmatch(r"@?[^\s@:]+@[^\s@]+|@[^\s@:]+", typed) is not None


def _posts(db: Database, typed: str, actor: int | None, limit: int, offset: int, sent: dict[str, Any],
           host: str) -> list[int]:  # fmt: skip
    """Posts with these words, of whom and when that is said; for a hashtag those that carry it."""
    page, author = Page(sent), number(sent, "account_id")
    paged = any(sent.get(name) for name in ("account_id", "max_id", "min_id"))
    if re.fullmatch(r"#\S+", typed) and author is None:
        return timelines.with_tag(db, fold(typed[1:]), actor, page.before, page.after, limit + offset)[offset:]
    wish = searching.read(db, typed, actor, host) or (searching.Wish(typed) if paged else None)
    if wish is None:
        return [row["id"] for row in index.ids(db, typed, (), limit + offset)][offset:]
    wish.author = author if author is not None else wish.author
    return searching.posts(db, wish, actor, page.after, page.before, limit, offset)


async def _address(request: web.Request, typed: str, ask: bool, actor: int | None) -> tuple[str, Row | None]:
    """What stands behind an address: known here, or asked for when that is wanted."""
    bridge = request.app[BRIDGE]
    known = await bridge.store.read(_known, typed)
    if known is not None:
        return known
    if not ask or bridge.is_ours(typed):
        return "", None
    try:
        kind, row = await resolve.anything(bridge, typed, actor_id=actor)
    except NodeError:
        return "", None
    if kind == "post" and row is not None and await bridge.store.read(visibility.see, row["id"], actor) is None:
        return "", None
    return kind, row


def _known(db: Database, address: str) -> tuple[str, Row | None] | None:
    for kind, sql in KNOWN:
        row = db.row(sql, (address,))
        if row is not None:
            return kind, row
    ours = re.match(r".*/(?:@[^/]+|t|e|n|c)/(\d{1,18})\Z", address)
    row = db.row("select * from posts where id = ? and url = ?", (int(ours[1]), address)) if ours else None
    row = row or posts.by_uri(db, address)  # the Note that stands for an event
    return ("post", row) if row is not None else None


def _tags(db: Database, typed: str, actor: int | None, origin: str, limit: int) -> list[dict[str, object]]:
    name = fold(typed.lstrip("#"))
    if not name or " " in name:
        return []
    return [
        {"id": one, "name": one, "url": entities.tag_url(one, origin), "history": [], "following": False}
        for one in tags.begun(db, name, actor, limit)
    ]
