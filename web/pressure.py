"""When we take nothing more: the disk is nearly full, or more waits than is being done.

A peer asks again later, so it is told so before its body is read; members keep reading
and writing, and what is here stays.
"""

import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from node import queue, settings
from node.errors import Busy
from node.log import Log
from node.store import Database
from web.state import BRIDGE

log = Log("web.pressure")

LOOK_AGAIN = 1.0  # seconds for which one look at disk and queue is believed
AFTER_FULL, AFTER_CROWD = 600, 60  # seconds until a peer may ask again

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Pressure:
    """How much room there is, looked at once a second at the most."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._until = 0.0
        self.full = False  # less room on the disk than the operator wants
        self.crowded = False  # more waits to be acted on than the operator allows

    def look(self, app: web.Application) -> None:
        """full and crowded say how it stands."""
        moment = time.monotonic()
        if moment < self._until:
            return
        self._until = moment + LOOK_AGAIN
        wanted, most = app[BRIDGE].store.glance(_limits)
        full = free_bytes(self._folder) < wanted
        if full and not self.full:
            log.warning("disk nearly full", free=free_bytes(self._folder), wanted=wanted)
        self.full = full
        self.crowded = app[BRIDGE].store.glance(queue.waits_more_than, most)


PRESSURE: web.AppKey[Pressure] = web.AppKey("pressure", Pressure)


@web.middleware
async def hold_off(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Activities of peers and uploads are refused for a while when there is no room for them."""
    if request.method == "POST":
        inbox = request.path.endswith("/inbox")
        if inbox or request.content_type == "multipart/form-data":
            pressure = request.app[PRESSURE]
            pressure.look(request.app)
            if pressure.full:
                raise Busy("The disk is nearly full. Nothing was kept; try again later.", after=AFTER_FULL)
            if inbox and pressure.crowded:
                raise Busy("There is more to do than we can do at the moment. Try again later.", after=AFTER_CROWD)
    return await handler(request)


def free_bytes(folder: Path) -> int:
    """What is left on the disk of the folder for us."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def _limits(db: Database) -> tuple[int, int]:
    return settings.get(db, "free_space"), settings.get(db, "waiting_limit")
