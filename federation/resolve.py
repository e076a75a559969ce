"""Known from now on: remote actors, their keys and objects, asked for at their origin and kept.

Each function is network first, then one transaction.
"""

import asyncio
import json
import time
from typing import Any

from federation import activity, actors, attendance, companions, discovery, fetch
from federation import vocabulary as v
from federation.bridge import Bridge, now
from federation.handlers import create, update
from node import hosts, queue
from node.errors import Busy, Forbidden, Gone, Invalid, NodeError, NotFound
from node.log import Log
from node.people import actors as known
from node.people import away, moves
from node.posts import posts, publishing, tombstones
from node.store import Database, Row

log = Log("federation.resolve")

MOVED = "moved to"  # the task that asks for the new account of one that moved
STALE = 86_400_000  # ms after which an actor is asked for again when somebody looks
ANCESTORS = 50
ANCESTOR_SECONDS = 60.0  # for all of them together
NEW_ACTORS = 5000  # of one domain in an hour


async def actor(bridge: Bridge, uri: str, *, fresh: bool = False) -> Row:
    """The actor of this URI, kept as its own server describes it; fresh asks again though it is known.

    Raises what fetch raises; Gone for one that was deleted; Forbidden for a blocked server.
    """
    uri = uri.partition("#")[0]
    row = await bridge.store.read(known.by_uri, uri)
    if row is not None and (row["local"] or not fresh):
        return row
    if bridge.is_ours(uri):
        raise NotFound("There is no such account here.", uri=uri)
    await check_policy(bridge, uri)
    asked: Row = await once(bridge, f"actor {uri}", lambda: ask_actor(bridge, uri))
    return asked


async def ask_actor(bridge: Bridge, uri: str, seconds: float = 10, *, whole: bool = False) -> Row:
    """The actor as its own server describes it at this moment, kept; whole: not from what is remembered of it."""
    _check_quota(bridge, uri)
    try:
        found = await fetch.document(bridge, uri, seconds=seconds, whole=whole)
    except Gone:
        if bridge.store.glance(known.by_uri, uri) is not None:
            await bridge.store.write(_close_there, uri, now())
        raise
    return await bridge.store.write(_keep_asked, found.document, bridge.development, now())


def _close_there(db: Database, uri: str, at: int) -> None:
    """A forum that its server says is gone is closed here too, though we never heard of it; it may be opened again."""
    row = known.by_uri(db, uri)
    if row is not None and row["type"] == "Group" and not row["local"]:
        away.close(db, row["id"], "", at)


def _keep_asked(db: Database, document: dict[str, Any], development: bool, at: int) -> Row:
    """The actor as actors.keep has it; whether it moved, as one that we knew before says, is looked into."""
    before = known.by_uri(db, v.one_id(document))
    row = actors.keep(db, document, development, at)
    if before is not None and row["moved_to"] and moves.new_home(db, row) is None:
        queue.enqueue(db, MOVED, {"actor": row["id"]}, at, name=f"{MOVED} {row['id']}")
    return row


async def new_home(bridge: Bridge, body: dict[str, Any]) -> None:
    """A task: the account to which an actor says it moved is known, so that it is shown when that says the same."""
    row = await bridge.store.read(known.get, body["actor"])
    if row["moved_to"] and not row["gone"]:
        await actor(bridge, row["moved_to"], fresh=True)
        await bridge.store.write(_show_new_home, row["id"])


def _show_new_home(db: Database, identifier: int) -> None:
    row = known.get(db, identifier)
    if moves.new_home(db, row) is not None:
        known.moved(db, identifier, row["moved_to"])


def _check_quota(bridge: Bridge, uri: str) -> None:
    """One domain shows us so many new actors in an hour: who can make names without end fills our disk otherwise.

    Raises Busy.
    """
    if bridge.store.glance(known.by_uri, uri) is not None:
        return
    host = v.host(uri)
    domain = host if bridge.development else ".".join(host.split(".")[-2:])
    wait = bridge.buckets.take("new actors", domain, NEW_ACTORS, 3600)
    if wait:
        raise Busy("This server shows us too many new people at once.", after=wait, host=host)


async def handle(bridge: Bridge, typed: str) -> Row:
    """The actor behind `name@host`, asked for when unknown.

    Both directions must agree: the host names the actor, and the actor bears the name
    on that host or on its own.  Raises Invalid, NotFound, Unreachable.
    """
    name, host = discovery.read_handle(typed)
    if host == bridge.host:
        row = await bridge.store.read(known.ours, name)
        if row is None:
            raise NotFound("There is no such account here.", name=name)
        return row
    row = await bridge.store.read(known.by_handle, name, host)
    if row is not None and not is_stale(row):
        return row
    said, uri = await discovery.look_up(bridge, f"{name}@{host}")
    found = await actor(bridge, uri, fresh=True)
    return await _named(bridge, found, name, host, said)


async def _named(bridge: Bridge, found: Row, name: str, host: str, said: str) -> Row:
    """The actor under the handle that both servers give it.

    On one host with its id it bears its name there.  Elsewhere the host of the id must
    name the handle too, in the document (`webfinger`, FEP-2c59) or by WebFinger.
    Raises NotFound when they do not agree.
    """
    if found["local"]:
        return found
    said_name, said_host = discovery.read_handle(said)
    if said_name.lower() != found["name"].lower():
        raise NotFound("The servers do not agree on who this is.", handle=f"{name}@{host}", said=said)
    own = v.host(found["uri"])
    if said_host != own:
        await _confirm(bridge, found, said, asked=f"{name}@{host}")
    elif host != own and (await discovery.look_up(bridge, said))[1] != found["uri"]:
        raise NotFound("The servers do not agree on who this is.", handle=f"{name}@{host}", said=said)
    await bridge.store.write(known.called, found["id"], said_host)
    return await bridge.store.read(known.get, found["id"])


async def _confirm(bridge: Bridge, found: Row, handle_: str, *, asked: str = "") -> None:
    """The handle's host names the actor, and the actor's host names the handle.  Raises NotFound."""
    if handle_.lower() != asked.lower():
        said, uri = await discovery.look_up(bridge, handle_)
        if said.lower() != handle_.lower() or uri != found["uri"]:
            raise NotFound("The servers do not agree on who this is.", handle=handle_, said=said)
    stated = str(json.loads(found["details"]).get("webfinger", ""))
    if stated.lower() == handle_.lower():
        return
    said, uri = await discovery.look_up(bridge, f"{found['name']}@{v.host(found['uri'])}")
    if said.lower() != handle_.lower() or uri != found["uri"]:
        raise NotFound("The servers do not agree on who this is.", handle=handle_, said=said)


async def stated_handle(bridge: Bridge, body: dict[str, Any]) -> None:
    """A task: an actor that says it bears its name on another host does, when that host says so too."""
    found = await bridge.store.read(known.get, body["actor"])
    stated = str(json.loads(found["details"]).get("webfinger", ""))
    if not stated or found["gone"]:
        return
    try:
        said, uri = await discovery.look_up(bridge, stated)
        if uri != found["uri"]:
            raise NotFound("The servers do not agree on who this is.", handle=stated, said=uri)
        await _named(bridge, found, *discovery.read_handle(stated), said)
    except (Invalid, NotFound) as error:
        log.info("handle not confirmed", actor=found["uri"], handle=stated, reason=str(error))


async def check_policy(bridge: Bridge, uri: str) -> None:
    """Raises Forbidden for what lies on a server that we do not speak with."""
    if bridge.store.glance(hosts.refuses, v.host(uri)):
        raise Forbidden("We do not speak with this server.", host=v.host(uri))


async def once(bridge: Bridge, name: str, ask: Any) -> Any:
    """Whoever asks for the same thing meanwhile waits for the same answer."""
    waiting = bridge.asking.get(name)
    if waiting is None:
        waiting = bridge.asking[name] = asyncio.ensure_future(ask())
        waiting.add_done_callback(lambda _: bridge.asking.pop(name, None))
    return await asyncio.shield(waiting)


async def from_origin(bridge: Bridge, heard: activity.Heard) -> activity.Activity | None:
    """What somebody passed on without proof, asked for at its own server.

    The object as it is there now, as a Create or Update; a Delete when it is gone
    there; None when its server does not say the same.
    """
    identifier = v.one_id(heard.document.get("object"))
    if heard.type in ("Create", "Update") and identifier and not bridge.is_ours(identifier):
        found = await fetch.document(bridge, identifier)
        await actor(bridge, activity.fetched(heard.type, found.document, found.url).actor)
        return activity.fetched(heard.type, found.document, found.url)
    if heard.type == "Delete" and identifier and v.host(identifier) == v.host(heard.actor):
        return await _deleted(bridge, heard, identifier)
    if heard.id and v.host(heard.id) == v.host(heard.actor):
        found = await fetch.document(bridge, heard.id)
        made = activity.fetched_activity(found.document, found.url)
        await actor(bridge, made.actor)
        return made
    return None


async def _deleted(bridge: Bridge, heard: activity.Heard, identifier: str) -> activity.Activity | None:
    """The Delete that somebody passed on, when the origin says so: 410, a Tombstone, or 404 for what it had shown to
    everybody, while it still knows the author.

    404 alone is also the answer for what is not for our eyes, for a server that it does not speak with, and for what
    is still to be written.
    """
    gone = activity.Activity(heard.id, "Delete", heard.actor, identifier, heard.document)
    try:
        found = await fetch.document(bridge, identifier)
    except Gone:
        return gone
    except NotFound:
        known_post = await bridge.store.read(posts.by_uri, identifier)
        if known_post is None or known_post["visibility"] not in posts.OPEN:
            return None
        await actor(bridge, heard.actor, fresh=True)
        return gone
    return gone if v.type_of(found.document) == "Tombstone" else None


async def post(
    bridge: Bridge, uri: str, *, actor_id: int | None = None, budget: int = ANCESTORS, had: fetch.Fetched | None = None
) -> Row | None:
    """The post of this URI, kept with its author and the posts it answers; None when it is no post that we keep.

    budget: how many documents may be asked for.  actor_id: who asks, where it may be for her alone.  had: its
    document, where that was just asked for.
    """
    chain: list[fetch.Fetched] = []
    next_uri = uri
    seen: set[str] = set()
    until = time.monotonic() + ANCESTOR_SECONDS
    while (
        time.monotonic() < until
        and next_uri
        and next_uri not in seen
        and len(seen) < budget
        and not bridge.is_ours(next_uri)
    ):
        seen.add(next_uri)
        if await bridge.store.read(posts.by_uri, next_uri) is not None:
            break
        try:
            await check_policy(bridge, next_uri)
            if had is None or had.url != next_uri:
                had = await fetch.document(bridge, next_uri, actor=actor_id)
            found = had
            author = activity.fetched("Create", found.document, found.url).actor
            whole = companions.named_by(found.document)
            if whole and (row := await _whole(bridge, whole)) is not None and not chain:
                return row
            await actor(bridge, author)
        except NodeError:
            if not chain:
                raise
            break
        chain.append(found)
        next_uri = v.one_id(found.document.get("inReplyTo"))
    at = now()
    for found in reversed(chain):
        spoken = activity.fetched("Create", found.document, found.url)
        await bridge.store.write(create.keep, spoken, at, asked=True)
    return await bridge.store.read(posts.by_uri, chain[0].url if chain else uri)


async def _whole(bridge: Bridge, uri: str) -> Row | None:
    """The event that a Note only stands for; None when it stands for something else, or it cannot be had."""
    if bridge.is_ours(uri):
        return await bridge.store.read(posts.by_uri, uri)
    try:
        kind, row = await anything(bridge, uri)
    except NodeError:
        return None
    return row if kind == "post" else None


async def again(bridge: Bridge, uri: str) -> None:
    """A peer's post that we keep says from now on what its origin says, counts of its poll too; gone there, it is gone here.

    Raises what fetch raises, save Gone.
    """
    await check_policy(bridge, uri)
    try:
        found = await fetch.document(bridge, uri)
    except Gone:
        await bridge.store.write(_gone, uri, now())
        return
    spoken = activity.fetched("Update", found.document, found.url)
    await bridge.store.write(update.receive, spoken, now())


def _gone(db: Database, uri: str, at: int) -> None:
    row = posts.by_uri(db, uri)
    if row is not None and not row["local"]:
        attendance.forget(db, row, at)
        publishing.remove(db, row, at)


async def anything(bridge: Bridge, uri: str, *, actor_id: int | None = None) -> tuple[str, Row | None]:
    """('actor', row) or ('post', row) of a URI somebody named: known, or asked for.

    A page's address leads to the document it stands for.  Raises what fetch raises.
    """
    known_actor = await bridge.store.read(known.by_uri, uri)
    if known_actor is not None:
        return "actor", known_actor
    if await bridge.store.read(posts.by_uri, uri) is not None:
        return "post", await bridge.store.read(posts.by_uri, uri)
    await check_policy(bridge, uri)
    try:
        found = await fetch.document(bridge, uri, actor=actor_id)
    except fetch.NoDocument as error:
        if not error.alternate:
            raise
        await check_policy(bridge, error.alternate)
        found = await fetch.document(bridge, error.alternate, actor=actor_id)
    await check_policy(bridge, found.url)
    identifier = v.one_id(found.document)
    if v.type_of(found.document, v.ACTORS) in v.ACTORS:
        return "actor", await bridge.store.write(actors.keep, found.document, bridge.development, now())
    return "post", await post(bridge, identifier, actor_id=actor_id, had=found)


async def changed(bridge: Bridge, body: dict[str, Any]) -> None:
    """A task: an actor said that it, or a post of its own, is another now; it is here what it is there."""
    known_actor = await bridge.store.read(known.by_uri, body["uri"])
    if known_actor is not None:
        await actor(bridge, body["uri"], fresh=True)
    else:
        await again(bridge, body["uri"])


async def disputed(bridge: Bridge, body: dict[str, Any]) -> None:
    """A task: two of one server claim a post; it is whose its own address says, whoever came first."""
    uri = body["uri"]
    found = await fetch.document(bridge, uri)
    if v.one_id(found.document) != uri:
        return
    spoken = activity.fetched("Create", found.document, found.url)
    author = await actor(bridge, spoken.actor)
    await bridge.store.write(_decide, uri, author["id"], spoken, now())


def _decide(db: Database, uri: str, author: int, spoken: activity.Activity, at: int) -> None:
    row = posts.by_uri(db, uri)
    if row is None or row["local"] or row["author"] == author:
        return
    log.info("post was another's", uri=uri, claimed=row["author"], author=author)
    attendance.forget(db, row, at)
    publishing.remove(db, row, at)
    tombstones.lift(db, uri)
    create.keep(db, spoken, at, asked=True)


def is_stale(row: Row) -> bool:
    """Whether a remote actor should be asked for again when somebody looks at it."""
    return not row["local"] and (row["fetched"] or 0) < now() - STALE
