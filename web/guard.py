"""Who is logged in, and whether a form was sent by her: sessions, cookies, CSRF, `next`.

The middleware `know` puts the Viewer (web/viewer) on requests that bring a session.

A POST is taken when the browser says that it comes from one of our own pages, and
when it carries the token that only such a page holds: an HMAC by the session's secret,
or, before log-in, by a cookie that the page with the form has set.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote, unquote

from aiohttp import web

from federation.bridge import now
from node import ids
from node.errors import Forbidden, NotFound
from node.people import sessions, users
from node.people.sessions import NOTED, Member
from node.posts import drafts, visits
from node.store import Database
from node.text import mark
from web import forms, viewer
from web.state import BRIDGE, LIMITS

SESSION, VISITOR = "session", "form"
FIELD = "csrf"
AGAIN = "again"  # of a form that is sent a second time: under which name its text was kept (web/pages/again)
OLD = mark("This form is too old, or came from another page. Please go back, reload it and send it again.")
YEAR = 365 * 86_400
DAY = 86_400  # a form may lie open so long before a visitor sends it
LONGEST_NEXT = 2000
# Letters, digits and what our own addresses hold; no backslash, no control, no second slash at the start.
_NEXT = re.compile(r"/(?![/\\])[A-Za-z0-9/_@.~:,;=+!*'()$%&?-]*\Z")
TWO_STEPS = "/me/two-steps"
_NEVER_NEXT = ("/login", "/logout")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_MEMBER: web.RequestKey[Member] = web.RequestKey("member", Member)
_NEW_COOKIE: web.RequestKey[str] = web.RequestKey("visitor cookie", str)
Form = forms.Form


# ── who ───────────────────────────────────────────────────────────────────────


@web.middleware
async def know(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Pages know who looks at them; apps and peers bring no cookie and are not asked."""
    secret = shown(request, cookie_name(request, SESSION)) if request.headers.get("Cookie") else ""
    if secret and not request.path.startswith(("/api/", "/static/", "/media/")):
        found, unread, messages = request.app[BRIDGE].store.glance(_look_up, secret)
        if found is not None:
            request[_MEMBER] = found
            request[viewer.KEY] = viewer.Viewer(
                user=found.user, actor=found.actor, name=found.acting, display=found.acting_display,
                locale=found.locale, role=found.role, token=_token_of(secret), unread=unread, messages=messages,
                filters=found.filters,
                more={"person": found.person, "person_name": found.name, "person_display": found.display,
                      "for_another": found.acts_for_another},
            )  # fmt: skip
            if found.seen < now() - NOTED:
                request.app[BRIDGE].store.write_soon(_was_here, found)  # a full disk must not keep her from reading
    return await handler(request)


async def member(request: web.Request) -> Member | None:
    """Who is logged in; None for a visitor."""
    return request.get(_MEMBER)


def _look_up(db: Database, secret: str) -> tuple[Member | None, int, int]:
    found = sessions.find(db, secret, now())
    if found is None:
        return None, 0, 0
    return found, visits.unread(db, found.actor), visits.unread_messages(db, found.actor)


async def must_be_member(request: web.Request) -> Member:
    """Who is logged in.  A visitor is sent to the log-in page, and afterwards back here."""
    found = await member(request)
    if found is None:
        back = request.raw_path if request.method == "GET" else "/feed"
        raise web.HTTPSeeOther("/login?next=" + quote(back, safe=""))
    return found


async def must_moderate(request: web.Request) -> Member:
    """A moderator or administrator; for anybody else there is no such page."""
    found = await member(request)
    if found is not None and found.rests:
        raise web.HTTPSeeOther(TWO_STEPS)  # where she is told what is missing
    if found is None or not found.moderates:
        raise NotFound("There is no page at this address.")
    return found


async def must_administer(request: web.Request) -> Member:
    """An administrator; for anybody else there is no such page."""
    found = await must_moderate(request)
    if found.role != "admin":
        raise NotFound("There is no page at this address.")
    return found


def _was_here(db: Database, found: Member) -> None:
    sessions.seen(db, found.session, now())
    users.seen(db, found.user, now())


# ── forms ─────────────────────────────────────────────────────────────────────


def token(request: web.Request) -> str:
    """The token that a form on this page must carry, in the hidden field `csrf`.

    For a visitor it needs `seal` on the response: ask for it only on pages with a form.
    """
    return _token_of(_secret(request) or request.get(_NEW_COOKIE) or _begin(request))


def seal(request: web.Request, response: web.StreamResponse) -> None:
    """The visitor's cookie that goes with the token, where this request made one."""
    made = request.get(_NEW_COOKIE)
    if made:
        _set(request, response, VISITOR, made, DAY, "Strict")
        response.headers["Cache-Control"] = "private, no-store"


async def form(request: web.Request, largest: int | None = None) -> Form:
    """What one of our own pages sent.  Raises Forbidden for a form from elsewhere, or one without its token.

    largest: bytes, where files come with it.
    """
    must_be_from_here(request)
    sent = await forms.read(request, largest)
    secret, given = _secret(request), sent.get(FIELD, "")
    if not secret or not isinstance(given, str) or not hmac.compare_digest(_token_of(secret), given):
        raise TooOld(sent)
    known = request.get(_MEMBER)
    if known is not None and text(sent, AGAIN, LONGEST_NEXT):
        request.app[BRIDGE].store.write_soon(drafts.forget, known.user, text(sent, AGAIN, LONGEST_NEXT))
    return sent


class TooOld(Forbidden):
    """A form of ours whose session is over, with what was typed in it: nothing is done, and nothing need be lost."""

    def __init__(self, sent: Form) -> None:
        super().__init__(OLD)
        self.sent = sent


def was_sent_here(request: web.Request) -> bool:
    """Whether another site led the member to this address: what it asks for is not asked for in her name."""
    return request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")


def must_be_from_here(request: web.Request) -> None:
    """Raises Forbidden when the browser says that another site sent this."""
    origin = request.headers.get("Origin")
    if was_sent_here(request) or (origin is not None and origin != request.app[BRIDGE].origin):
        raise Forbidden(OLD)


def text(sent: Form, name: str, longest: int = 20_000) -> str:
    """A field as text; '' where it is absent or a file."""
    value = sent.get(name, "")
    return value[:longest].replace("\r\n", "\n") if isinstance(value, str) else ""


def back(request: web.Request, sent: Form, otherwise: str = "/feed") -> str:
    """The page that the form stood on: its field `back`, else what the browser says."""
    said = text(sent, "back", LONGEST_NEXT)
    origin = request.app[BRIDGE].origin
    came_from = request.headers.get("Referer", "")
    if not said and came_from.startswith(origin + "/"):
        said = came_from[len(origin) :].partition("#")[0]
    return next_path(said, otherwise)


def number(value: Any) -> int | None:
    """A field, or a part of the address, as an id (node/ids.read); None for what is none, a file too."""
    return ids.read(value)


def path_id(request: web.Request, missing: str = "There is no such post.") -> int:
    """The id in the path.  Raises NotFound, with this sentence, for what is none."""
    found = ids.read(request.match_info["id"])
    if found is None:
        raise NotFound(missing)
    return found


def _begin(request: web.Request) -> str:
    request[_NEW_COOKIE] = secrets.token_urlsafe(32)
    return request[_NEW_COOKIE]


def _secret(request: web.Request) -> str:
    if request.get(_MEMBER) is not None:
        return shown(request, cookie_name(request, SESSION))
    return shown(request, cookie_name(request, VISITOR))


def _token_of(secret: str) -> str:
    return hmac.new(secret.encode(), b"form", hashlib.sha256).hexdigest()


# ── cookies ───────────────────────────────────────────────────────────────────


def cookie_name(request: web.Request, name: str) -> str:
    """`__Host-` and the name where https keeps it; the plain name on http in development."""
    return f"__Host-{name}" if _secure(request) else name


def shown(request: web.Request, name: str) -> str:
    """What the browser shows under this name; '' for nothing, and for what we never wrote: bytes that are no text."""
    value = request.cookies.get(name, "")
    return value if value.isascii() else ""


def let_in(request: web.Request, response: web.StreamResponse, secret: str) -> None:
    """The browser holds the new session; the visitor's cookie is gone."""
    _set(request, response, SESSION, secret, YEAR, "Lax")
    _drop(request, response, VISITOR)


def keep(request: web.Request, response: web.StreamResponse, name: str, value: str, seconds: int = YEAR) -> None:
    """The browser shows this value with each request to us, for so long."""
    _set(request, response, name, value, seconds, "Lax")


def drop(request: web.Request, response: web.StreamResponse, name: str) -> None:
    """The browser shows it no more."""
    _drop(request, response, name)


def let_out(request: web.Request, response: web.StreamResponse) -> None:
    """The browser holds no session."""
    _drop(request, response, SESSION)


def _set(request: web.Request, response: web.StreamResponse, name: str, value: str, age: int, same: str) -> None:
    response.set_cookie(
        cookie_name(request, name), value, max_age=age, path="/", secure=_secure(request), httponly=True, samesite=same
    )


def _drop(request: web.Request, response: web.StreamResponse, name: str) -> None:
    response.del_cookie(cookie_name(request, name), path="/", secure=_secure(request), httponly=True, samesite="Lax")


def _secure(request: web.Request) -> bool:
    return request.app[BRIDGE].origin.startswith("https://")


# ── where to ──────────────────────────────────────────────────────────────────


def next_path(wanted: str, otherwise: str = "/feed") -> str:
    """The address to go on to: a path of this node as its own pages write them, else `otherwise`.

    Decoded, its path may hold no second slash, backslash, control or dots that climb.
    """
    if len(wanted) > LONGEST_NEXT or not _NEXT.match(wanted):
        return otherwise
    path = unquote(wanted.partition("?")[0])
    if "//" in path or "\\" in path or "%" in path or any(ord(c) < 33 for c in path) or ".." in path.split("/"):
        return otherwise
    return otherwise if path.startswith(_NEVER_NEXT) else wanted


def to(path: str, anchor: str = "") -> web.HTTPSeeOther:
    """The answer to a form: go on to this path of ours, perhaps to a place in it."""
    return web.HTTPSeeOther(path.partition("#")[0] + ("#" + anchor if anchor else ""))


def often(request: web.Request, kind: str, member: Member, each: int, seconds: float) -> None:
    """Raises 429 when the member does this more than `each` times in so many seconds."""
    wait = request.app[LIMITS].take_named(kind, str(member.user), each, seconds)
    if wait:
        raise web.HTTPTooManyRequests(headers={"Retry-After": str(wait)})


def moved(request: web.Request, address: str) -> web.HTTPFound:
    """To be raised: the page stands at another address, where the language that was asked for is asked for again."""
    asked = request.rel_url.raw_query_string if address.startswith("/") else ""
    return web.HTTPFound(f"{address}?{asked}" if asked else address)
