"""What a member brings along from another server: whom she follows, blocks, has muted, her lists and bookmarks, servers
that she keeps away; asked for a few at a time.

The files are those that Mastodon writes and reads, so that one goes either way.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

from federation import resolve
from federation.bridge import Bridge, now
from federation.handlers import block, follow
from node import log, queue
from node.care import decisions
from node.errors import Invalid, NodeError
from node.people import actors, follows, mutes
from node.posts import lists, marks, visibility
from node.store import Database

TASK = "carry along"
AT_ONCE = 5  # entries between two looks at what else waits
MOST = 2000
MOST_LISTS = 100  # made by files
MINUTE, HOUR = 60_000, 60  # ms; minutes at most between two looks whether somebody let her in
LOOKS = 60  # some two days

Entry = str | Sequence[str]  # a handle, a server's name, a post's URI; of a list its title and a handle
logger = log.Log("federation.carrying")


def begin(db: Database, actor: int, kind: str, entries: Sequence[Entry], at: int, tries: int = 0) -> int:
    """The worker will see to each; how many there are."""
    wanted = list(dict.fromkeys(one if isinstance(one, str) else tuple(one) for one in entries))[:MOST]
    if wanted:
        queue.enqueue(db, TASK, {"actor": actor, "kind": kind, "handles": wanted, "tries": tries}, at)
    return len(wanted)


async def carry(bridge: Bridge, body: dict[str, Any]) -> None:
    """The task: the first few are done; the others wait in a task of their own, and so do those that were not ready.

    Who cannot be found is left out: her old server may know people that are gone.
    """
    entries, actor, kind, tries = body["handles"], body["actor"], body["kind"], body.get("tries", 0)
    later = []
    for one in entries[:AT_ONCE]:
        try:
            if not await KINDS[kind](bridge, actor, one):
                later.append(one)
        except NodeError as error:
            logger.info("not carried along", entry=one, reason=str(error))
    if entries[AT_ONCE:]:
        await bridge.store.write(begin, actor, kind, entries[AT_ONCE:], now(), tries)
    if later and tries < LOOKS:
        await bridge.store.write(begin, actor, kind, later, now() + min(2**tries, HOUR) * MINUTE, tries + 1)


def _with(do: Callable[[Database, int, int], None]) -> Callable[[Bridge, int, Any], Awaitable[bool]]:
    """For an account of this handle."""

    async def act(bridge: Bridge, actor: int, handle: str) -> bool:
        target = await resolve.handle(bridge, handle)
        await bridge.store.write(_between, do, actor, target["id"])
        return True

    return act


def _between(db: Database, do: Callable[[Database, int, int], None], actor: int, target: int) -> None:
    if actor != target and not actors.get(db, actor)["gone"] and not actors.get(db, target)["gone"]:
        do(db, actor, target)


def _follow(db: Database, actor: int, target: int) -> None:
    follow.ask(db, actors.get(db, actor), actors.get(db, target), now())


def _block(db: Database, actor: int, target: int) -> None:
    block.put(db, actors.get(db, actor), actors.get(db, target), now())


def _mute(db: Database, actor: int, target: int) -> None:
    mutes.keep(db, actor, target, True, None, now())


async def _server(bridge: Bridge, actor: int, host: str) -> bool:
    await bridge.store.write(_keep_away, actor, host)
    return True


def _keep_away(db: Database, actor: int, host: str) -> None:
    block.put_host(db, actors.get(db, actor), decisions.read_host(db, host), now())


async def _bookmark(bridge: Bridge, actor: int, uri: str) -> bool:
    what, row = await resolve.anything(bridge, uri)
    if what == "post" and row is not None:
        await bridge.store.write(_keep_post, actor, row["id"])
    return True


def _keep_post(db: Database, actor: int, post: int) -> None:
    if visibility.see(db, post, actor) is not None:
        marks.bookmark(db, actor, post, now())


async def _list(bridge: Bridge, actor: int, entry: Sequence[str]) -> bool:
    title, handle = entry
    target = await resolve.handle(bridge, handle)
    return await bridge.store.write(_into_list, actor, title, target["id"])


def _into_list(db: Database, actor: int, title: str, target: int) -> bool:
    """Whether she stands in the list: not before the follow, which is asked for, was accepted."""
    _between(db, _follow, actor, target)
    known = follows.get(db, actor, target)
    if actor != target and (known is None or known["state"] != "accepted"):
        return False
    own = {row["title"]: row["id"] for row in lists.of(db, actor) if row["id"] not in lists.TITLES}
    number = own.get(title)
    if number is None and len(own) < MOST_LISTS:
        number = lists.create(db, actor, title, "list", False, now())["id"]
    if number is not None:
        with suppress(Invalid):  # she stands in it already
            lists.add(db, actor, number, [target], now())
    return True


KINDS: dict[str, Callable[[Bridge, int, Any], Awaitable[bool]]] = {
    "following": _with(_follow), "lists": _list, "blocks": _with(_block), "mutes": _with(_mute), "servers": _server,
    "bookmarks": _bookmark,
}  # fmt: skip
