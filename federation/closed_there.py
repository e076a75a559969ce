"""A forum of another server is deleted as a whole by who leads it, or by staff of its server, and is opened again.

    {"type":"Announce","actor":G,"object":{"type":"Delete","actor":MOD,"object":G,"summary":"why, by staff",…}}
    {"type":"Announce","actor":G,"object":{"type":"Undo","actor":MOD,"object":{the Delete},…}}

Lemmy and PieFed say it so, and Lemmy answers 410 for the Group meanwhile.  Its members stay members, what people wrote
there stays theirs and is closed to answers; all is as before once its own server shows the Group again.
"""

from typing import Any

from federation import vocabulary as v
from federation.activity import Activity
from node import html, log, queue
from node.network import moderators
from node.people import actors, away
from node.store import Database, Row
from node.text import one_line

logger = log.Log("federation.closed_there")

LOOK = "forum looked for"  # the task that asks a Group's server whether the Group is there
LONGEST_REASON = 500


def says(place: Row, inner: dict[str, Any]) -> bool:
    """Whether the activity deletes this Group of another server, or takes that back."""
    undone = v.type_of(inner) == "Undo"
    said = inner.get("object") if undone else inner
    return (
        isinstance(said, dict) and v.type_of(said) == "Delete"
        and v.one_id(said.get("object")) == place["uri"] and not place["local"]
    )  # fmt: skip


def may(db: Database, place: Row, actor: str) -> bool:
    """Whether the actor closes the Group: of its own server, or one of those who moderate it."""
    if v.host(actor) == v.host(place["uri"]):
        return True
    known = actors.by_uri(db, actor)
    return known is not None and moderators.is_one(db, place["id"], known["id"])


def vouched(db: Database, place: Row, inner: dict[str, Any], at: int) -> None:
    """What the Group itself passed on: it is closed from now on, or its server is asked whether it is open again."""
    actor = v.one_id(inner.get("actor"))
    if not may(db, place, actor):
        logger.info("not a moderator", place=place["uri"], actor=actor)
    elif v.type_of(inner) == "Undo":
        look_for(db, place, at)
    else:
        reason = one_line(html.plain(html.clean(inner.get("summary"))), LONGEST_REASON)
        away.close(db, place["id"], reason, at)
        logger.info("forum closed by its server", place=place["uri"], by=actor)


def heard(db: Database, activity: Activity, at: int) -> bool:
    """Whether somebody says without the Group that it is gone or back: of its own server, that is asked about it."""
    said = activity.embedded if activity.type == "Undo" else activity.document
    place = actors.by_uri(db, v.one_id(said.get("object")))
    if place is None or place["type"] != "Group" or not says(place, activity.document):
        return False
    if v.host(activity.actor) == v.host(place["uri"]):
        look_for(db, place, at)
    return True


def look_for(db: Database, place: Row, at: int) -> None:
    """Its server will be asked whether the Group is there."""
    queue.enqueue(db, LOOK, {"uri": place["uri"]}, at, name=f"{LOOK} {place['uri']}")


def speaks_again(db: Database, activity: Activity, at: int) -> None:
    """A Group that is closed as far as we know, and goes on passing on, may be open: its server is asked."""
    place = actors.by_uri(db, activity.actor)
    if place is not None and place["type"] == "Group" and place["gone"] == away.CLOSED:
        look_for(db, place, at)
