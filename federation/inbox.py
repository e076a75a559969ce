"""What was received is acted on: one activity, one transaction, safe to do twice.

Light activities that need no network are acted on in the very transaction that keeps
them; the others wait as rows for the worker.
"""

import asyncio
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from federation import activity, forwarding, peer_keys, proofs, relays, resolve
from federation import vocabulary as v
from federation.activity import Activity, Heard
from federation.bridge import Bridge, now
from federation.handlers import relayed
from federation.handlers.table import HANDLERS, Handler
from federation.signatures import Signer
from node import hosts, letters, queue, store
from node.errors import Conflict, Forbidden, Gone, Invalid, NodeError, NotFound, TooLarge, Unproven
from node.log import Log
from node.people import actors, follows, whose
from node.posts import tombstones
from node.store import Database, Row

log = Log("federation.inbox")

BATCH = 48  # activities acted on in one transaction
MOST_FETCHED = 20  # documents asked for because of one activity
OUTSIDE_SECONDS = 120.0  # for all that one activity asks the network for: it holds a place meanwhile
UNDOABLE = frozenset(("Follow", "Like", "Dislike", "EmojiReact", "Announce", "Block", "Join"))
LIGHT = frozenset(("Create", "Like", "Dislike", "EmojiReact", "Announce", "Follow", "Accept", "Reject", "Undo"))
QUICK = frozenset(("Create", "Like", "Dislike", "EmojiReact", "Announce"))
SMALL = 65_536  # bytes of what is soon read
FINAL = (Conflict, Forbidden, Gone, Invalid, NotFound, TooLarge, Unproven)  # another try changes nothing


@dataclass(frozen=True, slots=True)
class Outside:
    """An activity that needs the network before it can be acted on."""

    row: Row
    heard: Heard
    spoken: Activity | None  # None: who said it is still to be proven
    needs: list[str]


def is_quick(bridge: Bridge, heard: Heard, body: bytes) -> bool:
    """Whether `keep` writes a few rows only, so that the event loop may do it.

    Not where much may be undone, nor where a Group of ours passes it on to all its readers.
    """
    if len(body) > SMALL or heard.type not in QUICK:
        return False
    home = bridge.origin + "/"
    named = [uri for key in ("to", "cc", "audience") for uri in v.all_ids(heard.document.get(key), 50)]
    ours = [uri for uri in named if uri.startswith(home)]
    return not ours or all(row["type"] != "Group" for row in bridge.store.glance(whose.uris, ours))


def keep(db: Database, heard: Heard, body: bytes, signer: Signer, at: int) -> bool:
    """The activity is on the disk, and acted on where that is light; its signer's host is known to be alive.

    False for a repeat.
    """
    host = signer.actor.split("/", 3)[2]
    new = hosts.get(db, host) is None
    if hosts.heard(db, host, at):
        letters.wake_host(db, host, at)
    if new:
        queue.enqueue(db, "software", {"host": host}, at, name=f"software {host}")
    handler = _handler(heard) if heard.own and heard.type in LIGHT else None
    if handler is None:
        return queue.keep_received(db, heard.name, body, signer.actor, at)
    number = queue.keep_acted(db, heard.name, signer.actor, at)
    if number is None:
        return False
    spoken = activity.spoken(heard, signer)
    needs = _needs(db, number, body, handler, spoken)
    if needs:
        queue.wait_received(db, number, body, 0, "", at)
    elif needs is not None:
        _act(db, number, body, 1, handler, spoken, at, own=True)
    return True


def act_on_waiting(db: Database, development: bool, at: int) -> tuple[int, list[Outside]]:
    """How many were taken, and which of them need the network first; the others are done."""
    outside = []
    taken = queue.take_received(db, at, BATCH)
    for row in taken:
        found = _act_or_ask(db, row, development, at)
        if found is not None:
            outside.append(found)
    return len(taken), outside


def _act_or_ask(db: Database, row: Row, development: bool, at: int) -> Outside | None:
    signer = Signer(row["signer"], "")
    try:
        heard = activity.hear(row["body"], signer, development)
    except NodeError as error:
        queue.failed_received(db, row["id"], str(error))
        return None
    handler = _handler(heard)
    if handler is None:
        queue.done_received(db, row["id"])
        return None
    if not heard.own:
        return Outside(row, heard, None, [])
    spoken = activity.spoken(heard, signer)
    needs = _needs(db, row["id"], row["body"], handler, spoken)
    if needs:
        return Outside(row, heard, spoken, needs)
    if needs is not None:
        act(db, row, handler, spoken, at)
    return None


def act(db: Database, row: Row, handler: Handler, spoken: Activity, at: int) -> None:
    """The handler's effect and the row's end, together; a refusal undoes the effect and ends the row."""
    own = row["signer"] == spoken.actor
    if _act(db, row["id"], row["body"], row["tries"], handler, spoken, at, own=own):
        queue.done_received(db, row["id"])


def _needs(db: Database, number: int, body: bytes, handler: Handler, spoken: Activity) -> list[str] | None:
    """What the handler needs first; None when it could not even read the activity, and the row says so."""
    try:
        return handler.needs(db, spoken)
    except Exception as error:
        _end_broken(db, number, body, spoken, error)
        return None


def _act(
    db: Database, number: int, body: bytes, tries: int, handler: Handler, spoken: Activity, at: int, *, own: bool
) -> bool:
    """Whether the effect holds; where it does not, the row says why.  own: its actor sent these very bytes."""
    if spoken.type in UNDOABLE and spoken.id and tombstones.find(db, spoken.id) is not None:
        return True  # it was taken back before it came
    try:
        with db.savepoint():
            owners = forwarding.owners(db, spoken) if own else []
            handler.receive(db, spoken, at)
            if owners:
                forwarding.forward(db, owners, spoken, body, at)
        return True
    except FINAL as error:
        queue.failed_received(db, number, str(error), body)
        log.info("activity refused", activity=spoken.id, type=spoken.type, reason=str(error))
    except NodeError as error:
        queue.wait_received(db, number, body, tries, "", at)
        queue.again_received(db, number, tries, str(error), at)
    except Exception as error:
        _end_broken(db, number, body, spoken, error)
    return False


def _end_broken(db: Database, number: int, body: bytes, spoken: Activity, error: Exception) -> None:
    """A payload that breaks our reading ends its own row and nothing else; a broken disk is no payload's fault."""
    if isinstance(error, sqlite3.Error) and store.is_not_its_own_fault(error):
        raise error
    queue.failed_received(db, number, repr(error), body)
    log.error("activity could not be read", activity=spoken.id, type=spoken.type)


async def act_on_outside(bridge: Bridge, one: Outside) -> None:
    """Ask the network for what it needs, then act; whatever fails for a time is tried again later."""
    try:
        async with asyncio.timeout(OUTSIDE_SECONDS):
            spoken, handler = await _ready(bridge, one)
        if spoken is None:
            await bridge.store.write(queue.failed_received, one.row["id"], "unproven")
        else:
            await bridge.store.write(act, one.row, handler, spoken, now())
    except TimeoutError:
        await bridge.store.write(queue.again_received, one.row["id"], one.row["tries"], "too slow", now())
    except FINAL as error:
        await bridge.store.write(queue.failed_received, one.row["id"], str(error))
    except NodeError as error:
        await bridge.store.write(queue.again_received, one.row["id"], one.row["tries"], str(error), now())
    except Exception as error:
        log.error("activity failed", activity=one.heard.id, type=one.heard.type)
        await bridge.store.write(queue.failed_received, one.row["id"], repr(error))


async def _ready(bridge: Bridge, one: Outside) -> tuple[Activity | None, Handler]:
    """What was said, proven, with what it needs known; None for what cannot be proven."""
    handler = _handler(one.heard)
    assert handler is not None
    spoken = one.spoken or await _prove(bridge, one.heard)
    if spoken is None:
        return None, handler
    if relayed.carried(spoken):
        found = await relays.opened(bridge, spoken)
        return spoken, Handler(handler.needs, partial(relayed.receive, opened=found))
    needs = one.needs or await bridge.store.read(handler.needs, spoken)
    for uri in needs[:MOST_FETCHED]:
        await _fetch(bridge, uri, spoken)
    return spoken, handler


async def _fetch(bridge: Bridge, uri: str, spoken: Activity) -> None:
    """What the activity speaks of is known, or it cannot be had: then the handler does without."""
    try:
        reader = await bridge.store.read(follows.reader_of, spoken.actor)
        await resolve.anything(bridge, uri, actor_id=reader)
    except FINAL as error:
        log.info("object not had", uri=uri, activity=spoken.id, reason=str(error))
    except NodeError as error:
        if uri == spoken.object_id or not spoken.embedded:
            raise
        log.info("context not had", uri=uri, activity=spoken.id, reason=str(error))


async def _prove(bridge: Bridge, heard: Heard) -> Activity | None:
    """Who said it: by the actor's own fresh proof, else by asking the origin: what was taken back is not done again."""
    at = datetime.now(UTC)
    key = None if proofs.is_old(heard.document, at) else await peer_keys.of_proof(bridge, heard.document)
    if key is not None:
        try:
            return activity.proved(heard.document, key, at)
        except Unproven:
            log.info("proof does not hold", activity=heard.id, actor=heard.actor)
            return None
    local = await bridge.store.read(actors.by_uri, heard.actor)
    if local is not None and local["local"]:
        return None
    return await resolve.from_origin(bridge, heard)


def _handler(heard: Heard) -> Handler | None:
    """Who acts on it; None for a type that we pass over, and for what is nested beyond sense."""
    if activity.nested(heard.document) > activity.DEEPEST:
        return None
    return HANDLERS.get(v.type_of(heard.document, HANDLERS))
