"""What apps were told, kept until anything is written: an app that asks again meanwhile costs no reading."""

from collections.abc import Callable
from typing import TypeVar

from aiohttp import web

from node.people import tokens
from node.people.tokens import Bearer
from node.store import Database
from web.fresh import Fresh
from web.state import BRIDGE

T = TypeVar("T")

MOST = 100  # answers, mostly of some forty kilobytes, the largest of three hundred
LONGEST = 10.0  # seconds: a mute ends and a poll closes without a commit

TOLD: web.AppKey[Fresh] = web.AppKey("told", Fresh)


async def read(request: web.Request, who: int | None, fn: Callable[[Database], T]) -> T:
    """What fn answers, to be read only.

    It must depend on nothing but the file, who asks, and the address with its parameters.
    """
    store = request.app[BRIDGE].store
    if request.body_exists:  # an app that sends parameters there with GET is answered, and not remembered
        return await store.browse(fn)
    question = (who, request.rel_url.raw_path_qs)
    return await request.app[TOLD].answer(question, store.version(), lambda: store.browse(fn))


def bearer(request: web.Request, secret: str) -> Bearer:
    """Who holds this token; raises as tokens.bearer does, which is asked again after each commit."""
    store = request.app[BRIDGE].store
    kept, version, question = request.app[TOLD], store.version(), ("token", tokens.fingerprint(secret))
    found = kept.find(question, version)
    if found is None:
        found = (store.glance(tokens.bearer, secret),)
        kept.keep(question, found[0], version)
    known: Bearer = found[0]
    return known
