"""Asking for an account: at once where the network is open, else a request that a coordinator answers."""

import asyncio
from typing import Any

from aiohttp import web

from federation import joining
from federation.bridge import now
from federation.joining import Outcome, Wish
from node import mails
from node.errors import Conflict, Forbidden, Invalid, NodeError, NotFound
from node.people import actors, requests, second_factors, sessions, users
from node.store import Database, Row
from node.text import mark
from web import guard, rendering
from web.gates import GATES
from web.state import BRIDGE, LIMITS

routes = web.RouteTableDef()

BY_ADDRESS = (5, 3600)
FROM_ALL = (60, 3600)
JUST_NOW = 3_600_000  # ms in which the same form, sent again, is known for what it is
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
    typed = {name: guard.text(sent, name, 2000).strip() for name in ("name", "display", "email", "reason", "rules")}
    chosen = await rendering.chosen(request)
    if chosen["registrations"] == "closed":
        raise NotFound("This network takes no new accounts at the moment.")
    if guard.text(sent, "website"):  # a field that people do not see
        return await _done(request, "people")
    limits = request.app[LIMITS]
    if limits.take("join", request.remote, *BY_ADDRESS) or limits.take_shared("join", request.remote, *FROM_ALL):
        return await _page(request, typed, 429, NodeError(OFTEN))
    try:
        if not sent.get("rules"):
            raise Invalid("Please read the rules, and agree to them.")
        decided = await must_be_decided(request)
        if decided and not typed["reason"]:
            raise Invalid("Please say in a sentence who you are.")
        hashed = await asyncio.to_thread(users.hash_password, guard.text(sent, "password", 2000))
        locale = await rendering.language(request)
        wish = Wish(typed["name"], typed["display"], typed["email"], hashed, locale, typed["reason"])
        outcome, secret = await request.app[BRIDGE].store.write(_ask, wish, decided)
    except Conflict as refused:
        try:
            known = await _known(request, typed["name"], guard.text(sent, "password", 2000))
        except Forbidden as missing:
            return await _page(request, typed, 403, missing)
        if known is None:
            return await _page(request, typed, 400, refused)
        outcome, secret = known
    except NodeError as refused:
        return await _page(request, typed, 400, refused)
    if outcome.state != "open":
        return await _done(request, outcome.state)
    response = web.HTTPSeeOther("/me")
    guard.let_in(request, response, secret)
    raise response


async def _known(request: web.Request, name: str, password: str) -> tuple[Outcome, str] | None:
    """What came of the same form, sent a moment ago on a line that broke: only its password proves that it is the same.

    Raises Forbidden for an account that may not be entered, or not yet.
    """
    store, since = request.app[BRIDGE].store, now() - JUST_NOW
    asked = await store.read(requests.named, name.lower(), since)
    if asked is not None and await asyncio.to_thread(users.password_is, asked["password"], password):
        return Outcome("people" if asked["confirmed"] else "address", request=asked["id"]), ""
    user = await store.read(_opened, name, since)
    if user is None:
        return None
    if not await asyncio.to_thread(users.password_is, user["password"], password):
        return None
    users.may_log_in(user)
    return Outcome("open", user=user["id"]), await store.write(sessions.start, user["id"], now())


def _opened(db: Database, name: str, since: int) -> Row | None:
    actor = actors.ours(db, name)
    user = users.of_actor(db, actor["id"]) if actor is not None else None
    if user is None or user["created"] <= since or second_factors.is_on(db, user["id"]):
        return None  # for the last the password is not enough: the log-in page asks for the rest
    return user


async def must_be_decided(request: web.Request) -> bool:
    """Whether a coordinator decides about who asks from here.  Raises Forbidden for an address that is kept out."""
    severity = await request.app[GATES].severity(request)
    if severity == "sign_up_block":
        raise Forbidden("No accounts are opened from this address on the network.")
    return bool((await rendering.chosen(request))["registrations"] == "approval" or severity)


def _ask(db: Database, wish: Wish, decided: bool) -> tuple[Outcome, str]:
    outcome = joining.ask(db, wish, now(), decided=decided)
    return outcome, sessions.start(db, outcome.user, now()) if outcome.user else ""


async def _page(request: web.Request, typed: dict[str, str], status: int = 200,
                problem: NodeError | None = None) -> web.Response:  # fmt: skip
    chosen = await rendering.chosen(request)
    if chosen["registrations"] == "closed":
        raise NotFound("This network takes no new accounts at the moment.")
    values: dict[str, Any] = {
        "token": guard.token(request), "problem": problem,
        "typed": {"name": "", "display": "", "email": "", "reason": "", "rules": "", **typed},
        "asked": chosen["registrations"] == "approval" or bool(await request.app[GATES].severity(request)),
        "email_needed": chosen["require_email"] and mails.is_set_up(chosen),
    }  # fmt: skip
    response = await rendering.page(request, "join.html", "join", status, **values)
    guard.seal(request, response)
    return response


async def _done(request: web.Request, waits_for: str) -> web.Response:
    return await rendering.page(request, "join_done.html", "join", waits_for=waits_for)
