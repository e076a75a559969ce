"""Push subscriptions: one for each token."""

import json
from typing import Any

from aiohttp import web

from federation import push
from node.errors import Invalid
from node.people import devices
from node.store import Row
from web.mastodon.answers import done
from web.mastodon.requests import answer, bearer, flag, params, text, token
from web.state import BRIDGE

routes = web.RouteTableDef()


@routes.post("/api/v1/push/subscription")
async def subscribe(request: web.Request) -> web.Response:
    """Wake this device from now on, in place of any other of the token."""
    who = await bearer(request, "push")
    sent = await params(request)
    given = sent.get("subscription")
    keys = given.get("keys") if isinstance(given, dict) else None
    if not isinstance(given, dict) or not isinstance(keys, dict):
        raise Invalid("Validation failed: Endpoint can't be blank")
    bridge = request.app[BRIDGE]
    endpoint, p256dh, auth = text(given, "endpoint"), text(keys, "p256dh"), text(keys, "auth")
    push.check(bridge, endpoint, p256dh, auth)
    alerts, policy = _wishes(sent)
    row = await bridge.store.write(
        devices.keep, who.token, who.actor or 0, endpoint, p256dh, auth, flag(given, "standard"), alerts or {},
        policy or "all", push.sealed(bridge, await token(request)),
    )  # fmt: skip
    return answer(request, _entity(row, push.server_key(bridge)))


@routes.get("/api/v1/push/subscription")
async def subscription(request: web.Request) -> web.Response:
    """The token's subscription."""
    who = await bearer(request, "push")
    bridge = request.app[BRIDGE]
    return answer(request, _entity(await bridge.store.read(devices.of, who.token), push.server_key(bridge)))


@routes.put("/api/v1/push/subscription")
async def change(request: web.Request) -> web.Response:
    """Wake it for other things."""
    who = await bearer(request, "push")
    alerts, policy = _wishes(await params(request))
    bridge = request.app[BRIDGE]
    row = await bridge.store.write(devices.change, who.token, alerts, policy)
    return answer(request, _entity(row, push.server_key(bridge)))


@routes.delete("/api/v1/push/subscription")
async def unsubscribe(request: web.Request) -> web.Response:
    """Wake it no more."""
    who = await bearer(request, "push")
    return await done(request, lambda db: devices.forget(db, who.token))


def _wishes(sent: dict[str, Any]) -> tuple[dict[str, bool] | None, str | None]:
    """(alerts, policy), None for what was not sent.  Raises Invalid for an unknown policy."""
    data = sent.get("data")
    if not isinstance(data, dict):
        return None, None
    chosen = data.get("alerts")
    alerts = None
    if isinstance(chosen, dict):
        alerts = {kind: flag(chosen, kind) for kind in devices.KINDS if kind in chosen}
    policy = text(data, "policy") or None
    if policy is not None and policy not in devices.POLICIES:
        raise Invalid("Validation failed: Policy is not included in the list")
    return alerts, policy


def _entity(row: Row, server_key: str) -> dict[str, Any]:
    """WebPushSubscription."""
    return {
        "id": row["id"], "endpoint": row["endpoint"], "standard": bool(row["standard"]), "server_key": server_key,
        "alerts": dict.fromkeys(devices.KINDS, False) | json.loads(row["alerts"]), "policy": row["policy"],
    }  # fmt: skip
