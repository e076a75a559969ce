"""What the coordinators tell every member: it stands on top of her home until she has read it."""

from contextlib import suppress

from aiohttp import web

from node.errors import NotFound
from node.posts import announcements
from web import guard
from web.state import BRIDGE

routes = web.RouteTableDef()


@routes.post(r"/announcements/{id:\d+}/read")
async def read(request: web.Request) -> web.StreamResponse:
    """She has read it: it stands there no more, nor in her apps."""
    await guard.form(request)
    member = await guard.must_be_member(request)
    with suppress(NotFound):  # it was withdrawn meanwhile
        await request.app[BRIDGE].store.write(announcements.read, member.actor, guard.path_id(request))
    raise guard.to("/feed")
