"""Update: an actor describes itself anew, an author edits a post.

{"type":"Update","id":"POST#updates/TIME","actor":A,"object":{the post, whole, with a newer `updated`}}
"""

import json
from typing import Any

from federation import actors as documents
from federation import acts, attendance, directory_records, groups, organising, statements
from federation import vocabulary as v
from federation.activity import Activity
from federation.handlers import create, delete, quote
from federation.kinds import table
from node import hosts, ids, queue, settings
from node.people import actors, moves
from node.posts import polls, posts, publishing
from node.posts.posts import New
from node.store import Database, Row

COUNTED = frozenset(("coming", "organizers", "asso:partner", "schema:organizer"))  # facts of an event beside its words


def needs(db: Database, activity: Activity) -> list[str]:
    """As for Create, a post that we never had; nothing of an actor who only says that it has changed."""
    if activity.object_id == activity.actor and not activity.embedded:
        return []
    if v.type_of(activity.embedded, v.ACTORS) in v.ACTORS:
        return directory_records.needs(db, activity)
    return create.needs(db, activity)


def receive(db: Database, activity: Activity, now: int) -> None:
    """The newer words replace the older ones; an unknown post is kept as new; a stranger's Update does nothing."""
    if not activity.embedded:
        _ask(db, activity, now)
        return
    if v.type_of(activity.embedded, v.ACTORS) in v.ACTORS:
        if activity.object_id == activity.actor:
            if not _is_older(db, activity):
                _know(db, activity, now)
        else:
            directory_records.take(db, activity, now)
        return
    if v.type_of(activity.embedded) == "Tombstone":
        delete.receive(db, activity, now)  # NodeBB
        return
    known = posts.by_uri(db, activity.object_id)
    if known is None:
        if not _is_back(db, activity, now) and not table.is_of_unknown_kind(activity.embedded):
            create.receive(db, activity, now)
        return
    if known["uri"] != activity.object_id:
        return  # of a Note that only stands for it: we have the event itself
    author = actors.by_uri(db, activity.actor)
    if author is None or known["local"] or (known["author"] != author["id"] and not _speaks_for(db, known, activity)):
        acts.receive(db, activity, now)
        return
    if known["author"] != author["id"] and activity.id:
        _ask_again(db, known["uri"], now)
        return
    create.check_author(activity)
    place = actors.get(db, known["place"]) if known["place"] is not None else None
    if place is not None and place["local"] and groups.is_banned(db, place, author, now):
        groups.refuse(db, place, activity, groups.BANNED, now)
        return
    updated = ids.read_rfc3339(activity.embedded.get("updated"))
    old = updated is not None and updated < (known["edited"] or known["published"])
    changed = _edit(db, activity, known, author, now)
    if place is not None and not old:
        changed |= acts.by_author(db, posts.get(db, known["id"]), activity.embedded, now)
    if place is not None and changed and known["removed"] is None:  # what was removed comes back by no edit
        groups.pass_on(db, activity, place, posts.get(db, known["id"]), now)


def _is_back(db: Database, activity: Activity, now: int) -> bool:
    """Whether it was deleted, and its author takes that back so, as NodeBB does: then its own server is asked."""
    said = activity.document if activity.id else None
    return hosts.software(db, v.host(activity.actor)) == "nodebb" and delete.take_back(
        db, activity.object_id, activity.actor, now, said=said, through=activity.through
    )


def _know(db: Database, activity: Activity, now: int) -> None:
    """The actor is as it says; to where it says that it moved is looked into, whether a Move follows or not."""
    row = documents.keep(db, activity.embedded, settings.get(db, "development"), now)
    if row["moved_to"] and moves.new_home(db, row) is None:
        queue.enqueue(db, "changed", {"uri": row["uri"]}, now, name=f"changed {row['uri']}")


def _ask(db: Database, activity: Activity, now: int) -> None:
    """That it is another now is all that was said (activitypub.bot): what it says, its own server is asked."""
    uri = activity.object_id
    known = posts.by_uri(db, uri)
    of_its_own = known is not None and actors.get(db, known["author"])["uri"] == activity.actor and known["uri"] == uri
    if (uri == activity.actor or of_its_own) and v.host(uri) != v.host(settings.get(db, "origin")):
        _ask_again(db, uri, now)


def _ask_again(db: Database, uri: str, now: int) -> None:
    queue.enqueue(db, "changed", {"uri": uri}, now, name=f"changed {uri}")


def _speaks_for(db: Database, known: Row, activity: Activity) -> bool:
    """Whether she names the group of her server that the post is of (Mobilizon): any who leads it may change it there."""
    if known["on_behalf"] is None or v.host(activity.actor) != v.host(known["uri"]):
        return False
    return actors.get(db, known["on_behalf"])["uri"] in v.all_ids(activity.embedded.get("attributedTo"), 5)


def _is_older(db: Database, activity: Activity) -> bool:
    """Whether the actor has described itself later than this says: somebody sends its old keys and words once more."""
    updated, known = ids.read_rfc3339(activity.embedded.get("updated")), actors.by_uri(db, activity.actor)
    return updated is not None and known is not None and updated < (known["updated"] or 0)


def _edit(db: Database, activity: Activity, known: Row, author: Row, now: int) -> bool:
    """Whether the post says something else now."""
    read = table.reader(activity.embedded)
    if read is None:
        return False
    new = read(db, activity, author, now)
    updated = ids.read_rfc3339(activity.embedded.get("updated"))
    if known["kind"] == "event" and _recounted(db, known, new, activity.embedded, updated, now):
        return True
    if updated is not None and updated <= (known["edited"] or known["published"]):
        if new.poll and polls.asks(db, known["id"], new.poll):
            polls.keep(db, known["id"], new.poll)
            posts.count(db, known["id"])
        return False
    new.edited = None if updated is None else min(updated, now)
    # whom a post was addressed to is never widened by an edit seen through others
    new.addressed = {actor: flag for actor, flag in new.addressed.items() if known["visibility"] != "direct" or flag}
    if known["document"] is not None:
        new.document = json.dumps(activity.embedded, ensure_ascii=False).encode()
    if known["kind"] == "topic" and not new.title:
        new.title = groups.title_of(new.warning, new.content, actors.get(db, known["place"] or known["author"]))
    edited = publishing.edit(db, known, new, now)
    attendance.heard_again(db, known, edited, now)
    organising.heed(db, edited, now)
    statements.look_at(db, known["id"], now)
    if "quote" in new.details:
        quote.look_at(db, edited, now)
    return True


def _recounted(db: Database, known: Row, new: New, said: dict[str, Any], updated: int | None, now: int) -> bool:
    """Whether of an event only these are others: how many come, who organises it too.  That is no edit of its words."""
    same = updated == known["edited"] if updated is not None else known["edited"] is None
    before, after = posts.details(known), new.details
    kept = {key: value for key, value in before.items() if key not in COUNTED}
    if not same or (known["title"], known["content"]) != (new.title, new.content):
        return False
    if kept != {key: value for key, value in after.items() if key not in COUNTED}:
        return False
    if before == after:
        return False
    kept_document = {} if known["document"] is None else {"document": json.dumps(said, ensure_ascii=False).encode()}
    posts.change(db, known["id"], details=after, **kept_document)
    organising.heed(db, posts.get(db, known["id"]), now)
    return True
