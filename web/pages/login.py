"""In and out: the log-in page, and the end of a session.

How often one may guess.  An address on the network has its measure, whatever names it
tries.  A name has one for each network that tries it, and a wider one for all together,
so that many machines cannot guess side by side.  A limit on the name alone would let
any stranger keep her out by guessing wrong; so a browser that she has logged in with
before shows a cookie that only we can make, and has a measure of its own that nobody
else draws from.  The cookie opens nothing: it is worth as many guesses as any browser
has, and it ends with the password that it was made for.
"""

import asyncio
import hashlib
import hmac
import secrets
from typing import Any
from urllib.parse import quote

from aiohttp import web

from federation.bridge import now
from node.errors import Forbidden
from node.people import sessions, users
from node.people.sessions import Member
from node.store import Database, Row
from node.text import fold, mark
from web import guard, rendering
from web.limits import network_of
from web.pages import again, halfway
from web.state import BRIDGE, LIMITS

routes = web.RouteTableDef()

BY_ADDRESS = (30, 900)  # tries in so many seconds from one address
BY_ACCOUNT = (10, 900)  # wrong passwords for one name from one network, or from one browser that knows it
BY_ALL = (100, 900)  # wrong passwords for one name from all networks, browsers that know it left out
KNOWN = "known"
FOR_VISITORS = ("/login", "/join", "/reset", "/confirm", "/interact", "/oauth", "/digest")
LETTER = "/contact"  # that a visitor writes to an association
WRONG = mark("The name or the password is not right.")
OFTEN = mark("Too many attempts. Try again in {minutes} minutes.")
DONE = {
    "reset": mark("Your new password holds. Log in with it."),
    "confirmed": mark("Your address is confirmed. You can log in."),
    "changed": mark("Your new address holds."),
}


@routes.get("/login")
async def show(request: web.Request) -> web.StreamResponse:
    """The form; who is logged in goes on."""
    if await guard.member(request) is not None:
        raise web.HTTPSeeOther(guard.next_path(request.query.get("next", "")))
    return await page(request, 200, "", request.query.get("next", ""))


@routes.post("/login")
async def log_in(request: web.Request) -> web.StreamResponse:
    """A session for the right name and password; the same words and the same time for every wrong pair."""
    sent = await guard.form(request)
    typed, password = guard.text(sent, "name", 320).strip(), guard.text(sent, "password", 2000)
    after, written = guard.text(sent, "next", guard.LONGEST_NEXT), guard.text(sent, "carried", again.LONGEST)
    limits, store = request.app[LIMITS], request.app[BRIDGE].store
    wait = limits.take("login", request.remote, *BY_ADDRESS)
    if wait:
        return await page(request, 429, OFTEN, after, typed, wait=wait, written=written)
    user = await store.read(users.by_login, typed)
    measures = _measures(request, user, fold(typed))
    wait = next((found for one in measures if (found := limits.take_named(*one))), 0)  # the narrow one guards the wide
    if wait:
        return await page(request, 429, OFTEN, after, typed, wait=wait, written=written)
    right = await asyncio.to_thread(users.password_is, user["password"] if user is not None else None, password)
    if user is None or not right:
        return await page(request, 401, WRONG, after, typed, written=written)
    for one in measures:
        limits.take_named(*one, cost=-1)
    try:
        users.may_log_in(user)
    except Forbidden as refused:
        return await page(request, 403, refused.sentence, after, typed, written=written)
    halfway_in = store.glance(halfway.find, user["id"])
    if halfway_in is not None:
        return await _ask_code(request, halfway_in, after, written)
    raise await enter(request, user, after, written)


async def _ask_code(request: web.Request, user: Row, after: str, written: str) -> web.StreamResponse:
    """On to the second step; with what was typed in a form, which no address holds, at once."""
    if written:
        shown = await halfway.page(request, user, 200, "", after, written)
        halfway.hold(request, shown, user)
        return shown
    response = web.HTTPSeeOther(halfway.PATH + (f"?next={quote(guard.next_path(after), safe='')}" if after else ""))
    halfway.hold(request, response, user)
    raise response


async def enter(request: web.Request, user: Row, after: str, written: str, *, proved: bool = False) -> web.HTTPSeeOther:
    """To be raised: she is logged in, and goes on to where she wanted, or to what she had typed.

    proved: a code was given beside the password.
    """
    store = request.app[BRIDGE].store
    before = guard.shown(request, guard.cookie_name(request, guard.SESSION))
    secret = await store.write(_begin, user["id"], before, _device(request), proved)
    kept = await store.write(again.keep, user["id"], written) if written else ""
    response = web.HTTPSeeOther(kept or guard.next_path(after))
    guard.let_in(request, response, secret)
    guard.keep(request, response, KNOWN, _known(request, user))
    return response


def _measures(request: web.Request, user: Row | None, account: str) -> list[tuple[str, str, int, float]]:
    """(kind, name, tries, seconds) of each bucket that one try draws from."""
    if user is not None and (browser := known_browser(request, user)):
        return [("known", browser, *BY_ACCOUNT)]
    return [("account", f"{account} {network_of(request.remote)}", *BY_ACCOUNT), ("account", account, *BY_ALL)]


def known_browser(request: web.Request, user: Row) -> str:
    """A name for this browser, where she has logged in with it and the password that she has now; else ''."""
    shown = guard.shown(request, guard.cookie_name(request, KNOWN))
    if shown and hmac.compare_digest(shown, _known(request, user, shown)):
        return shown.partition(".")[0]
    return ""


def _known(request: web.Request, user: Row, shown: str = "") -> str:
    """`name.proof`: that this browser logged in as the user with the password that she has now."""
    name = shown.partition(".")[0] or secrets.token_urlsafe(12)
    said = f"{name} {user['id']} {user['password']}"
    proof = hmac.new(request.app[BRIDGE].ring.secret("browsers"), said.encode(), hashlib.sha256).hexdigest()
    return f"{name}.{proof}"


@routes.post("/logout")
async def log_out(request: web.Request) -> web.StreamResponse:
    """The session is over, here and in the table."""
    guard.must_be_from_here(request)
    if await guard.member(request) is None:
        raise guard.to("/")  # sent twice: it is over already
    await guard.form(request)
    member = await guard.must_be_member(request)
    await request.app[BRIDGE].store.write(sessions.end, member.user, member.session)
    response = web.HTTPSeeOther("/", headers={"Clear-Site-Data": '"cache"'})
    guard.let_out(request, response)
    raise response


def _begin(db: Database, user: int, before: str, device: str, proved: bool) -> str:
    known: Member | None = sessions.find(db, before, now()) if before else None
    if known is not None:
        sessions.end(db, known.user, known.session)
    return sessions.start(db, user, now(), device, proved=proved)


async def once_more(request: web.Request, sent: guard.Form) -> web.Response | None:
    """The answer to a form whose session was over: log in, and what was typed is here again.  None for a visitor's forms."""
    if request.path.startswith(FOR_VISITORS) or request.path.endswith(LETTER):
        return None
    member = await guard.member(request)
    if member is None:
        written = again.carried(request, sent)
        return await page(request, 403, "", "" if written else guard.back(request, sent), written=written)
    return await again.too_old(request, member, sent)  # she logged in anew beside it: another token holds


async def page(request: web.Request, status: int, problem: str, after: str, typed: str = "",
               wait: int = 0, written: str = "") -> web.Response:  # fmt: skip
    """The form, with what was refused and what was typed."""
    token = guard.token(request)
    chosen = await rendering.chosen(request)
    values: dict[str, Any] = {
        "token": token, "problem": problem, "after": after, "typed": typed, "carried": written,
        "minutes": max(1, -(-wait // 60)), "open": chosen["registrations"] != "closed",
        "done": DONE.get(request.query.get("done", ""), ""),
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
