"""The directory between nodes: our own associations shown to peers, theirs taken in.

    GET /actor/directory?since=…       OrderedCollection of compact Organizations, the newest change first, 50 a page
    {"type":"Update","id","actor":APPLICATION,"object":{compact Organization},"target":"APPLICATION/directory"}
    {"type":"Remove",…,"object":{"id":ORG,"type":"Tombstone"},…}        Add for what is new

A node reads another's directory once its operator chose to.  A record counts only from the
host that its id names.
"""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from federation import audience, directory_records, fetch, resolve, signed_records, speak
from federation import vocabulary as v
from federation.bridge import Bridge, now
from federation.collections import ITEMS
from federation.collections import listed as items_of
from federation.handlers import follow
from node import ids, queue, settings
from node.errors import Busy, Invalid, NodeError, NotFound, Unreachable
from node.log import Log
from node.network import listed
from node.people import actors, follows
from node.store import Database, Row

log = Log("federation.directory")

SUBSCRIBE = "subscribe to directory"  # the task that an operator asks for
READ = "read directory"  # the task that reads a peer's
PAGE = 50
PAGES_AT_ONCE = 20
AT_ONCE = 100  # records taken in one transaction
MOST_PAGES = 10_000  # of one walk
MOST_TRIES = 24  # hours in which a peer that is away is asked again before the walk ends
HOUR = 3_600_000
COLLECTIONS = ("OrderedCollectionPage", "OrderedCollection", "CollectionPage", "Collection")
AGAIN = 86_400_000  # ms between two looks at a directory that also tells us
WHOLE = 7 * 86_400_000  # ms after which it is read again from the start
MOST_TOLD = 500
MOST_MET = 10  # associations elsewhere that are asked for because one page passes on their words
_walking: set[tuple[Path | None, int]] = set()  # (data folder, whose directory): one walk at a time


# ── ours ──────────────────────────────────────────────────────────────────────


def address(db: Database) -> str:
    """The id of our directory."""
    return f"{settings.get(db, 'origin')}/actor/directory"


def collection(db: Database, since: str) -> dict[str, Any]:
    """The directory as a collection; since: an RFC 3339 date, '' for all."""
    base = address(db)
    chosen = f"since={quote(since)}&" if since else ""
    _read_since(since)
    return v.with_context({
        "id": f"{base}?{chosen}".rstrip("?&"), "type": "OrderedCollection", "totalItems": listed.count_ours(db),
        "attributedTo": f"{settings.get(db, 'origin')}/actor", "first": f"{base}?{chosen}page=0",
    })  # fmt: skip


def page(db: Database, since: str, before: int) -> dict[str, Any]:
    """Fifty records changed after since, the newest first; before: the number that the page before named."""
    rows = listed.ours(db, since=_read_since(since), before=before, limit=PAGE)
    base = address(db)
    chosen = f"since={quote(since)}&" if since else ""
    found: dict[str, Any] = {
        "id": f"{base}?{chosen}page={before}",
        "type": "OrderedCollectionPage",
        "partOf": f"{base}?{chosen}".rstrip("?&"),
        "orderedItems": [signed_records.record(db, row) for row in rows],
    }
    if len(rows) == PAGE:
        found["next"] = f"{base}?{chosen}page={rows[-1]['id']}"
    return v.with_context(found, proof=True)


def _read_since(since: str) -> int:
    at = ids.read_rfc3339(since) if since else 0
    if at is None:
        raise Invalid("This is no date: {date}.", date=since[:40])
    return at


async def tell(bridge: Bridge, body: dict[str, Any]) -> None:
    """The task: nodes that read our directory hear what changed in the last ten minutes."""
    await bridge.store.write(say_changes, body["since"], now())


def say_changes(db: Database, since: int, at: int) -> int:
    """How many changes are on their way to the Applications that follow ours."""
    system = actors.get(db, actors.system(db))
    inboxes = audience.fold(db, follows.inboxes_of_nodes(db, system["id"]))
    rows = listed.ours(db, since=since, limit=MOST_TOLD)
    for row in reversed(rows if inboxes else []):
        kind = "Remove" if row["gone"] is not None else "Add" if row["created"] > since else "Update"
        speak.say(db, system, kind, signed_records.record(db, row), inboxes, at, to=[v.PUBLIC],
                  cc=[system["followers"]], extra={"target": address(db)})  # fmt: skip
    return len(rows)


# ── peers' ────────────────────────────────────────────────────────────────────


async def find(bridge: Bridge, typed: str) -> Row:
    """The Application of a peer, by its host or address, when it has a directory.  Raises NotFound without one."""
    typed = typed.strip().rstrip("/")
    if "://" not in typed:
        typed = f"{bridge.origin.partition('://')[0]}://{typed}"
    uri = typed if typed.count("/") > 2 else f"{typed}/actor"
    row = await resolve.actor(bridge, uri, fresh=True)
    if not directory_records.address_of(row):
        raise NotFound("This server has no directory.", uri=uri)
    return row


async def subscribe_to(bridge: Bridge, body: dict[str, Any]) -> None:
    """The task: the directory of the node that the operator named is read from now on."""
    row = await find(bridge, body["node"])
    await bridge.store.write(subscribe, row, now())


def subscribe(db: Database, application: Row, at: int) -> None:
    """We read this directory from now on, and hear of its changes.  Raises NotFound without one."""
    address_ = directory_records.address_of(application)
    if not address_:
        raise NotFound("This server has no directory.", uri=application["uri"])
    listed.read_peer(db, application["id"], address_, at)
    system = actors.get(db, actors.system(db))
    follow.ask(db, system, application, at)
    _read_soon(db, application["id"], at)


def unsubscribe(db: Database, application: Row, at: int) -> None:
    """We read it no more."""
    listed.leave_peer(db, application["id"])
    system = actors.get(db, actors.system(db))
    follow.end(db, system, application, at)


async def read(bridge: Bridge, body: dict[str, Any]) -> None:
    """The task: what changed in a peer's directory since we last read it, twenty pages at once, then on.

    A peer that is away is asked again each hour for a day, from the page where it left us; what
    cannot be read ends this walk, and tomorrow's begins where it began.
    """
    known = await bridge.store.read(listed.peer, body["actor"])
    walk = (bridge.store.folder, int(body["actor"]))
    if known is None or walk in _walking:
        return
    _walking.add(walk)
    try:
        await _read(bridge, known, int(body.get("tries", 0)))
    finally:
        _walking.discard(walk)


async def _read(bridge: Bridge, known: Row, tries: int) -> None:
    try:
        following = await _walk(bridge, known)
    except (Unreachable, Busy) as error:
        log.info("directory not had", directory=known["directory"], tries=tries, reason=str(error))
        await bridge.store.write(_wait if tries < MOST_TRIES else _break_off, known["actor"], tries + 1, now())
    except NodeError as error:
        log.info("directory not read", directory=known["directory"], reason=str(error))
        await bridge.store.write(_break_off, known["actor"], 0, now())
    else:
        await bridge.store.write(_go_on, known["actor"], following, now())


async def _walk(bridge: Bridge, known: Row) -> str:
    """The page to go on with, '' after the last.  Raises NodeError when the walk cannot go on."""
    host = v.host(known["directory"])
    following = known["next"] or _start(known)
    for number in range(PAGES_AT_ONCE):
        document = (await fetch.json_object(bridge, following)).document
        if not number and not known["next"]:
            await bridge.store.write(listed.begin, known["actor"], _count(document))
            document = await _first_page(bridge, document, host)
        following = await _take_page(bridge, known["actor"], document, host)
        if not following:
            break
    return following


async def _first_page(bridge: Bridge, document: dict[str, Any], host: str) -> dict[str, Any]:
    first = document.get("first")
    if not first or items_of(document):
        return document
    if isinstance(first, dict) and items_of(first):
        return first
    if v.host(v.one_id(first)) != host:
        raise Invalid("This directory leads elsewhere or in circles.", first=v.one_id(first))
    return (await fetch.json_object(bridge, v.one_id(first))).document


def _count(document: dict[str, Any]) -> int | None:
    found = document.get("totalItems")
    return found if isinstance(found, int) and 0 <= found < 2**53 else None


async def _take_page(bridge: Bridge, actor: int, document: dict[str, Any], host: str) -> str:
    """What the page lists is known; where the next one is, '' for nowhere.  Raises Invalid for what is no page of it."""
    records = items_of(document)
    following = v.one_id(document.get("next"))
    if v.type_of(document, COLLECTIONS) not in COLLECTIONS or len(records) >= ITEMS:
        raise Invalid("This is no page of a directory.", type=v.type_of(document))
    await _meet(bridge, records, host)
    for start in range(0, max(1, len(records)), AT_ONCE):
        part = records[start : start + AT_ONCE]
        last = start + AT_ONCE >= len(records)
        await bridge.store.write(_take, actor, part, host, following if last else "", now())
    known = await bridge.store.read(listed.peer, actor)
    strays = bool(document.get("next")) and v.host(following) != host
    if strays or (following and following == v.one_id(document)) or (known is not None and known["pages"] > MOST_PAGES):
        raise Invalid("This directory leads elsewhere or in circles.", next=following)
    return following if known is not None else ""


async def _meet(bridge: Bridge, records: list[Any], host: str) -> None:
    """The keys of associations elsewhere, whose own words the page passes on, are known; of some on each page."""
    strangers = await bridge.store.read(directory_records.strangers, records, host)
    for uri in strangers[:MOST_MET]:
        try:
            await resolve.actor(bridge, uri, fresh=True)
        except NodeError as error:
            log.info("association not met", uri=uri, reason=str(error))


def _start(known: Row) -> str:
    if not known["since"]:
        return str(known["directory"])
    return f"{known['directory']}?since={quote(ids.rfc3339(known['since']))}"


def _take(db: Database, actor: int, records: list[Any], host: str, following: str, at: int) -> None:
    newest = 0
    for one in records:
        if isinstance(one, dict):
            newest = max(newest, min(ids.read_rfc3339(one.get("updated")) or 0, at))
            try:
                directory_records.keep(db, one, host, actor, at)
            except Invalid:
                continue
    listed.advance(db, actor, following, newest, len(records), at)


def _go_on(db: Database, actor: int, following: str, at: int) -> None:
    """The next pages are read in a second; at the end of the walk it is tomorrow that the directory is read again.

    Who moves to the front while we read is met by the short walk that follows a whole one;
    what neither met is in that directory no more.
    """
    known = listed.peer(db, actor)
    if known is None:
        return
    if following:
        _read_at(db, actor, at + 1000)
        return
    if known["complete"]:
        gone = listed.forget_vanished(db, actor, known["complete"], at)
        log.info("directory read whole", directory=known["directory"], vanished=gone)
    complete = known["whole"] if not known["since"] and _met_all(known) else 0
    listed.arrive(db, actor, complete, at)
    if known["whole"] < at - WHOLE and (known["complete"] or not complete):
        listed.restart(db, actor, at)
    _read_at(db, actor, at + (1000 if complete and not known["complete"] else AGAIN))


def _met_all(known: Row) -> bool:
    """Whether this walk met as many as the peer says there are; an empty list counts only where it says so too."""
    return bool(known["met"] >= known["total"]) if known["total"] is not None else known["met"] > 0


def _wait(db: Database, actor: int, tries: int, at: int) -> None:
    if listed.peer(db, actor) is not None:
        _read_at(db, actor, at + HOUR, tries)


def _break_off(db: Database, actor: int, tries: int, at: int) -> None:
    known = listed.peer(db, actor)
    if known is None:
        return
    listed.abandon(db, actor, at)
    if known["whole"] < at - WHOLE:
        listed.restart(db, actor, at)
    _read_at(db, actor, at + AGAIN)


def resume(db: Database, at: int) -> None:
    """At our start: each walk that broke off with the process goes on at once, each directory that no task reads is read."""
    for known in listed.peers(db):
        if known["next"] or not queue.is_named(db, f"{READ} {known['actor']}"):
            _read_soon(db, known["actor"], at)


def _read_at(db: Database, actor: int, due: int, tries: int = 0) -> None:
    """The walk goes on then, and no other beside it."""
    queue.drop_named(db, f"{READ} {actor}")
    queue.enqueue(db, READ, {"actor": actor, "tries": tries}, due, name=f"{READ} {actor} {due}")


def _read_soon(db: Database, actor: int, at: int) -> None:
    """The directory is read now, unless it is being read: two walks through one would miscount each other."""
    if (db.folder, actor) not in _walking:
        _read_at(db, actor, at)
