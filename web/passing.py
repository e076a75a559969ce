"""Sound and film of peers, passed on while they come: the reader is not seen elsewhere, and the disk holds none of it.

Only what stands in a post that we keep is asked for.  The reader's Range is passed on, and the
answer's; nothing else of either is.
"""

from aiohttp import web

from federation import fetch
from federation import vocabulary as v
from federation.client import STREAMS, Stream
from node import hosts
from node.errors import Busy, NodeError, NotFound
from node.log import Log
from node.store import Row
from web.state import BRIDGE

log = Log("web.passing")

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
    "Content-Disposition": "inline",
}
# By what a peer calls it: how we serve it.  Nothing here is ever a page or a program.
TYPES = {
    "video/mp4": "video/mp4", "video/webm": "video/webm", "video/quicktime": "video/mp4", "video/ogg": "video/ogg",
    "video/x-m4v": "video/mp4", "audio/mpeg": "audio/mpeg", "audio/mp3": "audio/mpeg", "audio/mp4": "audio/mp4",
    "audio/x-m4a": "audio/mp4", "audio/m4a": "audio/mp4", "audio/aac": "audio/aac", "audio/ogg": "audio/ogg",
    "audio/opus": "audio/ogg", "audio/vorbis": "audio/ogg", "application/ogg": "audio/ogg", "audio/webm": "audio/webm",
    "audio/flac": "audio/flac", "audio/x-flac": "audio/flac", "audio/wav": "audio/wav", "audio/x-wav": "audio/wav",
}  # fmt: skip
MOST_BYTES = 500_000_000  # of one answer
MOST_SECONDS = 1800.0
MOST_REDIRECTS = 3
PASSED_ON = ("Content-Length", "Content-Range", "Accept-Ranges", "Last-Modified", "ETag")

_reading: dict[str, int] = {}


async def film(request: web.Request, row: Row) -> web.StreamResponse:
    """The sound or film behind the row's address, from the byte that the reader asks for.

    Raises NotFound for what cannot be had or is neither, Busy when too many read.
    """
    origin = request.app[BRIDGE].origin
    if _reading.get(origin, 0) >= STREAMS:
        raise Busy("Too many people are watching films just now.", after=30)
    _reading[origin] = _reading.get(origin, 0) + 1
    try:
        return await _pass_on(request, row)
    finally:
        _reading[origin] -= 1


async def _pass_on(request: web.Request, row: Row) -> web.StreamResponse:
    wanted = request.headers.get("Range", "")[:100]
    asked = {"Accept": "video/*, audio/*", "Accept-Encoding": "identity"} | ({"Range": wanted} if wanted else {})
    bridge, address = request.app[BRIDGE], row["remote"]
    for _ in range(MOST_REDIRECTS + 1):
        if await bridge.store.read(hosts.refuses, v.host(address)):
            raise NotFound("Record not found")
        try:
            async with bridge.client.stream(address, asked, seconds=MOST_SECONDS) as came:
                if came.status in (301, 302, 303, 307, 308) and "location" in came.headers:
                    address = fetch.redirected(bridge, address, came.headers["location"])
                    continue
                return await _answer(request, row, came)
        except NodeError as error:
            log.info("film not had", media=row["id"], reason=str(error))
            raise NotFound("Record not found") from error
    raise NotFound("Record not found")


async def _answer(request: web.Request, row: Row, came: Stream) -> web.StreamResponse:
    if came.status == 416:
        raise web.HTTPRequestRangeNotSatisfiable
    kind = TYPES.get(row["type"].partition(";")[0].strip().lower()) or TYPES.get(came.content_type)
    plain = came.headers.get("content-encoding", "identity").lower() == "identity"
    if came.status not in (200, 206) or kind is None or not plain or came.content_type.startswith("text/"):
        raise NotFound("Record not found")
    headers = HEADERS | {"Content-Type": kind, "Cache-Control": "private, max-age=3600"}
    headers |= {name: came.headers[name] for name in PASSED_ON if name in came.headers}
    if (came.length or 0) > MOST_BYTES:
        raise NotFound("Record not found")
    response = web.StreamResponse(status=came.status, headers=headers)
    await response.prepare(request)
    if request.method == "HEAD":
        return response
    sent = 0
    try:
        async for chunk in came.chunks():
            sent += len(chunk)
            if sent > MOST_BYTES:
                break
            await response.write(chunk)
        else:
            await response.write_eof()
            return response
    except (TimeoutError, NodeError, ConnectionError):
        pass  # the reader left, or the peer did: what was sent was sent
    response.force_close()
    return response
