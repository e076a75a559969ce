"""Letters that tell a member what happened: how often she wants them, and the link in them that ends them without a log-in."""

from aiohttp import web

from federation.bridge import now
from node.errors import NotFound
from node.people import digests
from node.store import Database
from node.text import mark
from web import guard, rendering
from web.state import BRIDGE

routes = web.RouteTableDef()

ENDED = mark("These letters have ended already.")


@routes.post("/me/digest")
async def choose(request: web.Request) -> web.StreamResponse:
    """She is told each day, each week or not at all."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    await request.app[BRIDGE].store.write(digests.choose, member.user, guard.text(sent, "every", 10), now())
    raise guard.to("/me?done=language")


@routes.get(r"/digest/{secret:[\w-]{20,40}}")
async def look(request: web.Request) -> web.StreamResponse:
    """What will end, with the button that ends it: programs that look through mail open links too."""
    found = await request.app[BRIDGE].store.read(digests.find, request.match_info["secret"])
    if found is None:
        raise NotFound(ENDED)
    return await _page(request, account=found["name"], ended=False)


@routes.post(r"/digest/{secret:[\w-]{20,40}}")
async def end(request: web.Request) -> web.StreamResponse:
    """The letters end.  Mail programs press this for their reader (RFC 8058): without cookie, form or page of ours.

    Nothing but the secret in the address is asked for, since nothing but the letters can be lost by it.
    """
    name = await request.app[BRIDGE].store.write(_end, request.match_info["secret"])
    return await _page(request, account=name, ended=True)


def _end(db: Database, secret: str) -> str:
    found = digests.find(db, secret)
    if found is None:
        raise NotFound(ENDED)
    digests.end(db, found["user"])
    return str(found["name"])


async def _page(request: web.Request, *, account: str, ended: bool) -> web.StreamResponse:
    await rendering.read_by(request)
    head = rendering.Head(indexed=False, secret=True)
    response = await rendering.page(request, "digest_end.html", "digest", head=head, account=account, ended=ended)
    response.headers["Cache-Control"] = "private, no-store"  # its address is a key
    response.headers.pop("ETag", None)
    return response
