"""Create: a peer's post is kept; ours is sent.

    {"type":"Create","id":"POST/activity","actor":A,"published","to","cc","object":{the post, whole}}

Source: ActivityPub §7.2; interop §8.2, §11.2-11.5.
"""

import json
from typing import Any

from federation import acts, attendance, companions, groups, organising, statements
from federation import vocabulary as v
from federation.activity import Activity
from federation.handlers import quote
from federation.kinds import reading, table
from node import queue, settings
from node.errors import Conflict, Forbidden, Invalid
from node.people import actors
from node.posts import polls, posts, publishing, tombstones, visibility
from node.posts.posts import New
from node.store import Database, Row

MOST_STRANGERS = 5  # whom one post makes us ask for because it names them


def needs(db: Database, activity: Activity) -> list[str]:
    """The object, when only its id came, or another host's copy of it; what it answers, and whom it names besides ours."""
    identifier = activity.object_id
    wanted = _wanted(activity) if identifier else ""
    asked = [wanted] if wanted and not any(posts.knows(db, one) for one in {identifier, wanted}) else []
    return asked + _strangers(db, activity.embedded)


def _strangers(db: Database, found: dict[str, Any]) -> list[str]:
    """Whom a post to one of ours names besides, and whom we do not know: an answer goes to them too."""
    tags = [one for one in v.as_list(found.get("tag"))[: reading.MOST_TAGS] if isinstance(one, dict)]
    named = [one.get("href") for one in tags if v.type_of(one) == "Mention"]
    if len(named) < 2:
        return []
    home = settings.get(db, "origin") + "/"
    to = {uri for key in ("to", "cc") for uri in v.all_ids(found.get(key), reading.MOST_NAMED)}
    if not any(uri.startswith(home) for uri in to):
        return []
    others = dict.fromkeys(uri for uri in named if isinstance(uri, str) and uri in to and not uri.startswith(home))
    return [uri for uri in others if actors.by_uri(db, uri) is None][:MOST_STRANGERS]


def _wanted(activity: Activity) -> str:
    found = activity.embedded
    if not found or v.host(activity.object_id) != v.host(activity.actor):
        return activity.object_id
    whole = companions.named_by(found)
    if whole:
        return whole
    parent = v.one_id(found.get("inReplyTo"))
    return parent if parent and table.reader(found) else ""


def receive(db: Database, activity: Activity, now: int) -> None:
    """The post is kept, or the vote counted; unknown kinds without words are passed over."""
    for one in v.as_list(activity.object)[:20]:
        if isinstance(one, dict):
            _receive_one(db, activity, one, now)
        elif isinstance(one, str) and v.host(one) == v.host(activity.actor):
            _enter_known(db, activity, now)


def _receive_one(db: Database, activity: Activity, found: dict[str, Any], now: int) -> None:
    alone = Activity(activity.id, activity.type, activity.actor, found, activity.document, activity.through)
    if _is_vote(found):
        _count_vote(db, alone, now)
    elif v.host(alone.object_id) == v.host(activity.actor):
        keep(db, alone, now)


def keep(db: Database, activity: Activity, now: int, *, asked: bool = False) -> Row | None:
    """The post of a proven activity, kept; None for what is no post, or was known or deleted.

    asked: somebody here asked for it, it was not sent to us.  Raises Invalid, Forbidden.
    """
    found = activity.embedded
    read = table.reader(found)
    author = actors.by_uri(db, activity.actor)
    if read is None or author is None or author["local"]:
        return None
    if author["gone"]:
        raise Forbidden("This account is closed.", actor=activity.actor)
    check_author(activity)
    whole = companions.named_by(found)
    if whole and posts.knows(db, whole):
        return None
    new = read(db, activity, author, now)
    new.on_behalf = _in_whose_name(db, activity)
    place = groups.place_of(db, new, activity, asked=asked)
    if place is not None and tombstones.find(db, new.uri) is not None:
        return None
    if place is not None and not _admitted(db, new, activity, place, author, now):
        return None
    kept = publishing.keep(db, new, now)
    if kept is not None and "quote" in new.details:
        quote.look_at(db, kept, now)
    if kept is not None and place is not None:
        _enter(db, kept, activity, place, now)
    if kept is not None and (place is not None or statements.BEHALF in new.details):
        statements.look_at(db, kept["id"], now)
    if kept is not None:
        attendance.hear(db, kept, now)
        organising.heed(db, kept, now)
    elif not asked:
        _enter_known(db, activity, now)
    return kept


def _admitted(db: Database, new: New, activity: Activity, place: Row, author: Row, now: int) -> bool:
    """Whether the author may write there; then `new` stands there, with the bytes that our Group passes on."""
    groups.put_in(new, place)
    if not place["local"]:
        return True
    reason = groups.refusal(db, place, author, posts.get(db, new.reply_to) if new.reply_to is not None else None, now)
    if reason:
        groups.refuse(db, place, activity, reason, now)
        return False
    new.document = json.dumps(activity.embedded, ensure_ascii=False).encode()
    return True


def _enter(db: Database, post: Row, activity: Activity, place: Row, now: int) -> None:
    """The post is in the place's lists; a place of ours passes it on."""
    groups.enter(db, post, now)
    acts.by_author(db, posts.get(db, post["id"]), activity.embedded, now)
    groups.pass_on(db, activity, place, post, now)


def _enter_known(db: Database, activity: Activity, now: int) -> None:
    """A post that we had asked for before its author sent it stands in the place of ours that it names."""
    known, author = posts.by_uri(db, activity.object_id), actors.by_uri(db, activity.actor)
    if known is None or author is None:
        return
    if known["author"] != author["id"] and not known["local"]:
        queue.enqueue(db, "disputed", {"uri": known["uri"]}, now, name=f"disputed {known['uri']}")
    if known["place"] is not None or known["author"] != author["id"]:
        return
    parent = posts.get(db, known["reply_to"]) if known["reply_to"] is not None else None
    place = groups.named(db, activity) if parent is None else None
    if parent is not None and parent["place"] is not None:
        place = actors.get(db, parent["place"])
    if place is None or not place["local"] or not activity.id or known["visibility"] not in ("public", "unlisted"):
        return
    reason = groups.refusal(db, place, author, parent, now)
    if reason:
        groups.refuse(db, place, activity, reason, now)
        return
    filed = groups.file(db, known, place, now)
    if activity.embedded:
        posts.change(db, filed["id"], document=json.dumps(activity.embedded, ensure_ascii=False).encode())
    groups.pass_on(db, activity, place, posts.get(db, filed["id"]), now)
    statements.look_at(db, filed["id"], now)


def enter_again(db: Database, spoken: Activity, said: dict[str, Any], now: int) -> None:
    """A post that its author had deleted and has again stands in the place of ours that it names.

    said: how she took the deletion back, which the place passes on.
    """
    if v.one_id(said.get("actor")) != spoken.actor:
        return
    _enter_known(db, Activity(v.one_id(said), v.type_of(said), spoken.actor, spoken.object, said), now)
    post = posts.by_uri(db, spoken.object_id)
    if post is not None and post["place"] is not None:
        groups.share_again(db, actors.get(db, post["place"]), post, now)


def check_author(activity: Activity) -> None:
    """The object is the actor's own to say: it names her, alone or with others of her server.

    Mobilizon names the person as the object's `actor` and her group as `attributedTo`.
    Raises Invalid.
    """
    found = activity.embedded
    written_by = v.all_ids(found.get("attributedTo"))
    if written_by and activity.actor not in [*written_by, v.one_id(found.get("actor"))]:
        raise Invalid("This was written by somebody else.", actor=activity.actor)
    if any(v.host(one) != v.host(activity.actor) for one in written_by):
        raise Invalid("An author of another server cannot be named.", actor=activity.actor)


def _in_whose_name(db: Database, activity: Activity) -> int | None:
    """The Group or Organization of the author's server that the post is attributed to besides her."""
    for uri in v.all_ids(activity.embedded.get("attributedTo"), 5):
        row = actors.by_uri(db, uri) if uri != activity.actor else None
        if row is not None and row["type"] in ("Group", "Organization"):
            return int(row["id"])
    return None


def _is_vote(found: dict[str, Any]) -> bool:
    return (
        v.type_of(found) == "Note"
        and bool(reading.name_of(found))
        and not found.get("content")
        and not found.get("contentMap")
        and bool(v.one_id(found.get("inReplyTo")))
    )


def _count_vote(db: Database, activity: Activity, now: int) -> None:
    """The signer's choice in a poll of ours; a second one, a late one, a strange one change nothing."""
    question = posts.by_uri(db, v.one_id(activity.embedded.get("inReplyTo")))
    voter = actors.by_uri(db, activity.actor)
    author = v.one_id(activity.embedded.get("attributedTo")) or activity.actor
    if question is None or not question["local"] or voter is None or author != activity.actor:
        return
    if visibility.see(db, question["id"], voter["id"]) is None:
        return
    chosen = reading.name_of(activity.embedded)
    positions = [row["position"] for row in polls.options(db, question["id"]) if row["title"] == chosen]
    try:
        polls.vote(db, question["id"], voter["id"], positions[:1], now, activity.object_id)
    except (Conflict, Forbidden, Invalid):
        return
