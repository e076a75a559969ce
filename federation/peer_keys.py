"""Keys of peers: found for a signature or a proof, asked for at their owner's server where they are not known.

A key counts when the actor's own document lists it.  What could not be had is remembered for a
while, so that forgers cause no questions.
"""

import time
from typing import Any

from federation import fetch, proofs, resolve
from federation import vocabulary as v
from federation.bridge import Bridge
from federation.signatures import Key
from keys import pair
from node.errors import Busy, Invalid, NodeError, Unproven
from node.people import actor_keys, actors, away
from node.posts import tombstones
from node.store import Row

KEY_SECONDS = 5
FORGET_FAILURE = 300.0  # seconds for which a key that could not be had is not asked for again
AGAIN = 60.0  # seconds for which a key that did not fit is believed all the same, so that forgers cause no questions
MOST_FAILURES = 2000
ASKING = "key "  # in Bridge.asking
MOST_ASKED, MOST_ASKED_OF_DOMAIN = 96, 64  # at once; of the connections to all peers (client.AT_ONCE) some are left
ROOM_AFTER = 10  # seconds


async def find(bridge: Bridge, key_id: str, again: bool, *, ask: bool = True) -> Key:
    """The key of this id, with the actor whose own document lists it.

    A key that is known is not asked for, unless `again`, and then once in a minute;
    without `ask` no key is.  Raises Unproven when it cannot be had; that is remembered
    for five minutes.  Raises Busy when its host has shown us too many new actors.
    """
    known_key = None if again else bridge.known_keys.find(key_id)
    if known_key is not None:
        return known_key
    row = _listed(bridge, key_id)
    if row is not None and _is_closed(row):
        raise Unproven("The account of this key is closed.", key=key_id)
    if row is not None and (not again or row["local"] or bridge.failed.get(key_id, 0) > time.monotonic()):
        return bridge.known_keys.keep(_key(row))
    if not ask:
        raise Unproven("This key is unknown.", key=key_id)
    _check_failures(bridge, key_id)
    _check_room(bridge, key_id)
    if key_id.startswith("acct:"):
        return await _key_of_handle(bridge, key_id)
    try:
        await resolve.once(bridge, f"{ASKING}{key_id}", lambda: _ask_key(bridge, key_id))
    except Busy:
        raise
    except NodeError as error:
        _remember_failure(bridge, key_id, FORGET_FAILURE)
        raise Unproven("The key of this signature could not be had.", key=key_id, error=str(error)) from error
    row = _listed(bridge, key_id)
    if row is None or _is_closed(row):
        raise Unproven("The actor of this key does not list it.", key=key_id)
    if again:
        _remember_failure(bridge, key_id, AGAIN)
    return _key(row)


def _is_closed(row: Row) -> bool:
    """Whether nothing of its owner is heard; one whom its own server took out of sight may be back, and only it says so."""
    return bool(row["gone"]) and row["gone"] not in away.MARKS


def _listed(bridge: Bridge, key_id: str) -> Row | None:
    """The key of this id, as its owner lists it; of an actor's own id (Gancio) the one with which it signs requests."""
    row: Row | None = bridge.store.glance(actor_keys.find, key_id)
    owner = bridge.store.glance(actors.by_uri, key_id) if row is None and "#" not in key_id else None
    if owner is None or owner["local"]:
        return row
    first = next((one for one in bridge.store.glance(actor_keys.of, owner["id"]) if one["kind"] == "rsa"), None)
    return None if first is None else bridge.store.glance(actor_keys.find, first["id"])


async def of_proof(bridge: Bridge, document: dict[str, Any]) -> Key | None:
    """The key that an integrity proof names, when its owner lists it; None without a proof that we speak."""
    method = proofs.claimed_method(document)
    if not method or v.host(method) != v.host(v.one_id(document.get("actor"))):
        return None
    try:
        return await find(bridge, method, False)
    except Unproven:
        return None


async def _key_of_handle(bridge: Bridge, key_id: str) -> Key:
    """The RSA key of `acct:name@host`, as old servers name it."""
    try:
        row = await resolve.handle(bridge, key_id)
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
    await resolve.check_policy(bridge, key_id)
    if "#" in key_id:
        await resolve.ask_actor(bridge, key_id.partition("#")[0], KEY_SECONDS, whole=True)
        return
    found = await fetch.json_object(bridge, key_id, seconds=KEY_SECONDS, whole=True)
    owner = _owner(found.document)
    if v.host(owner) != v.host(key_id) or found.url != key_id:
        raise Invalid("This key belongs to somebody of another server.", key=key_id, owner=owner)
    await resolve.ask_actor(bridge, v.check_uri(owner, bridge.development), KEY_SECONDS, whole=True)


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


def _check_room(bridge: Bridge, key_id: str) -> None:
    """Whoever names keys without number, at addresses that do not answer, holds the connections of nobody else.

    Raises Busy: an honest peer of hers tries again.
    """
    asked = [name.removeprefix(ASKING) for name in bridge.asking if name.startswith(ASKING)]
    if key_id in asked:
        return  # it waits for the same answer
    domain = tombstones.domain_of(v.host(key_id))
    same = sum(tombstones.domain_of(v.host(one)) == domain for one in asked)
    if len(asked) >= MOST_ASKED or same >= MOST_ASKED_OF_DOMAIN:
        raise Busy("Too many keys are being asked for at the moment.", after=ROOM_AFTER, key=key_id)


def _check_failures(bridge: Bridge, name: str) -> None:
    until = bridge.failed.get(name)
    if until is not None:
        if until > time.monotonic():
            raise Unproven("The key of this signature could not be had a moment ago.", key=name)
        del bridge.failed[name]
