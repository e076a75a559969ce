"""Work of the apps' door that waits in the table of tasks: kind -> what does it."""

import json
from typing import Any

from federation import outbox, push
from federation.bridge import Bridge, now
from federation.worker import Task
from node import log
from node.errors import NodeError
from node.people import actors, memberships, mutes
from node.posts import notifications, scheduled
from node.store import Database
from web.mastodon import drafts

logger = log.Log("web.mastodon.later")


async def publish(bridge: Bridge, body: dict[str, Any]) -> None:
    """A scheduled status is published, when it still waits and its author may still speak."""
    row = await bridge.store.read(lambda db: db.row("select params from scheduled where id = ?", (body["id"],)))
    if row is not None:
        await drafts.ask_for_mentioned(bridge, json.loads(row["params"])["text"])
        await bridge.store.write(_publish, body["id"])


def _publish(db: Database, identifier: int) -> None:
    row = scheduled.take(db, identifier, now())
    if row is None or (row["user"] is not None and not memberships.may_speak(db, row["user"], row["actor"])):
        return
    sent = json.loads(row["params"])
    try:
        draft = drafts.read(sent | {"status": sent["text"]}, {}, row["user"])
        draft.application = row["application"]
        outbox.publish(db, actors.get(db, row["actor"]), draft, now())
    except NodeError as error:  # what it answers is gone, or its pictures are: it cannot be said any more
        logger.warning("scheduled post failed", post=identifier, reason=str(error))


async def end_mute(bridge: Bridge, body: dict[str, Any]) -> None:
    """A mute that was to end has ended."""
    await bridge.store.write(mutes.end_expired, body["actor"], body["target"], now())


TASKS: dict[str, Task] = {
    scheduled.TASK: publish,
    mutes.TASK: end_mute,
    notifications.TASK: push.wake,
}
