"""Statuses: written, read with their thread, edited, deleted, liked, passed on."""

from typing import Any

import orjson
from aiohttp import web

from federation import outbox, resolve
from federation.bridge import Bridge, now
from federation.discovery import read_handle
from federation.handlers import announce, like
from federation.outbox import Draft
from node.errors import Invalid, NodeError, NotFound
from node.people import actors
from node.posts import compose, idempotency, posts, visibility
from node.store import Database, Row
from web.mastodon import entities, shelf
from web.mastodon.requests import Page, bearer, flag, ids, number, params, path_id, reply, several, text, viewer
from web.state import BRIDGE

routes = web.RouteTableDef()

MOST_ASKED = 10  # handles of other servers resolved for one post
LONGEST_POLL, SHORTEST_POLL = 2_629_746, 300  # seconds


@routes.post("/api/v1/statuses")
async def create(request: web.Request) -> web.Response:
    """Publish; the same Idempotency-Key within an hour gives the same status."""
    who = await bearer(request, "write:statuses")
    sent = await params(request)
    bridge = request.app[BRIDGE]
    key = request.headers.get("Idempotency-Key", "")[:200]
    draft = await _draft(bridge, sent, who.user)

    def act(db: Database) -> bytes:
        known = idempotency.find(db, who.token, key, now()) if key else None
        if known is None:
            post = outbox.publish(db, actors.get(db, who.actor or 0), draft, now())
            known = post["id"]
            if key:
                idempotency.keep(db, who.token, key, known, now())
        return shelf.status(db, known, who.actor, bridge.origin)

    return reply(request, await bridge.store.write(act))


@routes.get("/api/v1/statuses")
async def several_statuses(request: web.Request) -> web.Response:
    """The statuses of `id[]` that the viewer may see."""
    who = await viewer(request, "read:statuses")
    wanted = ids(await params(request), "id")[:40]
    bridge = request.app[BRIDGE]

    def read(db: Database) -> bytes:
        seen = [one for one in wanted if visibility.see(db, one, who) is not None]
        return shelf.statuses(db, seen, who, bridge.origin)

    return reply(request, await bridge.store.read(read))


@routes.get(r"/api/v1/statuses/{id:\d+}")
async def status(request: web.Request) -> web.Response:
    """One status."""
    who = await viewer(request, "read:statuses")
    bridge = request.app[BRIDGE]

    def read(db: Database) -> bytes:
        _must_see(db, path_id(request), who)
        return shelf.status(db, path_id(request), who, bridge.origin)

    return reply(request, await bridge.store.read(read))


@routes.put(r"/api/v1/statuses/{id:\d+}")
async def edit(request: web.Request) -> web.Response:
    """Edit one's own."""
    who = await bearer(request, "write:statuses")
    bridge = request.app[BRIDGE]
    draft = await _draft(bridge, await params(request), who.user)

    def act(db: Database) -> bytes:
        post = _own(db, path_id(request), who.actor)
        draft.title = draft.title or post["title"]
        draft.language = draft.language or post["language"]
        outbox.edit(db, post, draft, now())
        return shelf.status(db, post["id"], who.actor, bridge.origin)

    return reply(request, await bridge.store.write(act))


@routes.delete(r"/api/v1/statuses/{id:\d+}")
async def delete(request: web.Request) -> web.Response:
    """Delete one's own; the answer holds its text, to write it again."""
    who = await bearer(request, "write:statuses")
    bridge = request.app[BRIDGE]

    def act(db: Database) -> dict[str, Any]:
        post = _own(db, path_id(request), who.actor)
        found: dict[str, Any] = orjson.loads(shelf.status(db, post["id"], who.actor, bridge.origin))
        del found["content"]
        if post["boost_of"] is not None:
            announce.take_back(db, actors.get(db, post["author"]), posts.get(db, post["boost_of"]), now())
        else:
            outbox.delete(db, post, now())
        return found | {"text": post["source"]}

    return reply(request, orjson.dumps(await bridge.store.write(act)))


@routes.get(r"/api/v1/statuses/{id:\d+}/context")
async def context(request: web.Request) -> web.Response:
    """What it answers, and what answers it."""
    who = await viewer(request, "read:statuses")
    bridge = request.app[BRIDGE]

    def read(db: Database) -> bytes:
        post = _must_see(db, path_id(request), who)
        above, below = _ancestors(db, post, who), _descendants(db, post, who)
        return (
            b'{"ancestors":' + shelf.statuses(db, above, who, bridge.origin)
            + b',"descendants":' + shelf.statuses(db, below, who, bridge.origin) + b"}"
        )  # fmt: skip

    return reply(request, await bridge.store.read(read))


@routes.post(r"/api/v1/statuses/{id:\d+}/{verb:favourite|unfavourite|reblog|unreblog}")
async def react(request: web.Request) -> web.Response:
    """Like, pass on, or take it back."""
    verb = request.match_info["verb"]
    who = await bearer(request, "write:favourites" if "favourite" in verb else "write:statuses")
    sent = await params(request)
    visible = entities.FROM_VISIBILITY.get(text(sent, "visibility", "public"), "public")
    bridge = request.app[BRIDGE]

    def act(db: Database) -> bytes:
        post = _must_see(db, path_id(request), who.actor)
        post = post if post["boost_of"] is None else posts.get(db, post["boost_of"])
        actor = actors.get(db, who.actor or 0)
        shown = post["id"]
        match verb:
            case "favourite":
                like.put(db, actor, post, now())
            case "unfavourite":
                like.take_back(db, actor, post, now())
            case "reblog":
                shown = announce.put(db, actor, post, now(), user=who.user, visible=visible)["id"]
            case _:
                announce.take_back(db, actor, post, now())
        return shelf.status(db, shown, who.actor, bridge.origin)

    return reply(request, await bridge.store.write(act))


@routes.get(r"/api/v1/statuses/{id:\d+}/{which:favourited_by|reblogged_by}")
async def reacted_by(request: web.Request) -> web.Response:
    """Who liked it, or passed it on."""
    who = await viewer(request, "read:statuses", "read:accounts")
    page = Page(await params(request), 40, 80)
    bridge = request.app[BRIDGE]
    table = (
        "select actors.* from reactions join actors on actors.id = reactions.actor"
        " where reactions.post = :post and reactions.kind = 'like'"
        if request.match_info["which"] == "favourited_by"
        else "select actors.* from posts join actors on actors.id = posts.author where posts.boost_of = :post"
    )

    def read(db: Database) -> tuple[bytes, list[int]]:
        post = _must_see(db, path_id(request), who)
        rows = db.rows(
            table + " and actors.id < :before order by actors.id desc limit :limit",
            {"post": post["id"], "before": page.before, "limit": page.limit},
        ).fetchall()
        body = b"[" + b",".join(shelf.account(db, row, bridge.origin) for row in rows) + b"]"
        return body, [row["id"] for row in rows]

    body, found = await bridge.store.read(read)
    return reply(request, body, found[0] if found else None, found[-1] if found else None)


async def _draft(bridge: Bridge, sent: dict[str, Any], user: int | None) -> Draft:
    """What the app means, the people it names in other places asked for.  Raises Invalid."""
    visible = text(sent, "visibility") or "public"
    if visible not in entities.FROM_VISIBILITY:
        raise Invalid("Validation failed: Visibility is not included in the list")
    reply_to = number(sent, "in_reply_to_id") if sent.get("in_reply_to_id") else None
    if sent.get("in_reply_to_id") and reply_to is None:
        raise NotFound("Record not found")
    draft = Draft(
        text=text(sent, "status"), visibility=entities.FROM_VISIBILITY[visible], language=text(sent, "language")[:35],
        warning=text(sent, "spoiler_text"), sensitive=flag(sent, "sensitive"), reply_to=reply_to, user=user,
        media=ids(sent, "media_ids"), poll=_poll(sent),
    )  # fmt: skip
    if draft.poll:
        draft.kind = "question"
    await resolve_mentions(bridge, draft.text)
    return draft


async def resolve_mentions(bridge: Bridge, words: str) -> None:
    """People of other servers that the text names are known, those who can be found."""
    for name, host in compose.handles(words)[:MOST_ASKED]:
        try:
            read_handle(f"{name}@{host}")
            await resolve.handle(bridge, f"{name}@{host}")
        except NodeError:
            continue


def _poll(sent: dict[str, Any]) -> dict[str, Any] | None:
    poll = sent.get("poll")
    if not isinstance(poll, dict) or not poll.get("options"):
        return None
    options = [str(one).strip()[:100] for one in several(poll, "options")]
    seconds = number(poll, "expires_in")
    if not 2 <= len(options) <= 8 or len(set(options)) != len(options) or not all(options):
        raise Invalid("Validation failed: Poll options are not right")
    if seconds is None or not SHORTEST_POLL <= seconds <= LONGEST_POLL:
        raise Invalid("Validation failed: Poll expiration is not right")
    return {
        "options": [(one, 0) for one in options], "multiple": flag(poll, "multiple"),
        "closes": now() + seconds * 1000, "closed": None, "voters": 0,
    }  # fmt: skip


def _must_see(db: Database, identifier: int, who: int | None) -> Row:
    post = visibility.see(db, identifier, who)
    if post is None or (post["boost_of"] is not None and visibility.see(db, post["boost_of"], who) is None):
        raise NotFound("Record not found")
    return post


def _own(db: Database, identifier: int, actor: int | None) -> Row:
    post = _must_see(db, identifier, actor)
    if post["author"] != actor or not post["local"]:
        raise NotFound("Record not found")
    return post


def _ancestors(db: Database, post: Row, who: int | None) -> list[int]:
    found: list[int] = []
    while post["reply_to"] is not None and len(found) < 4096:
        parent = visibility.see(db, post["reply_to"], who)
        if parent is None:
            break
        found.append(parent["id"])
        post = parent
    return found[::-1]


def _descendants(db: Database, post: Row, who: int | None) -> list[int]:
    """Answers in the order of a conversation: each followed by its own answers."""
    rows = db.rows(
        "select posts.id, posts.reply_to from posts where posts.thread = :thread and posts.id <> :post and "
        + visibility.POSTS + " order by posts.id limit 4096",
        {"thread": post["thread"], "post": post["id"], "viewer": who},
    ).fetchall()  # fmt: skip
    below: dict[int, list[int]] = {}
    for row in rows:
        below.setdefault(row["reply_to"], []).append(row["id"])
    found: list[int] = []
    waiting = below.get(post["id"], [])[::-1]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += below.get(one, [])[::-1]
    return found
