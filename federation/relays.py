"""What Groups pass on to us is opened: who said it is proven over the network, its proof first, else its origin."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from federation import activity, acts, collections, fetch, groups, peer_keys, proofs, relocating, resolve
from federation import vocabulary as v
from federation.activity import Activity
from federation.bridge import Bridge, now
from federation.handlers import relayed
from node import hosts
from node.errors import NodeError, Unproven, Unreachable
from node.log import Log
from node.network import moderators
from node.people import actors
from node.posts import marks, posts
from node.store import Database, Row

log = Log("federation.relays")

MOST_MODERATORS = 50
MODERATORS_EVERY = 300.0  # seconds between two looks at who moderates a Group
OUTBOX = 50
VOTES = frozenset(("Like", "Dislike", "EmojiReact", "PollVote", "Undo"))  # not worth asking twice for
PINNED = 30


async def opened(bridge: Bridge, outer: Activity) -> list[Activity | None]:
    """For each activity that the Group passes on, what its own actor truly said; None where that is not needed,
    or cannot be shown.

    Raises Unreachable when a server that could tell is not there.
    """
    found: list[Activity | None] = []
    place = await bridge.store.read(relayed.place_of, outer)
    for inner in relayed.carried(outer):
        try:
            found.append(await _open(bridge, place, inner) if place is not None else None)
        except NodeError as error:
            if isinstance(error, Unreachable) and v.type_of(inner) not in VOTES:
                raise
            log.info("relayed activity not proven", through=outer.actor, id=v.one_id(inner), reason=str(error))
            found.append(None)
    return found


async def _open(bridge: Bridge, place: Row, inner: dict[str, Any]) -> Activity | None:
    if await bridge.store.read(relayed.is_ready, place, inner):
        return None
    actor = v.one_id(inner.get("actor"))
    if await bridge.store.read(hosts.refuses, v.host(actor)):
        return None
    if v.type_of(inner) == "Update" and v.one_id(inner.get("object")) == place["uri"]:
        await resolve.actor(bridge, place["uri"], fresh=True)
        return None
    if relayed.is_neighbours_vote(place, inner):
        await resolve.actor(bridge, actor)
        return activity.vouched(inner, place["uri"])
    await _know_moderators(bridge, place, inner, actor)
    if await bridge.store.read(relayed.is_ready, place, inner):
        return None
    kind = v.type_of(inner, relayed.TYPES)
    if kind not in relayed.PASSED:
        return None
    spoken = await _prove(bridge, inner, place["uri"])
    if spoken is None:
        return None
    for uri in (await bridge.store.read(relayed.PASSED[kind].needs, spoken))[:5]:
        try:
            await resolve.anything(bridge, uri)
        except NodeError as error:
            log.info("object not had", uri=uri, through=place["uri"], reason=str(error))
    return spoken


async def _prove(bridge: Bridge, inner: dict[str, Any], through: str) -> Activity | None:
    heard = activity.hear(b"", None, bridge.development, inner)
    at = datetime.now(UTC)
    key = None if proofs.is_old(inner, at) else await peer_keys.of_proof(bridge, inner)
    if key is not None:
        try:
            return activity.proved(inner, key, at, through=through)
        except Unproven:
            log.info("proof does not hold", activity=heard.id, through=through)
            return None
    found = await resolve.from_origin(bridge, heard)
    if found is None or found.actor != heard.actor:
        return None
    return replace(found, through=through)


async def _know_moderators(bridge: Bridge, place: Row, inner: dict[str, Any], actor: str) -> None:
    """An act on what others wrote: who moderates is asked again, and whom or what it is about."""
    about = await bridge.store.read(acts.needs, inner) or await bridge.store.read(relocating.needs, inner)
    for uri in about[:1]:
        await resolve.anything(bridge, uri)
    if v.type_of(inner, relayed.TYPES) not in ("Create", "Like", "Dislike", "EmojiReact"):
        row = await bridge.store.read(actors.by_uri, actor)
        if v.host(actor) == v.host(place["uri"]):
            await resolve.actor(bridge, actor)
        elif row is None or not await bridge.store.read(moderators.is_one, place["id"], row["id"]):
            await learn_moderators(bridge, place)


async def learn_moderators(bridge: Bridge, place: Row) -> None:
    """Who moderates the Group is known as its own collection lists them; asked at most every five minutes."""
    name = f"moderators {place['uri']}"
    if not place["moderators"] or bridge.failed.get(name, 0) > time.monotonic():
        return
    bridge.failed[name] = time.monotonic() + MODERATORS_EVERY
    asked = now()
    listed = await collections.items(bridge, place["moderators"], most=MOST_MODERATORS, pages=2)
    found = []
    for one in listed:
        try:
            found.append((await resolve.actor(bridge, v.one_id(one)))["id"])
        except NodeError as error:
            log.info("moderator not had", place=place["uri"], actor=v.one_id(one), reason=str(error))
    await bridge.store.write(moderators.replace, place["id"], found, now(), asked=asked)


# ── what a Group held before we joined ────────────────────────────────────────


async def joined(bridge: Bridge, body: dict[str, Any]) -> None:
    """A task: of a Group that somebody here has joined, moderators, the last fifty posts and what is pinned are known."""
    place = await bridge.store.read(actors.get, body["actor"])
    for step in (learn_moderators, _learn_outbox, _learn_pinned):
        try:
            await step(bridge, place)
        except NodeError as error:
            log.info("forum not read", place=place["uri"], step=step.__name__, reason=str(error))


async def _learn_outbox(bridge: Bridge, place: Row) -> None:
    listed = await collections.items(bridge, place["outbox"], most=OUTBOX, pages=3)
    for one in reversed(listed):
        try:
            await _take(bridge, place, one)
        except NodeError as error:
            log.info("post of a forum not had", place=place["uri"], id=v.one_id(one), reason=str(error))


async def _take(bridge: Bridge, place: Row, item: Any) -> None:
    if isinstance(item, dict) and v.one_id(item.get("actor")) == place["uri"]:
        outer = activity.listed(item, place["outbox"])
        if relayed.carried(outer):
            found = await opened(bridge, outer)
            await bridge.store.write(_receive_old, outer, found, now())
            return
    inside = item.get("object") if isinstance(item, dict) and "object" in item else item
    await _file(bridge, place, v.one_id(inside))


def _receive_old(db: Database, outer: Activity, found: list[Activity | None], at: int) -> None:
    relayed.receive(db, outer, at, opened=found, told=False)


async def _file(bridge: Bridge, place: Row, uri: str) -> Row | None:
    """The post that the Group lists, asked for at its origin, stands in the Group where its author named it."""
    if not uri or bridge.is_ours(uri):
        return None
    row = await bridge.store.read(posts.by_uri, uri) or await resolve.post(bridge, uri)
    if row is None or row["local"]:
        return row
    if not await bridge.store.read(groups.stands_in, row, place):
        found = await fetch.document(bridge, uri)
        if not groups.is_named(place, found.url, found.document):
            return row
    return await bridge.store.write(groups.file, row, place, now())


async def _learn_pinned(bridge: Bridge, place: Row) -> None:
    if not place["featured"]:
        return
    pinned = []
    for one in await collections.items(bridge, place["featured"], most=PINNED, pages=1):
        try:
            row = await _file(bridge, place, v.one_id(one))
        except NodeError as error:
            log.info("pinned topic not had", place=place["uri"], id=v.one_id(one), reason=str(error))
            continue
        if row is not None and row["place"] == place["id"]:
            pinned.append(row["id"])
    await bridge.store.write(_pin, place["id"], pinned, now())


def _pin(db: Database, place: int, pinned: list[int], at: int) -> None:
    for post in pinned:
        marks.pin_in(db, place, post, at)
