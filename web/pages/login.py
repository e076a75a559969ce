"""In and out: the log-in page, and the end of a session."""

import asyncio
from typing import Any

from aiohttp import web

from federation.bridge import now
from node.errors import Forbidden
from node.people import sessions, users
from node.people.sessions import Member
from node.store import Database
from node.text import fold, mark
from web import guard, rendering
from web.state import BRIDGE, LIMITS

routes = web.RouteTableDef()

BY_ACCOUNT = (10, 900)  # wrong passwords in so many seconds, whoever sends them
BY_ADDRESS = (30, 900)
WRONG = mark("The name or the password is not right.")
OFTEN = mark("Too many attempts. Try again in {minutes} minutes.")


@routes.get("/login")
async def show(request: web.Request) -> web.StreamResponse:
    """The form; who is logged in goes on."""
    if await guard.member(request) is not None:
        raise web.HTTPSeeOther(guard.next_path(request.query.get("next", "")))
    return await _page(request, 200, "", request.query.get("next", ""))


@routes.post("/login")
async def log_in(request: web.Request) -> web.StreamResponse:
    """A session for the right name and password; the same words and the same time for every wrong pair."""
    sent = await guard.form(request)
    typed, password = guard.text(sent, "name", 320).strip(), guard.text(sent, "password", 2000)
    after = guard.text(sent, "next", guard.LONGEST_NEXT)
    limits = request.app[LIMITS]
    account = fold(typed)
    wait = limits.take("login", request.remote, *BY_ADDRESS) or limits.take_named("account", account, *BY_ACCOUNT)
    if wait:
        return await _page(request, 429, OFTEN, after, typed, wait=wait)
    store = request.app[BRIDGE].store
    user = await store.read(users.by_login, typed)
    right = await asyncio.to_thread(users.password_is, user["password"] if user is not None else None, password)
    if user is None or not right:
        return await _page(request, 401, WRONG, after, typed)
    try:
        users.may_log_in(user)
    except Forbidden as refused:
        return await _page(request, 403, refused.sentence, after, typed)
    limits.take_named("account", account, *BY_ACCOUNT, cost=-1)
    before = request.cookies.get(guard.cookie_name(request, guard.SESSION), "")
    secret = await store.write(_begin, user["id"], before, _device(request))
    response = web.HTTPSeeOther(guard.next_path(after))
    guard.let_in(request, response, secret)
    raise response


@routes.post("/logout")
async def log_out(request: web.Request) -> web.StreamResponse:
    """The session is over, here and in the table."""
    await guard.form(request)
    member = await guard.must_be_member(request)
    await request.app[BRIDGE].store.write(sessions.end, member.user, member.session)
    response = web.HTTPSeeOther("/")
    guard.let_out(request, response)
    raise response


def _begin(db: Database, user: int, before: str, device: str) -> str:
    known: Member | None = sessions.find(db, before, now()) if before else None
    if known is not None:
        sessions.end(db, known.user, known.session)
    return sessions.start(db, user, now(), device)


async def _page(request: web.Request, status: int, problem: str, after: str, typed: str = "",
                wait: int = 0) -> web.Response:  # fmt: skip
    token = guard.token(request)
    chosen = await rendering.chosen(request)
    values: dict[str, Any] = {
        "token": token, "problem": problem, "after": after, "typed": typed,
        "minutes": max(1, -(-wait // 60)), "open": chosen["registrations"] != "closed",
    }  # fmt: skip
    response = await rendering.page(request, "login.html", "login", status, **values)
    guard.seal(request, response)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def _device(request: web.Request) -> str:
    """What the browser is, in two words that she knows: `Firefox, Android`."""
    agent = request.headers.get("User-Agent", "")[:400]
    browser = next((name for word, name in _BROWSERS if word in agent), "")
    system = next((name for word, name in _SYSTEMS if word in agent), "")
    return ", ".join(one for one in (browser, system) if one)


# The first word found counts: later browsers name the earlier ones.
_BROWSERS = (("Firefox", "Firefox"), ("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"),
             ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
            ("Mac OS", "macOS"), ("Linux", "Linux"))  # fmt: skip
