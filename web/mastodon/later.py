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
from node.store import Database, Row
from node.text import mark
from web.mastodon import drafts

logger = log.Log("web.mastodon.later")

UNKNOWN = mark("Something went wrong on our side. It has been noted.")


async def publish(bridge: Bridge, body: dict[str, Any]) -> None:
    """A scheduled status is published, when it still waits; one that cannot be said any more is kept, with why."""
    row = await bridge.store.read(lambda db: db.row("select params from scheduled where id = ?", (body["id"],)))
    if row is None:
        return
    await drafts.ask_for_mentioned(bridge, json.loads(row["params"])["text"])
    try:
        await bridge.store.write(_publish, body["id"])
    except NodeError as error:  # the forum is closed to her, what it answers is gone, she speaks for it no more
        logger.warning("scheduled post refused", post=body["id"], reason=str(error))
        await bridge.store.write(scheduled.refuse, body["id"], error.sentence, error.facts, now())
    except Exception:
        await bridge.store.write(scheduled.refuse, body["id"], UNKNOWN, {}, now())
        raise


def _publish(db: Database, identifier: int) -> Row | None:
    row = scheduled.take(db, identifier, now())
    return say(db, row, row["user"]) if row is not None else None


def say(db: Database, row: Row, user: int | None) -> Row:
    """What was put off is published, by this user.  Raises what outbox.publish does, Forbidden where she may not speak."""
    if user is not None:
        memberships.must_speak(db, user, row["actor"])
    sent = json.loads(row["params"])
    draft = drafts.read(sent | {"status": sent["text"]}, {}, user)
    draft.application = row["application"]
    drafts.check(db, row["actor"], draft)
    return outbox.publish(db, actors.get(db, row["actor"]), draft, now())


async def end_mute(bridge: Bridge, body: dict[str, Any]) -> None:
    """A mute that was to end has ended."""
    await bridge.store.write(mutes.end_expired, body["actor"], body["target"], now())


TASKS: dict[str, Task] = {
    scheduled.TASK: publish,
    mutes.TASK: end_mute,
    notifications.TASK: push.wake,
}
