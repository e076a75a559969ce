"""What every answer to an app carries: CORS for apps that live in a browser, how often it may still ask."""

import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from functools import lru_cache

from aiohttp import web

from node import ids
from web.state import LIMITS

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

FOR_APPS = ("/api/", "/oauth/token", "/oauth/revoke", "/oauth/userinfo", "/.well-known/", "/nodeinfo/")
WINDOW = 300  # seconds
MOST = {True: 1500, False: 600}  # requests in a window: with a token, without
MOST_OF_AN_ADDRESS = 6000  # whatever tokens it shows
REMEMBERED = 20_000

SHARED = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Link, X-RateLimit-Reset, X-RateLimit-Limit, X-RateLimit-Remaining, Retry-After",
}
PREFLIGHT = SHARED | {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Accept-Language",
    "Access-Control-Max-Age": "86400",
}
_HEADERS = re.compile(r"[A-Za-z0-9-]+(, ?[A-Za-z0-9-]+){0,20}\Z")


class Counter:
    """Requests in the present window, by who asks."""

    def __init__(self) -> None:
        self._counted: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def count(self, who: str, at: float) -> int:
        """How many came in this window, this one among them."""
        window = int(at // WINDOW)
        known, used = self._counted.pop(who, (window, 0))
        used = used + 1 if known == window else 1
        self._counted[who] = (window, used)
        if len(self._counted) > REMEMBERED:
            self._counted.popitem(last=False)
        return used


COUNTER: web.AppKey[Counter] = web.AppKey("counter", Counter)


@web.middleware
async def for_apps(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Apps of any origin may ask and read the answer; cookies open nothing here."""
    if not request.path.startswith(FOR_APPS):
        return await handler(request)
    if request.method == "OPTIONS":
        return web.Response(status=204, headers=PREFLIGHT | _wished(request))
    limits, wait = _limits(request)
    if wait:
        body = {"error": "Too many requests"}
        return web.json_response(body, status=429, headers=SHARED | limits | {"Retry-After": str(wait)})
    response = await handler(request)
    if not response.prepared:
        response.headers.update(SHARED | limits)
    return response


def _wished(request: web.Request) -> dict[str, str]:
    """The headers that an app in a browser wants to send, whatever they are: none of them opens more than its token."""
    wished = request.headers.get("Access-Control-Request-Headers", "")
    return {"Access-Control-Allow-Headers": wished} if _HEADERS.match(wished) else {}


@lru_cache(4)
def _written(at: int) -> str:
    return ids.rfc3339(at * 1000)


def _limits(request: web.Request) -> tuple[dict[str, str], int]:
    """(headers, seconds to wait): counted by token, by address where there is none."""
    if not request.path.startswith("/api/"):
        return {}, 0
    token = request.headers.get("Authorization", "")
    most, at = MOST[bool(token)], time.time()
    if request.app[LIMITS].is_unlimited(request.remote):
        left = most
    else:
        counter, address = request.app[COUNTER], request.remote or ""
        who = hashlib.sha256(token.encode()).hexdigest() if token else address
        left = most - counter.count(who, at)
        if token and counter.count("all of " + address, at) > MOST_OF_AN_ADDRESS:
            left = -1
    ends = (int(at // WINDOW) + 1) * WINDOW
    headers = {
        "X-RateLimit-Limit": str(most), "X-RateLimit-Remaining": str(max(0, left)),
        "X-RateLimit-Reset": _written(ends),
    }  # fmt: skip
    return headers, max(1, int(ends - at)) if left < 0 else 0
