"""The second step of a log-in: a code from her phone, or one of the ten on paper.

How often one may guess: a code is right three times in a million, so an account has few
tries for all who know its password, and a browser that she has logged in with before a
few of its own, which nobody else draws from (as web/pages/login does).  Whoever guesses
knows her password; when the tries are used up a letter tells her, once a day.
"""

from urllib.parse import quote

from aiohttp import web

from federation import two_steps
from federation.bridge import now
from node.people import entry, second_factors, users
from node.store import Database, Row
from node.text import mark
from web import guard
from web.limits import network_of
from web.pages import again, halfway, login
from web.state import BRIDGE, LIMITS

routes = web.RouteTableDef()

BY_ADDRESS = (30, 900)  # codes in so many seconds from one address
BY_ACCOUNT = (5, 900)  # wrong codes for one account from one network, or from one browser that knows it
BY_ALL = (10, 3600)  # wrong codes for one account from all networks, browsers that know it left out
TOLD = (1, 86_400)  # letters about it
OFTEN = mark("Too many attempts. Try again in {minutes} minutes.")
LATE = mark("More than ten minutes have passed since you gave your password. Please begin again.")


@routes.get(halfway.PATH)
async def show(request: web.Request) -> web.StreamResponse:
    """The form for the code; who has not given her password begins there."""
    after = request.query.get("next", "")
    if await guard.member(request) is not None:
        raise web.HTTPSeeOther(guard.next_path(after))
    user = await halfway.who(request)
    if user is None:
        raise guard.to("/login" + (f"?next={quote(guard.next_path(after), safe='')}" if after else ""))
    return await halfway.page(request, user, 200, "", after)


@routes.post(halfway.PATH)
async def enter(request: web.Request) -> web.StreamResponse:
    """A session for the right code."""
    sent = await guard.form(request)
    after, written = guard.text(sent, "next", guard.LONGEST_NEXT), guard.text(sent, "carried", again.LONGEST)
    user = await halfway.who(request)
    if user is None:
        return await login.page(request, 403, LATE, after, written=written)
    users.may_log_in(user)
    measures = _measures(request, user)
    limits, bridge = request.app[LIMITS], request.app[BRIDGE]
    wait = limits.take("code", request.remote, *BY_ADDRESS)
    wait = wait or next((found for one in measures if (found := limits.take_named(*one))), 0)
    if wait:
        _tell(request, user)
        return await halfway.page(request, user, 429, OFTEN, after, written, wait)
    if not await two_steps.proves(bridge, user["id"], guard.text(sent, "code", 80)):
        return await halfway.page(request, user, 401, second_factors.WRONG, after, written)
    for one in measures:
        limits.take_named(*one, cost=-1)
    response = await login.enter(request, user, after, written, proved=True)
    halfway.let_go(request, response)
    raise response


def _measures(request: web.Request, user: Row) -> list[tuple[str, str, int, float]]:
    browser = login.known_browser(request, user)
    if browser:
        return [("known code", browser, *BY_ACCOUNT)]
    account = str(user["id"])
    return [
        ("account code", f"{account} {network_of(request.remote)}", *BY_ACCOUNT),
        ("account code", account, *BY_ALL),
    ]


def _tell(request: web.Request, user: Row) -> None:
    """She reads that somebody has her password."""
    if not request.app[LIMITS].take_named("code letter", str(user["id"]), *TOLD):
        request.app[BRIDGE].store.write_soon(_tell_of_guesses, user["id"])


def _tell_of_guesses(db: Database, user: int) -> None:
    entry.tell(db, "steps_guessed", user, now())
