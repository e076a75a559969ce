"""FEP-8fcf: two servers agree on who of the one follows an actor of the other.

    Collection-Synchronization: collectionId="A/followers", url="A/followers_synchronization", digest="hex"

The digest is the XOR of the SHA-256 of each follower's id on the receiver's host.  It
goes out with what is for followers only, where a wrong list would show too much.
"""

import hashlib
import re
from collections.abc import Iterable
from typing import Any

from federation import audience, collections, speak
from federation import vocabulary as v
from federation.bridge import Bridge, now
from federation.handlers import follow
from node import log, queue
from node.people import actors, follows
from node.posts import timelines
from node.store import Database, Row

logger = log.Log("federation.synchronization")

HEADER = "Collection-Synchronization"
PATH = "followers_synchronization"
EACH_HOUR = 4  # lists of one actor that are asked for: each may have us write a letter for every member here
LARGEST = 25_000  # followers; for an actor with more, the list is too long to be worth it
_PART = re.compile(r'(collectionId|url|digest)="([^"]{1,2048})"')


def digest(uris: Iterable[str]) -> str:
    """The XOR of the SHA-256 of each id, in hex."""
    mixed = 0
    for uri in uris:
        mixed ^= int.from_bytes(hashlib.sha256(uri.encode()).digest(), "big")
    return f"{mixed:064x}"


def for_followers_only(body: bytes, sender: Row) -> bool:
    """Whether a letter is for the sender's followers and not for everybody."""
    if v.PUBLIC.encode() in body or not 0 < sender["followers_count"] <= LARGEST:
        return False
    return f'"{sender["followers"]}"'.encode() in body


def header(db: Database, sender: Row, host: str) -> str:
    """What goes with a letter for the sender's followers on this host."""
    mixed = digest(follows.uris_at_host(db, sender["id"], host))
    return f'collectionId="{sender["followers"]}", url="{sender["uri"]}/{PATH}", digest="{mixed}"'


def heard(db: Database, written: str, signer: str, now: int) -> None:
    """A peer says who of ours follow its actor: where we know otherwise, its list will be asked for."""
    parts = dict(_PART.findall(written[:8192]))
    actor = actors.by_uri(db, signer)
    if actor is None or actor["local"] or parts.get("collectionId") != actor["followers"] or "digest" not in parts:
        return
    url = parts.get("url", "")
    if v.host(url) != v.host(signer) or not actor["followers"]:
        return
    ours = [actors.get(db, one)["uri"] for one in follows.followers_here(db, actor["id"])]
    if digest(ours) != parts["digest"].lower():
        queue.enqueue(db, "synchronize", {"actor": actor["id"], "url": url}, now, name=f"synchronize {actor['id']}")


async def synchronize(bridge: Bridge, body: dict[str, Any]) -> None:
    """A task: of ours exactly those follow the actor whom its server lists."""
    if bridge.buckets.take("synchronize", str(body["actor"]), EACH_HOUR, 3600):
        return
    listed = {v.one_id(one) for one in await collections.items(bridge, body["url"], most=LARGEST)}
    await bridge.store.write(_agree, body["actor"], {uri for uri in listed if bridge.is_ours(uri)}, now())


def _agree(db: Database, actor_id: int, listed: set[str], now: int) -> None:
    actor = actors.get(db, actor_id)
    for identifier in follows.followers_here(db, actor_id):
        if actors.get(db, identifier)["uri"] not in listed:
            follows.end(db, identifier, actor_id)
            timelines.unmerge(db, identifier, actor_id)
            logger.info("follow ended by its target", follower=identifier, target=actor["uri"])
    for uri in sorted(listed):
        follower = actors.by_uri(db, uri)
        if follower is None or not follower["local"]:
            continue
        known = follows.get(db, follower["id"], actor_id)
        if known is None:
            undone = follow.document("", uri, actor["uri"])
            speak.say(db, follower, "Undo", undone, audience.inbox_of(db, actor), now, to=[actor["uri"]])
        elif known["state"] == "pending":
            follows.accept(db, follower["id"], actor_id)
            timelines.start_following(db, follower["id"], actor_id)
