"""Everything wired together: imported by the commands alone."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from aiohttp import web

from federation import directory
from federation.bridge import Bridge, now
from federation.client import Client, Network
from federation.tasks import TASKS
from federation.worker import Worker
from node import changes, settings
from node.errors import NodeError
from node.log import Log
from node.people import actors
from node.store import connect
from node.threads import Store
from web import (
    activitypub,
    collections,
    errors,
    gates,
    guard,
    inbox,
    mails,
    networking,
    patience,
    pressure,
    wellknown,
)
from web.documents import Documents
from web.limits import Limits
from web.mastodon import announcements, door, later
from web.mastodon import table as mastodon
from web.pages import table as pages
from web.state import BRIDGE, DOCUMENTS, LIMITS
from web.wellknown import VERSION

log = Log("web.app")

LARGEST_BODY = 1_048_576
# How connections are to be served: a squeezed body is not opened before anybody looked at it, whatever it would unpack to.
SERVED: dict[str, Any] = {"access_log": None, "auto_decompress": False}
STOP_SECONDS = 15
CHECK_AFTER = 2.0  # seconds after the start: reading a file of years takes a core and the disk from the first answers
# Asked under any name: a load balancer knows no other.
ANY_HOST = frozenset(("/health",))


def build(folder: Path, networks: Sequence[Network] = (), unlimited: Sequence[Network] = (),
          behind: Sequence[Network] = ()) -> web.Application:  # fmt: skip
    """The application over one data folder, ready to be run.

    networks are all that it may connect to, unlimited is never counted, behind are proxies that are believed.
    """
    app = web.Application(
        client_max_size=LARGEST_BODY,
        middlewares=[
            gates.keep_out,
            _our_name,
            door.for_apps,
            guard.know,
            errors.explain,
            activitypub.entomb,
            pressure.hold_off,
            patience.not_forever,
        ],
    )
    app[BRIDGE] = _bridge(folder, networks)
    app[_ORIGIN] = app[BRIDGE].origin
    app[_NAMES] = _names(app[BRIDGE].origin)
    app[DOCUMENTS] = Documents()
    app[LIMITS] = Limits(unlimited)
    app[pressure.PRESSURE] = pressure.Pressure(folder)
    app[door.COUNTER] = door.Counter()
    app[errors.PAGE] = pages.show_error
    gates.prepare(app, behind)
    app.cleanup_ctx.append(_run)
    app.on_response_prepare.append(_seal)
    app.add_routes(activitypub.routes)
    app.add_routes(inbox.routes)
    app.add_routes(collections.routes)
    app.add_routes(networking.routes)
    app.add_routes(wellknown.routes)
    mastodon.add_to(app)
    pages.add_to(app)
    app.freeze()
    return app


_ORIGIN: web.AppKey[str] = web.AppKey("origin", str)
_NAMES: web.AppKey[frozenset[str]] = web.AppKey("names", frozenset)


def _names(origin: str) -> frozenset[str]:
    """What stands in Host when we are meant: our name, with or without the usual port."""
    ours = origin.partition("://")[2]
    return frozenset((ours, ours + (":443" if origin.startswith("https") else ":80")))


def _bridge(folder: Path, networks: Sequence[Network]) -> Bridge:
    db = connect(folder)
    try:
        origin, development = settings.get(db, "origin"), settings.get(db, "development")
        client = Client(user_agent=f"Tashbik/{VERSION} (+{origin})", networks=networks, development=development)
        return Bridge(Store(folder), client, origin, development, actors.system(db))
    finally:
        db.close()


async def _run(app: web.Application) -> AsyncIterator[None]:
    """Store, client and worker live as long as the application."""
    sys.setswitchinterval(0.001)
    bridge = app[BRIDGE]
    bridge.store.start()
    bridge.client.open()
    await _Listener(bridge, app[DOCUMENTS]).start()
    await bridge.store.write(directory.resume, now())
    worker = Worker(bridge, {**TASKS, **later.TASKS, **announcements.TASKS}, mails.write)
    worker.start()
    checking = asyncio.create_task(_check(bridge))
    gc.freeze()  # what start-up made lives as long as we do
    gc.set_threshold(10_000, 20, 20)  # requests leave few cycles behind: looking for them often finds nothing
    yield
    checking.cancel()
    await worker.stop(STOP_SECONDS)
    await bridge.client.close()
    await bridge.store.close()


async def _check(bridge: Bridge) -> None:
    """The file is looked through once we answer; /health says what was found."""
    await asyncio.sleep(CHECK_AFTER)
    bridge.condition = await bridge.store.check()
    if bridge.condition != "ok":
        log.warning("file damaged", found=bridge.condition)


class _Listener:
    """Hears of changes, and has what shows them made anew."""

    def __init__(self, bridge: Bridge, documents: Documents) -> None:
        self._bridge, self._documents = bridge, documents
        self._seq = 0

    async def start(self) -> None:
        self._seq = await self._bridge.store.read(changes.latest)
        self._bridge.store.on("changes", self._hear)

    def _hear(self) -> None:
        while found := self._bridge.store.glance(changes.since, self._seq):
            self._seq = found[-1].seq
            self._documents.heard(found)


async def _seal(_request: web.Request, response: web.StreamResponse) -> None:
    """No browser takes an answer for another kind than it says; which releases we run on is nobody's business."""
    response.headers["Server"] = "Tashbik"
    response.headers.setdefault("X-Content-Type-Options", "nosniff")


@web.middleware
async def _our_name(request: web.Request, handler: errors.Handler) -> web.StreamResponse:
    """Asked under another name: a page is sent to ours, anything else is not for us (421)."""
    ours = request.headers.get("Host", "").lower() in request.app[_NAMES]
    if ours or request.path in ANY_HOST or request.path.startswith("/static/"):  # the refusal has its look from there
        ready: web.StreamResponse | None = activitypub.ready(request)
        return ready if ready is not None else await handler(request)
    is_page = request.method in ("GET", "HEAD") and "text/html" in request.headers.get("Accept", "")
    if is_page and request.raw_path.startswith("/"):  # else what comes after our name could make it another
        return web.Response(status=308, headers={"Location": request.app[_ORIGIN] + request.raw_path})
    return await errors.answer(request, 421, NodeError(errors.WORDS[421]))
