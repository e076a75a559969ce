"""Events of ours: how one comes to be, changes and is called off, and who hears of it.

The author is a person, on whose behalf an association may stand beside her: Mobilizon takes an
event of a Person or a Group and breaks on one of an Organization.  The association passes it on.
"""

from typing import Any

from federation import outbox
from federation.handlers import announce, join
from federation.outbox import Draft
from node.errors import Conflict, Forbidden, Invalid
from node.network import events, meetings
from node.network.meetings import Meeting
from node.people import actors, memberships
from node.posts import media, notifications, posts
from node.store import Database, Row


def publish(db: Database, author: Row, meeting: Meeting, draft: Draft, now: int) -> Row:
    """The event, known here at once, with letters on their way; the association passes it on to its followers.

    draft holds the words, the language, the pictures, and for whom it is.  Raises Invalid,
    Forbidden, and what outbox.publish raises.
    """
    if author["type"] != "Person":
        raise Invalid("An event is written by a person, who may speak for an association.")
    meeting = meetings.check(meeting, now)
    draft.kind, draft.title, draft.details = "event", meeting.title, meetings.details(meeting, draft.language)
    post = outbox.publish(db, author, draft, now)
    if draft.on_behalf is not None and draft.on_behalf != author["id"] and post["visibility"] in posts.OPEN:
        announce.put(db, actors.get(db, draft.on_behalf), post, now, user=draft.user)
    return post


def edit(db: Database, event: Row, meeting: Meeting, draft: Draft, now: int) -> Row:
    """The event says this from now on; everyone who had it or comes hears.  Raises Invalid, Conflict when it was called off."""
    known = posts.details(event)
    if known.get("status") == "CANCELLED":
        raise Conflict("This event was called off.")
    meeting = meetings.check(meeting, now, known_start=known.get("start"))
    draft.title, draft.details = meeting.title, meetings.details(meeting, draft.language, known)
    draft.on_behalf = event["on_behalf"]
    changed = outbox.edit(db, event, draft, now)
    _tell_comers(db, event, now)
    return changed


def cancel(db: Database, event: Row, now: int) -> Row:
    """The event is called off and stays to be read as such; who comes is told."""
    known = posts.details(event)
    if known.get("status") == "CANCELLED":
        return event
    draft = Draft(
        text=event["source"], title=event["title"], language=event["language"], warning=event["warning"],
        media=[row["id"] for row in media.of(db, event["id"]) if not row["remote"]],
        mention=[row["id"] for row in posts.mentions(db, event["id"])], on_behalf=event["on_behalf"],
        details={"status": "CANCELLED"},
    )  # fmt: skip
    changed = outbox.edit(db, event, draft, now)
    _tell_comers(db, event, now)
    return changed


def decide(db: Database, event: Row, actor: Row, accept: bool, now: int) -> bool:
    """The organiser lets somebody come, or does not, who is told; false when nobody asked."""
    done = join.decide(db, event, actor, accept, now)
    if done and actor["local"]:
        notifications.tell(db, actor["id"], "update", event["author"], event["id"], now)
    return done


def organises(db: Database, user: int, event: Row) -> bool:
    """Whether the event is hers to change: she wrote it, or speaks for the association that it was written for."""
    named: list[Any] = [event["author"], event["on_behalf"]]
    return bool(event["local"]) and any(one is not None and memberships.may_speak(db, user, one) for one in named)


def must_organise(db: Database, user: int, event: Row) -> None:
    """Raises Forbidden unless the event is hers to change."""
    if not organises(db, user, event):
        raise Forbidden("Only who organises an event changes it.", post=event["id"])


def _tell_comers(db: Database, event: Row, now: int) -> None:
    for actor in events.here(db, event["id"]):
        notifications.tell(db, actor, "update", event["author"], event["id"], now)
