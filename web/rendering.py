"""Pages, whole: the one environment of templates, the reader's language, what every page needs in its frame."""

import gzip
import zlib
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from aiohttp import web

from federation.bridge import now
from node import settings, text
from node.errors import NodeError
from web import faults, fresh, pictured, sections, spans, times, tongues, viewer, words
from web.state import BRIDGE

TEMPLATES = Path(__file__).parent / "templates"
COOKIE = "lang"
THEMES = ("light", "dark")
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; media-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
ENOUGH_TO_SQUEEZE = 600  # bytes
# Pages with a long field.  On a phone with little memory, «back» from a line that broke asks for the page again unless
# the browser may keep it: what was typed would be gone.  Logging out empties what it kept.
WRITTEN_ON = ("compose", "topic", "post", "event", "desk")


@dataclass(slots=True)
class Head:
    """What stands in <head> beside the title: addresses are whole, texts plain.

    activity is the ActivityPub document, feed the Atom feed, creator the author's handle, data what
    search engines read (web/pages/structured).
    """

    title: str = ""
    description: str = ""
    canonical: str = ""
    activity: str = ""
    feed: str = ""
    image: str = ""
    creator: str = ""
    type: str = "website"
    indexed: bool = True
    data: str = ""
    secret: bool = False  # the page's address is a key: no link on it repeats it


@dataclass(slots=True)
class _Chosen:
    """The settings, read once until somebody changes one."""

    values: dict[str, Any] | None = None
    paths: frozenset[str] = field(default_factory=frozenset)

    def forget(self) -> None:
        self.values = None


CHOSEN: web.AppKey[_Chosen] = web.AppKey("chosen", _Chosen)


def prepare(app: web.Application) -> None:
    """The application can render pages."""
    app[CHOSEN] = _Chosen()
    app[fresh.FRESH] = fresh.Fresh()


class _Environment(jinja2.Environment):
    """Templates share one dictionary of globals: what differs by template would be compared at each import."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return self.globals if not d else super().make_globals(d)


@cache
def templates() -> jinja2.Environment:
    """The one environment; its globals ask who reads, and hold no request."""
    made = _Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined, auto_reload=False, cache_size=400,
    )  # fmt: skip
    made.globals.update(words.GLOBALS, when=times.when)
    made.globals.update(pictured.GLOBALS)
    made.globals["sections"] = sections
    made.globals["SPANS"] = spans.SPANS
    return made


async def chosen(request: web.Request) -> dict[str, Any]:
    """All settings of the node."""
    app = request.app
    kept = app[CHOSEN]
    if kept.values is None:
        if not kept.paths:
            kept.paths = frozenset(resource.canonical for resource in app.router.resources())
            app[BRIDGE].store.on("settings", kept.forget)
        kept.values = await app[BRIDGE].store.read(settings.everything)
    return kept.values


async def language(request: web.Request, account: str = "") -> str:
    """The page's language: `?lang=`, cookie, account, Accept-Language, node."""
    for asked in (request.query.get("lang", ""), request.cookies.get(COOKIE, ""), account):
        if known_language(asked):
            return known_language(asked)
    wanted = request.headers.get("Accept-Language", "")[:200]
    node = str((await chosen(request))["locale"])
    for one in sorted(wanted.split(","), key=_wish):
        found = known_language(one.partition(";")[0].strip())
        if found:
            # An Arabic reader who names no country reads the Arabic of the node's country.
            return node if found == "ar" and text.base(node) == "ar" else found
    return node


def known_language(asked: str) -> str:
    """The locale of ours that is meant; '' for none."""
    tag = asked.replace("_", "-")
    for locale in text.LOCALES:
        if tag.lower() == locale.lower():
            return locale
    return text.base(tag) if text.base(tag) in text.LANGUAGES else ""


def _wish(one: str) -> float:
    try:
        return -float(one.partition(";q=")[2] or 1)
    except ValueError:
        return 0.0


async def read_by(request: web.Request, *, page: bool = True) -> words.Reader:
    """Who reads: from here on in this request, words are in her language.

    page: they go to a page, on which those of another language are marked; else to a feed, a table, a calendar.
    """
    seen = viewer.of(request)
    values = await chosen(request)
    tag = await language(request, seen.locale if seen else "")
    if tag == "ar" and text.base(values["locale"]) == "ar" and values["locale"] != "ar":
        tag = values["locale"]
    reader = words.Reader(
        tag, values["timezone"], now(), saves_data(request), catalogue=text.catalogue(tag), own=text.own(tag) if page else None
    )  # fmt: skip
    words.read_by(reader)
    return reader


def saves_data(request: web.Request) -> bool:
    """Whether pictures stay away: `?lite=1`, the cookie, the browser's own wish."""
    asked = request.query.get("lite", request.cookies.get("lite", ""))
    if asked in ("0", "1"):
        return asked == "1"
    return request.headers.get("Save-Data", "").lower() == "on"


async def page(
    request: web.Request, template: str, name: str, status: int = 200, *, head: Head | None = None, **values: Any
) -> web.Response:
    """A page, whole.  name is its `data-page`; values go to the template."""
    node = await chosen(request)
    reader = await read_by(request)
    if isinstance(refused := values.get("problem"), NodeError):
        reader.faulty, reader.fault = faults.of(refused.sentence), words.say(refused.sentence, **refused.facts)
    seen = viewer.of(request)
    origin = request.app[BRIDGE].origin
    theme = request.cookies.get("theme", "")
    back = quote(request.path_qs, safe="/") if head is None or not head.secret else ""
    body = templates().get_template(template).render(
        page=name, lang=reader.tag, dir=text.direction(reader.tag), settings=node, origin=origin,
        host=origin.partition("://")[2], path=request.path, back=back, viewer=seen,
        theme=theme if theme in THEMES else "", head=head or Head(), has=request.app[CHOSEN].paths.__contains__,
        network=words.pick(node["name"]), query=request.query, **values,
    )  # fmt: skip
    body = words.settle(body, seen.token if seen else "", back)
    if reader.own is not None:
        body = tongues.settle(body, text.SECOND[reader.tag])
    if reader.lite:
        heavy = len(gzip.compress(body.encode(), 5, mtime=0))  # as it travels
        body = body.replace(words.WEIGHT, str(words.kilobytes(heavy)), 1)
    else:
        body = body.replace("</body>", words.sheet(body) + "\n</body>", 1)
    made = answer(request, body, status, reader.tag)
    if seen is not None and name in WRITTEN_ON:
        made.headers["Cache-Control"] = "private, no-cache"
    return made


def answer(request: web.Request, body: str, status: int, tag: str) -> web.Response:
    """The page's bytes with their headers, squeezed where the browser can read that."""
    sent = body.encode()
    headers = HEADERS | {
        "Content-Type": "text/html; charset=utf-8", "Content-Language": tag,
        "Vary": "Accept, Accept-Encoding, Accept-Language, Cookie, Save-Data",
        "Cache-Control": "private, no-store" if viewer.of(request) else "no-cache",
    }  # fmt: skip
    if viewer.of(request) is None and status == 200:
        headers["ETag"] = f'W/"{zlib.crc32(sent):08x}"'
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return web.Response(status=304, headers=headers)
    if "gzip" in request.headers.get("Accept-Encoding", "") and len(sent) > ENOUGH_TO_SQUEEZE:
        sent = gzip.compress(sent, 5, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return web.Response(status=status, body=sent, headers=headers)


def chosen_text(texts: dict[str, str], tag: str) -> str:
    """The text in the reader's language, else in Arabic, French, any."""
    for one in (tag, text.base(tag), "ar", "fr"):
        if texts.get(one):
            return texts[one]
    return next(iter(texts.values()), "")


def is_secure(request: web.Request) -> bool:
    """Whether cookies travel over https alone."""
    return request.app[BRIDGE].origin.startswith("https://")
