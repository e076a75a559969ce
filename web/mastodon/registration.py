"""Accounts opened from an app."""

import asyncio
import re
from typing import Any

from aiohttp import web

from federation import joining
from federation.bridge import now
from federation.joining import Wish
from node import mails, settings
from node.errors import Conflict, Forbidden, Invalid, NodeError, Unproven
from node.people import actors, addresses, entry, requests, tokens, users
from node.store import Database
from web.mastodon import entities
from web.mastodon.requests import answer, anyone, bearer, flag, params, text
from web.pages import join, letters
from web.state import BRIDGE, LIMITS

routes = web.RouteTableDef()

LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*\Z")


@routes.post("/api/v1/accounts")
async def register(request: web.Request) -> web.Response:
    """A token for a new account: good at once, or as soon as the address is confirmed and coordinators have agreed."""
    who = await anyone(request)
    if who is None:
        raise Unproven("The access token is invalid")
    if not who.may("write:accounts"):
        raise Forbidden("This action is outside the authorized scopes")
    sent = await params(request)
    chosen = await request.app[BRIDGE].store.read(settings.get, "registrations")
    if chosen == "closed":
        raise Forbidden("This action is not allowed")
    limits = request.app[LIMITS]
    if limits.take("join", request.remote, *join.BY_ADDRESS) or limits.take_shared(
        "join", request.remote, *join.FROM_ALL
    ):
        raise web.HTTPTooManyRequests
    typed = {"name": text(sent, "username").strip().lower(), "display": "", "email": text(sent, "email").strip(),
             "reason": text(sent, "reason").strip()}  # fmt: skip
    decided = await join.must_be_decided(request)
    wrong = await request.app[BRIDGE].store.read(_wrong, typed, sent, decided)
    if wrong:
        return answer(request, {"error": _said(wrong), "details": wrong}, 422)
    hashed = await asyncio.to_thread(users.hash_password, text(sent, "password"))
    wish = Wish(typed["name"], "", typed["email"], hashed, text(sent, "locale")[:10], typed["reason"])
    secret = await request.app[BRIDGE].store.write(_open, wish, decided, who.application, who.scopes)
    return answer(request, entities.token(secret, " ".join(sorted(who.scopes)), now()))


def _open(db: Database, wish: Wish, decided: bool, application: int | None, scopes: frozenset[str]) -> str:
    """A token: good at once, or for what the request waits for."""
    outcome = joining.ask(db, wish, now(), decided=decided)
    if outcome.state == "open":
        return tokens.create(db, outcome.user, users.get(db, outcome.user)["actor"], sorted(scopes), now(), application)
    return tokens.wait(db, outcome.request, sorted(scopes), now(), application)


def _wrong(db: Database, typed: dict[str, str], sent: dict[str, Any], decided: bool) -> dict[str, list[dict[str, str]]]:
    """What is wrong with each field, in the words and codes of AccountCreationError."""
    found: dict[str, list[dict[str, str]]] = {}

    def say(name: str, code: str, words: str) -> None:
        found.setdefault(name, []).append({"error": code, "description": words})

    try:
        if typed["name"]:
            actors.fit(db, typed["name"], asked_by_stranger=True)
        else:
            say("username", "ERR_BLANK", "can't be blank")
    except Conflict:
        say("username", "ERR_TAKEN", "has already been taken")
    except NodeError:
        say("username", "ERR_INVALID", "must contain only letters, numbers and underscores")
    try:
        addresses.check(db, typed["email"] or None)
    except Conflict:
        if not decided and not mails.can_send(db):
            say("email", "ERR_TAKEN", "has already been taken")
    except Invalid:
        blocked = "@" in typed["email"] and addresses.blocked(db, typed["email"])
        say("email", "ERR_BLOCKED" if blocked else "ERR_INVALID", "is not allowed" if blocked else "is invalid")
    if not text(sent, "password"):
        say("password", "ERR_BLANK", "can't be blank")
    elif len(text(sent, "password")) < users.SHORTEST_PASSWORD:
        say("password", "ERR_TOO_SHORT", f"is too short (minimum is {users.SHORTEST_PASSWORD} characters)")
    if not flag(sent, "agreement"):
        say("agreement", "ERR_ACCEPTED", "must be accepted")
    if not typed["email"]:  # pages open accounts without one where nobody sends letters; apps always ask for it
        say("email", "ERR_BLANK", "can't be blank")
    if text(sent, "locale") and not LOCALE.match(text(sent, "locale")):
        say("locale", "ERR_INCLUSION", "is not included in the list")
    if decided and not typed["reason"]:
        say("reason", "ERR_BLANK", "can't be blank")
    return found


NAMES = {"username": "Username", "email": "Email", "password": "Password", "agreement": "Service agreement",
         "reason": "Reason", "locale": "Locale"}  # fmt: skip


def _said(wrong: dict[str, list[dict[str, str]]]) -> str:
    parts = [f"{NAMES[name]} {one['description']}" for name, several in wrong.items() for one in several]
    return "Validation failed: " + ", ".join(parts)


@routes.post("/api/v1/emails/confirmations")
async def confirm(request: web.Request) -> web.Response:
    """The letter comes once more, to `email` where another one is sent; only for a token that waits for that."""
    waiting = await _waiting(request)
    if waiting is None:
        raise Forbidden("This method is only available while the e-mail is awaiting confirmation")
    limits = request.app[LIMITS]
    if limits.take("letter", request.remote, *letters.BY_ADDRESS):
        raise web.HTTPTooManyRequests
    address = text(await params(request), "email").strip()
    await request.app[BRIDGE].store.write(_again, waiting, address)
    return answer(request, {})


def _again(db: Database, identifier: int, address: str) -> None:
    row = requests.get(db, identifier)
    if row is None or row["confirmed"]:
        return
    if address and addresses.read(address) != row["email"]:
        if addresses.blocked(db, addresses.read(address)):
            raise Invalid("Validation failed: Email is not allowed")
        taken = db.value("select 1 from users where email = ?", (addresses.read(address),))
        if taken or not requests.change_address(db, identifier, addresses.read(address)):
            return  # whose it is, is not said
    entry.ask_confirmation(db, requests.get(db, identifier) or row, now())


@routes.get("/api/v1/emails/check_confirmation")
async def check(request: web.Request) -> web.Response:
    """Whether the address of the token's account is confirmed."""
    if await _waiting(request) is not None:
        return answer(request, False)
    secret = request.headers.get("Authorization", "").partition(" ")[2].strip()
    if await request.app[BRIDGE].store.read(tokens.waits_for, secret) is None:
        await bearer(request, "read:accounts", "write:accounts", "read:me", "profile")
    return answer(request, True)


async def _waiting(request: web.Request) -> int | None:
    """The request to join that the token waits for, its address not confirmed; None for any other token."""
    secret = request.headers.get("Authorization", "").partition(" ")[2].strip()

    def read(db: Database) -> int | None:
        found = tokens.waits_for(db, secret)
        row = requests.get(db, found) if found else None
        return found if found is not None and (row is None or not row["confirmed"]) else None

    found: int | None = await request.app[BRIDGE].store.read(read)
    if found is None:
        try:
            await bearer(request)
        except Forbidden:
            pass  # it waits for people
    return found
