"""The work of the interpreter that waits in the table of tasks: kind -> what does it."""

import asyncio
from typing import Any

from federation import (
    associations,
    backfill,
    carrying,
    closed_there,
    directory,
    discovery,
    link_cards,
    meetings,
    moving,
    projects,
    relays,
    resolve,
    returning,
    stamps,
    synchronization,
    voting,
)
from federation.bridge import Bridge, now
from federation.worker import Task
from node.posts import publishing


async def _destroy_keys(bridge: Bridge, body: dict[str, Any]) -> None:
    """A deleted actor's last letters are settled; its keys go."""
    bridge.ring.destroy(body["actor"])


async def _forget_author(bridge: Bridge, body: dict[str, Any]) -> None:
    """The rest of what somebody said who is gone goes too, between what others write."""
    while await bridge.store.write(publishing.forget_more, body["actor"], now()):
        await asyncio.sleep(0)


async def _ask_software(bridge: Bridge, body: dict[str, Any]) -> None:
    """A host's software is known: forum software takes whole activities, microblogs take ids."""
    await discovery.nodeinfo(bridge, body["host"])


TASKS: dict[str, Task] = {
    "association profile": associations.ask_profile,
    carrying.TASK: carrying.carry,
    "changed": resolve.changed,
    closed_there.LOOK: returning.forum,
    "check agreement": projects.check_agreement,
    "check organiser": meetings.check_organiser,
    "directory changed": directory.tell,
    "project changed": projects.tell,
    backfill.RECENT: backfill.recent,
    "read directory": directory.read,
    "subscribe to directory": directory.subscribe_to,
    "destroy keys": _destroy_keys,
    "disputed": resolve.disputed,
    "doubted": returning.doubted,
    "event counts": voting.tell_counts,
    "featured": backfill.featured,
    publishing.FORGET: _forget_author,
    "handle": resolve.stated_handle,
    "joined": relays.joined,
    "link card": link_cards.ask,
    "move": moving.look_into,
    resolve.MOVED: resolve.new_home,
    "poll counts": voting.tell_counts,
    "poll end": voting.end,
    "quote": stamps.look_into,
    "restored": returning.restored,
    "software": _ask_software,
    "synchronize": synchronization.synchronize,
    "thread": backfill.thread,
}
