"""What apps send, in any of its forms, read into one; who they are; how lists are paged.

Query, form, nested form (`source[privacy]`, `media_ids[]`, `fields_attributes[0][name]`),
multipart and JSON all become one dictionary.
"""

import re
from typing import Any

import orjson
from aiohttp import web

from federation.bridge import now
from node.errors import Forbidden, Invalid, NotFound, Unproven
from node.ids import LAST, read
from node.people import users
from node.people.tokens import Bearer
from node.store import Database
from node.window import Window
from web import forms
from web.mastodon import told
from web.state import BRIDGE

LARGEST_FORM = 131_072
MOST_FIELDS = 200
MOST_IDS = 500  # in one request; a body of JSON could name a hundred thousand, each several questions to the file
HOUR = 3_600_000  # ms
PAGING = ("max_id=", "min_id=", "since_id=")
_WHO: web.RequestKey[Bearer] = web.RequestKey("bearer", Bearer)
_SENT: web.RequestKey[dict[str, Any]] = web.RequestKey("sent", dict)  # parameters, where the token was looked for there
_noted: dict[int, int] = {}  # user -> when she was last noted as seen
_PART = re.compile(r"\[([^\[\]]*)\]")


async def bearer(request: web.Request, *scopes: str) -> Bearer:
    """Who holds the request's token, and may do one of these.

    Raises Unproven without a good token, Forbidden beyond its scopes, Invalid for an app
    that acts for nobody.
    """
    found = await anyone(request)
    if found is None:
        raise Unproven("The access token is invalid")
    if scopes and not any(found.may(scope) for scope in scopes):
        raise Forbidden("This action is outside the authorized scopes")
    if found.actor is None:
        raise Invalid("This method requires an authenticated user")
    return found


async def anyone(request: web.Request) -> Bearer | None:
    """Who holds the request's token; None when it has none.  Raises Unproven for a bad one."""
    if _WHO in request:
        return request[_WHO]
    secret = await token(request)
    if not secret:
        return None
    found = request[_WHO] = told.bearer(request, secret)
    await acted(request, found)
    return found


async def token(request: web.Request) -> str:
    """The token that came in the header, else in the query or the form as `access_token`; '' for none.

    Webhooks and small devices can send no header.  Raises Unproven for a header that is none.
    """
    authorization = request.headers.get("Authorization", "")
    if authorization:
        kind, _, secret = authorization.partition(" ")
        if kind.lower() != "bearer" or not secret.strip():
            raise Unproven("The access token is invalid")
        return secret.strip()
    if "access_token" in request.query:
        return request.query["access_token"].strip()
    if request.method != "GET" and request.content_type == "application/x-www-form-urlencoded":
        request[_SENT] = await params(request)
        return text(request[_SENT], "access_token").strip()
    return ""


async def viewer(request: web.Request, *scopes: str) -> int | None:
    """The actor who looks; None for a visitor."""
    found = await anyone(request)
    if found is None or found.actor is None:
        return None
    if scopes and not any(found.may(scope) for scope in scopes):
        raise Forbidden("This action is outside the authorized scopes")
    return found.actor


async def params(request: web.Request, largest: int | None = None) -> dict[str, Any]:
    """Everything the app sent, query and body together, nested as it was meant.  Raises Invalid.

    largest: bytes of the whole request, where files come with it.
    """
    if _SENT in request:
        return request[_SENT]
    found = _nested(request.query.items())
    if not request.can_read_body or (request.method in ("GET", "HEAD") and request.content_type != "application/json"):
        return found
    if request.content_type == "application/json":
        forms.must_be_plain(request)
        body = await request.read()
        try:
            sent = orjson.loads(body) if body else {}
        except orjson.JSONDecodeError as error:
            raise Invalid("The request body is no JSON.") from error
        return found | sent if isinstance(sent, dict) else found
    if request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        if (request.content_length or 0) > LARGEST_FORM and request.content_type != "multipart/form-data":
            raise web.HTTPRequestEntityTooLarge(LARGEST_FORM, request.content_length or 0)
        return found | _nested((await forms.read(request, largest)).items())
    return found


def _nested(pairs: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, (key, value) in enumerate(pairs):
        if number >= MOST_FIELDS:
            raise Invalid("Too many parameters.")
        name, parts = key.partition("[")[0], _PART.findall(key[len(key.partition("[")[0]) :])
        _put(found, name, parts[:4], value)
    return found


def _put(found: dict[str, Any], name: str, parts: list[str], value: Any) -> None:
    if not parts:
        found[name] = value
    elif parts[0] == "":
        listed = found.setdefault(name, [])
        if isinstance(listed, list) and len(parts) == 1:
            listed.append(value)
        elif isinstance(listed, list):  # `fields[][name]`: a name that comes again begins the next one
            if not listed or not isinstance(listed[-1], dict) or (len(parts) == 2 and parts[1] in listed[-1]):
                listed.append({})
            _put(listed[-1], parts[1], parts[2:], value)
    else:
        inner = found.setdefault(name, {})
        if isinstance(inner, dict):
            _put(inner, parts[0], parts[1:], value)


def text(sent: dict[str, Any], name: str, default: str = "") -> str:
    """A parameter as text; a list or an object is none."""
    value = sent.get(name)
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else default


def flag(sent: dict[str, Any], name: str, default: bool = False) -> bool:
    """A parameter as a boolean: 0, false, f, off and '' are no."""
    value = sent.get(name)
    if value is None:
        return default
    return value if isinstance(value, bool) else str(value).lower() not in ("0", "false", "f", "off", "")


def number(sent: dict[str, Any], name: str) -> int | None:
    """A parameter as an id or another number; None when it is none."""
    return read(str(sent.get(name, "")))


def several(sent: dict[str, Any], name: str) -> list[Any]:
    """A parameter as a list: repeated, indexed (`0`, `1`), JSON or alone."""
    value = sent.get(name)
    if value is None:
        return []
    if isinstance(value, dict):
        return [value[key] for key in sorted(value, key=lambda k: (len(k), k))]
    return value if isinstance(value, list) else [value]


def ids(sent: dict[str, Any], name: str) -> list[int]:
    """A parameter as a list of ids; what is none is left out."""
    found = [read(str(one)) for one in several(sent, name)[:MOST_IDS]]
    return [one for one in found if one is not None]


def path_id(request: web.Request, name: str = "id") -> int:
    """An id of the path.  Raises NotFound for what is none."""
    found = read(request.match_info[name])
    if found is None:
        raise NotFound("Record not found")
    return found


class Page:
    """Where a list begins and how much is wanted: max_id, since_id, min_id, limit."""

    def __init__(self, sent: dict[str, Any], default: int = 20, most: int = 40) -> None:
        max_id, since, least = number(sent, "max_id"), number(sent, "since_id"), number(sent, "min_id")
        self.before = max_id if max_id is not None else LAST
        self.after = least if least is not None else since or 0
        self.oldest = least is not None
        wanted = number(sent, "limit")
        self.limit = min(max(wanted, 1), most) if wanted is not None else default

    @property
    def window(self) -> Window:
        """The same, for a list of the file."""
        return Window(self.before, self.after, self.limit, self.oldest)


def reply(request: web.Request, body: bytes, first: int | None = None, last: int | None = None,
          status: int = 200) -> web.Response:  # fmt: skip
    """JSON for an app; first and last are the ids of the newest and the oldest shown, for its next page."""
    headers = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "private, no-store"}
    if first is not None and last is not None:
        url = request.rel_url
        kept = [one for one in url.raw_query_string.split("&") if one and not one.startswith(PAGING)]
        address = f"{request.app[BRIDGE].origin}{url.raw_path}?{'&'.join([*kept, ''])}"
        headers["Link"] = f'<{address}max_id={last}>; rel="next", <{address}min_id={first}>; rel="prev"'
    return web.Response(status=status, body=body, headers=headers)


def answer(request: web.Request, found: Any, status: int = 200,
           ends: tuple[int | None, int | None] = (None, None)) -> web.Response:  # fmt: skip
    """A value as JSON for an app; ends as in reply."""
    return reply(request, orjson.dumps(found), *ends, status=status)


async def acted(request: web.Request, who: Bearer) -> None:
    """She was here; noted once an hour."""
    if who.user is None or _noted.get(who.user, 0) > now() - HOUR:
        return
    _noted[who.user] = now()
    request.app[BRIDGE].store.write_soon(_seen, who.user)


def _seen(db: Database, user: int) -> None:
    users.seen(db, user, now())
