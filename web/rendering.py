"""Templates: autoescaped always, in the reader's language; and which language that is."""

from functools import cache, partial
from pathlib import Path
from typing import Any

import jinja2
from aiohttp import web

from node import settings, text
from web import guard
from web.state import BRIDGE

TEMPLATES = Path(__file__).parent / "templates"
COOKIE = "lang"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; media-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@cache
def templates() -> jinja2.Environment:
    """The one environment; its globals hold no request."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined, extensions=["jinja2.ext.i18n"],
    )  # fmt: skip
    made.globals.update(direction=text.direction)
    return made


async def language(request: web.Request, account: str = "") -> str:
    """The page's language: `?lang=`, cookie, account, Accept-Language, node."""
    for asked in (request.query.get("lang", ""), request.cookies.get(COOKIE, ""), account):
        if _known(asked):
            return _known(asked)
    for one in request.headers.get("Accept-Language", "")[:200].split(","):
        if _known(one.partition(";")[0].strip()):
            return _known(one.partition(";")[0].strip())
    return str(await request.app[BRIDGE].store.read(settings.get, "locale"))


def _known(asked: str) -> str:
    """The locale of ours that is meant; '' for none."""
    tag = asked.replace("_", "-")
    for locale in text.LOCALES:
        if tag.lower() == locale.lower():
            return locale
    return text.base(tag) if text.base(tag) in text.LANGUAGES else ""


async def page(request: web.Request, template: str, name: str, status: int = 200, **values: Any) -> web.Response:
    """A page, whole.  name is its `data-page`; values go to the template.

    Templates have `member` (node/people/sessions.Member, or none) and `csrf()`, the
    value of the hidden field `csrf` that every form with method post must hold.
    """
    member = await guard.member(request)
    tag = await language(request, member.locale if member else "")
    chosen = await request.app[BRIDGE].store.read(settings.everything)
    catalogue = text.catalogue(tag)
    body = templates().get_template(template).render(
        page=name, lang=tag, dir=text.direction(tag), settings=chosen, origin=request.app[BRIDGE].origin,
        _=catalogue.gettext, gettext=catalogue.gettext, ngettext=catalogue.ngettext, path=request.path,
        member=member, csrf=partial(guard.token, request), **values,
    )  # fmt: skip
    response = web.Response(
        status=status, body=body.encode(), content_type="text/html", charset="utf-8", headers=HEADERS
    )
    response.headers["Content-Language"] = tag
    response.headers["Vary"] = "Accept, Accept-Language, Cookie"
    if member is not None:
        response.headers["Cache-Control"] = "private, no-store"
    guard.seal(request, response)
    return response


def chosen_text(texts: dict[str, str], tag: str) -> str:
    """The text in the reader's language, else in Arabic, French, any."""
    for one in (tag, text.base(tag), "ar", "fr"):
        if texts.get(one):
            return texts[one]
    return next(iter(texts.values()), "")
