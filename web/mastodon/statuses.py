"""Statuses: written, read with their thread, edited, deleted, liked, passed on."""

from typing import Any

import orjson
from aiohttp import web

from federation import backfill, outbox
from federation.bridge import now
from federation.handlers import announce, like
from federation.outbox import Draft
from node.errors import NotFound
from node.people import actors
from node.people.tokens import Bearer
from node.posts import idempotency, media, posts, reactions, visibility
from node.posts import scheduled as waiting
from node.store import Database, Row
from web.mastodon import drafts, entities, scheduled, shelf, told
from web.mastodon import media as media_door
from web.mastodon.answers import accounts, must_own, must_see
from web.mastodon.requests import Page, bearer, flag, ids, params, path_id, reply, text, viewer
from web.state import BRIDGE

routes = web.RouteTableDef()

MOST_IN_THREAD = 4096  # posts above one, or below it, as Mastodon
MOST_ABOVE = 100  # of them, for a visitor: each is looked for by itself


@routes.post("/api/v1/statuses")
async def create(request: web.Request) -> web.Response:
    """Publish, now or later; the same Idempotency-Key within an hour gives the same status."""
    who = await bearer(request, "write:statuses")
    sent = await params(request)
    bridge = request.app[BRIDGE]
    key = request.headers.get("Idempotency-Key", "")[:200].encode(errors="replace").decode()  # of any bytes
    chosen = await bridge.store.read(drafts.defaults, who.actor or 0)
    draft = drafts.read(sent, chosen, who.user)
    draft.application = who.application
    due = scheduled.moment(sent)
    if due is not None and due >= now() + waiting.SOONEST:
        return await _keep_for_later(request, who, draft, due, key)
    await drafts.ask_for_mentioned(bridge, draft.text)

    def act(db: Database) -> bytes:
        known = idempotency.find(db, who.token, key, now()) if key else None
        if known is None or visibility.see(db, known, who.actor) is None:
            drafts.check(db, who.actor or 0, draft)
            author = actors.get(db, who.actor or 0)
            known = outbox.publish(db, author, draft, now())["id"]
            if key:
                idempotency.keep(db, who.token, key, known, now())
        return shelf.status(db, known, who.actor, bridge.origin)

    return reply(request, await bridge.store.write(act))


async def _keep_for_later(request: web.Request, who: Bearer, draft: Draft, due: int, key: str) -> web.Response:
    """ScheduledStatus."""
    bridge = request.app[BRIDGE]

    def act(db: Database) -> dict[str, Any]:
        known = idempotency.find(db, who.token, key, now()) if key else None
        row = waiting.waits(db, who.actor or 0, known) if known is not None else None
        if row is None:
            drafts.check(db, who.actor or 0, draft)
            row = waiting.keep(db, who.actor or 0, who.user, who.application, drafts.keepable(draft), due, now())
            if key:
                idempotency.keep(db, who.token, key, row["id"], now())
        return scheduled.entity(db, row, bridge.origin)

    return reply(request, orjson.dumps(await bridge.store.write(act)))


@routes.get("/api/v1/statuses")
async def several_statuses(request: web.Request) -> web.Response:
    """The statuses of `id[]` that the viewer may see."""
    who = await viewer(request, "read:statuses")
    wanted = ids(await params(request), "id")[:40]
    bridge = request.app[BRIDGE]

    def read(db: Database) -> bytes:
        seen = visibility.seen(db, wanted, who)
        return shelf.statuses(db, [one for one in wanted if one in seen], who, bridge.origin)

    return reply(request, await bridge.store.read(read))


@routes.get(r"/api/v1/statuses/{id:\d+}")
async def status(request: web.Request) -> web.Response:
    """One status."""
    who = await viewer(request, "read:statuses")
    bridge = request.app[BRIDGE]

    def read(db: Database) -> bytes:
        must_see(db, path_id(request), who)
        return shelf.status(db, path_id(request), who, bridge.origin)

    return reply(request, await bridge.store.read(read))


@routes.put(r"/api/v1/statuses/{id:\d+}")
async def edit(request: web.Request) -> web.Response:
    """Edit one's own; what is not sent stays as it is."""
    who = await bearer(request, "write:statuses")
    bridge = request.app[BRIDGE]
    sent = await params(request)
    await drafts.ask_for_mentioned(bridge, text(sent, "status"))
    covers = await media_door.covers(bridge, who.actor or 0, path_id(request), sent)

    def act(db: Database) -> bytes:
        post = must_own(db, path_id(request), who.actor)
        if post["boost_of"] is not None:
            raise NotFound("Record not found")
        draft = drafts.of_edit(db, post, sent, who.user)
        drafts.check(db, who.actor or 0, draft, post["id"])
        media.detach_others(db, post["id"], draft.media)
        drafts.describe(db, post["id"], sent, covers)
        outbox.edit(db, post, draft, now())
        return shelf.status(db, post["id"], who.actor, bridge.origin)

    return reply(request, await bridge.store.write(act))


@routes.delete(r"/api/v1/statuses/{id:\d+}")
async def delete(request: web.Request) -> web.Response:
    """Delete one's own; the answer holds its text, to write it again with its pictures."""
    who = await bearer(request, "write:statuses")
    keep = not flag(await params(request), "delete_media")
    bridge = request.app[BRIDGE]

    def act(db: Database) -> dict[str, Any]:
        post = must_own(db, path_id(request), who.actor)
        found: dict[str, Any] = orjson.loads(shelf.status(db, post["id"], who.actor, bridge.origin))
        del found["content"]
        if found["reblog"] is not None:
            del found["reblog"]["content"]
        if post["boost_of"] is not None:
            announce.take_back(db, actors.get(db, post["author"]), posts.get(db, post["boost_of"]), now())
        else:
            if keep:
                media.release(db, post["id"], now())
            outbox.delete(db, post, now())
        return found | {"text": post["source"]}

    return reply(request, orjson.dumps(await bridge.store.write(act)))


@routes.get(r"/api/v1/statuses/{id:\d+}/context")
async def context(request: web.Request) -> web.Response:
    """What it answers, and what answers it."""
    who = await viewer(request, "read:statuses")
    bridge = request.app[BRIDGE]

    def read(db: Database) -> tuple[bytes, Row]:
        post = must_see(db, path_id(request), who)
        above, below = _ancestors(db, post, who), _descendants(db, post, who)
        shown = shelf.several(db, {*above, *below}, who, bridge.origin)
        first, then = (b",".join([shown[one] for one in ones]) for ones in (above, below))
        return b'{"ancestors":[' + first + b'],"descendants":[' + then + b"]}", post

    body, post = await told.read(request, who, read)
    if who is not None:
        await backfill.opened(bridge, post)
    return reply(request, body)


@routes.post(r"/api/v1/statuses/{id:\d+}/{verb:favourite|unfavourite|reblog|unreblog}")
async def react(request: web.Request) -> web.Response:
    """Like, pass on, or take it back."""
    verb = request.match_info["verb"]
    who = await bearer(request, "write:favourites" if "favourite" in verb else "write:statuses")
    sent = await params(request)
    visible = entities.FROM_VISIBILITY.get(text(sent, "visibility", "public"), "public")
    bridge = request.app[BRIDGE]

    def act(db: Database) -> bytes:
        post = must_see(db, path_id(request), who.actor)
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
    """Who liked it, or passed it on, the last to do so first."""
    who = await viewer(request, "read:statuses", "read:accounts")
    page = Page(await params(request), 40, 80)
    find = reactions.liking if request.match_info["which"] == "favourited_by" else reactions.passing_on
    return await accounts(request, lambda db: find(db, must_see(db, path_id(request), who)["id"], page.window))


def _ancestors(db: Database, post: Row, who: int | None) -> list[int]:
    found: dict[int, None] = {}
    most = MOST_IN_THREAD if who is not None else MOST_ABOVE
    while post["reply_to"] is not None and post["reply_to"] not in found and len(found) < most:
        parent = visibility.see(db, post["reply_to"], who)
        if parent is None:
            break
        found[parent["id"]] = None
        post = parent
    return [*found][::-1]


def _descendants(db: Database, post: Row, who: int | None) -> list[int]:
    """Answers in the order of a conversation: each followed by its own answers."""
    rows = db.rows(
        "select posts.id, posts.reply_to from posts where posts.thread = :thread and posts.id <> :post and "
        + visibility.POSTS + " order by posts.id limit :most",
        {"thread": post["thread"], "post": post["id"], "viewer": who, "most": MOST_IN_THREAD},
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
