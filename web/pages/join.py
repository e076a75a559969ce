"""Asking for an account: at once where the network is open, else a request that a coordinator answers."""

import asyncio
from typing import Any

from aiohttp import web

from federation import actors as documents
from federation.bridge import now
from node import settings
from node.errors import Conflict, Invalid, NodeError, NotFound
from node.people import actors, requests, sessions, users
from node.posts import notifications
from node.store import Database
from node.text import mark, one_line
from web import guard, rendering
from web.state import BRIDGE, LIMITS

routes = web.RouteTableDef()

BY_ADDRESS = (5, 3600)
FROM_ALL = (60, 3600)
OFTEN = mark("Too many requests at the moment. Try again in an hour.")


@routes.get("/join")
async def show(request: web.Request) -> web.StreamResponse:
    """The form; 404 where the network takes nobody."""
    if await guard.member(request) is not None:
        raise web.HTTPSeeOther("/feed")
    return await _page(request, {})


@routes.post("/join")
async def ask(request: web.Request) -> web.StreamResponse:
    """An account, or a request for one; what was typed stays when it cannot be."""
    sent = await guard.form(request)
    typed = {name: guard.text(sent, name, 2000).strip() for name in ("name", "display", "email", "reason")}
    chosen = await rendering.chosen(request)
    if chosen["registrations"] == "closed":
        raise NotFound("This network takes no new accounts at the moment.")
    if guard.text(sent, "website"):  # a field that people do not see
        return await _done(request)
    limits = request.app[LIMITS]
    if limits.take("join", request.remote, *BY_ADDRESS) or limits.take_named("join", "all", *FROM_ALL):
        return await _page(request, typed, 429, OFTEN)
    try:
        if not sent.get("rules"):
            raise Invalid("Please read the rules, and agree to them.")
        if chosen["registrations"] == "approval" and not typed["reason"]:
            raise Invalid("Please say in a sentence who you are.")
        hashed = await asyncio.to_thread(users.hash_password, guard.text(sent, "password", 2000))
        locale = await rendering.language(request)
        store = request.app[BRIDGE].store
        if chosen["registrations"] == "approval":
            await store.write(keep_request, typed, hashed, locale)
            return await _done(request)
        secret = await store.write(_open, typed, hashed, locale)
    except NodeError as refused:
        return await _page(request, typed, 400, str(refused), refused)
    response = web.HTTPSeeOther("/me")
    guard.let_in(request, response, secret)
    raise response


def keep_request(db: Database, typed: dict[str, str], hashed: str, locale: str) -> None:
    name = typed["name"].lower()
    actors.fit(db, name, asked_by_stranger=True)
    if requests.asks_for(db, name):
        raise Conflict("This name is taken: {name}.", name=name)
    email = typed["email"] or None
    try:
        users.check_email(db, email)
    except Conflict:
        return  # who has an account here is nobody's business: the same answer as for a new address
    new = requests.keep(db, name, one_line(typed["display"], documents.LONGEST_NAME), email, hashed, locale,
                        typed["reason"], now())  # fmt: skip
    if not new:
        return
    for (moderator,) in db.rows("select actor from users where role in ('moderator', 'admin')").fetchall():
        notifications.tell(db, moderator, "admin.sign_up", documents.system(db), None, now())


def _open(db: Database, typed: dict[str, str], hashed: str, locale: str) -> str:
    actors.fit(db, typed["name"].lower(), asked_by_stranger=True)
    user = let_in(db, typed["name"].lower(), typed["display"], typed["email"] or None, hashed, locale)
    return sessions.start(db, user, now())


def let_in(db: Database, name: str, display: str, email: str | None, hashed: str, locale: str) -> int:
    """The new user with her Person; raises Conflict for a name or address that was taken meanwhile."""
    if settings.get(db, "registrations") == "closed":
        raise NotFound("This network takes no new accounts at the moment.")
    users.check_email(db, email)
    actor = documents.create(db, "Person", name, now(), display=one_line(display, documents.LONGEST_NAME) or name)
    return users.create(db, actor, email, None, "member", now(), hashed=hashed, locale=locale)


async def _page(request: web.Request, typed: dict[str, str], status: int = 200, problem: str = "",
                refused: NodeError | None = None) -> web.Response:  # fmt: skip
    chosen = await rendering.chosen(request)
    if chosen["registrations"] == "closed":
        raise NotFound("This network takes no new accounts at the moment.")
    values: dict[str, Any] = {
        "token": guard.token(request), "typed": {"name": "", "display": "", "email": "", "reason": "", **typed},
        "problem": refused.sentence if refused else problem, "facts": refused.facts if refused else {},
        "asked": chosen["registrations"] == "approval",
    }  # fmt: skip
    response = await rendering.page(request, "join.html", "join", status, **values)
    guard.seal(request, response)
    return response


async def _done(request: web.Request) -> web.Response:
    return await rendering.page(request, "join_done.html", "join")
