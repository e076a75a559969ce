"""What a member brings along from another server: whom she follows, blocks, has muted; asked for a few at a time.

The lists are those that Mastodon writes and reads, so that one goes either way.
"""

from typing import Any

from federation import resolve
from federation.bridge import Bridge, now
from federation.handlers import block, follow
from node import log, queue
from node.errors import NodeError
from node.people import actors, mutes
from node.store import Database

TASK = "carry along"
KINDS = ("following", "blocks", "mutes")
AT_ONCE = 5  # handles between two looks at what else waits
MOST = 2000

logger = log.Log("federation.carrying")


def begin(db: Database, actor: int, kind: str, handles: list[str], at: int) -> int:
    """The worker will ask for each; how many there are."""
    wanted = list(dict.fromkeys(handles))[:MOST]
    if wanted:
        queue.enqueue(db, TASK, {"actor": actor, "kind": kind, "handles": wanted}, at)
    return len(wanted)


async def carry(bridge: Bridge, body: dict[str, Any]) -> None:
    """The task: the first few are followed, blocked or muted; the others wait in a task of their own.

    Who cannot be found is left out: her old server may know people that are gone.
    """
    handles = body["handles"]
    for typed in handles[:AT_ONCE]:
        try:
            target = await resolve.handle(bridge, typed)
            await bridge.store.write(_do, body["actor"], body["kind"], target["id"])
        except NodeError as error:
            logger.info("not carried along", handle=typed, reason=str(error))
    if handles[AT_ONCE:]:
        await bridge.store.write(begin, body["actor"], body["kind"], handles[AT_ONCE:], now())


def _do(db: Database, actor: int, kind: str, target: int) -> None:
    mine, other = actors.get(db, actor), actors.get(db, target)
    if mine["gone"] or mine["id"] == other["id"] or other["gone"]:
        return
    if kind == "following":
        follow.ask(db, mine, other, now())
    elif kind == "blocks":
        block.put(db, mine, other, now())
    else:
        mutes.keep(db, mine["id"], other["id"], True, None, now())
