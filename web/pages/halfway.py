"""Between the two steps of a log-in: who has said her password, and has ten minutes to type a code.

What the browser shows meanwhile opens nothing.  It is a word that only we can write, of
one account and the password that it has now; so a page that a phone has thrown away,
while another app was open, is there again as it was.
"""

import hashlib
import hmac

from aiohttp import web

from federation.bridge import now
from node import ids
from node.people import second_factors
from node.store import Database, Row
from web import guard, rendering
from web.state import BRIDGE

COOKIE = "halfway"
LIVES = 600  # seconds
PATH = "/login/code"


def hold(request: web.Request, response: web.StreamResponse, user: Row) -> None:
    """The browser shows for ten minutes that it gave the user's password."""
    until = now() + LIVES * 1000
    guard.keep(request, response, COOKIE, f"{user['id']}.{until}.{_proof(request, user, until)}", LIVES)


def let_go(request: web.Request, response: web.StreamResponse) -> None:
    """It does not any more."""
    guard.drop(request, response, COOKIE)


async def who(request: web.Request) -> Row | None:
    """The user whose password this browser gave a moment ago, and whose code it has not given; None for none."""
    whose, _, rest = guard.shown(request, guard.cookie_name(request, COOKIE)).partition(".")
    ends, _, proof = rest.partition(".")
    user, until = ids.read(whose), ids.read(ends)
    if user is None or until is None or until <= now():
        return None
    found = await request.app[BRIDGE].store.read(find, user)
    return found if found is not None and hmac.compare_digest(_proof(request, found, until), proof) else None


async def page(request: web.Request, user: Row, status: int, problem: str, after: str, written: str = "",
               wait: int = 0) -> web.Response:  # fmt: skip
    """The page that asks for the code, kept nowhere."""
    response = await rendering.page(
        request, "login_code.html", "login", status, head=rendering.Head(indexed=False), token=guard.token(request),
        problem=problem, after=after, carried=written, minutes=max(1, -(-wait // 60)), account=user["name"],
    )  # fmt: skip
    guard.seal(request, response)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers.pop("ETag", None)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def find(db: Database, user: int) -> Row | None:
    """The user, with her `name`, where her log-in has two steps."""
    if not second_factors.is_on(db, user):
        return None
    return db.row(
        "select users.*, actors.name from users join actors on actors.id = users.actor where users.id = ?", (user,)
    )


def _proof(request: web.Request, user: Row, until: int) -> str:
    said = f"{user['id']} {until} {user['password']}"
    return hmac.new(request.app[BRIDGE].ring.secret("halfway"), said.encode(), hashlib.sha256).hexdigest()
