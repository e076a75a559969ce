"""The door for what peers say: one activity, proven, kept, answered.

Source: ActivityPub §5.2, §7; interop §2.
"""

from datetime import UTC, datetime

from aiohttp import web

from federation import activity, blind, inbox, peer_keys, signatures, synchronization
from federation import vocabulary as v
from federation.bridge import now
from node import hosts
from node.errors import Forbidden, Unproven
from node.people import actors as people
from node.store import Database, Row
from web.activitypub import TYPES, actor_in_path, of_actors, owner_of
from web.state import BRIDGE, LIMITS

routes = web.RouteTableDef()

LARGEST = 1_048_576  # bytes of an activity
INBOX_EACH, INBOX_SECONDS = 1200, 60.0  # activities from one address


@routes.post("/inbox")
@of_actors(routes.post, "/inbox")
@routes.post("/actor/inbox")
async def post_inbox(request: web.Request) -> web.Response:
    """Take one activity from a peer; 202 says that we keep it, not that we agree."""
    bridge = request.app[BRIDGE]
    wait = request.app[LIMITS].take("inbox", request.remote, INBOX_EACH, INBOX_SECONDS)
    if wait:
        raise web.HTTPTooManyRequests(headers={"Retry-After": str(wait)})
    if request.content_type not in TYPES:
        raise web.HTTPUnsupportedMediaType
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise web.HTTPUnsupportedMediaType
    if (request.content_length or 0) > LARGEST:
        raise web.HTTPRequestEntityTooLarge(LARGEST, request.content_length or 0)
    if not signatures.is_signed(request.headers):
        raise Unproven("This must be signed.")
    body = await request.read()
    owner: Row | None = None
    if "name" in request.match_info:
        owner = bridge.store.glance(owner_of, *actor_in_path(request))
    outline = activity.hear(body, None, bridge.development)
    if _is_farewell_of_a_stranger(request, outline):
        return web.Response(status=202)
    signer = await signatures.authenticate(
        request.method, request.raw_path, request.headers, body, datetime.now(UTC), bridge.origin,
        lambda key_id, again: peer_keys.find(bridge, key_id, again),
    )  # fmt: skip
    if bridge.is_ours(signer.actor):
        raise Unproven("We do not write to ourselves.")
    heard = activity.heard_from(outline, signer, body, bridge.development)
    if owner is not None:
        heard, body = blind.named(heard, body, owner, bridge.origin)
    synchronized = request.headers.get(synchronization.HEADER, "")
    keep = bridge.store.jot if inbox.is_quick(bridge, heard, body) else bridge.store.write
    await keep(_keep, heard, body, signer, synchronized, owner, now())
    return web.Response(status=202)


def _keep(
    db: Database, heard: activity.Heard, body: bytes, signer: signatures.Signer, synchronized: str,
    owner: Row | None, at: int,
) -> bool:  # fmt: skip
    if any(hosts.refuses(db, host) for host in {v.host(signer.actor), v.host(heard.actor)}):
        raise Forbidden("We do not speak with this server.", host=v.host(signer.actor))
    kept = inbox.keep(db, heard, body, signer, at)
    if not kept and owner is not None:
        blind.again(db, heard, owner, at)
    if synchronized:
        synchronization.heard(db, synchronized, signer.actor, at)
    return kept


def _is_farewell_of_a_stranger(request: web.Request, heard: activity.Heard) -> bool:
    """A Delete of an actor by itself that we never knew: nothing to do, and no key to ask for."""
    if heard.type != "Delete" or v.one_id(heard.document.get("object")) != heard.actor:
        return False
    return request.app[BRIDGE].store.glance(people.by_uri, heard.actor) is None
