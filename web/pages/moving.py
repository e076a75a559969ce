"""Moving house: other accounts that are hers, and the one to which her followers go."""

import json
from typing import Any

from aiohttp import web

from federation import moving as acts
from federation.bridge import now
from node.errors import Busy, Forbidden, NodeError, NotFound, Unproven, Unreachable
from node.people import actors
from node.people.sessions import Member
from node.store import Database
from node.text import mark
from web import guard, rendering
from web.pages import me, people
from web.state import BRIDGE

routes = web.RouteTableDef()

OFTEN = (20, 3600)  # accounts elsewhere asked for in so many seconds
NOT_HAD = mark("We could not reach that account: perhaps its server is silent, or knows nobody of this name.")
UNDERSTOOD = mark("Tick the box first: a move is told to many servers and cannot be called back.")
DONE = {
    "named": mark("Saved. That account is known to be yours: now it can be moved here, from its own server."),
    "forgotten": mark("Saved. That account is not said to be yours any more."),
    "brought": mark(
        "The file is being read: everybody in it is asked for, one after the other. Look again in a while."
    ),
    "moved": mark("You have moved. Your followers are asked to follow the new account."),
}


@routes.get("/me/move")
async def show(request: web.Request) -> web.StreamResponse:
    """What a move means, and both halves of it."""
    member = await guard.must_be_member(request)
    return await page(request, member)


@routes.post("/me/aliases")
async def alias(request: web.Request) -> web.StreamResponse:
    """She says that an account elsewhere is hers too, or is not any more: without that nobody moves here."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    guard.often(request, "move", member, *OFTEN)
    bridge, who = request.app[BRIDGE], guard.text(sent, "who", 500).strip()
    if guard.text(sent, "do", 10) == "forget":
        await bridge.store.write(acts.forget_alias, member.person, who, now())
        raise guard.to("/me/move?done=forgotten")
    try:
        await acts.name_alias(bridge, member.person, who)
    except NodeError as refused:
        return await page(request, member, _kindly(refused), {"alias": who})
    raise guard.to("/me/move?done=named")


@routes.post("/me/move")
async def leave(request: web.Request) -> web.StreamResponse:
    """Her followers are told to follow the account that she named, once it names this one as hers."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    guard.often(request, "move", member, *OFTEN)
    who = guard.text(sent, "who", 500).strip()
    try:
        if not sent.get("understood"):
            raise Forbidden(UNDERSTOOD)
        await me.prove(request, member, guard.text(sent, "password", 2000))
        await acts.leave(request.app[BRIDGE], member.person, who)
    except NodeError as refused:
        return await page(request, member, _kindly(refused), {"target": who})
    raise guard.to("/me/move?done=moved")


def _kindly(refused: NodeError) -> NodeError:
    """What the other server's silence means to her."""
    return Unreachable(NOT_HAD) if isinstance(refused, (NotFound, Unreachable, Unproven, Busy)) else refused


async def page(request: web.Request, member: Member, problem: NodeError | None = None,
                typed: dict[str, str] | None = None) -> web.Response:  # fmt: skip
    """The page as it stands, with what was refused and what was typed then."""
    await rendering.read_by(request)
    house = await request.app[BRIDGE].store.read(_house, member.person)
    return await rendering.page(
        request, "me_move.html", "me", 400 if problem else 200, member=member, problem=problem, house=house,
        typed={"alias": "", "target": ""} | (typed or {}), done=DONE.get(request.query.get("done", ""), ""),
    )  # fmt: skip


def _house(db: Database, person: int) -> dict[str, Any]:
    """aliases: (URI, who where it is known here); moved: where she lives now; followers: how many there are."""
    row = actors.get(db, person)
    known = [(uri, actors.by_uri(db, uri)) for uri in json.loads(row["aliases"])]
    return {
        "aliases": [(uri, people.who(one) if one is not None else None) for uri, one in known],
        "moved": row["moved_to"], "followers": row["followers_count"],
    }  # fmt: skip
