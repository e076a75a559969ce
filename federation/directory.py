"""The directory between nodes: our own associations shown to peers, theirs taken in.

    GET /actor/directory?since=…       OrderedCollection of compact Organizations, the newest change first, 50 a page
    {"type":"Update","id","actor":APPLICATION,"object":{compact Organization},"target":"APPLICATION/directory"}
    {"type":"Remove",…,"object":{"id":ORG,"type":"Tombstone"},…}        Add for what is new

A node reads another's directory once its operator chose to.  A record counts only from the
host that its id names.
"""

from typing import Any
from urllib.parse import quote

from federation import actors as documents
from federation import association_layer, audience, directory_records, fetch, resolve, speak
from federation import vocabulary as v
from federation.bridge import Bridge, now
from federation.collections import listed as items_of
from federation.handlers import follow
from node import ids, queue, settings
from node.errors import Gone, Invalid, NotFound
from node.network import listed
from node.people import actors
from node.store import Database, Row

TELL = listed.CHANGED  # the task that tells subscribers
SUBSCRIBE = "subscribe to directory"  # the task that an operator asks for
READ = "read directory"  # the task that reads a peer's
PAGE = 50
PAGES_AT_ONCE = 20
AGAIN = 86_400_000  # ms between two looks at a directory that also tells us
WHOLE = 7 * 86_400_000  # ms after which it is read again from the start
MOST_TOLD = 500


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
        "orderedItems": [association_layer.record(db, row) for row in rows],
    }
    if len(rows) == PAGE:
        found["next"] = f"{base}?{chosen}page={rows[-1]['id']}"
    return v.with_context(found)


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
    system = actors.get(db, documents.system(db))
    followers = db.rows(
        """
        select actors.inbox, actors.shared_inbox from follows join actors on actors.id = follows.follower
         where follows.target = ? and follows.state = 'accepted' and actors.type = 'Application'
           and not actors.local and actors.gone is null
        """,
        (system["id"],),
    ).fetchall()
    inboxes = audience.fold(db, [(row["inbox"], row["shared_inbox"]) for row in followers])
    rows = listed.ours(db, since=since, limit=MOST_TOLD)
    for row in reversed(rows if inboxes else []):
        kind = "Remove" if row["gone"] is not None else "Add" if row["created"] > since else "Update"
        speak.say(db, system, kind, association_layer.record(db, row), inboxes, at, to=[v.PUBLIC],
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
    system = actors.get(db, documents.system(db))
    follow.ask(db, system, application, at)
    _read_soon(db, application["id"], at)


def unsubscribe(db: Database, application: Row, at: int) -> None:
    """We read it no more."""
    listed.leave_peer(db, application["id"])
    system = actors.get(db, documents.system(db))
    follow.end(db, system, application, at)


async def read(bridge: Bridge, body: dict[str, Any]) -> None:
    """The task: what changed in a peer's directory since we last read it, twenty pages at once, then on."""
    known = await bridge.store.read(listed.peer, body["actor"])
    if known is None:
        return
    host = v.host(known["directory"])
    following = known["next"] or await bridge.store.read(_start, known)
    for _ in range(PAGES_AT_ONCE):
        try:
            found = await fetch.json_object(bridge, following)
        except (Gone, NotFound):
            following = ""
            break
        if isinstance(found.document.get("first"), str | dict) and not items_of(found.document):
            following = _on_host(v.one_id(found.document["first"]), host)
            if following:
                continue
            break
        following = await bridge.store.write(_take_page, known["actor"], found.document, host, now())
        if not following:
            break
    at = now()
    await bridge.store.write(_go_on, known["actor"], following, at)


def _start(db: Database, known: Row) -> str:
    if not known["since"]:
        return str(known["directory"])
    return f"{known['directory']}?since={quote(ids.rfc3339(known['since']))}"


def _take_page(db: Database, actor: int, document: dict[str, Any], host: str, at: int) -> str:
    newest = 0
    for one in items_of(document)[: PAGE * 2]:
        if isinstance(one, dict):
            newest = max(newest, min(ids.read_rfc3339(one.get("updated")) or 0, at))
            try:
                directory_records.keep(db, one, host, at)
            except Invalid:
                continue
    following = _on_host(v.one_id(document.get("next")), host)
    if following == v.one_id(document):
        following = ""
    listed.advance(db, actor, following, newest, at)
    return following


def _on_host(uri: str, host: str) -> str:
    return uri if uri and v.host(uri) == host else ""


def _go_on(db: Database, actor: int, following: str, at: int) -> None:
    known = listed.peer(db, actor)
    if known is None:
        return
    if not following:
        listed.advance(db, actor, "", 0, at)
        if known["whole"] < at - WHOLE:
            listed.restart(db, actor, at)
    queue.enqueue(db, READ, {"actor": actor}, at + (1000 if following else AGAIN), name=f"{READ} {actor} {at}")


def _read_soon(db: Database, actor: int, at: int) -> None:
    queue.enqueue(db, READ, {"actor": actor}, at, name=f"{READ} {actor}")
