"""Accounts opened from an app."""

import asyncio
from typing import Any

from aiohttp import web

from federation.bridge import now
from node import settings
from node.errors import Conflict, Forbidden, Invalid, NodeError
from node.people import actors, tokens, users
from node.store import Database
from web.mastodon import entities
from web.mastodon.requests import answer, anyone, bearer, flag, params, text
from web.pages import join
from web.state import BRIDGE, LIMITS

routes = web.RouteTableDef()


@routes.post("/api/v1/accounts")
async def register(request: web.Request) -> web.Response:
    """A new account, and a token for it; where coordinators decide, a request that waits for them."""
    who = await anyone(request)
    if who is None or not who.may("write:accounts"):
        raise Forbidden("This action is outside the authorized scopes")
    sent = await params(request)
    chosen = await request.app[BRIDGE].store.read(settings.get, "registrations")
    if chosen == "closed":
        raise Forbidden("This action is not allowed")
    limits = request.app[LIMITS]
    if limits.take("join", request.remote, *join.BY_ADDRESS) or limits.take_named("join", "all", *join.FROM_ALL):
        raise web.HTTPTooManyRequests
    typed = {"name": text(sent, "username").strip().lower(), "display": "", "email": text(sent, "email").strip(),
             "reason": text(sent, "reason").strip()}  # fmt: skip
    wrong = await request.app[BRIDGE].store.read(_wrong, typed, sent, chosen)
    if wrong:
        return answer(request, {"error": _said(wrong), "details": wrong}, 422)
    hashed = await asyncio.to_thread(users.hash_password, text(sent, "password"))
    locale = text(sent, "locale")[:10]
    if chosen == "approval":
        await request.app[BRIDGE].store.write(join.keep_request, typed, hashed, locale)
        raise Forbidden("Your login is currently pending approval")
    secret = await request.app[BRIDGE].store.write(_open, typed, hashed, locale, who.application, who.scopes)
    return answer(request, entities.token(secret, " ".join(sorted(who.scopes)), now()))


def _open(db: Database, typed: dict[str, str], hashed: str, locale: str, application: int | None,
          scopes: frozenset[str]) -> str:  # fmt: skip
    actors.fit(db, typed["name"], asked_by_stranger=True)
    user = join.let_in(db, typed["name"], typed["display"], typed["email"] or None, hashed, locale)
    return tokens.create(db, user, users.get(db, user)["actor"], sorted(scopes), now(), application)


def _wrong(db: Database, typed: dict[str, str], sent: dict[str, Any], chosen: str) -> dict[str, list[dict[str, str]]]:
    """What is wrong with each field, in the words and codes of AccountCreationError."""
    found: dict[str, list[dict[str, str]]] = {}

    def say(name: str, code: str, words: str) -> None:
        found.setdefault(name, []).append({"error": code, "description": words})

    try:
        actors.fit(db, typed["name"], asked_by_stranger=True)
    except Conflict:
        say("username", "ERR_TAKEN", "has already been taken")
    except NodeError:
        say("username", "ERR_INVALID", "must contain only letters, numbers and underscores")
    try:
        users.check_email(db, typed["email"] or None)
    except Conflict:
        if chosen == "open":
            say("email", "ERR_TAKEN", "has already been taken")
    except Invalid:
        say("email", "ERR_INVALID", "is invalid")
    if len(text(sent, "password")) < users.SHORTEST_PASSWORD:
        say("password", "ERR_TOO_SHORT", f"is too short (minimum is {users.SHORTEST_PASSWORD} characters)")
    if not flag(sent, "agreement"):
        say("agreement", "ERR_ACCEPTED", "must be accepted")
    if chosen == "approval" and not typed["reason"]:
        say("reason", "ERR_BLANK", "can't be blank")
    return found


NAMES = {"username": "Username", "email": "Email", "password": "Password", "agreement": "Service agreement",
         "reason": "Reason"}  # fmt: skip


def _said(wrong: dict[str, list[dict[str, str]]]) -> str:
    parts = [f"{NAMES[name]} {one['description']}" for name, several in wrong.items() for one in several]
    return "Validation failed: " + ", ".join(parts)


@routes.post("/api/v1/emails/confirmations")
async def confirm(request: web.Request) -> web.Response:
    """Who can ask here is confirmed: there is nothing to send again."""
    await bearer(request, "write:accounts")
    raise Forbidden("This method is only available while the e-mail is awaiting confirmation")
