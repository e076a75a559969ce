"""How long we wait for what somebody sends us: neither a head nor a body that drips in holds a connection for ever."""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

PATIENCE = 30.0  # seconds until a body must be here
HEAD = 10.0  # seconds until the first request of a connection must be here; a later one has the server's keep-alive
SLOWEST = 2048  # bytes a second of an upload: a film sent over a poor line is still on its way

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class TooSlow(TimeoutError):
    """What whoever reads the body is told."""


@web.middleware
async def not_forever(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Reading a body ends with 408 once it is later than it should be."""
    body = request.content
    if body.is_eof():
        return await handler(request)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    uploads = request.content_type == "multipart/form-data"
    timer: asyncio.TimerHandle

    def look() -> None:
        nonlocal timer
        late = loop.time() - begun - PATIENCE - (body.total_bytes / SLOWEST if uploads else 0)
        if body.is_eof() or body.exception() is not None:
            return
        if late >= 0:
            body.set_exception(TooSlow())
        else:
            timer = loop.call_later(max(1.0, -late), look)

    timer = loop.call_later(PATIENCE, look)
    try:
        return await handler(request)
    except TooSlow as error:
        raise web.HTTPRequestTimeout from error
    finally:
        timer.cancel()


async def hang_up(server: web.Server, head: float = HEAD) -> None:
    """Connections that have asked nothing for so long, or half as long again, are closed, until this is cancelled.

    All are looked at in turn, since a timer for each would cost every good one.
    """
    loop = asyncio.get_running_loop()
    since: dict[object, float] = {}
    while True:
        await asyncio.sleep(head / 2)
        now = loop.time()
        silent = [one for one in server.connections if not one._request_count]
        since = {one: since.get(one, now) for one in silent}
        for one in silent:
            if now - since[one] >= head:
                one.force_close()
