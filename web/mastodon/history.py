"""How a status came to be: its source, its earlier versions; what is not done with it here, said honestly."""

import json
from typing import Any

import orjson
from aiohttp import web

from federation import outbox
from federation.bridge import now
from federation.handlers import quote as taking
from node.errors import Forbidden, Invalid, NotFound
from node.people import actors
from node.posts import edits, media, polls, posts, quotes, visibility
from node.store import Database, Row
from web.mastodon import drafts, entities, shelf
from web.mastodon.answers import must_own, must_see, original, statuses
from web.mastodon.requests import Page, anyone, bearer, params, path_id, reply, viewer
from web.state import BRIDGE

routes = web.RouteTableDef()


@routes.get(r"/api/v1/statuses/{id:\d+}/source")
async def source(request: web.Request) -> web.Response:
    """What the author typed."""
    who = await viewer(request, "read:statuses")

    def read(db: Database) -> dict[str, Any]:
        post = must_see(db, path_id(request), who)
        return {"id": str(post["id"]), "text": post["source"], "spoiler_text": post["warning"]}

    return reply(request, orjson.dumps(await request.app[BRIDGE].store.read(read)))


@routes.get(r"/api/v1/statuses/{id:\d+}/history")
async def history(request: web.Request) -> web.Response:
    """Every version, the first one first."""
    who = await viewer(request, "read:statuses")
    origin = request.app[BRIDGE].origin

    def read(db: Database) -> bytes:
        post = original(db, must_see(db, path_id(request), who))
        account = shelf.account(db, actors.get(db, post["author"]), origin)
        same: dict[str, Any] = {"emojis": entities.emojis(post["emojis"], origin)}
        quote = orjson.loads(shelf.status(db, post["id"], who, origin))["quote"]
        same |= {"quote": quote} if quote is not None else {}
        versions = [_before(db, row, origin) for row in edits.of(db, post["id"])] + [_today(db, post, origin)]
        return (
            b"[" + b",".join(orjson.dumps(one | same)[:-1] + b',"account":' + account + b"}" for one in versions) + b"]"
        )

    return reply(request, await request.app[BRIDGE].store.read(read))


@routes.get(r"/api/v1/statuses/{id:\d+}/quotes")
async def quoted_by(request: web.Request) -> web.Response:
    """Statuses that quote it, with its author's leave."""
    who = await bearer(request, "read:statuses")
    page = Page(await params(request))

    def find(db: Database) -> list[int]:
        post = original(db, must_see(db, path_id(request), who.actor))
        found = quotes.quoting(db, post["id"], page.window)
        return [one for one in found if visibility.see(db, one, who.actor) is not None]

    return await statuses(request, who.actor, find)


@routes.post(r"/api/v1/statuses/{id:\d+}/quotes/{quoting:\d+}/revoke")
async def revoke(request: web.Request) -> web.Response:
    """The other quotes one's own no more, and its server hears of it."""
    who = await bearer(request, "write:statuses")
    bridge = request.app[BRIDGE]

    def act(db: Database) -> bytes:
        post, other = must_see(db, path_id(request), who.actor), must_see(db, path_id(request, "quoting"), who.actor)
        quote = quotes.of(db, other["id"])
        if quote is None or quote["quoted"] != post["id"]:
            raise NotFound("Record not found")
        if post["author"] != who.actor:
            raise Forbidden("This action is not allowed")
        taking.take_back(db, post, other, now())
        return shelf.status(db, other["id"], who.actor, bridge.origin)

    return reply(request, await bridge.store.write(act))


@routes.put(r"/api/v1/statuses/{id:\d+}/interaction_policy")
async def permit(request: web.Request) -> web.Response:
    """Who may quote one's own from now on; whoever has it hears of it."""
    who = await bearer(request, "write:statuses")
    chosen = drafts.quote_policy(await params(request))
    if not chosen:
        raise Invalid("Validation failed: Quote approval policy can't be blank")
    bridge = request.app[BRIDGE]

    def act(db: Database) -> bytes:
        post = must_own(db, path_id(request), who.actor)
        if post["boost_of"] is not None:
            raise NotFound("Record not found")
        posts.change(db, post["id"], details=posts.details(post) | chosen)
        outbox.tell_again(db, posts.get(db, post["id"]), now())
        return shelf.status(db, post["id"], who.actor, bridge.origin)

    return reply(request, await bridge.store.write(act))


@routes.post(r"/api/v1/statuses/{id:\d+}/translate")
async def translate(request: web.Request) -> web.Response:
    """Nothing here translates: no other server reads what is written here."""
    await anyone(request)
    await params(request)
    raise NotFound("Record not found")


def _before(db: Database, row: Row, origin: str) -> dict[str, Any]:
    shown = [media.get(db, one) for one in json.loads(row["media"])]
    options = json.loads(row["options"])
    return {
        "content": row["content"], "spoiler_text": row["warning"], "sensitive": bool(row["sensitive"]),
        "created_at": entities.time(row["at"]),
        "media_attachments": [entities.attachment(one, origin) for one in shown if one is not None],
        **({"poll": {"options": [{"title": one} for one in options]}} if options else {}),
    }  # fmt: skip


def _today(db: Database, post: Row, origin: str) -> dict[str, Any]:
    options = [row["title"] for row in polls.options(db, post["id"])]
    return {
        "content": post["content"], "spoiler_text": post["warning"], "sensitive": bool(post["sensitive"]),
        "created_at": entities.time(post["edited"] or post["published"]),
        "media_attachments": [entities.attachment(one, origin) for one in media.of(db, post["id"])],
        **({"poll": {"options": [{"title": one} for one in options]}} if options else {}),
    }  # fmt: skip
