"""Streams: one socket for many, or one event stream each; sockets without compression, which costs 90 kB apiece."""

import asyncio
import contextlib
import re
from typing import Any

import orjson
from aiohttp import WSMsgType, web

from node import ids
from node.errors import Forbidden, Invalid, NodeError, NotFound, Unproven
from node.people import tokens
from node.people.tokens import Bearer
from node.posts import lists
from node.text import fold
from web.mastodon.door import SHARED
from web.mastodon.happenings import Key, Said
from web.mastodon.hub import HUB, Listener, written
from web.mastodon.requests import flag, text
from web.state import BRIDGE, LIMITS

routes = web.RouteTableDef()

BEAT = 30.0  # seconds between pings
THUMP = 15.0  # seconds between comments of an event stream
LONGEST_ORDER = 4096
MOST_STREAMS = 100
WAIT = 60  # seconds until who holds too many sockets may ask again
SCOPES = {"user": "read:statuses", "user:notification": "read:notifications", "list": "read:lists"}
PLAIN = ("user", "user:notification", "direct", "public", "public:local", "public:remote", "public:media",
         "public:local:media", "public:remote:media")  # fmt: skip
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,200}\Z")


@routes.get("/api/v1/streaming/health")
async def health(request: web.Request) -> web.Response:
    """Streams are spoken here."""
    return web.Response(text="OK", headers={"Cache-Control": "private, no-store"})


@routes.get("/api/v1/streaming")
@routes.get("/api/v1/streaming/")
async def streaming(request: web.Request) -> web.StreamResponse:
    """A socket for many streams; for whoever asks without one, an event stream of `stream`."""
    who = await _who(request)
    if request.headers.get("Upgrade", "").lower() == "websocket":
        return await _socket(request, who)
    name = request.query.get("stream", "")
    if not name:
        raise Invalid("Missing stream parameter")
    if name.startswith("public") and flag(dict(request.query), "only_media") and not name.endswith(":media"):
        name += ":media"
    return await _events(request, who, await _key(request, who, name, dict(request.query)))


@routes.get(
    "/api/v1/streaming/{path:(?:user(?:/notification)?|public(?:/local|/remote)?|hashtag(?:/local)?|list|direct)}"
)
async def one_stream(request: web.Request) -> web.StreamResponse:
    """One stream, by its own path."""
    who = await _who(request)
    name = request.match_info["path"].replace("/", ":")
    if name.startswith("public") and flag(dict(request.query), "only_media"):
        name += ":media"
    return await _events(request, who, await _key(request, who, name, dict(request.query)))


async def _who(request: web.Request) -> Bearer:
    """Whose token came in header, query or protocol.  Raises Unproven, and 429 for who holds very many already."""
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    offered = request.headers.get("Sec-WebSocket-Protocol", "").split(",")[0].strip()
    secret = secret.strip() if kind.lower() == "bearer" else request.query.get("access_token", "") or offered
    if not secret:
        raise Unproven("Missing access token")
    who = await request.app[BRIDGE].store.read(tokens.bearer, secret)
    if who.actor is None:
        raise Unproven("This method requires an authenticated user")
    if not request.app[LIMITS].is_unlimited(request.remote) and not request.app[HUB].has_room(who):
        raise web.HTTPTooManyRequests(headers={"Retry-After": str(WAIT)})
    return who


async def _key(request: web.Request, who: Bearer, name: str, sent: dict[str, Any]) -> tuple[Key, Key]:
    """(the stream that is meant, its name as it was asked for).

    Raises Forbidden beyond the token's scopes, Invalid, NotFound.
    """
    if not who.may(SCOPES.get(name, "read:statuses")):
        raise Forbidden("Access token does not have the required scopes")
    if name in PLAIN:
        return (name,), (name,)
    if name in ("hashtag", "hashtag:local"):
        tag = text(sent, "tag")
        if not tag or len(tag) > 200:
            raise Invalid("Missing tag name parameter")
        return (name, fold(tag.lstrip("#"))), (name, tag)
    if name == "list":
        number = ids.read(str(sent.get("list") or ""))
        if number is None:
            raise NotFound("Record not found")
        row = await request.app[BRIDGE].store.read(lists.get, who.actor or 0, number)
        return (name, str(row["id"])), (name, str(row["id"]))
    raise Invalid("Unknown stream type")


# ── sockets ───────────────────────────────────────────────────────────────────


async def _socket(request: web.Request, who: Bearer) -> web.StreamResponse:
    offered = request.headers.get("Sec-WebSocket-Protocol", "").split(",")[0].strip()
    first = request.query.get("stream", "")
    begun = await _key(request, who, first, dict(request.query)) if first else None
    socket = web.WebSocketResponse(
        compress=False, heartbeat=BEAT, max_msg_size=LONGEST_ORDER, timeout=2.0,
        protocols=(offered,) if _TOKEN.match(offered) else (),
    )  # fmt: skip
    await socket.prepare(request)

    async def send(said: Said) -> None:
        await socket.send_str(written(said))

    def close() -> None:
        if request.transport is not None:
            request.transport.close()

    listener = Listener(who, send, close)
    if begun is not None:
        listener.hear(*begun)
    hub = request.app[HUB]
    hub.join(listener)
    try:
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                await _obey(request, socket, listener, message.data)
    finally:
        hub.leave(listener)
    return socket


async def _obey(request: web.Request, socket: web.WebSocketResponse, listener: Listener, order: str) -> None:
    """`{"type":"subscribe","stream":"hashtag","tag":"…"}`; what is wrong is said, the socket stays."""
    try:
        sent = orjson.loads(order)
        if not isinstance(sent, dict):
            return
        key = await _key(request, listener.who, text(sent, "stream"), sent)
        if sent.get("type") == "subscribe":
            if sum(map(len, listener.keys.values())) >= MOST_STREAMS:
                raise Invalid("Too many streams")
            listener.hear(*key)
        elif sent.get("type") == "unsubscribe":
            listener.ignore(*key)
    except orjson.JSONDecodeError:
        return
    except NodeError as error:
        with contextlib.suppress(ConnectionError):
            await socket.send_str(orjson.dumps({"error": str(error), "status": 400}).decode())


# ── event streams ─────────────────────────────────────────────────────────────


async def _events(request: web.Request, who: Bearer, key: tuple[Key, Key]) -> web.StreamResponse:
    """Server-sent events of one stream, until the app leaves or its token ends."""
    response = web.StreamResponse(
        headers=SHARED | {
            "Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "private, no-store",
            "X-Accel-Buffering": "no",
        }
    )  # fmt: skip
    await response.prepare(request)
    # Older parsers (mastodon-api, megalodon 6) take any comment but this one for the first line of an event.
    await response.write(b":thump\n")
    closed = asyncio.Event()

    async def send(said: Said) -> None:
        # A browser hears no event without data.  Mastodon writes `undefined` there, which is no JSON and ends the
        # streams of Mastodon.py before 2.
        await response.write(f"event: {said.event}\ndata: {said.payload or '{}'}\n\n".encode())

    def close() -> None:
        closed.set()
        if request.transport is not None:
            request.transport.close()

    listener = Listener(who, send, close)
    listener.hear(*key)
    hub = request.app[HUB]
    hub.join(listener)
    try:
        while not closed.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(THUMP):
                    await closed.wait()
            if not closed.is_set():
                await response.write(b":thump\n")
    except ConnectionError:
        pass
    finally:
        hub.leave(listener)
    return response
