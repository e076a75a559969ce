"""Events of ours: how one comes to be, changes and is called off, and who hears of it.

The author is a person, on whose behalf an association may stand beside her: Mobilizon takes an
event of a Person or a Group and breaks on one of an Organization.  The association passes it on.
"""

from typing import Any

from federation import activity, fetch, organising, outbox, resolve
from federation.bridge import Bridge
from federation.bridge import now as current
from federation.handlers import announce, join, organise
from federation.outbox import Draft
from node.errors import Conflict, Forbidden, Invalid
from node.network import events, meetings, organisers
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
    organise_with(db, post, meeting.co, now)
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
    organise_with(db, changed, meeting.co, now)
    _tell_comers(db, event, now)
    return changed


def organise_with(db: Database, event: Row, wanted: list[str], now: int) -> None:
    """These associations, by URI, organise it too or are asked to; with those who are named no more it is over.

    Raises Invalid for what is no association, Forbidden where one blocked the other.
    """
    for one in organisers.named(db, event["id"]):
        if one["uri"] not in wanted:
            organise.end(db, event, one, now)
    for uri in wanted:
        known = organisers.get(db, event["id"], uri)
        partner = actors.by_uri(db, uri)
        if partner is None:
            raise Invalid(organise.NO_ASSOCIATION)
        if known is None or known["state"] not in ("asked", "accepted"):
            organise.ask(db, event, partner, now)


async def check_organiser(bridge: Bridge, body: dict[str, Any]) -> None:
    """The task: an association that a peer's event names is known and confirmed when its server serves its Accept."""
    found = await fetch.document(bridge, body["agreement"])
    accept = activity.fetched_activity(found.document, found.url)
    partner = await resolve.actor(bridge, body["partner"])
    await bridge.store.write(_confirm, body["post"], partner["id"], accept.document, current())


def _confirm(db: Database, number: int, partner: int, accept: dict[str, Any], now: int) -> None:
    event = posts.by_id(db, number)
    uri = actors.get(db, partner)["uri"]
    kept = organisers.get(db, number, uri)
    if event is not None and kept is not None and organising.agrees(db, accept, kept, event):
        organisers.confirm(db, number, uri, partner, now)


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
