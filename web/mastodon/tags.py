"""Hashtags: looked at, followed, shown on profiles."""

from typing import Any

from aiohttp import web

from federation.bridge import now
from node.errors import NotFound
from node.posts import interests, tags
from node.posts.compose import is_hashtag
from node.store import Database, Row
from web.mastodon import entities, told
from web.mastodon.answers import done, ends, found
from web.mastodon.requests import Page, answer, bearer, params, path_id, text, viewer
from web.mastodon.requests import number as number_of
from web.state import BRIDGE

routes = web.RouteTableDef()


@routes.get("/api/v1/tags/{name}")
async def one(request: web.Request) -> web.Response:
    """A hashtag, with its use in the last week."""
    who = await viewer(request, "read")
    name, origin = _name(request), request.app[BRIDGE].origin

    def read(db: Database) -> dict[str, Any]:
        row = tags.see(db, name, who)
        if row is None:
            _must_be_one(db, name)
            return entities.tag(
                0, name.lower(), origin, interests.history(db, 0, now()), False if who is not None else None
            )
        return entity(db, row, who, origin)

    return await found(request, read)


@routes.post("/api/v1/tags/{name}/{verb:follow|unfollow}")
async def follow(request: web.Request) -> web.Response:
    """Public posts with it come home, or no more."""
    who = await bearer(request, "write:follows")
    act = interests.follow if request.match_info["verb"] == "follow" else _unfollow
    name, origin, actor = _name(request), request.app[BRIDGE].origin, who.actor or 0

    def put(db: Database) -> dict[str, Any]:
        _must_be_one(db, name)
        return entity(db, act(db, actor, name, now()), actor, origin)

    return await done(request, put)


@routes.post("/api/v1/tags/{name}/{verb:feature|unfeature}")
async def show(request: web.Request) -> web.Response:
    """One's profile shows it, or no more."""
    who = await bearer(request, "write:accounts")
    act = interests.show if request.match_info["verb"] == "feature" else _hide
    name, origin, actor = _name(request), request.app[BRIDGE].origin, who.actor or 0

    def put(db: Database) -> dict[str, Any]:
        _must_be_one(db, name)
        return entity(db, act(db, actor, name, now()), actor, origin)

    return await done(request, put)


def _name(request: web.Request) -> str:
    """The hashtag of the path, with or without its sign."""
    return request.match_info["name"].lstrip("#")


def _must_be_one(db: Database, name: str) -> None:
    """Raises NotFound for a word that nobody can write as a hashtag, and nobody did."""
    if not is_hashtag(name) and tags.find(db, name) is None:
        raise NotFound("Record not found")


def _hide(db: Database, actor: int, name: str, _now: int) -> Row:
    return interests.hide(db, actor, name)


def _unfollow(db: Database, actor: int, name: str, _now: int) -> Row:
    return interests.unfollow(db, actor, name)


@routes.get("/api/v1/followed_tags")
async def followed(request: web.Request) -> web.Response:
    """Hashtags that one follows."""
    who = await bearer(request, "read:follows")
    page = Page(await params(request), 100, 200)
    origin = request.app[BRIDGE].origin

    def read(db: Database) -> tuple[list[dict[str, Any]], list[int]]:
        rows = interests.followed(db, who.actor or 0, page.window)
        return [entity(db, row, who.actor, origin) for row in rows], [row["id"] for row in rows]

    made, numbers = await request.app[BRIDGE].store.read(read)
    return answer(request, made, ends=ends(numbers))


@routes.get("/api/v1/featured_tags")
async def featured(request: web.Request) -> web.Response:
    """Hashtags on one's own profile."""
    who = await bearer(request, "read:accounts")
    return await _featured_of(request, who.actor or 0)


@routes.get(r"/api/v1/accounts/{id:\d+}/featured_tags")
async def featured_of(request: web.Request) -> web.Response:
    """Hashtags on a profile."""
    await viewer(request, "read:accounts")
    return await _featured_of(request, path_id(request))


async def _featured_of(request: web.Request, actor: int) -> web.Response:
    origin = request.app[BRIDGE].origin

    def read(db: Database) -> list[dict[str, Any]]:
        return [entities.featured_tag(row, origin) for row in interests.featured(db, actor)]

    return await found(request, read)


@routes.post("/api/v1/featured_tags")
async def feature(request: web.Request) -> web.Response:
    """Show a hashtag on one's profile."""
    who = await bearer(request, "write:accounts")
    name, origin, actor = text(await params(request), "name").lstrip("#"), request.app[BRIDGE].origin, who.actor or 0

    def act(db: Database) -> dict[str, Any]:
        return entities.featured_tag(interests.feature(db, actor, name, now()), origin)

    return await done(request, act)


@routes.delete(r"/api/v1/featured_tags/{id:\d+}")
async def unfeature(request: web.Request) -> web.Response:
    """Show it no more."""
    who = await bearer(request, "write:accounts")
    return await done(request, lambda db: interests.unfeature(db, who.actor or 0, path_id(request)))


@routes.get("/api/v1/featured_tags/suggestions")
async def suggestions(request: web.Request) -> web.Response:
    """Hashtags that one uses most."""
    who = await bearer(request, "read:accounts")
    origin = request.app[BRIDGE].origin
    return await found(
        request, lambda db: [entity(db, row, who.actor, origin) for row in interests.used_by(db, who.actor or 0, 10)]
    )


@routes.get("/api/v1/trends/tags")
@routes.get("/api/v1/trends")
async def rising(request: web.Request) -> web.Response:
    """Hashtags that several people used this week."""
    who = await viewer(request, "read")
    sent = await params(request)
    page, offset, origin = Page(sent, 10, 20), number_of(sent, "offset") or 0, request.app[BRIDGE].origin

    def read(db: Database) -> list[dict[str, Any]]:
        return [entity(db, row, who, origin) for row in interests.rising(db, now(), page.limit, offset)]

    return answer(request, await told.read(request, who, read))


def entity(db: Database, row: Row, who: int | None, origin: str) -> dict[str, Any]:
    """Tag."""
    following = interests.follows(db, who, row["id"]) if who is not None else None
    featuring = who is not None and interests.shows(db, who, row["id"])
    name = tags.shown(db, row).lower()
    return entities.tag(row["id"], name, origin, interests.history(db, row["id"], now()), following, featuring)
