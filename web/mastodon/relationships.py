"""How one stands to others: blocks, mutes, notes, endorsements, whole servers; and who is near whom."""

from collections.abc import Callable
from typing import Any

import orjson
from aiohttp import web

from federation.bridge import now
from federation.handlers import block as blocking
from federation.handlers import follow as following
from node.errors import Invalid, NotFound
from node.people import actors, blocks, mutes, notes
from node.posts import lists, timelines
from node.store import Database, Row
from web.mastodon import entities, shelf
from web.mastodon.accounts import relations
from web.mastodon.answers import accounts, done, found
from web.mastodon.requests import Page, answer, bearer, flag, ids, number, params, path_id, reply, text
from web.state import BRIDGE

routes = web.RouteTableDef()


@routes.post(r"/api/v1/accounts/{id:\d+}/{verb:block|unblock}")
async def block(request: web.Request) -> web.Response:
    """Have nothing to do with it, or again."""
    who = await bearer(request, "write:blocks")
    put = request.match_info["verb"] == "block"

    def act(db: Database, target: Row) -> None:
        mine = actors.get(db, who.actor or 0)
        if put:
            blocking.put(db, mine, target, now())
            timelines.unmerge(db, mine["id"], target["id"])
        else:
            blocks.end(db, mine["id"], target["id"])

    return await _after(request, who.actor, act)


@routes.post(r"/api/v1/accounts/{id:\d+}/mute")
async def mute(request: web.Request) -> web.Response:
    """Read nothing of it, for `duration` seconds or for good."""
    who = await bearer(request, "write:mutes")
    sent = await params(request)
    seconds = number(sent, "duration") or 0
    until = now() + min(seconds, 10 * 31_536_000) * 1000 if seconds else None

    def act(db: Database, target: Row) -> None:
        mutes.keep(db, who.actor or 0, target["id"], flag(sent, "notifications", True), until, now())

    return await _after(request, who.actor, act)


@routes.post(r"/api/v1/accounts/{id:\d+}/unmute")
async def unmute(request: web.Request) -> web.Response:
    """Read it again."""
    who = await bearer(request, "write:mutes")
    return await _after(request, who.actor, lambda db, target: mutes.end(db, who.actor or 0, target["id"]))


@routes.post(r"/api/v1/accounts/{id:\d+}/note")
async def note(request: web.Request) -> web.Response:
    """What one wants to remember about it."""
    who = await bearer(request, "write:accounts")
    words = text(await params(request), "comment")
    return await _after(request, who.actor, lambda db, target: notes.write(db, who.actor or 0, target["id"], words))


@routes.post(r"/api/v1/accounts/{id:\d+}/{verb:pin|unpin|endorse|unendorse}")
async def endorse(request: web.Request) -> web.Response:
    """Show it on one's profile, or no more."""
    who = await bearer(request, "write:accounts")
    show = not request.match_info["verb"].startswith("un")

    def act(db: Database, target: Row) -> None:
        if show:
            notes.endorse(db, who.actor or 0, target["id"], now())
        else:
            notes.unendorse(db, who.actor or 0, target["id"])

    return await _after(request, who.actor, act)


@routes.post(r"/api/v1/accounts/{id:\d+}/remove_from_followers")
async def remove_follower(request: web.Request) -> web.Response:
    """It follows one no more."""
    who = await bearer(request, "write:follows")

    def act(db: Database, target: Row) -> None:
        following.reject(db, actors.get(db, who.actor or 0), target, now())

    return await _after(request, who.actor, act)


@routes.get("/api/v1/blocks")
async def blocked(request: web.Request) -> web.Response:
    """Whom one blocks."""
    who = await bearer(request, "read:blocks")
    page = Page(await params(request), 40, 80)
    return await accounts(request, lambda db: blocks.of(db, who.actor or 0, page.window))


@routes.get("/api/v1/mutes")
async def muted(request: web.Request) -> web.Response:
    """Whom one mutes, and until when."""
    who = await bearer(request, "read:mutes")
    page = Page(await params(request), 40, 80)
    origin = request.app[BRIDGE].origin

    def read(db: Database) -> tuple[bytes, list[int]]:
        rows = mutes.listed(db, who.actor or 0, now(), page.window)
        made = [
            shelf.account(db, row, origin)[:-1] + b',"mute_expires_at":'
            + orjson.dumps(entities.time(row["mute_expires"]) if row["mute_expires"] else None) + b"}"
            for row in rows
        ]  # fmt: skip
        return b"[" + b",".join(made) + b"]", [row["place"] for row in rows]

    body, numbers = await request.app[BRIDGE].store.read(read)
    return reply(request, body, *((numbers[0], numbers[-1]) if numbers else (None, None)))


@routes.get("/api/v1/endorsements")
async def endorsements(request: web.Request) -> web.Response:
    """Whom one shows on one's profile."""
    who = await bearer(request, "read:accounts")
    page = Page(await params(request), 40, 80)
    return await accounts(request, lambda db: notes.endorsed(db, who.actor or 0, page.window))


@routes.get(r"/api/v1/accounts/{id:\d+}/endorsements")
async def endorsements_of(request: web.Request) -> web.Response:
    """Whom an account shows on its profile."""
    page = Page(await params(request), 40, 80)
    return await accounts(request, lambda db: notes.endorsed(db, path_id(request), page.window))


@routes.get("/api/v1/domain_blocks")
async def hosts(request: web.Request) -> web.Response:
    """Servers that one does not hear."""
    who = await bearer(request, "read:blocks")
    return await found(request, lambda db: mutes.hosts_blocked(db, who.actor or 0))


@routes.post("/api/v1/domain_blocks")
@routes.delete("/api/v1/domain_blocks")
async def block_host(request: web.Request) -> web.Response:
    """Hear nothing of a server, or again."""
    who = await bearer(request, "write:blocks")
    host = text(await params(request), "domain").strip().lower()
    bridge = request.app[BRIDGE]
    if not host or len(host) > 253 or "/" in host or " " in host:
        raise Invalid("Validation failed: Domain is not a valid domain name")
    if host == bridge.host:
        raise Invalid("Validation failed: Domain is not a valid domain name")

    def act(db: Database) -> None:
        if request.method == "DELETE":
            mutes.unblock_host(db, who.actor or 0, host)
            return
        blocking.put_host(db, actors.get(db, who.actor or 0), host, now())

    return await done(request, act)


@routes.get("/api/v1/accounts/familiar_followers")
async def familiar(request: web.Request) -> web.Response:
    """Of those whom one follows, who follows each of `id[]`."""
    who = await bearer(request, "read:follows")
    wanted = ids(await params(request), "id")[:40]
    origin = request.app[BRIDGE].origin

    def read(db: Database) -> list[dict[str, Any]]:
        return [
            {
                "id": str(one),
                "accounts": [entities.account(row, origin) for row in notes.familiar(db, who.actor or 0, one)],
            }
            for one in wanted
        ]

    return await found(request, read)


@routes.get(r"/api/v1/accounts/{id:\d+}/lists")
async def lists_holding(request: web.Request) -> web.Response:
    """One's lists in which the account stands."""
    who = await bearer(request, "read:lists")
    return await found(
        request,
        lambda db: [entities.listing(row) for row in lists.holding(db, who.actor or 0, path_id(request))],
    )


async def _after(request: web.Request, actor: int | None, act: Callable[[Database, Row], None]) -> web.Response:
    """The relationship as it is after act()."""

    def write(db: Database) -> list[dict[str, Any]]:
        target = actors.get(db, path_id(request))
        if target["id"] == actor:
            raise Invalid("This action is not allowed")
        act(db, target)
        return relations(db, actor, [target["id"]])

    made = await request.app[BRIDGE].store.write(write)
    if not made:
        raise NotFound("Record not found")
    return answer(request, made[0])
