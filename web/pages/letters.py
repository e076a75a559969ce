"""Where letters lead: a forgotten password, an address that is confirmed.

What is asked here is answered alike for every address.  A link does nothing when it is
opened, only when its page's button is pressed: programs that look through mail open
links too.
"""

import asyncio
from typing import Any

from aiohttp import web

from federation import joining
from federation.bridge import now
from federation.joining import Outcome
from node import mails
from node.errors import NodeError, NotFound
from node.people import entry, links, users
from node.store import Database
from node.text import mark
from web import guard, rendering
from web.state import BRIDGE, LIMITS

routes = web.RouteTableDef()

BY_ADDRESS = (5, 3600)  # letters asked for by one address on the network
FROM_ALL = (200, 3600)
OFTEN = mark("Too many requests at the moment. Try again in an hour.")
DEAD = mark("This link does not work any more: it was used, or it is too old. Ask for a new one.")


# ── asking for a letter ───────────────────────────────────────────────────────


@routes.get("/reset")
async def forgot(request: web.Request) -> web.StreamResponse:
    """Ask for a link to choose a new password; where the node sends no letters, who can help."""
    return await _ask(request, "reset")


@routes.post("/reset")
async def send_reset(request: web.Request) -> web.StreamResponse:
    """A letter is on its way, if the address has an account; nobody is told whether it has."""
    return await _sent(request, "reset", entry.ask_reset)


@routes.get("/confirm")
async def not_come(request: web.Request) -> web.StreamResponse:
    """Ask once more for the link that confirms an address."""
    return await _ask(request, "confirm")


@routes.post("/confirm")
async def send_confirmation(request: web.Request) -> web.StreamResponse:
    """A letter is on its way, if the address waits for one; nobody is told whether it does."""
    return await _sent(request, "confirm", entry.ask_confirmation_of)


async def _ask(request: web.Request, what: str, status: int = 200, **values: Any) -> web.StreamResponse:
    chosen = await rendering.chosen(request)
    response = await rendering.page(
        request, "letter_ask.html", what, status, what=what, token=guard.token(request), sends=mails.is_set_up(chosen),
        contact=chosen["contact"], **{"sent": False, "typed": "", "problem": "", **values},
    )  # fmt: skip
    guard.seal(request, response)
    return _private(response)


async def _sent(request: web.Request, what: str, act: Any) -> web.StreamResponse:
    sent = await guard.form(request)
    typed = guard.text(sent, "email", 320).strip()
    limits = request.app[LIMITS]
    if limits.take("letter", request.remote, *BY_ADDRESS) or limits.take_shared("letter", request.remote, *FROM_ALL):
        return await _ask(request, what, 429, typed=typed, problem=OFTEN)
    if mails.is_set_up(await rendering.chosen(request)):
        # Nobody waits for it: how long a write takes would say whether there was something to write.
        request.app[BRIDGE].store.write_soon(act, typed, now(), await rendering.language(request))
    return await _ask(request, what, sent=True, typed=typed)


# ── following its link ────────────────────────────────────────────────────────


@routes.get(r"/reset/{secret:[\w-]{20,100}}")
async def choose(request: web.Request) -> web.StreamResponse:
    """The form for a new password."""
    return await _reset(request)


@routes.post(r"/reset/{secret:[\w-]{20,100}}")
async def reset(request: web.Request) -> web.StreamResponse:
    """The new password holds; every browser, app and link of before is out."""
    sent = await guard.form(request)
    secret, store = request.match_info["secret"], request.app[BRIDGE].store
    await store.read(_must_open, secret, "reset")
    try:
        hashed = await asyncio.to_thread(users.hash_password, guard.text(sent, "new", 2000))
        if await store.write(entry.reset, secret, hashed, now()) is None:
            raise NotFound(DEAD)
    except NodeError as refused:
        return await _reset(request, 400, refused)
    response = guard.to("/login?done=reset")
    guard.let_out(request, response)
    raise response


async def _reset(request: web.Request, status: int = 200, problem: NodeError | None = None) -> web.StreamResponse:
    secret = request.match_info["secret"]
    name = await request.app[BRIDGE].store.read(_must_open, secret, "reset")
    return await _link(request, "reset", status, account=name, problem=problem)


@routes.get(r"/confirm/{secret:[\w-]{20,100}}")
async def look(request: web.Request) -> web.StreamResponse:
    """What is confirmed, with the button that does it."""
    name = await request.app[BRIDGE].store.read(_must_open, request.match_info["secret"], "confirm", "change")
    return await _link(request, "confirm", account=name, problem=None)


@routes.post(r"/confirm/{secret:[\w-]{20,100}}")
async def confirm(request: web.Request) -> web.StreamResponse:
    """The address is confirmed: an account opens, a request goes to the coordinators, or an address is a new one's."""
    await guard.form(request)
    outcome = await request.app[BRIDGE].store.write(_confirm, request.match_info["secret"])
    if outcome is None:
        raise guard.to("/login?done=changed" if await guard.member(request) is None else "/me?done=language")
    if outcome.state == "people":
        return await rendering.page(request, "join_done.html", "join", waits_for="people")
    raise guard.to("/login?done=confirmed")


def _confirm(db: Database, secret: str) -> Outcome | None:
    """None where an address was changed.  Raises NotFound for a link that opens nothing."""
    outcome = joining.confirm(db, secret, now())
    if outcome is None and not entry.confirm_change(db, secret, now()):
        raise NotFound(DEAD)
    return outcome


def _must_open(db: Database, secret: str, *kinds: str) -> str:
    """The name of the account that the link is about.  Raises NotFound."""
    link = links.find(db, secret, now(), *kinds)
    if link is None:
        raise NotFound(DEAD)
    if link["request"] is not None:
        return str(db.value("select name from join_requests where id = ?", (link["request"],)))
    sql = "select actors.name from users join actors on actors.id = users.actor where users.id = ?"
    return str(db.value(sql, (link["user"],)))


async def _link(request: web.Request, what: str, status: int = 200, **values: Any) -> web.StreamResponse:
    response = await rendering.page(
        request,
        "letter_link.html",
        what,
        status,
        head=rendering.Head(indexed=False, secret=True),
        what=what,
        token=guard.token(request),
        **values,
    )
    guard.seal(request, response)
    return _private(response)


def _private(response: web.StreamResponse) -> web.StreamResponse:
    """The page is kept nowhere: its address is a key."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers.pop("ETag", None)
    return response
