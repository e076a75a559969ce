"""Known from now on: remote actors, their keys and objects, asked for at their origin and kept.

Each function is network first, then one transaction.
"""

import asyncio
import json
import time
from typing import Any

from federation import activity, actors, attendance, companions, discovery, fetch, proofs
from federation import vocabulary as v
from federation.bridge import Bridge, now
from federation.handlers import create, update
from federation.signatures import Key
from keys import pair
from node import hosts
from node.errors import Busy, Forbidden, Gone, Invalid, NodeError, NotFound, Unproven
from node.log import Log
from node.people import actor_keys
from node.people import actors as known
from node.posts import posts, publishing, tombstones
from node.store import Database, Row

log = Log("federation.resolve")

KEY_SECONDS = 5
FORGET_FAILURE = 300.0  # seconds for which a key that could not be had is not asked for again
AGAIN = 60.0  # seconds for which a key that did not fit is believed all the same, so that forgers cause no questions
MOST_FAILURES = 2000
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
    await _policy(bridge, uri)
    asked: Row = await _once(bridge, f"actor {uri}", lambda: _ask_actor(bridge, uri))
    return asked


async def _ask_actor(bridge: Bridge, uri: str, seconds: float = 10, *, whole: bool = False) -> Row:
    _check_quota(bridge, uri)
    found = await fetch.document(bridge, uri, seconds=seconds, whole=whole)
    return await bridge.store.write(actors.keep, found.document, bridge.development, now())


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


async def key(bridge: Bridge, key_id: str, again: bool, *, ask: bool = True) -> Key:
    """The key of this id, with the actor whose own document lists it.

    A key that is known is not asked for, unless `again`, and then once in a minute;
    without `ask` no key is.  Raises Unproven when it cannot be had; that is remembered
    for five minutes.  Raises Busy when its host has shown us too many new actors.
    """
    known_key = None if again else bridge.known_keys.find(key_id)
    if known_key is not None:
        return known_key
    row = bridge.store.glance(actor_keys.find, key_id)
    if row is not None and row["gone"]:
        raise Unproven("The account of this key is closed.", key=key_id)
    if row is not None and (not again or row["local"] or bridge.failed.get(key_id, 0) > time.monotonic()):
        return bridge.known_keys.keep(_key(row))
    if not ask:
        raise Unproven("This key is unknown.", key=key_id)
    _check_failures(bridge, key_id)
    if key_id.startswith("acct:"):
        return await _key_of_handle(bridge, key_id)
    try:
        await _once(bridge, f"key {key_id}", lambda: _ask_key(bridge, key_id))
    except Busy:
        raise
    except NodeError as error:
        _remember_failure(bridge, key_id, FORGET_FAILURE)
        raise Unproven("The key of this signature could not be had.", key=key_id, error=str(error)) from error
    row = bridge.store.glance(actor_keys.find, key_id)
    if row is None or row["gone"]:
        raise Unproven("The actor of this key does not list it.", key=key_id)
    if again:
        _remember_failure(bridge, key_id, AGAIN)
    return _key(row)


async def _key_of_handle(bridge: Bridge, key_id: str) -> Key:
    """The RSA key of `acct:name@host`, as old servers name it."""
    try:
        row = await handle(bridge, key_id)
    except Busy:
        raise
    except NodeError as error:
        _remember_failure(bridge, key_id, FORGET_FAILURE)
        raise Unproven("The key of this signature could not be had.", key=key_id, error=str(error)) from error
    for one in bridge.store.glance(actor_keys.of, row["id"]):
        public = pair.read_public(one["public"]) if one["kind"] == "rsa" and not row["gone"] else None
        if public is not None:
            return Key(one["id"], row["uri"], public)
    raise Unproven("The actor of this key does not list it.", key=key_id)


def _remember_failure(bridge: Bridge, key_id: str, seconds: float) -> None:
    """The key is not asked for in this time; the oldest memory makes room."""
    while len(bridge.failed) >= MOST_FAILURES:
        del bridge.failed[next(iter(bridge.failed))]
    bridge.failed[key_id] = time.monotonic() + seconds


async def _ask_key(bridge: Bridge, key_id: str) -> None:
    v.check_uri(key_id, bridge.development, fragment=True)
    await _policy(bridge, key_id)
    if "#" in key_id:
        await _ask_actor(bridge, key_id.partition("#")[0], KEY_SECONDS, whole=True)
        return
    found = await fetch.json_object(bridge, key_id, seconds=KEY_SECONDS, whole=True)
    owner = _owner(found.document)
    if v.host(owner) != v.host(key_id) or found.url != key_id:
        raise Invalid("This key belongs to somebody of another server.", key=key_id, owner=owner)
    await _ask_actor(bridge, v.check_uri(owner, bridge.development), KEY_SECONDS, whole=True)


def _owner(document: dict[str, Any]) -> str:
    """Who a key document says it belongs to: an actor stub, or a key that stands alone."""
    for one in v.as_list(document.get("publicKey")):
        if isinstance(one, dict) and v.one_id(one.get("owner")):
            return v.one_id(one["owner"])
    return v.one_id(document.get("owner")) or v.one_id(document.get("controller")) or v.one_id(document)


def _key(row: Row) -> Key:
    public = pair.read_public(row["public"])
    if public is None:
        raise Unproven("This key is of a kind that we do not speak.", key=row["id"])
    return Key(row["id"], row["owner"], public)


def _check_failures(bridge: Bridge, name: str) -> None:
    until = bridge.failed.get(name)
    if until is not None:
        if until > time.monotonic():
            raise Unproven("The key of this signature could not be had a moment ago.", key=name)
        del bridge.failed[name]


async def _policy(bridge: Bridge, uri: str) -> None:
    if bridge.store.glance(hosts.refuses, v.host(uri)):
        raise Forbidden("We do not speak with this server.", host=v.host(uri))


async def _once(bridge: Bridge, name: str, ask: Any) -> Any:
    """Whoever asks for the same thing meanwhile waits for the same answer."""
    waiting = bridge.asking.get(name)
    if waiting is None:
        waiting = bridge.asking[name] = asyncio.ensure_future(ask())
        waiting.add_done_callback(lambda _: bridge.asking.pop(name, None))
    return await asyncio.shield(waiting)


async def proof_key(bridge: Bridge, document: dict[str, Any]) -> Key | None:
    """The key that an integrity proof names, when its owner lists it; None without a proof that we speak."""
    method = proofs.claimed_method(document)
    if not method or v.host(method) != v.host(v.one_id(document.get("actor"))):
        return None
    try:
        return await key(bridge, method, False)
    except Unproven:
        return None


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
    try:
        found = await fetch.document(bridge, identifier)
    except (Gone, NotFound):
        return activity.Activity(heard.id, "Delete", heard.actor, identifier, heard.document)
    return (
        activity.Activity(heard.id, "Delete", heard.actor, identifier, heard.document)
        if v.type_of(found.document) == "Tombstone"
        else None
    )


async def post(bridge: Bridge, uri: str, *, actor_id: int | None = None, budget: int = ANCESTORS) -> Row | None:
    """The post of this URI, kept with its author and the posts it answers; None when it is no post that we keep.

    budget: how many documents may be asked for.  actor_id: who asks, where it may be for her alone.
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
            await _policy(bridge, next_uri)
            found = await fetch.document(bridge, next_uri, actor=actor_id)
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
    await _policy(bridge, uri)
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
    await _policy(bridge, uri)
    try:
        found = await fetch.document(bridge, uri, actor=actor_id)
    except fetch.NoDocument as error:
        if not error.alternate:
            raise
        await _policy(bridge, error.alternate)
        found = await fetch.document(bridge, error.alternate, actor=actor_id)
    await _policy(bridge, found.url)
    identifier = v.one_id(found.document)
    if v.type_of(found.document, v.ACTORS) in v.ACTORS:
        return "actor", await bridge.store.write(actors.keep, found.document, bridge.development, now())
    return "post", await post(bridge, identifier, actor_id=actor_id)


async def restored(bridge: Bridge, body: dict[str, Any]) -> None:
    """A task: what its author took back the deletion of is known again, as its server has it."""
    await post(bridge, body["uri"])


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
