"""Lists: some of those whom one follows, read apart."""

from typing import Any

from aiohttp import web

from federation.bridge import now
from node.posts import lists
from node.store import Database
from web.mastodon import entities
from web.mastodon.answers import accounts, done, found, statuses
from web.mastodon.requests import Page, bearer, flag, ids, number, params, path_id, text

routes = web.RouteTableDef()


@routes.get("/api/v1/lists")
async def all_of_them(request: web.Request) -> web.Response:
    """One's lists."""
    who = await bearer(request, "read:lists")
    return await found(request, lambda db: [entities.listing(row) for row in lists.of(db, who.actor or 0)])


@routes.post("/api/v1/lists")
async def create(request: web.Request) -> web.Response:
    """A new list."""
    who = await bearer(request, "write:lists")
    sent = await params(request)
    replies = text(sent, "replies_policy") or "list"
    return await done(
        request,
        lambda db: entities.listing(
            lists.create(db, who.actor or 0, text(sent, "title"), replies, flag(sent, "exclusive"), now())
        ),
    )


@routes.get(r"/api/v1/lists/{id:\d+}")
async def one(request: web.Request) -> web.Response:
    """One of them."""
    who = await bearer(request, "read:lists")
    return await found(request, lambda db: entities.listing(lists.get(db, who.actor or 0, path_id(request))))


@routes.put(r"/api/v1/lists/{id:\d+}")
@routes.patch(r"/api/v1/lists/{id:\d+}")
async def change(request: web.Request) -> web.Response:
    """Another title, other rules."""
    who = await bearer(request, "write:lists")
    sent = await params(request)
    exclusive = flag(sent, "exclusive") if "exclusive" in sent else None
    title = text(sent, "title") if "title" in sent else None

    def act(db: Database) -> dict[str, Any]:
        row = lists.change(db, who.actor or 0, path_id(request), title, text(sent, "replies_policy") or None, exclusive)
        return entities.listing(row)

    return await done(request, act)


@routes.delete(r"/api/v1/lists/{id:\d+}")
async def delete(request: web.Request) -> web.Response:
    """The list is gone."""
    who = await bearer(request, "write:lists")
    return await done(request, lambda db: lists.delete(db, who.actor or 0, path_id(request)))


@routes.get(r"/api/v1/lists/{id:\d+}/accounts")
async def members(request: web.Request) -> web.Response:
    """Who stands in it; `limit=0` means all."""
    who = await bearer(request, "read:lists")
    sent = await params(request)
    page = Page(sent, 40, 80)
    page.limit = 10_000 if number(sent, "limit") == 0 else page.limit
    return await accounts(request, lambda db: lists.members(db, who.actor or 0, path_id(request), page.window))


@routes.post(r"/api/v1/lists/{id:\d+}/accounts")
async def add(request: web.Request) -> web.Response:
    """These stand in it from now on."""
    who = await bearer(request, "write:lists")
    wanted = ids(await params(request), "account_ids")
    return await done(request, lambda db: lists.add(db, who.actor or 0, path_id(request), wanted, now()))


@routes.delete(r"/api/v1/lists/{id:\d+}/accounts")
async def remove(request: web.Request) -> web.Response:
    """These do not."""
    who = await bearer(request, "write:lists")
    wanted = ids(await params(request), "account_ids")
    return await done(request, lambda db: lists.remove(db, who.actor or 0, path_id(request), wanted))


@routes.get(r"/api/v1/timelines/list/{id:\d+}")
async def timeline(request: web.Request) -> web.Response:
    """What those in the list say."""
    who = await bearer(request, "read:lists")
    page = Page(await params(request))
    owner = who.actor or 0

    def find(db: Database) -> list[int]:
        return lists.timeline(db, owner, path_id(request), page.before, page.after, page.limit, oldest=page.oldest)

    return await statuses(request, owner, find)
