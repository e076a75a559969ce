"""What others say is gone, or back: its own server is asked, and what that answers is true."""

from typing import Any

from federation import activity, attendance, fetch, groups, resolve
from federation import vocabulary as v
from federation.activity import Activity
from federation.bridge import Bridge, now
from federation.handlers import create
from node.errors import Gone, NotFound
from node.people import actors, away
from node.posts import posts, publishing, tombstones
from node.store import Database


async def restored(bridge: Bridge, body: dict[str, Any]) -> None:
    """A task: what its author took back the deletion of is known again, as its server has it, where it stood.

    What that server does not show stays deleted.  Raises what fetch raises when it is not there.
    """
    uri = body["uri"]
    await resolve.check_policy(bridge, uri)
    try:
        found = await fetch.document(bridge, uri)
    except (Gone, NotFound):
        return
    if v.type_of(found.document) == "Tombstone" or v.one_id(found.document) != uri:
        return
    spoken = activity.fetched("Create", found.document, found.url, through=body.get("through") or "")
    await resolve.actor(bridge, spoken.actor)
    await bridge.store.write(_bring_back, uri, spoken, body.get("said"), now())


def _bring_back(db: Database, uri: str, spoken: Activity, said: dict[str, Any] | None, at: int) -> None:
    tombstones.lift(db, uri)
    create.keep(db, spoken, at, asked=True)
    if said:
        create.enter_again(db, spoken, said, at)


async def doubted(bridge: Bridge, body: dict[str, Any]) -> None:
    """A task: somebody of a post's own server says that it is gone; it is, when that server shows it no more."""
    uri = body["uri"]
    await resolve.check_policy(bridge, uri)
    try:
        found = await fetch.document(bridge, uri)
    except Gone:
        await bridge.store.write(_forget, uri, now(), seen=False)
    except NotFound:  # also the answer for what is not for our eyes
        await bridge.store.write(_forget, uri, now(), seen=True)
    else:
        if v.type_of(found.document) == "Tombstone":
            await bridge.store.write(_forget, uri, now(), seen=False)


def _forget(db: Database, uri: str, at: int, *, seen: bool) -> None:
    """The post is gone for good; seen: only where everybody could see it."""
    post = posts.by_uri(db, uri)
    if post is None or post["local"] or (seen and post["visibility"] not in posts.OPEN):
        return
    groups.leave(db, post, at)
    attendance.forget(db, post, at)
    publishing.remove(db, post, at)


async def forum(bridge: Bridge, body: dict[str, Any]) -> None:
    """A task: the Group is open when its own server shows it, closed when that says that it is gone."""
    uri = body["uri"]
    try:
        await resolve.actor(bridge, uri, fresh=True)
    except (Gone, NotFound):
        await bridge.store.write(_settle, uri, now(), there=False)
    else:
        await bridge.store.write(_settle, uri, now(), there=True)


def _settle(db: Database, uri: str, at: int, *, there: bool) -> None:
    place = actors.by_uri(db, uri)
    if place is None or place["local"]:
        return
    if there:
        away.open_again(db, place["id"], at)
    else:
        away.close(db, place["id"], "", at)
