"""Polls: seen, and voted in."""

import re
from typing import Any

from aiohttp import web

from federation import voting
from federation.bridge import now
from node.errors import Conflict, Forbidden, Invalid, NotFound
from node.people import actors
from node.posts import polls
from node.store import Database
from web.mastodon import entities
from web.mastodon.answers import done, found, must_see
from web.mastodon.requests import bearer, params, path_id, several, viewer
from web.state import BRIDGE

routes = web.RouteTableDef()


@routes.get(r"/api/v1/polls/{id:\d+}")
async def one(request: web.Request) -> web.Response:
    """A poll of a status that the viewer may see."""
    who = await viewer(request, "read:statuses")
    origin = request.app[BRIDGE].origin
    return await found(request, lambda db: _entity(db, path_id(request), who, origin))


@routes.post(r"/api/v1/polls/{id:\d+}/votes")
async def vote(request: web.Request) -> web.Response:
    """Choose one option, or some where that is meant."""
    who = await bearer(request, "write:statuses")
    chosen = several(await params(request), "choices")
    if not chosen or any(not re.fullmatch(r"[0-9]{1,3}", str(one)) for one in chosen):
        raise Invalid("The chosen vote option does not exist")
    origin = request.app[BRIDGE].origin

    def act(db: Database) -> dict[str, Any]:
        post = must_see(db, path_id(request), who.actor)
        _entity(db, post["id"], who.actor, origin)
        if post["author"] == who.actor:
            raise Invalid("Validation failed: You cannot vote in your own polls")
        try:
            voting.vote(db, actors.get(db, who.actor or 0), post, [int(str(one)) for one in chosen], now())
        except (Conflict, Forbidden) as error:  # chosen before, or over: Mastodon's words and status
            raise Invalid(f"Validation failed: {error.sentence}") from error
        return _entity(db, post["id"], who.actor, origin)

    return await done(request, act)


def _entity(db: Database, identifier: int, who: int | None, origin: str) -> dict[str, Any]:
    post = must_see(db, identifier, who)
    row = polls.get(db, post["id"])
    if row is None:
        raise NotFound("Record not found")
    mine = polls.choices(db, post["id"], who) if who is not None else []
    made = entities.poll(row, polls.options(db, post["id"]), mine, who == post["author"], now(), origin)
    if who is None:
        del made["voted"], made["own_votes"]
    return made
