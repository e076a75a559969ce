"""Answers that several resources give: a list of statuses, of accounts, one status after something was done to it."""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from node.errors import NotFound
from node.posts import posts, visibility
from node.store import Database, Row
from web.mastodon import shelf, told
from web.mastodon.requests import answer, reply
from web.state import BRIDGE


def must_see(db: Database, identifier: int, who: int | None) -> Row:
    """The post, when the viewer may see it and what it passes on.  Raises NotFound."""
    post = visibility.see(db, identifier, who)
    if post is None or (post["boost_of"] is not None and visibility.see(db, post["boost_of"], who) is None):
        raise NotFound("Record not found")
    return post


def must_own(db: Database, identifier: int, actor: int | None) -> Row:
    """The actor's own post.  Raises NotFound for anybody else's."""
    post = must_see(db, identifier, actor)
    if post["author"] != actor or not post["local"]:
        raise NotFound("Record not found")
    return post


def original(db: Database, post: Row) -> Row:
    """The post itself, or what it passes on."""
    return post if post["boost_of"] is None else posts.get(db, post["boost_of"])


async def statuses(request: web.Request, who: int | None, find: Callable[[Database], list[int]]) -> web.Response:
    """The statuses that find() names, paged by their ids."""
    origin = request.app[BRIDGE].origin

    def read(db: Database) -> tuple[bytes, list[int]]:
        found = find(db)
        return shelf.statuses(db, found, who, origin), found

    body, found = await told.read(request, who, read)
    return reply(request, body, *ends(found))


async def marked(request: web.Request, who: int, find: Callable[[Database], list[Row]]) -> web.Response:
    """The statuses of rows (post, at), paged by `at`."""
    origin = request.app[BRIDGE].origin

    def read(db: Database) -> tuple[bytes, list[int]]:
        rows = find(db)
        return shelf.statuses(db, [row["post"] for row in rows], who, origin), [row["at"] for row in rows]

    body, found = await told.read(request, who, read)
    return reply(request, body, *ends(found))


async def accounts(request: web.Request, find: Callable[[Database], list[Row]]) -> web.Response:
    """The accounts that find() gives, paged by their places in its order, or by their ids."""
    origin = request.app[BRIDGE].origin

    def read(db: Database) -> tuple[bytes, list[int]]:
        rows = find(db)
        body = b"[" + b",".join(shelf.account(db, row, origin) for row in rows) + b"]"
        return body, [row["place"] if "place" in row.keys() else row["id"] for row in rows]

    body, found = await request.app[BRIDGE].store.browse(read)
    return reply(request, body, *ends(found))


async def done_to(request: web.Request, actor: int | None, act: Callable[[Database], int]) -> web.Response:
    """The status as it is after act(), which names it."""
    origin = request.app[BRIDGE].origin

    def write(db: Database) -> bytes:
        return shelf.status(db, act(db), actor, origin)

    return reply(request, await request.app[BRIDGE].store.write(write))


async def found(request: web.Request, read: Callable[[Database], Any]) -> web.Response:
    """What read() gives, as JSON."""
    return answer(request, await request.app[BRIDGE].store.browse(read))


async def done(request: web.Request, act: Callable[[Database], Any]) -> web.Response:
    """What act() gives, as JSON; {} for nothing."""
    made = await request.app[BRIDGE].store.write(act)
    return answer(request, {} if made is None else made)


def ends(found: list[int]) -> tuple[int | None, int | None]:
    """The newest and the oldest of a page."""
    return (found[0], found[-1]) if found else (None, None)
