"""What we missed is asked for when somebody opens it: the rest of a thread, what a person has pinned and said of late.

Peers stop retrying after days, and small ones after minutes; a thread also grows
where nobody here follows.  Each look is a task, bounded in documents and time, and
repeated at the earliest after a while.
Source: interop §10, §13; FEP-7888; FEP-f228; Mastodon's fetch_replies_service.
"""

import asyncio
from collections import Counter
from typing import Any

from federation import activity, collections, companions, fetch, groups, resolve
from federation import vocabulary as v
from federation.bridge import Bridge, now
from federation.handlers import create
from node import hosts, queue
from node.errors import NodeError
from node.log import Log
from node.people import actors
from node.posts import marks, posts, refreshed
from node.store import Database, Row

log = Log("federation.backfill")

THREAD_EVERY = 600_000  # milliseconds between two looks at one thread
FEATURED_EVERY = 21_600_000
MOST_IN_THREAD = 60  # documents asked for in one look
MOST_LISTED = 200  # ids of a topic that are looked at
MOST_PINNED = 10
MOST_RECENT = 20  # activities of an outbox that are looked at
MOST_A_DAY = 1000  # documents of one host
SECONDS = 90
DAY = 86_400_000
RECENT = "recent"

_asked: Counter[tuple[int, str]] = Counter()


async def opened(bridge: Bridge, post: Row) -> None:
    """Somebody looks at the post: if its thread began elsewhere, the rest of it will be asked for."""
    if post["local"] and post["thread"] == post["id"]:
        return
    name = f"thread {post['thread']}"
    if bridge.store.glance(refreshed.due, name, now(), THREAD_EVERY):
        await bridge.store.write(_enqueue, "thread", name, {"post": post["id"]}, now())


async def opened_actor(bridge: Bridge, actor: Row) -> None:
    """Somebody looks at the actor: what it has pinned, and what it said of late, will be asked for."""
    if actor["local"] or actor["gone"] or actor["type"] == "Group":  # what a Group holds is read once it is joined
        return
    known = [kind for kind, address in (("featured", actor["featured"]), (RECENT, actor["outbox"])) if address]
    for kind in bridge.store.glance(_due, actor["id"], known, now()):
        await bridge.store.write(_enqueue, kind, f"{kind} {actor['id']}", {"actor": actor["id"]}, now())


def _due(db: Database, actor: int, kinds: list[str], now: int) -> list[str]:
    return [kind for kind in kinds if refreshed.due(db, f"{kind} {actor}", now, FEATURED_EVERY)]


def followed(db: Database, actor: Row, now: int) -> None:
    """Somebody here follows the actor from now on: what it said of late will be in her home."""
    if (
        actor["outbox"]
        and actor["type"] != "Group"
        and refreshed.due(db, f"{RECENT} {actor['id']}", now, FEATURED_EVERY)
    ):
        _enqueue(db, RECENT, f"{RECENT} {actor['id']}", {"actor": actor["id"]}, now)


def _enqueue(db: Database, kind: str, name: str, body: dict[str, Any], now: int) -> None:
    refreshed.keep(db, name, now)
    queue.enqueue(db, kind, body, now, name=name)


# ── a thread ──────────────────────────────────────────────────────────────────


async def thread(bridge: Bridge, body: dict[str, Any]) -> None:
    """A task: what stands above the post, what its topic lists, what answers it, are known."""
    found = await bridge.store.read(_post_and_first, body["post"])
    if found is None:
        return
    post, first = found
    try:
        async with asyncio.timeout(SECONDS):
            if post["reply_to"] is None and post["reply_to_uri"]:
                await resolve.post(bridge, post["reply_to_uri"])
            look = _Look(bridge)
            await look.at_topic(first)
            await look.below(dict.fromkeys([post["uri"], first["uri"]]))
    except TimeoutError:
        log.info("thread took too long", post=post["uri"])
    except NodeError as error:
        log.info("thread not had", post=post["uri"], reason=str(error))


def _post_and_first(db: Database, identifier: int) -> tuple[Row, Row] | None:
    post = posts.by_id(db, identifier)
    first = posts.by_id(db, post["thread"]) if post is not None else None
    return (post, first or post) if post is not None else None


class _Look:
    """One look at a thread, with what it may still ask for."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._left = MOST_IN_THREAD
        self._seen: set[str] = set()

    async def at_topic(self, first: Row) -> None:
        """Everything that the topic's own collection lists is known; in its forum, where the forum's server lists it."""
        context = posts.details(first).get("context", "")
        if first["local"] or not isinstance(context, str) or v.host(context) != v.host(first["uri"]):
            return
        try:
            listed = await collections.items(self._bridge, context, most=MOST_LISTED)
        except NodeError:
            return
        place = await self._bridge.store.read(_vouching, first, context)
        for one in listed:
            uri = v.one_id(one)
            row = await self._bridge.store.read(posts.by_uri, uri) if uri else None
            if uri and row is None:
                await self._keep(uri, place["uri"] if place is not None else "")
            elif row is not None and place is not None and row["place"] is None and row["thread"] == first["id"]:
                await self._bridge.store.write(groups.file, row, place, now())

    async def below(self, uris: dict[str, None]) -> None:
        """Answers, and answers to them, as far as their own servers list them."""
        waiting = list(uris)
        while waiting and self._left > 0:
            waiting += await self._replies_of(waiting.pop(0))

    async def _replies_of(self, uri: str) -> list[str]:
        document = await self._keep(uri)
        if document is None:
            return []
        replies = document.get("replies")
        if isinstance(replies, dict):
            first = replies.get("first")
            inside: dict[str, Any] = first if isinstance(first, dict) else replies
            listed = collections.listed(inside)
            more = inside.get("next") or (None if listed else replies.get("id"))
        else:
            listed, more = [], replies
        address = v.one_id(more)
        if address and v.host(address) == v.host(uri) and self._left > 0:
            self._left -= 1
            try:
                listed = listed + await collections.items(self._bridge, address, most=MOST_IN_THREAD, pages=3)
            except NodeError:
                pass
        return [one for one in (v.one_id(item) for item in listed) if one and one not in self._seen]

    async def _keep(self, uri: str, through: str = "") -> dict[str, Any] | None:
        """The document of a peer's post as its origin has it, the post kept; None when it cannot be had.

        through: the Group whose server lists it among its own.
        """
        if uri in self._seen or self._left <= 0 or self._bridge.is_ours(uri) or not _may_ask(v.host(uri)):
            return None
        self._seen.add(uri)
        self._left -= 1
        try:
            if await self._bridge.store.read(hosts.policy, v.host(uri)) == "block":
                return None
            found = await fetch.document(self._bridge, uri)
            spoken = activity.fetched("Create", found.document, found.url, through=through)
            await resolve.actor(self._bridge, spoken.actor)
            await self._bridge.store.write(create.keep, spoken, now(), asked=True)
        except NodeError as error:
            log.info("reply not had", uri=uri, reason=str(error))
            return None
        return found.document


def _vouching(db: Database, first: Row, context: str) -> Row | None:
    """The Group of another server whose word the collection is: it lies where the Group does."""
    place = actors.get(db, first["place"]) if first["place"] is not None else None
    return place if place is not None and not place["local"] and v.host(place["uri"]) == v.host(context) else None


def _may_ask(host: str) -> bool:
    """Whether the host was not yet asked for too much today."""
    today = now() // DAY
    for key in [key for key in _asked if key[0] != today]:
        del _asked[key]
    _asked[(today, host)] += 1
    return _asked[(today, host)] <= MOST_A_DAY


# ── what is pinned ────────────────────────────────────────────────────────────


async def featured(bridge: Bridge, body: dict[str, Any]) -> None:
    """A task: a peer's profile begins with what its owner has pinned there."""
    actor = await bridge.store.read(actors.get, body["actor"])
    try:
        listed = await collections.items(bridge, actor["featured"], most=MOST_PINNED, pages=1)
    except NodeError as error:
        log.info("pins not had", actor=actor["uri"], reason=str(error))
        return
    pinned = []
    for one in listed:
        uri = v.one_id(one)
        if v.host(uri) != v.host(actor["uri"]) or (isinstance(one, dict) and v.type_of(one) == "Hashtag"):
            continue
        try:
            row = await resolve.post(bridge, uri, budget=3)
        except NodeError:
            continue
        if row is not None and marks.is_of(row, actor["id"]):
            pinned.append(row["id"])
    await bridge.store.write(marks.pins_are, actor["id"], pinned, now())


# ── what was said of late ─────────────────────────────────────────────────────


async def recent(bridge: Bridge, body: dict[str, Any]) -> None:
    """A task: of a peer's person the last things said to everybody are known, as the outbox has them.

    Nobody sends us what was said before we knew her, and her profile would stand empty.  Answers
    and what she passed on are left out: they belong to others' threads.
    """
    actor = await bridge.store.read(actors.get, body["actor"])
    if actor["gone"]:
        return
    try:
        await resolve.check_policy(bridge, actor["uri"])
        listed, said = await collections.counted(bridge, actor["outbox"], most=MOST_RECENT, pages=2)
    except NodeError as error:
        log.info("outbox not had", actor=actor["uri"], reason=str(error))
        return
    for one in reversed(listed):
        try:
            await _take_recent(bridge, actor, one)
        except NodeError as error:
            log.info("post of an outbox not had", actor=actor["uri"], id=v.one_id(one), reason=str(error))
    await _count(bridge, actor, said)


async def _count(bridge: Bridge, actor: Row, posted: int) -> None:
    """How much the actor said and how many follow it is known, as far as its own server tells."""
    counts = {
        "posts": posted,
        "followers": await collections.count(bridge, actor["followers"]),
        "following": await collections.count(bridge, actor["following"]),
    }
    told = {name: total for name, total in counts.items() if total}
    if told:
        await bridge.store.write(actors.told, actor["id"], told)


async def _take_recent(bridge: Bridge, actor: Row, one: Any) -> None:
    """A Create of her own: the post that came along, else the one that it names, asked for."""
    if not isinstance(one, dict) or v.type_of(one) != "Create" or v.one_id(one.get("actor")) != actor["uri"]:
        return
    spoken = activity.listed(one, actor["outbox"])
    if not spoken.embedded:
        if v.host(spoken.object_id) == v.host(actor["uri"]) and _may_ask(actor["host"]):
            await resolve.post(bridge, spoken.object_id, budget=1)
    elif v.one_id(spoken.embedded.get("attributedTo")) == actor["uri"] and not spoken.embedded.get("inReplyTo"):
        to = [uri for key in ("to", "cc") for uri in v.all_ids(spoken.embedded.get(key), 50)]
        if v.PUBLIC_NAMES & set(to) and v.host(spoken.object_id) == v.host(actor["uri"]):
            await _know_whole(bridge, actor, spoken.embedded)
            await bridge.store.write(create.keep, spoken, now(), asked=True)


async def _know_whole(bridge: Bridge, actor: Row, said: dict[str, Any]) -> None:
    """The event or project that a Note only stands for is known before the Note is."""
    whole = companions.named_by(said)
    if whole and _may_ask(actor["host"]):
        try:
            await resolve.anything(bridge, whole)
        except NodeError as error:
            log.info("what a note stands for not had", uri=whole, reason=str(error))
